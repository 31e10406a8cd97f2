"""One point of the Higgs mediation scenario: spectrum, staus, and all branches of both leptons."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.mssm.lepton_solutions import (
    AMU_FULL,
    BRANCH_COLUMNS,
    CONSTANT,
    FULL,
    OK,
    TERMS,
    Levels,
    Work,
    anomalous_moment,
    describe_branch,
    prepare_moment,
    prepare_threshold,
)
from g2fit.models.mssm.rge import WeakScaleInputs, YukawaThresholds, matched_yukawas, run_soft_masses
from g2fit.models.mssm.self_consistent_yukawa import (
    Y_PERTURBATIVE,
    Mediation,
    find_mediated_branches,
    mediated_lepton,
    sample,
)
from g2fit.models.mssm.spectrum import Couplings, Gauginos, Lepton, slepton_masses, sleptons
from g2fit.models.mssm.vacuum import ETA_LIGHT, ETA_TAU, vacuum_ratio
from g2fit.models.mssm.yukawa import tree_yukawa

__all__ = [
    "BAD",
    "COLUMNS",
    "LANDAU_POLE",
    "NO_YUKAWA",
    "REASONS",
    "TACHYON_TAU",
    "VACUUM_E",
    "VACUUM_TAU",
    "Scenario",
    "solve_point",
]

#: Reason codes.
REASONS = (
    "valid",
    "bad_parameters",
    "landau_pole",
    "no_yukawa_e",
    "no_yukawa_mu",
    "vacuum_e",
    "vacuum_mu",
    "tachyon_tau",
    "vacuum_tau",
)
BAD, LANDAU_POLE, NO_YUKAWA, VACUUM_E, TACHYON_TAU, VACUUM_TAU = 1, 2, 3, 5, 7, 8
UNUSED = -1

#: Columns of a branch: those of `lepton`, then its soft masses.
SOFT_L, SOFT_R = BRANCH_COLUMNS, BRANCH_COLUMNS + 1
COLUMNS = BRANCH_COLUMNS + 2

#: Coefficients of the soft masses' expansion in y^2 from the renormalisation group.
NODES = 5
#: Largest Yukawa couplings at m_bar tried as its end; the first below a Landau pole is taken.
Y_ENDS = (0.5, 0.25, 0.12, 0.06)


def _expansion() -> tuple[FloatArray, FloatArray]:
    """Chebyshev nodes on [0, 1], and the matrix from values there to coefficients of a polynomial."""
    nodes = 0.5 - 0.5 * np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    return nodes, np.linalg.inv(np.vander(nodes, increasing=True))


EXPANSION_NODES, EXPANSION_MATRIX = _expansion()


class Scenario(NamedTuple):
    """Options of the scenario: one loop of the RGE or its leading logarithm, GUT scale and squark masses in GeV."""

    rge: int
    delta_t: float
    delta_b: float
    delta_tau: float
    m_gut: float
    m_squark: float


@scalar
def _leading_log_slope(m_bar: float, m_gut: float) -> float:
    """Coefficient c_L of eq. 3.2 of 1906.08768, ``m_bar^2/(8 pi^2) ln(M_GUT/m_bar)`` in GeV^2; c_R = 2 c_L.

    >>> round(_leading_log_slope(1e5, 1e16) / 1e9, 6)
    3.207884
    """
    return m_bar * m_bar / (8.0 * math.pi * math.pi) * math.log(m_gut / m_bar)


@scalar
def _spectrum(
    m_bar: float,
    tan_beta: float,
    d: float,
    tau_tree: float,
    scenario: Scenario,
    inputs: WeakScaleInputs,
    slopes: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
) -> tuple[float, float, float, float, float]:
    """Fill the coefficients of c_L.

    Returns
    -------
    y_max : float
        End of the expansion.
    y_tau, mL_tau, mR_tau : float
        Yukawa coupling and soft masses (GeV) of the third generation.
    pole : float
        Scale of a Landau pole (GeV), infinity if there is none below the GUT scale.
    """
    slopes[:] = 0.0
    if scenario.rge == 0:
        slopes[0] = _leading_log_slope(m_bar, scenario.m_gut)
        y_tau = tau_tree / (1.0 + scenario.delta_tau)
        growth = slopes[0] * y_tau * y_tau
        return Y_PERTURBATIVE, y_tau, math.sqrt(d * d + growth), math.sqrt(d * d + 2.0 * growth), math.inf
    thresholds = YukawaThresholds(scenario.delta_t, scenario.delta_b, scenario.delta_tau)
    yukawas = matched_yukawas(inputs, m_bar, tan_beta, thresholds)
    y_max, pole = 0.0, math.nan
    for k in range(4):
        y_max = Y_ENDS[k]
        pole = run_soft_masses(
            inputs, yukawas, y_max * y_max, m_bar, d, scenario.m_squark, scenario.m_gut, state, scratch
        )
        if pole == math.inf:
            break
    if pole != math.inf:
        return y_max, 0.0, 0.0, 0.0, pole
    for j in range(NODES):
        y2 = EXPANSION_NODES[j] * y_max * y_max
        run_soft_masses(inputs, yukawas, y2, m_bar, d, scenario.m_squark, scenario.m_gut, state, scratch)
        for n in range(NODES):
            slopes[n] += EXPANSION_MATRIX[n, j] * state[11]
    return y_max, math.sqrt(yukawas[2]), math.sqrt(max(state[9], 0.0)), math.sqrt(max(state[10], 0.0)), math.inf


@scalar
def _branches(
    m: float,
    n: int,
    grid: FloatArray,
    mediation: Mediation,
    slopes: FloatArray,
    alpha: float,
    levels: Levels,
    work: Work,
    roots: FloatArray,
    values: FloatArray,
    codes: IntArray,
    decayed: bool,
) -> int:
    """Fill one row of `values` and `codes` for each branch of a lepton without tachyon; return their number."""
    y_tree = tree_yukawa(m, mediation.gauginos.tan_beta, mediation.couplings.v)
    if work is None:
        found = find_mediated_branches(y_tree, n, grid, mediation, slopes, None, roots)
    else:
        found = find_mediated_branches(y_tree, n, grid, mediation, slopes, work[TERMS : TERMS + 6], roots)
    count = 0
    for k in range(found):
        y = roots[k]
        lepton = mediated_lepton(m, y * y, mediation, slopes)
        generation = sleptons(lepton, mediation.gauginos, mediation.couplings)
        m2_1, _ = slepton_masses(y * y, generation)
        if not (m2_1 > 0.0 and generation.m2_L > 0.0 and generation.m2_nu > 0.0):
            continue
        row = values[count]
        codes[count] = describe_branch(y, y_tree, lepton, generation, ETA_LIGHT, levels, row)
        row[SOFT_L] = lepton.mL
        row[SOFT_R] = lepton.mR
        if codes[count] == OK or decayed:
            anomalous_moment(lepton, mediation.gauginos, mediation.couplings, generation, alpha, levels, work, row)
        count += 1
    return count


@scalar
def _prepare(mediation: Mediation, levels: Levels, work: FloatArray | None) -> Mediation:
    """Fill the workspace; return the scenario with the constant of the threshold correction."""
    constant = 0.0
    if work is not None:
        gauginos, couplings = mediation.gauginos, mediation.couplings
        v_d = couplings.v / math.sqrt(1.0 + gauginos.tan_beta**2)
        v_u = gauginos.tan_beta * v_d
        if levels.delta == FULL:
            prepare_threshold(gauginos, couplings, v_u, work)
            constant = work[CONSTANT, 0]
        if levels.amu == AMU_FULL:
            prepare_moment(gauginos, couplings, v_d, v_u, work)
    return Mediation(
        mediation.gauginos,
        mediation.couplings,
        mediation.d,
        mediation.y_max,
        mediation.delta,
        mediation.m_W,
        mediation.m_Z,
        constant,
    )


@scalar
def _sample(y_tree: float, mediation: Mediation, slopes: FloatArray, work: Work, grid: FloatArray) -> int:
    """Sample F, see `mediation.sample`."""
    if work is None:
        return sample(y_tree, mediation, slopes, None, grid)
    return sample(y_tree, mediation, slopes, work[TERMS : TERMS + 6], grid)


@scalar
def _stau(y: float, mL: float, mR: float, gauginos: Gauginos, couplings: Couplings) -> tuple[float, float, float]:
    """Stau masses (GeV; negative for a tachyon) and the ratio of their mixing to the vacuum bound."""
    generation = sleptons(Lepton(0.0, mL, mR, 0.0), gauginos, couplings)
    m2_1, m2_2 = slepton_masses(y * y, generation)
    light = min(m2_1, generation.m2_nu)
    return (
        math.copysign(math.sqrt(abs(m2_1)), light),
        math.sqrt(abs(m2_2)),
        vacuum_ratio(y * generation.mixing, mL, mR, ETA_TAU),
    )


@scalar
def solve_point(
    point: FloatArray,
    sm: FloatArray,
    weak_scale: FloatArray,
    levels: Levels,
    scenario_options: FloatArray,
    work: Work,
    decayed: bool,
    roots: FloatArray,
    slopes: FloatArray,
    tau: FloatArray,
    values: FloatArray,
    codes: IntArray,
    counts: IntArray,
    grid: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
) -> tuple[int, float]:
    """Staus and all branches of both leptons; returns a reason code that concerns the whole point, and a pole's scale.

    With `decayed` set, what can be computed is, also with a short-lived vacuum.
    """
    m_bar, tan_beta, d, M1, M2 = point[0], point[1], point[2], point[3], point[4]
    o = scenario_options
    scenario = Scenario(int(o[0]), o[1], o[2], o[3], o[4], o[5])
    counts[:] = 0
    finite = math.isfinite(tan_beta) and math.isfinite(d) and math.isfinite(M1) and math.isfinite(M2)
    if not (finite and 0.0 < m_bar < scenario.m_gut and tan_beta > 0.0 and d >= 0.0):
        return BAD, math.inf
    w = weak_scale
    inputs = WeakScaleInputs(w[0], w[1], w[2], w[3], w[4], w[5], w[6])
    couplings = Couplings(sm[2], sm[3], sm[4])
    gauginos = Gauginos(M1, M2, -m_bar, tan_beta)
    tau_tree = tree_yukawa(sm[8], tan_beta, couplings.v)
    y_max, tau[0], mL_tau, mR_tau, pole = _spectrum(
        m_bar, tan_beta, d, tau_tree, scenario, inputs, slopes, state, scratch
    )
    if pole != math.inf:
        return LANDAU_POLE, pole
    tau[1], tau[2], tau[3] = _stau(tau[0], mL_tau, mR_tau, gauginos, couplings)
    problem = OK
    if not tau[1] > 0.0:
        problem = TACHYON_TAU
    elif levels.vacuum == 1 and not tau[3] <= 1.0:
        problem = VACUUM_TAU
    if problem != OK and not decayed:
        return problem, math.inf
    mediation = _prepare(Mediation(gauginos, couplings, d, y_max, levels.delta, sm[7], sm[6], 0.0), levels, work)
    n = _sample(tree_yukawa(max(sm[0], sm[1]), tan_beta, couplings.v), mediation, slopes, work, grid)
    for k in range(2):
        counts[k] = _branches(
            sm[k], n, grid, mediation, slopes, sm[5], levels, work, roots, values[k], codes[k], decayed
        )
        if counts[k] == 0 and problem == OK:
            problem = NO_YUKAWA + k
        if counts[k] == 0 and not decayed:
            break
    return problem, math.inf

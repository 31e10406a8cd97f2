"""Higgs mediation: spectrum of a point, staus, and all solutions of both leptons."""

import math
from typing import Any, NamedTuple

import numpy as np

import g2fit.models.mssm.higgs_mediation_yukawa as yukawa
from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.higgs_mediation_yukawa import Mediation
from g2fit.models.mssm.lepton_solutions import Generation, code_of, describe, prepare, terms_of, with_moment
from g2fit.models.mssm.rge import STATE_SIZE, WeakScaleInputs, YukawaThresholds, matched_yukawas, run_soft_masses
from g2fit.models.mssm.rows import Found, fill
from g2fit.models.mssm.setting import OK, Setting, Work
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, are_physical, slepton_masses, sleptons_of
from g2fit.models.mssm.threshold_corrections import tree_yukawa
from g2fit.models.mssm.vacuum import ETA_TAU, vacuum_ratio
from g2fit.models.mssm.workspace import CONSTANT

__all__ = ["REASONS", "Buffers", "Scenario", "Stau", "new_buffers", "solve_point"]

#: Meaning of the reason codes.
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
#: Reason codes; `NO_YUKAWA` and `VACUUM_E` are those of the electron, to which the muon adds 1.
BAD = 1
LANDAU_POLE = 2
NO_YUKAWA = 3
VACUUM_E = 5
TACHYON_TAU = 7
VACUUM_TAU = 8

#: Number of coefficients of c_L as a polynomial in y^2, from the renormalisation group.
NODES = 5
#: Largest Yukawa couplings at m_bar tried as the end of the expansion; the first without Landau pole is taken.
Y_ENDS = (0.5, 0.25, 0.12, 0.06)


def _expansion() -> tuple[FloatArray, FloatArray]:
    nodes = 0.5 - 0.5 * np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    return nodes, np.linalg.inv(np.vander(nodes, increasing=True))


#: Chebyshev nodes on [0, 1], and the matrix from values there to coefficients of a polynomial.
EXPANSION_NODES, EXPANSION_MATRIX = _expansion()


class Scenario(NamedTuple):
    """Options of the scenario and its inputs at the weak scale."""

    rge: bool  # one-loop renormalisation group; otherwise its leading logarithm
    thresholds: YukawaThresholds
    m_gut: float  # GeV
    m_squark: float  # GeV
    m_tau: float  # running mass at m_Z, GeV
    inputs: WeakScaleInputs


class Stau(NamedTuple):
    """Yukawa coupling of the tau, stau masses (GeV; m_1 < 0 for a tachyon), and their mixing over its vacuum bound."""

    y: float
    m_1: float
    m_2: float
    vac_ratio: float


class Solved(NamedTuple):
    """Reason code of a point, scale of a Landau pole (GeV; infinity without one), staus, and numbers of solutions."""

    problem: int
    pole: float
    stau: Stau
    count_e: int
    count_mu: int


class Buffers(NamedTuple):
    """Scratch space for `solve_point`."""

    slopes: FloatArray
    grid: FloatArray
    state: FloatArray
    scratch: FloatArray


@scalar
def new_buffers() -> Buffers:
    """Allocate scratch space."""
    state, scratch = np.empty(STATE_SIZE), np.empty((5, STATE_SIZE))
    return Buffers(np.empty(NODES), np.empty((2, yukawa.CAPACITY)), state, scratch)


@scalar
def _leading_log_slope(m_bar: float, m_gut: float) -> float:
    """Coefficient c_L of eq. 3.2 of 1906.08768, ``m_bar^2/(8 pi^2) ln(M_GUT/m_bar)`` in GeV^2; c_R = 2 c_L.

    >>> round(_leading_log_slope(1e5, 1e16) / 1e9, 6)
    3.207884
    """
    return m_bar * m_bar / (8.0 * math.pi * math.pi) * math.log(m_gut / m_bar)


@scalar
def _spectrum(
    point: Any, tau_tree: float, scenario: Scenario, buffers: Buffers
) -> tuple[float, float, float, float, float]:
    """Compute the coefficients of c_L into ``buffers.slopes``.

    Returned are the end of the expansion in y; y, mL and mR (GeV) of the tau; and the scale of a Landau pole (GeV),
    infinity if there is none below the GUT scale.
    """
    m_bar, tan_beta, d, _, _ = point
    slopes, _, state, scratch = buffers
    slopes[:] = 0.0
    if not scenario.rge:
        slopes[0] = _leading_log_slope(m_bar, scenario.m_gut)
        y_tau = tau_tree / (1.0 + scenario.thresholds.tau)
        growth = slopes[0] * y_tau * y_tau
        return yukawa.Y_PERTURBATIVE, y_tau, math.sqrt(d * d + growth), math.sqrt(d * d + 2.0 * growth), math.inf
    inputs, m_squark, m_gut = scenario.inputs, scenario.m_squark, scenario.m_gut
    yukawas = matched_yukawas(inputs, m_bar, tan_beta, scenario.thresholds)
    y_max, pole = 0.0, math.nan
    for k in range(4):
        y_max = Y_ENDS[k]
        pole, _ = run_soft_masses(inputs, yukawas, y_max * y_max, m_bar, d, m_squark, m_gut, state, scratch)
        if pole == math.inf:
            break
    if pole != math.inf:
        return y_max, 0.0, 0.0, 0.0, pole
    m2_L3, m2_E3 = 0.0, 0.0
    for j in range(NODES):
        y2 = EXPANSION_NODES[j] * y_max * y_max
        _, masses = run_soft_masses(inputs, yukawas, y2, m_bar, d, m_squark, m_gut, state, scratch)
        m2_L3, m2_E3 = masses.m2_L3, masses.m2_E3
        for n in range(NODES):
            slopes[n] += EXPANSION_MATRIX[n, j] * masses.c_L
    return y_max, math.sqrt(yukawas.tau), math.sqrt(max(m2_L3, 0.0)), math.sqrt(max(m2_E3, 0.0)), math.inf


@scalar
def _solutions(
    m: float, n: int, mediation: Mediation, setting: Setting, work: Work, decayed: bool, grid: FloatArray, found: Found
) -> int:
    """Fill a row of `found` for each solution of a lepton without tachyon; return their number."""
    electroweakinos, couplings = mediation.electroweakinos, mediation.couplings
    y_tree = tree_yukawa(m, electroweakinos.tan_beta, couplings.v)
    roots = yukawa.find_mediated_branches(y_tree, n, grid, mediation, terms_of(work), found.roots)
    count = 0
    for k in range(roots):
        y = found.roots[k]
        lepton = yukawa.mediated_lepton(m, y * y, mediation)
        sleptons = sleptons_of(lepton, electroweakinos, couplings)
        if not are_physical(sleptons, y * y):
            continue
        generation = Generation(lepton, electroweakinos, couplings, sleptons)
        solution = describe(y, y_tree, lepton, sleptons, setting.eta)
        found.codes[count] = code_of(solution, setting.vacuum)
        if found.codes[count] == OK or decayed:
            solution, _ = with_moment(solution, generation, setting, work, None)
        fill(found.solutions[count], solution)
        count += 1
    return count


@scalar
def _stau(y: float, mL: float, mR: float, electroweakinos: Electroweakinos, couplings: Couplings) -> Stau:
    """Staus for the Yukawa coupling of the tau and the soft masses of the third generation."""
    sleptons = sleptons_of(Lepton(0.0, mL, mR, 0.0), electroweakinos, couplings)
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    light = min(m2_1, sleptons.m2_nu)
    m_1 = math.copysign(math.sqrt(abs(m2_1)), light)
    return Stau(y, m_1, math.sqrt(abs(m2_2)), vacuum_ratio(y * sleptons.mixing, mL, mR, ETA_TAU))


@scalar
def _acceptable(point: Any, m_gut: float) -> bool:
    """Whether the parameters are finite, those that must be positive are, and m_bar is below the GUT scale."""
    finite = True
    for value in point:
        finite &= math.isfinite(value)
    return finite and 0.0 < point.m_bar < m_gut and point.tan_beta > 0.0 and point.d >= 0.0


@scalar
def solve_point(
    point: Any,
    setting: Setting,
    scenario: Scenario,
    work: Work,
    decayed: bool,
    buffers: Buffers,
    found_e: Found,
    found_mu: Found,
) -> Solved:
    """Compute the staus and all solutions of both leptons; with `decayed` also where the vacuum is short-lived."""
    none = Stau(math.nan, math.nan, math.nan, math.nan)
    if not _acceptable(point, scenario.m_gut):
        return Solved(BAD, math.inf, none, 0, 0)
    couplings, tan_beta = setting.couplings, point.tan_beta
    electroweakinos = Electroweakinos(point.M1, point.M2, -point.m_bar, tan_beta)
    tau_tree = tree_yukawa(scenario.m_tau, tan_beta, couplings.v)
    y_max, y_tau, mL_tau, mR_tau, pole = _spectrum(point, tau_tree, scenario, buffers)
    if pole != math.inf:
        return Solved(LANDAU_POLE, pole, none, 0, 0)
    stau = _stau(y_tau, mL_tau, mR_tau, electroweakinos, couplings)
    problem = OK
    if not stau.m_1 > 0.0:
        problem = TACHYON_TAU
    elif setting.vacuum and not stau.vac_ratio <= 1.0:
        problem = VACUUM_TAU
    if problem != OK and not decayed:
        return Solved(problem, math.inf, stau, 0, 0)
    prepare(electroweakinos, couplings, work, None)
    constant = 0.0 if work is None else work[CONSTANT, 0]
    m_W, m_Z = setting.m_W, setting.m_Z
    mediation = Mediation(electroweakinos, couplings, point.d, y_max, setting.delta, m_W, m_Z, constant, buffers.slopes)
    heaviest = tree_yukawa(max(setting.m_e, setting.m_mu), tan_beta, couplings.v)
    n = yukawa.sample(heaviest, mediation, terms_of(work), buffers.grid)
    count_e = _solutions(setting.m_e, n, mediation, setting, work, decayed, buffers.grid, found_e)
    if count_e == 0 and problem == OK:
        problem = NO_YUKAWA
    if count_e == 0 and not decayed:
        return Solved(problem, math.inf, stau, 0, 0)
    count_mu = _solutions(setting.m_mu, n, mediation, setting, work, decayed, buffers.grid, found_mu)
    if count_mu == 0 and problem == OK:
        problem = NO_YUKAWA + 1
    return Solved(problem, math.inf, stau, count_e, count_mu)

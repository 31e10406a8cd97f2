"""The loop over a batch of MSSM points."""

from __future__ import annotations

import math

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.mssm.branches import MAX_BRANCHES
from g2fit.models.mssm.lepton_solutions import (
    AMU_FULL,
    BAD,
    BRANCH_COLUMNS,
    DELTA,
    FULL,
    M_1,
    M_2,
    OK,
    QED,
    TACHYON,
    VACUUM,
    VACUUM_RATIO,
    A,
    Levels,
    Work,
    Y,
    anomalous_moment,
    prepare_moment,
    prepare_threshold,
    solve_lepton,
)
from g2fit.models.mssm.spectrum import Couplings, Gauginos, Lepton, Sleptons, run_couplings, sleptons

__all__ = ["REASONS", "evaluate", "inspect", "write_common"]

#: Reason codes; those of a lepton are the code of the electron (see `lepton`) plus 0 for e or 1 for mu.
REASONS = (
    "valid",
    "bad_parameters",
    "tachyon_e",
    "tachyon_mu",
    "sneutrino_e",
    "sneutrino_mu",
    "no_yukawa_e",
    "no_yukawa_mu",
    "no_natural_branch_e",
    "no_natural_branch_mu",
    "vacuum_e",
    "vacuum_mu",
)
UNUSED = -1


@scalar
def _read_lepton(point: FloatArray, sm: FloatArray, k: int, levels: Levels) -> Lepton:
    """Lepton k (0: e, 1: mu) of a point."""
    trilinear = point[8 + k] if levels.trilinear == 1 else 0.0
    return Lepton(sm[k], point[4 + 2 * k], point[5 + 2 * k], trilinear)


@scalar
def _couplings_of(lepton: Lepton, sm: FloatArray, levels: Levels) -> Couplings:
    """Couplings at the scale that the scheme asks for: fixed, or sqrt(mL mR) of the lepton."""
    weak = Couplings(sm[2], sm[3], sm[4])
    return run_couplings(weak, math.sqrt(lepton.mL * lepton.mR) / sm[6]) if levels.running == 1 else weak


@scalar
def _sleptons_of(lepton: Lepton, gauginos: Gauginos, couplings: Couplings, levels: Levels) -> Sleptons:
    """Sleptons of one generation, with or without D-terms."""
    full = sleptons(lepton, gauginos, couplings)
    if levels.d_terms == 1:
        return full
    m2_L = lepton.mL * lepton.mL
    return Sleptons(m2_L, lepton.mR * lepton.mR, m2_L, full.vd2, full.mixing)


@scalar
def _acceptable(point: FloatArray) -> bool:
    """Whether the parameters are finite, and tan(beta) and the soft masses positive."""
    good = True
    for k in range(point.size):
        good &= math.isfinite(point[k]) and (point[k] > 0.0 or k < 3 or k >= 8)
    return good


@scalar
def _solve(
    k: int,
    lepton: Lepton,
    gauginos: Gauginos,
    couplings: Couplings,
    generation: Sleptons,
    sm: FloatArray,
    levels: Levels,
    work: Work,
    roots: FloatArray,
    values: FloatArray,
    codes: IntArray,
) -> tuple[int, bool, int]:
    """Branches of lepton k, see `solve_lepton`; prepares the workspace unless it holds the electron's couplings."""
    if work is not None and levels.delta == FULL and (k == 0 or levels.running == 1):
        prepare_threshold(gauginos, couplings, gauginos.tan_beta * math.sqrt(generation.vd2), work)
    return solve_lepton(
        lepton, gauginos, couplings, generation, sm[7], sm[6], sm[8], levels, work, roots, values, codes
    )


@scalar
def _moments(
    k: int,
    lepton: Lepton,
    gauginos: Gauginos,
    couplings: Couplings,
    generation: Sleptons,
    sm: FloatArray,
    levels: Levels,
    work: Work,
    count: int,
    values: FloatArray,
    codes: IntArray,
    decayed: bool,
) -> None:
    """Anomalous magnetic moments of `count` branches of lepton k; those of a short-lived vacuum if `decayed`."""
    if work is not None and levels.amu == AMU_FULL and (k == 0 or levels.running == 1):
        v_d = math.sqrt(generation.vd2)
        prepare_moment(gauginos, couplings, v_d, gauginos.tan_beta * v_d, work)
    for branch in range(count):
        if codes[branch] == OK or (decayed and codes[branch] == VACUUM):
            anomalous_moment(lepton, gauginos, couplings, generation, sm[5], levels, work, values[branch])


@scalar
def write_common(
    row: FloatArray,
    e: FloatArray,
    mu: FloatArray,
    count_e: int,
    count_mu: int,
    mass_ratio: float,
) -> None:
    """Write the observables of one solution, in the order of `model.OBSERVABLES`."""
    row[0] = e[A]
    row[1] = mu[A]
    row[2] = e[DELTA]
    row[3] = mu[DELTA]
    row[4] = e[Y]
    row[5] = mu[Y]
    row[6] = e[M_1]
    row[7] = e[M_2]
    row[8] = mu[M_1]
    row[9] = mu[M_2]
    row[10] = e[VACUUM_RATIO]
    row[11] = mu[VACUUM_RATIO]
    row[12] = e[QED]
    row[13] = mu[QED]
    row[14] = count_e
    row[15] = count_mu
    row[16] = 1.0 / abs(1.0 + e[DELTA])
    row[17] = 1.0 / abs(1.0 + mu[DELTA])
    row[18] = row[16] * row[16]
    row[19] = row[17] * row[17]
    row[20] = 1.0 + e[DELTA]
    row[21] = mass_ratio * (1.0 + mu[DELTA]) / (1.0 + e[DELTA])


@scalar
def _reason(code_e: int, code_mu: int) -> int:
    """Reason code of a combination of branches: what forbids the point before what only makes it short-lived."""
    if code_e == TACHYON:
        return code_e
    if code_mu == TACHYON:
        return code_mu + 1
    if code_e == VACUUM:
        return code_e
    return code_mu + 1 if code_mu == VACUUM else OK


@kernel
def evaluate(
    theta: FloatArray,
    sm: FloatArray,
    options: IntArray,
    work: FloatArray | None,
    out: FloatArray,
    reason: ReasonArray,
) -> None:
    """Predict a batch of points, see `g2fit.models.base.Model.evaluate`.

    Parameters
    ----------
    theta : (N, 8 or 10) array
        M1, M2, mu, tan_beta, mL_e, mR_e, mL_mu, mR_mu (GeV) and, with trilinear couplings, A_e, A_mu.
    sm : (9,) array
        m_e, m_mu, g_Y, g_2, v, alpha(0), m_Z, m_W and the factor eta of the vacuum bound.
    options : (9,) array
        The fields of `Levels`.
    work : (WORK_ROWS, 4) array or None
        Workspace of the levels ``full``; None compiles a smaller kernel without them.
    out, reason : arrays
        Receive the predictions and the reason codes.
    """
    levels = Levels(
        options[0], options[1], options[2], options[3], options[4], options[5], options[6], options[7], options[8]
    )
    everything = levels.all_branches == 1
    slots = MAX_BRANCHES * MAX_BRANCHES if everything else 1
    roots = np.empty(MAX_BRANCHES)
    values = np.empty((2, MAX_BRANCHES, BRANCH_COLUMNS))
    codes = np.empty((2, MAX_BRANCHES), dtype=np.int64)
    for i in range(theta.shape[0]):
        rows = out[i * slots : (i + 1) * slots]
        reasons = reason[i * slots : (i + 1) * slots]
        rows[:] = np.nan
        reasons[:] = UNUSED
        point = theta[i]
        if not _acceptable(point):
            reasons[0] = BAD
            continue
        gauginos = Gauginos(point[0], point[1], point[2], point[3])
        electron, muon = _read_lepton(point, sm, 0, levels), _read_lepton(point, sm, 1, levels)
        g_e, g_mu = _couplings_of(electron, sm, levels), _couplings_of(muon, sm, levels)
        selectrons = _sleptons_of(electron, gauginos, g_e, levels)
        smuons = _sleptons_of(muon, gauginos, g_mu, levels)

        count_e, natural_e, problem = _solve(
            0, electron, gauginos, g_e, selectrons, sm, levels, work, roots, values[0], codes[0]
        )
        if problem != OK:
            reasons[0] = problem
            continue
        count_mu, natural_mu, problem = _solve(
            1, muon, gauginos, g_mu, smuons, sm, levels, work, roots, values[1], codes[1]
        )
        if problem != OK:
            reasons[0] = problem + 1
            continue
        used_e, used_mu = (count_e, count_mu) if everything else (1, 1)
        if slots == 1 and (codes[0, 0] != OK or codes[1, 0] != OK):
            reasons[0] = _reason(codes[0, 0], codes[1, 0])
            continue
        _moments(0, electron, gauginos, g_e, selectrons, sm, levels, work, used_e, values[0], codes[0], False)
        _moments(1, muon, gauginos, g_mu, smuons, sm, levels, work, used_mu, values[1], codes[1], False)
        for e in range(used_e):
            for mu in range(used_mu):
                slot = MAX_BRANCHES * e + mu
                reasons[slot] = _reason(codes[0, e], codes[1, mu])
                if reasons[slot] != OK:
                    continue
                write_common(rows[slot], values[0, e], values[1, mu], count_e, count_mu, sm[0] / sm[1])
                if everything:
                    rows[slot, 22] = e
                    rows[slot, 23] = mu
                    rows[slot, 24] = 1.0 if natural_e and e == 0 else 0.0
                    rows[slot, 25] = 1.0 if natural_mu and mu == 0 else 0.0


@kernel
def inspect(
    point: FloatArray,
    sm: FloatArray,
    options: IntArray,
    work: FloatArray | None,
    values: FloatArray,
    codes: IntArray,
    summary: IntArray,
) -> None:
    """Fill what is known of every branch of both leptons at one point, whatever is wrong with it.

    Parameters
    ----------
    point, sm, options, work : arrays
        As for `evaluate`.
    values : (2, 3, BRANCH_COLUMNS) array
        Receives the branches of e and mu.
    codes : (2, 3) array
        Receives their reason codes (of the electron).
    summary : (2, 3) array
        Receives for each lepton the number of branches, whether the natural one exists, and a reason code.
    """
    levels = Levels(options[0], options[1], options[2], options[3], options[4], 1, options[6], options[7], options[8])
    roots = np.empty(MAX_BRANCHES)
    summary[:] = 0
    summary[:, 2] = BAD
    if not _acceptable(point):
        return
    gauginos = Gauginos(point[0], point[1], point[2], point[3])
    for k in range(2):
        lepton = _read_lepton(point, sm, k, levels)
        couplings = _couplings_of(lepton, sm, levels)
        generation = _sleptons_of(lepton, gauginos, couplings, levels)
        # Lepton 0 in both calls: the workspace then is prepared afresh, after the moments of the other lepton.
        count, natural, problem = _solve(
            0, lepton, gauginos, couplings, generation, sm, levels, work, roots, values[k], codes[k]
        )
        summary[k, 0] = count
        summary[k, 1] = 1 if natural else 0
        summary[k, 2] = problem
        _moments(0, lepton, gauginos, couplings, generation, sm, levels, work, count, values[k], codes[k], True)

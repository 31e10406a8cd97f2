"""The loop over a batch of MSSM points."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from g2fit.jit import kernel, scalar
from g2fit.models.mssm.branches import MAX_BRANCHES, find_branches
from g2fit.models.mssm.gminus2 import a_bino, a_bino_mia, delta_qed
from g2fit.models.mssm.spectrum import (
    Couplings,
    Gauginos,
    Lepton,
    Sleptons,
    run_couplings,
    slepton_masses,
    sleptons,
)
from g2fit.models.mssm.vacuum import ETA_LIGHT, vacuum_ratio
from g2fit.models.mssm.yukawa import bino_diagram, delta_mia, tree_yukawa

__all__ = ["BRANCH_COLUMNS", "REASONS", "Levels", "evaluate", "inspect"]

#: Levels of the options, in the order of their names in `model.MssmOptions`.
MIA, BINO = 0, 1
QED_NONE, QED_LEADING_LOG = 0, 1

#: Reason codes; those of a lepton are the code of the electron plus 0 (e) or 1 (mu).
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
OK, BAD, TACHYON, SNEUTRINO, NO_YUKAWA, NO_NATURAL, VACUUM = 0, 1, 2, 4, 6, 8, 10
UNUSED = -1

#: Columns of what is known of a branch.
Y, DELTA, M_1, M_2, A, VACUUM_RATIO, QED = range(7)
BRANCH_COLUMNS = 7


class Levels(NamedTuple):
    """Options of a calculation as integers."""

    delta: int
    amu: int
    qed: int
    running: int
    vacuum: int
    all_branches: int
    trilinear: int


@scalar
def _branch(
    y: float,
    lepton: Lepton,
    gauginos: Gauginos,
    couplings: Couplings,
    generation: Sleptons,
    y_tree: float,
    alpha: float,
    levels: Levels,
    values: NDArray[np.float64],
) -> int:
    """Fill the row of one branch and return its reason code (of the electron)."""
    m2_1, m2_2 = slepton_masses(y * y, generation)
    m2_LR = y * generation.mixing
    values[Y] = y
    values[DELTA] = y_tree / y - 1.0
    values[M_1] = math.copysign(math.sqrt(abs(m2_1)), m2_1)
    values[M_2] = math.sqrt(m2_2)
    values[VACUUM_RATIO] = vacuum_ratio(m2_LR, lepton.mL, lepton.mR, ETA_LIGHT)
    values[QED] = 0.0
    values[A] = math.nan
    if not m2_1 > 0.0:
        return TACHYON
    if levels.amu == MIA:
        a = a_bino_mia(lepton, gauginos, couplings.g_Y) * (y / y_tree)
    else:
        a = a_bino(lepton.m, m2_LR, m2_1, m2_2, gauginos.M1, couplings.g_Y)
    if levels.qed == QED_LEADING_LOG:
        values[QED] = delta_qed(lepton.m, min(lepton.mL, lepton.mR), alpha)
    values[A] = a * (1.0 - values[QED])
    return VACUUM if levels.vacuum == 1 and not values[VACUUM_RATIO] <= 1.0 else OK


@scalar
def _lepton(
    lepton: Lepton,
    gauginos: Gauginos,
    weak: Couplings,
    alpha: float,
    m_Z: float,
    levels: Levels,
    roots: NDArray[np.float64],
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
) -> tuple[int, bool, int]:
    """Fill one row of `values` and one of `codes` for each branch of a lepton (or for the natural one only).

    Returns the number of branches, whether the natural one exists, and a reason code if there is nothing to fill.
    """
    couplings = weak
    if levels.running == 1:
        couplings = run_couplings(weak, math.sqrt(lepton.mL * lepton.mR) / m_Z)
    generation = sleptons(lepton, gauginos, couplings)
    if generation.m2_L <= 0.0 or generation.m2_R <= 0.0:
        return 0, False, TACHYON
    if generation.m2_nu <= 0.0:
        return 0, False, SNEUTRINO
    y_tree = tree_yukawa(lepton.m, gauginos.tan_beta, couplings.v)
    if levels.delta == MIA:
        count, natural = 1, True
        roots[0] = y_tree / (1.0 + delta_mia(lepton, gauginos, couplings))
        if not math.isfinite(roots[0]):
            return 0, False, NO_YUKAWA
    else:
        bino = bino_diagram(gauginos, generation, couplings.g_Y)
        count, natural = find_branches(y_tree, generation, bino, levels.all_branches == 1, roots)
    if count == 0:
        return 0, False, NO_YUKAWA
    if levels.all_branches == 0 and not natural:
        return count, False, NO_NATURAL
    for branch in range(count if levels.all_branches == 1 else 1):
        codes[branch] = _branch(
            roots[branch], lepton, gauginos, couplings, generation, y_tree, alpha, levels, values[branch]
        )
    return count, natural, OK


@scalar
def _write(
    row: NDArray[np.float64],
    e: NDArray[np.float64],
    mu: NDArray[np.float64],
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
    row[18] = 1.0 + e[DELTA]
    row[19] = mass_ratio * (1.0 + mu[DELTA]) / (1.0 + e[DELTA])


@scalar
def _acceptable(point: NDArray[np.float64]) -> bool:
    """Whether the parameters are finite, and tan(beta) and the soft masses positive."""
    good = True
    for k in range(point.size):
        good &= math.isfinite(point[k]) and (point[k] > 0.0 or k < 3 or k >= 8)
    return good


@scalar
def _reason(code_e: int, code_mu: int) -> int:
    """Reason code of a combination of branches: what forbids the point before what only makes it short-lived."""
    if code_e not in (OK, VACUUM):
        return code_e
    if code_mu not in (OK, VACUUM):
        return code_mu + 1
    if code_e == VACUUM:
        return code_e
    return code_mu + 1 if code_mu == VACUUM else OK


@kernel
def evaluate(
    theta: NDArray[np.float64],
    sm: NDArray[np.float64],
    options: NDArray[np.int64],
    out: NDArray[np.float64],
    reason: NDArray[np.int8],
) -> None:
    """Predict a batch of points, see `g2fit.models.base.Model.evaluate`.

    Parameters
    ----------
    theta : (N, 8 or 10) array
        M1, M2, mu, tan_beta, mL_e, mR_e, mL_mu, mR_mu (GeV) and, with trilinear couplings, A_e, A_mu.
    sm : (8,) array
        m_e, m_mu, g_Y, g_2, v, alpha(0), m_Z, m_W.
    options : (7,) array
        The fields of `Levels`.
    out, reason : arrays
        Receive the predictions and the reason codes.
    """
    levels = Levels(options[0], options[1], options[2], options[3], options[4], options[5], options[6])
    weak = Couplings(sm[2], sm[3], sm[4])
    mass_ratio = sm[0] / sm[1]
    slots = MAX_BRANCHES * MAX_BRANCHES if levels.all_branches == 1 else 1
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
        A_e, A_mu = (point[8], point[9]) if levels.trilinear == 1 else (0.0, 0.0)
        electron = Lepton(sm[0], point[4], point[5], A_e)
        muon = Lepton(sm[1], point[6], point[7], A_mu)
        count_e, natural_e, problem = _lepton(
            electron, gauginos, weak, sm[5], sm[6], levels, roots, values[0], codes[0]
        )
        if problem != OK:
            reasons[0] = problem
            continue
        count_mu, natural_mu, problem = _lepton(muon, gauginos, weak, sm[5], sm[6], levels, roots, values[1], codes[1])
        if problem != OK:
            reasons[0] = problem + 1
            continue
        for e in range(count_e if slots > 1 else 1):
            for mu in range(count_mu if slots > 1 else 1):
                slot = MAX_BRANCHES * e + mu
                code = _reason(codes[0, e], codes[1, mu])
                reasons[slot] = code
                if code != OK:
                    continue
                _write(rows[slot], values[0, e], values[1, mu], count_e, count_mu, mass_ratio)
                if slots > 1:
                    rows[slot, 20] = e
                    rows[slot, 21] = mu
                    rows[slot, 22] = 1.0 if natural_e and e == 0 else 0.0
                    rows[slot, 23] = 1.0 if natural_mu and mu == 0 else 0.0


@kernel
def inspect(
    point: NDArray[np.float64],
    sm: NDArray[np.float64],
    options: NDArray[np.int64],
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
    summary: NDArray[np.int64],
) -> None:
    """Fill what is known of every branch of both leptons at one point, whatever is wrong with it.

    Parameters
    ----------
    point, sm, options : arrays
        As for `evaluate`.
    values : (2, 3, BRANCH_COLUMNS) array
        Receives the branches of e and mu.
    codes : (2, 3) array
        Receives their reason codes (of the electron).
    summary : (2, 3) array
        Receives for each lepton the number of branches, whether the natural one exists, and a reason code.
    """
    levels = Levels(options[0], options[1], options[2], options[3], options[4], 1, options[6])
    weak = Couplings(sm[2], sm[3], sm[4])
    roots = np.empty(MAX_BRANCHES)
    summary[:] = 0
    summary[:, 2] = BAD
    if not _acceptable(point):
        return
    gauginos = Gauginos(point[0], point[1], point[2], point[3])
    for k in range(2):
        trilinear = point[8 + k] if levels.trilinear == 1 else 0.0
        lepton = Lepton(sm[k], point[4 + 2 * k], point[5 + 2 * k], trilinear)
        count, natural, problem = _lepton(lepton, gauginos, weak, sm[5], sm[6], levels, roots, values[k], codes[k])
        summary[k, 0] = count
        summary[k, 1] = 1 if natural else 0
        summary[k, 2] = problem

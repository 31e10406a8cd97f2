"""One lepton at one point: its branches, their masses and validity, its anomalous magnetic moment on each."""

from __future__ import annotations

import math
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.mssm.branches import find_branches
from g2fit.models.mssm.electroweakinos import charginos, neutralinos
from g2fit.models.mssm.gminus2 import (
    a_bino,
    a_bino_mia,
    chargino_loops,
    chargino_table,
    delta_qed,
    neutralino_loops,
    neutralino_table,
)
from g2fit.models.mssm.spectrum import KAPPA, Couplings, Gauginos, Lepton, Sleptons, slepton_masses
from g2fit.models.mssm.vacuum import vacuum_ratio
from g2fit.models.mssm.yukawa import (
    bino_threshold,
    delta_decoupled,
    delta_mia,
    full_threshold,
    neutralino_terms,
    tree_yukawa,
)

__all__ = [
    "BRANCH_COLUMNS",
    "WORK_ROWS",
    "Levels",
    "anomalous_moment",
    "describe_branch",
    "prepare_moment",
    "prepare_threshold",
    "solve_lepton",
]

#: Levels of the options, in the order of their names in `model`.
MIA, BINO, DECOUPLED, FULL = range(4)
AMU_MIA, AMU_BINO, AMU_FULL = range(3)
QED_NONE, QED_LEADING_LOG, QED_PHOTONIC = range(3)

#: Reason codes of a branch of the electron; those of the muon are larger by 1.
OK, BAD, TACHYON, SNEUTRINO, NO_YUKAWA, NO_NATURAL, VACUUM = 0, 1, 2, 4, 6, 8, 10

#: Columns of what is known of a branch.
Y, DELTA, M_1, M_2, A, VACUUM_RATIO, QED = range(7)
BRANCH_COLUMNS = 7

#: Rows (of 4) of the workspace for one set of couplings: neutralino mass matrix and mixing, terms of Delta, tables of
#: neutralinos and charginos, and the constant of `neutralino_terms`.
WORK_ROWS = 23
MATRIX, VECTORS, TERMS, NEUTRALINOS, CHARGINOS, CONSTANT = 0, 4, 8, 14, 20, 22

Work = FloatArray | None


class Levels(NamedTuple):
    """Options of a calculation as integers."""

    delta: int
    amu: int
    qed: int
    running: int
    vacuum: int
    all_branches: int
    trilinear: int
    qed_lightest: int
    d_terms: int


@scalar
def prepare_threshold(gauginos: Gauginos, couplings: Couplings, v_u: float, work: FloatArray) -> None:
    """Neutralinos at v_d = 0 into the workspace."""
    matrix, vectors = work[MATRIX : MATRIX + 4], work[VECTORS : VECTORS + 4]
    neutralinos(gauginos, couplings.g_Y, couplings.g_2, 0.0, v_u, matrix, vectors)
    work[CONSTANT, 0] = neutralino_terms(matrix, vectors, couplings, work[TERMS : TERMS + 6])


@scalar
def prepare_moment(gauginos: Gauginos, couplings: Couplings, v_d: float, v_u: float, work: FloatArray) -> None:
    """Neutralinos and charginos into the workspace."""
    matrix, vectors = work[MATRIX : MATRIX + 4], work[VECTORS : VECTORS + 4]
    neutralinos(gauginos, couplings.g_Y, couplings.g_2, v_d, v_u, matrix, vectors)
    neutralino_table(matrix, vectors, couplings, work[NEUTRALINOS : NEUTRALINOS + 6])
    m_1, V_11, U_12, m_2, V_21, U_22 = charginos(gauginos.M2, gauginos.mu, couplings.g_2 * v_d, couplings.g_2 * v_u)
    chargino_table(m_1, V_11, U_12, m_2, V_21, U_22, work[CHARGINOS : CHARGINOS + 2])


@scalar
def describe_branch(
    y: float,
    y_tree: float,
    lepton: Lepton,
    generation: Sleptons,
    eta: float,
    levels: Levels,
    values: FloatArray,
) -> int:
    """Fill the row of one branch but for its anomalous magnetic moment, and return its reason code."""
    m2_1, m2_2 = slepton_masses(y * y, generation)
    values[Y] = y
    values[DELTA] = y_tree / y - 1.0
    values[M_1] = math.copysign(math.sqrt(abs(m2_1)), m2_1)
    values[M_2] = math.sqrt(m2_2)
    values[VACUUM_RATIO] = vacuum_ratio(y * generation.mixing, lepton.mL, lepton.mR, eta)
    values[QED] = math.nan
    values[A] = math.nan
    if not m2_1 > 0.0:
        return TACHYON
    return VACUUM if levels.vacuum == 1 and not values[VACUUM_RATIO] <= 1.0 else OK


@scalar
def solve_lepton(
    lepton: Lepton,
    gauginos: Gauginos,
    couplings: Couplings,
    generation: Sleptons,
    m_W: float,
    m_Z: float,
    eta: float,
    levels: Levels,
    work: Work,
    roots: FloatArray,
    values: FloatArray,
    codes: IntArray,
) -> tuple[int, bool, int]:
    """Find the branches of a lepton; fill one row of `values` and one of `codes` for each (or for the natural one).

    Returns
    -------
    count : int
        Number of branches.
    natural : bool
        Whether the natural one exists; it is then the first.
    problem : int
        Reason code if nothing is filled, else `OK`.
    """
    if not (generation.m2_L > 0.0 and generation.m2_R > 0.0):
        return 0, False, TACHYON
    if not generation.m2_nu > 0.0:
        return 0, False, SNEUTRINO
    y_tree = tree_yukawa(lepton.m, gauginos.tan_beta, couplings.v)
    everything = levels.all_branches == 1
    if levels.delta in (MIA, DECOUPLED):
        if levels.delta == MIA:
            delta = delta_mia(lepton, gauginos, couplings)
        else:
            delta = delta_decoupled(lepton, gauginos, couplings, m_W, m_Z)
        roots[0] = y_tree / (1.0 + delta)
        count, natural = (1, True) if math.isfinite(roots[0]) else (0, False)
    elif work is None or levels.delta == BINO:
        count, natural = find_branches(
            y_tree, generation, bino_threshold(gauginos, generation, couplings.g_Y), None, everything, roots
        )
    else:
        threshold = full_threshold(gauginos, generation, couplings, work[CONSTANT, 0])
        count, natural = find_branches(y_tree, generation, threshold, work[TERMS : TERMS + 6], everything, roots)
    if count == 0:
        return 0, False, NO_YUKAWA
    if not everything and not natural:
        return count, False, NO_NATURAL
    for branch in range(count if everything else 1):
        codes[branch] = describe_branch(roots[branch], y_tree, lepton, generation, eta, levels, values[branch])
    return count, natural, OK


@scalar
def anomalous_moment(
    lepton: Lepton,
    gauginos: Gauginos,
    couplings: Couplings,
    generation: Sleptons,
    alpha: float,
    levels: Levels,
    work: Work,
    values: FloatArray,
) -> None:
    """Complete the row of one branch (without tachyon) by its anomalous magnetic moment and QED correction."""
    y = values[Y]
    m2_1, m2_2 = slepton_masses(y * y, generation)
    m_susy = min(lepton.mL, lepton.mR)
    a, photonic = 0.0, 0.0
    if levels.amu == AMU_MIA:
        a = a_bino_mia(lepton, gauginos, couplings.g_Y) / (1.0 + values[DELTA])
    elif work is None or levels.amu == AMU_BINO:
        a = a_bino(lepton.m, y * generation.mixing, m2_1, m2_2, gauginos.M1, couplings.g_Y)
    if work is not None and levels.amu == AMU_FULL:
        two_loops = levels.qed == QED_PHOTONIC
        one_0, two_0 = neutralino_loops(
            y, lepton.m, m2_1, m2_2, generation, work[NEUTRALINOS : NEUTRALINOS + 6], two_loops, m_susy
        )
        one_c, two_c = chargino_loops(
            y, lepton.m, generation.m2_nu, couplings.g_2, work[CHARGINOS : CHARGINOS + 2], two_loops, m_susy
        )
        unit = KAPPA * lepton.m * lepton.m
        a = unit * (one_0 + one_c)
        photonic = 4.0 * math.pi * alpha * KAPPA * unit * (two_0 + two_c)
    if levels.qed == QED_PHOTONIC:
        values[QED] = -photonic / a if a != 0.0 else 0.0
        values[A] = a + photonic
    else:
        scale = math.sqrt(min(gauginos.M1 * gauginos.M1, m2_1)) if levels.qed_lightest == 1 else m_susy
        values[QED] = delta_qed(lepton.m, scale, alpha) if levels.qed == QED_LEADING_LOG else 0.0
        values[A] = a * (1.0 - values[QED])

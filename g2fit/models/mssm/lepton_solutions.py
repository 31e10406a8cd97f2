"""One lepton at one point: its Yukawa couplings and, with each, slepton masses, validity and magnetic moment."""

import math
from typing import NamedTuple

import g2fit.models.mssm.gminus2 as gminus2
import g2fit.models.mssm.setting as codes
import g2fit.models.mssm.threshold_corrections as corrections
from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.electroweakinos import charginos, neutralinos
from g2fit.models.mssm.rows import Found, Parts, Solution, fill
from g2fit.models.mssm.setting import Setting, TwoLoop, Work
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, Sleptons, higgs_vevs, slepton_masses
from g2fit.models.mssm.two_loop.barr_zee import BarrZee, barr_zee
from g2fit.models.mssm.two_loop.logarithms import LightLogs
from g2fit.models.mssm.two_loop.moments import complete_moment, fermion_sfermion_logarithms
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting
from g2fit.models.mssm.vacuum import vacuum_ratio
from g2fit.models.mssm.yukawa_solutions import find_branches

__all__ = ["Generation", "describe", "prepare", "solve_lepton", "with_moment"]


class Generation(NamedTuple):
    """One lepton, its sleptons, and what couples to them."""

    lepton: Lepton
    electroweakinos: Electroweakinos
    couplings: Couplings
    sleptons: Sleptons


#: Shape of the workspace for one set of couplings.
WORK_SHAPE = (26, 4)
#: First of the 4 rows for the mass matrix of the neutralinos.
MATRIX = 0
#: First of the 4 rows for their mixing.
VECTORS = 4
#: First of the 6 rows for the table of `neutralino_terms`.
TERMS = 8
#: First of the 6 rows for the table of the neutralinos.
NEUTRALINOS = 14
#: First of the 2 rows for the table of the charginos.
CHARGINOS = 20
#: Row whose first element is what `neutralino_terms` returns.
CONSTANT = 22
#: Row of the two-loop part: `BarrZee` and the `LightLogs` of both leptons.
TWO_LOOP = 23
#: First of the 2 rows for the `Parts` of the moment that was computed last: four and two numbers.
PARTS = 24


@scalar
def prepare_threshold(electroweakinos: Electroweakinos, couplings: Couplings, work: FloatArray) -> None:
    """Compute the neutralinos for v_d -> 0, on which the threshold correction depends."""
    matrix, vectors = work[MATRIX : MATRIX + 4], work[VECTORS : VECTORS + 4]
    _, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
    neutralinos(electroweakinos, couplings.g_Y, couplings.g_2, 0.0, v_u, matrix, vectors)
    work[CONSTANT, 0] = corrections.neutralino_terms(matrix, vectors, couplings, work[TERMS : TERMS + 6])


@scalar
def prepare_moment(electroweakinos: Electroweakinos, couplings: Couplings, work: FloatArray) -> None:
    """Compute the neutralinos and charginos on which the anomalous magnetic moment depends."""
    matrix, vectors = work[MATRIX : MATRIX + 4], work[VECTORS : VECTORS + 4]
    v_d, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
    neutralinos(electroweakinos, couplings.g_Y, couplings.g_2, v_d, v_u, matrix, vectors)
    gminus2.neutralino_table(matrix, vectors, couplings, work[NEUTRALINOS : NEUTRALINOS + 6])
    M2, mu, g_2 = electroweakinos.M2, electroweakinos.mu, couplings.g_2
    m_1, V_11, U_12, m_2, V_21, U_22 = charginos(M2, mu, g_2 * v_d, g_2 * v_u)
    gminus2.chargino_table(m_1, V_11, U_12, m_2, V_21, U_22, work[CHARGINOS : CHARGINOS + 2])


@scalar
def prepare_barr_zee(
    electroweakinos: Electroweakinos, couplings: Couplings, two_loop: TwoLoopSetting, work: FloatArray
) -> None:
    """Compute the Barr-Zee diagrams, which are the same for all leptons but for a factor."""
    if two_loop.barr_zee:
        fill(work[TWO_LOOP], barr_zee(electroweakinos, couplings, two_loop))
    else:
        fill(work[TWO_LOOP], BarrZee(0.0, 0.0))


@scalar
def prepare_logarithms(mL_e: float, mR_e: float, mL_mu: float, mR_mu: float, work: FloatArray) -> None:
    """Compute the logarithms of the soft masses (GeV) of all selectrons and smuons."""
    left, right = 0.5 * math.log(mL_e * mL_mu), math.log(mR_e * mR_mu)
    fill(work[TWO_LOOP, 2:], LightLogs(right + left, left))


@scalar
def prepare(
    electroweakinos: Electroweakinos, couplings: Couplings, setting: Setting, work: Work, two_loop: TwoLoop
) -> None:
    """Fill the workspace, if there is one, for threshold correction and moment."""
    if work is not None:
        if setting.delta == codes.FULL:
            prepare_threshold(electroweakinos, couplings, work)
        if setting.amu == codes.AMU_FULL:
            prepare_moment(electroweakinos, couplings, work)
        if two_loop is not None:
            prepare_barr_zee(electroweakinos, couplings, two_loop, work)


@scalar
def terms_of(work: Work) -> corrections.Terms:
    """Table of the neutralinos on which the threshold correction depends."""
    return None if work is None else work[TERMS : TERMS + 6]


@scalar
def describe(y: float, y_tree: float, generation: Generation, eta: float) -> Solution:
    """Describe a solution but for its anomalous magnetic moment."""
    lepton, _, _, sleptons = generation
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    m_1 = math.copysign(math.sqrt(abs(m2_1)), m2_1)
    ratio = vacuum_ratio(y * sleptons.mixing, lepton.mL, lepton.mR, eta)
    return Solution(y, y_tree / y - 1.0, m_1, math.sqrt(m2_2), math.nan, ratio, math.nan, lepton.mL, lepton.mR)


@scalar
def code_of(solution: Solution, setting: Setting) -> int:
    """Reason code of a solution."""
    if not solution.m_1 > 0.0:
        return codes.TACHYON
    return codes.VACUUM if setting.vacuum and not solution.vac_ratio <= 1.0 else codes.OK


@scalar
def solve_lepton(generation: Generation, setting: Setting, work: Work, found: Found) -> tuple[int, bool, int]:
    """Find the solutions of a lepton: fill a row of `found` for each, or for the natural one only.

    Returned are the number of solutions; whether the natural one exists, which is then the first; and a reason code if
    nothing is filled, else `OK`.
    """
    lepton, electroweakinos, couplings, sleptons = generation
    if not (sleptons.m2_L > 0.0 and sleptons.m2_R > 0.0):
        return 0, False, codes.TACHYON
    if not sleptons.m2_nu > 0.0:
        return 0, False, codes.SNEUTRINO
    y_tree = corrections.tree_yukawa(lepton.m, electroweakinos.tan_beta, couplings.v)
    roots = found.roots
    everything = setting.all_branches
    if setting.delta in (codes.MIA, codes.DECOUPLED):
        if setting.delta == codes.MIA:
            delta = corrections.delta_mia(lepton, electroweakinos, couplings)
        else:
            delta = corrections.delta_decoupled(lepton, electroweakinos, couplings, setting.m_W, setting.m_Z)
        roots[0] = y_tree / (1.0 + delta)
        count, natural = (1, True) if math.isfinite(roots[0]) else (0, False)
    elif work is None or setting.delta == codes.BINO:
        threshold = corrections.bino_threshold(electroweakinos, sleptons, couplings.g_Y)
        count, natural = find_branches(y_tree, sleptons, threshold, None, everything, roots)
    else:
        threshold = corrections.full_threshold(electroweakinos, sleptons, couplings, work[CONSTANT, 0])
        count, natural = find_branches(y_tree, sleptons, threshold, work[TERMS : TERMS + 6], everything, roots)
    if count == 0:
        return 0, False, codes.NO_YUKAWA
    if not everything and not natural:
        return count, False, codes.NO_NATURAL
    for branch in range(count if everything else 1):
        solution = describe(roots[branch], y_tree, generation, setting.eta)
        fill(found.solutions[branch], solution)
        found.codes[branch] = code_of(solution, setting)
    return count, natural, codes.OK


@scalar
def _two_loops(
    one_loop: float,
    photonic: float,
    solution: Solution,
    generation: Generation,
    m_mu: float,
    two_loop: TwoLoopSetting,
    work: FloatArray,
) -> Parts:
    """Parts of the moment of a solution, from one-loop and photonic part and what the workspace holds."""
    lepton, electroweakinos, couplings, sleptons = generation
    row = work[TWO_LOOP]
    unit, light = lepton.m * solution.y, LightLogs(row[2], row[3])
    logarithms = fermion_sfermion_logarithms(lepton, electroweakinos, couplings, sleptons.m2_nu, light, two_loop)
    loops = BarrZee(unit * row[0], unit * row[1])
    return complete_moment(one_loop, photonic, solution.Delta, logarithms, loops, lepton.m / m_mu, two_loop.delta_too)


@scalar
def with_moment(
    solution: Solution, generation: Generation, setting: Setting, work: Work, two_loop: TwoLoop
) -> Solution:
    """Complete a solution without tachyon by its anomalous magnetic moment and QED correction.

    With `two_loop` the workspace receives the parts of the moment.
    """
    lepton, electroweakinos, couplings, sleptons = generation
    y, Delta, m_1, m_2, _, ratio, _, mL, mR = solution
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    m_susy = min(lepton.mL, lepton.mR)
    a, photonic = 0.0, 0.0
    if setting.amu == codes.AMU_MIA:
        a = gminus2.a_bino_mia(lepton, electroweakinos, couplings.g_Y) / (1.0 + Delta)
    elif work is None or setting.amu == codes.AMU_BINO:
        a = gminus2.a_bino(lepton.m, y * sleptons.mixing, m2_1, m2_2, electroweakinos.M1, couplings.g_Y)
    if work is not None and setting.amu == codes.AMU_FULL:
        two_loops = setting.qed == codes.QED_PHOTONIC
        Q = m_susy
        if two_loop is not None and two_loop.scale == two_loop.scale:
            Q = two_loop.scale
        one_0, two_0 = gminus2.neutralino_loops(
            y, lepton.m, m2_1, m2_2, sleptons, work[NEUTRALINOS : NEUTRALINOS + 6], two_loops, Q
        )
        one_c, two_c = gminus2.chargino_loops(
            y, lepton.m, sleptons.m2_nu, couplings.g_2, work[CHARGINOS : CHARGINOS + 2], two_loops, Q
        )
        unit = LOOP_FACTOR * lepton.m * lepton.m
        a = unit * (one_0 + one_c)
        photonic = 4.0 * math.pi * setting.alpha * LOOP_FACTOR * unit * (two_0 + two_c)
    if setting.qed == codes.QED_PHOTONIC:
        qed = -photonic / a if a != 0.0 else 0.0
        if work is not None and two_loop is not None:
            parts = _two_loops(a, photonic, solution, generation, setting.m_mu, two_loop, work)
            fill(work[PARTS], parts[:4])
            fill(work[PARTS + 1], parts[4:])
            a += parts.fermion_sfermion + parts.barr_zee
        a += photonic
    else:
        M1 = electroweakinos.M1
        scale = math.sqrt(min(M1 * M1, m2_1)) if setting.qed_lightest else m_susy
        qed = gminus2.delta_qed(lepton.m, scale, setting.alpha) if setting.qed == codes.QED_LEADING_LOG else 0.0
        a *= 1.0 - qed
    return Solution(y, Delta, m_1, m_2, a, ratio, qed, mL, mR)

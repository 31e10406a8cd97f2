"""One lepton at one point: its Yukawa couplings and, with each, slepton masses, validity and magnetic moment."""

import math
from typing import NamedTuple

import g2fit.models.mssm.gminus2 as gminus2
import g2fit.models.mssm.setting as codes
import g2fit.models.mssm.threshold_corrections as corrections
from g2fit.core.jit import embedded, scalar
from g2fit.core.types import FloatArray
from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.electroweakinos import Mixing, charginos, diagonalised, neutralino_matrix, perturbed
from g2fit.models.mssm.rows import NO_PARTS, Found, Parts, Solution, fill, put, take
from g2fit.models.mssm.setting import Setting, TwoLoop, Work
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, Sleptons, higgs_vevs, slepton_masses
from g2fit.models.mssm.threshold_corrections import Terms, TermTable
from g2fit.models.mssm.two_loop.barr_zee import BarrZee, barr_zee
from g2fit.models.mssm.two_loop.logarithms import LightLogs
from g2fit.models.mssm.two_loop.moments import complete_moment, fermion_sfermion_logarithms
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting
from g2fit.models.mssm.vacuum import vacuum_ratio
from g2fit.models.mssm.workspace import BARR_ZEE, CHARGINOS, CONSTANT, LIGHT_LOGS, NEUTRALINOS, TERMS
from g2fit.models.mssm.yukawa_solutions import find_branches

__all__ = ["Generation", "describe", "prepare", "solve_lepton", "with_moment"]


class Generation(NamedTuple):
    """One lepton, its sleptons, and what couples to them."""

    lepton: Lepton
    electroweakinos: Electroweakinos
    couplings: Couplings
    sleptons: Sleptons


@embedded
def put_threshold(mixing: Mixing, couplings: Couplings, work: FloatArray, lane: int) -> None:
    """Write to a lane of the workspace what the threshold correction depends on: neutralinos with v_d -> 0."""
    m = mixing
    term_1, part_1 = corrections.neutralino_term(m.m_1, m.B_1, m.W_1, m.d_1, couplings)
    term_2, part_2 = corrections.neutralino_term(m.m_2, m.B_2, m.W_2, m.d_2, couplings)
    term_3, part_3 = corrections.neutralino_term(m.m_3, m.B_3, m.W_3, m.d_3, couplings)
    term_4, part_4 = corrections.neutralino_term(m.m_4, m.B_4, m.W_4, m.d_4, couplings)
    put(work, TERMS, lane, term_1)
    put(work, TERMS + 6, lane, term_2)
    put(work, TERMS + 12, lane, term_3)
    put(work, TERMS + 18, lane, term_4)
    work[CONSTANT, lane] = part_1 + part_2 + part_3 + part_4


@embedded
def put_moment(
    mixing: Mixing, electroweakinos: Electroweakinos, couplings: Couplings, work: FloatArray, lane: int
) -> None:
    """Write to a lane of the workspace what the moment depends on: neutralinos and charginos."""
    m = mixing
    put(work, NEUTRALINOS, lane, gminus2.neutralino_of(m.m_1, m.B_1, m.W_1, m.d_1, couplings))
    put(work, NEUTRALINOS + 6, lane, gminus2.neutralino_of(m.m_2, m.B_2, m.W_2, m.d_2, couplings))
    put(work, NEUTRALINOS + 12, lane, gminus2.neutralino_of(m.m_3, m.B_3, m.W_3, m.d_3, couplings))
    put(work, NEUTRALINOS + 18, lane, gminus2.neutralino_of(m.m_4, m.B_4, m.W_4, m.d_4, couplings))
    v_d, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
    M2, mu, g_2 = electroweakinos.M2, electroweakinos.mu, couplings.g_2
    m_1, V_11, U_12, m_2, V_21, U_22 = charginos(M2, mu, g_2 * v_d, g_2 * v_u)
    put(work, CHARGINOS, lane, gminus2.chargino_of(m_1, V_11, U_12))
    put(work, CHARGINOS + 5, lane, gminus2.chargino_of(m_2, V_21, U_22))


@scalar
def prepare(electroweakinos: Electroweakinos, couplings: Couplings, work: Work, two_loop: TwoLoop) -> None:
    """Fill the workspace of one point, if there is one, but for the logarithms of the soft masses.

    It receives what threshold correction and moment depend on and, with `two_loop`, the Barr-Zee diagrams, which are
    the same for all leptons but for a factor.
    """
    if work is not None:
        v_d, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
        g_Y, g_2 = couplings.g_Y, couplings.g_2
        mixing = diagonalised(neutralino_matrix(electroweakinos, g_Y, g_2, v_u))
        put_threshold(mixing, couplings, work, 0)
        mixing = diagonalised(perturbed(mixing, g_Y, g_2, v_d))
        put_moment(mixing, electroweakinos, couplings, work, 0)
        if two_loop is not None:
            loops = barr_zee(electroweakinos, couplings, two_loop) if two_loop.barr_zee else BarrZee(0.0, 0.0)
            put(work, BARR_ZEE, 0, loops)


@scalar
def terms_of(work: Work) -> Terms:
    """What the threshold correction depends on, from the workspace of one point."""
    return None if work is None else TermTable(work, 0)


@embedded
def describe(y: float, y_tree: float, lepton: Lepton, sleptons: Sleptons, eta: float) -> Solution:
    """Describe a solution but for its anomalous magnetic moment."""
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    size = math.sqrt(abs(m2_1))
    m_1 = -size if m2_1 < 0.0 else size
    ratio = vacuum_ratio(y * sleptons.mixing, lepton.mL, lepton.mR, eta)
    return Solution(y, y_tree / y - 1.0, m_1, math.sqrt(m2_2), math.nan, ratio, math.nan, lepton.mL, lepton.mR)


@embedded
def code_of(solution: Solution, vacuum: bool) -> int:
    """Reason code of a solution; that of a short-lived vacuum only if `vacuum` asks for it."""
    code = codes.VACUUM if vacuum & (not solution.vac_ratio <= 1.0) else codes.OK
    return code if solution.m_1 > 0.0 else codes.TACHYON


@embedded
def code_within(solution: Solution, vacuum: bool) -> int:
    """As `code_of`, where the Yukawa coupling may be larger than `PERTURBATIVE`.

    It does not call `code_of`: compilers would round the masses of the solutions in another way.
    """
    code = codes.VACUUM if vacuum & (not solution.vac_ratio <= 1.0) else codes.OK
    code = code if abs(solution.y) <= codes.PERTURBATIVE else codes.NOT_PERTURBATIVE
    return code if solution.m_1 > 0.0 else codes.TACHYON


@embedded
def problem_of(before: int, sleptons: Sleptons, count: int, natural: bool, everything: bool) -> int:
    """Reason code of a lepton with `count` solutions, unless there was a problem before."""
    problem = codes.OK if everything | natural else codes.NO_NATURAL
    problem = codes.NO_YUKAWA if count == 0 else problem
    problem = problem if sleptons.m2_nu > 0.0 else codes.SNEUTRINO
    problem = problem if (sleptons.m2_L > 0.0) & (sleptons.m2_R > 0.0) else codes.TACHYON
    return problem if before == codes.OK else before


@embedded
def solve_lepton(generation: Generation, setting: Setting, work: Work, found: Found) -> tuple[int, bool, int]:
    """Find the solutions of a lepton: fill a row of `found` for each, or for the natural one only.

    Returned are the number of solutions; whether the natural one exists, which is then the first; and a reason code if
    nothing is filled, else `OK`.
    """
    lepton, electroweakinos, couplings, sleptons = generation
    problem = problem_of(codes.OK, sleptons, 1, True, False)
    if problem != codes.OK:
        return 0, False, problem
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
        count, natural = find_branches(y_tree, sleptons, threshold, TermTable(work, 0), everything, roots)
    problem = problem_of(codes.OK, sleptons, count, natural, everything)
    if problem != codes.OK:
        return count, False, problem
    for branch in range(count if everything else 1):
        solution = describe(roots[branch], y_tree, lepton, sleptons, setting.eta)
        fill(found.solutions[branch], solution)
        found.codes[branch] = code_within(solution, setting.vacuum)
    return count, natural, codes.OK


@embedded
def photonic_scale(lepton: Lepton, two_loop: TwoLoop) -> float:
    """Scale of the photonic two-loop correction in GeV: that of the parameters if given, or the smaller soft mass."""
    scale = min(lepton.mL, lepton.mR)
    if two_loop is not None:
        scale = two_loop.scale if two_loop.scale == two_loop.scale else scale
    return scale


@scalar
def with_moment(
    solution: Solution, generation: Generation, setting: Setting, work: Work, two_loop: TwoLoop
) -> tuple[Solution, Parts]:
    """Complete a solution without tachyon by its anomalous magnetic moment and QED correction; see `completed`."""
    lepton, _, couplings, sleptons = generation
    y = solution.y
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    one_loop, photonic = 0.0, 0.0
    if work is not None and setting.amu == codes.AMU_FULL:
        Q = photonic_scale(lepton, two_loop)
        one_0, two_0 = gminus2.neutralino_loops(y, lepton.m, m2_1, m2_2, sleptons, work[NEUTRALINOS:CHARGINOS], Q)
        one_c, two_c = gminus2.chargino_loops(y, lepton.m, sleptons.m2_nu, couplings.g_2, work[CHARGINOS:BARR_ZEE], Q)
        one_loop, photonic = one_0 + one_c, two_0 + two_c
    return completed(solution, one_loop, photonic, generation, setting, work, 0, two_loop)


@scalar
def _two_loops(
    a: float,
    photonic: float,
    solution: Solution,
    generation: Generation,
    m_mu: float,
    loops: BarrZee,
    light: LightLogs,
    two_loop: TwoLoopSetting,
) -> Parts:
    """Parts of the moment of a solution, from its one-loop and photonic part."""
    lepton, electroweakinos, couplings, sleptons = generation
    unit = lepton.m * solution.y
    logarithms = fermion_sfermion_logarithms(lepton, electroweakinos, couplings, sleptons.m2_nu, light, two_loop)
    moments = BarrZee(unit * loops.charginos, unit * loops.sfermions)
    return complete_moment(a, photonic, solution.Delta, logarithms, moments, lepton.m / m_mu, two_loop.delta_logarithms)


@embedded
def completed(
    solution: Solution,
    one_loop: float,
    photonic: float,
    generation: Generation,
    setting: Setting,
    work: Work,
    lane: int,
    two_loop: TwoLoop,
) -> tuple[Solution, Parts]:
    """Complete a solution, given the sums of `gminus2.neutralino_loops` and `chargino_loops` (level ``full``).

    The parts of the moment are computed only with `two_loop`, from a lane of the workspace.
    """
    lepton, electroweakinos, couplings, sleptons = generation
    y, Delta, m_1, m_2, _, ratio, _, mL, mR = solution
    m2_1, m2_2 = slepton_masses(y * y, sleptons)
    unit = LOOP_FACTOR * lepton.m * lepton.m
    a, photonic = unit * one_loop, 4.0 * math.pi * setting.alpha * LOOP_FACTOR * unit * photonic
    parts = NO_PARTS
    if setting.amu == codes.AMU_MIA:
        a = gminus2.a_bino_mia(lepton, electroweakinos, couplings.g_Y) / (1.0 + Delta)
    elif setting.amu == codes.AMU_BINO:
        a = gminus2.a_bino(lepton.m, y * sleptons.mixing, m2_1, m2_2, electroweakinos.M1, couplings.g_Y)
    if setting.qed == codes.QED_PHOTONIC:
        qed = -photonic / a if a != 0.0 else 0.0
        if work is not None and two_loop is not None:
            loops, light = BarrZee(*take(work, BARR_ZEE, lane, 2)), LightLogs(*take(work, LIGHT_LOGS, lane, 2))
            parts = _two_loops(a, photonic, solution, generation, setting.m_mu, loops, light, two_loop)
            a += parts.fermion_sfermion + parts.barr_zee
        a += photonic
    else:
        M1 = electroweakinos.M1
        scale = math.sqrt(min(M1 * M1, m2_1)) if setting.qed_lightest else min(mL, mR)
        qed = gminus2.delta_qed(lepton.m, scale, setting.alpha) if setting.qed == codes.QED_LEADING_LOG else 0.0
        a *= 1.0 - qed
    return Solution(y, Delta, m_1, m_2, a, ratio, qed, mL, mR), parts

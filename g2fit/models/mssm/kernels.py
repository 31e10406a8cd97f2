"""Predictions for a batch of MSSM points without the levels ``full``, for which see `lane_kernels`."""

import math
from typing import Any, NamedTuple

import numpy as np

from g2fit.core.jit import embedded, kernel
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import UNUSED
from g2fit.models.mssm.lepton_solutions import Generation, prepare, solve_lepton, with_moment
from g2fit.models.mssm.predictions import BranchPlaces, Point, Prediction, TwoLoopPrediction
from g2fit.models.mssm.rows import Found, Parts, Solution, fill, first, put, read_parts, read_solution, room_for
from g2fit.models.mssm.setting import (
    BAD,
    NOT_PERTURBATIVE,
    OK,
    TACHYON,
    TWO_LOOP,
    VACUUM,
    OnShell,
    Setting,
    TwoLoop,
    Work,
)
from g2fit.models.mssm.spectrum import (
    Couplings,
    Electroweakinos,
    Lepton,
    Sleptons,
    couplings_between,
    run_couplings,
    sleptons_of,
)
from g2fit.models.mssm.two_loop.logarithms import light_logs
from g2fit.models.mssm.workspace import LIGHT_LOGS
from g2fit.models.mssm.yukawa_solutions import MAX_BRANCHES

__all__ = ["evaluate", "generation_of", "inspect", "predict", "read_point"]


@embedded
def read_point(row: FloatArray, trilinear: bool) -> Any:
    """Take a `Point` from a row of parameters; trilinear couplings that are no parameters are zero."""
    A_e, A_mu = first(row[8:], 2) if trilinear else (0.0, 0.0)
    return Point(*first(row, 8), A_e, A_mu)


@embedded
def read_scheme(row: FloatArray, on_shell: OnShell) -> float:
    """Take the `coupling_scheme` from a row of parameters, the last one; NaN if it is not between 0 and 2."""
    if on_shell is None:
        return 1.0
    scheme = row[-1]
    return scheme if 0.0 <= scheme <= 2.0 else math.nan


@embedded
def acceptable(point: Any) -> bool:
    """Whether the parameters are finite, and tan(beta) and the soft masses positive."""
    gauginos = 0.0 * point.M1 + 0.0 * point.M2 + 0.0 * point.mu + 0.0 * point.tan_beta
    soft = 0.0 * point.mL_e + 0.0 * point.mR_e + 0.0 * point.mL_mu + 0.0 * point.mR_mu
    finite: bool = gauginos + soft + 0.0 * point.A_e + 0.0 * point.A_mu == 0.0  # NaN if one of them is not
    positive: bool = min(point.mL_e, point.mR_e, point.mL_mu, point.mR_mu, point.tan_beta) > 0.0
    return finite and positive


@embedded
def electroweakinos_of(point: Any) -> Electroweakinos:
    """Parameters of the neutralinos and charginos of a point."""
    return Electroweakinos(point.M1, point.M2, point.mu, point.tan_beta)


@embedded
def lepton_of(point: Any, k: int, setting: Setting) -> Lepton:
    """Lepton k (0: e, 1: mu) of a point."""
    if k == 0:
        return Lepton(setting.m_e, point.mL_e, point.mR_e, point.A_e)
    return Lepton(setting.m_mu, point.mL_mu, point.mR_mu, point.A_mu)


@embedded
def couplings_of(lepton: Lepton, setting: Setting, scheme: float, on_shell: OnShell) -> Couplings:
    """Couplings at the scale that the scheme asks for: fixed, or sqrt(mL mR) of the lepton.

    With `on_shell` they are those of the `coupling_scheme` of a point.
    """
    weak = setting.couplings
    if on_shell is not None:
        run = run_couplings(weak, math.sqrt(lepton.mL * lepton.mR) / setting.m_Z)
        return couplings_between(scheme, on_shell, weak, run)
    return run_couplings(weak, math.sqrt(lepton.mL * lepton.mR) / setting.m_Z) if setting.running else weak


@embedded
def generation_of(
    lepton: Lepton, electroweakinos: Electroweakinos, couplings: Couplings, setting: Setting
) -> Generation:
    """Sleptons of a lepton, with or without D-terms."""
    full = sleptons_of(lepton, electroweakinos, couplings)
    if setting.d_terms:
        return Generation(lepton, electroweakinos, couplings, full)
    m2_L = lepton.mL * lepton.mL
    without = Sleptons(m2_L, lepton.mR * lepton.mR, m2_L, full.vd2, full.mixing)
    return Generation(lepton, electroweakinos, couplings, without)


@embedded
def _add_moments(
    generation: Generation,
    setting: Setting,
    work: Work,
    two_loop: TwoLoop,
    count: int,
    found: Found,
    decayed: bool,
) -> None:
    """Add anomalous magnetic moments to `count` solutions of a lepton, with `decayed` also for short-lived vacua."""
    for branch in range(count):
        if found.codes[branch] == OK or (decayed and found.codes[branch] == VACUUM):
            solution, parts = with_moment(read_solution(found.solutions[branch]), generation, setting, work, two_loop)
            fill(found.solutions[branch], solution)
            if two_loop is not None:
                fill(found.parts[branch], parts)
                if not math.isfinite(solution.delta_a):
                    found.codes[branch] = TWO_LOOP


@embedded
def predict(e: Solution, mu: Solution, count_e: int, count_mu: int, mass_ratio: float) -> Any:
    """Predictions for a pair of solutions; `mass_ratio` is m_e/m_mu."""
    enh_e = 1.0 / abs(1.0 + e.Delta)
    enh_mu = 1.0 / abs(1.0 + mu.Delta)
    return Prediction(
        delta_a_e=e.delta_a,
        delta_a_mu=mu.delta_a,
        Delta_e=e.Delta,
        Delta_mu=mu.Delta,
        y_e=e.y,
        y_mu=mu.y,
        m_sel_1=e.m_1,
        m_sel_2=e.m_2,
        m_smu_1=mu.m_1,
        m_smu_2=mu.m_2,
        vac_ratio_e=e.vac_ratio,
        vac_ratio_mu=mu.vac_ratio,
        delta_qed_e=e.delta_qed,
        delta_qed_mu=mu.delta_qed,
        n_branches_e=float(count_e),
        n_branches_mu=float(count_mu),
        enh_e=enh_e,
        enh_mu=enh_mu,
        enh2_e=enh_e * enh_e,
        enh2_mu=enh_mu * enh_mu,
        one_plus_Delta_e=1.0 + e.Delta,
        y_e_over_y_mu=mass_ratio * (1.0 + mu.Delta) / (1.0 + e.Delta),
    )


@embedded
def predict_two_loops(e: Parts, mu: Parts) -> Any:
    """Predictions for a pair of solutions that only the complete two-loop part has."""
    return TwoLoopPrediction(
        one_loop_e=e.one_loop,
        one_loop_mu=mu.one_loop,
        photonic_e=e.photonic,
        photonic_mu=mu.photonic,
        fermion_sfermion_e=e.fermion_sfermion,
        fermion_sfermion_mu=mu.fermion_sfermion,
        barr_zee_e=e.barr_zee,
        barr_zee_mu=mu.barr_zee,
        error_gm2calc_e=e.error_gm2calc,
        error_gm2calc_mu=mu.error_gm2calc,
        error_relative_e=e.error_relative,
        error_relative_mu=mu.error_relative,
    )


@embedded
def _reason(code_e: int, code_mu: int) -> int:
    """Reason code of a pair of solutions: what forbids the point takes precedence over a short-lived vacuum."""
    if code_e == TACHYON:
        return code_e
    if code_mu == TACHYON:
        return code_mu + 1
    if code_e == NOT_PERTURBATIVE:
        return code_e
    if code_mu == NOT_PERTURBATIVE:
        return code_mu + 1
    if code_e == VACUUM:
        return code_e
    if code_mu == VACUUM:
        return code_mu + 1
    if code_e == TWO_LOOP:
        return code_e
    return code_mu + 1 if code_mu == TWO_LOOP else OK


class Outcome(NamedTuple):
    """Number of solutions of a lepton, and whether the natural one, which is then the first, exists."""

    number: int
    natural: bool


@embedded
def write_predictions(
    e: Outcome,
    mu: Outcome,
    found_e: Found,
    found_mu: Found,
    setting: Setting,
    two_loop: TwoLoop,
    rows: FloatArray,
    reasons: ReasonArray,
) -> None:
    """Write predictions and reason code of each pair of solutions, or of the natural ones, to the slots of a point."""
    everything = setting.all_branches
    for k_e in range(e.number if everything else 1):
        for k_mu in range(mu.number if everything else 1):
            slot = MAX_BRANCHES * k_e + k_mu
            reasons[slot] = _reason(found_e.codes[k_e], found_mu.codes[k_mu])
            if reasons[slot] != OK:
                continue
            pair = read_solution(found_e.solutions[k_e]), read_solution(found_mu.solutions[k_mu])
            prediction = predict(*pair, e.number, mu.number, setting.m_e / setting.m_mu)
            fill(rows[slot], prediction)
            end = len(prediction)
            if two_loop is not None:
                two_loops = predict_two_loops(read_parts(found_e.parts[k_e]), read_parts(found_mu.parts[k_mu]))
                fill(rows[slot, end:], two_loops)
                end += len(two_loops)
            if everything:
                is_natural_e = 1.0 if e.natural and k_e == 0 else 0.0
                is_natural_mu = 1.0 if mu.natural and k_mu == 0 else 0.0
                places = BranchPlaces(float(k_e), float(k_mu), is_natural_e, is_natural_mu)
                fill(rows[slot, end:], places)


@kernel
def evaluate(theta: FloatArray, setting: Setting, on_shell: OnShell, out: FloatArray, reason: ReasonArray) -> None:
    """Predict a batch of points without the levels ``full``, see `g2fit.models.base.Model.evaluate`.

    Points are rows of `Point`, without what is no parameter with the options; with `on_shell` they have a
    `coupling_scheme`, and None compiles a smaller kernel.
    """
    everything = setting.all_branches
    slots = MAX_BRANCHES * MAX_BRANCHES if everything else 1
    found_e, found_mu = room_for(MAX_BRANCHES), room_for(MAX_BRANCHES)
    for i in range(theta.shape[0]):
        rows = out[i * slots : (i + 1) * slots]
        reasons = reason[i * slots : (i + 1) * slots]
        rows[:] = np.nan
        reasons[:] = UNUSED
        point, scheme = read_point(theta[i], setting.trilinear), read_scheme(theta[i], on_shell)
        if not acceptable(point) or math.isnan(scheme):
            reasons[0] = BAD
            continue
        electroweakinos = electroweakinos_of(point)
        e, mu = lepton_of(point, 0, setting), lepton_of(point, 1, setting)
        g_e, g_mu = couplings_of(e, setting, scheme, on_shell), couplings_of(mu, setting, scheme, on_shell)
        electron = generation_of(e, electroweakinos, g_e, setting)
        muon = generation_of(mu, electroweakinos, g_mu, setting)
        count_e, natural_e, problem = solve_lepton(electron, setting, None, found_e)
        if problem != OK:
            reasons[0] = problem
            continue
        count_mu, natural_mu, problem = solve_lepton(muon, setting, None, found_mu)
        if problem != OK:
            reasons[0] = problem + 1
            continue
        _add_moments(electron, setting, None, None, count_e if everything else 1, found_e, False)
        _add_moments(muon, setting, None, None, count_mu if everything else 1, found_mu, False)
        outcomes = Outcome(count_e, natural_e), Outcome(count_mu, natural_mu)
        write_predictions(*outcomes, found_e, found_mu, setting, None, rows, reasons)


@kernel
def inspect(
    row: FloatArray, k: int, setting: Setting, work: Work, two_loop: TwoLoop, on_shell: OnShell, found: Found
) -> tuple[int, bool, int]:
    """Compute every solution of lepton k at one point, whatever is wrong with it; returns what `solve_lepton` does.

    All solutions are to be asked for, and `found` has room for `MAX_BRANCHES` of them. The workspace, of `WORK_SHAPE`,
    is for the levels ``full``; None compiles a smaller kernel without them.
    """
    point, scheme = read_point(row, setting.trilinear), read_scheme(row, on_shell)
    if not acceptable(point) or math.isnan(scheme):
        return 0, False, BAD
    lepton = lepton_of(point, k, setting)
    couplings = couplings_of(lepton, setting, scheme, on_shell)
    generation = generation_of(lepton, electroweakinos_of(point), couplings, setting)
    prepare(generation.electroweakinos, couplings, work, two_loop)
    if work is not None and two_loop is not None:
        put(work, LIGHT_LOGS, 0, light_logs(point.mL_e, point.mR_e, point.mL_mu, point.mR_mu))
    count, natural, problem = solve_lepton(generation, setting, work, found)
    _add_moments(generation, setting, work, two_loop, count, found, True)
    return count, natural, problem

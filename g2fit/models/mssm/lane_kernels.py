"""Predictions for a batch of MSSM points at the levels ``full``, many points side by side."""

import numpy as np

from g2fit.core.jit import embedded, kernel, scalar
from g2fit.core.types import FloatArray, ReasonArray
from g2fit.models.base import UNUSED
from g2fit.models.mssm.kernels import (
    Outcome,
    acceptable,
    couplings_of,
    electroweakinos_of,
    generation_of,
    lepton_of,
    read_point,
    read_scheme,
    write_predictions,
)
from g2fit.models.mssm.lane_barr_zee import add_barr_zee, new_loops
from g2fit.models.mssm.lane_moments import add_moments, new_tasks
from g2fit.models.mssm.lane_yukawas import describe_solutions, find_yukawas
from g2fit.models.mssm.lanes import (
    COUPLINGS,
    ELECTROWEAKINOS,
    INO_ROWS,
    LANES,
    LEPTON,
    PARTS,
    SLEPTONS,
    SOLUTIONS,
    LeptonLanes,
    diagonalise_neutralinos,
    fill_moment_tables,
    generation_at,
    new_lepton_lanes,
    rounded_up,
)
from g2fit.models.mssm.lepton_solutions import solve_lepton
from g2fit.models.mssm.rows import PARTS_SIZE, SOLUTION_SIZE, Found, fill, put, read_solution, room_for, take
from g2fit.models.mssm.setting import BAD, FULL, OK, OnShell, Setting, TwoLoop
from g2fit.models.mssm.two_loop.logarithms import light_logs
from g2fit.models.mssm.workspace import LIGHT_LOGS
from g2fit.models.mssm.yukawa_solutions import MAX_BRANCHES

__all__ = ["evaluate_lanes"]


@kernel
def _load(
    theta: FloatArray, k: int, lepton: LeptonLanes, setting: Setting, two_loop: TwoLoop, on_shell: OnShell
) -> None:
    """Load a generation of each point (k = 0: e, 1: mu), and find points with parameters that are not acceptable."""
    rows, inos, problem = lepton.rows, lepton.inos, lepton.problem
    count = theta.shape[0]
    for lane in range(count, rounded_up(count)):  # NaN ends every loop that waits for all lanes
        rows[LEPTON : SLEPTONS + 5, lane] = np.nan
        inos[ELECTROWEAKINOS : COUPLINGS + 3, lane] = np.nan
    for lane in range(count):
        point, scheme = read_point(theta[lane], setting.trilinear), read_scheme(theta[lane], on_shell)
        problem[lane] = OK if acceptable(point) and scheme == scheme else BAD
        soft = lepton_of(point, k, setting)
        couplings = couplings_of(soft, setting, scheme, on_shell)
        generation = generation_of(soft, electroweakinos_of(point), couplings, setting)
        put(rows, LEPTON, lane, generation.lepton)
        put(rows, SLEPTONS, lane, generation.sleptons)
        put(inos, ELECTROWEAKINOS, lane, generation.electroweakinos)
        put(inos, COUPLINGS, lane, generation.couplings)
        if two_loop is not None and (k == 0 or setting.running):
            put(inos, LIGHT_LOGS, lane, light_logs(point.mL_e, point.mR_e, point.mL_mu, point.mR_mu))


@kernel
def _solve_one_by_one(lepton: LeptonLanes, n: int, setting: Setting, found: Found) -> None:
    """Find the solutions at the levels of the threshold correction below ``full``."""
    rows, inos, problems, codes = lepton.rows, lepton.inos, lepton.problem, lepton.codes
    for lane in range(n):
        if problems[lane] != OK:
            continue
        count, natural, problem = solve_lepton(generation_at(rows, inos, lane), setting, None, found)
        problems[lane], lepton.number[lane], lepton.natural[lane] = problem, count, natural
        if problem == OK:
            for branch in range(count if setting.all_branches else 1):
                place = SOLUTIONS + SOLUTION_SIZE * branch
                put(rows, place, lane, read_solution(found.solutions[branch]))
                codes[branch, lane] = found.codes[branch]


@scalar
def _solve(lepton: LeptonLanes, n: int, branches: int, setting: Setting, found: Found) -> None:
    """Find the solutions of n points and describe the first `branches` of each but for their moments."""
    if setting.delta == FULL:
        find_yukawas(lepton, n, setting.all_branches)
        describe_solutions(lepton, n, branches, setting)
    else:
        _solve_one_by_one(lepton, n, setting, found)


@embedded
def _read(lepton: LeptonLanes, lane: int, branches: int, two_loop: TwoLoop, found: Found) -> Outcome:
    """Copy the solutions of a point from its lane."""
    for branch in range(min(lepton.number[lane], branches)):
        place = SOLUTIONS + SOLUTION_SIZE * branch
        fill(found.solutions[branch], take(lepton.rows, place, lane, SOLUTION_SIZE))
        found.codes[branch] = lepton.codes[branch, lane]
        if two_loop is not None:
            fill(found.parts[branch], take(lepton.rows, PARTS + PARTS_SIZE * branch, lane, PARTS_SIZE))
    return Outcome(lepton.number[lane], lepton.natural[lane])


@kernel
def _write(
    e: LeptonLanes,
    mu: LeptonLanes,
    found_e: Found,
    found_mu: Found,
    setting: Setting,
    two_loop: TwoLoop,
    out: FloatArray,
    reason: ReasonArray,
) -> None:
    """Write the predictions and reason codes of points side by side."""
    branches = MAX_BRANCHES if setting.all_branches else 1
    slots = branches * branches
    for lane in range(out.shape[0] // slots):
        rows, reasons = out[lane * slots : (lane + 1) * slots], reason[lane * slots : (lane + 1) * slots]
        rows[:] = np.nan
        reasons[:] = UNUSED
        if e.problem[lane] != OK:
            reasons[0] = e.problem[lane]
        elif mu.problem[lane] != OK:
            reasons[0] = mu.problem[lane] + 1
        else:
            outcomes = _read(e, lane, branches, two_loop, found_e), _read(mu, lane, branches, two_loop, found_mu)
            write_predictions(*outcomes, found_e, found_mu, setting, two_loop, rows, reasons)


@kernel
def evaluate_lanes(
    theta: FloatArray, setting: Setting, two_loop: TwoLoop, on_shell: OnShell, out: FloatArray, reason: ReasonArray
) -> None:
    """Predict a batch of points, see `g2fit.models.mssm.kernels.evaluate`, with the levels ``full``.

    `two_loop` is for the complete two-loop part; None compiles a smaller kernel without it.
    """
    branches = MAX_BRANCHES if setting.all_branches else 1
    slots = branches * branches
    inos = np.empty((INO_ROWS, LANES))
    e = new_lepton_lanes(inos)
    mu = new_lepton_lanes(np.empty((INO_ROWS, LANES)) if setting.running else inos)
    tasks, loops = new_tasks(), new_loops()
    found_e, found_mu = room_for(MAX_BRANCHES), room_for(MAX_BRANCHES)
    for start in range(0, theta.shape[0], LANES):
        count = min(LANES, theta.shape[0] - start)
        for k in range(2):
            lepton = e if k == 0 else mu
            _load(theta[start : start + count], k, lepton, setting, two_loop, on_shell)
            if k == 0 or setting.running:
                diagonalise_neutralinos(lepton.inos, rounded_up(count))
            _solve(lepton, count, branches, setting, found_e)
        if two_loop is not None:
            add_barr_zee(loops, e, mu, count, branches, setting.running, two_loop)
        for k in range(2):
            lepton = e if k == 0 else mu
            if k == 0 or setting.running:
                fill_moment_tables(lepton.inos, rounded_up(count))
            add_moments(tasks, lepton, count, branches, setting, two_loop)
        rows, reasons = out[start * slots : (start + count) * slots], reason[start * slots :]
        _write(e, mu, found_e, found_mu, setting, two_loop, rows, reasons)

"""One-loop and photonic two-loop moments of solutions side by side.

The solutions of a lepton that need a moment, valid ones at any point, are gathered in the lanes of one array; a full
array is computed, and its results go back to where the solutions came from.
"""

import math
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.mssm.gminus2 import (
    Chargino,
    Neutralino,
    Slepton,
    chargino_diagram,
    neutralino_diagram,
    selectrons_of,
)
from g2fit.models.mssm.lanes import COUPLINGS, LANES, LEPTON, PARTS, SOLUTIONS, LeptonLanes, generation_at, rounded_up
from g2fit.models.mssm.lepton_solutions import completed, photonic_scale
from g2fit.models.mssm.logarithm import log
from g2fit.models.mssm.rows import PARTS_SIZE, SOLUTION_SIZE, Solution, put, take
from g2fit.models.mssm.setting import AMU_FULL, OK, TWO_LOOP, Setting, TwoLoop
from g2fit.models.mssm.spectrum import Lepton, Sleptons, slepton_masses
from g2fit.models.mssm.workspace import NEUTRALINOS

__all__ = ["Tasks", "add_moments", "new_tasks"]

#: Neutralinos and charginos, 34 rows as in `workspace`.
INOS = 0
CHARGINOS = 24
#: First of the 4 rows of `Lepton`, and of the 5 rows of `Sleptons` that follow.
SOFT = 34
#: Yukawa coupling, and coupling g_2.
Y, G_2 = 43, 44
#: Logarithms of the lepton's mass and of the photonic scale.
LOG_M, LOG_Q = 45, 46
#: First of the 4 rows of each `Slepton`: the two charged ones and the sneutrino.
CHARGED = 47
SNEUTRINO = 55
TASK_ROWS = 59


class Tasks(NamedTuple):
    """Solutions that wait for their moments: what these depend on, both sums, and lane and number of each."""

    rows: FloatArray
    sums: FloatArray
    origin: IntArray


@scalar
def new_tasks() -> Tasks:
    """Allocate room for as many tasks as there are lanes."""
    return Tasks(np.empty((TASK_ROWS, LANES)), np.empty((2, LANES)), np.zeros((LANES, 2), dtype=np.int64))


@kernel
def _prepare(rows: FloatArray, sums: FloatArray, n: int, two_loop: TwoLoop) -> None:
    """Compute the sleptons."""
    if rows.shape[1] != LANES or sums.shape[1] != LANES:
        return
    for lane in range(n):
        lepton, sleptons = Lepton(*take(rows, SOFT, lane, 4)), Sleptons(*take(rows, SOFT + 4, lane, 5))
        y = rows[Y, lane]
        m2_1, m2_2 = slepton_masses(y * y, sleptons)
        light, heavy = selectrons_of(y, m2_1, m2_2, sleptons)
        put(rows, CHARGED, lane, light)
        put(rows, CHARGED + 4, lane, heavy)
        put(rows, SNEUTRINO, lane, Slepton(1.0, 0.0, sleptons.m2_nu, log(sleptons.m2_nu)))
        rows[LOG_M, lane] = log(lepton.m)
        rows[LOG_Q, lane] = log(photonic_scale(lepton, two_loop))
        put(sums, 0, lane, (0.0, 0.0))


@kernel
def _add_neutralino(rows: FloatArray, slepton: int, neutralino: int, sums: FloatArray, n: int) -> None:
    """Add the diagram of the neutralino and the slepton that begin at these rows."""
    if rows.shape[1] != LANES or sums.shape[1] != LANES:
        return
    for lane in range(n):
        one, two = neutralino_diagram(
            rows[Y, lane],
            rows[SOFT, lane],
            rows[LOG_M, lane],
            rows[LOG_Q, lane],
            Slepton(*take(rows, slepton, lane, 4)),
            Neutralino(*take(rows, neutralino, lane, 6)),
        )
        sums[0, lane] += one
        sums[1, lane] += two


@kernel
def _add_chargino(rows: FloatArray, chargino: int, sums: FloatArray, n: int) -> None:
    """Add the diagram of the sneutrino and the chargino that begins at this row."""
    if rows.shape[1] != LANES or sums.shape[1] != LANES:
        return
    for lane in range(n):
        one, two = chargino_diagram(
            rows[Y, lane],
            rows[SOFT, lane],
            rows[LOG_M, lane],
            rows[LOG_Q, lane],
            rows[G_2, lane],
            Slepton(*take(rows, SNEUTRINO, lane, 4)),
            Chargino(*take(rows, chargino, lane, 5)),
        )
        sums[0, lane] += one
        sums[1, lane] += two


@kernel
def _add_diagrams(tasks: Tasks, n: int, two_loop: TwoLoop) -> None:
    """Compute the sums of all diagrams."""
    rows, sums = tasks.rows, tasks.sums
    _prepare(rows, sums, n, two_loop)
    for i in range(8):
        _add_neutralino(rows, CHARGED + 4 * (i % 2), INOS + 6 * (i // 2), sums, n)
    for i in range(2):
        _add_chargino(rows, CHARGINOS + 5 * i, sums, n)


@kernel
def _complete(lepton: LeptonLanes, tasks: Tasks, count: int, setting: Setting, two_loop: TwoLoop) -> None:
    """Complete `count` solutions of a lepton by their moments."""
    rows, inos, sums, origin = lepton.rows, lepton.inos, tasks.sums, tasks.origin
    for t in range(count):
        lane, branch = origin[t, 0], origin[t, 1]
        place = SOLUTIONS + SOLUTION_SIZE * branch
        solution, generation = Solution(*take(rows, place, lane, SOLUTION_SIZE)), generation_at(rows, inos, lane)
        solution, parts = completed(solution, sums[0, t], sums[1, t], generation, setting, inos, lane, two_loop)
        put(rows, place, lane, solution)
        if two_loop is not None:
            put(rows, PARTS + PARTS_SIZE * branch, lane, parts)
            if not math.isfinite(solution.delta_a):
                lepton.codes[branch, lane] = TWO_LOOP


@kernel
def _gather(
    lepton: LeptonLanes, branch: int, lanes: tuple[int, int], count: int, rows: FloatArray, origin: IntArray
) -> tuple[int, int]:
    """Gather valid solutions of number `branch` in some lanes as tasks, of which there are `count`.

    Returned are the number of tasks and the first lane that has not been looked at, since there is no room for more.
    """
    own, inos, problem, number, codes = lepton.rows, lepton.inos, lepton.problem, lepton.number, lepton.codes
    place = SOLUTIONS + SOLUTION_SIZE * branch
    for lane in range(lanes[0], lanes[1]):
        if problem[lane] == OK and branch < number[lane] and codes[branch, lane] == OK:
            if count == LANES:
                return count, lane
            put(rows, INOS, count, take(inos, NEUTRALINOS, lane, 34))
            put(rows, SOFT, count, take(own, LEPTON, lane, 9))
            rows[Y, count] = own[place, lane]
            rows[G_2, count] = inos[COUPLINGS + 1, lane]
            origin[count, 0], origin[count, 1] = lane, branch
            count += 1
    return count, lanes[1]


@kernel
def add_moments(tasks: Tasks, lepton: LeptonLanes, n: int, branches: int, setting: Setting, two_loop: TwoLoop) -> None:
    """Add their moments to all valid solutions of a lepton at n points, of which `branches` are looked at."""
    branch, lane, count = 0, 0, 0
    while branch < branches:
        count, lane = _gather(lepton, branch, (lane, n), count, tasks.rows, tasks.origin)
        if lane == n:
            branch, lane = branch + 1, 0
        if count == LANES or branch == branches:
            if setting.amu == AMU_FULL and count > 0:
                _add_diagrams(tasks, rounded_up(count), two_loop)
            _complete(lepton, tasks, count, setting, two_loop)
            count = 0

"""Points side by side: arrays with one column, or *lane*, for each point, and the first stages of their evaluation.

A stage is a loop over lanes that calls functions of a few numbers and writes what they return. With a fixed distance
between the rows of an array, the compiler turns the loop into SIMD instructions, for 4 or 8 lanes at once. Every stage
therefore first tests that distance. Loops run over a multiple of 8 lanes: what lies beyond the last point is ignored,
and the result of a point does not depend on its lane.
"""

from typing import NamedTuple

import numpy as np

from g2fit.core.jit import embedded, kernel, scalar
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.models.mssm.electroweakinos import LAST_ANGLE, MAX_SWEEPS, Mixing, neutralino_matrix, perturbed, sweep
from g2fit.models.mssm.lepton_solutions import Generation, put_moment, put_threshold
from g2fit.models.mssm.rows import PARTS_SIZE, SOLUTION_SIZE, put, take
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, Sleptons, higgs_vevs
from g2fit.models.mssm.workspace import WORK_SHAPE
from g2fit.models.mssm.yukawa_solutions import MAX_BRANCHES

__all__ = ["LANES", "LeptonLanes", "diagonalise_neutralinos", "fill_moment_tables", "generation_at", "new_lepton_lanes"]

#: Points side by side.
LANES = 64
#: The number of lanes that a stage computes is a multiple of this.
GROUP = 8

# Rows of an array of neutralinos and charginos, after those of `workspace`.
#: First of the 26 rows with the `Mixing` of the neutralinos.
MIXING = WORK_SHAPE[0]
#: Largest tangent of an angle of the last sweep.
ANGLE = MIXING + 26
#: First of the 4 rows of `Electroweakinos`.
ELECTROWEAKINOS = ANGLE + 1
#: First of the 3 rows of `Couplings`.
COUPLINGS = ELECTROWEAKINOS + 4
#: Number of rows.
INO_ROWS = COUPLINGS + 3

# Rows of an array of a lepton.
#: First of the 4 rows of `Lepton`, and of the 5 rows of `Sleptons` that follow.
LEPTON = 0
SLEPTONS = 4
#: Yukawa coupling without threshold correction.
Y_TREE = 9
#: First of the 4 rows of `Threshold`.
THRESHOLD = 10
#: First of the 3 rows of `Edges`.
EDGES = 14
#: First of the 5 rows of `Search`.
SEARCH = 17
#: Squares of the Yukawa coupling and of the slepton masses at which F = 1 + Delta is computed, and F there.
Y2, M2_1, M2_2, F = 22, 23, 24, 25
#: Coefficient and arguments of the charginos' part of the threshold correction, and their loop function.
CHARGINO = 26
CHARGINO_LOOP = 30
#: 1 where the loop function has to be computed in another way.
IRREGULAR = 31
#: First of the rows of Yukawa couplings, and of a `Solution` for each of them.
ROOTS = 32
SOLUTIONS = ROOTS + MAX_BRANCHES
#: First of the rows with the `Parts` of the moment of each solution, for ``two_loop: full``.
PARTS = SOLUTIONS + MAX_BRANCHES * SOLUTION_SIZE
LEPTON_ROWS = PARTS + MAX_BRANCHES * PARTS_SIZE


class LeptonLanes(NamedTuple):
    """Points side by side for one lepton.

    `rows`, (LEPTON_ROWS, LANES), and `inos`, (INO_ROWS, LANES), hold what the constants of this module say; the array
    `inos` of both leptons is the same unless couplings run. Of each point, `problem` is the reason code if nothing is
    found, `number` that of solutions, `natural` whether the natural one exists, and `codes`, (MAX_BRANCHES,
    LANES), those of the solutions.
    """

    rows: FloatArray
    inos: FloatArray
    problem: IntArray
    number: IntArray
    natural: BoolArray
    codes: IntArray


@scalar
def new_lepton_lanes(inos: FloatArray) -> LeptonLanes:
    """Allocate the arrays of a lepton."""
    problem, count = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    natural, codes = np.zeros(LANES, dtype=np.bool_), np.zeros((MAX_BRANCHES, LANES), dtype=np.int64)
    return LeptonLanes(np.empty((LEPTON_ROWS, LANES)), inos, problem, count, natural, codes)


@scalar
def rounded_up(count: int) -> int:
    """Number of lanes that a stage computes for `count` points."""
    return (count + GROUP - 1) // GROUP * GROUP


@embedded
def generation_at(rows: FloatArray, inos: FloatArray, lane: int) -> Generation:
    """Take a generation from its lane."""
    return Generation(
        Lepton(*take(rows, LEPTON, lane, 4)),
        Electroweakinos(*take(inos, ELECTROWEAKINOS, lane, 4)),
        Couplings(*take(inos, COUPLINGS, lane, 3)),
        Sleptons(*take(rows, SLEPTONS, lane, 5)),
    )


@kernel
def _diagonalise(inos: FloatArray, n: int) -> None:
    """Diagonalise the mass matrices of the neutralinos by Jacobi sweeps, until none of them changes any more."""
    if inos.shape[1] != LANES:
        return
    for _ in range(MAX_SWEEPS):
        for lane in range(n):
            mixing, angle = sweep(Mixing(*take(inos, MIXING, lane, 26)))
            put(inos, MIXING, lane, mixing)
            inos[ANGLE, lane] = angle
        unfinished = False
        for lane in range(n):
            unfinished |= inos[ANGLE, lane] > LAST_ANGLE
        if not unfinished:
            return


@kernel
def diagonalise_neutralinos(inos: FloatArray, n: int) -> None:
    """Compute the neutralinos for v_d -> 0 and the table on which the threshold correction depends."""
    if inos.shape[1] != LANES:
        return
    for lane in range(n):
        electroweakinos = Electroweakinos(*take(inos, ELECTROWEAKINOS, lane, 4))
        couplings = Couplings(*take(inos, COUPLINGS, lane, 3))
        _, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
        put(inos, MIXING, lane, neutralino_matrix(electroweakinos, couplings.g_Y, couplings.g_2, v_u))
    _diagonalise(inos, n)
    for lane in range(n):
        couplings = Couplings(*take(inos, COUPLINGS, lane, 3))
        put_threshold(Mixing(*take(inos, MIXING, lane, 26)), couplings, inos, lane)


@kernel
def fill_moment_tables(inos: FloatArray, n: int) -> None:
    """Compute neutralinos and charginos with v_d, on which the moments depend."""
    if inos.shape[1] != LANES:
        return
    for lane in range(n):
        tan_beta, couplings = inos[ELECTROWEAKINOS + 3, lane], Couplings(*take(inos, COUPLINGS, lane, 3))
        v_d, _ = higgs_vevs(tan_beta, couplings.v)
        mixing = Mixing(*take(inos, MIXING, lane, 26))
        put(inos, MIXING, lane, perturbed(mixing, couplings.g_Y, couplings.g_2, v_d))
    _diagonalise(inos, n)
    for lane in range(n):
        electroweakinos = Electroweakinos(*take(inos, ELECTROWEAKINOS, lane, 4))
        couplings = Couplings(*take(inos, COUPLINGS, lane, 3))
        put_moment(Mixing(*take(inos, MIXING, lane, 26)), electroweakinos, couplings, inos, lane)

"""Rows of arrays as named tuples: kernels address what they read and write by name."""

from typing import Any, NamedTuple

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray, IntArray

__all__ = ["fill", "first"]


class _First:
    """Stands for an intrinsic of numba, which is imported when a kernel is compiled."""

    @property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target
        from numba.np.unsafe.ndarray import to_fixed_tuple

        return cpu_target.typing_context.resolve_value_type(to_fixed_tuple)

    def __call__(self, row: FloatArray, n: int) -> tuple[float, ...]:
        return tuple(row[:n])


#: First n elements of a row as a tuple, ``M1, M2 = first(row, 2)``; n is a literal number in compiled functions.
first = _First()


@scalar
def fill(row: FloatArray, values: tuple[float, ...]) -> None:
    """Write the fields of a named tuple of floats to the first places of a row."""
    for i in range(len(values)):
        row[i] = values[i]


class Solution(NamedTuple):
    """A Yukawa coupling of a lepton and what follows from it.

    Slepton masses are in GeV, -sqrt(-m_1^2) for a tachyon; `delta_a` and `delta_qed` are NaN until they are computed.
    """

    y: float
    Delta: float
    m_1: float
    m_2: float
    delta_a: float
    vac_ratio: float
    delta_qed: float
    mL: float
    mR: float


#: Number of fields of a `Solution`, which is the length of a row that holds one.
SOLUTION_SIZE = 9


class Parts(NamedTuple):
    """What the moment of a solution is the sum of, and two estimates of its uncertainty, for ``two_loop: full``."""

    one_loop: float
    photonic: float
    fermion_sfermion: float
    barr_zee: float
    error_gm2calc: float
    error_relative: float


#: Number of fields of `Parts`.
PARTS_SIZE = 6


class Found(NamedTuple):
    """Solutions of one lepton: Yukawa couplings (N,), rows of `Solution` (N, 9), reason codes (N,), rows of `Parts`."""

    roots: FloatArray
    solutions: FloatArray
    codes: IntArray
    parts: FloatArray


@scalar
def room_for(n: int) -> Found:
    """Allocate room for n solutions."""
    return Found(
        np.empty(n), np.empty((n, SOLUTION_SIZE)), np.empty(n, dtype=np.int64), np.full((n, PARTS_SIZE), np.nan)
    )


@scalar
def read_solution(row: FloatArray) -> Solution:
    """Take a solution from a row."""
    return Solution(*first(row, SOLUTION_SIZE))


@scalar
def read_parts(row: FloatArray) -> Parts:
    """Take the parts of a moment from a row."""
    return Parts(*first(row, PARTS_SIZE))

"""Rows of arrays as named tuples: kernels address what they read and write by name."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray, IntArray

__all__ = ["SOLUTION_SIZE", "fill", "first", "put", "take"]


class _Intrinsic:
    """An intrinsic of numba, a function that writes its own LLVM code: numba is imported when a kernel is compiled."""

    def __init__(self, define: Callable[[], Any], interpreted: Callable[..., Any]) -> None:
        self._define = define
        self._interpreted = interpreted

    @functools.cached_property
    def _intrinsic(self) -> Any:
        return self._define()

    @property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        intrinsic = self._intrinsic
        cpu_target.typing_context.refresh()  # makes it known
        return cpu_target.typing_context.resolve_value_type(intrinsic)

    def __call__(self, *arguments: Any) -> Any:
        return self._interpreted(*arguments)


def _define_first() -> Any:
    from numba.np.unsafe.ndarray import to_fixed_tuple

    return to_fixed_tuple


def _element(context: Any, builder: Any, array_type: Any, array: Any, row: Any, lane: Any) -> Any:
    """Pointer to ``array[row, lane]`` of a contiguous array."""
    from numba.core import cgutils

    shapes, strides = cgutils.unpack_tuple(builder, array.shape), cgutils.unpack_tuple(builder, array.strides)
    return cgutils.get_item_pointer2(context, builder, array.data, shapes, strides, array_type.layout, [row, lane])


def _define_take() -> Any:
    from numba.core import types
    from numba.core.types.containers import UniTuple
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array

    def take(typing_context: Any, block: Any, row: Any, lane: Any, n: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = make_array(block)(context, builder, arguments[0])
            values = []
            for k in range(n.literal_value):
                place = builder.add(arguments[1], context.get_constant(types.intp, k))
                values.append(builder.load(_element(context, builder, block, array, place, arguments[2])))
            return context.make_tuple(builder, signature.return_type, values)

        return UniTuple(block.dtype, n.literal_value)(block, types.intp, types.intp, n), write

    return intrinsic(prefer_literal=True)(take)


def _define_put() -> Any:
    from numba.core import types
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array

    def put(typing_context: Any, block: Any, row: Any, lane: Any, values: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = make_array(block)(context, builder, arguments[0])
            for k in range(len(values)):
                place = builder.add(arguments[1], context.get_constant(types.intp, k))
                value = builder.extract_value(arguments[3], k)
                builder.store(value, _element(context, builder, block, array, place, arguments[2]))
            return context.get_dummy_value()

        return types.void(block, types.intp, types.intp, values), write

    return intrinsic(put)


def _put_interpreted(block: FloatArray, row: int, lane: int, values: tuple[float, ...]) -> None:
    block[row : row + len(values), lane] = values


#: First n elements of a row as a tuple, ``M1, M2 = first(row, 2)``; n is a literal number in compiled functions.
first = _Intrinsic(_define_first, lambda row, n: tuple(row[:n]))
#: The n elements of a column from a row on as a tuple, ``take(block, row, lane, n)``; n is a literal number.
take = _Intrinsic(_define_take, lambda block, row, lane, n: tuple(block[row : row + n, lane]))
#: Write a tuple of floats to a column from a row on, ``put(block, row, lane, values)``.
put = _Intrinsic(_define_put, _put_interpreted)


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
#: The parts of a moment that are not computed.
NO_PARTS = Parts(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)


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

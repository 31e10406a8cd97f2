"""Rows of arrays as named tuples: kernels address what they read and write by name."""

from __future__ import annotations

from typing import Any

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray

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

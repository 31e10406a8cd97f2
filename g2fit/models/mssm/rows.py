"""Rows of arrays as named tuples: kernels address what they read and write by name."""

from __future__ import annotations

from numba.np.unsafe.ndarray import to_fixed_tuple

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray

__all__ = ["fill", "first"]

#: In compiled functions: the first n elements of a row as a tuple, ``M1, M2 = first(row, 2)``; n is a literal number.
first = to_fixed_tuple


@scalar
def fill(row: FloatArray, values: tuple[float, ...]) -> None:
    """Write the fields of a named tuple of floats to the first places of a row."""
    for i in range(len(values)):
        row[i] = values[i]

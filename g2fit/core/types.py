"""Names of array types that every module uses."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoolArray", "ComplexArray", "FloatArray", "IntArray", "ReasonArray"]

#: Array of double-precision numbers.
FloatArray = NDArray[np.float64]

#: Array of complex numbers of double precision.
ComplexArray = NDArray[np.complex128]

#: Array of 64-bit integers.
IntArray = NDArray[np.int64]

#: Array of truth values.
BoolArray = NDArray[np.bool_]

#: Array of the reason codes of points, see `g2fit.models.base.Model`.
ReasonArray = NDArray[np.int8]

"""Whether log densities that were stored are those that are computed now."""

import numpy as np

from g2fit.core.types import FloatArray

__all__ = ["same_densities"]

#: Differences that rounding explains, relative and absolute.
RELATIVE, ABSOLUTE = 1e-9, 1e-6


def same_densities(again: FloatArray, stored: FloatArray) -> bool:
    """Whether log densities (N,) agree up to rounding, which may differ between machines.

    >>> same_densities(np.array([30.0, -np.inf]), np.array([30.0 + 1e-8, -np.inf]))
    True
    """
    return bool(np.allclose(again, stored, rtol=RELATIVE, atol=ABSOLUTE))

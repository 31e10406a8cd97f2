"""Which quantities have densities that can be drawn."""

import numpy as np

from g2fit.core.errors import InputError
from g2fit.core.types import FloatArray
from g2fit.results.kernel_density import BINS_1D, TAIL
from g2fit.results.marginals import Marginals

__all__ = ["has_density", "is_resolved", "require_density"]


def is_resolved(draws: FloatArray) -> bool:
    """Whether there are more numbers between the ends of the bulk of draws than bins of a density.

    >>> is_resolved(np.linspace(1e6, 1e6 + 1e-9)), is_resolved(np.linspace(1e6, 1e6 + 1e-3)), is_resolved(np.ones(9))
    (False, True, False)
    """
    low, high = np.quantile(draws, [TAIL, 1.0 - TAIL])
    return bool(high - low > BINS_1D * np.spacing(max(abs(low), abs(high))))


def has_density(marginals: Marginals, name: str) -> bool:
    """Whether a quantity is continuous, and varies by so much that its numbers resolve it."""
    return marginals.is_continuous(name) and is_resolved(marginals.coordinates(name))


def require_density(marginals: Marginals, name: str) -> None:
    """Raise an `InputError` if a quantity is continuous, but varies by so little that its numbers do not resolve it."""
    if marginals.is_continuous(name) and not has_density(marginals, name):
        raise InputError(f"{marginals.result.folder.path}: {name} varies by too little to have a density")

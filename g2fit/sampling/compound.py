"""Mixture of mixtures that need not share their coordinates: the proposal of an ensemble that evaluates seldom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.mixture import Mixture

__all__ = ["Compound", "standard_normal"]


@dataclass(frozen=True)
class Compound:
    """Weighted mixture of mixtures.

    Attributes
    ----------
    weights : (M,) array
        Weights of the mixtures; they sum to 1.
    mixtures : sequence of Mixture
        The mixtures.
    """

    weights: FloatArray
    mixtures: Sequence[Mixture]

    def log_density(self, x: FloatArray) -> FloatArray:
        """Log density of the rows of `x` (N, D), shape (N,)."""
        each = np.array([mixture.log_density(x) for mixture in self.mixtures])
        return np.asarray(np.logaddexp.reduce(each + np.log(self.weights)[:, None]))

    def draw(self, uniform: FloatArray, normal: FloatArray) -> FloatArray:
        """Turn uniform (N,) and normal (N, D) random numbers into draws (N, D)."""
        ends = np.cumsum(self.weights)
        chosen = np.minimum(np.searchsorted(ends, uniform, side="right"), len(ends) - 1)
        result = np.empty_like(normal)
        for k in np.unique(chosen):
            rows = chosen == k
            inner = (uniform[rows] - (ends[k] - self.weights[k])) / self.weights[k]  # uniform again
            result[rows] = self.mixtures[k].draw(inner.clip(0.0, 1.0), np.ascontiguousarray(normal[rows]))
        return result


def standard_normal(dimension: int) -> Mixture:
    """Return the standard normal distribution as a mixture.

    >>> round(float(standard_normal(1).log_density(np.zeros((1, 1)))[0]), 6)
    -0.918939
    """
    return Mixture(np.ones(1), np.zeros((1, dimension)), np.eye(dimension)[None])

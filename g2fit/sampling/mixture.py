"""Gaussian mixtures with a defensive component, as proposals for ensembles and for importance sampling.

The coordinates are those of the chart, in which the prior is a standard normal distribution. The defensive component
is that distribution: it bounds the importance weights by the maximum of the likelihood over the component's weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, pi
from typing import Any

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray

__all__ = ["GaussianMixture", "effective_fraction", "resample"]

_LOG_2PI = log(2.0 * pi)

#: Most iterations of a fit.
ITERATIONS = 40

#: Increase of the mean log density below which a fit ends.
TOLERANCE = 2e-3

#: Added to the variances of a fit, for stability.
RIDGE = 1e-3


@dataclass(frozen=True)
class GaussianMixture:
    """Mixture of Gaussians and of the standard normal distribution.

    Attributes
    ----------
    weights : (K + 1,) array
        Weights of the components; the last is the defensive standard normal.
    means : (K + 1, D) array
        Their means.
    cholesky : (K + 1, D, D) array
        Lower Cholesky factors of their covariance matrices.
    """

    weights: FloatArray
    means: FloatArray
    cholesky: FloatArray

    def __post_init__(self) -> None:
        inverse = np.linalg.inv(self.cholesky)  # exactly triangular, as the inverse of a triangular matrix is
        object.__setattr__(self, "_inverse", np.ascontiguousarray(inverse[:-1].transpose(1, 2, 0)))
        object.__setattr__(self, "_centres", np.ascontiguousarray(self.means[:-1].T))
        object.__setattr__(self, "_norm", _log_norms(self.weights, self.cholesky))
        object.__setattr__(self, "_cumulative", np.cumsum(self.weights))

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return int(self.means.shape[1])

    def log_density(self, x: FloatArray) -> FloatArray:
        """Log density of the rows of `x` (N, D), shape (N,)."""
        result = np.empty(len(x))
        _log_density_rows(x, self._norm, self._centres, self._inverse, result)  # type: ignore[attr-defined]
        return result

    def draw(self, uniform: FloatArray, normal: FloatArray) -> FloatArray:
        """Transform random numbers into draws of the mixture, shape (N, D), which overwrite the normal ones.

        The uniform random numbers (N,) choose the components; the standard normal ones (N, D) are moved and scaled.
        """
        _draw_rows(uniform, normal, self._cumulative, self.means, self.cholesky)  # type: ignore[attr-defined]
        return normal

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw `n` points, shape (n, D)."""
        return self.draw(rng.random(n), rng.standard_normal((n, self.dimension)))

    @classmethod
    def fit(
        cls, x: FloatArray, components: int, rng: np.random.Generator, *, defensive: float, inflation: float
    ) -> GaussianMixture:
        """Fit a mixture to points by expectation maximisation.

        Parameters
        ----------
        x : (N, D) array
            Equally weighted points.
        components : int
            Most Gaussians beside the defensive component; fewer where there are fewer than 5 D points for each.
        rng : numpy.random.Generator
            Chooses the initial means.
        defensive : float
            Weight of the standard normal.
        inflation : float
            Factor by which the fitted covariances are multiplied, for heavier tails.
        """
        n, dimension = x.shape
        k = max(1, min(components, n // (5 * dimension)))
        means = x[rng.choice(n, size=k, replace=False)].copy()
        spread = np.cov(x.T).reshape(dimension, dimension) + RIDGE * np.eye(dimension)
        cholesky = np.repeat(np.linalg.cholesky(spread)[None], k, axis=0)
        weights = np.full(k, 1.0 / k)
        counts, sums, squares = np.empty(k), np.empty((k, dimension)), np.empty((k, dimension, dimension))
        last = -np.inf
        for _ in range(ITERATIONS):
            inverse = np.linalg.inv(cholesky)
            norm = _log_norms(weights, cholesky)
            mean = _expectation(x, norm, means, np.ascontiguousarray(inverse), counts, sums, squares) / n
            used = counts > dimension + 1.0
            counts, sums, squares = counts[used], sums[used], squares[used]
            weights = counts / counts.sum()
            means = sums / counts[:, None]
            covariance = squares / counts[:, None, None] - means[:, :, None] * means[:, None, :]
            cholesky = np.linalg.cholesky(covariance + RIDGE * np.eye(dimension))
            counts, sums, squares = np.empty(len(counts)), np.empty_like(sums), np.empty_like(squares)
            if mean - last < TOLERANCE:
                break
            last = mean
        return cls(
            weights=np.append(weights * (1.0 - defensive), defensive),
            means=np.vstack([means, np.zeros(dimension)]),
            cholesky=np.concatenate([cholesky * np.sqrt(inflation), np.eye(dimension)[None]]),
        )

    def joined(self, other: GaussianMixture, share: float) -> GaussianMixture:
        """Add the components of another mixture with the weight `share`; the defensive weight stays the same."""
        rest = self.weights[:-1] * (1.0 - share)
        own = other.weights[:-1] * (share * (1.0 - self.weights[-1]) / (1.0 - other.weights[-1]))
        return GaussianMixture(
            weights=np.concatenate([rest, own, self.weights[-1:]]),
            means=np.concatenate([self.means[:-1], other.means]),
            cholesky=np.concatenate([self.cholesky[:-1], other.cholesky]),
        )


def _log_norms(weights: FloatArray, cholesky: FloatArray) -> FloatArray:
    """Logarithms of the components' weights times the largest values of their densities."""
    norm = np.log(weights) - np.log(np.einsum("kii->ki", cholesky)).sum(1)
    return np.asarray(norm - 0.5 * cholesky.shape[1] * _LOG_2PI)


def effective_fraction(log_weight: FloatArray) -> float:
    """Kish's effective sample size of weighted draws over their number, (sum w)^2 / (N sum w^2).

    >>> effective_fraction(np.zeros(10))
    1.0
    >>> round(effective_fraction(np.array([0.0, -np.inf])), 12)
    0.5
    """
    top = log_weight.max()
    if not np.isfinite(top):
        return 0.0
    w = np.exp(log_weight - top)
    return float(w.sum() ** 2 / (w * w).sum() / len(w))


def resample(x: FloatArray, log_weight: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw `n` of the points `x` in proportion to their weights, by systematic resampling, in random order."""
    w = np.exp(log_weight - log_weight.max())
    cumulative = np.cumsum(w) / w.sum()
    index = np.searchsorted(cumulative, (rng.random() + np.arange(n)) / n)
    index = np.minimum(index, len(w) - 1)
    rng.shuffle(index)
    return np.ascontiguousarray(x[index])


@kernel
def _log_density_rows(x: FloatArray, norm: FloatArray, means: FloatArray, inverse: FloatArray, out: FloatArray) -> None:
    """Log density; `means` (D, K) and `inverse` (D, D, K) have the components innermost, for vector instructions."""
    n, dimension = x.shape
    count = means.shape[1]
    offset, y, value = np.empty((dimension, count)), np.empty(count), np.empty(count)
    for i in range(n):
        square = 0.0
        for a in range(dimension):
            square += x[i, a] * x[i, a]
            for k in range(count):
                offset[a, k] = x[i, a] - means[a, k]
        for k in range(count):
            value[k] = norm[k]
        for a in range(dimension):
            for k in range(count):
                y[k] = inverse[a, a, k] * offset[a, k]
            for b in range(a):
                for k in range(count):
                    y[k] += inverse[a, b, k] * offset[b, k]
            for k in range(count):
                value[k] -= 0.5 * y[k] * y[k]
        last = norm[count] - 0.5 * square  # the standard normal
        top = last
        for k in range(count):
            top = max(top, value[k])
        total = exp(last - top)
        for k in range(count):
            if value[k] > top - 40.0:
                total += exp(value[k] - top)
        out[i] = top + log(total)


@kernel
def _draw_rows(
    uniform: FloatArray, normal: FloatArray, cumulative: FloatArray, means: FloatArray, cholesky: FloatArray
) -> None:
    dimension = normal.shape[1]
    for i in range(normal.shape[0]):
        k = 0
        while k < len(cumulative) - 1 and uniform[i] > cumulative[k]:
            k += 1
        for a in range(dimension - 1, -1, -1):  # from below, so that the normals are overwritten after their last use
            value = means[k, a]
            for b in range(a + 1):
                value += cholesky[k, a, b] * normal[i, b]
            normal[i, a] = value


@kernel
def _expectation(
    x: FloatArray,
    norm: FloatArray,
    means: FloatArray,
    inverse: FloatArray,
    counts: FloatArray,
    sums: FloatArray,
    squares: FloatArray,
) -> Any:
    """Expectation step: fill the moments of the responsibilities, and return the sum of the log densities."""
    n, dimension = x.shape
    components = len(norm)
    value = np.empty(components)
    counts[:] = 0.0
    sums[:] = 0.0
    squares[:] = 0.0
    log_density = 0.0
    for i in range(n):
        top = -np.inf
        for k in range(components):
            distance = 0.0
            for a in range(dimension):
                y = 0.0
                for b in range(a + 1):
                    y += inverse[k, a, b] * (x[i, b] - means[k, b])
                distance += y * y
            value[k] = norm[k] - 0.5 * distance
            top = max(top, value[k])
        total = 0.0
        for k in range(components):
            value[k] = exp(value[k] - top)
            total += value[k]
        log_density += top + log(total)
        for k in range(components):
            r = value[k] / total
            if r < 1e-12:
                continue
            counts[k] += r
            for a in range(dimension):
                sums[k, a] += r * x[i, a]
                for b in range(a + 1):
                    squares[k, a, b] += r * x[i, a] * x[i, b]
    for k in range(components):
        for a in range(dimension):
            for b in range(a + 1, dimension):
                squares[k, a, b] = squares[k, b, a]
    return log_density

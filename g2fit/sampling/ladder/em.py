"""Expectation maximisation of a Gaussian mixture for weighted points, with covariances that cannot collapse."""

from dataclasses import dataclass

import numpy as np

from g2fit.core.jit import kernel
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.sampling.ladder.mixture import Mixture
from g2fit.sampling.ladder.warp import Warp

__all__ = ["FittedMixture", "fit_mixture", "nearest_centres"]

#: Most iterations, and the gain of the mean log density below which they end.
ITERATIONS, TOLERANCE = 40, 3e-3

#: Added to the variances, relative to those within the components and absolutely, in standardised coordinates.
RELATIVE, ABSOLUTE = 1e-6, 1e-10

#: Factor on the standard deviations of wide copies of the components.
WIDER = 1.7

#: Iterations that improve the centres of the initial groups.
LLOYD = 4


@dataclass(frozen=True)
class FittedMixture:
    """Mixture with covariances (K, D, D), and the number of independent points (K,) that each component is worth."""

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    counts: FloatArray

    def mixture(self, warp: Warp | None = None) -> Mixture:
        """Return the mixture as it was fitted."""
        return Mixture(self.weights, self.means, np.linalg.cholesky(self.covariances), warp)

    def widened(self, warp: Warp | None, wide: float) -> Mixture:
        """Mixture with larger covariances: estimated ones are too small in some direction, the more so from few points.

        A proposal that is too narrow gives weights without a variance; one that is too wide costs a few draws. A share
        `wide` of each component is drawn with standard deviations that are larger by the factor `WIDER`.
        """
        d = self.means.shape[1]
        factor = 1.0 + np.minimum(0.5, 1.5 * (d + 2.0) / (self.counts + d + 2.0))
        cholesky = np.linalg.cholesky(self.covariances * factor[:, None, None])
        if wide == 0.0:
            return Mixture(self.weights, self.means, cholesky, warp)
        weights = np.append((1.0 - wide) * self.weights, wide * self.weights)
        return Mixture(weights, np.tile(self.means, (2, 1)), np.concatenate([cholesky, WIDER * cholesky]), warp)


def fit_mixture(x: FloatArray, w: FloatArray, n_eff: float, start: FloatArray) -> FittedMixture:
    """Fit a mixture by expectation maximisation.

    The covariances are drawn towards the average covariance within the components, with D + 2 pseudo-points, and that
    towards 1 if all points are worth less than 2 (D + 2); components worth less than about D + 1 points are dropped.

    Parameters
    ----------
    x, w : (N, D) array, (N,) array
        Points and their weights, which sum to 1.
    n_eff : float
        Number of independent points that they are worth.
    start : (N, K) array
        Initial responsibility of each component for each point; rows sum to 1.
    """
    d = x.shape[1]
    mean = w @ x
    scale = np.sqrt(w @ (x - mean) ** 2) + 1e-12
    x = np.ascontiguousarray((x - mean) / scale)  # moments about the mean lose no digits
    r = start * w[:, None]
    last = -np.inf
    for _ in range(ITERATIONS):
        k = r.shape[1]
        counts, sums, squares = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
        _moments(x, r, counts, sums, squares)
        keep = _large_enough(counts, n_eff, d)
        counts, sums, squares = counts[keep], sums[keep], squares[keep]
        means = sums / counts[:, None]
        covariances = squares / counts[:, None, None] - means[:, :, None] * means[:, None, :]
        within = np.tensordot(counts / counts.sum(), covariances, 1)
        scarce = max(1.0 - n_eff / (2.0 * (d + 2.0)), 0.0)  # too few points for any covariance: that of the prior
        within = (1.0 - scarce) * within + scarce * np.diag(scale**-2)
        worth, pseudo = counts * n_eff, d + 2.0
        covariances = worth[:, None, None] * covariances + pseudo * within
        covariances /= (worth + pseudo)[:, None, None]
        covariances += RELATIVE * np.diag(np.diag(within)) + ABSOLUTE * np.eye(d)
        mixture = Mixture(counts / counts.sum(), means, np.linalg.cholesky(covariances))
        if len(counts) == 1:
            break
        r = mixture.log_components(x)
        level = _responsibilities(r, w)
        if level - last < TOLERANCE:
            break
        last = level
    return FittedMixture(mixture.weights, mean + scale * means, covariances * np.outer(scale, scale), worth)


def _large_enough(counts: FloatArray, n_eff: float, d: int) -> BoolArray:
    keep = counts * n_eff > min(d + 1.0, 0.5 * n_eff)
    if not keep.any():
        keep[counts.argmax()] = True
    return np.asarray(keep)


def nearest_centres(x: FloatArray, w: FloatArray, uniform: FloatArray) -> IntArray:
    """Divide weighted points into groups, to begin a fit with; return the group (N,) of each.

    The centres are chosen by k-means++ with the random numbers `uniform` (K,), in coordinates in which the points have
    unit covariance, and improved by `LLOYD` iterations.
    """
    mean = w @ x
    centred = x - mean
    covariance = centred.T @ (centred * w[:, None])
    covariance += 1e-6 * np.diag(np.diag(covariance)) + 1e-24 * np.eye(x.shape[1])
    y = np.ascontiguousarray(np.linalg.solve(np.linalg.cholesky(covariance), centred.T).T)
    labels = np.zeros(len(x), dtype=np.int64)
    _group(y, w, uniform, labels)
    return labels


@kernel
def _moments(x: FloatArray, r: FloatArray, counts: FloatArray, sums: FloatArray, squares: FloatArray) -> None:
    """Weighted moments of each component; negligible responsibilities are left out."""
    dimension = x.shape[1]
    for i in range(x.shape[0]):
        for k in range(r.shape[1]):
            v = r[i, k]
            if v < 1e-10:
                continue
            counts[k] += v
            for a in range(dimension):
                y = v * x[i, a]
                sums[k, a] += y
                for b in range(a + 1):
                    squares[k, a, b] += y * x[i, b]
    for k in range(r.shape[1]):
        for a in range(dimension):
            for b in range(a + 1, dimension):
                squares[k, a, b] = squares[k, b, a]


@kernel
def _responsibilities(value: FloatArray, weight: FloatArray) -> float:
    """Turn log densities (N, K) into responsibilities times weights, in place; return the mean log density."""
    level = 0.0
    for i in range(value.shape[0]):
        top = value[i, 0]
        for k in range(1, value.shape[1]):
            top = max(top, value[i, k])
        total = 0.0
        for k in range(value.shape[1]):
            value[i, k] = np.exp(value[i, k] - top)
            total += value[i, k]
        level += weight[i] * (top + np.log(total))
        for k in range(value.shape[1]):
            value[i, k] *= weight[i] / total
    return level


@kernel
def _group(y: FloatArray, w: FloatArray, uniform: FloatArray, labels: IntArray) -> None:
    n, d = y.shape
    k = len(uniform)
    centres, nearest, p = np.empty((k, d)), np.full(n, 1e300), w.copy()
    for j in range(k):
        goal, i, total = uniform[j] * p.sum(), 0, p[0]
        while total < goal and i < n - 1:
            i += 1
            total += p[i]
        centres[j] = y[i]
        for i in range(n):
            s = 0.0
            for a in range(d):
                s += (y[i, a] - centres[j, a]) ** 2
            nearest[i] = min(nearest[i], s)
            p[i] = w[i] * nearest[i]
    mass, sums = np.empty(k), np.empty((k, d))
    for _ in range(LLOYD):
        mass[:], sums[:] = 0.0, 0.0
        for i in range(n):
            best = 1e300
            for j in range(k):
                s = 0.0
                for a in range(d):
                    s += (y[i, a] - centres[j, a]) ** 2
                if s < best:
                    best, labels[i] = s, j
            mass[labels[i]] += w[i]
            sums[labels[i]] += w[i] * y[i]
        for j in range(k):
            if mass[j] > 0.0:
                centres[j] = sums[j] / mass[j]

"""Weights of draws: powers of the likelihood, effective numbers, clipping and resampling."""

import math

import numpy as np
from scipy.stats import chi2

from g2fit.core.types import FloatArray, IntArray

__all__ = [
    "clipped", "effective_draws", "error_of_mean", "log_power", "systematic_rows", "variance_of_sum", "weighted_rows",
]  # fmt: skip

#: Probability of a scatter of estimates as large as theirs or larger, below which their stated errors are not believed.
CHANCE = 0.02


def log_power(beta: float, log_likelihood: FloatArray) -> FloatArray:
    """Log of the likelihood to the power beta, where forbidden points stay forbidden, also at beta = 0.

    >>> log_power(0.0, np.array([2.0, -np.inf])).tolist()
    [0.0, -inf]
    """
    allowed = np.isfinite(log_likelihood)
    return np.where(allowed, beta * np.where(allowed, log_likelihood, 0.0), -np.inf)


def effective_draws(log_weight: FloatArray) -> float:
    """Kish's effective number of weighted draws, (sum w)^2 / sum w^2.

    >>> effective_draws(np.zeros(10))
    10.0
    """
    top = log_weight.max(initial=-np.inf)
    if not np.isfinite(top):
        return 0.0
    w = np.exp(log_weight - top)
    return float(w.sum() ** 2 / (w * w).sum())


def variance_of_sum(w: FloatArray, source: IntArray, draws: IntArray) -> float:
    """Estimated variance of a sum of weights of draws from several sources.

    The sources have fixed numbers of `draws`, so that only the scatter within each source counts (stratified sampling).

    >>> variance_of_sum(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]), np.array([2, 2]))
    0.0
    >>> variance_of_sum(np.array([1.0, 3.0]), np.array([0, 0]), np.array([2]))
    2.0
    """
    sums = np.bincount(source, w, len(draws))
    squares = np.bincount(source, w * w, len(draws))
    return float((squares - sums * sums / draws).sum())


def error_of_mean(variances: FloatArray, ratios: FloatArray) -> float:
    """Standard error of the mean of independent estimates of the evidence, relative to it.

    It is that from their `variances`, unless their scatter is larger than chance explains; then it is that from their
    scatter. The larger of both would be too large on average, since the scatter of a few estimates is itself uncertain.

    Parameters
    ----------
    variances : (K,) array
        Variance of each estimate, relative to the square of the mean.
    ratios : (K,) array
        Ratio of each estimate to the mean.

    Examples
    --------
    >>> error_of_mean(np.full(4, 0.04), np.array([0.9, 1.1, 0.8, 1.2]))
    0.1
    >>> round(error_of_mean(np.full(4, 0.0004), np.array([0.9, 1.1, 0.8, 1.2])), 3)
    0.091
    """
    count = len(ratios)
    within = max(float(variances.mean()), 0.0)  # rounding makes the variance of equal weights negative
    if count == 1:
        return math.sqrt(within)
    between = float(ratios.var(ddof=1))
    by_chance = within * float(chi2.isf(CHANCE, count - 1)) / (count - 1)
    return math.sqrt((between if between > by_chance else within) / count)


def clipped(w: FloatArray, share: float) -> float:
    """Value at which to clip weights so that none has more than `share` of the clipped total.

    Clipping weights in fits keeps one lucky draw from ruling them (Ionides 2008, doi:10.1198/106186008X320456).
    """
    most = float(w.max())
    for _ in range(50):
        most = min(most, share * float(np.minimum(w, most).sum()))
    return most


def systematic_rows(w: FloatArray, n: int, offset: float) -> IntArray:
    """Indices of `n` draws in proportion to their weights, by systematic resampling, in rising order.

    >>> systematic_rows(np.array([1.0, 3.0]), 4, 0.5).tolist()
    [0, 1, 1, 1]
    """
    cumulative = np.cumsum(w)
    index = np.searchsorted(cumulative, (offset + np.arange(n)) / n * cumulative[-1])
    return np.asarray(np.minimum(index, len(w) - 1))


def weighted_rows(log_weight: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """Indices of `n` draws in proportion to their weights, by systematic resampling, in random order."""
    index = systematic_rows(np.exp(log_weight - log_weight.max()), n, rng.random())
    rng.shuffle(index)
    return index

"""Weights of draws: powers of the likelihood, effective numbers, clipping and resampling."""

import math

import numpy as np

from g2fit.core.types import FloatArray, IntArray

__all__ = [
    "clipped", "effective_draws", "error_of_mean", "log_power", "systematic_rows", "variance_of_sum", "weighted_rows",
]  # fmt: skip

#: Part of the excess of the scatter of estimates over their stated variances that is added to these.
EXCESS = 1.0 / 3.0


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

    Its square is the mean of the `variances`, with a third of what the variance of the estimates exceeds it by, over K.
    The `variances` alone are too small where draws share what they miss; the larger of both would be too large on
    average, since the scatter of a few estimates is itself uncertain. With a third of the excess, the mean of an
    estimate that is right and of one that is far off deviates by 1.7 standard errors.

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
    >>> round(0.2 / error_of_mean(np.zeros(2), np.array([0.8, 1.2])), 2)
    1.73
    """
    within = max(float(variances.mean()), 0.0)  # rounding makes the variance of equal weights negative
    between = float(ratios.var(ddof=1)) if len(ratios) > 1 else 0.0
    return math.sqrt((within + EXCESS * max(between - within, 0.0)) / len(ratios))


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

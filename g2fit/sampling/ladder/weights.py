"""Weights of draws: powers of the likelihood, effective numbers, clipping and resampling."""

import math

import numpy as np

from g2fit.core.types import FloatArray, IntArray

__all__ = ["clipped", "effective_draws", "error_of_streams", "log_power", "systematic_rows", "weighted_rows"]


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


def error_of_streams(variances: FloatArray, ratios: FloatArray) -> float:
    """Standard error of the mean of the streams' evidences, relative to it: the larger of two estimates.

    One is from the scatter of the weights within each stream, which gives the `variances` of the `ratios`, the other
    from the scatter of these ratios of the evidence of each stream to the mean.

    >>> error_of_streams(np.full(4, 0.04), np.ones(4))
    0.1
    """
    within = float(sum(variances)) / len(ratios) ** 2
    return math.sqrt(max(within, float(ratios.var(ddof=1)) / len(ratios)))


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

"""Sums over weighted draws that were taken from several mixtures in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.stats

from g2fit.core.types import FloatArray
from g2fit.inference.evidence.estimate import add_sums, weight_sums
from g2fit.inference.evidence.tasks import Arrays

__all__ = ["Level", "combine"]

#: Probability below which the scatter of the mixtures widens the error.
SCATTER = 0.01


@dataclass(frozen=True)
class Level:
    """What the draws made so far say.

    Attributes
    ----------
    log_z, error : float
        Evidence (cuts of the prior not divided out), and its error from the variance of the weights.
    efficiency, largest : float
        Effective share of the draws, and largest share of the sum of one weight.
    log_weight : (N,) array
        Log weights.
    scatter : float
        Factor on the error, above one if the mixtures contradict each other.
    by_mixture : tuple of (float, float)
        Evidence of each mixture alone, with its error.
    gain, score : (float, float)
        Information gain, and posterior mean of ln L, with their errors.
    dimension : float
        Effective dimension: twice the posterior variance of ln L.
    """

    log_z: float = float("nan")
    error: float = float("nan")
    efficiency: float = 0.0
    largest: float = 1.0
    log_weight: FloatArray = field(default_factory=lambda: np.empty(0))
    scatter: float = 1.0
    by_mixture: tuple[tuple[float, float], ...] = ()
    gain: tuple[float, float] = (float("nan"), float("nan"))
    score: tuple[float, float] = (float("nan"), float("nan"))
    dimension: float = float("nan")


def combine(pieces: Sequence[Arrays], sources: int) -> Level:
    """Evidence of all draws, equally many of each mixture, which are strata."""
    log_weight = np.concatenate([piece["log_weight"] for piece in pieces])
    chunk = len(log_weight) // len(pieces)
    sums = weight_sums(log_weight)
    if sums[2] == 0.0:
        return Level(float("-inf"), float("inf"), log_weight=log_weight)
    w = np.exp(log_weight - sums[1])
    mean = w.mean()
    strata = w.reshape(-1, sources, chunk).swapaxes(0, 1).reshape(sources, -1)
    variance = float((strata.var(axis=1) / strata.shape[1]).sum()) / sources**2
    alone = [_alone(add_sums(np.array([piece["own"] for piece in pieces[i::sources]]))) for i in range(sources)]
    # information gain: posterior mean of ln L, minus ln Z; its double variance is the effective dimension
    score = np.concatenate([piece["log_likelihood"] for piece in pieces])
    used = w > 0.0
    share = w[used] / w[used].sum()
    average = float(share @ score[used])
    deviation = score[used] - average
    log_z = float(sums[1] + np.log(mean))
    gain_error = float(np.sqrt((share**2 * (deviation - 1.0) ** 2).sum()))
    return Level(
        log_z=log_z,
        error=float(np.sqrt(variance) / mean),
        efficiency=float(sums[2] ** 2 / (sums[0] * sums[3])),
        largest=float(sums[4] / sums[2]),
        log_weight=log_weight,
        scatter=_scatter(alone),
        by_mixture=tuple(alone),
        gain=(average - log_z, gain_error),
        score=(average, float(np.sqrt((share**2 * deviation**2).sum()))),
        dimension=2.0 * float(share @ deviation**2),
    )


def _alone(sums: FloatArray) -> tuple[float, float]:
    """Evidence from one mixture alone, with its error."""
    n, top, total, squares, _ = sums
    if total == 0.0:
        return float("-inf"), float("inf")
    mean = total / n
    return float(top + np.log(mean)), float(np.sqrt(max(squares / n - mean**2, 0.0) / n) / mean)


def _scatter(alone: Sequence[tuple[float, float]]) -> float:
    """Factor on the error: above one if the mixtures contradict each other beyond their errors."""
    values, errors = np.array(alone).T
    usable = np.isfinite(values) & (errors > 0.0)
    if usable.sum() < 2:
        return 1.0
    weight = errors[usable] ** -2
    chi2 = float((weight * (values[usable] - np.average(values[usable], weights=weight)) ** 2).sum())
    freedom = int(usable.sum()) - 1
    if scipy.stats.chi2.sf(chi2, freedom) > SCATTER:
        return 1.0
    return float(np.sqrt(chi2 / freedom))

"""Stratified importance sampling: estimates from weighted draws that were taken from several mixtures in turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.special

from g2fit.core.types import FloatArray
from g2fit.inference.evidence.estimate import add_sums, weight_sums
from g2fit.inference.tasks import Arrays

__all__ = ["RunningEstimate", "combine"]

#: If the mixtures' own estimates scatter with a p-value below this, their scatter enlarges the error.
SCATTER = 0.01


@dataclass(frozen=True)
class RunningEstimate:
    """Running estimate of ln Z and its diagnostics; numbers that stand in pairs are a value and its error.

    The evidence is not yet divided by the share of the prior that its cuts allow; its `error` follows from the variance
    of the weights, and `scatter` is a factor on it, above one if the mixtures contradict each other. The `efficiency`
    is the effective sample size per draw, `largest` the largest share of one draw in the sum of the weights, `gain` the
    information gain, and `dimension` the effective dimension: twice the posterior variance of ln L.
    """

    log_z: float = float("nan")
    error: float = float("nan")
    efficiency: float = 0.0
    largest: float = 1.0
    log_weight: FloatArray = field(default_factory=lambda: np.empty(0))
    scatter: float = 1.0
    by_mixture: tuple[tuple[float, float], ...] = ()
    gain: tuple[float, float] = (float("nan"), float("nan"))
    mean_log_likelihood: tuple[float, float] = (float("nan"), float("nan"))
    dimension: float = float("nan")


def combine(results: Sequence[Arrays], sources: int) -> RunningEstimate:
    """Estimate from all draws, where each result belongs to one mixture in turn; the mixtures are the strata."""
    log_weight = np.concatenate([result["log_weight"] for result in results])
    chunk = len(log_weight) // len(results)
    sums = weight_sums(log_weight)
    if sums[2] == 0.0:
        return RunningEstimate(float("-inf"), float("inf"), log_weight=log_weight)
    w = np.exp(log_weight - sums[1])
    mean = w.mean()
    strata = w.reshape(-1, sources, chunk).swapaxes(0, 1).reshape(sources, -1)
    variance = float((strata.var(axis=1) / strata.shape[1]).sum()) / sources**2
    alone = [_alone(add_sums(np.array([result["own"] for result in results[i::sources]]))) for i in range(sources)]
    # information gain: posterior mean of ln L, minus ln Z; its double variance is the effective dimension
    used = w > 0.0
    log_likelihood = np.concatenate([result["log_likelihood"] for result in results])[used]
    share = w[used] / w[used].sum()
    average = float(share @ log_likelihood)
    deviation = log_likelihood - average
    log_z = float(sums[1] + np.log(mean))
    gain_error = float(np.sqrt((share**2 * (deviation - 1.0) ** 2).sum()))
    return RunningEstimate(
        log_z=log_z,
        error=float(np.sqrt(variance) / mean),
        efficiency=float(sums[2] ** 2 / (sums[0] * sums[3])),
        largest=float(sums[4] / sums[2]),
        log_weight=log_weight,
        scatter=_scatter(alone),
        by_mixture=tuple(alone),
        gain=(average - log_z, gain_error),
        mean_log_likelihood=(average, float(np.sqrt((share**2 * deviation**2).sum()))),
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
    if scipy.special.chdtrc(freedom, chi2) > SCATTER:
        return 1.0
    return float(np.sqrt(chi2 / freedom))

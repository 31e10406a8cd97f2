"""How far draws can be re-weighted: shape of the tail of their weights, and equally weighted draws in their place."""

import numpy as np

from g2fit.core.types import FloatArray, IntArray
from g2fit.sampling.ladder.weights import effective_draws, systematic_rows

__all__ = ["RESOLUTION", "pareto_k", "resampled_rows"]

#: Copies of a draw of average weight, if the weights of all draws were equal to that of an effective draw.
RESOLUTION = 4.0

#: Draws of a series, at least: many autocorrelation times.
LENGTH = 500

#: Weight, in draws, of the prior mean 0.5 of the shape.
PRIOR_DRAWS = 10.0


def pareto_k(log_weight: FloatArray) -> float:
    """Shape k of the generalised Pareto distribution that fits the largest weights (N,).

    Weights have a finite variance for k < 0.5; sums of them are reliable up to about 0.7 (Vehtari, Simpson, Gelman,
    Yao & Gabry, arXiv:1507.02646). The tail are the largest min(N/5, 3 sqrt(N)) weights, and the fit is that of Zhang
    & Stephens (2009, doi:10.1198/tech.2009.08017) with their weakly informative prior. Equal weights give -inf.

    >>> pareto_k(np.zeros(1000))
    -inf
    >>> u = np.random.default_rng(1).random(100_000)
    >>> abs(pareto_k(-0.6 * np.log(u)) - 0.6) < 0.1  # a Pareto tail of shape 0.6
    True
    """
    n = len(log_weight)
    size = int(min(0.2 * n, 3.0 * np.sqrt(n)))
    top = log_weight.max(initial=-np.inf)
    if size < 5 or not np.isfinite(top):
        return float("inf")
    largest = np.exp(np.partition(log_weight, n - size - 1)[n - size - 1 :] - top)
    threshold = largest.min()
    x = np.sort(largest)[1:] - threshold
    if not x[-1] > 1e-12:
        return float("-inf")
    x = x[x > 0.0]
    m = len(x)
    trials = 30 + int(np.sqrt(m))
    theta = 1.0 - np.sqrt(trials / (np.arange(1, trials + 1) - 0.5))
    theta = theta / (3.0 * x[int(m / 4 + 0.5) - 1]) + 1.0 / x[-1]
    shape = np.log1p(-theta[:, None] * x).mean(axis=1)
    log_profile = m * (np.log(-theta / shape) - shape - 1.0)
    weight = np.exp(log_profile - log_profile.max())
    mean = float((theta * weight).sum() / weight.sum())
    k = float(np.log1p(-mean * x).mean())
    return (m * k + PRIOR_DRAWS * 0.5) / (m + PRIOR_DRAWS)


def resampled_rows(log_weight: FloatArray, rng: np.random.Generator) -> IntArray:
    """Indices that make weighted draws (ensembles, steps, walkers) equally likely ones.

    Each ensemble is resampled on its own, systematically and in the order of its time series, walker after walker.
    Copies of a draw then follow each other, and the autocorrelation time counts them: effective sample sizes, errors
    and R-hat of the result are those of the weighted draws. There are as many draws as before, or fewer where few have
    a large weight: at most `RESOLUTION` times as many as effective ones. Several walkers of the run make one series of
    the result, long enough for that time to be seen.

    Returns
    -------
    (ensembles, series, length) array of int
        Indices of the draws of an ensemble, flattened walker by walker.
    """
    ensembles, steps, walkers = log_weight.shape
    flat = log_weight.swapaxes(1, 2).reshape(ensembles, -1)
    share = min(effective_draws(row) for row in flat) / flat.shape[1]
    total = max(1, min(steps, int(np.ceil(RESOLUTION * share * steps)))) * walkers
    series = max((n for n in range(1, walkers + 1) if walkers % n == 0 and total // n >= LENGTH), default=1)
    weights = np.exp(flat - flat.max(axis=1, keepdims=True))
    rows = np.stack([systematic_rows(row, total, float(rng.random())) for row in weights])
    return rows.reshape(ensembles, series, -1)

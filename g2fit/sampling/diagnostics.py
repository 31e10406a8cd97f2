"""Convergence of ensembles: autocorrelation time, effective sample size and R-hat.

Every function takes draws of one quantity with the shape (ensembles, steps, walkers). The walkers of one ensemble are
not independent, and a walker that never leaves its mode does not show that there is another one: mean and variance are
therefore those of all walkers and ensembles together, and R-hat compares ensembles, never walkers.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.fft
import scipy.special
from numpy.typing import NDArray

from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray

__all__ = [
    "INTERVALS",
    "Verdict",
    "autocorrelation_time",
    "convergence",
    "diagnose",
    "ess_bulk",
    "ess_tail",
    "interval",
    "mcse_mean",
    "rank_normalise",
    "rhat",
]

#: Credible masses that the field reports: those of a Gaussian within one and two standard deviations.
INTERVALS = (0.6827, 0.9545)

#: Bytes that the judgement of several quantities at once may take, and copies of its draws that that of one takes.
JUDGED_BYTES, COPIES = 512 << 20, 12

#: Standard deviation of equal numbers, in units of them, that rounding errors can feign.
ROUNDING = 64.0 * np.finfo(float).eps

#: Window of the autocorrelation time, in units of itself (Sokal 1997).
WINDOW = 5.0


def autocorrelation_time(draws: FloatArray) -> float:
    """Integrated autocorrelation time, in the steps of `draws`.

    The autocovariance is averaged over walkers and ensembles, about their common mean: the estimate is therefore large
    where walkers do not move between modes.

    Parameters
    ----------
    draws : (ensembles, steps, walkers) array
        Draws of one quantity.

    Returns
    -------
    float
        At least 1; the whole length if the window does not close; infinite for non-finite draws.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> abs(autocorrelation_time(rng.normal(size=(4, 500, 50))) - 1) < 0.05
    True
    """
    if not np.isfinite(draws).all():
        return float("inf")
    steps = draws.shape[1]
    centred = draws - draws.mean()
    length = scipy.fft.next_fast_len(2 * steps, real=True)
    spectrum = scipy.fft.rfft(centred, length, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=(0, 2))
    covariance = scipy.fft.irfft(power, length)[:steps]
    if covariance[0] <= 0.0:
        return 1.0  # a constant
    tau = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
    closed = np.arange(steps) >= WINDOW * tau
    estimate = tau[np.argmax(closed)] if closed.any() else float(steps)
    return float(max(estimate, 1.0))


def rank_normalise(draws: FloatArray) -> FloatArray:
    """Normal scores of the ranks of all draws (Vehtari et al. 2021, arXiv:1903.08008, eq. 14)."""
    if np.isnan(draws).any():
        return np.full(draws.shape, np.nan)
    _, place, counts = np.unique(draws, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = last - 0.5 * (counts - 1)  # equal draws share the mean of their ranks
    return np.asarray(scipy.special.ndtri((ranks - 0.375) / (draws.size + 0.25))[place].reshape(draws.shape))


def ess_bulk(draws: FloatArray) -> float:
    """Effective sample size of the bulk: number of draws over the autocorrelation time of the normal scores."""
    return draws.size / autocorrelation_time(rank_normalise(draws))


def ess_tail(draws: FloatArray) -> float:
    """Smaller of the effective sample sizes of the 5 % and 95 % quantiles."""
    sizes = []
    for probability in (0.05, 0.95):
        below = (draws <= np.quantile(draws, probability)).astype(float)
        sizes.append(draws.size / autocorrelation_time(below))
    return float(min(sizes))


def rhat(draws: FloatArray) -> float:
    """Rank-normalised split R-hat with one chain per ensemble, the larger of bulk and folded (arXiv:1903.08008).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(4, 200, 20))
    >>> rhat(x) < 1.01, rhat(x + 3.0 * np.array([0, 0, 0, 1])[:, None, None]) > 1.3
    (True, True)
    """
    return _rhat(draws, rank_normalise(draws))


def _rhat(draws: FloatArray, scores: FloatArray) -> float:
    if not np.isfinite(draws).all():
        return float("inf")
    folded = np.abs(draws - np.median(draws))
    return max(_split_rhat(scores), _split_rhat(rank_normalise(folded)))


def _split_rhat(scores: FloatArray) -> float:
    half = scores.shape[1] // 2
    if half < 1:
        return float("inf")
    chains = np.concatenate([scores[:, :half], scores[:, half : 2 * half]]).reshape(2 * len(scores), -1)
    within, between = chains.var(axis=1, ddof=1).mean(), chains.mean(axis=1).var(ddof=1)
    rounding = (ROUNDING * np.abs(chains).max()) ** 2
    if within <= rounding:  # no chain moves: all are at the same value, or some never leave another one
        return 1.0 if between <= rounding else float("inf")
    n = chains.shape[1]
    return float(np.sqrt((n - 1) / n + between / within))


def mcse_mean(draws: FloatArray) -> float:
    """Monte Carlo standard error of the mean."""
    return float(draws.std() * np.sqrt(autocorrelation_time(draws) / draws.size))


def convergence(draws: FloatArray) -> dict[str, float]:
    """All of `ess_bulk`, `ess_tail`, `rhat` and `mcse_mean`; the ranks are taken once."""
    scores = rank_normalise(draws)
    return {
        "ess_bulk": draws.size / autocorrelation_time(scores),
        "ess_tail": ess_tail(draws),
        "rhat": _rhat(draws, scores),
        "mcse_mean": mcse_mean(draws),
    }


def interval(draws: NDArray[Any], probability: float) -> tuple[float, float]:
    """Equal-tailed interval that holds `probability` of the draws."""
    tail = 0.5 * (1.0 - probability)
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    return float(low), float(high)


@dataclass(frozen=True)
class Verdict:
    """How far a run has converged.

    Attributes
    ----------
    steps : int
        Length of every ensemble.
    discard : int
        Steps left out at the start.
    tau : float
        Longest autocorrelation time in steps.
    ess, ess_name : float, str
        Smallest bulk effective sample size, and the quantity that has it.
    rhat, rhat_name : float, str
        Largest R-hat, and the quantity that has it.
    """

    steps: int
    discard: int
    tau: float
    ess: float
    ess_name: str
    rhat: float
    rhat_name: str

    def converged(self, ess: float, rhat: float) -> bool:
        """Whether both targets are reached."""
        return self.ess >= ess and self.rhat <= rhat

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def diagnose(
    batches: Iterable[Mapping[str, FloatArray]], *, steps: int, discard: int, thin: int, walkers: int
) -> Verdict:
    """Judge a run by the worst of its quantities; those that are constant do not count.

    What is judged are the draws that it is given, of parameters and derived quantities (`quantities_in_batches` of
    `g2fit.sampling.draws`): from ensembles of `steps` steps and `walkers` walkers, without the first `discard` steps,
    every `thin`-th step, and where there are very many walkers only some of them. Autocorrelation times are averages
    over these walkers, and the effective sample size is that of all walkers at these steps: their number over that
    time. R-hat is that of the given draws. With fewer walkers the means of the ensembles differ a little more by
    chance, which makes it larger, never smaller, on average: by about tau/2n for n draws of an ensemble with the
    autocorrelation time tau.

    The batches are judged one after the other, so that only one of them need be in memory.
    """
    names: list[str] = []
    found: list[tuple[float, float]] = []
    size = 0
    for draws in batches:
        varying = {name: values for name, values in draws.items() if np.ptp(values) != 0.0}
        for values in varying.values():
            size = values[..., 0].size * walkers
            break
        names += varying
        threads = min([available_cores(), *(max(1, JUDGED_BYTES // (COPIES * v.nbytes)) for v in varying.values())])
        with ThreadPoolExecutor(threads) as pool:
            found += pool.map(_time_and_rhat, varying.values())
    if not names:
        return Verdict(steps, discard, float(thin), 0.0, "", 0.0, "")
    times, ratios = zip(*found, strict=True)
    slowest, worst = int(np.argmax(times)), int(np.argmax(ratios))
    tau = times[slowest]
    return Verdict(steps, discard, tau * thin, size / tau, names[slowest], ratios[worst], names[worst])


def _time_and_rhat(draws: FloatArray) -> tuple[float, float]:
    scores = rank_normalise(draws)
    return autocorrelation_time(scores), _rhat(draws, scores)

"""The bridge between a mixture and a chain: right, and with an error that counts the chain's correlations."""

from __future__ import annotations

import numpy as np
import scipy.signal
import scipy.stats

from g2fit.inference.evidence.bridge import bridge

#: The target is exp(-x^2/2): ln Z = ln sqrt(2 pi).
LOG_Z = 0.5 * np.log(2 * np.pi)


def chain(rng: np.random.Generator, memory: float, shape: tuple[int, int, int]) -> np.ndarray:
    """Stationary autoregressive walkers of a standard normal."""
    noise = rng.standard_normal(shape) * np.sqrt(1 - memory**2)
    noise[:, 0] /= np.sqrt(1 - memory**2)
    return scipy.signal.lfilter([1.0], [1.0, -memory], noise, axis=1)


def estimate(seed: int, memory: float) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    q = scipy.stats.norm(0.3, 1.7)
    x = q.rvs(2_000, random_state=rng)
    y = chain(rng, memory, (4, 400, 10))
    found = bridge(-0.5 * x * x - q.logpdf(x), -0.5 * y * y - q.logpdf(y), 0.0)
    return found.log_z, found.error


def test_error_counts_the_correlations_of_the_chain() -> None:
    for memory in (0.0, 0.8):
        found = np.array([estimate(seed, memory) for seed in range(150)])
        pull = (found[:, 0] - LOG_Z) / found[:, 1]
        assert 0.85 < pull.std() < 1.2, memory
        assert abs(pull.mean()) < 0.33, memory
    uncorrelated, correlated = estimate(0, 0.0)[1], estimate(0, 0.8)[1]
    assert correlated > uncorrelated


def test_better_than_the_mixture_alone() -> None:
    """Where the mixture is narrower than the target, the bridge is right and importance sampling is not."""
    rng = np.random.default_rng(1)
    q = scipy.stats.norm(0.0, 0.5)
    x = q.rvs(5_000, random_state=rng)
    y = chain(rng, 0.0, (4, 250, 10))
    weight = -0.5 * x * x - q.logpdf(x)
    found = bridge(weight, -0.5 * y * y - q.logpdf(y), float(np.log(np.exp(weight).mean())))
    assert abs(found.log_z - LOG_Z) < 4 * found.error < 0.2
    assert found.error < np.exp(weight).std() / np.exp(weight).mean() / np.sqrt(len(x)) * 10


def test_zero_weights_are_allowed() -> None:
    """A target cut at zero has half the evidence."""
    rng = np.random.default_rng(2)
    q = scipy.stats.norm(0.0, 1.5)
    x = q.rvs(20_000, random_state=rng)
    y = abs(chain(rng, 0.0, (4, 250, 10)))
    weight = np.where(x > 0, -0.5 * x * x - q.logpdf(x), -np.inf)
    found = bridge(weight, -0.5 * y * y - q.logpdf(y), 0.0)
    assert abs(found.log_z - (LOG_Z - np.log(2))) < 4 * found.error

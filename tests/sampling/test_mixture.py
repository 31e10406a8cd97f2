"""Gaussian mixtures: density, draws, fits and the warm-up."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from g2fit.sampling.mixture import GaussianMixture, effective_fraction, resample
from g2fit.sampling.warmup import adapt


@pytest.fixture
def mixture() -> GaussianMixture:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(size=(3000, 3)) * 0.3 + 2.0, rng.normal(size=(1000, 3)) * [1.0, 0.1, 0.5] - 2.0])
    return GaussianMixture.fit(x, 6, rng, defensive=0.1, inflation=1.1)


def test_density_is_that_of_scipy(mixture: GaussianMixture) -> None:
    x = np.random.default_rng(0).normal(size=(200, 3)) * 2
    expected = sum(
        w * scipy.stats.multivariate_normal(m, c @ c.T).pdf(x)
        for w, m, c in zip(mixture.weights, mixture.means, mixture.cholesky, strict=True)
    )
    np.testing.assert_allclose(mixture.log_density(x), np.log(expected), rtol=1e-10, atol=1e-10)


def test_draws_follow_the_density(mixture: GaussianMixture) -> None:
    """Importance weights against a wide normal average to one, and the moments are those of the components."""
    rng = np.random.default_rng(1)
    x = mixture.sample(rng, 200_000)
    mean = mixture.weights @ mixture.means
    np.testing.assert_allclose(x.mean(0), mean, atol=5 * x.std(0).max() / np.sqrt(len(x)))
    wide = scipy.stats.multivariate_normal(np.zeros(3), 9.0 * np.eye(3))
    y = wide.rvs(400_000, random_state=2)
    weight = np.exp(mixture.log_density(y) - wide.logpdf(y))
    assert weight.mean() == pytest.approx(1.0, abs=5 * weight.std() / np.sqrt(len(y)))


def test_adapt_finds_a_thin_and_a_far_mode() -> None:
    """Target: prior N(0,1)^4 times two unequal spikes; the evidence is analytic."""
    sigma = 0.05

    def log_density(z: np.ndarray) -> np.ndarray:
        prior = -0.5 * (z * z).sum(1) - 2.0 * np.log(2 * np.pi)
        first = -0.5 * ((z[:, 0] - 1.5) / sigma) ** 2 - 0.5 * ((z[:, 1] - 1.0) / sigma) ** 2
        second = -0.5 * ((z[:, 0] + 1.5) / sigma) ** 2 - 0.5 * ((z[:, 1] + 1.0) / sigma) ** 2 - 2.0
        return prior + np.logaddexp(first, second)

    found = adapt(log_density, 4, np.random.default_rng(5), prior_draws=200_000, round_draws=50_000)
    assert found is not None
    variance = 1 + sigma**2
    spike = sigma**2 / variance * np.exp(-0.5 * (1.5**2 + 1.0**2) / variance)
    expected = np.log(spike * (1 + np.exp(-2.0)))
    log_z = np.log(np.mean(np.exp(found.log_weight)))
    error = np.sqrt((1 / found.efficiency - 1) / len(found.log_weight))
    assert found.efficiency > 0.3
    assert log_z == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_adapt_keeps_a_mode_of_few_prior_draws(seed: int) -> None:
    """Three per cent of the posterior in 3e-5 of the prior: met by a few draws, and covered in the end."""
    centre, width, share = np.array([0.8, -0.8, 0.8, -0.8]), 0.1, 0.03

    def log_density(x: np.ndarray) -> np.ndarray:
        broad = np.log(1.0 - share) - 0.5 * (x / 0.9) ** 2 @ np.ones(4) - 4 * np.log(0.9)
        thin = np.log(share) - 0.5 * ((x - centre) / width) ** 2 @ np.ones(4) - 4 * np.log(width)
        return np.logaddexp(broad, thin) - 2.0 * np.log(2.0 * np.pi)

    found = adapt(log_density, 4, np.random.default_rng(seed), prior_draws=100_000, round_draws=40_000)
    assert found is not None
    x = found.mixture.sample(np.random.default_rng(seed + 10), 40_000)
    log_weight = log_density(x) - found.mixture.log_density(x)
    weight = np.exp(log_weight)
    inside = ((x - centre) ** 2).sum(axis=1) < (4.0 * width) ** 2
    assert weight.mean() == pytest.approx(1.0, abs=0.02)
    assert weight[inside].sum() / weight.sum() == pytest.approx(0.033, abs=0.006)
    assert effective_fraction(log_weight) > 0.5


def test_adapt_gives_up_on_an_empty_region() -> None:
    assert adapt(lambda z: np.full(len(z), -np.inf), 2, np.random.default_rng(0), prior_draws=1000) is None


def test_resample_keeps_the_weights() -> None:
    rng = np.random.default_rng(0)
    x = np.arange(4.0)[:, None]
    log_weight = np.log([0.1, 0.2, 0.3, 0.4])
    drawn = resample(x, log_weight, 10_000, rng)[:, 0]
    np.testing.assert_allclose(np.bincount(drawn.astype(int)) / 10_000, [0.1, 0.2, 0.3, 0.4], atol=2e-4)
    assert effective_fraction(log_weight) == pytest.approx(1 / 0.3 / 4)

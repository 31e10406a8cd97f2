"""A known law, and the function that proves a move of the sampler against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import emcee
import numpy as np

from g2fit.sampling.diagnostics import autocorrelation_time


def gaussian(dimension: int, scale: float = 1.0) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """Log density and covariance of a correlated Gaussian."""
    rng = np.random.default_rng(dimension)
    factor = rng.normal(size=(dimension, dimension)) / np.sqrt(dimension) + np.eye(dimension)
    covariance = scale**2 * factor @ factor.T
    precision = np.linalg.inv(covariance)
    return (lambda x: -0.5 * np.einsum("ni,ij,nj->n", x, precision, x)), covariance


def prove(move: Any, dimension: int, *, scale: float = 1.0, walkers: int = 64, steps: int = 6000) -> None:
    """Sample a Gaussian with a move; mean, variance and quantiles must agree within 4.5 Monte Carlo errors."""
    log_density, covariance = gaussian(dimension, scale)
    rng = np.random.default_rng(1)
    start = rng.multivariate_normal(np.zeros(dimension), covariance, size=walkers)
    sampler = emcee.EnsembleSampler(walkers, dimension, log_density, moves=move, vectorize=True)
    sampler.random_state = np.random.RandomState(7).get_state()
    sampler.run_mcmc(start, steps)
    chain = sampler.get_chain(discard=steps // 10)
    for j in range(dimension):
        draws = chain[None, :, :, j] / np.sqrt(covariance[j, j])
        for observable, expected in (
            (draws, 0.0),
            (draws**2, 1.0),
            ((draws < 1.0).astype(float), 0.8413447460685429),
            ((draws < -2.0).astype(float), 0.02275013194817921),
        ):
            error = observable.std() * np.sqrt(autocorrelation_time(observable) / observable.size)
            assert abs(observable.mean() - expected) < 4.5 * error

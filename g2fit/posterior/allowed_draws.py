"""Draws of the prior for purposes that need many of them but no certain number: starting points, tests and figures."""

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.posterior.posterior import Posterior

__all__ = ["allowed_draws"]


def allowed_draws(
    posterior: Posterior, rng: np.random.Generator, most: int, *, least: int, tried: int | None = None
) -> FloatArray:
    """Draw from the prior, cuts of role prior applied, and stop after a number of draws if enough are allowed by then.

    Where the cuts leave one draw in a hundred, `Posterior.sample_prior` takes a hundred times as long as without cuts.

    Parameters
    ----------
    posterior : Posterior
        The posterior whose prior it is.
    rng : numpy.random.Generator
        Source of random numbers.
    most : int
        Number of points that are wanted.
    least : int
        Number of points that are needed, however many draws that takes.
    tried : int, optional
        Number of draws, allowed or not, after which `least` points are enough; by default as many as are wanted.

    Returns
    -------
    (N, D) array
        Points, `least` <= N <= `most`; the columns are the posterior's `parameters`.

    Raises
    ------
    CardError
        If the cuts leave nothing.
    """
    if not posterior.cuts_prior:
        return posterior.sample_prior(rng, most)
    left = most if tried is None else tried
    found = np.empty((0, posterior.dimension))
    while len(found) < most and left > 0:
        drawn = posterior.priors.sample(rng, min(max(most - len(found), 1024), left))
        left -= len(drawn)
        found = np.concatenate([found, drawn[np.isfinite(posterior.log_prior(drawn))]])
    if len(found) < least:
        found = np.concatenate([found, posterior.sample_prior(rng, least - len(found))])
    return found[:most]

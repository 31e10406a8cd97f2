"""What the evidence estimators need to know of a posterior."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Protocol

import numpy as np

from g2fit.card import Card
from g2fit.core.types import BoolArray, FloatArray
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of

__all__ = ["BoolArray", "PosteriorTarget", "Target", "log_normal"]


class Target(Protocol):
    """A density over coordinates `z`, about as wide as a standard normal, to be integrated."""

    @property
    def dimension(self) -> int:
        """Number of coordinates."""

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log of likelihood times prior density in `z` (N, D), shape (N,); -inf where a cut forbids the point."""

    def log_weight(self, u: FloatArray) -> FloatArray:
        """`log_density` at the normal quantiles of `u` (N, D), over that of the standard normal, shape (N,)."""

    def log_prior(self, z: FloatArray) -> FloatArray:
        """Log density of the prior in `z` (N, D), cuts not applied, shape (N,)."""

    def allowed(self, u: FloatArray) -> BoolArray | None:
        """Whether the cuts of role prior allow the prior's quantiles `u` (N, D); None if there is no such cut."""


class PosteriorTarget:
    """The posterior of a card.

    Parameters
    ----------
    posterior : Posterior
        In coordinates that spread the prior over a standard normal (not raw ones).
    """

    def __init__(self, posterior: Posterior) -> None:
        self.posterior = posterior
        self.cuts = "prior" in posterior.likelihood.roles

    def __reduce__(self) -> tuple[Callable[[Card], PosteriorTarget], tuple[Card]]:
        return _of_card, (self.posterior.card,)  # a worker elsewhere has, or makes, its own posterior

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return self.posterior.dimension

    def log_density(self, z: FloatArray) -> FloatArray:
        """See `Target`."""
        return self.posterior.log_density(z)

    def log_weight(self, u: FloatArray) -> FloatArray:
        """See `Target`."""
        return self.posterior.log_weight(u)

    def log_prior(self, z: FloatArray) -> FloatArray:
        """See `Target`."""
        out = np.empty(len(z))
        self.posterior.coordinates.to_parameters(z, np.empty_like(z), out)
        return out

    def allowed(self, u: FloatArray) -> BoolArray | None:
        """See `Target`."""
        if not self.cuts:
            return None
        theta = np.empty_like(u)
        self.posterior.priors.from_uniform(u, theta)
        return np.isfinite(self.posterior.log_prior(theta))


def _of_card(card: Card) -> PosteriorTarget:
    return PosteriorTarget(posterior_of(card))


def log_normal(z: FloatArray) -> FloatArray:
    """Log density of the standard normal at the rows of `z`.

    >>> log_normal(np.zeros((1, 2))).round(6).tolist()
    [-1.837877]
    """
    return np.asarray(-0.5 * np.einsum("ij,ij->i", z, z) - 0.5 * z.shape[1] * log(2.0 * pi))

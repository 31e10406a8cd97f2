"""Target of the evidence estimators: the density that they integrate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from g2fit.card import Card
from g2fit.core.types import BoolArray, FloatArray
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of

__all__ = ["PosteriorTarget", "Target", "prior_fraction"]

#: Prior draws that are evaluated together.
CHUNK = 2**15


class Target(Protocol):
    """Density to be integrated, in coordinates `z` in which it is about as wide as a standard normal."""

    @property
    def dimension(self) -> int:
        """Number of coordinates."""

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log of likelihood times prior density at `z` (N, D), shape (N,); -inf where a cut excludes the point."""

    def log_weight(self, u: FloatArray) -> FloatArray:
        """`log_density` minus that of the standard normal, at the normal quantiles of `u` (N, D), shape (N,)."""

    def log_prior(self, z: FloatArray) -> FloatArray:
        """Log density of the prior at `z` (N, D) without its cuts, shape (N,)."""

    def allowed(self, u: FloatArray) -> BoolArray | None:
        """Whether the cuts of role prior allow the prior's quantiles `u` (N, D), shape (N,); None without cuts."""


class PosteriorTarget:
    """Posterior of a card as the target of an integration.

    Its coordinates spread the prior over a standard normal: they are not the raw ones.
    """

    def __init__(self, posterior: Posterior) -> None:
        self.posterior = posterior
        self.dimension = posterior.dimension
        self.log_density = posterior.log_density
        self.log_weight = posterior.log_weight
        self.cuts = "prior" in posterior.likelihood.roles

    def __reduce__(self) -> tuple[Callable[[Card], PosteriorTarget], tuple[Card]]:
        return _of_card, (self.posterior.card,)  # a worker of another machine builds, and caches, its own posterior

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


def prior_fraction(target: Target, rng: np.random.Generator, draws: int) -> tuple[float, float]:
    """Share of the prior that its cuts allow, with its error, from so many draws (up to 2^15, or a multiple)."""
    count = 0
    chunk = min(CHUNK, draws)
    for _ in range(draws // chunk):
        allowed = target.allowed(rng.random((chunk, target.dimension)))
        if allowed is None:
            return 1.0, 0.0
        count += int(allowed.sum())
    share = count / draws
    return share, float(np.sqrt(share * (1.0 - share) / draws))

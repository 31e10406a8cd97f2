"""Draws of several proposals, weighted as draws of the mixture of all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.weights import log_power, variance_of_sum

__all__ = ["Source", "Stream"]

#: Draws whose weight relative to the largest is below this are forgotten.
NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Source:
    """What draws came from: a mixture, or the prior (None); their number, and the inverse temperature aimed at."""

    mixture: Mixture | None
    draws: int
    beta: float

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log of the density times the number of draws, at the rows of `z` (N, D), shape (N,)."""
        density = log_normal(z) if self.mixture is None else self.mixture.log_density(z)
        return np.asarray(density + math.log(self.draws))


class Stream:
    """Draws z, in coordinates in which the prior is a standard normal, with their log likelihoods and sources.

    Every draw is weighted as if it came from the mixture of all sources (deterministic-mixture weights: Veach & Guibas
    1995, Owen & Zhou 2000, Cornuet et al. 2012): at the inverse temperature beta its weight is

        N(z) L(z)^beta / sum_g n_g q_g(z),

    and the sum of the weights is an estimate of the evidence Z_beta.
    """

    def __init__(self, dimension: int) -> None:
        self.z = np.empty((0, dimension))
        self.log_likelihood = np.empty(0)
        self.log_prior = np.empty(0)
        self.log_sources = np.empty(0)
        self.source = np.empty(0, dtype=np.int64)
        self.sources: list[Source] = []

    def add(self, source: Source, z: FloatArray, log_likelihood: FloatArray) -> None:
        """Add the draws `z` (N, D) of a new source."""
        known = source.log_density(self.z)
        self.log_sources = np.logaddexp(self.log_sources, known)
        self.sources.append(source)
        self.z = np.concatenate([self.z, z])
        self.log_likelihood = np.append(self.log_likelihood, log_likelihood)
        self.log_prior = np.append(self.log_prior, log_normal(z))
        self.log_sources = np.append(self.log_sources, self.log_total(z))
        self.source = np.append(self.source, np.full(len(z), len(self.sources) - 1))

    def log_total(self, z: FloatArray, *, prior: bool = True) -> FloatArray:
        """Log of the summed densities of all sources, each times its number of draws, at the rows of `z`."""
        total = np.full(len(z), -np.inf)
        for source in self.sources:
            if prior or source.mixture is not None:
                total = np.logaddexp(total, source.log_density(z))
        return total

    def log_weight(self, beta: float) -> FloatArray:
        """Logs of the weights of the draws at an inverse temperature."""
        return np.asarray(self.log_prior + log_power(beta, self.log_likelihood) - self.log_sources)

    def log_excess(self, z: FloatArray, log_likelihood: FloatArray, log_z: float) -> FloatArray:
        """Log of the posterior over the mean density of all mixtures, at other points."""
        draws = sum(source.draws for source in self.sources if source.mixture is not None)
        total = self.log_total(z, prior=False)
        return np.asarray(log_normal(z) + log_likelihood - log_z - total + math.log(draws))

    def log_share(self, z: FloatArray, log_likelihood: FloatArray, log_z: float) -> FloatArray:
        """Log of w(z)/Z, the part of this stream's evidence that a draw at z would contribute, at other points."""
        return np.asarray(log_normal(z) + log_likelihood - log_z - self.log_total(z))

    def forget(self, betas: Sequence[float], tops: Sequence[float]) -> None:
        """Forget draws that weigh nothing at any of some inverse temperatures; `tops`: the largest log weights there.

        Their number stays in the densities, so that the other weights do not change.
        """
        keep = np.zeros(len(self.z), dtype=bool)
        for beta, top in zip(betas, tops, strict=True):
            keep |= self.log_weight(beta) > top + math.log(NEGLIGIBLE)
        if np.count_nonzero(keep) < 0.8 * len(keep):
            self.z, self.source = np.ascontiguousarray(self.z[keep]), self.source[keep]
            self.log_likelihood, self.log_prior = self.log_likelihood[keep], self.log_prior[keep]
            self.log_sources = self.log_sources[keep]

    def log_evidence(self, beta: float = 1.0) -> float:
        """Log of the sum of the weights."""
        log_weight = self.log_weight(beta)
        top = float(log_weight.max(initial=-np.inf))
        return top + math.log(np.exp(log_weight - top).sum()) if np.isfinite(top) else top

    def variance(self, log_z: float) -> float:
        """Variance of the estimated evidence over exp(`log_z`), from the scatter of the weights within each source."""
        draws = np.array([source.draws for source in self.sources])
        return variance_of_sum(np.exp(self.log_weight(1.0) - log_z), self.source, draws)

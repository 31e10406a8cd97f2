"""Check of a re-weighting by draws that reach further than those of the run.

The draws of a run cannot tell that a changed posterior has a mode, or a region that was forbidden, where none of them
lies: their weights look harmless. Draws of the prior and of all mixtures of the exploration, from the prior to the
posterior, are weighted with the new posterior as well. They measure the share of it where the run could not be, its
evidence, and the ratio of both evidences, which the draws of the run must reproduce.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import BoolArray, FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.compound import Compound, standard_normal
from g2fit.sampling.exploration import Exploration
from g2fit.sampling.ladder.weights import effective_draws

__all__ = ["BroadDraws", "broad_draws"]

#: Draws: where the likelihood is evaluated often, the same without an exploration, and where it is evaluated seldom.
MANY, PRIOR_ONLY, FEW = 2**16, 2**20, 2000

#: Share of the draws that are of the prior.
PRIOR_SHARE = 0.2


@dataclass(frozen=True)
class BroadDraws:
    """Draws (N, D) with logs of their weights for the posterior of the run and for the new one.

    The mean of the weights is the evidence, with the cuts. ``allowed`` says where the run could be.
    """

    theta: FloatArray
    old: FloatArray
    new: FloatArray

    @property
    def allowed(self) -> BoolArray:
        """Whether the posterior of the run allows a draw."""
        return np.isfinite(self.old)

    @property
    def effective(self) -> float:
        """Effective number of draws of the new posterior."""
        return effective_draws(self.new)

    @property
    def log_z(self) -> tuple[float, float]:
        """Log evidence of the new posterior, with its cuts, and its standard error."""
        top = float(self.new.max())
        w = np.exp(self.new - top)
        return top + math.log(w.mean()), float(w.std() / w.mean() / math.sqrt(len(w)))

    @property
    def log_ratio(self) -> tuple[float, float]:
        """Log of new over old evidence, with its standard error; what the run could not reach is left out."""
        scale = float(self.old.max())
        old = np.exp(self.old - scale)
        top = float(self.new[self.allowed].max(initial=-np.inf))
        if not math.isfinite(top):
            return -math.inf, math.inf
        new = np.where(self.allowed, np.exp(self.new - top), 0.0)
        difference = new / new.mean() - old / old.mean()
        error = float(difference.std() / math.sqrt(len(old)))
        return top - scale + math.log(new.mean() / old.mean()), error

    @property
    def outside(self) -> tuple[float, float]:
        """Share of the new posterior where the run could not be, with its standard error."""
        w = np.exp(self.new - self.new.max())
        share = float(w[~self.allowed].sum() / w.sum())
        error = float(np.sqrt((w**2 * (~self.allowed - share) ** 2).sum()) / w.sum())
        return share, error


def broad_draws(
    old: Posterior, new: Posterior, exploration: Exploration | None, rng: np.random.Generator
) -> BroadDraws:
    """Draw from the prior of the run and the mixtures of its exploration, and weight for both posteriors."""
    proposal, count = _proposal(old, exploration)
    z = np.ascontiguousarray(proposal.draw(rng.random(count), rng.normal(size=(count, old.dimension))))
    log_proposal = proposal.log_density(z)
    theta, log_jacobian, log_prior = np.empty_like(z), np.empty(count), np.empty(count)
    old.coordinates.to_parameters(z, theta, log_jacobian)
    old.priors.log_prior(theta, log_prior)
    with np.errstate(invalid="ignore"):  # points at the very ends of a prior, which are left out
        log_jacobian -= log_prior  # of the map from z to the parameters
    usable = np.isfinite(log_jacobian)
    weights = [np.full(count, -np.inf), np.full(count, -np.inf)]
    for posterior, weight in zip((old, new), weights, strict=True):
        density = posterior.log_prior(theta) + posterior.log_likelihood(theta)
        weight[usable] = density[usable] + log_jacobian[usable] - log_proposal[usable]
    return BroadDraws(theta, *weights)


def _proposal(old: Posterior, exploration: Exploration | None) -> tuple[Compound, int]:
    """The prior, and the mixtures of one stream of each ladder in proportion to their draws."""
    few = old.card.sampler.calls == "few"
    prior = standard_normal(old.dimension)
    if exploration is None or not exploration.useful:
        return Compound(np.ones(1), [prior]), FEW if few else PRIOR_ONLY
    chosen = np.flatnonzero(exploration.source_stream % exploration.streams_per_ladder == 0)
    draws = exploration.source_draws[chosen].astype(float)
    weights = np.append((1.0 - PRIOR_SHARE) * draws / draws.sum(), PRIOR_SHARE)
    return Compound(weights, [*(exploration.sources[k] for k in chosen), prior]), FEW if few else MANY

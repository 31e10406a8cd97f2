"""Re-weighting of the draws of a run: weights, what they are worth, and whether they miss anything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import NotConvergedError, StoreError
from g2fit.core.parallel.threads import available_cores
from g2fit.core.same_densities import same_densities
from g2fit.core.types import FloatArray
from g2fit.inference.evidence.run import chart_posterior
from g2fit.inference.reweight.broad import BroadDraws, broad_draws
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.sampling.diagnostics import Verdict, diagnose, mcse_mean
from g2fit.sampling.draws import quantities_of, solution_stream
from g2fit.sampling.ladder.weights import effective_draws
from g2fit.sampling.resampling import pareto_k, resampled_rows

__all__ = ["LARGEST_K", "LEAST_ESS", "Weighted", "equally_weighted", "require_complete", "weighted"]

#: Effective sample size, of the worst quantity, below which a re-weighting is refused.
LEAST_ESS = 1000.0

#: Shape of the tail of the weights above which they cannot be trusted (arXiv:1507.02646).
LARGEST_K = 0.7

#: Share of the new posterior that may lie where the run could not be.
OUTSIDE = 1e-3

#: Effective draws without which nothing can be said about what is missed.
LEAST_EFFECTIVE = 100.0

#: Standard errors by which the two estimates of the ratio of the evidences may differ.
AGREEMENT = 4.0

#: Draws that are evaluated again to see whether this version reproduces the run.
REPEATED = 64

#: Spawn key of the random numbers, apart from those of ensembles, explorations and evidences.
BRANCH = 2**31 + 3


@dataclass(frozen=True)
class Weighted:
    """The draws of a run with weights for another posterior.

    Attributes
    ----------
    posterior : Posterior
        The other posterior.
    theta : (ensembles, steps, walkers, D) array
        Draws of the run.
    log_weight : (ensembles, steps, walkers) array
        Log of the new over the old density.
    broad : BroadDraws
        Draws that reach further.
    copied : bool
        Whether the draws are copies of fewer weighted ones, and not of chains.
    """

    posterior: Posterior
    theta: FloatArray
    log_weight: FloatArray
    broad: BroadDraws
    copied: bool = False

    @property
    def effective(self) -> float:
        """Effective number of weighted draws, if they were independent."""
        return effective_draws(self.log_weight.ravel())

    @property
    def log_ratio(self) -> tuple[float, float]:
        """Log of new over old evidence, and its standard error, which counts autocorrelation."""
        top = float(self.log_weight.max())
        w = np.exp(self.log_weight - top)
        return top + math.log(w.mean()), mcse_mean(w) / float(w.mean())

    def report(self) -> dict[str, Any]:
        """Plain data: share of the effective draws, Pareto k, and the comparison with the draws that reach further."""
        (ratio, error), (check, check_error) = self.log_ratio, self.broad.log_ratio
        outside, outside_error = self.broad.outside
        return {
            "draws": self.log_weight.size,
            "effective_share": self.effective / self.log_weight.size,
            "pareto_k": pareto_k(self.log_weight.ravel()),
            "log_evidence_ratio": [ratio, error],
            "log_evidence_ratio_of_check": [check, check_error],
            "outside": [outside, outside_error],
            "effective_draws_of_check": self.broad.effective,
        }


def weighted(result: Result, card: Card) -> Weighted:
    """Weight the draws of a run for the posterior of another card with the same sampled parameters.

    Raises
    ------
    StoreError
        If this version does not reproduce the densities of the run.
    NotConvergedError
        If all weights are zero.
    """
    old, new = chart_posterior(result.posterior.card), Posterior(card)
    theta = np.stack([result.draws(name) for name in old.names], axis=-1)
    flat = np.ascontiguousarray(theta.reshape(-1, old.dimension))
    stored = result.by_step(result.array("sample_stats", "lp"))
    if not same_densities(*result.densities(old, REPEATED)):
        raise StoreError(
            f"{result.folder.path}: this version of g2fit gives other densities at its draws; run its card again"
        )
    rng = np.random.default_rng(np.random.SeedSequence(card.sampler.seed, spawn_key=(BRANCH, 0)))
    threads = available_cores()
    with old.shared_by(threads), new.shared_by(threads):
        density = new.log_prior(flat) + new.log_likelihood(flat)
        broad = broad_draws(old, new, result.folder.load_exploration(), rng)
    log_weight = density.reshape(stored.shape) - stored
    if not np.isfinite(log_weight).any():
        raise NotConvergedError(f"{result.folder.path}: none of its draws is allowed by the change")
    return Weighted(new, theta, log_weight, broad, copied=not result.steps_of_chains)


def require_complete(found: Weighted, old: Posterior) -> None:
    """Check that no part of the new posterior lies where the run has no draws.

    Raises
    ------
    NotConvergedError
        If one does, or if that cannot be told.
    """
    broad = found.broad
    share, share_error = broad.outside
    if share - 2.0 * share_error > OUTSIDE:
        outside = broad.theta[~broad.allowed & np.isfinite(broad.new)]
        names = ", ".join(old.rejections(outside))
        raise NotConvergedError(
            f"{share:.2%} ± {share_error:.2%} of the new posterior lies where the run could not be (forbidden by "
            f"{names}): no draw of it can be weighted there"
        )
    if broad.effective < LEAST_EFFECTIVE:
        raise NotConvergedError(
            f"whether the draws miss a part of the new posterior cannot be told: the check is worth "
            f"{broad.effective:.0f} draws of at least {LEAST_EFFECTIVE:.0f}"
        )
    (ratio, error), (check, check_error) = found.log_ratio, broad.log_ratio
    if abs(ratio - check) > AGREEMENT * math.hypot(error, check_error):
        raise NotConvergedError(
            f"the draws miss a part of the new posterior: from them its evidence is larger by a factor "
            f"exp({ratio:.3f} ± {error:.3f}), from draws that reach further by exp({check:.3f} ± {check_error:.3f})"
        )


def equally_weighted(found: Weighted, seed: int) -> tuple[FloatArray, Verdict]:
    """Equally likely draws in place of weighted ones, and what they are worth.

    Returns
    -------
    theta : (ensembles, length, series, D) array
        Draws; several walkers of the run make one series, see `resampled_rows`.
    verdict : Verdict
        Effective sample size and R-hat of the worst quantity, as for a run; weights are counted, see `resampled_rows`.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BRANCH, 1)))
    ensembles, dimension = len(found.theta), found.theta.shape[-1]
    rows = resampled_rows(found.log_weight, rng)
    flat = found.theta.swapaxes(1, 2).reshape(ensembles, -1, dimension)
    theta = np.stack([draws[row.T] for draws, row in zip(flat, rows, strict=True)])
    with found.posterior.shared_by(available_cores()):
        quantities = quantities_of(found.posterior, theta, solution_stream(found.posterior.card.sampler.seed))
    length, series = theta.shape[1:3]
    return theta, diagnose([quantities], steps=length, discard=0, thin=1, walkers=series)

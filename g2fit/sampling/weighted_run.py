"""Runs whose result is made from weighted draws: those of the exploration, and further ones until they are enough."""

from __future__ import annotations

import math

import numpy as np

from g2fit.card.schema import StopSection
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.agreement import disagreements, doubts
from g2fit.sampling.diagnostics import Verdict, diagnose
from g2fit.sampling.draws import quantities_of, solution_stream
from g2fit.sampling.exploration import Exploration
from g2fit.sampling.resampling import pareto_k, resampled_rows

__all__ = ["blocks_needed", "doubts_of_weights", "equally_likely", "hopeless", "judge", "reached"]

#: Spawn key of the random numbers of resampling, apart from those of everything else.
BRANCH = 2**31 + 6

#: Shape of the tail of the weights above which they are doubted (arXiv:1507.02646).
LARGEST_K = 0.7

#: Draws are added for so much more than is missing.
MARGIN = 1.05

#: Most growth of the number of evaluations from one check to the next.
GROWTH = 2.0


def equally_likely(posterior: Posterior, found: Exploration, seed: int) -> FloatArray:
    """Equally likely draws of the parameters, shape (streams, length, 1, D), in place of the weighted ones.

    Each stream is shuffled and resampled on its own. Copies of a draw follow each other, so that effective sample sizes
    count the weights, see `resampled_rows`.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BRANCH,)))
    streams = len(found.mixtures)
    orders = [rng.permutation(np.flatnonzero(found.stream == stream)) for stream in range(streams)]
    log_weight = np.full((streams, max(map(len, orders))), -np.inf)
    for row, order in zip(log_weight, orders, strict=True):
        row[: len(order)] = found.log_weight[order]
    chosen = resampled_rows(log_weight[:, :, None], rng)[:, 0]
    z = np.concatenate([found.z[order[rows]] for order, rows in zip(orders, chosen, strict=True)])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    return theta.reshape(streams, -1, 1, z.shape[1])


def judge(posterior: Posterior, found: Exploration) -> Verdict:
    """Effective sample size and R-hat, over the streams of both ladders, of the worst quantity.

    Where evaluations are expensive, only the parameters are judged: predictions would have to be computed again.
    """
    sampler = posterior.card.sampler
    theta = equally_likely(posterior, found, sampler.seed)
    quantities = quantities_of(posterior, theta, None if sampler.calls == "few" else solution_stream(sampler.seed))
    return diagnose([quantities], steps=theta.shape[1], discard=0, thin=1, walkers=theta.shape[2])


def reached(found: Exploration, verdict: Verdict, stop: StopSection) -> bool:
    """Whether weighted draws have reached the targets of a card, and the two ladders agree."""
    enough = verdict.converged(stop.ess, stop.rhat) and found.evidence[1] <= stop.log_z_error
    return enough and not disagreements(found)


def hopeless(found: Exploration, verdict: Verdict, stop: StopSection) -> str:
    """Why more draws of the same mixtures would not help; empty if they may."""
    statistical, missed = _errors(found)
    if verdict.ess < stop.ess or statistical > stop.log_z_error:
        return ""
    if disagreements(found):
        return "the two ladders disagree"
    if missed >= stop.log_z_error:
        return f"the mixtures miss a part of the posterior, so that ln Z has an error of {missed:.3f}"
    return ""


def blocks_needed(found: Exploration, verdict: Verdict, stop: StopSection, size: int, left: float) -> int:
    """Number of blocks of `size` draws that the targets are likely to need; at most one more evaluation for each made.

    At least one block is drawn. The last one may exceed the evaluations that are `left`, by less than its size.
    """
    statistical, missed = _errors(found)
    allowed = stop.log_z_error**2 - missed**2  # variance that is left to the statistical error
    ratios = (
        stop.ess / max(verdict.ess, 1.0),
        statistical**2 / (allowed if allowed > 0.0 else stop.log_z_error**2),  # out of reach: see `hopeless`
        (verdict.rhat - 1.0) / (stop.rhat - 1.0),
    )
    missing = max(0.0, MARGIN * max(ratios) - 1.0) * found.ess
    most = (GROWTH - 1.0) * float(found.calls.sum())
    draws = min(missing / max(float(found.efficiencies.mean()), 1e-3), most, left)
    return max(1, math.ceil(draws / size))


def doubts_of_weights(found: Exploration) -> list[str]:
    """Reasons to doubt weighted draws: those of the exploration, and a few draws that have most of the weight."""
    k = pareto_k(found.log_weight)
    heavy = [f"a few draws have most of the weight (Pareto k = {k:.2f})"] if k > LARGEST_K else []
    return doubts(found) + heavy


def _errors(found: Exploration) -> tuple[float, float]:
    """Two parts of the error of ln Z: a statistical one, and one from what the mixtures miss, which is not lowered."""
    missed = float(np.hypot.reduce(found.missed)) / len(found.missed)
    return math.sqrt(max(found.evidence[1] ** 2 - missed**2, 0.0)), missed

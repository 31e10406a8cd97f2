"""Importance sampling from fitted mixtures, and bridge sampling between the mixtures and the draws of a chain.

Several mixtures are fitted independently (those of a run's ensembles, if there is a run). They are drawn from in turn,
and each draw is weighted with the density of all mixtures together. Whether each mixture alone gives the same evidence
is checked, and draws of the prior look for what all of them overlook.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from g2fit.core.errors import G2fitError
from g2fit.core.types import FloatArray
from g2fit.inference.evidence.bridge import bridge
from g2fit.inference.evidence.estimate import (
    Aim,
    Estimate,
    Report,
    no_report,
    weight_sums,
    weight_warnings,
    without_cuts,
)
from g2fit.inference.evidence.overlooked import OVERLOOKED, SHARE, Overlooked, covered, search
from g2fit.inference.evidence.proposal import MeanDensity, fit, usable
from g2fit.inference.evidence.strata import RunningEstimate, combine
from g2fit.inference.evidence.target import Target, prior_fraction
from g2fit.inference.tasks import Arrays, TaskRunner
from g2fit.sampling.exploration import settings_for
from g2fit.sampling.ladder.mixture import Mixture

__all__ = ["AIM", "Importance", "importance_sampling"]

#: Default precision and numbers of draws.
AIM = Aim(error=0.003, limit=0.0045, first=2**17, cheap=2**19, most=2**23)

#: Draws that are evaluated together, by one task.
CHUNK = 2**13

#: Number of ladders that fit mixtures where none are given.
LADDERS = 2

#: Draws of the prior that look for what the mixtures overlook, for each draw of the first round.
SEARCHED = 8

#: Most searches, each of which looks for what the components about the points of the ones before do not cover.
SEARCHES = 3

#: Prior draws that determine the share of the prior that its cuts allow.
FRACTION_DRAWS = 2**20

#: Bridge and importance sampling disagree if they differ by more than this many standard errors.
DISAGREEMENT = 4.0


@dataclass(frozen=True)
class Importance:
    """Result of importance sampling: the evidence, and the draws `z` (M, D) of the first round.

    With the weights whose logarithm is `log_weight` (M,) these draws follow the posterior. The mean of the weights is
    the evidence with its cuts: not divided by the share of the prior that they allow.
    """

    estimate: Estimate
    z: FloatArray
    log_weight: FloatArray


def importance_sampling(
    target: Target,
    seed: np.random.SeedSequence,
    *,
    mixtures: Sequence[Mixture] = (),
    chain: FloatArray | None = None,
    runner: TaskRunner | None = None,
    aim: Aim = AIM,
    fits: int = LADDERS,
    report: Report = no_report,
) -> Importance:
    """Integrate a target by importance sampling, and by bridge sampling if there is a chain.

    The `mixtures` are the proposals; if there are none, as many ladders as `fits` fit four each. The `chain`, of
    shape (ensembles, steps, walkers, D), has draws of the target that are independent of the mixtures. For the other
    arguments see `g2fit.inference.evidence.prior.prior_monte_carlo`.

    Raises
    ------
    G2fitError
        If no mixture can be fitted.
    """
    runner = runner or TaskRunner()
    settings = settings_for("many", target.dimension, None)
    tasks = {f"ladder-{i}": partial(fit, target, _child(seed, 0, i), settings) for i in range(fits)}
    unknown = float("nan")
    sources = list(mixtures) or usable(
        runner.run(tasks, lambda done, all_: report("bridge: mixtures", done, all_, unknown, unknown))
    )
    if not sources:
        raise G2fitError("no mixture can be fitted: no draw of the prior has a finite likelihood")
    draw = partial(_sample, target, seed, runner=runner, aim=aim, report=report)
    results, so_far = draw(sources)
    wider, rest = _covered(target, seed, sources, so_far, runner, aim, report)
    if overlooked := wider is not sources:
        before, usual = so_far, np.minimum(np.exp(so_far.log_weight - so_far.log_z), math.exp(OVERLOOKED))
        variance = float(usual.var()) / (1.0 - SHARE) + rest
        sources, (results, so_far) = wider, draw(wider, aim.needed(variance), name="covered")
        # that of a sample is too small if the sample misses rare draws with large weights
        foretold = math.sqrt(variance / len(so_far.log_weight)) * math.exp(before.log_z - so_far.log_z)
        so_far = replace(so_far, error=max(so_far.error, foretold))
    pooled, first_round = MeanDensity(tuple(sources)), _first_round(aim, len(sources))
    extra = {"fraction": partial(_fraction, target, _child(seed, 2, 0))}
    if chain is not None and not overlooked:  # walkers seldom get there and back: their share is a matter of chance
        extra["chain"] = partial(_chain, target, pooled, chain)
    found = dict(zip(extra, runner.run(extra), strict=True))
    estimate = _estimate(so_far, len(sources), found, aim, runner.seconds)
    report("bridge", len(results), len(results), estimate.log_z, estimate.error)
    kept = results[:first_round]
    return Importance(estimate, *(np.concatenate([result[name] for result in kept]) for name in ("z", "log_weight")))


def _first_round(aim: Aim, sources: int) -> int:
    """Number of tasks of the first round: as many for each source."""
    return -(-aim.first // (CHUNK * sources)) * sources


def _sample(
    target: Target,
    seed: np.random.SeedSequence,
    sources: Sequence[Mixture],
    needed: int = 0,
    name: str = "draws",
    *,
    runner: TaskRunner,
    aim: Aim,
    report: Report,
) -> tuple[list[Arrays], RunningEstimate]:
    """Draw from the mixtures until the aim is reached with as many draws as are needed."""
    pooled, results, so_far = MeanDensity(tuple(sources)), list[Arrays](), RunningEstimate()
    kind, first = {"draws": 1, "covered": 4}[name], _first_round(aim, len(sources))
    wanted = first * min(-(-needed // (CHUNK * first)), aim.most // (CHUNK * first))  # whole rounds: all sources alike
    while True:
        begin = len(results)
        end = max(2 * begin, wanted) if begin else first
        tasks = {
            f"{name}-{i}": partial(
                _draw, target, _child(seed, kind, i), sources[i % len(sources)], pooled, keep=not begin
            )
            for i in range(begin, end)
        }
        now = (so_far.log_z, so_far.error)
        results += runner.run(tasks, lambda done, all_, now=now: report("bridge", done, all_, *now))  # type: ignore[misc]
        so_far = combine(results, len(sources))
        enough = end >= wanted and aim.reached(so_far.error * so_far.scatter, CHUNK * end)
        if enough or so_far.log_z == -np.inf:
            return results, so_far


def _covered(
    target: Target,
    seed: np.random.SeedSequence,
    sources: list[Mixture],
    so_far: RunningEstimate,
    runner: TaskRunner,
    aim: Aim,
    report: Report,
) -> tuple[list[Mixture], float]:
    """Mixtures with components about what draws of the prior find to be overlooked, and the variance from the rest."""
    found: list[Overlooked] = []
    wider, now, count = sources, (so_far.log_z, so_far.error), min(SEARCHED * aim.first, aim.most) // CHUNK
    for k in range(SEARCHES if np.isfinite(so_far.log_z) else 0):
        pooled = MeanDensity(tuple(wider))
        tasks = {
            f"search-{k}-{i}": partial(search, target, _child(seed, 3, count * k + i), pooled, so_far.log_z, CHUNK)
            for i in range(count)
        }
        found.append(Overlooked.of(runner.run(tasks, lambda done, all_: report("bridge: search", done, all_, *now))))
        if not found[-1].matters(aim):
            break
        wider = covered(sources, found)
    return wider, found[-1].variance if found else 0.0


def _child(seed: np.random.SeedSequence, kind: int, index: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, kind, index))


def _draw(target: Target, seed: np.random.SeedSequence, source: Mixture, pooled: MeanDensity, *, keep: bool) -> Arrays:
    rng = np.random.default_rng(seed)
    z = source.draw(rng.random(CHUNK), rng.standard_normal((CHUNK, target.dimension)))  # independent, for the error
    density = target.log_density(z)
    log_weight = density - pooled.log_density(z)
    own = log_weight if len(pooled.mixtures) == 1 else density - source.log_density(z)
    log_likelihood = np.where(np.isfinite(density), density - target.log_prior(z), -np.inf)
    arrays: Arrays = {"log_weight": log_weight, "own": weight_sums(own), "log_likelihood": log_likelihood}
    return arrays | ({"z": z} if keep else {})


def _fraction(target: Target, seed: np.random.SeedSequence) -> Arrays:
    return {"fraction": np.array(prior_fraction(target, np.random.default_rng(seed), FRACTION_DRAWS))}


def _chain(target: Target, pooled: MeanDensity, chain: FloatArray) -> Arrays:
    z = np.ascontiguousarray(chain.reshape(-1, chain.shape[-1]))
    return {"log_weight": (target.log_density(z) - pooled.log_density(z)).reshape(chain.shape[:3])}


def _estimate(so_far: RunningEstimate, sources: int, extra: dict[str, Arrays], aim: Aim, seconds: float) -> Estimate:
    """Final estimate, by bridge sampling if there is a chain."""
    share, uncertainty = extra["fraction"]["fraction"].tolist()
    fraction, log_fraction, relative = (share, uncertainty), float(np.log(share)), uncertainty / share
    warnings = weight_warnings("bridge", so_far.efficiency, so_far.largest)
    if so_far.scatter > 1.0:
        warnings.append(f"bridge: the mixtures contradict each other; the error is enlarged by {so_far.scatter:.2f}")
    log_z, error = without_cuts(so_far.log_z, so_far.error * so_far.scatter, fraction)
    details: dict[str, Any] = {
        "mixtures": sources,
        "by_mixture": [[value - log_fraction, error_] for value, error_ in so_far.by_mixture],
        "information_gain": so_far.gain[0] + log_fraction,
        "information_gain_error": float(np.hypot(so_far.gain[1], relative)),
        "effective_dimension": so_far.dimension,
        "mean_log_likelihood": so_far.mean_log_likelihood[0],
        "mean_log_likelihood_error": so_far.mean_log_likelihood[1],
    }
    method = "importance sampling"
    if "chain" in extra and np.isfinite(so_far.log_z):
        found = bridge(so_far.log_weight, extra["chain"]["log_weight"], so_far.log_z)
        details["importance"] = {"log_z": log_z, "error": error}
        details["bridge"] = {"tau": found.tau, "effective_draws": found.effective}
        if abs(found.log_z - so_far.log_z) > DISAGREEMENT * np.hypot(found.error, so_far.error):
            warnings.append("bridge: bridge and importance sampling disagree: has the chain converged?")
        log_z, error = without_cuts(found.log_z, found.error * so_far.scatter, fraction)
        method = "bridge sampling"
    draws = len(so_far.log_weight)
    if error > aim.limit:
        warnings.append(f"bridge: the error {error:.3f} is above {aim.limit:g} after {draws} draws")
    return Estimate(
        name="bridge",
        method=method,
        log_z=log_z,
        error=error,
        seconds=seconds,
        draws=draws,
        efficiency=so_far.efficiency,
        largest_weight=so_far.largest,
        prior_fraction=fraction,
        warnings=tuple(warnings),
        details=details,
    )

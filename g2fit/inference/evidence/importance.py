"""Estimator B: importance sampling from fitted mixtures, and the bridge to the draws of a chain.

Several mixtures are fitted independently (those of a run's ensembles, if there are any). Draws are taken from each in
turn and weighted with the density of all together; that each alone gives the same evidence is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.errors import G2fitError
from g2fit.core.types import FloatArray
from g2fit.inference.evidence.bridge import bridge
from g2fit.inference.evidence.estimate import Aim, Estimate, Report, weight_sums, weight_warnings
from g2fit.inference.evidence.proposal import fit_task, pool, usable
from g2fit.inference.evidence.strata import Level, combine
from g2fit.inference.evidence.target import Target
from g2fit.inference.evidence.tasks import Arrays, Parts, run_tasks
from g2fit.sampling.mixture import GaussianMixture

__all__ = ["AIM", "Importance", "importance_sampling"]

#: Errors and draws: 2^17 at first, at most 2^23.
AIM = Aim(error=0.003, limit=0.0045, first=2**17, cheap=2**19, most=2**23)

#: Draws in a piece.
CHUNK = 2**13

#: Mixtures fitted where there are none.
MIXTURES = 4

#: Warm-up of a mixture: draws of the prior, enough to meet small modes, and draws of each round.
PRIOR, ROUND = 400_000, 2**16

#: Draws of the prior for the share that its cuts leave.
FRACTION_DRAWS = 2**20


@dataclass(frozen=True)
class Importance:
    """What importance sampling gives.

    Attributes
    ----------
    estimate : Estimate
        The evidence.
    z : (M, D) array
        Draws of the first level.
    log_weight : (M,) array
        Their log weights; with them they follow the posterior.
    log_likelihood : (M,) array
        Their log likelihoods.
    """

    estimate: Estimate
    z: FloatArray
    log_weight: FloatArray
    log_likelihood: FloatArray


def importance_sampling(
    target: Target,
    seed: np.random.SeedSequence,
    *,
    mixtures: Sequence[GaussianMixture] = (),
    chain: FloatArray | None = None,
    workers: int = 1,
    parts: Parts | None = None,
    aim: Aim = AIM,
    fits: int = MIXTURES,
    report: Report = lambda name, done, total, log_z, error: None,
) -> Importance:
    """Integrate a target by importance sampling, and by a bridge if there is a chain.

    Parameters
    ----------
    target : Target
        What to integrate.
    seed : numpy.random.SeedSequence
        Each piece has a child of it.
    mixtures : sequence of GaussianMixture
        Proposals that are there already; if none, some are fitted.
    chain : (ensembles, steps, walkers, D) array, optional
        Draws of the target, independent of the mixtures.
    workers : int
        Threads.
    parts : Parts, optional
        Keeps finished pieces.
    aim : Aim
        How long to go on.
    fits : int
        How many mixtures to fit.
    report : callable
        Told how it goes on.

    Raises
    ------
    G2fitError
        If no mixture can be fitted.
    """
    parts = parts or Parts()
    sources = list(mixtures) or _fit(target, seed, fits, workers, parts, report)
    if not sources:
        raise G2fitError("no mixture can be fitted: no draw of the prior has a finite likelihood")
    pooled = pool(sources)
    per_level = -(-aim.first // (CHUNK * len(sources))) * len(sources)
    names: list[str] = []
    level = Level()
    while True:
        begin, end = len(names), 2 * len(names) or per_level
        tasks = {
            f"draws-{b}": _draw_task(target, _child(seed, 1, b), sources[b % len(sources)], pooled, b < per_level)
            for b in range(begin, end)
        }
        now = (level.log_z, level.error)
        run_tasks(tasks, parts, workers, lambda done, all_, now=now: report("B", done, all_, *now))  # type: ignore[misc]
        names += tasks
        level = combine([parts[name] for name in names], len(sources))
        if aim.reached(level.error * level.scatter, CHUNK * len(names)) or level.log_z == -np.inf:
            break
    extra = {"fraction": _fraction_task(target, _child(seed, 2, 0))}
    if chain is not None:
        extra["chain"] = _chain_task(target, pooled, chain)
    run_tasks(extra, parts, workers)
    estimate = _estimate(level, len(sources), parts, aim, with_chain=chain is not None)
    report("B", len(names), len(names), estimate.log_z, estimate.error)
    kept = [parts[name] for name in names[:per_level]]
    columns = (np.concatenate([piece[name] for piece in kept]) for name in ("z", "log_weight", "log_likelihood"))
    return Importance(estimate, *columns)


def _child(seed: np.random.SeedSequence, kind: int, index: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, kind, index))


def _fit(
    target: Target,
    seed: np.random.SeedSequence,
    fits: int,
    workers: int,
    parts: Parts,
    report: Report,
) -> list[GaussianMixture]:
    """Fit mixtures, each from draws of its own."""
    tasks = {f"mixture-{i}": fit_task(target, _child(seed, 0, i), PRIOR, ROUND) for i in range(fits)}
    unknown = float("nan")
    run_tasks(tasks, parts, workers, lambda done, total: report("B: mixtures", done, total, unknown, unknown))
    return usable([parts[name] for name in tasks])


def _draw_task(
    target: Target, seed: np.random.SeedSequence, source: GaussianMixture, pooled: GaussianMixture, keep: bool
) -> Callable[[], Arrays]:
    def work() -> Arrays:
        z = source.sample(np.random.default_rng(seed), CHUNK)
        density = target.log_density(z)
        log_weight = density - pooled.log_density(z)
        own = log_weight if source is pooled else density - source.log_density(z)
        finite = np.isfinite(density)
        log_likelihood = np.where(finite, density - target.log_prior(z), -np.inf)
        arrays: Arrays = {"log_weight": log_weight, "own": weight_sums(own), "log_likelihood": log_likelihood}
        return arrays | ({"z": z} if keep else {})

    return work


def _fraction_task(target: Target, seed: np.random.SeedSequence) -> Callable[[], Arrays]:
    def work() -> Arrays:
        rng = np.random.default_rng(seed)
        share, count = 0.0, 0
        while count < FRACTION_DRAWS:
            allowed = target.allowed(rng.random((2**15, target.dimension)))
            if allowed is None:
                return {"fraction": np.array([1.0, 0.0])}
            share += allowed.sum()
            count += len(allowed)
        p = share / count
        return {"fraction": np.array([p, np.sqrt(p * (1.0 - p) / count)])}

    return work


def _chain_task(target: Target, pooled: GaussianMixture, chain: FloatArray) -> Callable[[], Arrays]:
    def work() -> Arrays:
        z = np.ascontiguousarray(chain.reshape(-1, chain.shape[-1]))
        return {"log_weight": (target.log_density(z) - pooled.log_density(z)).reshape(chain.shape[:3])}

    return work


def _estimate(level: Level, sources: int, parts: Parts, aim: Aim, *, with_chain: bool) -> Estimate:
    fraction, fraction_error = (float(x) for x in parts["fraction"]["fraction"])
    warnings = weight_warnings("B", level.efficiency, level.largest)
    if level.scatter > 1.0:
        warnings.append(f"B: the mixtures contradict each other; the error is enlarged by {level.scatter:.2f}")
    log_fraction, relative = float(np.log(fraction)), fraction_error / fraction

    def final(log_z: float, error: float) -> tuple[float, float]:
        return log_z - log_fraction, float(np.hypot(error * level.scatter, relative))

    log_z, error = final(level.log_z, level.error)
    details = {
        "mixtures": sources,
        "by_mixture": [list(final_) for final_ in ((value - log_fraction, e) for value, e in level.by_mixture)],
        "information_gain": level.gain[0] + log_fraction,
        "information_gain_error": float(np.hypot(level.gain[1], relative)),
        "effective_dimension": level.dimension,
        "mean_log_likelihood": level.score[0],
        "mean_log_likelihood_error": level.score[1],
    }
    method = "importance sampling"
    if with_chain and np.isfinite(level.log_z):
        found = bridge(level.log_weight, parts["chain"]["log_weight"], level.log_z)
        details["importance"] = {"log_z": log_z, "error": error}
        details["bridge"] = {"tau": found.tau, "effective_draws": found.effective}
        if abs(found.log_z - level.log_z) > 4.0 * np.hypot(found.error, level.error):
            warnings.append("B: bridge and importance sampling disagree: has the chain converged?")
        log_z, error = final(found.log_z, found.error)
        method = "bridge sampling"
    if error > aim.limit:
        warnings.append(f"B: the error {error:.3f} is above {aim.limit:g} after {len(level.log_weight)} draws")
    return Estimate(
        name="B",
        method=method,
        log_z=log_z,
        error=error,
        seconds=parts.seconds,
        draws=len(level.log_weight),
        efficiency=level.efficiency,
        largest_weight=level.largest,
        prior_fraction=(fraction, fraction_error),
        warnings=tuple(warnings),
        details=details,
    )

"""Estimator B: importance sampling from fitted mixtures, and the bridge to the draws of a chain.

Several mixtures are fitted independently (those of a run's ensembles, if there are any). Draws are taken from each in
turn and weighted with the density of all together; that each alone gives the same evidence is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.stats

from g2fit.errors import G2fitError
from g2fit.evidence.bridge import bridge
from g2fit.evidence.estimate import Aim, Estimate, Report, add_sums, weight_sums, weight_warnings
from g2fit.evidence.proposal import fit_task, pool, usable
from g2fit.evidence.target import FloatArray, Target
from g2fit.evidence.tasks import Arrays, Parts, run_tasks
from g2fit.mixture import PRIOR_DRAWS, ROUND_DRAWS, GaussianMixture

__all__ = ["AIM", "Importance", "importance_sampling"]

#: Errors and draws: 2^17 at first, at most 2^23.
AIM = Aim(error=0.003, limit=0.0045, first=2**17, cheap=2**19, most=2**23)

#: Draws in a piece.
CHUNK = 2**13

#: Mixtures fitted where there are none, and the probability below which their scatter widens the error.
MIXTURES, SCATTER = 4, 0.01

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
    warm_up: tuple[int, int] = (PRIOR_DRAWS, ROUND_DRAWS),
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
    fits, warm_up : int, (int, int)
        How many mixtures to fit, with how many draws of the prior and of each round.
    report : callable
        Told how it goes on.

    Raises
    ------
    G2fitError
        If no mixture can be fitted.
    """
    parts = parts or Parts()
    sources = list(mixtures) or _fit(target, seed, fits, warm_up, workers, parts, report)
    if not sources:
        raise G2fitError("no mixture can be fitted: no draw of the prior has a finite likelihood")
    pooled = pool(sources)
    per_level = -(-aim.first // (CHUNK * len(sources))) * len(sources)
    names: list[str] = []
    level = _Level()
    while True:
        begin, end = len(names), 2 * len(names) or per_level
        tasks = {
            f"draws-{b}": _draw_task(target, _child(seed, 1, b), sources[b % len(sources)], pooled, b < per_level)
            for b in range(begin, end)
        }
        now = (level.log_z, level.error)
        run_tasks(tasks, parts, workers, lambda done, all_, now=now: report("B", done, all_, *now))  # type: ignore[misc]
        names += tasks
        level = _combine([parts[name] for name in names], len(sources))
        if aim.reached(level.error, CHUNK * len(names), parts.seconds) or level.log_z == -np.inf:
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
    warm_up: tuple[int, int],
    workers: int,
    parts: Parts,
    report: Report,
) -> list[GaussianMixture]:
    tasks = {f"mixture-{i}": fit_task(target, _child(seed, 0, i), *warm_up) for i in range(fits)}
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


@dataclass(frozen=True)
class _Level:
    """Sums over the draws made so far."""

    log_z: float = float("nan")
    error: float = float("nan")
    efficiency: float = 0.0
    largest: float = 1.0
    log_weight: FloatArray = field(default_factory=lambda: np.empty(0))
    scatter: float = 1.0
    by_mixture: tuple[tuple[float, float], ...] = ()
    gain: tuple[float, float] = (float("nan"), float("nan"))
    score: tuple[float, float] = (float("nan"), float("nan"))
    dimension: float = float("nan")


def _combine(pieces: Sequence[Arrays], sources: int) -> _Level:
    """Evidence of all draws, equally many of each mixture, which are strata."""
    log_weight = np.concatenate([piece["log_weight"] for piece in pieces])
    sums = weight_sums(log_weight)
    if sums[2] == 0.0:
        return _Level(float("-inf"), float("inf"), log_weight=log_weight)
    w = np.exp(log_weight - sums[1])
    mean = w.mean()
    strata = w.reshape(-1, sources, CHUNK).swapaxes(0, 1).reshape(sources, -1)
    variance = float((strata.var(axis=1) / strata.shape[1]).sum()) / sources**2
    alone = [_alone(add_sums(np.array([piece["own"] for piece in pieces[i::sources]]))) for i in range(sources)]
    # information gain: posterior mean of ln L, minus ln Z; its double variance is the effective dimension
    score = np.concatenate([piece["log_likelihood"] for piece in pieces])
    used = w > 0.0
    share = w[used] / w[used].sum()
    average = float(share @ score[used])
    deviation = score[used] - average
    log_z = float(sums[1] + np.log(mean))
    gain_error = float(np.sqrt((share**2 * (deviation - 1.0) ** 2).sum()))
    return _Level(
        log_z=log_z,
        error=float(np.sqrt(variance) / mean),
        efficiency=float(sums[2] ** 2 / (sums[0] * sums[3])),
        largest=float(sums[4] / sums[2]),
        log_weight=log_weight,
        scatter=_scatter(alone),
        by_mixture=tuple(alone),
        gain=(average - log_z, gain_error),
        score=(average, float(np.sqrt((share**2 * deviation**2).sum()))),
        dimension=2.0 * float(share @ deviation**2),
    )


def _alone(sums: FloatArray) -> tuple[float, float]:
    """Evidence from one mixture alone, with its error."""
    n, top, total, squares, _ = sums
    if total == 0.0:
        return float("-inf"), float("inf")
    mean = total / n
    return float(top + np.log(mean)), float(np.sqrt(max(squares / n - mean**2, 0.0) / n) / mean)


def _scatter(alone: Sequence[tuple[float, float]]) -> float:
    """Factor on the error: above one if the mixtures contradict each other beyond their errors."""
    values, errors = np.array(alone).T
    usable = np.isfinite(values) & (errors > 0.0)
    if usable.sum() < 2:
        return 1.0
    weight = errors[usable] ** -2
    chi2 = float((weight * (values[usable] - np.average(values[usable], weights=weight)) ** 2).sum())
    freedom = int(usable.sum()) - 1
    if scipy.stats.chi2.sf(chi2, freedom) > SCATTER:
        return 1.0
    return float(np.sqrt(chi2 / freedom))


def _estimate(level: _Level, sources: int, parts: Parts, aim: Aim, *, with_chain: bool) -> Estimate:
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

"""Estimator A: Monte Carlo over the prior, in the coordinates of the chart, with scrambled Sobol points.

Nothing is fitted, so that nothing can be missed that the prior's draws can find; its only weakness is cost.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import qmc

from g2fit.inference.evidence.estimate import Aim, Estimate, Report, add_sums, weight_sums, weight_warnings
from g2fit.inference.evidence.target import Target
from g2fit.inference.evidence.tasks import Arrays, Parts, run_tasks

__all__ = ["AIM", "prior_monte_carlo"]

#: Independently scrambled sequences; the scatter of their means is the error.
REPLICATES = 32

#: Errors and draws: 2^19 draws at first, at most 2^25.
AIM = Aim(error=0.0033, limit=0.012, first=2**19, cheap=2**23, most=2**25)

#: Points of a sequence in a piece (its beginning takes as long as some thousands), and those evaluated at once.
PIECE, CHUNK = 2**16, 2**14

#: Sobol points are multiples of 2^-30: the middle of a cell keeps their quantiles finite.
HALF_CELL = 2.0**-31


def prior_monte_carlo(
    target: Target,
    seed: np.random.SeedSequence,
    *,
    workers: int = 1,
    parts: Parts | None = None,
    aim: Aim = AIM,
    report: Report = lambda name, done, total, log_z, error: None,
) -> Estimate:
    r"""Average the likelihood over the prior.

    .. math:: Z = \frac1f \int dz\, N(z)\, \frac{L(z)\, \pi(z)}{N(z)}

    by the mean over 32 scrambled Sobol sequences, where :math:`N` is the standard normal, about which the chart puts
    the prior :math:`\pi`, and :math:`f` the share of the prior that its cuts leave, found with the same points. Each
    sequence is continued, to twice its length, until the error is reached.

    Parameters
    ----------
    target : Target
        What to integrate.
    seed : numpy.random.SeedSequence
        Each sequence has a child of it.
    workers : int
        Threads.
    parts : Parts, optional
        Keeps finished pieces.
    aim : Aim
        How long to go on.
    report : callable
        Told how it goes on.
    """
    parts = parts or Parts()
    first = aim.first // REPLICATES
    total, log_z, error = 0, float("nan"), float("nan")
    rows: list[np.ndarray] = []
    ends = [0]
    while True:
        start, stop = ends[-1], 2 * ends[-1] or first
        tasks = {
            f"{r}-{begin}": _task(target, seed, r, begin, min(begin + PIECE, stop), begin < first)
            for r in range(REPLICATES)
            for begin in range(start, stop, PIECE)
        }
        now = (log_z, error)
        run_tasks(tasks, parts, workers, lambda done, all_, now=now: report("A", done, all_, *now))  # type: ignore[misc]
        rows.append(np.array([parts[name]["sums"] for name in tasks]).reshape(REPLICATES, -1, 5))
        ends.append(stop)
        total = stop * REPLICATES
        replicates = np.array([add_sums(np.concatenate([block[r] for block in rows])) for r in range(REPLICATES)])
        log_z, error = _mean(replicates)
        if aim.reached(error, total) or log_z == -np.inf:
            break
    report("A", len(tasks), len(tasks), log_z, error)
    shares = np.array([parts[f"{r}-{begin}"]["allowed"] for r in range(REPLICATES) for begin in range(0, first, PIECE)])
    fraction = (1.0, 0.0)
    if shares.size:
        means = shares.reshape(REPLICATES, -1).mean(axis=1)
        fraction = (float(means.mean()), float(means.std(ddof=1) / np.sqrt(REPLICATES)))
        log_z -= float(np.log(fraction[0]))
        error = float(np.hypot(error, fraction[1] / fraction[0]))
    sums = add_sums(replicates)
    efficiency = float(sums[2] ** 2 / (sums[0] * sums[3])) if sums[3] > 0.0 else 0.0
    largest = float(sums[4] / sums[2]) if sums[2] > 0.0 else 1.0
    warnings = weight_warnings("A", efficiency, largest, poor=0.0)
    if error > aim.limit:
        warnings.append(f"A: the error {error:.3f} is above {aim.limit:g} after {total} draws")
    return Estimate(
        name="A",
        method="prior Monte Carlo (scrambled Sobol)",
        log_z=log_z,
        error=error,
        seconds=parts.seconds,
        draws=total,
        efficiency=efficiency,
        largest_weight=largest,
        prior_fraction=fraction,
        warnings=tuple(warnings),
        details={"replicates": REPLICATES},
    )


def _task(
    target: Target, seed: np.random.SeedSequence, replicate: int, start: int, stop: int, with_cuts: bool
) -> Callable[[], Arrays]:
    def work() -> Arrays:
        child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, replicate))
        sequence = qmc.Sobol(target.dimension, scramble=True, rng=np.random.default_rng(child))
        if start:
            sequence.fast_forward(start)
        sums, allowed = [], []
        for begin in range(start, stop, CHUNK):
            u = sequence.random(min(CHUNK, stop - begin)) + HALF_CELL
            sums.append(weight_sums(target.log_weight(u)))
            inside = target.allowed(u) if with_cuts else None
            if inside is not None:
                allowed.append(inside.mean())
        return {"sums": np.array(sums), "allowed": np.array(allowed)}

    return work


def _mean(replicates: np.ndarray) -> tuple[float, float]:
    """Logarithm of the mean of the replicates' means, and its error from their scatter."""
    total = add_sums(replicates)
    if total[2] == 0.0:
        return float("-inf"), float("inf")
    means = replicates[:, 2] / replicates[:, 0] * np.where(replicates[:, 2] > 0, np.exp(replicates[:, 1] - total[1]), 0)
    mean = means.mean()
    return float(total[1] + np.log(mean)), float(means.std(ddof=1) / np.sqrt(len(means)) / mean)

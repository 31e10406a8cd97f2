"""Prior Monte Carlo: the mean of the likelihood over scrambled Sobol points of the prior, in the sampler's chart.

Nothing is fitted, so that every mode that draws of the prior can find is counted. Its only weakness is its cost.
"""

from functools import partial

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.inference.evidence.estimate import (
    Aim,
    Estimate,
    Report,
    add_sums,
    no_report,
    weight_sums,
    weight_warnings,
    without_cuts,
)
from g2fit.inference.evidence.target import Target
from g2fit.inference.tasks import Arrays, TaskRunner

__all__ = ["AIM", "prior_monte_carlo"]

#: Independently scrambled sequences. The scatter of their means is the error.
REPLICATES = 32

#: Default precision and numbers of draws.
AIM = Aim(error=0.0033, limit=0.012, first=2**19, cheap=2**23, most=2**25)

#: Points of a sequence in one task. To start a sequence takes as long as some thousand points.
TASK_POINTS = 2**16

#: Points that are evaluated together.
CHUNK = 2**14

#: Shift of the Sobol points, which are multiples of 2^-30: the middle of a cell has finite normal quantiles.
HALF_CELL = 2.0**-31


def prior_monte_carlo(
    target: Target,
    seed: np.random.SeedSequence,
    *,
    runner: TaskRunner | None = None,
    aim: Aim = AIM,
    report: Report = no_report,
) -> Estimate:
    r"""Average the likelihood over the prior.

    .. math:: Z = \frac1f \int dz\, N(z)\, \frac{L(z)\, \pi(z)}{N(z)}

    by the mean over 32 scrambled Sobol sequences, where :math:`N` is the standard normal, which the chart makes the
    prior :math:`\pi` resemble, and :math:`f` the share of the prior that its cuts allow, from the same points. The
    length of the sequences is doubled until the error is small enough, see `Aim`. Each sequence has a child of `seed`.
    The `runner` runs the tasks and keeps their results; by default they run in one thread.
    """
    runner = runner or TaskRunner()
    first = aim.first // REPLICATES
    start, log_z, error = 0, float("nan"), float("nan")
    rounds: list[FloatArray] = []
    shares = np.empty(0)
    while True:
        stop = 2 * start or first
        tasks = {
            f"{r}-{begin}": partial(
                _average, target, seed, r, begin, min(begin + TASK_POINTS, stop), with_cuts=not start
            )
            for r in range(REPLICATES)
            for begin in range(start, stop, TASK_POINTS)
        }
        now = (log_z, error)
        found = runner.run(tasks, lambda done, all_, now=now: report("prior", done, all_, *now))  # type: ignore[misc]
        rounds.append(np.array([result["sums"] for result in found]).reshape(REPLICATES, -1, 5))
        if not start:
            shares = np.array([result["allowed"] for result in found])
        total = stop * REPLICATES
        replicates = np.array([add_sums(np.concatenate([sums[r] for sums in rounds])) for r in range(REPLICATES)])
        log_z, error = _mean(replicates)
        start = stop
        if aim.reached(error, total) or log_z == -np.inf:
            break
    report("prior", len(tasks), len(tasks), log_z, error)
    fraction = (1.0, 0.0)
    if shares.size:
        means = shares.reshape(REPLICATES, -1).mean(axis=1)
        fraction = (float(means.mean()), float(means.std(ddof=1) / np.sqrt(REPLICATES)))
    log_z, error = without_cuts(log_z, error, fraction)
    sums = add_sums(replicates)
    efficiency = float(sums[2] ** 2 / (sums[0] * sums[3])) if sums[3] > 0.0 else 0.0
    largest = float(sums[4] / sums[2]) if sums[2] > 0.0 else 1.0
    warnings = weight_warnings("prior", efficiency, largest, poor=0.0)
    if error > aim.limit:
        warnings.append(f"prior: the error {error:.3f} is above {aim.limit:g} after {total} draws")
    return Estimate(
        name="prior",
        method="prior Monte Carlo (scrambled Sobol)",
        log_z=log_z,
        error=error,
        seconds=runner.seconds,
        draws=total,
        efficiency=efficiency,
        largest_weight=largest,
        prior_fraction=fraction,
        warnings=tuple(warnings),
        details={"replicates": REPLICATES},
    )


def _average(
    target: Target, seed: np.random.SeedSequence, replicate: int, start: int, stop: int, *, with_cuts: bool
) -> Arrays:
    """Sums of the weights of some points of one sequence, chunk by chunk, and the shares that the cuts allow."""
    from scipy.stats import qmc

    child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, replicate))
    sequence = qmc.Sobol(target.dimension, scramble=True, rng=np.random.default_rng(child))
    if start:
        sequence.fast_forward(start)
    sums, allowed = [], []
    for begin in range(start, stop, CHUNK):
        u = sequence.random(min(CHUNK, stop - begin)) + HALF_CELL
        sums.append(weight_sums(target.log_weight(u)))
        if with_cuts and (inside := target.allowed(u)) is not None:
            allowed.append(inside.mean())
    return {"sums": np.array(sums), "allowed": np.array(allowed)}


def _mean(replicates: FloatArray) -> tuple[float, float]:
    """Logarithm of the mean of the replicates' means, and its error from their scatter."""
    total = add_sums(replicates)
    if total[2] == 0.0:
        return float("-inf"), float("inf")
    means = replicates[:, 2] / replicates[:, 0] * np.where(replicates[:, 2] > 0, np.exp(replicates[:, 1] - total[1]), 0)
    mean = means.mean()
    return float(total[1] + np.log(mean)), float(means.std(ddof=1) / np.sqrt(len(means)) / mean)

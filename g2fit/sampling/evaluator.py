"""Evaluation of batches of points by all workers, each value recorded as soon as it is known."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from g2fit.card import Card
from g2fit.core.parallel.executors import Call, Executor
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import CHUNK
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of
from g2fit.posterior.evaluation import Evaluated
from g2fit.sampling.journal import Journal
from g2fit.sampling.kept_evaluations import packed

__all__ = ["Evaluate", "Recorded", "evaluated", "shared_by_threads", "shared_by_workers"]

#: Log posterior densities (N,) of a batch of points (N, D), given the number of the batch and the points.
Evaluate = Callable[[int, FloatArray], FloatArray]

#: Seconds of evaluations that one task should take, and tasks per worker at least, so that none waits for long.
TASK_SECONDS, TASKS_PER_WORKER = 0.5, 4

#: Points of the first tasks, before their cost is known.
FIRST_POINTS = 4

#: Points of the tasks that evaluate draws for a result.
DRAWS_PER_TASK = 64


def log_densities(card: Card, z: FloatArray) -> tuple[FloatArray, float]:
    """Task of a worker: log posterior densities (N,) of points (N, D), and the seconds that they took."""
    begun = time.perf_counter()
    values = posterior_of(card).log_density(z)
    return values, time.perf_counter() - begun


def all_evaluations(card: Card, z: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Task of a worker: the same, and between them what `packed` makes of all that the evaluations gave."""
    begun = time.perf_counter()
    posterior = posterior_of(card)
    theta, values, found = posterior.evaluated_with_density(posterior.coordinates.to_parameters, z)
    return values, packed(theta, found), time.perf_counter() - begun


def shared_by_threads(posterior: Posterior, threads: int) -> Evaluate:
    """Return a function that evaluates a numbered batch in threads of this process: for compiled likelihoods."""

    def evaluate(number: int, z: FloatArray) -> FloatArray:
        with posterior.shared_by(threads):
            return posterior.log_density(np.ascontiguousarray(z))

    return evaluate


def shared_by_workers(posterior: Posterior, executor: Executor, tick: Callable[[], None]) -> Evaluate:
    """Return a function that evaluates a numbered batch in the workers: for likelihoods that threads must not share.

    The chunks are those of one thread, whatever the number of workers.
    """

    def evaluate(number: int, z: FloatArray) -> FloatArray:
        starts = {f"points {start} of batch {number}": start for start in range(0, len(z), CHUNK)}
        calls = [
            Call(key, log_densities, (posterior.card, np.ascontiguousarray(z[start : start + CHUNK])))
            for key, start in starts.items()
        ]
        values = np.empty(len(z))
        for key, (found, _) in executor.run(calls, tick):
            values[starts[key] : starts[key] + len(found)] = found
        return values

    return evaluate


def evaluated_points(card: Card, theta: FloatArray) -> Evaluated:
    """Task of a worker: see `Evaluation.evaluated`."""
    return posterior_of(card).evaluated(theta)


def evaluated(posterior: Posterior, workers: int, theta: FloatArray) -> Evaluated:
    """Evaluate points, in so many processes where evaluations are expensive and threads must not share them."""
    card = posterior.card
    if workers == 1 or posterior.thread_safe or card.sampler.calls == "many":
        return posterior.evaluated(theta)
    starts = range(0, len(theta), DRAWS_PER_TASK)
    calls = [Call(f"draws {i}", evaluated_points, (card, theta[i : i + DRAWS_PER_TASK])) for i in starts]
    with open_executor(None, workers) as executor:
        executor.impatient = True
        found = dict(executor.run(calls))
    return Evaluated(*(np.concatenate(parts) for parts in zip(*(found[call.key] for call in calls), strict=True)))


class Recorded:
    """Evaluates numbered batches in the workers of an executor, and records each value in a journal.

    The size of the tasks follows from their measured cost; the values do not depend on it.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    executor : Executor
        Its workers evaluate.
    path : Path
        File of the journal.
    key : str
        Fingerprint of what the values belong to.
    tick : callable
        Called while workers compute; may raise KeyboardInterrupt to end the evaluation.
    keep : bool
        Whether the journal also keeps the predictions, see `g2fit.sampling.kept_evaluations`.
    """

    def __init__(
        self,
        posterior: Posterior,
        executor: Executor,
        path: Path,
        key: str,
        tick: Callable[[], None],
        *,
        keep: bool = False,
    ) -> None:
        self._task = all_evaluations if keep else log_densities
        self.posterior, self.executor, self.tick = posterior, executor, tick
        self.journal = Journal(path, key)
        self.new = 0
        self.number = self.done = self.total = 0
        self._cost: float | None = None

    def __call__(self, number: int, z: FloatArray) -> FloatArray:
        """Log posterior densities (N,) of a batch of points (N, D)."""
        values, done = self.journal.known(number, z)
        todo = np.flatnonzero(~done)
        self.number, self.done, self.total = number, int(done.sum()), len(z)
        while len(todo):
            now, todo = (todo, todo[:0]) if self._cost is not None else np.split(todo, [self._first()])
            tasks = {}
            for rows in np.array_split(now, self._pieces(len(now))):
                for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1):  # what follows without a gap
                    if len(run):
                        tasks[f"points {run[0]}-{run[-1]} of batch {number}"] = run
            calls = [
                Call(key, self._task, (self.posterior.card, np.ascontiguousarray(z[run]))) for key, run in tasks.items()
            ]
            for key, (found, *kept, seconds) in self.executor.run(calls, self.tick):
                run = tasks[key]
                self.journal.add(number, int(run[0]), z[run], found, *(rows.ravel() for rows in kept))
                values[run] = found
                self.new += len(run)
                self.done += len(run)
                self._cost = max(seconds / len(run), 1e-9)
                self.tick()
        return values

    def describe(self) -> str:
        """How far the present batch is; the first one warms up."""
        which = f" of batch {self.number + 1}" if self.number else ""
        return f"{'exploring' if self.number else 'warm-up'}: {self.done:,} of {self.total:,} points{which}"

    def _first(self) -> int:
        return FIRST_POINTS * max(1, self.executor.slots)

    def _pieces(self, points: int) -> int:
        """Tasks for so many points."""
        least = TASKS_PER_WORKER * max(1, self.executor.slots)
        if self._cost is None:
            return min(points, least)
        return min(points, max(least, int(np.ceil(points * self._cost / TASK_SECONDS))))

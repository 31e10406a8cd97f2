"""Evaluation of batches of points by all workers, each value recorded as soon as it is known."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from g2fit.card import Card
from g2fit.core.parallel.executors import Call, Executor
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of
from g2fit.sampling.journal import Journal

__all__ = ["Recorded", "shared_by_threads"]

#: Seconds of evaluations that one task should take, and tasks per worker at least, so that none waits for long.
TASK_SECONDS, TASKS_PER_WORKER = 0.5, 4

#: Points of the first tasks, before their cost is known.
FIRST_POINTS = 4


def log_densities(card: Card, z: FloatArray) -> tuple[FloatArray, float]:
    """Task of a worker: log posterior densities (N,) of points (N, D), and the seconds that they took."""
    begun = time.perf_counter()
    values = posterior_of(card).log_density(z)
    return values, time.perf_counter() - begun


def shared_by_threads(posterior: Posterior, threads: int) -> Callable[[int, FloatArray], FloatArray]:
    """Return a function that evaluates a numbered batch in threads of this process: for compiled likelihoods."""

    def evaluate(number: int, z: FloatArray) -> FloatArray:
        with posterior.shared_by(threads):
            return posterior.log_density(np.ascontiguousarray(z))

    return evaluate


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
    """

    def __init__(
        self, posterior: Posterior, executor: Executor, path: Path, key: str, tick: Callable[[], None]
    ) -> None:
        self.posterior, self.executor, self.tick = posterior, executor, tick
        self.journal = Journal(path, key)
        self.new = 0
        self._cost: float | None = None

    def __call__(self, number: int, z: FloatArray) -> FloatArray:
        """Log posterior densities (N,) of a batch of points (N, D)."""
        values, done = self.journal.known(number, z)
        todo = np.flatnonzero(~done)
        while len(todo):
            now, todo = (todo, todo[:0]) if self._cost is not None else np.split(todo, [self._first()])
            tasks = {}
            for rows in np.array_split(now, self._pieces(len(now))):
                for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1):  # what follows without a gap
                    if len(run):
                        tasks[f"points {run[0]}-{run[-1]} of batch {number}"] = run
            calls = [
                Call(key, log_densities, (self.posterior.card, np.ascontiguousarray(z[run])))
                for key, run in tasks.items()
            ]
            for key, (found, seconds) in self.executor.run(calls, self.tick):
                run = tasks[key]
                self.journal.add(number, int(run[0]), z[run], found)
                values[run] = found
                self.new += len(run)
                self._cost = max(seconds / len(run), 1e-9)
                self.tick()
        return values

    def _first(self) -> int:
        return FIRST_POINTS * max(1, self.executor.slots)

    def _pieces(self, points: int) -> int:
        """Tasks for so many points."""
        least = TASKS_PER_WORKER * max(1, self.executor.slots)
        if self._cost is None:
            return min(points, least)
        return min(points, max(least, int(np.ceil(points * self._cost / TASK_SECONDS))))

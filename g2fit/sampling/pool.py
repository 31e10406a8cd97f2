"""Processes that advance ensembles, one task an ensemble and block."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.errors import G2fitError
from g2fit.posterior import Posterior
from g2fit.sampling.ensemble import advance
from g2fit.store import RunFolder

__all__ = ["EnsemblePool"]

_STATE: dict[str, Any] = {}


def _start_worker(card: Card, folder: Path, stop: Any, steps: Any, parent: int) -> None:
    """Prepare a worker process: it ignores Ctrl-C (the parent saves) and ends when its parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()
    _STATE.update(posterior=Posterior(card), folder=RunFolder(folder), stop=stop, steps=steps)


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _ready() -> None:
    return None


def _advance(index: int, target: int) -> int:
    posterior: Posterior = _STATE["posterior"]
    return _advance_with(posterior, _STATE["folder"], index, target, _STATE["stop"], _STATE["steps"])


def _advance_with(posterior: Posterior, folder: RunFolder, index: int, target: int, stop: Any, steps: Any) -> int:
    def progress(done: int) -> None:
        steps[index] = done

    seed = np.random.SeedSequence(posterior.card.sampler.seed, spawn_key=(index,))
    return advance(posterior, folder.chain(index), seed, target, should_stop=stop.is_set, progress=progress)


class EnsemblePool:
    """Advance the ensembles of a run, in worker processes or, with one worker, in this one.

    Every ensemble has its own seed and its own file, so that nothing depends on which worker advances it.

    Parameters
    ----------
    posterior : Posterior
        The target.
    folder : RunFolder
        Where the chains are.
    workers : int
        Number of processes.
    """

    def __init__(self, posterior: Posterior, folder: RunFolder, workers: int) -> None:
        ensembles = posterior.card.sampler.ensembles
        self.posterior = posterior
        self.folder = folder
        self.workers = min(workers, ensembles)
        context = mp.get_context("spawn")
        self.stop = context.Event()
        self.steps = context.Array("q", ensembles)
        self._pool: ProcessPoolExecutor | None = None
        if self.workers > 1:
            self._pool = ProcessPoolExecutor(
                self.workers,
                mp_context=context,
                initializer=_start_worker,
                initargs=(posterior.card, folder.path, self.stop, self.steps, os.getpid()),
            )

    def __enter__(self) -> EnsemblePool:
        if self._pool is not None:
            # workers are born ignoring Ctrl-C, so that it cannot kill one before it can ignore it itself
            previous = signal.signal(signal.SIGINT, signal.SIG_IGN) if _in_main_thread() else None
            try:
                for _ in range(self.workers):
                    self._pool.submit(_ready)
            finally:
                if previous is not None:
                    signal.signal(signal.SIGINT, previous)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def start(self, lengths: list[int], target: int) -> list[Future[int]]:
        """Begin to advance every ensemble that is shorter than `target`."""
        late = [index for index, length in enumerate(lengths) if length < target]
        if self._pool is not None:
            return [self._pool.submit(_advance, index, target) for index in late]
        return [self._here(index, target) for index in late]

    def _here(self, index: int, target: int) -> Future[int]:
        future: Future[int] = Future()
        try:
            done = _advance_with(self.posterior, self.folder, index, target, self.stop, self.steps)
        except G2fitError as error:
            future.set_exception(error)
        else:
            future.set_result(done)
        return future


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def collect(futures: list[Future[int]]) -> None:
    """Raise the first error of the workers, if there was one."""
    for future in futures:
        try:
            future.result()
        except BrokenProcessPool:
            raise G2fitError(
                "a worker process died (out of memory, or killed); what was saved is kept: run again to continue"
            ) from None

"""The ensembles of a run as tasks: one an ensemble and block, each with its own seed and its own file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from g2fit.card import Card
from g2fit.core.locks import require_folder
from g2fit.core.parallel.executors import Call, Executor
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of, remember
from g2fit.sampling.chain_file import ChainMovedError
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.task_board import TaskBoard

__all__ = ["EnsemblePool", "advance_ensemble"]

#: Seconds of sampling after which an ensemble is saved, whatever the length of its block.
CHECKPOINT = 60.0


def advance_ensemble(card: Card, path: Path, token: int, index: int, target: int) -> int:
    """Bring an ensemble to `target` steps, from its last checkpoint: the task of a worker.

    Parameters
    ----------
    card : Card
        What is fitted.
    path : Path
        The run folder, which this machine must see too.
    token : int
        Of the run; without it, or with another one in the folder, nothing more is done.
    index : int
        Which ensemble.
    target : int
        Length that it should have.

    Returns
    -------
    int
        Length that it has.

    Raises
    ------
    StoreError
        If the folder is not there or cannot be written.
    """
    from g2fit.sampling.ensemble import advance  # emcee takes long to import, and only workers need it

    folder = RunFolder(path)
    require_folder(path)
    board = TaskBoard(folder.board, token)
    posterior = posterior_of(card)
    file = folder.chain(index)
    seed = np.random.SeedSequence(card.sampler.seed, spawn_key=(index,))
    done = file.steps
    while done < target and not board.is_set():
        try:
            done = advance(
                posterior,
                file,
                seed,
                target,
                should_stop=_checkpoint_or(board),
                progress=lambda steps: board.note(index, steps),
            )
        except ChainMovedError:  # somebody who was thought to be dead has saved the same steps: go on from there
            done = file.steps
    board.note(index, done, always=True)
    return done


def _checkpoint_or(board: TaskBoard) -> Callable[[], bool]:
    """Whether to save now; the clock starts when this is asked for the first time, after the warm-up."""
    begun: list[float] = []

    def should_stop() -> bool:
        begun.append(time.monotonic()) if not begun else None
        return board.is_set() or time.monotonic() - begun[0] > CHECKPOINT

    return should_stop


class EnsemblePool:
    """Advance the ensembles of a run, wherever an executor does its tasks.

    Every ensemble has its own seed and its own file, so that nothing depends on which worker advances it.

    Parameters
    ----------
    posterior : Posterior
        The target.
    folder : RunFolder
        Where the chains are.
    executor : Executor
        Who advances them.
    """

    def __init__(self, posterior: Posterior, folder: RunFolder, executor: Executor) -> None:
        self.posterior = posterior
        self.folder = folder
        self.executor = executor
        self.stop = TaskBoard.create(folder.board, self.lengths())
        remember(posterior)

    def lengths(self) -> list[int]:
        """Steps of every ensemble that are on disk."""
        return [self.folder.chain(index).steps for index in range(self.posterior.card.sampler.ensembles)]

    @property
    def steps(self) -> list[int]:
        """Steps that every ensemble has made, those not yet on disk included."""
        return self.stop.steps

    def advance(self, target: int, tick: Callable[[], None]) -> None:
        """Bring every ensemble to `target` steps; `tick` is called meanwhile."""
        path = self.folder.path.resolve()
        calls = [
            Call(f"ensemble {index}", advance_ensemble, (self.posterior.card, path, self.stop.token, index, target))
            for index, length in enumerate(self.lengths())
            if length < target
        ]
        for _ in self.executor.run(calls, tick):
            pass

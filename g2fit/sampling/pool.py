"""The ensembles of a run as tasks of an executor, each with a seed and a chain file of its own."""

import functools
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

#: Seconds of sampling after which a segment of a chain is saved, whatever its length.
SAVE_EVERY = 60.0


def advance_ensemble(card: Card, path: Path, token: int, index: int, target: int) -> int:
    """Task of a worker: advance an ensemble from its last checkpoint to `target` steps; return the length it has then.

    The task ends early when the task board of the run folder, which every machine must see, has another token.

    Raises
    ------
    StoreError
        If the folder does not exist or cannot be written.
    """
    from g2fit.sampling.ensemble import advance  # emcee takes long to import, and only workers need it

    folder = RunFolder(path)
    require_folder(path)
    board = TaskBoard(folder.board, token)
    posterior = posterior_of(card)
    file = folder.chain(index)
    note = functools.partial(board.note, index)
    seed = np.random.SeedSequence(card.sampler.seed, spawn_key=(index,))
    file.settle()
    done = file.steps
    while done < target and not board.is_set():
        try:
            done = advance(
                posterior,
                file,
                seed,
                target,
                index=index,
                exploration=folder.load_exploration,
                should_stop=_checkpoint_or(board),
                progress=note,
            )
        except ChainMovedError:  # somebody who was thought to be dead has saved the same steps: go on from there
            done = file.steps
    note(done, always=True)
    return done


def _checkpoint_or(board: TaskBoard) -> Callable[[], bool]:
    """Return a function that says whether to save now; its clock starts with the first call, after the preparation."""
    begun = None

    def should_stop() -> bool:
        nonlocal begun
        begun = begun or time.monotonic()
        return board.is_set() or time.monotonic() - begun > SAVE_EVERY

    return should_stop


class EnsemblePool:
    """The ensembles of a run, advanced by the workers of an executor.

    Each ensemble has its own seed and its own file: the result does not depend on which worker advances it.
    """

    def __init__(self, posterior: Posterior, folder: RunFolder, executor: Executor) -> None:
        self.posterior = posterior
        self.folder = folder
        self.executor = executor
        for index in range(posterior.card.sampler.ensembles):
            folder.chain(index).settle()
        self.stop = TaskBoard.create(folder.board, self.lengths())
        remember(posterior)

    def lengths(self) -> list[int]:
        """Length of each chain on disk."""
        return [self.folder.chain(index).steps for index in range(self.posterior.card.sampler.ensembles)]

    @property
    def steps(self) -> list[int]:
        """Length of each chain, steps that are not yet on disk included."""
        return self.stop.steps

    def advance(self, target: int, tick: Callable[[], None]) -> None:
        """Advance every ensemble to `target` steps; `tick` is called in the meantime."""
        path = self.folder.path.resolve()
        calls = [
            Call(f"ensemble {index}", advance_ensemble, (self.posterior.card, path, self.stop.token, index, target))
            for index, length in enumerate(self.lengths())
            if length < target
        ]
        for _ in self.executor.run(calls, tick):
            pass

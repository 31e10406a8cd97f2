"""Blocks of a scan: computed in worker processes, each saved as a whole, so that nothing finished is lost."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write
from g2fit.core.locks import require_folder
from g2fit.core.parallel.executors import Call, Executor
from g2fit.core.types import FloatArray
from g2fit.inference.profile.best_fit import profile_nodes
from g2fit.inference.profile.exchange import Visit, visit
from g2fit.inference.profile.maximise import Surface
from g2fit.inference.profile.node_grid import column_of
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of, remember

__all__ = ["Blocks", "ScanProgress", "Task"]

#: First row and column of a block.
Corner = tuple[int, int]

#: Rows and columns of the grid in a block: what is computed by one process, and saved, at a time.
ROWS, COLUMNS = 4, 25

#: Raised when old blocks can no longer be continued.
FORMAT = 2

#: Seconds that a file of another machine may take to appear.
LATE = 20.0


@dataclass
class ScanProgress:
    """How far a scan is.

    Attributes
    ----------
    done, total : int
        Nodes.
    elapsed, eta : float
        Seconds since this start, and expected seconds left in this round.
    round : int
        Which maximisation of all nodes this is; there are at least two, the last one confirming the maxima.
    stage : str
        ``maximising``, ``passing on`` or ``done``.
    """

    total: int
    done: int = 0
    elapsed: float = 0.0
    eta: float = float("nan")
    round: int = 1
    stage: str = "maximising"
    _begun: float = field(default_factory=time.monotonic, repr=False)
    _round_begun: float = field(default_factory=time.monotonic, repr=False)
    _known: int = field(default=0, repr=False)

    def begin(self, round_: int, known: int) -> None:
        """Begin a round in which `known` nodes are on disk already."""
        self.round, self.stage, self._known, self._round_begun = round_ + 1, "maximising", known, time.monotonic()
        self.advance(known)

    def advance(self, done: int) -> None:
        """Note that `done` nodes of this round are finished."""
        self.done = done
        self.elapsed = time.monotonic() - self._begun
        fresh = done - self._known
        spent = time.monotonic() - self._round_begun
        self.eta = spent / fresh * (self.total - done) if fresh > 0 else float("nan")


@dataclass(frozen=True)
class Task:
    """What determines a scan."""

    x: str
    y: str
    x_values: FloatArray
    y_values: FloatArray
    starts: FloatArray
    seed: int

    def key(self, card: Card) -> str:
        """Hash of everything that the blocks depend on."""
        text = json.dumps([FORMAT, card.target(), card.dataset.fingerprint, self.x, self.y, self.seed], sort_keys=True)
        digest = hashlib.sha256(text.encode())
        for values in (self.x_values, self.y_values, self.starts):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    @property
    def blocks(self) -> list[Corner]:
        """First row and column of each block."""
        return [(i, j) for i in range(0, len(self.y_values), ROWS) for j in range(0, len(self.x_values), COLUMNS)]

    def shape(self, corner: Corner) -> tuple[int, int]:
        """Rows and columns of a block."""
        return min(ROWS, len(self.y_values) - corner[0]), min(COLUMNS, len(self.x_values) - corner[1])


class Blocks:
    """The blocks of a scan: on disk, or computed wherever an executor does its tasks.

    Parameters
    ----------
    posterior : Posterior
        Of the card.
    task : Task
        The scan.
    folder : Path
        Where the blocks are.
    executor : Executor
        Who computes them.
    """

    def __init__(self, posterior: Posterior, task: Task, folder: Path, executor: Executor) -> None:
        self.posterior, self.task, self.folder, self.executor = posterior, task, folder, executor
        self.evaluations = 0
        remember(posterior)

    def all(
        self, round_: int, progress: ScanProgress, report: Callable[[ScanProgress], None]
    ) -> tuple[FloatArray, FloatArray]:
        """Values and places of all nodes in one round."""
        shape = len(self.task.y_values), len(self.task.x_values)
        value, u = np.full(shape, -np.inf), np.empty((*shape, self.posterior.dimension))

        def take(corner: Corner) -> bool:
            rows, columns = self.task.shape(corner)
            saved = _read(_file(self.folder, round_, corner), (rows, columns, self.posterior.dimension))
            if saved is not None:
                place = slice(corner[0], corner[0] + rows), slice(corner[1], corner[1] + columns)
                value[place], u[place] = saved[:2]
                self.evaluations += saved[2]
            return saved is not None

        missing = [corner for corner in self.task.blocks if not take(corner)]
        done = value.size - sum(prod(self.task.shape(corner)) for corner in missing)
        progress.begin(round_, done)
        report(progress)
        card, folder = self.posterior.card, self.folder.resolve()
        calls = [Call(f"nodes {at}", compute_block, (card, self.task, folder, round_, at)) for at in missing]
        for _, corner in self.executor.run(calls, lambda: report(progress)):
            deadline = time.monotonic() + (LATE if self.executor.remote else 0.0)
            while not take(corner):
                if time.monotonic() > deadline:
                    path = _file(self.folder, round_, corner)
                    raise StoreError(f"{path}: was just written and cannot be read; do all workers see this folder?")
                time.sleep(0.1)
            done += prod(self.task.shape(corner))
            progress.advance(done)
            report(progress)
        return value, u

    def visits(self, visits: list[Visit], tick: Callable[[], None]) -> list[tuple[FloatArray, FloatArray]]:
        """Do visits; what they give is quickly found again, and not saved."""
        calls = [Call(f"visit {i}", compute_visit, (self.posterior.card, given)) for i, given in enumerate(visits)]
        results = dict(self.executor.run(calls, tick))
        self.evaluations += sum(results[call.key][2] for call in calls)
        return [results[call.key][:2] for call in calls]


def compute_block(card: Card, task: Task, parts: Path, round_: int, corner: Corner) -> Corner:
    """Compute and save a block: the task of a worker.

    Raises
    ------
    StoreError
        If the folder is not there or cannot be written.
    """
    require_folder(parts)
    return _block(posterior_of(card), task, parts, round_, corner)


def compute_visit(card: Card, given: Visit) -> tuple[FloatArray, FloatArray, int]:
    """Do a visit: the task of a worker."""
    surface = Surface(posterior_of(card))
    return *visit(surface, given), surface.evaluations


def _block(posterior: Posterior, task: Task, parts: Path, round_: int, corner: Corner) -> Corner:
    """Maximise at the nodes of a block and save them; the random numbers are the block's own."""
    rows, columns = task.shape(corner)
    x_values, y_values = task.x_values[corner[1] : corner[1] + columns], task.y_values[corner[0] : corner[0] + rows]
    nodes = np.stack(np.meshgrid(x_values, y_values), axis=-1)
    surface = Surface(posterior)
    held = [column_of(posterior, name) for name in (task.x, task.y)]
    value, u = profile_nodes(surface, held, nodes, task.starts, np.random.default_rng([task.seed, round_, *corner]))
    with atomic_write(_file(parts, round_, corner)) as temporary:
        np.savez(temporary, value=value, u=u, evaluations=surface.evaluations)
    return corner


def _file(parts: Path, round_: int, corner: Corner) -> Path:
    return parts / f"round-{round_}-nodes-{corner[0]:05d}-{corner[1]:05d}.npz"


def _read(path: Path, shape: tuple[int, int, int]) -> tuple[FloatArray, FloatArray, int] | None:
    """A saved block, or None if it is not there or not whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            value, u, evaluations = saved["value"], saved["u"], int(saved["evaluations"])
    except Exception:  # noqa: BLE001 (a damaged file makes its reader raise almost anything)
        return None
    return (value, u, evaluations) if u.shape == shape and value.shape == shape[:2] else None

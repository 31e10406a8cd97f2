"""Tiles of a scanned plane: computed by workers, each saved as a whole, so that nothing finished is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from math import prod

import numpy as np

from g2fit.card import Card
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import StoreError
from g2fit.core.files import fingerprint_of
from g2fit.core.locks import require_folder
from g2fit.core.parallel.executors import Call, Executor
from g2fit.core.types import FloatArray
from g2fit.inference.profile.exchange import ExchangeTask, maximise_at_nodes, maximise_from_neighbours
from g2fit.inference.profile.maximise import Surface
from g2fit.inference.profile.node_grid import column_of
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of, remember

__all__ = ["PlaneScan", "ScanProgress", "Tiles"]

#: First row and column of a tile.
Corner = tuple[int, int]

#: Rows of the grid in one tile. A tile is computed by one process and saved as a whole.
ROWS = 4

#: Columns of the grid in one tile.
COLUMNS = 25

#: Version of tiles and scans; raised when old ones can no longer be used.
FORMAT = 2

#: Seconds that a file written on another machine may take to appear.
LATE = 20.0


@dataclass
class ScanProgress:
    """Progress of a scan.

    Attributes
    ----------
    total : int
        Number of nodes.
    done : int
        Number of nodes finished in this round.
    elapsed : float
        Seconds since the start of this process.
    eta : float
        Expected seconds until the end of this round.
    round : int
        Number of the independent search of all nodes, from 1; there are at least two, the last one confirms the maxima.
    stage : str
        ``maximising``, ``exchanging maxima`` or ``done``.
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
        """Begin a round of which `known` nodes are on disk already."""
        self.round, self.stage, self._known, self._round_begun = round_ + 1, "maximising", known, time.monotonic()
        self.advance(known)

    def advance(self, done: int) -> None:
        """Record that `done` nodes of this round are finished."""
        self.done = done
        self.elapsed = time.monotonic() - self._begun
        fresh = done - self._known
        spent = time.monotonic() - self._round_begun
        self.eta = spent / fresh * (self.total - done) if fresh > 0 else float("nan")


@dataclass(frozen=True)
class PlaneScan:
    """Scan of a plane of one card: everything that its result depends on.

    Attributes
    ----------
    x, y : str
        Held parameters.
    x_values, y_values : array
        Their values at the nodes.
    starts : (C, D) array
        Starting points for the other parameters, in the unit cube.
    seed : int
        Seed of the random numbers.
    """

    x: str
    y: str
    x_values: FloatArray
    y_values: FloatArray
    starts: FloatArray
    seed: int

    def key(self, card: Card) -> str:
        """Fingerprint of the card and the scan."""
        content = [FORMAT, card.target(), card.dataset.fingerprint, self.x, self.y, self.seed]
        return fingerprint_of(content, self.x_values, self.y_values, self.starts)

    @property
    def corners(self) -> list[Corner]:
        """First row and column of each tile."""
        return [(i, j) for i in range(0, len(self.y_values), ROWS) for j in range(0, len(self.x_values), COLUMNS)]

    def shape(self, corner: Corner) -> tuple[int, int]:
        """Rows and columns of a tile."""
        return min(ROWS, len(self.y_values) - corner[0]), min(COLUMNS, len(self.x_values) - corner[1])


class Tiles:
    """Tiles of a scan, read from disk or computed by an executor.

    Parameters
    ----------
    posterior : Posterior
        Posterior of the card.
    plane : PlaneScan
        The scan.
    store : Checkpoints
        Folder of the tiles, held by this process.
    executor : Executor
        Computes missing tiles.
    report : callable
        Called with a `ScanProgress` as the scan proceeds.

    Attributes
    ----------
    evaluations : int
        Number of points evaluated so far, also for tiles that were on disk.
    """

    def __init__(
        self,
        posterior: Posterior,
        plane: PlaneScan,
        store: Checkpoints,
        executor: Executor,
        report: Callable[[ScanProgress], None],
    ) -> None:
        self.posterior, self.plane, self.store, self.executor = posterior, plane, store, executor
        self.progress = ScanProgress(total=len(plane.x_values) * len(plane.y_values))
        self.report = partial(report, self.progress)
        self.evaluations = 0
        remember(posterior)

    def maximise_all(self, round_: int) -> tuple[FloatArray, FloatArray]:
        """Log likelihood and position of the maxima at all nodes, in one round of independent searches."""
        shape = len(self.plane.y_values), len(self.plane.x_values)
        value, u = np.full(shape, -np.inf), np.empty((*shape, self.posterior.dimension))

        def read(corner: Corner) -> bool:
            rows, columns = self.plane.shape(corner)
            saved = self.store.load(_name(round_, corner))
            shapes = {name: values.shape for name, values in (saved or {}).items()}
            expected = {"value": (rows, columns), "u": (rows, columns, self.posterior.dimension), "evaluations": ()}
            if saved is None or shapes != expected:
                return False
            place = slice(corner[0], corner[0] + rows), slice(corner[1], corner[1] + columns)
            value[place], u[place] = saved["value"], saved["u"]
            self.evaluations += int(saved["evaluations"])
            return True

        missing = [corner for corner in self.plane.corners if not read(corner)]
        done = value.size - sum(prod(self.plane.shape(corner)) for corner in missing)
        self.progress.begin(round_, done)
        self.report()
        store = replace(self.store, folder=self.store.folder.resolve())
        calls = [
            Call(f"nodes {corner}", compute_tile, (self.posterior.card, self.plane, store, round_, corner))
            for corner in missing
        ]
        for _, corner in self.executor.run(calls, self.report):
            deadline = time.monotonic() + (LATE if self.executor.remote else 0.0)
            while not read(corner):
                if time.monotonic() > deadline:
                    path = self.store.path(_name(round_, corner))
                    raise StoreError(f"{path}: was just written and cannot be read; do all workers see this folder?")
                time.sleep(0.1)
            done += prod(self.plane.shape(corner))
            self.progress.advance(done)
            self.report()
        return value, u

    def exchange(self, tasks: list[ExchangeTask]) -> list[tuple[FloatArray, FloatArray]]:
        """Perform exchange tasks. Their results are not saved, since they are quickly computed again."""
        self.progress.stage = "exchanging maxima"
        self.report()
        calls = [Call(f"exchange {i}", compute_exchange, (self.posterior.card, task)) for i, task in enumerate(tasks)]
        results = dict(self.executor.run(calls, self.report))
        self.evaluations += sum(results[call.key][2] for call in calls)
        return [results[call.key][:2] for call in calls]


def compute_tile(card: Card, plane: PlaneScan, store: Checkpoints, round_: int, corner: Corner) -> Corner:
    """Maximise at the nodes of a tile and save them; this is the task of a worker.

    Raises
    ------
    StoreError
        If the worker does not see the folder or cannot write to it.
    """
    require_folder(store.folder)
    rows, columns = plane.shape(corner)
    x_values = plane.x_values[corner[1] : corner[1] + columns]
    y_values = plane.y_values[corner[0] : corner[0] + rows]
    nodes = np.stack(np.meshgrid(x_values, y_values), axis=-1)
    posterior = posterior_of(card)
    surface = Surface(posterior)
    held = [column_of(posterior, name) for name in (plane.x, plane.y)]
    rng = np.random.default_rng([plane.seed, round_, *corner])
    value, u = maximise_at_nodes(surface, held, nodes, plane.starts, rng)
    store.save(_name(round_, corner), {"value": value, "u": u, "evaluations": np.array(surface.evaluations)})
    return corner


def compute_exchange(card: Card, task: ExchangeTask) -> tuple[FloatArray, FloatArray, int]:
    """Perform an exchange task and count the evaluated points; this is the task of a worker."""
    surface = Surface(posterior_of(card))
    return *maximise_from_neighbours(surface, task), surface.evaluations


def _name(round_: int, corner: Corner) -> str:
    return f"round-{round_}-nodes-{corner[0]:05d}-{corner[1]:05d}"

"""Tiles of a scanned plane, which workers compute in parallel and from which an interrupted scan continues."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from g2fit.card import Card
from g2fit.core.checkpoints import Arrays
from g2fit.core.files import fingerprint_of
from g2fit.core.parallel.executors import Call
from g2fit.core.types import FloatArray
from g2fit.inference.profile.exchange import ExchangeTask, maximise_at_nodes, maximise_from_neighbours
from g2fit.inference.profile.maximise import Surface
from g2fit.inference.profile.node_grid import column_of
from g2fit.inference.tasks import TaskRunner
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

    The parameters `x` and `y` are held at the values of the nodes; `starts` (C, D) are starting points for the other
    parameters, in the unit cube.
    """

    x: str
    y: str
    x_values: FloatArray
    y_values: FloatArray
    starts: FloatArray
    seed: int

    def key(self, card: Card) -> str:
        """Fingerprint of the card and the scan."""
        content = [FORMAT, card.target(), card.dataset.fingerprint, self.x, self.y, self.seed, card.code(__name__)]
        return fingerprint_of(content, self.x_values, self.y_values, self.starts)

    @property
    def corners(self) -> list[Corner]:
        """First row and column of each tile."""
        return [(i, j) for i in range(0, len(self.y_values), ROWS) for j in range(0, len(self.x_values), COLUMNS)]


class Tiles:
    """Tiles of a scan, computed by the executor of a task runner, which keeps finished tiles.

    The points evaluated so far, also those for tiles that were on disk, are counted in `evaluations`.
    """

    def __init__(
        self, posterior: Posterior, plane: PlaneScan, runner: TaskRunner, report: Callable[[ScanProgress], None]
    ) -> None:
        self.posterior, self.plane, self.runner = posterior, plane, runner
        self.progress = ScanProgress(total=len(plane.x_values) * len(plane.y_values))
        self.report = partial(report, self.progress)
        self.evaluations = 0
        remember(posterior)

    def maximise_all(self, round_: int) -> tuple[FloatArray, FloatArray]:
        """Log likelihood and position of the maxima at all nodes, in one round of independent searches."""
        corners = {f"round-{round_}-nodes-{row:05d}-{column:05d}": (row, column) for row, column in self.plane.corners}
        tasks = {
            name: partial(compute_tile, self.posterior.card, self.plane, round_, corner)
            for name, corner in corners.items()
        }

        def finished() -> int:
            return sum(self.runner[name]["value"].size for name in corners if name in self.runner)

        def tell(done: int, total: int) -> None:
            self.progress.advance(finished())
            self.report()

        self.progress.begin(round_, finished())
        results = self.runner.run(tasks, tell)
        shape = len(self.plane.y_values), len(self.plane.x_values)
        value, u = np.empty(shape), np.empty((*shape, self.posterior.dimension))
        for (row, column), result in zip(corners.values(), results, strict=True):
            place = slice(row, row + ROWS), slice(column, column + COLUMNS)
            value[place], u[place] = result["value"], result["u"]
            self.evaluations += int(result["evaluations"])
        return value, u

    def exchange(self, tasks: list[ExchangeTask]) -> list[tuple[FloatArray, FloatArray]]:
        """Perform exchange tasks. Their results are not saved, since they are quickly computed again."""
        self.progress.stage = "exchanging maxima"
        self.report()
        assert self.runner.executor is not None
        calls = [Call(f"exchange {i}", compute_exchange, (self.posterior.card, task)) for i, task in enumerate(tasks)]
        results = dict(self.runner.executor.run(calls, self.report))
        self.evaluations += sum(results[call.key][2] for call in calls)
        return [results[call.key][:2] for call in calls]


def compute_tile(card: Card, plane: PlaneScan, round_: int, corner: Corner) -> Arrays:
    """Maximise at the nodes of a tile; this is the task of a worker."""
    y_values, x_values = plane.y_values[corner[0] :][:ROWS], plane.x_values[corner[1] :][:COLUMNS]
    nodes = np.stack(np.meshgrid(x_values, y_values), axis=-1)
    posterior = posterior_of(card)
    surface = Surface(posterior)
    held = [column_of(posterior, name) for name in (plane.x, plane.y)]
    rng = np.random.default_rng([plane.seed, round_, *corner])
    value, u = maximise_at_nodes(surface, held, nodes, plane.starts, rng)
    return {"value": value, "u": u, "evaluations": np.array(surface.evaluations)}


def compute_exchange(card: Card, task: ExchangeTask) -> tuple[FloatArray, FloatArray, int]:
    """Perform an exchange task and count the evaluated points; this is the task of a worker."""
    surface = Surface(posterior_of(card))
    return *maximise_from_neighbours(surface, task), surface.evaluations

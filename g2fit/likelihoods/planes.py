"""Terms of regions in a plane of two quantities, which searches exclude: tables of numbers and the compiled loop."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.data import Limit
from g2fit.data.planes import Condition
from g2fit.likelihoods.kernel import CONSTANT, HARD, PREDICTION, SMOOTH, Batch
from g2fit.likelihoods.limit import log_normal_cdf
from g2fit.likelihoods.regions import cell_rows, edges_of, is_inside, scaled_distance
from g2fit.likelihoods.tables import Source

__all__ = ["PlaneBuilder", "PlaneTables", "evaluate_planes"]

#: Distance to a region, in widths of its smooth step, from which on it has no effect (less than 1e-23).
FAR = 10.0


class PlaneTables(NamedTuple):
    """The regions of a likelihood as tables of numbers, one row for each region.

    - `origin`, `scale`: the quantities, as in `g2fit.likelihoods.kernel.TermTables`.
    - `region_index` (R, 11): term; kind; first row and number of its states, of its conditions, of its cells and of its
      edges; row of `origin` of the second coordinate.
    - `region_flags` (R, 2): whether the second coordinate is a difference to the mass, and whether the width of a
      smooth step is relative to it.
    - `region_numbers` (R, 5): least and largest mass, least and largest second coordinate, width of a smooth step.
    - `states` (S, 2): first row and number of the alternatives of a state.
    - `alternatives` (A, 3): row of `origin` of the mass, first row and number of the conditions.
    - `conditions` (C, 2): rows of `origin` of the larger and of the smaller side.
    - `cells`, `edges`: see `g2fit.likelihoods.regions`.
    """

    origin: IntArray
    scale: FloatArray
    region_index: IntArray
    region_flags: IntArray
    region_numbers: FloatArray
    states: IntArray
    alternatives: IntArray
    conditions: IntArray
    cells: FloatArray
    edges: FloatArray


@scalar
def value_of(source: int, row: int, batch: Batch, tables: PlaneTables) -> float:
    """Return what row `source` of `origin` and `scale` describes, in one row of the predictions."""
    kind, column = tables.origin[source, 0], tables.origin[source, 1]
    if kind == CONSTANT:
        return float(tables.scale[source, 0])
    number = batch.predictions[row, column] if kind == PREDICTION else batch.theta[row // batch.solutions, column]
    return float(tables.scale[source, 0] + tables.scale[source, 1] * number)


@scalar
def all_hold(first: int, count: int, row: int, batch: Batch, tables: PlaneTables) -> bool:
    """Whether the larger side of each of `count` conditions is the larger one."""
    for k in range(first, first + count):
        larger, smaller = tables.conditions[k]
        if not value_of(larger, row, batch, tables) > value_of(smaller, row, batch, tables):
            return False
    return True


@scalar
def outside(k: int, x: float, y: float, tables: PlaneTables) -> float:
    """Distance of a point to region k, negative inside of it; only its sign counts for a hard limit.

    For a smooth step it is in widths of the step, which are relative to the coordinates of the point.
    """
    _, kind, _, _, _, _, cell, cells, edge, edges, _ = tables.region_index[k]
    x_min, x_max, y_min, y_max, width = tables.region_numbers[k]
    if kind == HARD:
        if not (x_min <= x <= x_max and y_min <= y <= y_max):
            return 1.0
        return -1.0 if is_inside(x, y, tables.cells, cell, cells) else 1.0
    unit_x = width * abs(x)
    unit_y = width * abs(y) if tables.region_flags[k, 1] else unit_x
    # outside of the box around the region, the distance to the box is a lower bound of that to the region
    beyond = max((x_min - x) / unit_x, (x - x_max) / unit_x, (y - y_max) / unit_y)
    if beyond > FAR:
        return FAR
    distance = scaled_distance(x, y, unit_x, unit_y, tables.edges, edge, edges)
    return -distance if is_inside(x, y, tables.cells, cell, cells) else distance


@scalar
def region_distance(k: int, row: int, batch: Batch, tables: PlaneTables) -> float:
    """Distance to region k that counts, the largest of all states (see `outside`); infinite where it does not hold."""
    first, count, condition, conditions = tables.region_index[k, 2:6]
    if not all_hold(condition, conditions, row, batch, tables):
        return math.inf
    second = value_of(tables.region_index[k, 10], row, batch, tables)
    if math.isnan(second):
        return -math.inf
    largest = -math.inf
    for state in range(first, first + count):
        nearest = math.inf
        place, n = tables.states[state]
        for alternative in range(place, place + n):
            mass, condition, conditions = tables.alternatives[alternative]
            if all_hold(condition, conditions, row, batch, tables):
                x = value_of(mass, row, batch, tables)
                y = x - second if tables.region_flags[k, 0] else second
                nearest = min(nearest, outside(k, x, y, tables))
        largest = max(largest, nearest)
        if largest == math.inf or (largest > 0.0 and tables.region_index[k, 1] == HARD):
            return largest
    return largest


@kernel
def evaluate_planes(
    theta: FloatArray, predictions: FloatArray, solutions: int, out: FloatArray, tables: PlaneTables
) -> None:
    """Fill the terms of regions, columns of `out` (N * solutions, T); -inf where the predictions are NaN.

    Other arguments are as for `g2fit.likelihoods.kernel.evaluate_terms`.
    """
    batch = Batch(theta, predictions, solutions)
    for k in range(tables.region_index.shape[0]):
        term, hard = tables.region_index[k, 0], tables.region_index[k, 1] == HARD
        second = tables.region_index[k, 10]
        for row in range(out.shape[0]):
            if math.isnan(value_of(second, row, batch, tables)):
                out[row, term] = -math.inf
                continue
            distance = region_distance(k, row, batch, tables)
            if hard:
                out[row, term] = 0.0 if distance > 0.0 else -math.inf
            else:
                out[row, term] = 0.0 if distance >= FAR else log_normal_cdf(distance)


@dataclass
class PlaneBuilder:
    """Rows of `PlaneTables`, added region by region."""

    sources: list[Source] = field(default_factory=list)
    regions: list[tuple[int, ...]] = field(default_factory=list)
    flags: list[tuple[bool, bool]] = field(default_factory=list)
    numbers: list[tuple[float, ...]] = field(default_factory=list)
    states: list[tuple[int, int]] = field(default_factory=list)
    alternatives: list[tuple[int, int, int]] = field(default_factory=list)
    conditions: list[tuple[int, int]] = field(default_factory=list)
    cells: list[FloatArray] = field(default_factory=list)
    edges: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, term: int, limit: Limit, sources: dict[str, Source]) -> None:
        """Add the region of a limit, given the source of every quantity that its channel names."""
        if limit.plane is None:
            raise ValueError(f"{limit.entry.id} is no region")
        channel, rows = limit.plane.channel, limit.plane.rows
        first_state = len(self.states)
        for group in channel.states:
            self.states.append((len(self.alternatives), len(group)))
            for state in group:
                self.alternatives.append((self._add(sources[state.mass]), *self._where(state.where, sources)))
        cells, edges = cell_rows(rows), edges_of(rows, channel.open_below)
        places = (first_state, len(channel.states), *self._where(channel.where, sources))
        shape = (sum(map(len, self.cells)), len(cells), len(self.edges), len(edges))
        kind = HARD if limit.kind == "hard" else SMOOTH
        self.regions.append((term, kind, *places, *shape, self._add(sources[channel.y])))
        self.flags.append((channel.splitting, channel.own_scale))
        ends = [end for row in rows for end in row[1:]]
        self.numbers.append((rows[0][0], rows[-1][0], min(ends), max(ends), limit.width))
        self.cells.append(cells)
        self.edges += edges

    def _where(self, conditions: Sequence[Condition], sources: dict[str, Source]) -> tuple[int, int]:
        """Add conditions; return the row of the first one and their number."""
        first = len(self.conditions)
        for condition in conditions:
            sides = []
            for part in (condition.larger, condition.smaller):
                known = sources[part.name] if part.name else Source(CONSTANT)
                sides.append(self._add(Source(known.kind, known.column, known.offset + part.offset, known.factor)))
            self.conditions.append((sides[0], sides[1]))
        return first, len(conditions)

    def _add(self, source: Source) -> int:
        self.sources.append(source)
        return len(self.sources) - 1

    def arrays(self) -> PlaneTables | None:
        """Return what the compiled loop reads; None if there is no region."""
        if not self.regions:
            return None
        return PlaneTables(
            origin=np.array([(s.kind, s.column) for s in self.sources], dtype=np.int64),
            scale=np.array([(s.offset, s.factor) for s in self.sources], dtype=float),
            region_index=np.array(self.regions, dtype=np.int64),
            region_flags=np.array(self.flags, dtype=np.int64),
            region_numbers=np.array(self.numbers, dtype=float),
            states=np.array(self.states, dtype=np.int64),
            alternatives=np.array(self.alternatives, dtype=np.int64),
            conditions=np.array(self.conditions, dtype=np.int64).reshape(-1, 2),
            cells=np.vstack(self.cells),
            edges=np.array(self.edges, dtype=float),
        )

"""Terms of regions in a plane of two quantities, which searches exclude: tables of numbers and the compiled loop."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.data import Limit
from g2fit.data.planes import Condition, Plane, Sum
from g2fit.likelihoods.kernel import CONSTANT, HARD, LANES, PARAMETER, PREDICTION, SMOOTH
from g2fit.likelihoods.limit import log_normal_cdf
from g2fit.likelihoods.regions import cell_rows, edges_of, is_inside, scaled_distance
from g2fit.likelihoods.tables import Source

__all__ = ["PlaneBuilder", "PlaneTables", "evaluate_planes"]

#: Distance to a region, in widths of its smooth step, from which on it has no effect (less than 1e-23).
FAR = 10.0


class PlaneTables(NamedTuple):
    """The regions of a likelihood as tables of numbers.

    - `origin`, `scale`: the numbers that are compared, each once, as in `g2fit.likelihoods.kernel.TermTables`.
    - `conditions` (C, 2): rows of `origin` of the larger and of the smaller side, each condition once.
    - `where`: rows of `conditions`, those of a region or an alternative one after the other.
    - `region_index` (R, 11): term; kind; first row and number of its states; place and number in `where`; first row and
      number of its cells and of its edges; row of `origin` of the second coordinate.
    - `region_flags` (R, 2): whether the second coordinate is a difference to the mass, and whether the width of a
      smooth step is relative to it.
    - `region_numbers` (R, 5): least and largest mass, least and largest second coordinate, width of a smooth step.
    - `states` (S, 2): first row and number of the alternatives of a state.
    - `alternatives` (A, 3): row of `origin` of the mass, place and number in `where`.
    - `cells`, `edges`: see `g2fit.likelihoods.regions`.
    """

    origin: IntArray
    scale: FloatArray
    conditions: IntArray
    where: IntArray
    region_index: IntArray
    region_flags: IntArray
    region_numbers: FloatArray
    states: IntArray
    alternatives: IntArray
    cells: FloatArray
    edges: FloatArray


class Gathered(NamedTuple):
    """What the regions need in some rows: numbers and conditions, columns as the rows of `origin` and `conditions`.

    `known` says whether all numbers of a row are known, none being NaN.
    """

    values: FloatArray
    holds: BoolArray
    known: BoolArray


class Box(NamedTuple):
    """Least and largest mass and second coordinate of a region."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float


@kernel
def gather(
    start: int, theta: FloatArray, predictions: FloatArray, solutions: int, tables: PlaneTables, found: Gathered
) -> None:
    """Fill `found` for rows of the predictions from `start` on."""
    values, holds, known = found
    origin, scale, conditions = tables.origin, tables.scale, tables.conditions
    count = min(values.shape[0], predictions.shape[0] - start)
    for lane in range(count):
        known[lane] = True
        for source in range(origin.shape[0]):
            kind, column, number = origin[source, 0], origin[source, 1], 0.0
            if kind == PREDICTION:
                number = predictions[start + lane, column]
            elif kind == PARAMETER:
                number = theta[(start + lane) // solutions, column]
            values[lane, source] = scale[source, 0] + scale[source, 1] * number
            known[lane] &= not math.isnan(values[lane, source])
        for c in range(conditions.shape[0]):
            holds[lane, c] = values[lane, conditions[c, 0]] > values[lane, conditions[c, 1]]


@scalar
def signed_distance(
    x: float, y: float, unit_x: float, unit_y: float, cells: FloatArray, edges: FloatArray, box: Box
) -> float:
    """Distance of a point to a region in units of each coordinate, negative inside of it; at most `FAR`."""
    # outside of the box around the region, the distance to the box is a lower bound of that to the region
    beyond = max((box.x_min - x) / unit_x, (x - box.x_max) / unit_x, (y - box.y_max) / unit_y)
    if beyond > FAR:
        return FAR
    distance = scaled_distance(x, y, unit_x, unit_y, edges)
    return min(-distance if is_inside(x, y, cells) else distance, FAR)


@kernel
def fill_region(k: int, start: int, count: int, tables: PlaneTables, found: Gathered, out: FloatArray) -> None:
    """Fill the term of region k in `count` rows of `out` from `start` on, from what was gathered for these rows.

    The distance to a region is that of the state that is farthest from it, and negative if all of them lie inside; a
    state is as far as the nearest alternative whose conditions hold. Where a condition of the channel or all
    alternatives of a state fail, the region does not hold.
    """
    values, holds, known = found
    index, where, states, alternatives = tables.region_index, tables.where, tables.states, tables.alternatives
    flags, numbers = tables.region_flags, tables.region_numbers
    term, hard, splitting, own_scale = index[k, 0], index[k, 1] == HARD, flags[k, 0], flags[k, 1]
    box, width = Box(numbers[k, 0], numbers[k, 1], numbers[k, 2], numbers[k, 3]), numbers[k, 4]
    cells = tables.cells[index[k, 6] : index[k, 6] + index[k, 7]]
    edges = tables.edges[index[k, 8] : index[k, 8] + index[k, 9]]
    first_state, end_state = index[k, 2], index[k, 2] + index[k, 3]
    conditions, end_conditions = index[k, 4], index[k, 4] + index[k, 5]
    for lane in range(count):
        distance = -math.inf
        if known[lane]:
            for c in range(conditions, end_conditions):
                if not holds[lane, where[c]]:
                    distance = FAR
            second = values[lane, index[k, 10]]
            for state in range(first_state, end_state):
                if distance >= FAR or (hard and distance > 0.0):
                    break
                nearest = FAR
                for a in range(states[state, 0], states[state, 0] + states[state, 1]):
                    applies = True
                    for c in range(alternatives[a, 1], alternatives[a, 1] + alternatives[a, 2]):
                        applies &= holds[lane, where[c]]
                    if not applies:
                        continue
                    x = values[lane, alternatives[a, 0]]
                    y = x - second if splitting else second
                    if not hard:
                        unit_x = width * abs(x)
                        unit_y = width * abs(y) if own_scale else unit_x
                        nearest = min(nearest, signed_distance(x, y, unit_x, unit_y, cells, edges, box))
                    elif box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max and is_inside(x, y, cells):
                        nearest = -1.0
                distance = max(distance, nearest)
        if hard:
            log_likelihood = 0.0 if distance > 0.0 else -math.inf
        else:
            log_likelihood = 0.0 if distance >= FAR else log_normal_cdf(distance)
        out[start + lane, term] = log_likelihood


@kernel
def evaluate_planes(
    theta: FloatArray, predictions: FloatArray, solutions: int, out: FloatArray, *arrays: NDArray[Any]
) -> None:
    """Fill the terms of regions, columns of `out` (N * solutions, T); -inf where a prediction is NaN.

    Arguments are as for `g2fit.likelihoods.kernel.evaluate_terms`, with the arrays of `PlaneTables`.
    """
    tables = PlaneTables(*arrays)
    shape = tables.origin.shape[0], tables.conditions.shape[0]
    found = Gathered(
        np.empty((LANES, shape[0])), np.empty((LANES, shape[1]), dtype=np.bool_), np.empty(LANES, dtype=np.bool_)
    )
    for start in range(0, out.shape[0], LANES):
        gather(start, theta, predictions, solutions, tables, found)
        for k in range(tables.region_index.shape[0]):
            fill_region(k, start, min(LANES, out.shape[0] - start), tables, found, out)


@dataclass
class PlaneBuilder:
    """Rows of `PlaneTables`, added region by region."""

    sources: dict[Source, int] = field(default_factory=dict)
    conditions: dict[tuple[int, int], int] = field(default_factory=dict)
    where: list[int] = field(default_factory=list)
    regions: list[tuple[int, ...]] = field(default_factory=list)
    flags: list[tuple[bool, bool]] = field(default_factory=list)
    numbers: list[tuple[float, ...]] = field(default_factory=list)
    states: list[tuple[int, int]] = field(default_factory=list)
    alternatives: list[tuple[int, int, int]] = field(default_factory=list)
    cells: list[FloatArray] = field(default_factory=list)
    edges: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, term: int, limit: Limit, plane: Plane, sources: Mapping[str, Source]) -> None:
        """Add the region of a limit, given the source of every quantity that its channel names."""
        channel, rows = plane.channel, plane.rows
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

    def _where(self, conditions: Sequence[Condition], sources: Mapping[str, Source]) -> tuple[int, int]:
        """Add conditions; return their place in `where` and their number."""
        first = len(self.where)
        for condition in conditions:
            sides = [self._side(part, sources) for part in (condition.larger, condition.smaller)]
            self.where.append(self.conditions.setdefault((sides[0], sides[1]), len(self.conditions)))
        return first, len(conditions)

    def _side(self, part: Sum, sources: Mapping[str, Source]) -> int:
        known = sources[part.name] if part.name else Source(CONSTANT)
        return self._add(Source(known.kind, known.column, known.offset + part.offset, known.factor))

    def _add(self, source: Source) -> int:
        return self.sources.setdefault(source, len(self.sources))

    def arrays(self) -> PlaneTables | None:
        """Return what the compiled loop reads; None if there is no region."""
        if not self.regions:
            return None
        return PlaneTables(
            origin=np.array([(s.kind, s.column) for s in self.sources], dtype=np.int64),
            scale=np.array([(s.offset, s.factor) for s in self.sources], dtype=float),
            conditions=np.array(list(self.conditions), dtype=np.int64).reshape(-1, 2),
            where=np.array(self.where, dtype=np.int64),
            region_index=np.array(self.regions, dtype=np.int64),
            region_flags=np.array(self.flags, dtype=np.int64),
            region_numbers=np.array(self.numbers, dtype=float),
            states=np.array(self.states, dtype=np.int64),
            alternatives=np.array(self.alternatives, dtype=np.int64),
            cells=np.vstack(self.cells),
            edges=np.array(self.edges, dtype=float),
        )

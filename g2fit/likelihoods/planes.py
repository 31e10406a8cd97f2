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
from g2fit.likelihoods.kernel import CONSTANT, HARD, LANES, SMOOTH, Batch, read
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
    """What the regions need in some rows: numbers and conditions, rows as those of `origin` and `conditions`.

    `known` says whether all numbers are known, none being NaN.
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
def gather(start: int, count: int, batch: Batch, tables: PlaneTables, found: Gathered) -> None:
    """Fill `found` for `count` rows of the predictions from `start` on."""
    values, holds, known = found
    conditions = tables.conditions
    known[:] = True
    for source in range(values.shape[0]):
        read(source, start, count, batch, tables.origin, tables.scale, values[source])
        for lane in range(count):
            known[lane] &= not math.isnan(values[source, lane])
    for c in range(conditions.shape[0]):
        for lane in range(count):
            holds[c, lane] = values[conditions[c, 0], lane] > values[conditions[c, 1], lane]


@scalar
def all_hold(first: int, count: int, where: IntArray, holds: BoolArray, lane: int) -> bool:
    """Whether `count` conditions hold, whose rows of `holds` stand in `where` from `first` on."""
    for c in range(first, first + count):  # noqa: SIM110 (no generators in compiled code)
        if not holds[where[c], lane]:
            return False
    return True


@scalar
def side_of(x: float, y: float, cells: FloatArray, box: Box) -> float:
    """Negative for a point inside of a region, `FAR` outside of it: all that a hard limit asks for."""
    in_box = box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max
    return -1.0 if in_box and is_inside(x, y, cells) else FAR


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
    for lane in range(count):
        distance = -math.inf
        if known[lane]:
            if not all_hold(index[k, 4], index[k, 5], where, holds, lane):
                distance = FAR
            second = values[index[k, 10], lane]
            for state in range(index[k, 2], index[k, 2] + index[k, 3]):
                if distance >= FAR:
                    break
                nearest = FAR
                for a in range(states[state, 0], states[state, 0] + states[state, 1]):
                    if not all_hold(alternatives[a, 1], alternatives[a, 2], where, holds, lane):
                        continue
                    x = values[alternatives[a, 0], lane]
                    y = x - second if splitting else second
                    if hard:
                        nearest = min(nearest, side_of(x, y, cells, box))
                    else:
                        unit_x = width * abs(x)
                        unit_y = width * abs(y) if own_scale else unit_x
                        nearest = min(nearest, signed_distance(x, y, unit_x, unit_y, cells, edges, box))
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
    batch, tables = Batch(theta, predictions, solutions), PlaneTables(*arrays)
    numbers, conditions = tables.origin.shape[0], tables.conditions.shape[0]
    found = Gathered(
        np.empty((numbers, LANES)), np.empty((conditions, LANES), dtype=np.bool_), np.empty(LANES, dtype=np.bool_)
    )
    for start in range(0, out.shape[0], LANES):
        count = min(LANES, out.shape[0] - start)
        gather(start, count, batch, tables, found)
        for k in range(tables.region_index.shape[0]):
            fill_region(k, start, count, tables, found, out)


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

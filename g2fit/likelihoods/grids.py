"""Terms that are functions on a grid of one quantity or two: tables of numbers and the compiled loop."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray
from g2fit.data import Grid
from g2fit.likelihoods.kernel import LANES, Batch, read
from g2fit.likelihoods.tables import Source

__all__ = ["GridBuilder", "GridTables", "evaluate_grids"]

#: Codes of what holds beyond a grid.
OUTSIDE = {"edge": 0, "allowed": 1, "excluded": 2}


class GridTables(NamedTuple):
    """The functions on grids of a likelihood as tables of numbers.

    - `origin`, `scale`: the coordinates, as in `g2fit.likelihoods.kernel.TermTables`.
    - `places` (G, 8): term; rows of `origin` of x and y (-1 if there is no y); number of nodes of x and y; place in
      `numbers`; whether the coordinates are logarithms; code of what holds beyond the grid.
    - `threshold` (G,): value below which a point is excluded; NaN if the function is a log likelihood.
    - `numbers`: from the place of a grid on: nodes of x, nodes of y, values (a row for each node of x).
    """

    origin: IntArray
    scale: FloatArray
    places: IntArray
    threshold: FloatArray
    numbers: FloatArray


@scalar
def cell_of(x: float, nodes: FloatArray, first: int, count: int) -> int:
    """Number of the interval that contains x, of the first or last one beyond `count` increasing nodes from `first` on.

    >>> nodes = np.array([9.0, 1.0, 2.0, 4.0])
    >>> [cell_of(x, nodes, 1, 3) for x in (0.0, 1.5, 2.0, 4.0, 5.0)]
    [0, 0, 1, 1, 1]
    """
    low, intervals = 0, count - 1
    while intervals > 1:
        half = intervals // 2
        low += half if nodes[first + low + half] <= x else 0
        intervals -= half
    return low


@scalar
def fraction_of(x: float, low: float, high: float) -> float:
    """Place of x in an interval, from 0 to 1, and its nearest end beyond the interval.

    >>> fraction_of(1.5, 1.0, 3.0), fraction_of(9.0, 1.0, 3.0)
    (0.25, 1.0)
    """
    return min(max((x - low) / (high - low), 0.0), 1.0)


@scalar
def interpolate(x: float, y: float, nodes_x: int, nodes_y: int, place: int, numbers: FloatArray) -> float:
    """Interpolate a function on a grid, linearly in x and y; beyond the grid it has the value at the nearest edge.

    `numbers` has the nodes of x from `place` on, then those of y, then the values; with one node of y, y is ignored.

    >>> numbers = np.array([0.0, 1.0, 0.0, 2.0, 10.0, 20.0, 30.0, 60.0])
    >>> interpolate(0.5, 1.0, 2, 2, 0, numbers), interpolate(2.0, -1.0, 2, 2, 0, numbers)
    (30.0, 30.0)
    """
    values = place + nodes_x + nodes_y
    i = cell_of(x, numbers, place, nodes_x)
    u = fraction_of(x, numbers[place + i], numbers[place + i + 1])
    if nodes_y == 1:
        return float((1.0 - u) * numbers[values + i] + u * numbers[values + i + 1])
    j = cell_of(y, numbers, place + nodes_x, nodes_y)
    v = fraction_of(y, numbers[place + nodes_x + j], numbers[place + nodes_x + j + 1])
    low, high = values + i * nodes_y + j, values + (i + 1) * nodes_y + j
    at_low = (1.0 - v) * numbers[low] + v * numbers[low + 1]
    at_high = (1.0 - v) * numbers[high] + v * numbers[high + 1]
    return float((1.0 - u) * at_low + u * at_high)


@scalar
def logarithm(x: float) -> float:
    """Natural logarithm; minus infinity for zero and negative numbers, which lie beyond every grid.

    >>> logarithm(1.0), logarithm(-1.0)
    (0.0, -inf)
    """
    return math.log(x) if x > 0.0 else (math.nan if math.isnan(x) else -math.inf)


@kernel
def fill_grid(
    g: int, start: int, count: int, batch: Batch, tables: GridTables, work: FloatArray, out: FloatArray
) -> None:
    """Fill the term of grid g in `count` rows of `out` from `start` on; `work` (2, LANES) is overwritten."""
    index, numbers, threshold = tables.places, tables.numbers, tables.threshold[g]
    term, nodes_x, nodes_y, place, outside = index[g, 0], index[g, 3], index[g, 4], index[g, 5], index[g, 7]
    read(index[g, 1], start, count, batch, tables.origin, tables.scale, work[0])
    work[1, :] = 0.0
    if index[g, 2] >= 0:
        read(index[g, 2], start, count, batch, tables.origin, tables.scale, work[1])
    first_y = place + nodes_x
    for lane in range(count):
        x, y = work[0, lane], work[1, lane]
        if index[g, 6]:
            x = logarithm(x)
            y = logarithm(y) if nodes_y > 1 else y
        inside = numbers[place] <= x <= numbers[first_y - 1]
        if nodes_y > 1:
            inside = inside and numbers[first_y] <= y <= numbers[first_y + nodes_y - 1]
        if math.isnan(x) or math.isnan(y) or (outside == 2 and not inside):
            value = -math.inf
        elif outside == 1 and not inside:
            value = 0.0
        else:
            value = interpolate(x, y, nodes_x, nodes_y, place, numbers)
            if not math.isnan(threshold):
                value = 0.0 if value >= threshold else -math.inf
        out[start + lane, term] = value


@kernel
def evaluate_grids(
    theta: FloatArray, predictions: FloatArray, solutions: int, out: FloatArray, *arrays: NDArray[Any]
) -> None:
    """Fill the terms of tabulated functions, columns of `out` (N * solutions, T); -inf where a prediction is NaN.

    Arguments are as for `g2fit.likelihoods.kernel.evaluate_terms`, with the arrays of `GridTables`.
    """
    batch, tables = Batch(theta, predictions, solutions), GridTables(*arrays)
    work = np.empty((2, LANES))
    for g in range(tables.places.shape[0]):
        for start in range(0, out.shape[0], LANES):
            fill_grid(g, start, min(LANES, out.shape[0] - start), batch, tables, work, out)


@dataclass
class GridBuilder:
    """Rows of `GridTables`, added grid by grid."""

    sources: list[Source] = field(default_factory=list)
    index: list[tuple[int, ...]] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)

    def add(self, term: int, grid: Grid, sources: Sequence[Source]) -> None:
        """Add a grid, given the source of each of its coordinates."""
        places = [len(self.sources) + i for i in range(len(sources))]
        self.sources += sources
        counts = (len(grid.nodes[0]), len(grid.values[0]))
        y = places[1] if len(places) > 1 else -1
        self.index.append((term, places[0], y, *counts, len(self.numbers), int(grid.log), OUTSIDE[grid.outside]))
        self.threshold.append(math.nan if grid.threshold is None else grid.threshold)
        for axis in grid.nodes:
            self.numbers += [math.log(node) if grid.log else node for node in axis]
        if len(grid.nodes) == 1:
            self.numbers.append(0.0)
        for row in grid.values:
            self.numbers += row

    def arrays(self) -> GridTables | None:
        """Return what the compiled loop reads; None if there is no grid."""
        if not self.index:
            return None
        return GridTables(
            origin=np.array([(s.kind, s.column) for s in self.sources], dtype=np.int64),
            scale=np.array([(s.offset, s.factor) for s in self.sources], dtype=float),
            places=np.array(self.index, dtype=np.int64),
            threshold=np.array(self.threshold, dtype=float),
            numbers=np.array(self.numbers, dtype=float),
        )

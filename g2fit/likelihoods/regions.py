"""Geometry of the regions that a search excludes: cells between the rows of a region, and the distance to its edge."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray

__all__ = ["cell_rows", "cells_of", "edges_of", "is_inside", "scaled_distance"]

#: Lower and upper end of the second coordinate.
type Interval = tuple[float, float]


def _intervals(row: Sequence[float]) -> list[Interval]:
    return list(zip(row[1::2], row[2::2], strict=True))


def _links(left: list[Interval], right: list[Interval]) -> list[tuple[int, int]]:
    """Pairs of intervals of two rows that overlap: the region goes on from one to the other."""
    return [
        (i, j)
        for i, (low, high) in enumerate(left)
        for j, (other_low, other_high) in enumerate(right)
        if low <= other_high and other_low <= high
    ]


def _part(interval: Interval, partners: list[Interval], place: int) -> Interval:
    """Part of an interval that belongs to one of its partners in the other row: the gaps between them close here.

    >>> [_part((1.0, 124.0), [(1.0, 7.0), (9.0, 102.0)], k) for k in (0, 1)]
    [(1.0, 8.0), (8.0, 124.0)]
    """
    middles = [min(max(0.5 * (a[1] + b[0]), interval[0]), interval[1]) for a, b in pairwise(partners)]
    ends = [interval[0], *middles, interval[1]]
    return ends[place], ends[place + 1]


def cells_of(rows: Sequence[Sequence[float]]) -> list[tuple[float, float, Interval, Interval]]:
    """Return the cells of a region: the masses of two rows, and an interval at each of them.

    Rows are ``[m, low, high, low2, high2 ...]`` in the order of m. The ends of an interval are joined by straight lines
    to those of the interval of the next row that it overlaps. A gap that only one of two rows has closes at the middle
    of the gap at the other one; an interval that overlaps none of the next row ends at its own row, so that nothing is
    excluded between them.

    >>> cells_of([(100.0, 0.0, 10.0), (150.0, 0.0, 20.0), (200.0, 50.0, 60.0)])
    [(100.0, 150.0, (0.0, 10.0), (0.0, 20.0)), (200.0, 200.0, (50.0, 60.0), (50.0, 60.0))]
    """
    cells = []
    joined = {(0, -1)}  # row and number of the intervals that belong to a cell
    for k, (first, second) in enumerate(pairwise(rows)):
        left, right = _intervals(first), _intervals(second)
        links = _links(left, right)
        for i, j in links:
            to_left = [b for a, b in links if a == i]
            to_right = [a for a, b in links if b == j]
            at_first = _part(left[i], [right[b] for b in to_left], to_left.index(j))
            at_second = _part(right[j], [left[a] for a in to_right], to_right.index(i))
            cells.append((first[0], second[0], at_first, at_second))
            joined |= {(k, i), (k + 1, j)}
    for k, row in enumerate(rows):
        alone = [interval for i, interval in enumerate(_intervals(row)) if (k, i) not in joined]
        cells += [(row[0], row[0], interval, interval) for interval in alone]
    return sorted(cells)


def _without(intervals: list[Interval], others: list[Interval]) -> Iterator[Interval]:
    """Parts of intervals that no other interval covers."""
    for low, high in intervals:
        cuts = sorted({low, high, *(end for other in others for end in other if low < end < high)})
        for a, b in pairwise(cuts):
            if not any(other[0] <= a and b <= other[1] for other in others):
                yield a, b


def edges_of(rows: Sequence[Sequence[float]], open_below: bool) -> list[tuple[float, float, float, float]]:
    """Return the edge of a region as straight lines ``(m, y, m', y')``.

    With `open_below` the lower edge is left out, where the region ends because the map of the search does.
    """
    cells = cells_of(rows)
    lowest = {row[0]: row[1] for row in rows}
    edges = []
    for m, next_m, at_first, at_second in cells:
        if next_m == m:
            edges.append((m, at_first[0], m, at_first[1]))
            continue
        edges.append((m, at_first[1], next_m, at_second[1]))
        if not (open_below and at_first[0] == lowest[m] and at_second[0] == lowest[next_m]):
            edges.append((m, at_first[0], next_m, at_second[0]))
    for m in lowest:
        before = [cell[3] for cell in cells if cell[1] == m and cell[0] < m]
        after = [cell[2] for cell in cells if cell[0] == m and cell[1] > m]
        edges += [(m, a, m, b) for a, b in (*_without(before, after), *_without(after, before))]
    return edges


def cell_rows(rows: Sequence[Sequence[float]]) -> FloatArray:
    """Return the cells as a table: m, m', lower end, its slope, upper end, its slope; shape (cells, 6)."""
    table = []
    for m, next_m, (low, high), (next_low, next_high) in cells_of(rows):
        width = next_m - m if next_m > m else math.inf
        table.append((m, next_m, low, (next_low - low) / width, high, (next_high - high) / width))
    return np.array(table)


@scalar
def is_inside(x: float, y: float, cells: FloatArray) -> bool:
    """Whether a point lies in one of the cells (see `cell_rows`); their edges belong to them.

    >>> cells = cell_rows([(100.0, 0.0, 10.0), (150.0, 0.0, 20.0)])
    >>> [is_inside(x, y, cells) for x, y in ((125.0, 14.9), (125.0, 15.1), (151.0, 1.0))]
    [True, False, False]
    """
    for k in range(cells.shape[0]):
        if cells[k, 0] <= x <= cells[k, 1]:
            along = x - cells[k, 0]
            if cells[k, 2] + cells[k, 3] * along <= y <= cells[k, 4] + cells[k, 5] * along:
                return True
    return False


@scalar
def scaled_distance(x: float, y: float, unit_x: float, unit_y: float, edges: FloatArray) -> float:
    """Distance of a point to the nearest of the edges (see `edges_of`), in units of each coordinate.

    >>> round(scaled_distance(3.0, 4.0, 1.0, 1.0, np.array([[0.0, 0.0, 0.0, 1.0]])), 12)
    4.242640687119
    """
    nearest = math.inf
    for k in range(edges.shape[0]):
        a, b = (edges[k, 0] - x) / unit_x, (edges[k, 1] - y) / unit_y
        u, v = (edges[k, 2] - edges[k, 0]) / unit_x, (edges[k, 3] - edges[k, 1]) / unit_y
        length2 = u * u + v * v
        t = min(max(-(a * u + b * v) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
        nearest = min(nearest, (a + t * u) ** 2 + (b + t * v) ** 2)
    return math.sqrt(nearest)

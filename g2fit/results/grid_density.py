"""Densities on grids, and their regions of highest density."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.types import BoolArray, FloatArray, IntArray

__all__ = ["Density1D", "Density2D"]


class _Density(ABC):
    """What densities in one and two dimensions have in common: their regions of highest density."""

    density: FloatArray

    @property
    @abstractmethod
    def cell(self) -> float:
        """Size of a cell of the grid."""

    @cached_property
    def _falling(self) -> tuple[FloatArray, FloatArray]:
        """Densities of all cells, the largest first, and the probability of each cell with those before it."""
        values = np.sort(self.density, axis=None)[::-1]
        return values, np.cumsum(values) * self.cell

    def threshold(self, mass: float) -> float:
        """Density on the boundary of the region of highest density with probability `mass`."""
        values, within = self._falling
        return float(np.interp(mass, within, values))


@dataclass(frozen=True)
class Density1D(_Density):
    """A normalised density on a regular grid of bins, whose centres are `grid`, shape (B,) both."""

    grid: FloatArray
    density: FloatArray
    #: The ends of the grid where they are hard edges, infinite where the density merely fades out.
    low: float
    high: float

    @property
    def cell(self) -> float:
        """Width of a bin."""
        return float(self.grid[1] - self.grid[0])

    def at(self, x: ArrayLike) -> FloatArray:
        """Density at points, zero outside the grid."""
        half = 0.5 * (self.grid[1] - self.grid[0])
        outside = (np.asarray(x) < self.grid[0] - half) | (np.asarray(x) > self.grid[-1] + half)
        return np.asarray(np.where(outside, 0.0, np.interp(np.asarray(x, dtype=float), self.grid, self.density)))

    def contains(self, x: ArrayLike, mass: float) -> BoolArray:
        """Whether points lie in the region of highest density with probability `mass`."""
        return np.asarray(self.at(x) >= self.threshold(mass))

    def closed(self) -> tuple[FloatArray, FloatArray]:
        """Grid and density with the hard edges added, where the density drops to zero."""
        x, along = _extend(self.grid, self.low, self.high, 1e-6 * (self.grid[1] - self.grid[0]))
        density = self.density[along]
        density[[0, -1]] = 0.0
        return x, density

    def intervals(self, mass: float) -> list[tuple[float, float]]:
        """Intervals of highest density with total probability `mass`."""
        level = self.threshold(mass)
        inside = np.concatenate([[False], self.density >= level, [False]])
        step = self.grid[1] - self.grid[0]
        starts = np.flatnonzero(~inside[:-1] & inside[1:])
        stops = np.flatnonzero(inside[:-1] & ~inside[1:]) - 1
        return [
            (self._crossing(i - 1, i, level, self.grid[i] - 0.5 * step),
             self._crossing(j + 1, j, level, self.grid[j] + 0.5 * step))
            for i, j in zip(starts.tolist(), stops.tolist(), strict=True)
        ]  # fmt: skip

    def _crossing(self, outer: int, inner: int, level: float, end: float) -> float:
        if not 0 <= outer < len(self.grid):
            return float(end)
        below, above = self.density[outer], self.density[inner]
        fraction = (level - below) / (above - below)
        return float(self.grid[outer] + fraction * (self.grid[inner] - self.grid[outer]))


@dataclass(frozen=True)
class Density2D(_Density):
    """A normalised density on a regular grid of cells, whose centres are `x` and `y`, shape (B,) both."""

    x: FloatArray
    y: FloatArray
    #: Shape (B, B); the first index is that of `y`.
    density: FloatArray
    #: Hard edges (x low, x high, y low, y high), infinite where there is none.
    edges: tuple[float, float, float, float]

    @property
    def cell(self) -> float:
        """Area of a cell."""
        return float((self.x[1] - self.x[0]) * (self.y[1] - self.y[0]))

    def at(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Density at points, zero outside the grid."""
        import scipy.ndimage

        step = self.x[1] - self.x[0], self.y[1] - self.y[0]
        columns = (np.asarray(x, dtype=float) - self.x[0]) / step[0]
        rows = (np.asarray(y, dtype=float) - self.y[0]) / step[1]
        n, m = len(self.x), len(self.y)
        outside = (columns < -0.5) | (columns > n - 0.5) | (rows < -0.5) | (rows > m - 0.5)
        points = np.stack([np.clip(rows, 0, m - 1), np.clip(columns, 0, n - 1)])
        values = scipy.ndimage.map_coordinates(self.density, points.reshape(2, -1), order=1).reshape(points.shape[1:])
        return np.asarray(np.where(outside, 0.0, values))

    def credible_mass(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Probability of the smallest region of highest density that contains each point; 1 outside."""
        values, within = self._falling
        return np.asarray(np.interp(self.at(x, y), values[::-1], within[::-1], left=1.0, right=0.0))

    def contains(self, x: ArrayLike, y: ArrayLike, mass: float) -> BoolArray:
        """Whether points lie in the region of highest density with probability `mass`."""
        return np.asarray(self.at(x, y) >= self.threshold(mass))

    def closed(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Grid and density with one more row and column on every side, so that contours close at hard edges."""
        step = 1e-3 * (self.x[1] - self.x[0]), 1e-3 * (self.y[1] - self.y[0])
        x, along_x = _extend(self.x, self.edges[0], self.edges[1], step[0])
        y, along_y = _extend(self.y, self.edges[2], self.edges[3], step[1])
        padded = np.pad(self.density[np.ix_(along_y[1:-1], along_x[1:-1])], 1)
        return x, y, padded


def _extend(grid: FloatArray, low: float, high: float, tiny: float) -> tuple[FloatArray, IntArray]:
    """Extend a grid by its hard edges and by points just outside; return it with the indices of its densities."""
    half = 0.5 * (grid[1] - grid[0])
    first = [low - tiny, low] if np.isfinite(low) else [grid[0] - half - tiny, grid[0] - half]
    last = [high, high + tiny] if np.isfinite(high) else [grid[-1] + half, grid[-1] + half + tiny]
    n = len(grid)
    index = np.concatenate([[0, 0], np.arange(n), [n - 1, n - 1]])
    return np.concatenate([first, grid, last]), index

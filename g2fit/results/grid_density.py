"""Densities on grids, and their regions of highest density."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.results.levels import LEVELS, Levels
from g2fit.results.smoothing import SmoothHistogram
from g2fit.results.stable_regions import StableRegions

__all__ = ["Density1D", "Density2D"]


class _Density(ABC):
    """What densities in one and two dimensions have in common: their regions of highest density."""

    density: FloatArray
    histogram: SmoothHistogram | None
    levels: Levels

    @property
    @abstractmethod
    def cell(self) -> float:
        """Size of a cell of the grid."""

    @cached_property
    def _regions(self) -> StableRegions:
        return StableRegions(self.density, self.cell, self.histogram, self.levels)

    def score(self, mass: float) -> FloatArray:
        """Surface on the grid that is positive in the region of highest density with probability `mass`.

        It is zero on the boundary of the region, whose parts and gaps the draws confirm
        (`g2fit.results.stable_regions`).
        """
        return self._regions.score(mass)


@dataclass(frozen=True)
class Density1D(_Density):
    """A normalised density on a regular grid of bins, whose centres are `grid`, shape (B,) both."""

    grid: FloatArray
    density: FloatArray
    #: The ends of the grid where they are hard edges, infinite where the density merely fades out.
    low: float
    high: float
    #: What it was made of; without it, regions are not tested for noise.
    histogram: SmoothHistogram | None = None
    #: The probabilities of regions that are shown together.
    levels: Levels = LEVELS

    @property
    def cell(self) -> float:
        """Width of a bin."""
        return float(self.grid[1] - self.grid[0])

    def at(self, x: ArrayLike) -> FloatArray:
        """Density at points, zero outside the grid."""
        return self._interpolated(self.density, x, 0.0)

    def _interpolated(self, curve: FloatArray, x: ArrayLike, outside: float) -> FloatArray:
        half = 0.5 * self.cell
        far = (np.asarray(x) < self.grid[0] - half) | (np.asarray(x) > self.grid[-1] + half)
        return np.asarray(np.where(far, outside, np.interp(np.asarray(x, dtype=float), self.grid, curve)))

    def contains(self, x: ArrayLike, mass: float) -> BoolArray:
        """Whether points lie in the region with probability `mass`."""
        return np.asarray(self._interpolated(self.score(mass), x, -np.inf) >= 0.0)

    def closed(self) -> tuple[FloatArray, FloatArray]:
        """Grid and density with the hard edges added, where the density drops to zero."""
        x, along = _extend(self.grid, self.low, self.high, 1e-6 * (self.grid[1] - self.grid[0]))
        density = self.density[along]
        density[[0, -1]] = 0.0
        return x, density

    def intervals(self, mass: float) -> list[tuple[float, float]]:
        """Intervals of the region with total probability `mass`."""
        score = self.score(mass)
        inside = np.concatenate([[False], score >= 0.0, [False]])
        half = 0.5 * self.cell
        starts = np.flatnonzero(~inside[:-1] & inside[1:])
        stops = np.flatnonzero(inside[:-1] & ~inside[1:]) - 1
        return [
            (self._crossing(score, i - 1, i, self.grid[i] - half), self._crossing(score, j + 1, j, self.grid[j] + half))
            for i, j in zip(starts.tolist(), stops.tolist(), strict=True)
        ]

    def _crossing(self, score: FloatArray, outer: int, inner: int, end: float) -> float:
        if not 0 <= outer < len(self.grid):
            return float(end)
        fraction = score[outer] / (score[outer] - score[inner])
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
    #: What it was made of; without it, regions are not tested for noise.
    histogram: SmoothHistogram | None = None
    #: The probabilities of regions that are shown together.
    levels: Levels = LEVELS

    @property
    def cell(self) -> float:
        """Area of a cell."""
        return float((self.x[1] - self.x[0]) * (self.y[1] - self.y[0]))

    def at(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Density at points, zero outside the grid."""
        return self._interpolated(self.density, x, y, 0.0)

    def _interpolated(self, surface: FloatArray, x: ArrayLike, y: ArrayLike, outside: float) -> FloatArray:
        import scipy.ndimage

        columns = (np.asarray(x, dtype=float) - self.x[0]) / (self.x[1] - self.x[0])
        rows = (np.asarray(y, dtype=float) - self.y[0]) / (self.y[1] - self.y[0])
        n, m = len(self.x), len(self.y)
        far = (columns < -0.5) | (columns > n - 0.5) | (rows < -0.5) | (rows > m - 0.5)
        points = np.stack([np.clip(rows, 0, m - 1), np.clip(columns, 0, n - 1)])
        values = scipy.ndimage.map_coordinates(surface, points.reshape(2, -1), order=1).reshape(points.shape[1:])
        return np.asarray(np.where(far, outside, values))

    def credible_mass(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Probability of the smallest plain region of highest density that contains each point; 1 outside."""
        return self._regions.plain_mass(self.at(x, y))

    def contains(self, x: ArrayLike, y: ArrayLike, mass: float) -> BoolArray:
        """Whether points lie in the region with probability `mass`."""
        return np.asarray(self._interpolated(self.score(mass), x, y, -np.inf) >= 0.0)

    def closed(self, surface: FloatArray, around: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Grid and a surface on it, with the value `around` on every side, so that contours close at hard edges."""
        step = 1e-3 * (self.x[1] - self.x[0]), 1e-3 * (self.y[1] - self.y[0])
        x, along_x = _extend(self.x, self.edges[0], self.edges[1], step[0])
        y, along_y = _extend(self.y, self.edges[2], self.edges[3], step[1])
        padded = np.pad(surface[np.ix_(along_y[1:-1], along_x[1:-1])], 1, constant_values=around)
        return x, y, padded


def _extend(grid: FloatArray, low: float, high: float, tiny: float) -> tuple[FloatArray, IntArray]:
    """Extend a grid by its hard edges and by points just outside; return it with the indices of its densities."""
    half = 0.5 * (grid[1] - grid[0])
    first = [low - tiny, low] if np.isfinite(low) else [grid[0] - half - tiny, grid[0] - half]
    last = [high, high + tiny] if np.isfinite(high) else [grid[-1] + half, grid[-1] + half + tiny]
    n = len(grid)
    index = np.concatenate([[0, 0], np.arange(n), [n - 1, n - 1]])
    return np.concatenate([first, grid, last]), index

"""Densities from draws: smooth, safe at hard edges, and the regions of highest density.

A draw near the hard edge of its range (of a prior, or of a limit) is reflected there, so that no mass leaks out. A
second pass smooths the ratio of the histogram to the first density and multiplies it on (Jones, Linton & Nielsen 1995,
Biometrika 82, 327), which removes the leading bias: flattened peaks and slopes at the edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.optimize
import scipy.signal
from numpy.typing import ArrayLike, NDArray

__all__ = ["Density1D", "Density2D", "bandwidth", "density_1d", "density_2d"]

FloatArray = NDArray[np.float64]

#: Bins of a one-dimensional density, and of each side of a two-dimensional one.
BINS_1D = 1024
BINS_2D = 192

#: A kernel must be at least this many cells wide, or the grid is made finer.
RESOLVED = 2.0

#: Probability of each tail that need not be on the grid.
TAIL = 5e-4

#: With the leading bias gone, a wider kernel than the plain rule's is better.
WIDER = 1.2

#: A range ends hard where the density next to its last draw is at least this fraction of its maximum.
EDGE = 0.1


@dataclass(frozen=True)
class Density1D:
    """A density on a regular grid of bins.

    Attributes
    ----------
    grid : (B,) array
        Centres of the bins.
    density : (B,) array
        Normalised density.
    low, high : float
        The ends of the grid where they are hard edges, infinite where the density merely fades out.
    """

    grid: FloatArray
    density: FloatArray
    low: float
    high: float

    @property
    def cell(self) -> float:
        """Width of a bin."""
        return float(self.grid[1] - self.grid[0])

    def threshold(self, mass: float) -> float:
        """Density that bounds the region of highest density with probability `mass`."""
        return _threshold(self.density, self.cell, mass)

    def credible_mass(self, x: ArrayLike) -> FloatArray:
        """Probability of the smallest region of highest density that contains `x`; 1 outside."""
        return _mass_above(self.density, self.cell, self.at(x))

    def at(self, x: ArrayLike) -> FloatArray:
        """Density at points, zero outside the grid."""
        half = 0.5 * (self.grid[1] - self.grid[0])
        outside = (np.asarray(x) < self.grid[0] - half) | (np.asarray(x) > self.grid[-1] + half)
        return np.asarray(np.where(outside, 0.0, np.interp(np.asarray(x, dtype=float), self.grid, self.density)))

    def contains(self, x: ArrayLike, mass: float) -> NDArray[np.bool_]:
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
class Density2D:
    """A density on a regular grid of cells.

    Attributes
    ----------
    x, y : (B,) array
        Centres of the cells.
    density : (B, B) array
        Normalised density; the first index is that of `y`.
    edges : tuple of float
        Hard edges (x low, x high, y low, y high), infinite where there is none.
    """

    x: FloatArray
    y: FloatArray
    density: FloatArray
    edges: tuple[float, float, float, float]

    @property
    def cell(self) -> float:
        """Area of a cell."""
        return float((self.x[1] - self.x[0]) * (self.y[1] - self.y[0]))

    def threshold(self, mass: float) -> float:
        """Density that bounds the region of highest density with probability `mass`."""
        return _threshold(self.density, self.cell, mass)

    def at(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Density at points, zero outside the grid."""
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
        return _mass_above(self.density, self.cell, self.at(x, y))

    def contains(self, x: ArrayLike, y: ArrayLike, mass: float) -> NDArray[np.bool_]:
        """Whether points lie in the region of highest density with probability `mass`."""
        return np.asarray(self.at(x, y) >= self.threshold(mass))

    def closed(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Grid and density with one more row and column on every side, so that contours close at hard edges."""
        step = 1e-3 * (self.x[1] - self.x[0]), 1e-3 * (self.y[1] - self.y[0])
        x, along_x = _extend(self.x, self.edges[0], self.edges[1], step[0])
        y, along_y = _extend(self.y, self.edges[2], self.edges[3], step[1])
        padded = np.pad(self.density[np.ix_(along_y[1:-1], along_x[1:-1])], 1)
        return x, y, padded


def _extend(grid: FloatArray, low: float, high: float, tiny: float) -> tuple[FloatArray, NDArray[np.int64]]:
    """Add the hard edges with the density beside them, and a point just outside; indices of the densities."""
    half = 0.5 * (grid[1] - grid[0])
    first = [low - tiny, low] if np.isfinite(low) else [grid[0] - half - tiny, grid[0] - half]
    last = [high, high + tiny] if np.isfinite(high) else [grid[-1] + half, grid[-1] + half + tiny]
    n = len(grid)
    index = np.concatenate([[0, 0], np.arange(n), [n - 1, n - 1]])
    return np.concatenate([first, grid, last]), index


def _threshold(density: FloatArray, cell: float, mass: float) -> float:
    values = np.sort(density, axis=None)[::-1]
    return float(np.interp(mass, np.cumsum(values) * cell, values))


def _mass_above(density: FloatArray, cell: float, level: FloatArray) -> FloatArray:
    values = np.sort(density, axis=None)
    above = np.cumsum(values[::-1])[::-1] * cell
    return np.asarray(np.interp(level, values, above, left=1.0, right=0.0))


# Smoothing ----------------------------------------------------------------------------------------------------------


def bandwidth(counts: FloatArray, effective: float) -> float:
    """Bandwidth of a density from its histogram, as a fraction of the grid's length.

    The fixed point of Botev, Grotowski & Kroese (2010, Annals of Statistics 38, 2916), which does not suppose a
    Gaussian; kept between a twentieth of and one and a half times the Gaussian rule.

    Parameters
    ----------
    counts : (B,) array
        Histogram on the grid.
    effective : float
        Effective number of independent draws.

    Examples
    --------
    >>> x = np.linspace(-8, 8, 1025)[:-1] + 8 / 1024
    >>> h = bandwidth(np.exp(-0.5 * x**2), 1e4)  # the Gaussian rule: 1.06 / 16 * 1e4**-0.2 = 0.0105
    >>> 0.009 < h < 0.012
    True
    """
    share = counts / counts.sum()
    cells = len(counts)
    where = (np.arange(cells) + 0.5) / cells
    mean = float(share @ where)
    cumulative = np.cumsum(share)
    quartiles = np.interp([0.25, 0.75], cumulative, where)
    sigma = sqrt(float(share @ (where - mean) ** 2))
    spread = min(sigma, (quartiles[1] - quartiles[0]) / 1.349) or sigma
    rule = 1.06 * spread * effective**-0.2
    squared = (scipy.fft.dct(share)[1:] / 2.0) ** 2
    k2 = np.arange(1.0, cells) ** 2

    def excess(t: float) -> float:
        norm = 2.0 * np.pi**14 * float(np.sum(k2**7 * squared * np.exp(-k2 * np.pi**2 * t)))
        for s in range(6, 1, -1):
            odd = float(np.prod(np.arange(1.0, 2 * s, 2))) / sqrt(2.0 * np.pi)
            time = (2.0 * odd * (1.0 + 0.5 ** (s + 0.5)) / 3.0 / (effective * norm)) ** (2.0 / (3.0 + 2.0 * s))
            norm = 2.0 * np.pi ** (2 * s) * float(np.sum(k2**s * squared * np.exp(-k2 * np.pi**2 * time)))
        return t - (2.0 * effective * sqrt(np.pi) * norm) ** -0.4

    # the excess rises through zero at the fixed point; spikes can make it rise again at a larger time
    times = (rule * np.geomspace(0.05, 1.5, 12)) ** 2
    signs = [excess(t) for t in times]
    for i in range(len(times) - 1):
        if signs[i] <= 0.0 < signs[i + 1]:
            return sqrt(scipy.optimize.brentq(excess, times[i], times[i + 1], rtol=1e-3))
    return sqrt(times[0] if signs[0] > 0.0 else times[-1])


def _edges(x: FloatArray, low: float, high: float) -> tuple[float, float]:
    """Hard edges of the draws: the stated ones where draws come near, or where the density ends abruptly."""
    first, last = float(x.min()), float(x.max())
    q = np.quantile(x, [0.25, 0.75])
    width = 0.5 * min(x.std(), (q[1] - q[0]) / 1.349 or x.std()) * len(x) ** -0.2
    largest = max(_density_near(x, c, width) for c in np.quantile(x, np.linspace(0.02, 0.98, 25)))
    found = [-inf, inf]
    for side, (end, stated) in enumerate(((first, low), (last, high))):
        inner = end + (0.5 if side == 0 else -0.5) * width
        if abs(end - stated) < 2.0 * width:
            found[side] = stated
        elif _density_near(x, inner, width) > EDGE * largest:
            found[side] = end
    return found[0], found[1]


def _density_near(x: FloatArray, centre: float, width: float) -> float:
    return float(np.count_nonzero(np.abs(x - centre) <= 0.5 * width))


def _grid(x: FloatArray, edges: tuple[float, float], bins: int) -> FloatArray:
    """Boundaries of the bins: to the hard edges, or beyond the bulk of the draws where there is none.

    Of a long tail, the last part is left out, so that the bins resolve the bulk; its mass is not forgotten.
    """
    first, last = float(x.min()), float(x.max())
    inner = np.quantile(x, [TAIL, 1.0 - TAIL])
    margin = 0.15 * (inner[1] - inner[0])
    return np.linspace(
        edges[0] if np.isfinite(edges[0]) else max(first, inner[0] - margin) - 0.5 * margin,
        edges[1] if np.isfinite(edges[1]) else min(last, inner[1] + margin) + 0.5 * margin,
        bins + 1,
    )


def density_1d(
    x: ArrayLike, *, low: float = -inf, high: float = inf, effective: float | None = None, bins: int = BINS_1D
) -> Density1D:
    """Density of draws of one coordinate.

    Parameters
    ----------
    x : (N,) array_like
        Draws.
    low, high : float
        Known hard edges; others are found where the density ends abruptly.
    effective : float, optional
        Effective number of independent draws, N by default.
    bins : int
        Bins of the grid.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> d = density_1d(rng.exponential(size=20000), low=0.0)
    >>> bool(abs(d.density[0] - 1.0) < 0.1)  # no leak at the edge, where a plain kernel would give a half
    True
    >>> [[round(end, 1) for end in interval] for interval in d.intervals(0.6827)]
    [[0.0, 1.1]]
    """
    draws = np.asarray(x, dtype=float).ravel()
    edges = _edges(draws, low, high)
    boundaries = _grid(draws, edges, bins)
    counts = np.histogram(draws, boundaries)[0].astype(float)
    h = WIDER * bandwidth(counts, float(effective or len(draws))) * bins
    density = _corrected(counts, lambda values: scipy.ndimage.gaussian_filter1d(values, h, mode="reflect"))
    step = boundaries[1] - boundaries[0]
    density *= counts.sum() / (len(draws) * density.sum() * step)
    return Density1D(boundaries[:-1] + 0.5 * step, density, *edges)


def density_2d(
    x: ArrayLike,
    y: ArrayLike,
    *,
    x_ends: tuple[float, float] = (-inf, inf),
    y_ends: tuple[float, float] = (-inf, inf),
    effective: float | None = None,
    bins: int = BINS_2D,
) -> Density2D:
    """Density of draws in a plane.

    The kernel has the correlation of the draws and, along each axis, the width that suits the marginal density.

    Parameters
    ----------
    x, y : (N,) array_like
        Draws.
    x_ends, y_ends : pair of float
        Known hard edges; others are found where the marginal density ends abruptly.
    effective : float, optional
        Effective number of independent draws, N by default.
    bins : int
        Cells of each side of the grid.
    """
    draws = [np.asarray(values, dtype=float).ravel() for values in (x, y)]
    n = float(effective or len(draws[0]))
    edges = [_edges(d, *ends) for d, ends in zip(draws, (x_ends, y_ends), strict=True)]
    boundaries = [_grid(d, e, bins) for d, e in zip(draws, edges, strict=True)]
    counts = np.histogram2d(draws[1], draws[0], [boundaries[1], boundaries[0]])[0]
    # the one-dimensional rule goes with n^(-1/5), the two-dimensional one with n^(-1/6)
    scale = WIDER * bins * n ** (1 / 5 - 1 / 6) / 1.06
    widths = [bandwidth(counts.sum(axis=axis), n) * scale for axis in (0, 1)]
    if min(widths) < RESOLVED and bins == BINS_2D:
        return density_2d(*draws, x_ends=x_ends, y_ends=y_ends, effective=effective, bins=2 * bins)
    correlation = float(np.clip(np.corrcoef(np.stack(draws))[0, 1], -0.97, 0.97))
    kernel = _gaussian_kernel(max(widths[0], 0.5), max(widths[1], 0.5), correlation)
    density = _corrected(counts, lambda values: _convolve(values, kernel))
    steps = [b[1] - b[0] for b in boundaries]
    centres = [b[:-1] + 0.5 * s for b, s in zip(boundaries, steps, strict=True)]
    density *= counts.sum() / (len(draws[0]) * density.sum() * steps[0] * steps[1])
    return Density2D(centres[0], centres[1], density, (*edges[0], *edges[1]))


def _corrected(counts: FloatArray, smooth: Callable[[FloatArray], FloatArray]) -> FloatArray:
    first = np.maximum(smooth(counts), 1e-9 * counts.max())
    return np.asarray(np.maximum(first * smooth(counts / first), 0.0))


def _gaussian_kernel(width_x: float, width_y: float, correlation: float) -> FloatArray:
    reach = [int(np.ceil(4.0 * w)) for w in (width_x, width_y)]
    dx = np.arange(-reach[0], reach[0] + 1)[None, :] / width_x
    dy = np.arange(-reach[1], reach[1] + 1)[:, None] / width_y
    form = (dx**2 - 2.0 * correlation * dx * dy + dy**2) / (1.0 - correlation**2)
    kernel = np.exp(-0.5 * form)
    return np.asarray(kernel / kernel.sum())


def _convolve(values: FloatArray, kernel: FloatArray) -> FloatArray:
    rows, columns = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(values, ((rows, rows), (columns, columns)), mode="symmetric")
    return np.maximum(scipy.signal.fftconvolve(padded, kernel, mode="valid"), 0.0)

"""Densities from draws: smooth, and without bias at hard edges.

The recipe is that of GetDist (Lewis 2019, arXiv:1910.13970), with an adaptive kernel (`g2fit.results.smoothing`), and
with hard edges that are found where none is stated, such as that of a limit on a mass. A draw near the hard edge of its
range (of a prior, or of a limit) is reflected there, so that no mass leaks out.
"""

from math import inf, sqrt
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.optimize
from numpy.typing import ArrayLike

from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.results.grid_density import Density1D, Density2D
from g2fit.results.levels import LEVELS, Levels
from g2fit.results.smoothing import SmoothHistogram

__all__ = ["BinnedDraws", "bandwidth", "bin_draws", "density_1d", "density_2d", "is_spread"]

#: Bins of a one-dimensional density.
BINS_1D = 1024

#: Bins of each side of a two-dimensional density.
BINS_2D = 192

#: A range ends hard where the density next to its last draw is at least this fraction of its maximum.
EDGE = 0.1

#: Probability of each tail that need not be on the grid.
TAIL = 5e-4

#: Common width of the kernel in one dimension over the width that is best without a second pass.
WIDER_1D = 1.7

#: The same in two dimensions.
WIDER_2D = 1.4


def bandwidth(counts: FloatArray, effective: float) -> float:
    """Bandwidth of a density from its histogram and effective number of draws, as a fraction of the grid's length.

    It is the fixed point of Botev, Grotowski & Kroese (2010, Annals of Statistics 38, 2916), which does not assume a
    Gaussian. It is kept near the Gaussian rule, because a spike beside a broad peak would otherwise determine it alone.

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
    quartiles = np.interp([0.25, 0.75], np.cumsum(share), where)
    sigma = sqrt(float(share @ (where - mean) ** 2))
    rule = 1.06 * (min(sigma, (quartiles[1] - quartiles[0]) / 1.349) or sigma) * effective**-0.2
    squared = (scipy.fft.dct(share)[1:] / 2.0) ** 2
    k2 = np.arange(1.0, cells) ** 2

    def excess(t: float) -> float:
        norm = 2.0 * np.pi**14 * float(np.sum(k2**7 * squared * np.exp(-k2 * np.pi**2 * t)))
        for s in range(6, 1, -1):
            odd = float(np.prod(np.arange(1.0, 2 * s, 2))) / sqrt(2.0 * np.pi)
            time = (2.0 * odd * (1.0 + 0.5 ** (s + 0.5)) / 3.0 / (effective * norm)) ** (2.0 / (3.0 + 2.0 * s))
            norm = 2.0 * np.pi ** (2 * s) * float(np.sum(k2**s * squared * np.exp(-k2 * np.pi**2 * time)))
        return t - float((2.0 * effective * sqrt(np.pi) * norm) ** -0.4)

    # the excess rises through zero at the fixed point; spikes can make it rise again at a larger time
    times = [(rule * factor) ** 2 for factor in np.geomspace(0.4, 1.3, 8)]
    signs = [excess(t) for t in times]
    for i in range(len(times) - 1):
        if signs[i] <= 0.0 < signs[i + 1]:
            return sqrt(float(scipy.optimize.brentq(excess, times[i], times[i + 1], rtol=1e-3)))
    return sqrt(times[0] if signs[0] > 0.0 else times[-1])


def is_spread(draws: FloatArray) -> bool:
    """Whether draws have a density: numbers resolve the bins of their bulk, all but tails of probability `TAIL` each.

    >>> is_spread(np.arange(9.0)), is_spread(np.append(np.zeros(9999), 1.0))
    (True, False)
    >>> is_spread(np.linspace(1e6, 1e6 + 1e-3)), is_spread(np.linspace(1e6, 1e6 + 1e-9))
    (True, False)
    """
    low, high = np.quantile(draws, [TAIL, 1.0 - TAIL])
    return bool(high - low > BINS_1D * np.spacing(max(abs(low), abs(high))))


def _edges(x: FloatArray, low: float, high: float) -> tuple[float, float]:
    """Hard edges of the draws: the stated ones if draws come near them, or where the density ends abruptly."""
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
    """Boundaries of the bins, up to the hard edges or, where there is none, beyond the bulk of the draws.

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


class BinnedDraws(NamedTuple):
    """Draws of one coordinate, shape (N,), on a regular grid of bins."""

    values: FloatArray
    #: Hard edges of their range, infinite where there is none.
    edges: tuple[float, float]
    #: Centres of the bins, and their width.
    centres: FloatArray
    step: float
    #: Whether each draw lies on the grid, and in which bin.
    inside: BoolArray
    cell: IntArray


def bin_draws(x: ArrayLike, low: float = -inf, high: float = inf, bins: int = BINS_1D) -> BinnedDraws:
    """Put draws on a grid that ends at hard edges: `low` and `high` if draws come near, or where others are found."""
    draws = np.asarray(x, dtype=float).ravel()
    edges = _edges(draws, low, high)
    boundaries = _grid(draws, edges, bins)
    cell = np.searchsorted(boundaries, draws, side="right") - 1
    cell[draws == boundaries[-1]] = bins - 1
    step = float(boundaries[1] - boundaries[0])
    return BinnedDraws(draws, edges, boundaries[:-1] + 0.5 * step, step, (cell >= 0) & (cell < bins), cell)


def density_1d(draws: BinnedDraws, effective: float | None = None, levels: Levels = LEVELS) -> Density1D:
    """Density of draws of one coordinate; the effective number of independent draws is by default that of all draws.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> d = density_1d(bin_draws(rng.exponential(size=20000), low=0.0))
    >>> bool(abs(d.density[0] - 1.0) < 0.1)  # no leak at the edge, where a plain kernel would give a half
    True
    >>> [[round(end, 1) for end in interval] for interval in d.intervals(0.6827)]
    [[0.0, 1.1]]
    """
    bins, size = len(draws.centres), len(draws.values)
    counts = np.bincount(draws.cell[draws.inside], minlength=bins).astype(float)
    n = float(effective or size)
    width = WIDER_1D * bandwidth(counts, n) * bins
    histogram = SmoothHistogram(counts[None, :], np.diag([0.0, width]) ** 2, n * counts.sum() / size)
    density = histogram.density()[0]
    density = density * (counts.sum() / (size * density.sum() * draws.step))
    return Density1D(draws.centres, density, *draws.edges, histogram, levels)


def density_2d(x: BinnedDraws, y: BinnedDraws, effective: float | None = None, levels: Levels = LEVELS) -> Density2D:
    """Density of draws in a plane, on grids with the same number of bins along both axes.

    The kernel has the correlation of the draws and, along each axis, the width that suits the marginal density. The
    effective number of independent draws is by default that of all draws.
    """
    bins, size = len(x.centres), len(x.values)
    n = float(effective or size)
    inside = x.inside & y.inside
    counts = np.bincount(y.cell[inside] * bins + x.cell[inside], minlength=bins**2).reshape(bins, bins).astype(float)
    # the one-dimensional rule goes with n^(-1/5), the two-dimensional one with n^(-1/6)
    scale = WIDER_2D * bins * n ** (1 / 5 - 1 / 6) / 1.06
    widths = scale * np.array([bandwidth(counts.sum(axis=axis), n) for axis in (1, 0)])
    correlation = float(np.clip(np.corrcoef(x.values, y.values)[0, 1], -0.97, 0.97))
    covariance = np.outer(widths, widths) * np.array([[1.0, correlation], [correlation, 1.0]])
    histogram = SmoothHistogram(counts, covariance, n * counts.sum() / size)
    density = histogram.density()
    density = density * (counts.sum() / (size * density.sum() * x.step * y.step))
    return Density2D(x.centres, y.centres, density, (*x.edges, *y.edges), histogram, levels)

"""Regions of highest density that do not follow the noise of the draws.

Where a density is flat, the cells above any level are a matter of chance, and a region made of them has stripes,
holes and islands. A bootstrap of the draws gives the standard error of the density. With it, a peak is *confirmed* if
it stands more than `CONFIRMED` standard errors above the highest pass to a higher peak, and a pit likewise below. Every
part of a region contains a confirmed peak, and every gap a confirmed pit.

If the plain region of highest density is of that kind, it is the region. If not, a cell is inside where the density is
more than `CONFIRMED` standard errors above that of the boundary, and outside where it is as far below. Between, where
the draws cannot tell, the cells are taken in the order of a smoother density, by the narrowest of a row of wider
kernels that gives a region of that kind; as a last resort in the order of their distance from what is inside. The
probability of the region is always the one that was asked for.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.ndimage

from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.results.peaks_and_pits import peaks_and_passes
from g2fit.results.smoothing import SmoothHistogram

__all__ = ["CONFIRMED", "StableRegions", "parts_and_gaps"]

#: A peak or pit is confirmed if it stands out by more than this many standard errors. A panel has up to a thousand
#: places for one.
CONFIRMED = 4.0

#: Factors on the width of the kernel, tried in turn.
WIDER = (2.0, 4.0, 8.0, 16.0)

#: Steps of the bisection for the probability of a region whose unconfirmed parts and gaps are removed.
STEPS = 16

#: Neighbours of a cell in a region, and in a gap, so that a line of cells cannot be crossed through its corners.
INSIDE, OUTSIDE = np.ones((3, 3), bool), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


class StableRegions:
    """Regions of one density.

    Parameters
    ----------
    density : (columns) or (rows, columns) array
        Normalised density on a regular grid.
    cell : float
        Size of a cell of the grid.
    histogram : SmoothHistogram, optional
        What the density was made of; without it, regions are the plain ones.
    """

    def __init__(self, density: FloatArray, cell: float, histogram: SmoothHistogram | None = None) -> None:
        self._density = np.atleast_2d(density)
        self._shape = density.shape
        self._cell = cell
        self._histogram = histogram
        self._known: dict[float, FloatArray] = {}

    @cached_property
    def _falling(self) -> tuple[FloatArray, FloatArray]:
        """Densities of all cells, the largest first, and the probability of each cell with those before it."""
        values = np.sort(self._density, axis=None)[::-1]
        return values, np.cumsum(values) * self._cell

    def threshold(self, mass: float) -> float:
        """Density on the boundary of the plain region of highest density with probability `mass`."""
        values, within = self._falling
        return float(np.interp(mass, within, values))

    def plain_mass(self, density: FloatArray) -> FloatArray:
        """Probability of the plain region of highest density at whose boundary the density has a value."""
        values, within = self._falling
        return np.asarray(np.interp(density, values[::-1], within[::-1], left=1.0, right=0.0))

    def score(self, mass: float) -> FloatArray:
        """Surface on the grid that is positive in the region with probability `mass`, zero on its boundary."""
        if mass not in self._known:
            self._known[mass] = self._score(mass).reshape(self._shape)
        return self._known[mass]

    def _score(self, mass: float) -> FloatArray:
        plain = self._density - self.threshold(mass)
        if self._histogram is None or self._is_confirmed(plain >= 0.0):
            return plain
        distance = plain / self._error
        decided = np.where(np.abs(distance) > CONFIRMED, np.sign(distance), 0.0)
        for factor in WIDER:
            ordered = self._ordered(np.log(self._wider(factor)), decided, mass)
            if self._is_confirmed(ordered >= 0.0):
                return ordered
        return self._nearest(ordered, decided, mass)

    # What is confirmed ------------------------------------------------------------------------------------------------

    @cached_property
    def _error(self) -> FloatArray:
        assert self._histogram is not None
        plain = self._histogram.density()
        return self._histogram.standard_error(plain) * float(self._density.sum() / plain.sum())

    def _wider(self, factor: float) -> FloatArray:
        assert self._histogram is not None
        return self._histogram.density(factor)

    @cached_property
    def _features(self) -> tuple[IntArray, IntArray]:
        """Flat indices of the confirmed peaks and of the confirmed pits."""
        error = self._error.ravel()
        found = []
        for sign in (1.0, -1.0):
            height = sign * self._density
            places, passes = peaks_and_passes(height)
            prominence = height.ravel()[places] - height.ravel()[passes]
            found.append(places[prominence > CONFIRMED * np.hypot(error[places], error[passes])])
        return found[0], found[1]

    def _is_confirmed(self, inside: BoolArray) -> bool:
        parts, gaps = _labels(inside)
        if parts.max() <= 1 and gaps.max() <= 1:
            return True
        peaks, pits = self._features
        return _unconfirmed(parts, peaks).size == 0 and _unconfirmed(gaps, pits).size == 0

    def _cleaned(self, inside: BoolArray) -> BoolArray:
        """Drop the unconfirmed parts of a region, then fill its unconfirmed gaps."""
        peaks, pits = self._features
        parts, _ = _labels(inside)
        kept = inside & ~np.isin(parts, _unconfirmed(parts, peaks))
        _, gaps = _labels(kept)
        return np.asarray(kept | np.isin(gaps, _unconfirmed(gaps, pits)))

    # Where the draws cannot tell --------------------------------------------------------------------------------------

    def _ordered(self, order: FloatArray, decided: FloatArray, mass: float) -> FloatArray:
        """Score by an order of the undecided cells that gives the region its probability."""
        level = self._level(order, decided, mass)
        score = order - level
        return np.asarray(np.where(decided == 0.0, score, decided * np.maximum(np.abs(score), np.ptp(order) * 1e-3)))

    def _level(self, order: FloatArray, decided: FloatArray, mass: float) -> float:
        """Value of `order` above which the undecided cells make up the missing probability."""
        open_cells = decided == 0.0
        missing = mass / self._cell - self._density[decided > 0.0].sum()
        falling = np.argsort(-order[open_cells], kind="stable")
        within = np.cumsum(self._density[open_cells][falling])
        return float(np.interp(missing, within, order[open_cells][falling]))

    def _nearest(self, ordered: FloatArray, decided: FloatArray, mass: float) -> FloatArray:
        """Score by the distance from the confirmed part of a region, without its unconfirmed parts and gaps."""
        peaks, _ = self._features
        parts, _ = _labels(decided > 0.0)
        core = np.isin(parts, _chosen(parts, peaks))
        core.ravel()[peaks[(decided.ravel()[peaks] >= 0.0)]] = True
        if not core.any():
            core.ravel()[np.argmax(np.where(decided == 0.0, ordered, -np.inf))] = True
        order = -scipy.ndimage.distance_transform_edt(~core)
        low, high = float(order.min()) - 1.0, 0.0
        wanted = mass / self._cell
        for _ in range(STEPS):
            level = 0.5 * (low + high)
            inside = self._cleaned((decided > 0.0) | ((decided == 0.0) & (order >= level)))
            low, high = (level, high) if self._density[inside].sum() > wanted else (low, level)
        size = np.maximum(np.abs(order - level), 0.25)
        return np.asarray(np.where(inside, size, -size))


def parts_and_gaps(inside: BoolArray) -> tuple[int, int]:
    """Number of connected parts of a region on a grid, and of connected parts of what lies outside."""
    parts, gaps = _labels(inside)
    return int(parts.max()), int(gaps.max())


def _labels(inside: BoolArray) -> tuple[IntArray, IntArray]:
    """Numbers of the parts of a region and of its gaps, from 1; 0 elsewhere."""
    parts, _ = scipy.ndimage.label(inside, INSIDE)
    gaps, _ = scipy.ndimage.label(~inside, OUTSIDE)
    return parts, gaps


def _chosen(labels: IntArray, places: IntArray) -> IntArray:
    """Labels that hold one of the places (flat indices)."""
    chosen = np.unique(labels.ravel()[places])
    return chosen[chosen > 0]


def _unconfirmed(labels: IntArray, places: IntArray) -> IntArray:
    """Labels that hold none of the places; the largest one is not among them if none does."""
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    confirmed = _chosen(labels, places)
    if not confirmed.size and len(sizes) > 1:
        confirmed = np.array([np.argmax(sizes)])
    return np.setdiff1d(np.arange(1, len(sizes)), confirmed)

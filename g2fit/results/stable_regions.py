"""Regions of highest density that do not follow the noise of the draws.

Where a density is flat, the cells above any level are a matter of chance, and a region made of them has stripes,
holes and islands. A bootstrap of the draws gives the standard error of the density. With it, a peak is *confirmed* if
it stands more than `CONFIRMED` standard errors above the highest pass to a higher peak, and a pit likewise below. Every
part of a region contains a confirmed peak, and every gap a confirmed pit: others are dropped or filled, and the level
is moved so that the region has the probability that was asked for.

Where the density is flat at the level of the boundary, too much would have to be dropped and filled. There the cells
whose density differs from that level by less than `CONFIRMED` standard errors are taken in the order of a smoother
density, by the narrowest of a row of wider kernels with which little is left to drop and fill; as a last resort in the
order of their distance from the highest peak that is inside.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.ndimage

from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.results.levels import LEVELS
from g2fit.results.peaks_and_pits import peaks_and_passes
from g2fit.results.smoothing import SmoothHistogram

__all__ = ["CONFIRMED", "StableRegions", "parts_and_gaps"]

#: A peak or pit is confirmed if it stands out by more than this many standard errors. A panel has up to a thousand
#: places for one.
CONFIRMED = 4.0

#: Factors on the width of the kernel, tried in turn.
WIDER = (2.0, 4.0, 8.0, 16.0)

#: Number of the order by the distance from a peak; 0 is that by the density, the others are by the wider kernels.
NEAREST = len(WIDER) + 1

#: Largest probability of the parts and gaps of a region that are dropped and filled before a wider kernel is tried.
MOVED = 0.02

#: Largest difference of the probability of a region from the one that was asked for, before a wider kernel is tried.
EXACT = 0.003

#: A boundary is jagged if the next wider kernel shortens it to less than this fraction.
SHORTER = 0.93

#: Steps of the bisection for the level.
STEPS = 24

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
        self._tried: dict[tuple[int, float], tuple[FloatArray, bool]] = {}

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
        if self._histogram is None:
            return self._density - self.threshold(mass)
        for order in range(self._first_order, NEAREST):
            score, good = self._settled(order, mass)
            if good:
                return score
        return self._settled(NEAREST, mass)[0]

    @cached_property
    def _first_order(self) -> int:
        """The order that serves regions of both usual levels, so that one lies within the other.

        It is the first one that needs no wider kernel or, in a plane, the next one if that shortens the boundaries.
        """
        for order in range(NEAREST):
            if all(self._settled(order, level)[1] for level in LEVELS):
                jagged = (
                    len(self._density) > 1
                    and order + 1 < NEAREST
                    and all(self._settled(order + 1, level)[1] for level in LEVELS)
                    and self._boundaries(order + 1) < SHORTER * self._boundaries(order)
                )
                return order + jagged
        return NEAREST

    def _boundaries(self, order: int) -> int:
        """Length of the boundaries of the regions of both usual levels, in sides of cells."""
        inside = [self._settled(order, level)[0] >= 0.0 for level in LEVELS]
        return int(sum(np.count_nonzero(np.diff(mask, axis=axis)) for mask in inside for axis in (0, 1)))

    # What is confirmed ------------------------------------------------------------------------------------------------

    @cached_property
    def _error(self) -> FloatArray:
        assert self._histogram is not None
        plain = self._histogram.density()
        return self._histogram.standard_error(plain) * float(self._density.sum() / plain.sum())

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

    def _cleaned(self, inside: BoolArray) -> BoolArray:
        """Drop the unconfirmed parts of a region, then fill its unconfirmed gaps."""
        peaks, pits = self._features
        parts, count = scipy.ndimage.label(inside, INSIDE)
        kept = inside if count < 2 else inside & _confirmed(parts, count, peaks)[parts]
        gaps, count = scipy.ndimage.label(~kept, OUTSIDE)
        return kept if count < 2 else ~_confirmed(gaps, count, pits)[gaps]

    # The order in which cells are taken -----------------------------------------------------------------------------

    def _settled(self, order: int, mass: float) -> tuple[FloatArray, bool]:
        """Score of the region by one order, and whether it needs no wider kernel."""
        key = (order, mass)
        if key not in self._tried:
            self._tried[key] = self._settle(self._height(order, mass), mass)
        return self._tried[key]

    def _height(self, order: int, mass: float) -> FloatArray:
        """Surface above which cells are inside: a density, or what decides between those near the boundary."""
        if order == 0:
            return self._density
        distance = (self._density - self.threshold(mass)) / self._error
        beyond = np.sign(distance) * np.maximum(np.abs(distance) - CONFIRMED, 0.0)
        undecided = beyond == 0.0
        if order == NEAREST:
            peaks, _ = self._features
            inside = peaks[beyond.ravel()[peaks] >= 0.0]
            near = self._height(len(WIDER), mass) if not inside.size else None
            start = np.ones(self._density.shape, bool)
            start.ravel()[inside[:1] if near is None else np.argmax(np.where(undecided, near, -np.inf))] = False
            height = -scipy.ndimage.distance_transform_edt(start)
        else:
            assert self._histogram is not None
            height = np.log(self._histogram.density(WIDER[order - 1]))
        # one standard error more counts for more than all differences among the undecided
        return np.asarray(height + beyond * (np.ptp(height[undecided]) if undecided.any() else 1.0))

    def _settle(self, height: FloatArray, mass: float) -> tuple[FloatArray, bool]:
        """Find the level above which the cells, without unconfirmed parts and gaps, have a probability."""
        falling = np.argsort(-height, axis=None, kind="stable")
        within = np.cumsum(self._density.ravel()[falling]) * self._cell
        plain = float(np.interp(mass, within, height.ravel()[falling]))
        inside = height >= plain
        cleaned = self._cleaned(inside)
        level = plain
        if (cleaned != inside).any():
            low, high = 0.0, 1.0  # probabilities of the plain region whose level it is
            for _ in range(STEPS):
                middle = 0.5 * (low + high)
                level = float(np.interp(middle, within, height.ravel()[falling]))
                inside = height >= level
                cleaned = self._cleaned(inside)
                low, high = (low, middle) if self._density[cleaned].sum() * self._cell > mass else (middle, high)
        moved, found = (float(self._density[cells].sum() * self._cell) for cells in (cleaned != inside, cleaned))
        good = moved <= MOVED and abs(found - mass) <= EXACT
        score = height - level
        size = np.maximum(np.abs(score), 1e-6 * np.ptp(height))
        return np.where(cleaned == inside, score, np.where(cleaned, size, -size)), good


def parts_and_gaps(inside: BoolArray) -> tuple[int, int]:
    """Number of connected parts of a region on a grid, and of connected parts of what lies outside."""
    return scipy.ndimage.label(inside, INSIDE)[1], scipy.ndimage.label(~inside, OUTSIDE)[1]


def _confirmed(labels: IntArray, count: int, places: IntArray) -> BoolArray:
    """Whether each label, from 0, holds one of the places (flat indices); if none does, the largest is taken to."""
    found = np.zeros(count + 1, bool)
    found[labels.ravel()[places]] = True
    if not found[1:].any():
        found[1 + np.argmax(np.bincount(labels.ravel(), minlength=count + 1)[1:])] = True
    found[0] = False
    return found

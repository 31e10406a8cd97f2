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

A region must have the probability that was asked for. Where it cannot, because a chance pit within a plateau passes for
confirmed and what lies behind it has no confirmed peak, more standard errors are asked of peaks and pits; and if none
of this gives the probability, the region is the plain one.

The two regions of a figure lie within one another: if the outer one, so found, leaves out cells of the inner one, it is
found again with all of these inside.
"""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import NamedTuple

import numpy as np
import scipy.ndimage

from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.results.levels import LEVELS, Levels
from g2fit.results.peaks_and_pits import peaks_and_passes
from g2fit.results.smoothing import SmoothHistogram

__all__ = ["CONFIRMED", "StableRegions", "parts_and_gaps"]

#: A peak or pit is confirmed if it stands out by more than this many standard errors. A panel has up to a thousand
#: places for one.
CONFIRMED = 4.0

#: Numbers of standard errors that are asked of peaks and pits, tried in turn. With the last, a region is one part
#: without holes, that of the highest peak.
STRICTER = (CONFIRMED, 6.0, 9.0, inf)

#: Factors on the width of the kernel, tried in turn.
WIDER = (2.0, 4.0, 8.0, 16.0)

#: Number of the order by the distance from a peak; 0 is that by the density, the others are by the wider kernels.
NEAREST = len(WIDER) + 1

#: Largest probability of the parts and gaps of a region that are dropped and filled before a wider kernel is tried.
MOVED = 0.02

#: Largest difference of the probability of a region from the one that was asked for, before another way is tried; where
#: a cell at the boundary holds more, that.
EXACT = 0.003

#: A boundary is jagged if the next wider kernel shortens it to less than this fraction.
SHORTER = 0.93

#: Steps of the bisection for the level.
STEPS = 24

#: Neighbours of a cell in a region, and in a gap, so that a line of cells cannot be crossed through its corners.
INSIDE, OUTSIDE = np.ones((3, 3), bool), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


class _Attempt(NamedTuple):
    """How a region is found: index in `STRICTER`, and the number of the order in which cells are taken."""

    strictness: int
    order: int


#: All ways, in the order in which they are tried.
ATTEMPTS = [_Attempt(strictness, order) for strictness in range(len(STRICTER)) for order in range(NEAREST + 1)]


class _Settled(NamedTuple):
    """A region that was found: its score, and whether it may be taken without a look at others."""

    score: FloatArray
    good: bool
    #: Probability of the parts and gaps that were dropped and filled; infinite if that of the region is not as asked.
    moved: float


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
    levels : tuple of float
        The probabilities that are shown together. Regions of larger probabilities contain theirs.
    """

    def __init__(
        self, density: FloatArray, cell: float, histogram: SmoothHistogram | None = None, levels: Levels = LEVELS
    ) -> None:
        self._levels = levels
        self._density = np.atleast_2d(density)
        self._shape = density.shape
        self._cell = cell
        self._histogram = histogram
        self._known: dict[float, FloatArray] = {}
        self._tried: dict[tuple[_Attempt, float], _Settled] = {}

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
            self._known[mass] = self._score(mass)
        return self._known[mass].reshape(self._shape)

    def _score(self, mass: float) -> FloatArray:
        if self._histogram is None:
            return self._density - self.threshold(mass)
        attempt = self._chosen(mass)
        score = self._settled(attempt, mass).score if attempt else self._density - self.threshold(mass)
        smaller = [level for level in self._levels if level < mass]
        if not smaller:
            return score
        self.score(max(smaller))
        inner = self._known[max(smaller)]
        if attempt and (score[inner >= 0.0] < 0.0).any():
            score = self._settle(attempt, mass, inner >= 0.0).score
        # the larger of two surfaces is positive, between the cells too, wherever one of them is
        return np.maximum(score, inner * (np.ptp(score) / np.ptp(inner)))

    def _chosen(self, mass: float) -> _Attempt | None:
        """How the region is found: the first way that is good, or else the one that moves least."""
        ways = ATTEMPTS[ATTEMPTS.index(self._first) :]
        found = next((attempt for attempt in ways if self._settled(attempt, mass).good), None)
        found = found or min(ways, key=lambda attempt: self._settled(attempt, mass).moved)
        return found if self._settled(found, mass).moved < inf else None

    @cached_property
    def _first(self) -> _Attempt:
        """The narrowest kernel that serves the regions of both levels, the narrowest of all if none does.

        In a plane it is the next one if that shortens the boundaries.
        """
        for attempt in ATTEMPTS[:NEAREST]:
            if self._serves(attempt):
                wider = _Attempt(0, attempt.order + 1)
                jagged = (
                    len(self._density) > 1
                    and wider.order < NEAREST
                    and self._serves(wider)
                    and self._boundaries(wider) < SHORTER * self._boundaries(attempt)
                )
                return wider if jagged else attempt
        return ATTEMPTS[0]

    def _serves(self, attempt: _Attempt) -> bool:
        return all(self._settled(attempt, level).good for level in self._levels)

    def _boundaries(self, attempt: _Attempt) -> int:
        """Length of the boundaries of the regions of both levels, in sides of cells."""
        inside = [self._settled(attempt, level).score >= 0.0 for level in self._levels]
        return int(sum(np.count_nonzero(np.diff(mask, axis=axis)) for mask in inside for axis in (0, 1)))

    # What is confirmed ------------------------------------------------------------------------------------------------

    @cached_property
    def _error(self) -> FloatArray:
        assert self._histogram is not None
        plain = self._histogram.density()
        return self._histogram.standard_error(plain) * float(self._density.sum() / plain.sum())

    @cached_property
    def _prominences(self) -> list[tuple[IntArray, FloatArray, FloatArray]]:
        """Flat indices of all peaks, how far each stands out and the standard error of that; and those of all pits."""
        error = self._error.ravel()
        found = []
        for sign in (1.0, -1.0):
            height = sign * self._density
            places, passes = peaks_and_passes(height)
            prominence = height.ravel()[places] - height.ravel()[passes]
            found.append((places, prominence, np.hypot(error[places], error[passes])))
        return found

    def _features(self, strictness: int) -> tuple[IntArray, IntArray]:
        """Flat indices of the confirmed peaks and of the confirmed pits."""
        asked = STRICTER[strictness]
        if asked == inf:
            return np.array([np.argmax(self._density)]), self._features(0)[1]
        peaks, pits = (places[prominence > asked * error] for places, prominence, error in self._prominences)
        return peaks, pits

    def _cleaned(self, inside: BoolArray, strictness: int, inner: BoolArray | None) -> BoolArray:
        """Drop the unconfirmed parts of a region but for those of an inner one, then fill its unconfirmed gaps."""
        peaks, pits = self._features(strictness)
        parts, count = scipy.ndimage.label(inside, INSIDE)
        kept = inside if count < 2 else inside & _confirmed(parts, count, peaks)[parts]
        if inner is not None:
            kept = kept | inner
        if STRICTER[strictness] == inf:
            kept = scipy.ndimage.binary_fill_holes(kept, OUTSIDE)
        gaps, count = scipy.ndimage.label(~kept, OUTSIDE)
        if count < 2:
            return np.asarray(kept)
        left = _confirmed(gaps, count, pits)
        if STRICTER[strictness] == inf:  # gaps at the edge of the grid, too, if they are not small
            left[1:] |= np.bincount(gaps.ravel(), self._density.ravel(), count + 1)[1:] * self._cell > MOVED
        return np.asarray(~left[gaps])

    # The order in which cells are taken -----------------------------------------------------------------------------

    def _settled(self, attempt: _Attempt, mass: float) -> _Settled:
        key = (attempt, mass)
        if key not in self._tried:
            self._tried[key] = self._settle(attempt, mass)
        return self._tried[key]

    def _height(self, attempt: _Attempt, mass: float) -> FloatArray:
        """Surface above which cells are inside: a density, or what decides between those near the boundary."""
        strictness, order = attempt
        if order == 0:
            return self._density
        distance = (self._density - self.threshold(mass)) / self._error
        beyond = np.sign(distance) * np.maximum(np.abs(distance) - CONFIRMED, 0.0)
        undecided = beyond == 0.0
        if order == NEAREST:
            peaks, _ = self._features(strictness)
            inside = peaks[beyond.ravel()[peaks] >= 0.0]
            near = self._height(_Attempt(strictness, len(WIDER)), mass) if not inside.size else None
            start = np.ones(self._density.shape, bool)
            start.ravel()[inside[:1] if near is None else np.argmax(np.where(undecided, near, -np.inf))] = False
            height = -scipy.ndimage.distance_transform_edt(start)
        else:
            assert self._histogram is not None
            height = np.log(self._histogram.density(WIDER[order - 1]))
        low, high = (height[undecided].min(), height[undecided].max()) if undecided.any() else (0.0, 1.0)
        # one standard error more counts for more than all differences among the undecided
        return np.asarray(np.clip(height, low, high) + beyond * (high - low))

    def _settle(self, attempt: _Attempt, mass: float, inner: BoolArray | None = None) -> _Settled:
        """Find the level above which the cells, without unconfirmed parts and gaps, have a probability.

        The cells of an inner region are inside in any case.
        """
        height = self._height(attempt, mass)
        falling = np.argsort(-height, axis=None, kind="stable")
        within = np.cumsum(self._density.ravel()[falling]) * self._cell

        def at(probability: float) -> tuple[float, BoolArray, BoolArray]:
            """Level of the plain region with a probability, the cells above it, and those that are taken."""
            level = float(np.interp(probability, within, height.ravel()[falling]))
            above = height >= level
            return level, above, self._cleaned(above if inner is None else above | inner, attempt.strictness, inner)

        level, above, taken = at(mass)
        if (taken != above).any():
            low, high = 0.0, 1.0
            for _ in range(STEPS):
                middle = 0.5 * (low + high)
                level, above, taken = at(middle)
                low, high = (low, middle) if self._density[taken].sum() * self._cell > mass else (middle, high)
        moved, found = (float(self._density[cells].sum() * self._cell) for cells in (taken != above, taken))
        if abs(found - mass) > max(EXACT, self.threshold(mass) * self._cell):
            moved = inf
        good = moved <= MOVED or (attempt.order == NEAREST and moved < inf)
        score = height - level
        size = np.maximum(np.abs(score), 1e-6 * np.ptp(height))
        return _Settled(np.where(taken == above, score, np.where(taken, size, -size)), good, moved)


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

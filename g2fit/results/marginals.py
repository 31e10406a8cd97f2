"""Marginal densities of any quantity or pair of quantities of a run, and their credible regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from itertools import combinations
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.errors import InputError
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import BoolArray, FloatArray
from g2fit.results import Result
from g2fit.results.axis_scales import Axis, axis_of
from g2fit.results.constraint import Constraint, constraint_of
from g2fit.results.grid_density import Density1D, Density2D
from g2fit.results.kernel_density import (
    BINS_1D,
    BINS_2D,
    BinnedDraws,
    bin_draws,
    density_1d,
    density_2d,
    is_spread,
)
from g2fit.results.levels import Levels
from g2fit.sampling.diagnostics import ess_bulk

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Marginals", "Region1D", "Region2D", "ranks_of"]

#: A quantity with fewer different values than this is discrete, such as a number of solutions, and has no density.
DISTINCT = 50

#: Cells of each side of a map of means.
MEAN_BINS = 64

#: Width of the kernel of a map of means, in cells.
MEAN_WIDTH = 2.0

#: Least number of draws per cell, after smoothing, where a mean is given.
MEAN_COUNT = 0.5


class Region1D(NamedTuple):
    """Marginal density of one quantity: its axis, and the density of the axis's coordinate."""

    axis: Axis
    density: Density1D

    def intervals(self, mass: float) -> list[tuple[float, float]]:
        """Intervals of highest density with total probability `mass`, in shown values."""
        ends = [self.axis.from_coordinate(np.array(pair)) for pair in self.density.intervals(mass)]
        return [(float(low), float(high)) for low, high in ends]

    def contains(self, values: ArrayLike, mass: float) -> BoolArray:
        """Whether values of the quantity (not shown values) lie in the region with probability `mass`."""
        return self.density.contains(_coordinate(self.axis, values), mass)

    def curve(self) -> tuple[FloatArray, FloatArray]:
        """Return shown values and density of the coordinate, zero at hard edges."""
        grid, density = self.density.closed()
        return self.axis.from_coordinate(grid), density


class Region2D(NamedTuple):
    """Marginal density in a plane of two quantities: their axes, and the density of the axes' coordinates."""

    x: Axis
    y: Axis
    density: Density2D

    def surface(self, mass: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return shown values of x and y and a surface that is positive in the region with probability `mass`.

        It is negative around the grid, so that its contour at zero closes.
        """
        score = self.density.score(mass)
        x, y, surface = self.density.closed(score, -float(np.abs(score).max()))
        return self.x.from_coordinate(x), self.y.from_coordinate(y), surface

    def contains(self, x: ArrayLike, y: ArrayLike, mass: float) -> BoolArray:
        """Whether points (values, not shown values) lie in the region with probability `mass`."""
        return self.density.contains(_coordinate(self.x, x), _coordinate(self.y, y), mass)

    def credible_mass(self, x: ArrayLike, y: ArrayLike) -> FloatArray:
        """Probability of the smallest plain region of highest density that contains each point (values of x and y)."""
        return self.density.credible_mass(_coordinate(self.x, x), _coordinate(self.y, y))


def _coordinate(axis: Axis, values: ArrayLike) -> FloatArray:
    shown = axis.show(values)
    if axis.scale == "log":
        shown = np.where(shown > 0.0, shown, np.nan)  # not on the axis: in no region
    coordinate = axis.coordinate(shown)
    return np.asarray(np.where(np.isnan(coordinate), -np.inf, coordinate))


def _once[**P, T](compute: Callable[Concatenate[Marginals, P], T]) -> Callable[Concatenate[Marginals, P], T]:
    """Make a method compute each of its values once."""

    @wraps(compute)
    def known(marginals: Marginals, /, *names: P.args, **others: P.kwargs) -> T:
        key = (compute.__name__, *names, *others.items())
        if key not in marginals._known:
            marginals._known[key] = compute(marginals, *names, **others)
        value: T = marginals._known[key]
        return value

    return known


class Marginals:
    """Marginal densities of a run, each computed once.

    Densities are densities per unit of the shown coordinate: per logarithm on a logarithmic axis, where the prior of
    a log-uniform parameter is flat. Regions of highest density are therefore those that the figures suggest.

    Parameters
    ----------
    result : Result
        The run.
    levels : tuple of float, optional
        The probabilities of regions that are shown together, and so lie within one another; those of the run's card by
        default.
    """

    def __init__(self, result: Result, levels: Levels | None = None) -> None:
        self.result = result
        self.levels = levels or result.levels
        self._known: dict[tuple[Any, ...], Any] = {}

    @_once
    def is_continuous(self, name: str) -> bool:
        """Whether a quantity is continuous; a constant or a discrete quantity has no density.

        Neither has one of which a single draw carries nearly all of the weight, or that varies by less than its numbers
        resolve.
        """
        draws = self.result.draws(name)
        few = np.unique(draws.ravel()[: 100 * DISTINCT]).size <= DISTINCT  # most need no look at all draws
        discrete = few and np.unique(draws).size <= DISTINCT
        return bool(np.isfinite(draws).all() and not discrete and is_spread(self.coordinates(name)))

    @_once
    def axis(self, name: str) -> Axis:
        """How a quantity is shown."""
        return axis_of(self.result, name)

    @_once
    def coordinates(self, name: str) -> FloatArray:
        """All draws of a quantity, in its axis's coordinate."""
        axis = self.axis(name)
        return axis.coordinate(axis.show(self.result.draws(name).ravel()))

    @_once
    def ranks(self, name: str) -> FloatArray:
        """Ranks of all draws of a quantity, as a vector of length 1 and mean 0."""
        ranks = ranks_of(self.result.draws(name)).ravel()
        ranks -= ranks.mean()
        return np.asarray(ranks / np.linalg.norm(ranks))

    @_once
    def effective(self, name: str) -> float:
        """Effective number of independent draws."""
        return float(ess_bulk(self.result.draws(name)))

    @_once
    def _binned(self, name: str, bins: int) -> BinnedDraws:
        if not self.is_continuous(name):
            raise InputError(f"{self.result.folder.path}: {name} takes too few values to have a density")
        return bin_draws(self.coordinates(name), *self.axis(name).ends, bins)

    @_once
    def one(self, name: str) -> Region1D:
        """Marginal density of a quantity."""
        return Region1D(self.axis(name), density_1d(self._binned(name, BINS_1D), self.effective(name), self.levels))

    @_once
    def two(self, x: str, y: str) -> Region2D:
        """Marginal density in the plane of two quantities."""
        draws = self._binned(x, BINS_2D), self._binned(y, BINS_2D)
        density = density_2d(*draws, min(self.effective(x), self.effective(y)), self.levels)
        return Region2D(self.axis(x), self.axis(y), density)

    def prepare(self, names: Sequence[str]) -> None:
        """Compute the credible regions of quantities and of all pairs of them, in parallel."""
        with ThreadPoolExecutor(available_cores()) as pool:
            list(pool.map(lambda name: [self.one(name).density.score(level) for level in self.levels], names))
            list(pool.map(lambda pair: [self.two(*pair).density.score(level) for level in self.levels],
                          combinations(names, 2)))  # fmt: skip

    def region(self, name: str, mass: float) -> list[tuple[float, float]]:
        """Intervals of the credible region of a quantity, in its own values, rising."""
        axis = self.axis(name)
        pairs = (sorted(axis.value(pair).tolist()) for pair in self.one(name).intervals(mass))
        return sorted((low, high) for low, high in pairs)

    @_once
    def constraint(self, name: str) -> Constraint:
        """What the posterior says about a quantity: a region, a limit, or nothing that the prior did not say."""
        support = self.result.support(name)
        if support is None or not self.result.has("prior"):  # derived quantities; slow models without draws of it
            return Constraint("region")
        draws, prior = self.result.draws(name).ravel(), self.result.array("prior", name).ravel()
        return constraint_of(draws, prior, support, self.axis(name), self.one(name).density)

    def mean(self, x: str, y: str, name: str) -> xr.Dataset:
        """Posterior mean of a quantity over the plane of two others, NaN where there are hardly any draws.

        Returns
        -------
        xarray.Dataset
            The mean, called `name`, over `y` and `x` (values, not shown values).
        """
        import scipy.ndimage
        import xarray as xr

        region = self.two(x, y).density
        edges = [np.linspace(grid[0], grid[-1], MEAN_BINS + 1) for grid in (region.y, region.x)]
        draws = self.coordinates(y), self.coordinates(x)
        values = self.result.draws(name).ravel()
        scale = float(np.abs(values).max()) or 1.0  # values as small as 1e-13 must not vanish against rounding
        count = np.histogram2d(*draws, bins=edges)[0]
        total = np.histogram2d(*draws, bins=edges, weights=values / scale)[0]
        smooth = [scipy.ndimage.gaussian_filter(table, MEAN_WIDTH, mode="nearest") for table in (count, total)]
        mean = np.full(count.shape, np.nan)
        dense = smooth[0] > MEAN_COUNT
        mean[dense] = scale * smooth[1][dense] / smooth[0][dense]
        centres = [0.5 * (edge[:-1] + edge[1:]) for edge in edges]
        rows, columns = (
            self.axis(q).value(self.axis(q).from_coordinate(c)) for q, c in zip((y, x), centres, strict=True)
        )
        label = self.axis(name)
        return xr.Dataset({name: ((y, x), mean, {"latex": label.latex, "units": label.unit or "1"})},
                          coords={y: rows, x: columns})  # fmt: skip

    def limits(self, name: str, mass: float = 0.999) -> tuple[float, float]:
        """Range that shows `mass` of the draws, extended to hard edges that are near; in shown values."""
        values = self.coordinates(name)
        low, high = np.quantile(values, [0.5 - 0.5 * mass, 0.5 + 0.5 * mass])
        margin = 0.04 * (high - low)
        density = self.one(name).density
        low = density.low if low - 2.0 * margin < density.low else low - margin
        high = density.high if high + 2.0 * margin > density.high else high + margin
        shown = self.axis(name).from_coordinate(np.array([low, high]))
        return float(shown[0]), float(shown[1])


def ranks_of(draws: FloatArray) -> FloatArray:
    """Ranks of all draws, from 0, in the shape of the draws."""
    ranks = np.empty(draws.size)
    ranks[np.argsort(draws, axis=None)] = np.arange(draws.size)
    return ranks.reshape(draws.shape)

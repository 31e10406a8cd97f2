"""Credible regions of known densities hold what they say, also at hard edges."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
from numpy.typing import ArrayLike

from g2fit.results.grid_density import Density2D
from g2fit.results.kernel_density import BINS_2D, bin_draws, density_1d, density_2d
from g2fit.results.levels import LEVELS

Pair = tuple[np.ndarray, np.ndarray]


def gaussian(rng: np.random.Generator, n: int) -> Pair:
    return rng.normal(size=n), rng.normal(size=n)


def correlated(rng: np.random.Generator, n: int) -> Pair:
    x, y = gaussian(rng, n)
    return x, 0.95 * x + np.sqrt(1.0 - 0.95**2) * y


def truncated(rng: np.random.Generator, n: int) -> Pair:
    x, y = gaussian(rng, n)
    return np.abs(x), y


def corner_of_exponentials(rng: np.random.Generator, n: int) -> Pair:
    return rng.exponential(size=n), rng.exponential(size=n)


def flat(rng: np.random.Generator, n: int) -> Pair:
    return rng.random(n), rng.random(n)


def two_modes(rng: np.random.Generator, n: int) -> Pair:
    x, y = gaussian(rng, n)
    return x, np.where(rng.random(n) < 0.7, 3.0, -3.0) + 0.5 * y


Law = Callable[[np.random.Generator, int], Pair]
LAWS: list[tuple[Law, tuple[float, float], tuple[float, float]]] = [
    (gaussian, (-inf, inf), (-inf, inf)),
    (correlated, (-inf, inf), (-inf, inf)),
    (truncated, (0.0, inf), (-inf, inf)),
    (truncated, (-inf, inf), (-inf, inf)),  # the edge has to be found
    (corner_of_exponentials, (0.0, inf), (0.0, inf)),
    (flat, (0.0, 1.0), (0.0, 1.0)),
    (two_modes, (-inf, inf), (-inf, inf)),
]


def density_of(
    x: ArrayLike,
    y: ArrayLike,
    x_ends: tuple[float, float] = (-inf, inf),
    y_ends: tuple[float, float] = (-inf, inf),
    bins: int = BINS_2D,
) -> Density2D:
    return density_2d(bin_draws(x, *x_ends, bins), bin_draws(y, *y_ends, bins))


@pytest.mark.parametrize(("law", "x_ends", "y_ends"), LAWS)
def test_regions_hold_their_mass(law: Law, x_ends: tuple[float, float], y_ends: tuple[float, float]) -> None:
    rng = np.random.default_rng(11)
    density = density_of(*law(rng, 20_000), x_ends, y_ends)
    one = density_1d(bin_draws(law(rng, 20_000)[1], *y_ends))
    x, y = law(rng, 400_000)  # fresh draws: the true mass of the estimated region
    for level in LEVELS:
        assert density.contains(x, y, level).mean() == pytest.approx(level, abs=0.02)
        assert one.contains(y, level).mean() == pytest.approx(level, abs=0.015)
        assert (density.credible_mass(x, y) <= level).mean() == pytest.approx(level, abs=0.02)


def test_regions_of_a_truncated_gaussian_are_the_true_ones() -> None:
    rng = np.random.default_rng(2)
    x, y = truncated(rng, 40_000)
    density = density_of(x, y, (0.0, inf))
    for level in LEVELS:
        # highest density inside a half disc of this radius
        radius = np.sqrt(-2.0 * np.log(1.0 - level))
        angle = np.linspace(-np.pi / 2, np.pi / 2, 400)
        inner, outer = ((f * radius * np.cos(angle), f * radius * np.sin(angle)) for f in (0.9, 1.1))
        assert density.contains(*inner, level).mean() > 0.98
        assert density.contains(*outer, level).mean() < 0.02
    assert not density.contains(-0.01, 0.0, 0.9999)
    assert density.contains(1e-3, 0.0, 0.2)


def test_no_mass_leaks_over_an_edge() -> None:
    rng = np.random.default_rng(3)
    density = density_1d(bin_draws(rng.exponential(size=40_000), low=0.0))
    x = np.linspace(0.01, 3.0, 50)
    assert density.at(x) == pytest.approx(np.exp(-x), abs=0.03)
    assert density.at(-0.01) == 0.0
    (interval,) = density.intervals(LEVELS[0])
    assert interval[0] == 0.0
    assert interval[1] == pytest.approx(-np.log(1.0 - LEVELS[0]), abs=0.05)


def test_intervals_of_two_modes() -> None:
    rng = np.random.default_rng(4)
    density = density_1d(bin_draws(two_modes(rng, 40_000)[1]))
    low, high = density.intervals(0.9545)
    assert low == pytest.approx((-3.9, -2.1), abs=0.2)
    assert high == pytest.approx((2.0, 4.0), abs=0.2)


def test_contours_close_at_hard_edges() -> None:
    rng = np.random.default_rng(5)
    found = density_of(*flat(rng, 20_000), (0.0, 1.0), (0.0, 1.0))
    x, y, density = found.closed(found.density, 0.0)
    assert (density[0] == 0.0).all()
    assert (density[:, -1] == 0.0).all()
    assert (np.diff(x) > 0.0).all()
    assert (np.diff(y) > 0.0).all()
    assert (x[1], y[-2]) == pytest.approx((0.0, 1.0), abs=1e-12)


def test_regions_cover_the_truth() -> None:
    """200 data sets with a flat prior on a half plane: the regions hold the truth as often as they say."""
    rng = np.random.default_rng(6)
    hits = np.zeros(2)
    repeats = 200
    for _ in range(repeats):
        truth = rng.exponential(size=2)  # the prior: exponential in both, so that truths crowd at the edge
        data = truth + 0.5 * rng.normal(size=2)
        # posterior of each: a Gaussian about data - 0.25, truncated at zero
        x, y = (truncated_normal(rng, d - 0.25, 0.5, 4000) for d in data)
        density = density_of(x, y, (0.0, inf), (0.0, inf), 96)
        hits += [float(density.contains(*truth, level)) for level in LEVELS]
    assert hits / repeats == pytest.approx(LEVELS, abs=0.07)
    assert hits[1] / repeats == pytest.approx(LEVELS[1], abs=0.04)


def truncated_normal(rng: np.random.Generator, mean: float, sigma: float, n: int) -> np.ndarray:
    import scipy.stats

    return np.asarray(scipy.stats.truncnorm.rvs(-mean / sigma, inf, loc=mean, scale=sigma, size=n, random_state=rng))

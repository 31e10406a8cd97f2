"""Correlated draws of known densities, and the parts of the credible regions that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from math import inf
from typing import NamedTuple

import numpy as np
import scipy.signal
import scipy.stats

from g2fit.core.types import FloatArray
from g2fit.results.kernel_density import BINS_2D, bin_draws, density_1d, density_2d
from g2fit.results.levels import LEVELS
from g2fit.results.stable_regions import parts_and_gaps
from g2fit.sampling.diagnostics import ess_bulk

#: Autocorrelation time of the chains, in steps.
TIME = 3.0

#: Ensembles and walkers of a chain.
ENSEMBLES, WALKERS = 4, 25

#: Fresh points of a law, by which the probability of a region is measured.
FRESH = 100_000

Quantile = Callable[[FloatArray], FloatArray]


class Law(NamedTuple):
    """A density of one quantity: its quantile function, its hard ends, and the parts of its regions at the levels."""

    quantile: Quantile
    ends: tuple[float, float] = (-inf, inf)
    parts: tuple[int, int] = (1, 1)


def mixture(u: FloatArray, *components: tuple[float, Quantile]) -> FloatArray:
    """Quantile of a sum of laws that do not overlap, in rising order, with their shares."""
    found, below = np.empty_like(u), 0.0
    for share, quantile in components:
        here = (u >= below) & (u <= below + share)
        found[here] = quantile(np.clip((u[here] - below) / share, 1e-12, 1.0 - 1e-12))
        below += share
    return found


def normal(mean: float, sigma: float) -> Quantile:
    """Quantile function of a Gaussian."""
    return lambda u: np.asarray(mean + sigma * scipy.stats.norm.ppf(u))


LAWS = {
    "flat": Law(lambda u: u, (0.0, 1.0)),
    "flat, no ends stated": Law(lambda u: u),
    "flat with a cliff": Law(
        lambda u: mixture(
            u, (0.9, lambda v: 0.8 * v), (0.1, lambda v: 0.8 + 0.142 * scipy.stats.halfnorm.ppf(v) / 2.0)
        ),
        (0.0, 1.3),
    ),
    "falling": Law(scipy.stats.expon.ppf, (0.0, inf)),
    "rising": Law(lambda u: np.sqrt(u), (0.0, 1.0)),
    "piled at an edge": Law(lambda u: scipy.stats.beta.ppf(u, 0.4, 1.5), (0.0, 1.0)),
    "piled at both edges": Law(lambda u: scipy.stats.beta.ppf(u, 0.5, 0.5), (0.0, 1.0), (2, 2)),
    "Gaussian": Law(normal(0.0, 1.0)),
    "half a Gaussian": Law(scipy.stats.halfnorm.ppf, (0.0, inf)),
    "two modes": Law(lambda u: mixture(u, (0.3, normal(-3.0, 0.5)), (0.7, normal(3.0, 0.5))), (-inf, inf), (2, 2)),
    "a small second mode": Law(
        lambda u: mixture(u, (0.9, normal(0.0, 0.5)), (0.1, normal(4.0, 0.5))), (-inf, inf), (1, 2)
    ),
}

#: Planes: laws of both quantities, and the numbers of parts and of gaps at the levels.
PLANES = {
    "flat, flat": ("flat", "flat", (1, 1), (1, 1)),
    "cliff, cliff": ("flat with a cliff", "flat with a cliff", (1, 1), (1, 1)),
    "flat, falling": ("flat", "falling", (1, 1), (1, 1)),
    "flat, Gaussian": ("flat", "Gaussian", (1, 1), (2, 2)),
    "falling, falling": ("falling", "falling", (1, 1), (1, 1)),
    "Gaussian, Gaussian": ("Gaussian", "Gaussian", (1, 1), (1, 1)),
    "Gaussian, two modes": ("Gaussian", "two modes", (2, 2), (1, 1)),
    "flat, two modes": ("flat", "two modes", (2, 2), (3, 3)),
}


def chain(law: Law, effective: int, rng: np.random.Generator) -> FloatArray:
    """Draws of a law with an autocorrelation time of `TIME`, shape (ensembles, steps, walkers)."""
    steps = round(effective * TIME / (ENSEMBLES * WALKERS))
    keep = (TIME - 1.0) / (TIME + 1.0)
    shocks = rng.normal(size=(ENSEMBLES, steps, WALKERS))
    shocks[:, 1:] *= np.sqrt(1.0 - keep**2)
    gaussian = scipy.signal.lfilter([1.0], [1.0, -keep], shocks, axis=1)
    return law.quantile(scipy.stats.norm.cdf(gaussian))


class Found(NamedTuple):
    """Numbers of parts and gaps of a region, and the probability that its law gives to it."""

    parts: int
    gaps: int
    probability: float


def region_1d(law: Law, effective: int, rng: np.random.Generator, fresh: FloatArray) -> list[Found]:
    """Regions of a chain of one quantity, at the levels."""
    draws = chain(law, effective, rng)
    density = density_1d(bin_draws(draws, *law.ends), ess_bulk(draws))
    return [Found(len(density.intervals(level)), 0, density.contains(fresh, level).mean()) for level in LEVELS]


def region_2d(
    laws: tuple[Law, Law], effective: int, rng: np.random.Generator, fresh: tuple[FloatArray, FloatArray]
) -> list[Found]:
    """Regions of a chain of two quantities, at the levels."""
    draws = [chain(law, effective, rng) for law in laws]
    binned = [bin_draws(values, *law.ends, BINS_2D) for values, law in zip(draws, laws, strict=True)]
    density = density_2d(*binned, min(map(ess_bulk, draws)))
    return [
        Found(*parts_and_gaps(density.score(level) >= 0.0), density.contains(*fresh, level).mean()) for level in LEVELS
    ]


def study(
    effective: int, seeds: int, planes: bool = True, only: Collection[str] | None = None
) -> Iterator[tuple[str, float, float, float, float]]:
    """Rows of the table for one size: law and level, share of wrong numbers, level, probability and its deviation."""
    rng = np.random.default_rng(0)
    uniform = rng.random(FRESH), rng.random(FRESH)
    cases: list[tuple[str, tuple[int, int], tuple[int, int], Callable[[np.random.Generator], list[Found]]]] = []
    for name, law in LAWS.items():
        fresh = law.quantile(uniform[0])
        cases.append((name, law.parts, (0, 0), lambda rng, law=law, fresh=fresh: region_1d(law, effective, rng, fresh)))
    for name, (x, y, parts, gaps) in PLANES.items() if planes else ():
        pair = LAWS[x], LAWS[y]
        points = pair[0].quantile(uniform[0]), pair[1].quantile(uniform[1])
        cases.append((name, parts, gaps, lambda rng, pair=pair, points=points: region_2d(pair, effective, rng, points)))
    for name, parts, gaps, regions_of in cases:
        if only is not None and name not in only:
            continue
        found = [regions_of(np.random.default_rng([1, seed])) for seed in range(seeds)]
        for i, level in enumerate(LEVELS):
            wrong = np.mean([one[i].parts != parts[i] or one[i].gaps > gaps[i] for one in found])
            mass = np.array([one[i].probability for one in found])
            yield f"{name}, {100 * level:.2f} %", float(wrong), level, float(mass.mean()), float(mass.std())

"""Gaussian mixtures with a defensive component: proposals for ensembles and for importance sampling.

The coordinates are those of the chart, in which the prior is a standard normal. The defensive component is that
normal: no importance weight can exceed the likelihood's maximum over the component's share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import exp, log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g2fit.jit import kernel

__all__ = ["GaussianMixture", "adapt", "effective_fraction", "resample"]

FloatArray = NDArray[np.float64]

_LOG_2PI = log(2.0 * pi)

#: Warm-up: prior draws, draws of a round, most rounds, and the settings of rough and fine fits.
PRIOR_DRAWS = 400_000
ROUND_DRAWS = 65_536
MAX_ROUNDS = 7
ROUGH_ESS = 3_000

#: A mixture misses points where the density is so much higher than its own (natural logarithm). They get OWN components
#: if they hold more than WORTH of the weight: GENEROUS times as much of the mixture, within limits.
MISSED, WORTH, OWN, GENEROUS, LIMITS = 4.0, 1e-3, 8, 3.0, (0.02, 0.2)

#: Effective draws of the prior, and efficiency of a round, from which on what they show outside a mixture is no noise.
TELLING_ESS, TELLING_EFFICIENCY = 1_000, 0.2

#: Copies of missed points, and local moves by which they spread before components are fitted to them.
COPIES, SPREAD = 500, 150

#: Most rounds that only add components for what is missed, when the fit is good or does not get better any more.
PATCHES = 2

#: So many copies of one draw are too many to fit components to.
STACK = 10

#: Draws of the prior among which missed ones are looked for, those of largest weight.
KEPT = 50_000

#: Components of a fine fit: many only where few leave the efficiency below GOOD, since each costs time in every sweep.
FEW, MANY, GOOD = 12, 24, 0.4


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of Gaussians and of the standard normal.

    Attributes
    ----------
    weights : (K + 1,) array
        Of the components; the last is the defensive standard normal.
    means : (K + 1, D) array
        Their means.
    roots : (K + 1, D, D) array
        Lower Cholesky factors of their covariances.
    """

    weights: FloatArray
    means: FloatArray
    roots: FloatArray

    def __post_init__(self) -> None:
        inverse = np.linalg.inv(self.roots)  # of a triangular matrix: exactly triangular
        norm = np.log(self.weights) - np.log(np.einsum("kii->ki", self.roots)).sum(1)
        object.__setattr__(self, "_inverse", np.ascontiguousarray(inverse[:-1].transpose(1, 2, 0)))
        object.__setattr__(self, "_centres", np.ascontiguousarray(self.means[:-1].T))
        object.__setattr__(self, "_norm", norm - 0.5 * self.means.shape[1] * _LOG_2PI)
        object.__setattr__(self, "_cumulative", np.cumsum(self.weights))

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return int(self.means.shape[1])

    def log_density(self, x: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Log density of the rows of `x` (N, D), shape (N,)."""
        result = np.empty(len(x)) if out is None else out
        _log_density_rows(x, self._norm, self._centres, self._inverse, result)  # type: ignore[attr-defined]
        return result

    def draw(self, uniform: FloatArray, normal: FloatArray) -> FloatArray:
        """Turn random numbers into draws.

        Parameters
        ----------
        uniform : (N,) array
            Choose the component.
        normal : (N, D) array
            Standard normal; overwritten.
        """
        _draw_rows(uniform, normal, self._cumulative, self.means, self.roots)  # type: ignore[attr-defined]
        return normal

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw `n` points, shape (n, D)."""
        return self.draw(rng.random(n), rng.standard_normal((n, self.dimension)))

    @classmethod
    def fit(
        cls,
        x: FloatArray,
        components: int,
        rng: np.random.Generator,
        *,
        defensive: float,
        inflation: float,
        iterations: int = 40,
        tolerance: float = 2e-3,
        ridge: float = 1e-3,
    ) -> GaussianMixture:
        """Fit by expectation maximisation.

        Parameters
        ----------
        x : (N, D) array
            Equally weighted points.
        components : int
            Number of Gaussians beside the defensive one.
        rng : numpy.random.Generator
            Chooses the first means.
        defensive : float
            Weight of the standard normal.
        inflation : float
            Factor on the fitted covariances: heavier flanks.
        iterations, tolerance : int, float
            Stop after so many steps, or when the mean log density grows by less.
        ridge : float
            Added to the variances.
        """
        n, dimension = x.shape
        k = max(1, min(components, n // (5 * dimension)))
        means = x[rng.choice(n, size=k, replace=False)].copy()
        spread = np.cov(x.T).reshape(dimension, dimension) + ridge * np.eye(dimension)
        roots = np.repeat(np.linalg.cholesky(spread)[None], k, axis=0)
        weights = np.full(k, 1.0 / k)
        counts, sums, squares = np.empty(k), np.empty((k, dimension)), np.empty((k, dimension, dimension))
        last = -np.inf
        for _ in range(iterations):
            inverse = np.linalg.inv(roots)
            norm = np.log(weights) - np.log(np.einsum("kii->ki", roots)).sum(1) - 0.5 * dimension * _LOG_2PI
            level = _expectation(x, norm, means, np.ascontiguousarray(inverse), counts, sums, squares) / n
            used = counts > dimension + 1.0
            counts, sums, squares = counts[used], sums[used], squares[used]
            weights = counts / counts.sum()
            means = sums / counts[:, None]
            covariance = squares / counts[:, None, None] - means[:, :, None] * means[:, None, :]
            roots = np.linalg.cholesky(covariance + ridge * np.eye(dimension))
            counts, sums, squares = np.empty(len(counts)), np.empty_like(sums), np.empty_like(squares)
            if level - last < tolerance:
                break
            last = level
        return cls(
            weights=np.append(weights * (1.0 - defensive), defensive),
            means=np.vstack([means, np.zeros(dimension)]),
            roots=np.concatenate([roots * np.sqrt(inflation), np.eye(dimension)[None]]),
        )

    def joined(self, other: GaussianMixture, share: float) -> GaussianMixture:
        """Give `share` of the weight to the components of another mixture; the defensive weight stays."""
        rest = self.weights[:-1] * (1.0 - share)
        own = other.weights[:-1] * (share * (1.0 - self.weights[-1]) / (1.0 - other.weights[-1]))
        return GaussianMixture(
            weights=np.concatenate([rest, own, self.weights[-1:]]),
            means=np.concatenate([self.means[:-1], other.means]),
            roots=np.concatenate([self.roots[:-1], other.roots]),
        )


def effective_fraction(log_weight: FloatArray) -> float:
    """Effective number of weighted draws over their number, (sum w)^2 / (N sum w^2).

    >>> effective_fraction(np.zeros(10))
    1.0
    >>> round(effective_fraction(np.array([0.0, -np.inf])), 12)
    0.5
    """
    top = log_weight.max()
    if not np.isfinite(top):
        return 0.0
    w = np.exp(log_weight - top)
    return float(w.sum() ** 2 / (w * w).sum() / len(w))


def resample(x: FloatArray, log_weight: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw `n` of the points `x` with their weights, by systematic resampling in random order."""
    w = np.exp(log_weight - log_weight.max())
    cumulative = np.cumsum(w) / w.sum()
    index = np.searchsorted(cumulative, (rng.random() + np.arange(n)) / n)
    index = np.minimum(index, len(w) - 1)
    rng.shuffle(index)
    return np.ascontiguousarray(x[index])


@dataclass(frozen=True)
class _Sample:
    """Weighted draws: points, log density of the target, log weights, and the log of the target's integral."""

    x: FloatArray
    log_target: FloatArray
    log_weight: FloatArray
    log_z: float

    @classmethod
    def of(cls, x: FloatArray, log_proposal: FloatArray, log_weight: FloatArray, most: int | None = None) -> _Sample:
        """Keep the `most` draws of largest weight, or all."""
        top = log_weight.max()
        log_z = float(top + np.log(np.exp(log_weight - top).mean()))
        if most is not None and most < len(x):
            kept = np.sort(np.argpartition(log_weight, -most)[-most:])
            x, log_proposal, log_weight = x[kept], log_proposal[kept], log_weight[kept]
        return cls(x, log_weight + log_proposal, log_weight, log_z)

    @cached_property
    def shares(self) -> FloatArray:
        """Weights, normalised to 1 over what is kept."""
        weight = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(weight / weight.sum())


def _of_missed(
    log_density: Callable[[FloatArray], FloatArray],
    mixture: GaussianMixture,
    sample: _Sample,
    rng: np.random.Generator,
    effort: int,
) -> tuple[GaussianMixture, float] | None:
    """Components for draws where the mixture is far below the target, and their share of it; None if not worth it."""
    missed, share = _missed(mixture, sample)
    if share < WORTH:
        return None
    copies = resample(sample.x[missed], sample.log_weight[missed], COPIES * effort, rng)
    chosen = _spread(log_density, copies, SPREAD * effort, rng)
    own = GaussianMixture.fit(chosen, OWN, rng, defensive=0.1, inflation=1.5)
    return own, min(max(GENEROUS * share, LIMITS[0]), LIMITS[1])


def _missed(mixture: GaussianMixture, sample: _Sample) -> tuple[NDArray[np.bool_], float]:
    """Draws where the mixture is far below the target, and their share of the weight."""
    missed = sample.log_target - mixture.log_density(sample.x) - sample.log_z > MISSED
    return missed, float(sample.shares[missed].sum())


def _spread(
    log_density: Callable[[FloatArray], FloatArray], points: FloatArray, moves: int, rng: np.random.Generator
) -> FloatArray:
    """Spread copies of a few points (N, D) over their surroundings by local moves that leave the target invariant."""
    points = points.copy()
    value = log_density(points)
    for _ in range(moves):
        scale = 10.0 ** rng.uniform(-2.5, 0.0, (len(points), 1))
        step = rng.standard_normal(points.shape)
        pairs = rng.integers(0, len(points), (2, len(points)))
        apart = points[pairs[0]] - points[pairs[1]]
        trial = points + np.where(rng.random((len(points), 1)) < 0.5, scale * step, scale * apart + 1e-4 * step)
        proposed = log_density(trial)
        accepted = np.log(rng.random(len(points))) < proposed - value
        points[accepted], value[accepted] = trial[accepted], proposed[accepted]
    return points


def _unstack(
    log_density: Callable[[FloatArray], FloatArray], points: FloatArray, moves: int, rng: np.random.Generator
) -> bool:
    """Spread the copies of a draw among resampled points (N, D), if they are many, over its surroundings.

    A thin mode that few draws have met would otherwise be fitted as so many points, and look like no more than them.
    """
    _, group, copies = np.unique(points[:, 0], return_inverse=True, return_counts=True)
    stacked = copies[group] >= STACK
    if stacked.any():
        points[stacked] = _spread(log_density, points[stacked], moves, rng)
    return bool(stacked.any())


def _neighbourhood(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Points (N, D); where they are but a handful of different ones, some of their neighbourhood."""
    if len(np.unique(points[:, 0])) < 4 * points.shape[1]:
        return points + 0.3 * rng.standard_normal(points.shape)
    return points


@dataclass(frozen=True)
class Adaptation:
    """Outcome of a warm-up.

    Attributes
    ----------
    mixture : GaussianMixture
        The best proposal found.
    efficiency : float
        Effective fraction of its draws.
    draws, log_weight : (N, D) array, (N,) array
        The last draws, with their weights.
    rounds : tuple of float
        Efficiency of the prior and of each round.
    evaluations : int
        Evaluations of the density.
    """

    mixture: GaussianMixture
    efficiency: float
    draws: FloatArray
    log_weight: FloatArray
    rounds: tuple[float, ...]
    evaluations: int


def adapt(
    log_density: Callable[[FloatArray], FloatArray],
    dimension: int,
    rng: np.random.Generator,
    *,
    prior_draws: int = PRIOR_DRAWS,
    round_draws: int = ROUND_DRAWS,
    effort: int = 1,
) -> Adaptation | None:
    """Fit a mixture to a density by rounds of importance sampling.

    The first draws are the prior's. Each round fits a mixture to the weighted draws of the one before and draws from
    it, until the efficiency stops growing; while the effective sample is small the fit is rough and wide. What a fit
    misses of the draws of the prior and of the last round, a small mode for example, gets components of its own.

    Parameters
    ----------
    log_density : callable
        Log density of a batch (N, D) in coordinates in which the prior is a standard normal; -inf is allowed.
    dimension : int
        D.
    rng : numpy.random.Generator
        Source of random numbers.
    prior_draws, round_draws : int
        Of the first sample and of each round.
    effort : int
        Copies of missed points, and moves of each, as a multiple of the usual numbers.

    Returns
    -------
    Adaptation or None
        None if no prior draw is allowed.
    """
    x = rng.standard_normal((prior_draws, dimension))
    log_proposal = -0.5 * (x * x).sum(1) - 0.5 * dimension * _LOG_2PI
    log_weight = log_density(x) - log_proposal
    evaluations = prior_draws
    rounds = [effective_fraction(log_weight)]
    if rounds[0] == 0.0:
        return None
    prior = _Sample.of(x, log_proposal, log_weight, KEPT)
    telling_prior = [prior] if rounds[0] * prior_draws > TELLING_ESS else []
    telling = telling_prior
    log_z = prior.log_z
    candidates: list[tuple[GaussianMixture, _Sample]] = []
    found: list[tuple[GaussianMixture, float]] = []
    components, best, patches = FEW, 0.0, 0
    for _ in range(MAX_ROUNDS):
        rough = rounds[-1] * len(x) < ROUGH_ESS
        if not patches:
            chosen = _neighbourhood(resample(x, log_weight, 5_000 if rough else 20_000, rng), rng)
            if rough:
                mixture = GaussianMixture.fit(chosen, 8, rng, defensive=0.2, inflation=1.5)
            else:
                if _unstack(log_density, chosen, SPREAD * effort, rng):
                    telling = [*telling, _Sample(chosen, log_density(chosen), np.zeros(len(chosen)), log_z)]
                mixture = GaussianMixture.fit(chosen, components, rng, defensive=0.1, inflation=1.1)
            for own, share in found:
                mixture = mixture.joined(own, share)
        for sample in telling:
            more = _of_missed(log_density, mixture, sample, rng, effort)
            if more is not None:
                found.append(more)
                mixture = mixture.joined(*more)
        x = mixture.sample(rng, round_draws)
        log_proposal = mixture.log_density(x)
        log_weight = log_density(x) - log_proposal
        latest = _Sample.of(x, log_proposal, log_weight)
        log_z = latest.log_z
        candidates.append((mixture, latest))
        evaluations += round_draws
        rounds.append(effective_fraction(log_weight))
        telling = [*telling_prior, latest] if rounds[-1] > TELLING_EFFICIENCY else telling_prior
        grown, best = rounds[-1] > 1.1 * best, max(best, rounds[-1])
        if rough:
            continue
        if best < GOOD and components < MANY:
            components = MANY
        elif best >= GOOD or not grown:
            patches += 1
            if patches > PATCHES or all(_missed(mixture, sample)[1] < WORTH for sample in telling):
                break
    return _best(candidates, tuple(rounds), evaluations)


def _best(candidates: list[tuple[GaussianMixture, _Sample]], rounds: tuple[float, ...], evaluations: int) -> Adaptation:
    """Choose the mixture whose weights scatter least over the draws of all: one that misses a mode does not know it."""
    efficiency = []
    for mixture, _ in candidates:
        squares = []
        for _, sample in candidates[-2:]:
            relative = np.exp(np.minimum(sample.log_target - sample.log_z - mixture.log_density(sample.x), 700.0))
            weighty = sample.shares > 0.0
            squares.append(float(sample.shares[weighty] @ relative[weighty]))
        efficiency.append(1.0 / max(squares))
    index = int(np.argmax(efficiency))
    mixture, sample = candidates[index]
    return Adaptation(mixture, efficiency[index], sample.x, sample.log_weight, rounds, evaluations)


@kernel
def _log_density_rows(x: FloatArray, norm: FloatArray, means: FloatArray, inverse: FloatArray, out: FloatArray) -> None:
    """Log density; `means` (D, K) and `inverse` (D, D, K) have the components innermost, for vector instructions."""
    n, dimension = x.shape
    count = means.shape[1]
    offset, y, value = np.empty((dimension, count)), np.empty(count), np.empty(count)
    for i in range(n):
        square = 0.0
        for a in range(dimension):
            square += x[i, a] * x[i, a]
            for k in range(count):
                offset[a, k] = x[i, a] - means[a, k]
        for k in range(count):
            value[k] = norm[k]
        for a in range(dimension):
            for k in range(count):
                y[k] = inverse[a, a, k] * offset[a, k]
            for b in range(a):
                for k in range(count):
                    y[k] += inverse[a, b, k] * offset[b, k]
            for k in range(count):
                value[k] -= 0.5 * y[k] * y[k]
        last = norm[count] - 0.5 * square  # the standard normal
        top = last
        for k in range(count):
            top = max(top, value[k])
        total = exp(last - top)
        for k in range(count):
            if value[k] > top - 40.0:
                total += exp(value[k] - top)
        out[i] = top + log(total)


@kernel
def _draw_rows(
    uniform: FloatArray, normal: FloatArray, cumulative: FloatArray, means: FloatArray, roots: FloatArray
) -> None:
    dimension = normal.shape[1]
    for i in range(normal.shape[0]):
        k = 0
        while k < len(cumulative) - 1 and uniform[i] > cumulative[k]:
            k += 1
        for a in range(dimension - 1, -1, -1):  # from below, so that the normals are overwritten after their last use
            value = means[k, a]
            for b in range(a + 1):
                value += roots[k, a, b] * normal[i, b]
            normal[i, a] = value


@kernel
def _expectation(
    x: FloatArray,
    norm: FloatArray,
    means: FloatArray,
    inverse: FloatArray,
    counts: FloatArray,
    sums: FloatArray,
    squares: FloatArray,
) -> Any:
    """Responsibilities and their moments; returns the summed log density."""
    n, dimension = x.shape
    components = len(norm)
    value = np.empty(components)
    counts[:] = 0.0
    sums[:] = 0.0
    squares[:] = 0.0
    level = 0.0
    for i in range(n):
        top = -np.inf
        for k in range(components):
            distance = 0.0
            for a in range(dimension):
                y = 0.0
                for b in range(a + 1):
                    y += inverse[k, a, b] * (x[i, b] - means[k, b])
                distance += y * y
            value[k] = norm[k] - 0.5 * distance
            top = max(top, value[k])
        total = 0.0
        for k in range(components):
            value[k] = exp(value[k] - top)
            total += value[k]
        level += top + log(total)
        for k in range(components):
            r = value[k] / total
            if r < 1e-12:
                continue
            counts[k] += r
            for a in range(dimension):
                sums[k, a] += r * x[i, a]
                for b in range(a + 1):
                    squares[k, a, b] += r * x[i, a] * x[i, b]
    for k in range(components):
        for a in range(dimension):
            for b in range(a + 1, dimension):
                squares[k, a, b] = squares[k, b, a]
    return level

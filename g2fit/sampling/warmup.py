"""Warm-up: a mixture that covers a density, found by rounds of importance sampling from the prior on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import log, pi

import numpy as np

from g2fit.core.types import BoolArray, FloatArray
from g2fit.sampling.mixture import GaussianMixture, effective_fraction, resample

__all__ = ["Adaptation", "adapt"]

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

#: Efficiency of a mixture below which local moves do most of the work.
POOR = 0.05

#: Efficiency of a mixture below which it is not used.
USELESS = 0.002


@dataclass(frozen=True)
class _Sample:
    """Weighted draws: points, log density of the target, log weights, and the log of the target's integral."""

    x: FloatArray
    log_target: FloatArray
    log_weight: FloatArray
    log_z: float

    @classmethod
    def of(cls, x: FloatArray, log_proposal: FloatArray, log_weight: FloatArray) -> _Sample:
        """Draws of a proposal of which at least one has a weight."""
        top = log_weight.max()
        log_z = float(top + np.log(np.exp(log_weight - top).mean()))
        return cls(x, log_weight + log_proposal, log_weight, log_z)

    def heaviest(self, most: int) -> _Sample:
        """The draws of largest weight, in their order."""
        kept = np.sort(np.argpartition(self.log_weight, -most)[-most:]) if most < len(self.x) else slice(None)
        return _Sample(self.x[kept], self.log_target[kept], self.log_weight[kept], self.log_z)

    @cached_property
    def shares(self) -> FloatArray:
        """Weights, normalised to 1 over what is kept."""
        weight = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(weight / weight.sum())


def _missed(mixture: GaussianMixture, sample: _Sample) -> tuple[BoolArray, float]:
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


class _Fitter:
    """Fits mixtures to weighted draws, and remembers the components for what earlier ones have missed."""

    def __init__(self, log_density: Callable[[FloatArray], FloatArray], rng: np.random.Generator, effort: int) -> None:
        self.components = FEW
        self._log_density = log_density
        self._rng = rng
        self._effort = effort
        self._own: list[tuple[GaussianMixture, float]] = []

    def fit(self, sample: _Sample, *, rough: bool) -> tuple[GaussianMixture, list[_Sample]]:
        """Fit a sample; thin modes that were spread for that are given back as a sample of their own."""
        chosen = resample(sample.x, sample.log_weight, 5_000 if rough else 20_000, self._rng)
        chosen = _neighbourhood(chosen, self._rng)
        spread = []
        if rough:
            mixture = GaussianMixture.fit(chosen, 8, self._rng, defensive=0.2, inflation=1.5)
        else:
            if _unstack(self._log_density, chosen, SPREAD * self._effort, self._rng):
                spread = [_Sample(chosen, self._log_density(chosen), np.zeros(len(chosen)), sample.log_z)]
            mixture = GaussianMixture.fit(chosen, self.components, self._rng, defensive=0.1, inflation=1.1)
        for own, share in self._own:
            mixture = mixture.joined(own, share)
        return mixture, spread

    def patch(self, mixture: GaussianMixture, samples: list[_Sample]) -> GaussianMixture:
        """Add components for draws where the mixture is far below the target, if these are worth it."""
        for sample in samples:
            missed, share = _missed(mixture, sample)
            if share < WORTH:
                continue
            copies = resample(sample.x[missed], sample.log_weight[missed], COPIES * self._effort, self._rng)
            chosen = _spread(self._log_density, copies, SPREAD * self._effort, self._rng)
            own = GaussianMixture.fit(chosen, OWN, self._rng, defensive=0.1, inflation=1.5)
            self._own.append((own, min(max(GENEROUS * share, LIMITS[0]), LIMITS[1])))
            mixture = mixture.joined(*self._own[-1])
        return mixture


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
    log_proposal = -0.5 * (x * x).sum(1) - 0.5 * dimension * log(2.0 * pi)
    log_weight = log_density(x) - log_proposal
    rounds = [effective_fraction(log_weight)]
    if rounds[0] == 0.0:
        return None
    latest = _Sample.of(x, log_proposal, log_weight)
    prior = [latest.heaviest(KEPT)] if rounds[0] * prior_draws > TELLING_ESS else []
    telling = prior
    fitter = _Fitter(log_density, rng, effort)
    candidates: list[tuple[GaussianMixture, _Sample]] = []
    best, patches = 0.0, 0
    for _ in range(MAX_ROUNDS):
        rough = rounds[-1] * len(latest.x) < ROUGH_ESS
        if not patches:
            mixture, spread = fitter.fit(latest, rough=rough)
            telling = [*telling, *spread]
        mixture = fitter.patch(mixture, telling)
        x = mixture.sample(rng, round_draws)
        log_proposal = mixture.log_density(x)
        latest = _Sample.of(x, log_proposal, log_density(x) - log_proposal)
        candidates.append((mixture, latest))
        rounds.append(effective_fraction(latest.log_weight))
        telling = [*prior, latest] if rounds[-1] > TELLING_EFFICIENCY else prior
        grown, best = rounds[-1] > 1.1 * best, max(best, rounds[-1])
        if rough:
            continue
        if best < GOOD and fitter.components < MANY:
            fitter.components = MANY
        elif best >= GOOD or not grown:
            patches += 1
            if patches > PATCHES or all(_missed(mixture, sample)[1] < WORTH for sample in telling):
                break
    return _best(candidates, tuple(rounds), prior_draws + len(candidates) * round_draws)


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

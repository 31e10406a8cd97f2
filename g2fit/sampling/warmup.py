"""Warm-up: a Gaussian mixture is adapted to a density by repeated importance sampling, beginning with the prior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import log, pi

import numpy as np

from g2fit.core.types import BoolArray, FloatArray
from g2fit.sampling.mixture import GaussianMixture, effective_fraction, resample

__all__ = ["Adaptation", "adapt"]

#: Draws of the prior.
PRIOR_DRAWS = 400_000

#: Draws per round.
ROUND_DRAWS = 65_536

#: Most rounds.
MAX_ROUNDS = 7

#: Effective sample size below which the fit to it is rough: few components, wider than the points.
ROUGH_ESS = 3_000

#: A mixture misses points where the logarithm of target over mixture density exceeds this.
MISSED = 4.0

#: Smallest fraction of the weight on missed points for which components are added.
WORTH = 1e-3

#: Number of components that are added.
OWN = 8

#: Weight of the added components, as a multiple of the weight on the missed points.
GENEROUS = 3.0

#: Smallest and largest weight of the added components.
LIMITS = (0.02, 0.2)

#: Effective sample size from which on missed prior draws are taken to be no noise.
TELLING_ESS = 1_000

#: Efficiency of a round from which on missed draws of it are taken to be no noise.
TELLING_EFFICIENCY = 0.2

#: Copies of missed points to which components are fitted.
COPIES = 500

#: Local moves by which these copies spread beforehand.
SPREAD = 150

#: Most rounds that only add components, once the fit is good or has stopped to improve.
PATCHES = 2

#: Number of copies of one draw from which on they are spread before a fit.
STACK = 10

#: Number of prior draws, those of largest weight, among which missed ones are searched.
KEPT = 50_000

#: Components of a fine fit.
FEW = 12

#: Components where `FEW` leave the efficiency below `GOOD`; each costs time in every update.
MANY = 24

#: Efficiency that is good enough.
GOOD = 0.4

#: Efficiency of a mixture below which local moves do most of the work.
POOR = 0.05

#: Efficiency of a mixture below which it is not used.
USELESS = 0.002


@dataclass(frozen=True)
class _Sample:
    """Weighted draws: points, log densities of the target, log weights, and the logarithm of the target's integral."""

    x: FloatArray
    log_target: FloatArray
    log_weight: FloatArray
    log_z: float

    @classmethod
    def of(cls, x: FloatArray, log_proposal: FloatArray, log_weight: FloatArray) -> _Sample:
        """Sample of draws of a proposal, at least one of which has a weight above zero."""
        top = log_weight.max()
        log_z = float(top + np.log(np.exp(log_weight - top).mean()))
        return cls(x, log_weight + log_proposal, log_weight, log_z)

    def heaviest(self, most: int) -> _Sample:
        """The `most` draws of largest weight, in the order of the sample."""
        kept = np.sort(np.argpartition(self.log_weight, -most)[-most:]) if most < len(self.x) else slice(None)
        return _Sample(self.x[kept], self.log_target[kept], self.log_weight[kept], self.log_z)

    @cached_property
    def shares(self) -> FloatArray:
        """Weights, normalised to a sum of 1."""
        weight = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(weight / weight.sum())


def _missed(mixture: GaussianMixture, sample: _Sample) -> tuple[BoolArray, float]:
    """Mask of the draws at which the mixture is far below the target, and their fraction of the weight."""
    missed = sample.log_target - mixture.log_density(sample.x) - sample.log_z > MISSED
    return missed, float(sample.shares[missed].sum())


class _Fitter:
    """Fits mixtures to weighted draws, and keeps the components that were added for missed points."""

    def __init__(self, log_density: Callable[[FloatArray], FloatArray], rng: np.random.Generator, effort: int) -> None:
        self.components = FEW
        self._log_density = log_density
        self._rng = rng
        self._moves = SPREAD * effort
        self._copies = COPIES * effort
        self._own: list[tuple[GaussianMixture, float]] = []

    def fit(self, sample: _Sample, *, rough: bool) -> tuple[GaussianMixture, list[_Sample]]:
        """Fit a mixture to a sample; if copies were spread for the fit, they are returned as a further sample."""
        chosen = resample(sample.x, sample.log_weight, 5_000 if rough else 20_000, self._rng)
        if len(np.unique(chosen[:, 0])) < 4 * chosen.shape[1]:  # too few of the points differ
            chosen += 0.3 * self._rng.standard_normal(chosen.shape)
        spread = []
        if rough:
            mixture = GaussianMixture.fit(chosen, 8, self._rng, defensive=0.2, inflation=1.5)
        else:
            # a narrow mode that few draws have found would be fitted by components as narrow as these copies
            _, group, copies = np.unique(chosen[:, 0], return_inverse=True, return_counts=True)
            stacked = copies[group] >= STACK
            if stacked.any():
                chosen[stacked] = self._spread(chosen[stacked])
                spread = [_Sample(chosen, self._log_density(chosen), np.zeros(len(chosen)), sample.log_z)]
            mixture = GaussianMixture.fit(chosen, self.components, self._rng, defensive=0.1, inflation=1.1)
        for own, share in self._own:
            mixture = mixture.joined(own, share)
        return mixture, spread

    def patch(self, mixture: GaussianMixture, samples: list[_Sample]) -> GaussianMixture:
        """Add components at draws that the mixture misses, where these hold enough of the weight."""
        for sample in samples:
            missed, share = _missed(mixture, sample)
            if share < WORTH:
                continue
            copies = resample(sample.x[missed], sample.log_weight[missed], self._copies, self._rng)
            own = GaussianMixture.fit(self._spread(copies), OWN, self._rng, defensive=0.1, inflation=1.5)
            self._own.append((own, min(max(GENEROUS * share, LIMITS[0]), LIMITS[1])))
            mixture = mixture.joined(*self._own[-1])
        return mixture

    def _spread(self, points: FloatArray) -> FloatArray:
        """Spread points (N, D) over their neighbourhood by local Metropolis moves, which leave the target invariant."""
        rng = self._rng
        value = self._log_density(points)
        for _ in range(self._moves):
            scale = 10.0 ** rng.uniform(-2.5, 0.0, (len(points), 1))
            step = rng.standard_normal(points.shape)
            pairs = rng.integers(0, len(points), (2, len(points)))
            apart = points[pairs[0]] - points[pairs[1]]
            trial = points + np.where(rng.random((len(points), 1)) < 0.5, scale * step, scale * apart + 1e-4 * step)
            proposed = self._log_density(trial)
            accepted = np.log(rng.random(len(points))) < proposed - value
            points[accepted], value[accepted] = trial[accepted], proposed[accepted]
        return points


@dataclass(frozen=True)
class Adaptation:
    """Result of a warm-up.

    Attributes
    ----------
    mixture : GaussianMixture
        The best proposal found.
    efficiency : float
        Effective sample size of its draws, as a fraction of their number.
    draws, log_weight : (N, D) array, (N,) array
        Draws of it and their log weights.
    rounds : tuple of float
        Efficiencies of the prior and of each round.
    """

    mixture: GaussianMixture
    efficiency: float
    draws: FloatArray
    log_weight: FloatArray
    rounds: tuple[float, ...]


def adapt(
    log_density: Callable[[FloatArray], FloatArray],
    dimension: int,
    rng: np.random.Generator,
    *,
    prior_draws: int = PRIOR_DRAWS,
    round_draws: int = ROUND_DRAWS,
    effort: int = 1,
) -> Adaptation | None:
    """Adapt a mixture to a density by repeated importance sampling.

    The first draws are those of the prior. Each round fits a mixture to the weighted draws of the round before and
    draws from it, until the efficiency stops to grow; while the effective sample size is small, the fit is rough and
    wide. Where the mixture misses draws of the prior or of the last round, in a small mode for example, components are
    added.

    Parameters
    ----------
    log_density : callable
        Log density of a batch (N, D) in coordinates in which the prior is a standard normal; -inf is allowed.
    dimension : int
        D.
    rng : numpy.random.Generator
        Source of random numbers.
    prior_draws, round_draws : int
        Number of draws of the prior and of each round.
    effort : int
        Factor on the number of copies of missed points, and on the number of moves by which they spread.

    Returns
    -------
    Adaptation or None
        None if no prior draw has a density above zero.
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
    return _best(candidates, tuple(rounds))


def _best(candidates: list[tuple[GaussianMixture, _Sample]], rounds: tuple[float, ...]) -> Adaptation:
    """Choose the mixture with the most even weights, over draws of others too: its own do not show a mode it misses."""
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
    return Adaptation(mixture, efficiency[index], sample.x, sample.log_weight, rounds)

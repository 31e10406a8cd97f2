"""From the prior to the posterior: draws of adapted mixtures at ever lower temperatures, all kept and weighted."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.explore import Found, explore
from g2fit.sampling.ladder.fitter import Fitter, Points
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.scout import Mode, missed_modes, with_modes
from g2fit.sampling.ladder.settings import Settings
from g2fit.sampling.ladder.stream import Source, Stream
from g2fit.sampling.ladder.weights import clipped, effective_draws, error_of_mean, log_power

__all__ = ["Batches", "Ladder", "Rung"]

#: Batches of points (N, D) whose log likelihoods (N,) are wanted.
Batches = Generator[FloatArray, FloatArray, None]

#: Efficiency of a round above which the next step down is longer, and below which it is shorter.
LONGER, SHORTER = 0.25, 0.15

#: Longest step: factor on the inverse temperature beyond the one that the draws reach.
LONGEST = 8.0

#: Log of the posterior over the mean density of all mixtures from which on what walkers find is fitted.
MISSED = 4.0

#: A point counts as missed if a draw there would carry more than HEAVY_SHARE/target of the evidence.
HEAVY_SHARE = 10.0

#: Most rounds of draws of the prior while hardly any of them is allowed.
PRIOR_ROUNDS = 10

#: Draws of the prior that are kept to climb from.
EARLY = 4000

#: Rounds in which the inverse temperature has to grow by a fifth.
STALLED = 4

#: Most draws about which a component is put when it does not.
HEAVY = 4

#: Share of missed points that is tolerated.
TOLERATED = 0.01


@dataclass(frozen=True)
class Rung:
    """One round: inverse temperature reached and aimed at, efficiency of its draws there, components, calls so far."""

    beta: float
    aim: float
    efficiency: float
    components: int
    calls: int


@dataclass
class Ladder:
    """Tempered adaptive importance sampling, as a function of its seed and of the likelihoods that it is told.

    The target at the inverse temperature beta is N(z) L(z)^beta. The draws are in four streams; each stream draws from
    mixtures that were fitted to the draws of the other three. Where a mixture fails, walkers explore: what they find is
    fitted to, but only independent draws are weighted.

    `batches` is a generator: it yields points whose log likelihoods are to be sent to it. Whoever drives it decides
    where these are computed, and can store them: the same numbers lead to the same state.

    Parameters
    ----------
    dimension : int
        D.
    rng : numpy.random.Generator
        Source of random numbers.
    settings : Settings
        Numbers of draws.
    """

    dimension: int
    rng: np.random.Generator
    settings: Settings
    calls: int = 0
    beta: float = 0.0
    done: bool = False
    rungs: list[Rung] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        s = self.settings
        self.streams = [Stream(self.dimension) for _ in range(s.streams)]
        self.fitter = Fitter(self.dimension, self.rng, most=s.components, warp=s.warp, points=s.points, wide=s.wide)
        self.mixtures: list[Mixture] = []
        self.efficiency = 0.0
        self._step, self._rho, self._typical = 1.0, 0.5, 0.0  # efficiency without the heaviest draws
        self._found: Found | None = None
        self._early: tuple[FloatArray, FloatArray] | None = None
        self._modes: list[Mode] = []

    def batches(self) -> Batches:
        """Points to evaluate, until the target of the settings is reached.

        If the prior has no allowed draws, the generator ends with `beta` 0 and the evidence -inf.
        """
        s = self.settings
        yield from self._prior()
        while self._usable() and self.calls < s.max_calls:
            if self.beta == 1.0 and self.enough() and (yield from self._passed()):
                self.done = True
                return
            if self._stalled():
                self._modes = self._heaviest()
            beta = self._next_beta()
            draws = -(-self._begin(beta) // s.streams)
            self.mixtures = self._fit(beta)
            aim = min(1.0, beta * self._step)
            if aim > 1.001 * beta:
                self.mixtures = [mixture.cooled(aim / beta) for mixture in self.mixtures]
            if self._modes:
                self.mixtures = [with_modes(mixture, self._modes) for mixture in self.mixtures]
                self._modes = []
            yield from self._draw([Source(mixture, draws, aim) for mixture in self.mixtures])
            if self._typical < s.poor and aim == beta:
                found = yield from self._explore(s.walkers, None)
                self._found = Found(found.z, found.log_likelihood, 0.5)
            self._forget(aim)

    def log_weight(self, beta: float = 1.0) -> FloatArray:
        """Logs of the weights of all draws."""
        return np.concatenate([stream.log_weight(beta) for stream in self.streams])

    def effective_draws(self) -> float:
        """Effective number of draws of the posterior."""
        return effective_draws(self.log_weight())

    def enough(self) -> bool:
        """Whether the effective number of draws and the error of ln Z reach their targets."""
        s = self.settings
        return self.effective_draws() >= s.target and self._estimate()[1] <= s.log_z_error

    def evidence(self) -> tuple[float, float]:
        """Log of the evidence and its standard error.

        The error is that from the scatter of the weights within each source, with a part of what the streams differ by
        beyond it; the share that the last trial found to be missed is added in quadrature.
        """
        log_z, error = self._estimate()
        return log_z, math.hypot(error, self.missed[-1] if self.missed else 0.0)

    def _estimate(self) -> tuple[float, float]:
        """Log of the evidence and its statistical error."""
        each = np.array([stream.log_evidence() for stream in self.streams])
        log_z = float(np.logaddexp.reduce(each) - math.log(len(each)))
        if not np.isfinite(log_z):
            return log_z, math.inf
        variances = np.array([stream.variance(log_z) for stream in self.streams])
        return log_z, error_of_mean(variances, np.exp(each - log_z))

    def _prior(self) -> Batches:
        """Draw from the prior, again if hardly any draw is allowed."""
        s = self.settings
        for _ in range(PRIOR_ROUNDS):
            yield from self._draw([Source(None, s.first // s.streams, 0.0)] * s.streams)
            allowed = sum(np.count_nonzero(np.isfinite(stream.log_likelihood)) for stream in self.streams)
            if allowed >= 2 * (self.dimension + 2) or self.calls >= s.max_calls:
                break
        kept = [np.flatnonzero(np.isfinite(v.log_likelihood))[: EARLY // s.streams] for v in self.streams]
        z = np.concatenate([v.z[i] for v, i in zip(self.streams, kept, strict=True)])
        log_l = np.concatenate([v.log_likelihood[i] for v, i in zip(self.streams, kept, strict=True)])
        self._early = z, log_l

    def _usable(self) -> bool:
        """Whether every stream has allowed draws of others to be fitted to."""
        return sum(bool(np.isfinite(stream.log_likelihood).any()) for stream in self.streams) > 1

    def _draw(self, sources: Sequence[Source]) -> Batches:
        """Draw from each stream's source."""
        z = [
            self.rng.standard_normal((source.draws, self.dimension))
            if source.mixture is None
            else source.mixture.sample(self.rng, source.draws)
            for source in sources
        ]
        values = yield from self.ask(z)
        own = []
        for stream, source, points, log_l in zip(self.streams, sources, z, values, strict=True):
            if source.mixture is not None:
                own.append(log_normal(points) + log_power(source.beta, log_l) - source.mixture.log_density(points))
            stream.add(source, points, log_l)
        if own:
            weights = np.concatenate(own)
            self.efficiency = effective_draws(weights) / len(weights)
            self._typical = effective_draws(np.sort(weights)[:-HEAVY]) / len(weights)
            if self.efficiency < SHORTER:
                self._step = max(1.0, math.sqrt(self._step) if self._step > 1.1 else 1.0)
            elif self.efficiency > LONGER:
                self._step = min(LONGEST, 1.4 * self._step)
            count = max(len(mixture.weights) for mixture in self.mixtures)
            self.rungs.append(Rung(self.beta, sources[0].beta, self.efficiency, count, self.calls))

    def ask(self, z: Sequence[FloatArray]) -> Generator[FloatArray, FloatArray, list[FloatArray]]:
        """Ask for the log likelihoods of several batches at once; NaN counts as -inf."""
        values = yield np.concatenate(z)
        self.calls += len(values)
        values = np.where(np.isnan(values), -np.inf, values)
        return np.split(values, np.cumsum([len(batch) for batch in z])[:-1])

    def _next_beta(self) -> float:
        """Largest inverse temperature at which the draws are worth enough; it may fall when heavy draws turn up."""
        if self.beta == 1.0:
            return 1.0
        pairs = [(stream.log_weight(0.0), stream.log_likelihood) for stream in self.streams]
        base, log_l = (np.concatenate(column) for column in zip(*pairs, strict=True))
        allowed = np.isfinite(log_l)
        base, log_l = base[allowed], log_l[allowed]

        def enough(beta: float) -> bool:
            return effective_draws(base + beta * log_l) >= self.settings.need

        if enough(1.0):
            return 1.0
        low, high = (self.beta if self.beta > 0.0 and enough(self.beta) else 0.0), 1.0
        for _ in range(60):
            middle = math.sqrt(low * high) if low > 0.0 else 0.1 * high
            low, high = (middle, high) if enough(middle) else (low, middle)
            if low > 0.0 and high / low < 1.005:
                break
        return max(low, 1e-300)

    def _begin(self, beta: float) -> int:
        """Begin a round, and return its number of draws: at the posterior, as many as are missing."""
        s, again = self.settings, self.beta == 1.0
        self.beta = beta
        walked = self._found is not None and self._found.share == 0.5
        if walked and effective_draws(self.log_weight(beta)) > s.need:
            self._found = None  # the draws alone are worth enough
        if not again or self.efficiency <= s.poor:
            return s.draws
        least = s.draws if self._found is not None else s.draws / 2
        have, error = self.effective_draws(), self._estimate()[1]
        missing = max(s.target - have, have * ((error / s.log_z_error) ** 2 - 1.0), 0.0)
        return int(np.clip(1.1 * missing / self.efficiency, least, 4 * s.draws))

    def _fit(self, beta: float) -> list[Mixture]:
        weights = [stream.log_weight(beta) for stream in self.streams]
        top = max(w.max() for w in weights)
        w = [np.exp(v - top) for v in weights]
        most = clipped(np.concatenate(w), self.settings.clip / self.settings.need)
        total = sum(float(np.minimum(v, most).sum()) for v in w)
        points = []
        for i, stream in enumerate(self.streams):
            own = Points(stream.z, np.minimum(w[i], most), stream.log_prior + log_power(beta, stream.log_likelihood))
            points.append(own if self._found is None else self._found.joined(own, i, beta, total))
        return self.fitter.fit(points)

    def _forget(self, aim: float) -> None:
        """Forget draws that weigh nothing at any temperature still to come, also if it rises again somewhat."""
        betas = (0.5 * self.beta, self.beta, aim, 1.0)
        tops = [max(float(stream.log_weight(b).max(initial=-np.inf)) for stream in self.streams) for b in betas]
        for stream in self.streams:
            stream.forget(betas, tops)

    def _explore(self, walkers: int, steps: int | None) -> Generator[FloatArray, FloatArray, Found]:
        found, self._rho = yield from explore(self, walkers, steps, self._rho)
        return found

    def _least_expected(self, z: FloatArray, log_likelihood: FloatArray) -> FloatArray:
        """Draws of the prior to climb from.

        Most are those where the posterior is largest in units of the last mixtures: they lie in the basin of what is
        missed, if anything is.
        """
        latest = np.max([mixture.log_density(z) for mixture in self.mixtures], axis=0)
        order = np.argsort(latest - log_normal(z) - log_likelihood, kind="stable")
        ranks = np.unique(np.geomspace(1, len(z), self.settings.scouts).astype(int)) - 1
        return np.asarray(z[order[ranks]])

    def _stalled(self) -> bool:
        """Whether a few draws that weigh too much hold up the ladder."""
        last = self.rungs[-STALLED:]
        return self.beta < 1.0 and len(self.rungs) % STALLED == 0 and len(last) > 0 and self.beta < 1.2 * last[0].beta

    def _heaviest(self) -> list[Mode]:
        """Components about the draws that weigh too much: others then share their weight."""
        z, log_weight = np.concatenate([stream.z for stream in self.streams]), self.log_weight(self.beta)
        w = np.exp(log_weight - log_weight.max())
        most = clipped(w, self.settings.clip / self.settings.need)
        covariance = np.cov(z.T, aweights=np.minimum(w, most)).reshape(self.dimension, self.dimension)
        heavy = [i for i in np.argsort(-w, kind="stable")[:HEAVY] if w[i] > most]
        return [Mode(z[i], 0.25 * covariance, 0.0) for i in heavy]

    def _scout(self, starts: FloatArray) -> Batches:
        """Climb from some draws; maxima that the mixtures miss get components in the next round."""
        log_z = self.evidence()[0]

        def excess(points: FloatArray, log_l: FloatArray) -> FloatArray:
            each = [stream.log_excess(points, log_l, log_z) for stream in self.streams]
            return np.asarray(np.min(each, axis=0))

        def values(points: FloatArray) -> Generator[FloatArray, FloatArray, FloatArray]:
            return (yield from self.ask([points]))[0]

        self._modes = yield from missed_modes(values, starts, excess, log_z)

    def _passed(self) -> Generator[FloatArray, FloatArray, bool]:
        """Whether neither scouts nor walkers find anything that the mixtures miss, or the last trial is over."""
        if self._early is not None:
            yield from self._scout(self._least_expected(*self._early))
            self._early = None
        return not self._modes and (yield from self._guard())

    def _guard(self) -> Generator[FloatArray, FloatArray, bool]:
        """Local moves from the sample, on trial: do they lead where no mixture has been? What they find is fitted."""
        s = self.settings
        log_z = self.evidence()[0]
        found = yield from self._explore(s.walkers // 2, s.guard)
        triples = list(zip(self.streams, found.z, found.log_likelihood, strict=True))
        lost = [stream.log_excess(z, log_l, log_z) > MISSED for stream, z, log_l in triples]
        most = math.log(HEAVY_SHARE * len(self.streams) / s.target)
        heavy = [stream.log_share(z, log_l, log_z) > most for stream, z, log_l in triples]
        self.missed.append(float(np.mean(np.concatenate(heavy))))
        share = float(np.mean(np.concatenate(lost)))
        passed = share < TOLERATED or len(self.missed) >= s.guards
        self._found = None if passed else found.only(lost, min(max(3.0 * share, 0.02), 0.3))
        return passed

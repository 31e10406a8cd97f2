"""Choice of the mixtures: how many components, warped or not, by how well they predict draws that they did not see."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.em import FittedMixture, fit_mixture, nearest_centres
from g2fit.sampling.ladder.mixture import Mixture
from g2fit.sampling.ladder.warp import Warp
from g2fit.sampling.ladder.weights import systematic_rows

__all__ = ["Fitter", "Points"]

#: Gain of the mean log density of unseen draws, in natural units, that is worth more components.
GAIN = 0.005

#: Loss that fewer components may cost.
LOSS = 0.003

#: Log of target over mixture density from which on a draw counts as missed.
MISSED = 3.0

#: Smallest share of the weight on missed draws for which a component of their own is tried.
WORTH = 0.004


class Points(NamedTuple):
    """Points (N, D) of a stream with their weights (N,) and the log of the target density there (N,)."""

    x: FloatArray
    w: FloatArray
    log_target: FloatArray


@dataclass(frozen=True)
class Weighted:
    """Points (N, D), weights (N,) that sum to 1, log target densities (N,); worth `n_eff` independent points."""

    x: FloatArray
    w: FloatArray
    log_target: FloatArray
    n_eff: float

    @classmethod
    def of(cls, parts: Sequence["Points"], rng: np.random.Generator, most: int) -> "Weighted":
        """Return all points with weight, resampled if there are more than `most`."""
        x, w, log_target = (np.concatenate(column) for column in zip(*parts, strict=True))
        keep = w > 1e-12 * w.max(initial=0.0)
        if not keep.any():
            return cls(x[keep], w[keep], log_target[keep], 0.0)
        x, w, log_target = x[keep], w[keep] / w[keep].sum(), log_target[keep]
        n_eff = 1.0 / float(w @ w)
        if len(w) > most:
            index, copies = np.unique(systematic_rows(w, most, rng.random()), return_counts=True)
            x, w, log_target = x[index], copies / copies.sum(), log_target[index]
            n_eff = min(n_eff, 1.0 / float(w @ w))
        return cls(np.ascontiguousarray(x), w, log_target, n_eff)


@dataclass(frozen=True)
class _Task:
    """What one stream's mixture is fitted to and judged by, in the coordinates of a warp (None: as they are)."""

    train: Weighted
    held: Weighted
    log_jacobian: float
    warp: Warp | None


@dataclass
class _Choice:
    """Best choice so far: mean log density of unseen draws, the tasks that it is for, and the fitted mixtures."""

    score: float = -np.inf
    tasks: list[_Task] = field(default_factory=list)
    models: list[FittedMixture] = field(default_factory=list)
    components: int = 1


class Fitter:
    """Fits a mixture for each stream of draws to the draws of the other streams (cross-fitting).

    No weight then has a density in its denominator that was fitted to the draw that it weighs, which would bias the
    evidence. The number of components is the one whose mixtures predict the left-out streams best.

    Parameters
    ----------
    dimension : int
        D.
    rng : numpy.random.Generator
        Source of random numbers.
    most : int
        Largest number of components.
    warp : bool
        Whether warped coordinates are tried.
    points : int
        Most points of a fit.
    wide : float
        Share of the draws that come from wide copies of the components.
    """

    def __init__(
        self, dimension: int, rng: np.random.Generator, *, most: int, warp: bool, points: int, wide: float
    ) -> None:
        self.dimension, self.rng, self.most, self.warp, self.points = dimension, rng, most, warp, points
        self.wide = wide
        self.components = 1
        self._last: list[Mixture] = []
        self._warps: list[Warp | None] = []
        self._count = 0

    def fit(self, points: Sequence[Points]) -> list[Mixture]:
        """Fit a mixture for each stream, to the points of the others, whose weights are on one scale."""
        self._count += 1
        own = list(range(len(points)))
        sets = [Weighted.of([points[j] for j in own if j != i], self.rng, self.points) for i in own]
        held = [Weighted.of([stream], self.rng, self.points) for stream in points]
        shares = np.array([stream.w.sum() for stream in points])
        shares /= shares.sum()
        with ThreadPoolExecutor(len(points)) as pool:
            best = self._choose(sets, held, shares, pool.map)
        self.components = best.components
        self._last = [model.mixture(task.warp) for model, task in zip(best.models, best.tasks, strict=True)]
        return [model.widened(task.warp, self.wide) for model, task in zip(best.models, best.tasks, strict=True)]

    def _choose(
        self,
        sets: list[Weighted],
        held: list[Weighted],
        shares: FloatArray,
        share_out: Callable[..., Iterator[Any]],
    ) -> _Choice:
        n_eff = min(points.n_eff for points in sets)

        def possible(k: int) -> bool:
            return k == 1 or (k <= self.most and n_eff > k * (self.dimension + 2.0))

        def attempt(tasks: list[_Task], starts: list[FloatArray], gain: float) -> bool:
            """Fit and judge; keep what is better by `gain`."""
            models = list(
                share_out(lambda task, r: fit_mixture(task.train.x, task.train.w, task.train.n_eff, r), tasks, starts)
            )
            each = [
                task.log_jacobian + task.held.w @ model.mixture().log_density(task.held.x)
                for task, model in zip(tasks, models, strict=True)
            ]
            score = float(shares @ np.array(each))
            if score > best.score + gain:
                best.score, best.tasks, best.models = score, tasks, models
                best.components = max(len(model.weights) for model in models)
                return True
            return False

        def fresh(tasks: list[_Task], k: int) -> list[FloatArray]:
            uniform = self.rng.random((len(tasks), k))
            return list(share_out(_grouped, tasks, uniform))

        best = _Choice()
        k = max(j for j in range(1, self.components + 1) if possible(j))
        kinds = [self._tasks(sets, held, warped) for warped in ((False, True) if self.warp else (False,))]
        for tasks in kinds:  # warped or not, with the number of components of last time
            attempt(tasks, fresh(tasks, k), GAIN)
        if self.components > 1:
            attempt(best.tasks, [_soft(mixture, points) for mixture, points in zip(self._last, sets, strict=True)], 0.0)
        self._climb(best, k, possible, attempt, fresh)
        patched = self._patched(best, sets)
        if patched is not None:
            attempt(best.tasks, patched, 0.0)
        return best

    def _climb(
        self,
        best: _Choice,
        k: int,
        possible: Callable[[int], bool],
        attempt: Callable[[list[_Task], list[FloatArray], float], bool],
        fresh: Callable[[list[_Task], int], list[FloatArray]],
    ) -> None:
        """Try more components, and fewer if more are no better."""
        patience = 2 if self._count % 3 == 1 else 1
        for factor, gain, most in ((2.0, GAIN, patience), (0.5, -LOSS, 1)):
            at, worse, found = k, 0, False
            while worse < most:
                at = int(at * factor)
                if at < 1 or not possible(at):
                    break
                if attempt(best.tasks, fresh(best.tasks, at), gain):
                    worse, found = 0, True
                else:
                    worse += 1
            if found:
                break

    def _patched(self, best: _Choice, sets: list[Weighted]) -> list[FloatArray] | None:
        """Starts with one more component, at draws that the mixtures miss; None if these hold too little weight."""
        starts, worth = [], 0.0
        for task, model, points in zip(best.tasks, best.models, sets, strict=True):
            mixture = model.mixture(task.warp)
            excess = points.log_target - mixture.log_density(points.x)
            # the norm of the target is not known: compare with the typical point
            missed = excess - _weighted_median(excess, points.w) > MISSED
            worth += float(points.w[missed].sum()) / len(sets)
            r = np.column_stack([_soft(mixture, points), np.zeros(len(points.x))])
            r[missed] = 0.0
            r[missed, -1] = 1.0
            starts.append(r)
        return starts if worth > WORTH else None

    def _tasks(self, sets: list[Weighted], held: list[Weighted], warped: bool) -> list[_Task]:
        if not warped:
            return [_Task(points, other, 0.0, None) for points, other in zip(sets, held, strict=True)]
        before = self._warps or [None] * len(sets)
        warps = [Warp.fit(s.x, s.w, s.n_eff, start) for s, start in zip(sets, before, strict=True)]
        self._warps = list(warps)
        tasks = []
        for warp, points, other in zip(warps, sets, held, strict=True):
            y, log_jacobian = warp.forward(other.x)
            train = replace(points, x=warp.forward(points.x)[0])
            tasks.append(_Task(train, replace(other, x=y), float(other.w @ log_jacobian), warp))
        return tasks


def _grouped(task: _Task, uniform: FloatArray) -> FloatArray:
    """Responsibilities of groups of points."""
    labels = nearest_centres(task.train.x, task.train.w, uniform)
    return np.asarray(np.eye(len(uniform))[labels])


def _soft(mixture: Mixture, points: Weighted) -> FloatArray:
    """Responsibilities of the components of a mixture for points."""
    value = mixture.log_components(points.x)
    r = np.exp(value - value.max(1)[:, None])
    return np.asarray(r / r.sum(1)[:, None])


def _weighted_median(value: FloatArray, w: FloatArray) -> float:
    order = np.argsort(value)
    return float(value[order][np.searchsorted(np.cumsum(w[order]), 0.5 * w.sum())])

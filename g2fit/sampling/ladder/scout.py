"""Scouts climb from draws of the prior to local maxima of the posterior: modes that tempering has lost are found there.

A mode that is narrower than the others holds next to nothing at high temperatures, and a ladder passes it by. Its basin
of attraction is large all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.mixture import Mixture, log_normal

__all__ = ["Mode", "Values", "climb", "missed_modes", "mode_at", "with_modes"]

#: Evaluates log likelihoods (N,) of points (N, D).
Values = Callable[[FloatArray], Generator[FloatArray, FloatArray, FloatArray]]

#: Iterations of BFGS, and the trial lengths of each step in units of the full one.
ITERATIONS, LENGTHS = 14, np.array([1.0, 0.4, 0.1, 0.02, 0.002])

#: Longest step; expected gain of the log density below which a scout has arrived; step of differences.
LONGEST, ARRIVED, DIFFERENCE = 2.0, 0.05, 1e-5

#: Step of second differences, in standard deviations.
STEP = 0.3


#: Log of posterior over mixture density from which on a maximum counts as missed, and its growth with each dimension
#: (the widened covariances of a mixture lower its density at a maximum that it knows).
MISSED, WIDENED = 4.0, 0.2

#: Smallest share of the evidence that makes a maximum a mode; most that are examined; share of a round for each mode.
SMALLEST, MOST, SHARE = 1e-3, 8, 0.1


@dataclass(frozen=True)
class Mode:
    """Normal approximation at a maximum: mean (D,), covariance (D, D), log of the evidence that it holds."""

    mean: FloatArray
    covariance: FloatArray
    log_z: float


def missed_modes(
    values: Values, starts: FloatArray, excess: Callable[[FloatArray, FloatArray], FloatArray], log_z: float
) -> Generator[FloatArray, FloatArray, list[Mode]]:
    """Climb from the rows of `starts`, and return the modes that the mixtures miss.

    Parameters
    ----------
    values : callable
        Asks for log likelihoods.
    starts : (S, D) array
        Allowed points.
    excess : callable
        Log of posterior over mixture density, of points (N, D) and their log densities (N,).
    log_z : float
        Log of the evidence as far as it is known.
    """
    d = starts.shape[1]
    modes: list[Mode] = []
    if len(starts) == 0:
        return modes
    x, value, covariance = yield from climb(values, starts)
    missed = excess(x, value - log_normal(x)) > MISSED + WIDENED * d
    examined = 0
    for i in np.argsort(-value, kind="stable"):
        offsets = [np.linalg.solve(mode.covariance, x[i] - mode.mean) @ (x[i] - mode.mean) for mode in modes]
        if not missed[i] or examined == MOST or min(offsets, default=np.inf) < d + 4.0 * np.sqrt(2.0 * d):
            continue
        examined += 1
        mode = yield from mode_at(values, x[i], float(value[i]), covariance[i])
        if mode.log_z - log_z > np.log(SMALLEST):
            modes.append(mode)
    return modes


def with_modes(mixture: Mixture, modes: Sequence[Mode]) -> Mixture:
    """Add a component for each mode to a mixture, in its warped coordinates."""
    share = min(SHARE * len(modes), 0.5)
    means, covariances = np.array([mode.mean for mode in modes]), np.array([mode.covariance for mode in modes])
    if mixture.warp is not None:
        images, _ = mixture.warp.forward(means)
        slope = (mixture.warp.forward(means + DIFFERENCE)[0] - images) / DIFFERENCE
        means, covariances = images, covariances * slope[:, :, None] * slope[:, None, :]
    return Mixture(
        np.append((1.0 - share) * mixture.weights, np.full(len(modes), share / len(modes))),
        np.concatenate([mixture.means, means]),
        np.concatenate([mixture.cholesky, np.linalg.cholesky(covariances)]),
        mixture.warp,
    )


def climb(
    values: Values, x: FloatArray
) -> Generator[FloatArray, FloatArray, tuple[FloatArray, FloatArray, FloatArray]]:
    """Maximise the log density of the posterior from the rows of `x` (S, D), by BFGS with differences.

    Returns
    -------
    (S, D) array, (S,) array, (S, D, D) array
        Points, log densities (not normalised) and estimates of the covariance matrices there.
    """
    x, (count, d) = x.copy(), x.shape
    value = yield from _log_density(values, x)
    gradient = yield from _gradient(values, x, value)
    inverse = np.tile(np.eye(d), (count, 1, 1))
    first = np.ones(count, dtype=bool)
    for _ in range(ITERATIONS):
        step = np.einsum("sij,sj->si", inverse, gradient)
        on = np.flatnonzero((step * gradient).sum(1) > ARRIVED)
        if len(on) == 0:
            break
        step = step[on] * np.minimum(1.0, LONGEST / np.linalg.norm(step[on], axis=1))[:, None]
        trials = x[on, None, :] + LENGTHS[:, None] * step[:, None, :]
        found = yield from _log_density(values, trials.reshape(-1, d))
        found = found.reshape(len(on), -1)
        best = found.argmax(1)
        better = found.max(1) > value[on]
        inverse[on[~better]] *= 1e-2  # the curvature was misjudged: shorter steps
        on, best, trials, found = on[better], best[better], trials[better], found[better]
        rows = np.arange(len(on))
        moved = trials[rows, best] - x[on]
        x[on], value[on] = trials[rows, best], found[rows, best]
        before = gradient[on]
        gradient[on] = yield from _gradient(values, x[on], value[on])
        for i, s, y in zip(on, moved, before - gradient[on], strict=True):
            if s @ y > 1e-12:
                if first[i]:
                    inverse[i], first[i] = np.eye(d) * (s @ y) / (y @ y), False
                left = np.eye(d) - np.outer(s, y) / (s @ y)
                inverse[i] = left @ inverse[i] @ left.T + np.outer(s, s) / (s @ y)
    return x, value, inverse


def mode_at(
    values: Values, x: FloatArray, value: float, covariance: FloatArray
) -> Generator[FloatArray, FloatArray, Mode]:
    """Laplace approximation at a maximum (D,) with a log density, from second differences.

    The steps are `STEP` standard deviations of a first estimate of the covariance, in its own frame. Variances are at
    most that of the prior.
    """
    d = len(x)
    frame = STEP * np.linalg.cholesky(covariance + 1e-12 * np.trace(covariance) * np.eye(d)).T
    pairs = list(combinations(range(d), 2))
    points = [*frame, *-frame, *(frame[i] + frame[j] for i, j in pairs)]
    found = yield from _log_density(values, x + np.array(points))
    found = np.where(np.isfinite(found), found, value - 0.5 * STEP**2)  # as far as it reaches, a normal distribution
    up, down, cross = np.split(found, [d, 2 * d])
    curvature = np.diag(2.0 * value - up - down)
    for (i, j), both in zip(pairs, cross, strict=True):
        curvature[i, j] = curvature[j, i] = up[i] + up[j] - value - both
    scaled, vectors = np.linalg.eigh(curvature)
    inverse_frame = vectors.T @ frame
    spread = 1.0 / np.maximum(scaled, 1e-3 * STEP**2)
    result = (inverse_frame.T * spread) @ inverse_frame
    variance, axes = np.linalg.eigh(result)
    variance = np.clip(variance, 1e-14, 1.0)
    log_z = value + 0.5 * d * np.log(2.0 * np.pi) + 0.5 * np.log(variance).sum()
    return Mode(x, (axes * variance) @ axes.T, float(log_z))


def _log_density(values: Values, x: FloatArray) -> Generator[FloatArray, FloatArray, FloatArray]:
    found = yield from values(x)
    return np.asarray(log_normal(x) + found)


def _gradient(values: Values, x: FloatArray, value: FloatArray) -> Generator[FloatArray, FloatArray, FloatArray]:
    """Gradient (S, D) of the log density by forward differences; zero towards what is forbidden."""
    count, d = x.shape
    size = DIFFERENCE * np.maximum(np.abs(x), 1.0)
    points = x[:, None, :] + size[:, :, None] * np.eye(d)
    found = yield from _log_density(values, points.reshape(-1, d))
    slope = (found.reshape(count, d) - value[:, None]) / size
    return np.where(np.isfinite(slope), slope, 0.0)

"""Maxima of the likelihood within the prior's support: many small searches at once, each batch one call of the model.

A search moves in angles phi, u = (1 - cos(pi phi))/2 being the place in the prior's range: no step can leave the
range, and a maximum at its end is an ordinary smooth maximum in phi.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from g2fit.card.priors import Prior
from g2fit.core.errors import CardError
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.inference.profile.optimisers import evolve, gauss_newton, line_search, nelder_mead
from g2fit.posterior import Posterior

__all__ = ["Box", "Surface", "candidates", "maximise"]

#: The support of a prior without end is taken this many of its standard deviations wide, on each side.
TAILS = 8.0

#: A search is refined again from where it ended until that gains less than this in log likelihood, this many times.
GAIN, REPEATS = 1e-4, 6

#: Edge of the first simplex, in angle; and points on a line.
SIMPLEX, TICKS = 0.1, 192

#: Steps along a line where the members are maxima of neighbours, in angle.
STEPS = np.concatenate([-np.geomspace(1e-4, 0.5, 32), [0.0], np.geomspace(1e-4, 0.5, 32)])

#: Prior draws among which good starting points are looked for.
PRIOR_DRAWS = 200_000


class Box:
    """The prior's support as a unit cube, logarithmic where the prior is.

    Parameters
    ----------
    priors : sequence of Prior
        One for each parameter.
    """

    def __init__(self, priors: tuple[Prior, ...]) -> None:
        ends = [_support(prior) for prior in priors]
        self.low = np.array([low for low, _ in ends])
        self.high = np.array([high for _, high in ends])
        self.log = np.array([prior.dist in ("loguniform", "lognorm") for prior in priors])

    def to_parameters(self, u: FloatArray) -> FloatArray:
        """Parameters of points of the unit cube, shape (N, D)."""
        first, ratio = self._ladder
        theta = np.where(self.log, first * ratio**u, self.low + u * (self.high - self.low))
        return np.clip(theta, self.low, self.high)

    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Inverse of `to_parameters`."""
        first, ratio = self._ladder
        inside = np.clip(theta, self.low, self.high)
        logarithmic = np.log(np.where(self.log, inside / first, 1.0)) / np.log(ratio)
        return np.asarray(np.where(self.log, logarithmic, (inside - self.low) / (self.high - self.low)))

    @property
    def _ladder(self) -> tuple[FloatArray, FloatArray]:
        """First value and ratio of last to first of logarithmic parameters, anything harmless for the others."""
        first = np.where(self.log, self.low, 1.0)
        return first, np.where(self.log, self.high, np.e) / first


def _support(prior: Prior) -> tuple[float, float]:
    a = prior.arguments
    match prior.dist:
        case "norm":
            return a["loc"] - TAILS * a["scale"], a["loc"] + TAILS * a["scale"]
        case "truncnorm":
            low, high = a["loc"] - TAILS * a["scale"], a["loc"] + TAILS * a["scale"]
            low, high = max(low, prior.minimum), min(high, prior.maximum)
            return (low, high) if low < high else (prior.minimum, prior.maximum)
        case "lognorm":
            return a["median"] * np.exp(-TAILS * a["sigma"]), a["median"] * np.exp(TAILS * a["sigma"])
        case "halfnorm":
            return 0.0, TAILS * a["scale"]
    return prior.minimum, prior.maximum


class Surface:
    """The log likelihood over the prior's support.

    Where a point has several solutions, each of them has its own likelihood: a profile takes the largest, while a
    marginal averages (see `Posterior`).

    Parameters
    ----------
    posterior : Posterior
        The target.

    Attributes
    ----------
    evaluations : int
        Points evaluated so far.
    """

    def __init__(self, posterior: Posterior) -> None:
        self.posterior = posterior
        self.box = Box(posterior.priors.priors)
        self.solutions = posterior.model.solutions
        self.evaluations = 0

    @property
    def dimension(self) -> int:
        """Number of parameters."""
        return self.posterior.dimension

    def mask(self, columns: Sequence[int]) -> BoolArray:
        """Whether a parameter is one of `columns`, shape (D,)."""
        return np.isin(np.arange(self.dimension), list(columns))

    def by_solution(self, theta: FloatArray) -> FloatArray:
        """Log likelihood of every solution of each point, shape (N, solutions); -inf where it is not allowed."""
        self.evaluations += len(theta)
        return self.posterior.log_likelihood_by_solution(theta)

    def log_likelihood(self, u: FloatArray, branch: int | None = None) -> FloatArray:
        """Log likelihood at points of the unit cube, shape (N,): of solution `branch`, or the largest."""
        values = self.by_solution(self.box.to_parameters(u))
        return np.asarray(values.max(axis=1) if branch is None else values[:, branch])

    def pulls(self, u: FloatArray, branch: IntArray) -> FloatArray:
        """Deviations of the predictions of one solution of each point from the data, in errors, shape (N, data)."""
        self.evaluations += len(u)
        inputs, rows = self.posterior.solutions(self.box.to_parameters(u))
        pulls = self.posterior.likelihood.pulls(rows, inputs)
        chosen = np.arange(len(u)) * self.solutions + branch
        return np.stack([values[chosen] for values in pulls.values()], axis=1) if pulls else np.zeros((len(u), 0))

    def best_solution(self, u: FloatArray) -> IntArray:
        """The most likely solution of each point."""
        return np.asarray(self.by_solution(self.box.to_parameters(u)).argmax(axis=1))


def candidates(surface: Surface, rng: np.random.Generator, count: int, draws: FloatArray | None = None) -> FloatArray:
    """Good and diverse starting points of the unit cube, shape (at most 2 `count`, D).

    Parameters
    ----------
    surface : Surface
        What is to be maximised.
    rng : numpy.random.Generator
        Source of random numbers.
    count : int
        Number of candidates from the prior, and as many from `draws`.
    draws : (N, D) array, optional
        Draws of a run.

    Raises
    ------
    CardError
        If none of the draws is allowed.
    """
    found = _best_half(surface, surface.posterior.sample_prior(rng, PRIOR_DRAWS), count, rng)
    if draws is not None:
        found = np.concatenate([found, _best_half(surface, draws, count, rng)])
    if not len(found):
        raise CardError("the likelihood allows none of the prior's draws: there is nothing to maximise")
    return surface.box.from_parameters(found)


def _best_half(surface: Surface, theta: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Half of the choice are the most likely points, the other half any allowed ones."""
    value = surface.by_solution(theta).max(axis=1)
    order = np.argsort(value)[::-1][: np.count_nonzero(value > -np.inf)]
    first = order[: count // 2]
    rest = order[count // 2 :]
    return np.asarray(theta[np.concatenate([first, rng.permutation(rest)[: count - len(first)]])])


def maximise(
    surface: Surface,
    population: FloatArray,
    fixed: BoolArray,
    rng: np.random.Generator,
    *,
    generations: int,
    lines: int = 0,
    nearby: bool = False,
    neighbours: IntArray | None = None,
    branch: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Maximise for many sets of held coordinates at once: evolution first, then steps along the gradient and simplices.

    Parameters
    ----------
    surface : Surface
        What is maximised.
    population : (M, P, D) array
        Members to start from for each search, in the unit cube; the held coordinates are those of the first one.
    fixed : (D,) array of bool
        Coordinates that are held.
    rng : numpy.random.Generator
        Source of random numbers.
    generations : int
        Length of the evolution.
    lines : int
        So many of the first members are replaced by the best points on lines through them.
    nearby : bool
        Whether these members are maxima of neighbours: small steps along the lines are tried too.
    neighbours : (M, K) array of int, optional
        Searches that help each other, see `g2fit.inference.profile.optimisers.evolve`.
    branch : int, optional
        Solution whose likelihood is maximised; the largest of all solutions if None.

    Returns
    -------
    value : (M,) array
        Log likelihood at the maxima, -inf where nothing is allowed.
    u : (M, D) array
        Where they are.
    """
    u = population[:, 0].copy()
    free = ~fixed

    def place(angles: FloatArray, which: IntArray) -> FloatArray:
        points = u[which]
        points[:, free] = 0.5 - 0.5 * np.cos(np.pi * angles)
        return points

    def cost(angles: FloatArray, which: IntArray) -> FloatArray:
        value = surface.log_likelihood(place(angles, which), branch)
        return np.asarray(np.where(np.isfinite(value), -value, np.inf))

    def pulls(angles: FloatArray, which: IntArray) -> FloatArray:
        return surface.pulls(place(angles, which), solution[which])

    if not free.any():
        return surface.log_likelihood(u, branch), u
    members = _angles(population[:, :, free])
    if lines:
        rows = np.repeat(np.arange(len(u)), lines)
        ticks = (np.arange(TICKS) + rng.random()) / TICKS
        steps = STEPS if nearby else None
        found = line_search(cost, members[:, :lines].reshape(len(rows), -1), rows, ticks, steps)
        members[:, :lines] = found.reshape(len(u), lines, -1)
    value, angles = evolve(cost, members, generations, rng, neighbours)
    active = np.flatnonzero(np.isfinite(value))
    for repeat in range(REPEATS):
        if not len(active):
            break
        solution = (
            surface.best_solution(place(angles, np.arange(len(u)))) if branch is None else np.full(len(u), branch)
        )
        start = gauss_newton(cost, pulls, angles[active], active)
        lowest, best = nelder_mead(cost, start, active, SIMPLEX * (-0.5) ** repeat)
        gain = value[active] - lowest
        better = gain > 0.0
        value[active[better]], angles[active[better]] = lowest[better], best[better]
        active = active[gain > GAIN]
    return -value, place(angles, np.arange(len(u)))


def _angles(u: FloatArray) -> FloatArray:
    return np.asarray(np.arccos(np.clip(1.0 - 2.0 * u, -1.0, 1.0)) / np.pi)

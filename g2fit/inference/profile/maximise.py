"""Maximisation of the likelihood within the prior's support: many searches at once, each step one call of the model.

The searches use angles phi, where u = (1 - cos(pi phi))/2 is the position in the prior's range: no step can leave the
range, and a maximum at its end is an ordinary smooth maximum in phi.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from g2fit.card.priors import Prior
from g2fit.core.errors import CardError
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.inference.profile.optimisers import evolve, gauss_newton, line_search, nelder_mead
from g2fit.posterior import Posterior
from g2fit.posterior.allowed_draws import allowed_draws

__all__ = ["CANDIDATES", "MEMBERS", "Box", "Search", "Surface", "candidates", "maximise"]

#: Half width at which the support of an unbounded prior is cut off, in its standard deviations.
TAILS = 8.0

#: A search is refined again from its end until that gains less than this in log likelihood.
GAIN = 1e-4

#: Largest number of refinements of a search, unless it says otherwise.
REPEATS = 6

#: Edge of the first simplex, in angle.
SIMPLEX = 0.1

#: Number of points on a line.
TICKS = 192

#: Small steps along a line from maxima of neighbouring nodes, in angle.
STEPS = np.concatenate([-np.geomspace(1e-4, 0.5, 32), [0.0], np.geomspace(1e-4, 0.5, 32)])

#: Prior draws among which good starting points are chosen.
PRIOR_DRAWS = 200_000

#: Number of starting points that are tried at every node of a grid.
CANDIDATES = 512

#: Members of the population of a node.
MEMBERS = 64


class Box:
    """The support of the parameters' priors as a unit cube, logarithmic where the prior is."""

    def __init__(self, priors: tuple[Prior, ...]) -> None:
        ends = [_support(prior) for prior in priors]
        self.low = np.array([low for low, _ in ends])
        self.high = np.array([high for _, high in ends])
        self.log = np.array([prior.dist in ("loguniform", "lognorm") for prior in priors])

    def to_parameters(self, u: FloatArray) -> FloatArray:
        """Parameters at points of the unit cube, shape (N, D)."""
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
        """Lowest value of logarithmic parameters, and ratio of the highest to it; arbitrary for the others."""
        first = np.where(self.log, self.low, 1.0)
        return first, np.where(self.log, self.high, np.e) / first


def _support(prior: Prior) -> tuple[float, float]:
    a = prior.arguments
    match prior.dist:
        case "norm" | "truncnorm":
            low = max(a["loc"] - TAILS * a["scale"], prior.minimum)
            high = min(a["loc"] + TAILS * a["scale"], prior.maximum)
            return (low, high) if low < high else (prior.minimum, prior.maximum)
        case "lognorm":
            return a["median"] * np.exp(-TAILS * a["sigma"]), a["median"] * np.exp(TAILS * a["sigma"])
        case "halfnorm":
            return 0.0, TAILS * a["scale"]
    return prior.minimum, prior.maximum


class Surface:
    """Log likelihood over the prior's support.

    Where a point has several solutions, each of them has its own likelihood: a profile takes the largest, while a
    marginal takes the average (see `Posterior`). The points evaluated so far are counted in `evaluations`.
    """

    def __init__(self, posterior: Posterior) -> None:
        self.posterior = posterior
        self.dimension = posterior.dimension
        self.box = Box(posterior.priors.priors)
        self.solutions = posterior.model.solutions
        self.evaluations = 0

    def mask(self, columns: Sequence[int]) -> BoolArray:
        """Whether a parameter is one of `columns`, shape (D,)."""
        return np.isin(np.arange(self.dimension), list(columns))

    def by_solution(self, theta: FloatArray) -> FloatArray:
        """Log likelihood of every solution of each point, shape (N, solutions); -inf where it is not allowed."""
        self.evaluations += len(theta)
        return self.posterior.log_likelihood_by_solution(theta)

    def log_likelihood(self, u: FloatArray, solution: int | None = None) -> FloatArray:
        """Log likelihood at points of the unit cube, shape (N,): of one solution, or the largest of all."""
        values = self.by_solution(self.box.to_parameters(u))
        return np.asarray(values.max(axis=1) if solution is None else values[:, solution])

    def pulls(self, u: FloatArray, solution: IntArray) -> FloatArray:
        """Pulls of one solution of each point, shape (N, data)."""
        self.evaluations += len(u)
        inputs, rows = self.posterior.solutions(self.box.to_parameters(u), solution)
        pulls = self.posterior.likelihood.pulls(rows, inputs)
        return np.stack([*pulls.values()], axis=1) if pulls else np.zeros((len(u), 0))


def candidates(surface: Surface, rng: np.random.Generator, count: int, draws: ArrayLike | None = None) -> FloatArray:
    """Choose good and diverse starting points: points of the unit cube, shape (at most 2 `count`, D).

    Up to `count` points are prior draws, and as many are from the `draws` of a run, parameters of shape (N, D).

    Raises
    ------
    CardError
        If none of the draws is allowed.
    """
    drawn = allowed_draws(surface.posterior, rng, PRIOR_DRAWS, least=MEMBERS)
    found = _best_half(surface, drawn, count, rng)
    if draws is not None:
        found = np.concatenate([found, _best_half(surface, np.asarray(draws, dtype=float), count, rng)])
    if not len(found):
        raise CardError("the likelihood allows none of the prior's draws: there is nothing to maximise")
    return surface.box.from_parameters(found)


def _best_half(surface: Surface, theta: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Choose allowed points, half of them the most likely ones and half at random."""
    value = surface.by_solution(theta).max(axis=1)
    order = np.argsort(value)[::-1][: np.count_nonzero(value > -np.inf)]
    first, rest = order[: count // 2], order[count // 2 :]
    return np.asarray(theta[np.concatenate([first, rng.permutation(rest)[: count - len(first)]])])


@dataclass(frozen=True)
class Search:
    """Settings of a search: the largest number of generations of the evolution, and how it begins.

    The first `lines` members are first moved to the best points on lines through them. With `small_steps` small steps
    along these lines are tried, too, since the members are maxima of neighbouring nodes. At most `repeats` times the
    end of a search is refined.
    """

    generations: int
    lines: int = 0
    small_steps: bool = False
    repeats: int = REPEATS


def maximise(
    surface: Surface,
    population: FloatArray,
    fixed: BoolArray,
    rng: np.random.Generator,
    search: Search,
    *,
    neighbours: IntArray | None = None,
    solution: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Run many searches at once, each with its own values of the held coordinates.

    Differential evolution comes first, then Gauss-Newton steps and Nelder-Mead simplices. Each search starts from a
    `population` of points of the unit cube, shape (M, P, D). The coordinates that are `fixed`, shape (D,), are held at
    those of its first point. `neighbours` (M, K) are searches that exchange members, see
    `g2fit.inference.profile.optimisers.evolve`. The likelihood of one `solution` is maximised, by default of the most
    likely one of each point. The results are the log likelihood at the maxima, shape (M,), -inf where nothing is
    allowed, and their positions, shape (M, D).
    """
    u = population[:, 0].copy()
    free = ~fixed

    def place(angles: FloatArray, which: IntArray) -> FloatArray:
        points = u[which]
        points[:, free] = 0.5 - 0.5 * np.cos(np.pi * angles)
        return points

    def cost(angles: FloatArray, which: IntArray) -> FloatArray:
        value = surface.log_likelihood(place(angles, which), solution)
        return np.asarray(np.where(np.isfinite(value), -value, np.inf))

    def pulls(angles: FloatArray, which: IntArray) -> FloatArray:
        return surface.pulls(place(angles, which), chosen[which])

    if not free.any():
        return surface.log_likelihood(u, solution), u
    members = np.arccos(np.clip(1.0 - 2.0 * population[:, :, free], -1.0, 1.0)) / np.pi
    if lines := search.lines:
        rows = np.repeat(np.arange(len(u)), lines)
        ticks = (np.arange(TICKS) + rng.random()) / TICKS
        steps = STEPS if search.small_steps else None
        found = line_search(cost, members[:, :lines].reshape(len(rows), -1), rows, ticks, steps)
        members[:, :lines] = found.reshape(len(u), lines, -1)
    value, angles = evolve(cost, members, search.generations, rng, neighbours)
    active = np.flatnonzero(np.isfinite(value))
    for repeat in range(search.repeats):
        if not len(active):
            break
        theta = surface.box.to_parameters(place(angles, np.arange(len(u))))
        chosen = surface.by_solution(theta).argmax(axis=1) if solution is None else np.full(len(u), solution)
        start = gauss_newton(cost, pulls, angles[active], active)
        lowest, best = nelder_mead(cost, start, active, SIMPLEX * (-0.5) ** repeat)
        gain = value[active] - lowest
        better = gain > 0.0
        value[active[better]], angles[active[better]] = lowest[better], best[better]
        active = active[gain > GAIN]
    return -value, place(angles, np.arange(len(u)))

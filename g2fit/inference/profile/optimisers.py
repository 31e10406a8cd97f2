"""Optimisers that run many searches at once, so that each step is one call of the model.

The cost is a function of points (N, d) and of the indices of their searches (N,), infinite where it is not defined.
`which` names the search of each row of the other arguments. The optimisers give the lowest costs (M,) and their
positions (M, d).
"""

from collections.abc import Callable

import numpy as np

from g2fit.core.types import FloatArray, IntArray

__all__ = ["evolve", "gauss_newton", "line_search", "nelder_mead"]

#: Cost of points (N, d) of searches (N,), shape (N,).
Cost = Callable[[FloatArray, IntArray], FloatArray]

#: A simplex ends when its costs differ by less than this …
VALUE_TOLERANCE = 1e-5

#: … and its edges are shorter than this in every coordinate.
PLACE_TOLERANCE = 1e-4

#: Largest number of Gauss-Newton steps.
GAUSS_NEWTON_STEPS = 40

#: Difference of a coordinate from which the gradient of the predictions is computed.
DIFFERENCE = 1e-6

#: Generations between two migrations of members between neighbouring searches.
MIGRATION_INTERVAL = 10

#: Inverse of the fraction of members, the best ones, that lead.
ELITE = 3

#: Fraction of members that follow no leader.
ANYWHERE = 0.3

#: A search ends when the costs of its members differ by less than this.
SAME_VALUE = 1e-6


def evolve(
    cost: Cost, population: FloatArray, generations: int, rng: np.random.Generator, neighbours: IntArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Run a differential evolution for each search, with its own population.

    Most members step towards one of the best members (current-to-pbest/1, Zhang & Sanderson 2009); the others start
    from a random member (rand/1), so that a population does not converge to its best member too early. The steps are
    differences of members: they follow narrow ridges and slide along hard walls.

    The first members are `population`, shape (M, P, d). A search ends after so many `generations`, or when all its
    members have the same cost. Every few generations the best members are copied between similar searches, such as
    those at neighbouring nodes of a grid: `neighbours` (M, K) has the indices of these. An index equal to its own row
    means that there is no neighbour.
    """
    x = population.copy()
    searches, members, d = x.shape
    elite = max(2, members // ELITE)
    value = cost(x.reshape(-1, d), np.repeat(np.arange(searches), members)).reshape(searches, members)
    rows = np.arange(searches)  # searches that still move
    for generation in range(generations):
        if generation % MIGRATION_INTERVAL == MIGRATION_INTERVAL - 1:
            if neighbours is not None:
                _migrate(cost, x, value, rows, neighbours)
            low, high = value[rows].min(axis=1), value[rows].max(axis=1)
            moving = np.isfinite(low)
            moving[moving] &= ~(high[moving] - low[moving] < SAME_VALUE)
            rows = rows[moving]
            if not len(rows):
                break
        here, costs = x[rows], value[rows]
        row = np.arange(len(rows))[:, None]
        order = np.argsort(costs, axis=1)
        shape = len(rows), members
        leader = here[row, order[row, rng.integers(0, elite, shape)]]
        first, second, third = (here[row, rng.integers(0, members, shape)] for _ in range(3))
        scale = rng.uniform(0.3, 1.0, (*shape, 1))
        anywhere = rng.random((*shape, 1)) < ANYWHERE
        trial = np.where(anywhere, third, here + scale * (leader - here)) + scale * (first - second)
        tried = cost(trial.reshape(-1, d), np.repeat(rows, members)).reshape(shape)
        better = tried <= costs
        here[better], costs[better] = trial[better], tried[better]
        x[rows], value[rows] = here, costs
    row = np.arange(searches)
    best = np.argmin(value, axis=1)
    return value[row, best], x[row, best]


def _migrate(cost: Cost, x: FloatArray, value: FloatArray, rows: IntArray, neighbours: IntArray) -> None:
    """Replace the worst member of a search by the best member of each neighbour, if that is better here."""
    best = x[np.arange(len(x)), np.argmin(value, axis=1)]
    for column in range(min(neighbours.shape[1], x.shape[1] // 2)):
        hosts = rows[neighbours[rows, column] != rows]
        migrants = best[neighbours[hosts, column]]
        tried = cost(migrants, hosts)
        worst = np.argmax(value[hosts], axis=1)
        better = tried < value[hosts, worst]
        x[hosts[better], worst[better]], value[hosts[better], worst[better]] = migrants[better], tried[better]


def line_search(
    cost: Cost, points: FloatArray, which: IntArray, ticks: FloatArray, steps: FloatArray | None = None
) -> FloatArray:
    """Find the best point on the lines through each point along every coordinate, at `ticks` and after `steps`.

    A narrow ridge that a point misses is met by some line. The `ticks` (T,) are values of each coordinate, the `steps`
    (S,) changes of it: a ridge that is near may be narrower than the distance of the ticks. The result has the shape of
    `points`, (N, d).
    """
    n, d = points.shape
    steps = np.empty(0) if steps is None else steps
    places = len(ticks) + len(steps)
    trial = np.broadcast_to(points[:, None, None, :], (n, d, places, d)).copy()
    for j in range(d):
        trial[:, j, : len(ticks), j] = ticks
        trial[:, j, len(ticks) :, j] += steps
    tried = cost(trial.reshape(-1, d), np.repeat(which, d * places)).reshape(n, -1)
    return np.asarray(trial.reshape(n, -1, d)[np.arange(n), np.argmin(tried, axis=1)])


def gauss_newton(
    cost: Cost, pulls: Callable[[FloatArray, IntArray], FloatArray], start: FloatArray, which: IntArray
) -> FloatArray:
    """Take Gauss-Newton steps with the damping of Levenberg and Marquardt, for all searches together.

    A precise measurement makes the likelihood a narrow curved ridge, which these steps follow better than a simplex.
    The steps follow from the Gaussian data alone, but are taken only where the whole likelihood increases. `pulls` is a
    function of the same arguments as the cost, with results of shape (N, data); `start` and the result are points
    (M, d).
    """
    x = start.copy()
    count, d = x.shape
    value = cost(x, which)
    damping = np.full(count, 1e-2)
    rows = np.flatnonzero(np.isfinite(value))
    for _ in range(GAUSS_NEWTON_STEPS):
        if not len(rows):
            break
        names = which[rows]
        here = pulls(x[rows], names)
        shifted = (x[rows][:, None, :] + DIFFERENCE * np.eye(d)).reshape(-1, d)
        there = pulls(shifted, np.repeat(names, d)).reshape(len(rows), d, -1)
        slope = np.nan_to_num((there - here[:, None, :]) / DIFFERENCE, posinf=0.0, neginf=0.0)
        gradient = np.einsum("mdr,mr->md", slope, np.nan_to_num(here))
        curvature = np.einsum("mdr,mer->mde", slope, slope)
        scale = np.einsum("mdd->md", curvature) + 1e-6 * np.trace(curvature, axis1=1, axis2=2)[:, None] + 1e-12
        lowest, best, factor = value[rows].copy(), x[rows].copy(), np.full(len(rows), 100.0)
        for multiple in (0.03, 1.0, 30.0):
            matrix = curvature + (multiple * damping[rows])[:, None, None] * (scale[:, :, None] * np.eye(d))
            step = np.linalg.solve(matrix, -gradient[:, :, None])[:, :, 0]
            point = x[rows] + np.clip(step, -0.5, 0.5)
            tried = cost(point, names)
            better = tried < lowest
            lowest[better], best[better], factor[better] = tried[better], point[better], multiple
        gained = value[rows] - lowest
        x[rows], value[rows] = best, lowest
        damping[rows] = np.maximum(damping[rows] * factor, 1e-9)
        rows = rows[(gained > 1e-9) | ((factor == 100.0) & (damping[rows] < 1e6))]
    return x


def nelder_mead(cost: Cost, start: FloatArray, which: IntArray, size: float) -> tuple[FloatArray, FloatArray]:
    """Run the Nelder-Mead method from each row of `start`, with the coefficients of Gao & Han (2012).

    The rows of `start` (M, d) are the first vertices of simplices with edges of length `size`.
    """
    count, d = start.shape
    expand, contract, shrink = 1.0 + 2.0 / d, 0.75 - 0.5 / d, 1.0 - 1.0 / max(d, 2)
    simplex = np.repeat(start[:, None, :], d + 1, axis=1)
    simplex[:, 1:, :] += size * np.eye(d)
    value = cost(simplex.reshape(-1, d), np.repeat(which, d + 1)).reshape(count, d + 1)
    lowest, best = np.empty(count), np.empty((count, d))
    rows = np.arange(count)  # searches that still move
    for _ in range(150 * (d + 1)):
        order = np.argsort(value, axis=1, kind="stable")
        value = np.take_along_axis(value, order, axis=1)
        simplex = np.take_along_axis(simplex, order[:, :, None], axis=1)
        finite = np.isfinite(value[:, -1])
        spread = np.full(len(rows), np.inf)
        spread[finite] = value[finite, -1] - value[finite, 0]
        edge = np.abs(simplex[:, 1:] - simplex[:, :1]).max(axis=(1, 2))
        # a flat simplex ends, too: nothing is gained any more
        done = (spread < VALUE_TOLERANCE) & ((edge < PLACE_TOLERANCE) | (spread < 1e-3 * VALUE_TOLERANCE))
        done |= (edge < 1e-9) | ~np.isfinite(value[:, 0])
        if done.any():
            lowest[rows[done]], best[rows[done]] = value[done, 0], simplex[done, 0]
            keep = ~done
            rows, value, simplex = rows[keep], value[keep], simplex[keep]
            if not len(rows):
                return lowest, best
        names = which[rows]
        centre = simplex[:, :-1].mean(axis=1)
        step = centre - simplex[:, -1]
        reflected = centre + step
        first = cost(reflected, names)
        far = first < value[:, 0]
        near = first >= value[:, -2]
        factor = np.where(far, expand, np.where(first < value[:, -1], contract, -contract))
        second_point = centre + factor[:, None] * step
        second = np.full(len(rows), np.inf)
        again = far | near
        second[again] = cost(second_point[again], names[again])
        take_second = again & (second < np.where(near, np.minimum(first, value[:, -1]), first))
        accepted = take_second | ~near
        new = np.where(take_second[:, None], second_point, reflected)
        simplex[accepted, -1] = new[accepted]
        value[accepted, -1] = np.where(take_second, second, first)[accepted]
        stuck = np.flatnonzero(~accepted)
        if len(stuck):
            pulled = simplex[stuck, :1] + shrink * (simplex[stuck, 1:] - simplex[stuck, :1])
            simplex[stuck, 1:] = pulled
            value[stuck, 1:] = cost(pulled.reshape(-1, d), np.repeat(names[stuck], d)).reshape(len(stuck), d)
    lowest[rows], best[rows] = value.min(axis=1), simplex[np.arange(len(rows)), np.argmin(value, axis=1)]
    return lowest, best

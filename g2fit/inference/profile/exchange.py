"""Maxima at the nodes of a grid: independent searches, and the exchange of maxima between neighbouring nodes.

The independent searches at all nodes are repeated, and maxima are exchanged, until nothing is gained any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.inference.profile.maximise import MEMBERS, Search, Surface, maximise
from g2fit.inference.profile.node_grid import Maxima, adjacent_nodes, nearby_nodes

__all__ = [
    "ExchangeTask",
    "maximise_at_nodes",
    "maximise_from_neighbours",
    "maximise_until_confirmed",
]

#: Number of members of a node's population that are moved along lines before its evolution.
LINES = 8

#: Largest number of generations of the independent search at a node.
NODE_GENERATIONS = 400

#: Distance, in nodes along every axis, over which maxima are exchanged.
REACH = 2

#: Number of neighbours' maxima, the best ones, that are moved along lines at a node.
LEADERS = 8

#: Largest number of generations of a search from neighbours' maxima.
EXCHANGE_GENERATIONS = 100

#: Nodes of one exchange task, which are maximised together.
TOGETHER = 64

#: A node that is worse than a nearby one by more than this in log likelihood is searched more thoroughly at the end.
CLIFF = 0.5

#: Maxima are exchanged until no node gains more than this in log likelihood.
GAIN = 1e-4

#: Largest number of exchanges.
EXCHANGES = 40

#: Independent searches are repeated until none finds a maximum that is better by more than this in log likelihood.
TOLERANCE = 5e-4

#: Largest number of independent searches of all nodes.
ROUNDS = 5


def maximise_at_nodes(
    surface: Surface, columns: Sequence[int], nodes: FloatArray, starts: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Maximise the likelihood at the nodes of a grid over the parameters that are not held.

    The held parameters are `columns`; `nodes` has their values, shape (..., len(columns)), and neighbours in this array
    are neighbours in the grid. Candidates for the other parameters are `starts`, points of the unit cube (C, D). The
    results are the largest log likelihood at each node, shape (...), -inf where nothing is allowed, and its position in
    the unit cube, shape (..., D).
    """
    shape = nodes.shape[:-1]
    # positions in the unit cube of the held parameters, at its centre in the other ones
    theta = np.tile(surface.box.to_parameters(np.full((1, surface.dimension), 0.5)), (prod(shape), 1))
    theta[:, list(columns)] = nodes.reshape(-1, len(columns))
    held = surface.box.from_parameters(theta)[:, list(columns)]
    population = np.empty((len(held), MEMBERS, surface.dimension))
    for i, place in enumerate(held):
        tried = starts.copy()
        tried[:, list(columns)] = place
        order = np.argsort(surface.log_likelihood(tried))[::-1]
        # some members are the best candidates here, the others any: the best ones may all lie in one basin
        few = (MEMBERS - LINES) // 2
        chosen = np.concatenate([rng.permutation(len(tried))[:LINES], order[:few], rng.permutation(order[few:])])
        population[i] = tried[np.resize(chosen, MEMBERS)]
    search = Search(NODE_GENERATIONS, LINES)
    value, u = maximise(surface, population, surface.mask(columns), rng, search, neighbours=adjacent_nodes(shape))
    return value.reshape(shape), u.reshape(*shape, -1)


@dataclass(frozen=True)
class ExchangeTask:
    """Self-contained task: re-maximise at these grid nodes, starting from the maxima of neighbouring nodes.

    The parameters `columns` are held. `own` (M, D) are the positions of the nodes' present maxima, `neighbours`
    (M, G, D) those of nearby nodes, the best first; `lines` members of a population are moved along lines.
    """

    columns: tuple[int, ...]
    own: FloatArray
    neighbours: FloatArray
    lines: int
    seed: tuple[int, ...]


def maximise_from_neighbours(surface: Surface, task: ExchangeTask) -> tuple[FloatArray, FloatArray]:
    """Perform an exchange task; give log likelihood (M,) and position (M, D) of the maxima."""
    rng = np.random.default_rng(task.seed)
    fixed = surface.mask(task.columns)
    population = np.repeat(task.own[:, None, :], MEMBERS, axis=1)
    near = task.neighbours[:, :, ~fixed]
    count = near.shape[1]
    population[:, 1 : 1 + count, ~fixed] = near
    # the other members are neighbours' maxima, too, displaced by up to their spread
    others = near[:, rng.integers(0, count, MEMBERS - 1 - count)]
    scale = 10.0 ** np.minimum(rng.uniform(-3.0, 3.0, (*others.shape[:2], 1)), 0.0)
    noise = rng.normal(size=others.shape) * (0.02 + near.std(axis=1, keepdims=True)) * scale
    population[:, 1 + count :, ~fixed] = np.clip(others + noise, 0.0, 1.0)
    return maximise(surface, population, fixed, rng, Search(EXCHANGE_GENERATIONS, task.lines, small_steps=True))


#: Performs exchange tasks, here or elsewhere, and gives the result of `maximise_from_neighbours` for each.
Exchanger = Callable[[list[ExchangeTask]], list[tuple[FloatArray, FloatArray]]]


def _exchange_maxima(
    columns: Sequence[int],
    maxima: tuple[FloatArray, FloatArray],
    exchanger: Exchanger,
    seed: tuple[int, ...],
    *,
    thorough: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Exchange maxima between neighbouring nodes until no node gains any more; give the improved maxima.

    A narrow ridge between walls, like that of a negative Delta a_e near Delta_e = -1, is reached from a neighbour's
    maximum only if some line through it meets the ridge; so several maxima are tried, the best ones first. A `thorough`
    exchange ends with the maxima of all nearby nodes where one of these is much better.
    """
    value, u = maxima
    best, where = value.reshape(-1).copy(), u.reshape(-1, u.shape[-1]).copy()
    near = nearby_nodes(value.shape, REACH)
    active, all_lines = np.arange(len(best)), False
    for number in range(EXCHANGES):
        ranked = np.take_along_axis(near[active], np.argsort(-best[near[active]], axis=1), axis=1)
        lines = 1 + (ranked.shape[1] if all_lines else min(LEADERS, ranked.shape[1]))
        groups = [(first, slice(first, first + TOGETHER)) for first in range(0, len(active), TOGETHER)]
        tasks = [
            ExchangeTask(tuple(columns), where[active[group]], where[ranked[group]], lines, (*seed, number, first))
            for first, group in groups
        ]
        found, u_found = (np.concatenate(results) for results in zip(*exchanger(tasks), strict=True))
        better = found > best[active]
        gains = np.zeros(len(active))
        gains[better] = np.minimum(found[better] - best[active[better]], 1.0)  # 1 where nothing was allowed before
        best[active[better]], where[active[better]] = found[better], u_found[better]
        changed = active[gains > GAIN]
        if len(changed):
            active, all_lines = np.unique(np.concatenate([changed, near[changed].ravel()])), False
            continue
        active = np.flatnonzero(best[near].max(axis=1) > best + CLIFF)
        if all_lines or not thorough or not len(active):
            break
        all_lines = True
    return best.reshape(value.shape), where.reshape(u.shape)


def maximise_until_confirmed(
    columns: Sequence[int], attempt: Callable[[int], tuple[FloatArray, FloatArray]], exchanger: Exchanger, seed: int
) -> Maxima:
    """Repeat independent searches at all nodes, and exchanges of maxima, until a new search improves no node.

    An `attempt` is an independent search of all nodes, a function of the round's number with the results of
    `maximise_at_nodes`. The held parameters are `columns`.
    """
    value, u = _exchange_maxima(columns, attempt(0), exchanger, (seed, 0))
    best_alone = np.full(value.shape, -np.inf)
    rounds, improved = 1, value.size
    while improved and rounds < ROUNDS:
        fresh, u_fresh = attempt(rounds)
        best_alone = np.maximum(best_alone, fresh)
        improved = int(np.count_nonzero(fresh > value + TOLERANCE))
        better = fresh > value
        value, u = np.where(better, fresh, value), np.where(better[..., None], u_fresh, u)
        if improved:
            value, u = _exchange_maxima(columns, (value, u), exchanger, (seed, rounds))
        rounds += 1
    value, u = _exchange_maxima(columns, (value, u), exchanger, (seed, ROUNDS), thorough=True)
    return Maxima(value, u, best_alone >= value - TOLERANCE, rounds, improved)

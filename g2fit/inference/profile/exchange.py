"""Maxima passed on from node to node of a grid, and attempts repeated, until nothing is gained any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from g2fit.core.types import FloatArray, IntArray
from g2fit.inference.profile.maximise import Surface, maximise
from g2fit.inference.profile.node_grid import Maxima

__all__ = ["MEMBERS", "Visit", "relax", "settle", "visit"]

#: How many nodes away maxima are passed on, and how many of these, the best ones, are moved along lines there.
REACH, LEADERS = 2, 8

#: Population of a node, and its most generations.
MEMBERS, PASS = 64, 100

#: Nodes of a visit: they are maximised together.
TOGETHER = 64

#: A node with a better one near by, by so much in log likelihood, may have missed its basin: it is tried harder.
CLIFF = 0.5

#: Solutions are passed on until no node gains more than this in log likelihood, at most so many times.
GAIN, PASSES = 1e-4, 40

#: All nodes are maximised afresh until that improves none by more than this in log likelihood, at most so many times.
TOLERANCE, ROUNDS = 5e-4, 5


@dataclass(frozen=True)
class Visit:
    """Nodes at which the maxima of others are tried: all that this depends on, so that it may be done anywhere.

    Attributes
    ----------
    columns : tuple of int
        The parameters that are held.
    places : (M, D) array
        The maxima at these nodes so far.
    guests : (M, G, D) array
        The maxima at the nodes near by, the best first.
    lines : int
        How many members of a population are moved along lines.
    seed : tuple of int
        Of the random numbers.
    """

    columns: tuple[int, ...]
    places: FloatArray
    guests: FloatArray
    lines: int
    seed: tuple[int, ...]


def visit(surface: Surface, given: Visit) -> tuple[FloatArray, FloatArray]:
    """Maximise at nodes from the maxima near by.

    Returns
    -------
    value, u : (M,) and (M, D) array
        Log likelihood at the maxima, and where they are.
    """
    rng = np.random.default_rng(given.seed)
    fixed = surface.mask(given.columns)
    population = np.repeat(given.places[:, None, :], MEMBERS, axis=1)
    guests = given.guests[:, :, ~fixed]
    count = guests.shape[1]
    population[:, 1 : 1 + count, ~fixed] = guests
    # the others are mixtures of the neighbours' maxima, spread a little wider or not at all
    others = guests[:, rng.integers(0, count, MEMBERS - 1 - count)]
    scale = 10.0 ** np.minimum(rng.uniform(-3.0, 3.0, (*others.shape[:2], 1)), 0.0)
    noise = rng.normal(size=others.shape) * (0.02 + guests.std(axis=1, keepdims=True)) * scale
    population[:, 1 + count :, ~fixed] = np.clip(others + noise, 0.0, 1.0)
    return maximise(surface, population, fixed, rng, generations=PASS, lines=given.lines, nearby=True)


#: Does visits, here or elsewhere, and gives what `visit` gives for each.
Visitor = Callable[[list[Visit]], list[tuple[FloatArray, FloatArray]]]


def relax(
    columns: Sequence[int], value: FloatArray, u: FloatArray, visitor: Visitor, seed: tuple[int, ...],
    *, hard: bool = False,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Pass the maxima on from node to node until no node gains any more.

    A basin that is a thin sheet between walls, like that of a negative Delta a_e near Delta_e = -1, is entered from a
    neighbour's maximum only if some line through it meets the sheet; so several maxima are tried, the best ones first.

    Parameters
    ----------
    columns : sequence of int
        The parameters that are held.
    value, u : (...) and (..., D) array
        Maxima at the nodes of a grid, see `g2fit.inference.profile.best_fit.profile_nodes`.
    visitor : callable
        Does visits.
    seed : tuple of int
        Of the random numbers.
    hard : bool
        Whether nodes beside a cliff, a node near by being much better, are tried with the maxima of all nodes near by
        when the others are done.

    Returns
    -------
    value, u : as given
        The better maxima.
    """
    best, where = value.reshape(-1).copy(), u.reshape(-1, u.shape[-1]).copy()
    near = _within(value.shape, REACH)
    active, trying_hard = np.arange(len(best)), False
    for number in range(PASSES):
        ranked = np.take_along_axis(near[active], np.argsort(-best[near[active]], axis=1), axis=1)
        lines = 1 + (ranked.shape[1] if trying_hard else min(LEADERS, ranked.shape[1]))
        cuts = range(0, len(active), TOGETHER)
        visits = [
            Visit(
                tuple(columns), where[active[cut : cut + TOGETHER]], where[ranked[cut : cut + TOGETHER]], lines,
                (*seed, number, cut),
            )
            for cut in cuts
        ]  # fmt: skip
        results = visitor(visits)
        found, u_found = (np.concatenate(parts) for parts in zip(*results, strict=True))
        better = found > best[active]
        gains = np.zeros(len(active))
        gains[better] = np.minimum(found[better] - best[active[better]], 1.0)  # 1 where nothing was allowed before
        best[active[better]], where[active[better]] = found[better], u_found[better]
        changed = active[gains > GAIN]
        if len(changed):
            active, trying_hard = np.unique(np.concatenate([changed, near[changed].ravel()])), False
            continue
        active = np.flatnonzero(best[near].max(axis=1) > best + CLIFF)
        if trying_hard or not hard or not len(active):
            break
        trying_hard = True
    return best.reshape(value.shape), where.reshape(u.shape)


def settle(
    columns: Sequence[int],
    attempt: Callable[[int], tuple[FloatArray, FloatArray]],
    visitor: Visitor,
    seed: int,
) -> Maxima:
    """Maximise all nodes afresh and pass the maxima on, again and again, until a fresh attempt improves none.

    Parameters
    ----------
    columns : sequence of int
        The parameters that are held.
    attempt : callable
        Of the round, an independent attempt at all nodes, as `g2fit.inference.profile.best_fit.profile_nodes` gives it.
    visitor : callable
        Does visits.
    seed : int
        Of the random numbers.

    Returns
    -------
    Maxima
        The best maxima, and how sure they are.
    """
    value, u = attempt(0)
    value, u = relax(columns, value, u, visitor, (seed, 0))
    best_alone = np.full(value.shape, -np.inf)
    rounds, improved = 1, value.size
    while improved and rounds < ROUNDS:
        fresh, u_fresh = attempt(rounds)
        best_alone = np.maximum(best_alone, fresh)
        improved = int(np.count_nonzero(fresh > value + TOLERANCE))
        better = fresh > value
        value, u = np.where(better, fresh, value), np.where(better[..., None], u_fresh, u)
        if improved:
            value, u = relax(columns, value, u, visitor, (seed, rounds))
        rounds += 1
    value, u = relax(columns, value, u, visitor, (seed, ROUNDS), hard=True)
    return Maxima(value, u, best_alone >= value - TOLERANCE, rounds, improved)


def _within(shape: tuple[int, ...], reach: int) -> IntArray:
    """Indices of all nodes at most `reach` away along every axis, but for each node itself; at the rim some twice."""
    index = np.arange(int(np.prod(shape))).reshape(shape)
    columns = []
    for offsets in np.ndindex(*(2 * reach + 1,) * len(shape)):
        moved = index
        for axis, offset in enumerate(offsets):
            places = np.clip(np.arange(shape[axis]) + offset - reach, 0, shape[axis] - 1)
            moved = np.take(moved, places, axis=axis)
        if any(offset != reach for offset in offsets):
            columns.append(moved.reshape(-1))
    return np.stack(columns, axis=1)

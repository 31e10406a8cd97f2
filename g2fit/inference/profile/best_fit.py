"""Profile likelihoods by real maximisation within the prior's support: best fits, one parameter, a plane.

At every node of a grid the likelihood is maximised over all other parameters; the prior only says where to look. The
searches of neighbouring nodes help each other, and the solutions are passed on over the grid until nothing gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.types import FloatArray, IntArray
from g2fit.inference.profile.exchange import MEMBERS, settle, visit
from g2fit.inference.profile.maximise import Surface, candidates, maximise
from g2fit.inference.profile.node_grid import column_of, dataset, grid_values
from g2fit.posterior import Posterior
from g2fit.results.best_fit import BestFit, describe_point

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DELTA_CHI2_1D", "DELTA_CHI2_2D", "best_fits", "profile", "profile_nodes"]

#: Rise of chi squared over its minimum that bounds 68.27 and 95.45 %, for one and for two parameters.
DELTA_CHI2_1D = (1.0, 4.0)
DELTA_CHI2_2D = (2.30, 6.18)

#: Starting points that are tried at every node, and how many of those that evolve there are moved along lines.
CANDIDATES, LINES = 512, 8

#: Most generations at a node, and for a best fit.
NODE, GLOBAL = 400, 1000

#: Independent populations of a best fit.
POPULATIONS = 12


def best_fits(posterior: Posterior, *, draws: ArrayLike | None = None, seed: int = 0) -> list[BestFit]:
    """Points of largest likelihood within the prior's support: over all solutions first, then of each solution.

    Parameters
    ----------
    posterior : Posterior
        The target.
    draws : (N, D) array_like, optional
        Draws of a run, as further starting points.
    seed : int
        Of the random numbers.

    Returns
    -------
    list of BestFit
        One for a model with one solution a point; otherwise the overall best one, and one of each solution that is
        allowed anywhere.
    """
    surface = Surface(posterior)
    rng = np.random.default_rng(seed)
    starts = candidates(surface, rng, 4 * CANDIDATES, None if draws is None else np.asarray(draws, dtype=float))
    free = np.zeros(surface.dimension, dtype=bool)
    branches: list[int | None] = [None]
    if surface.solutions > 1:
        branches += list(range(surface.solutions))
    found = []
    for branch in branches:
        population = starts[rng.integers(0, len(starts), (POPULATIONS, 2 * MEMBERS))]
        value, u = maximise(surface, population, free, rng, generations=GLOBAL, branch=branch)
        best = int(np.argmax(value))
        if value[best] > -np.inf:
            found.append(describe_point(posterior, surface.box.to_parameters(u[best : best + 1]), branch))
    return found


def profile_nodes(
    surface: Surface, columns: Sequence[int], nodes: FloatArray, starts: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Maximise at the nodes of a grid.

    Parameters
    ----------
    surface : Surface
        What is maximised.
    columns : sequence of int
        The parameters that are held.
    nodes : (..., len(columns)) array
        Their values at each node; neighbours in the array are neighbours in the grid.
    starts : (C, D) array
        Candidates for the other parameters, points of the unit cube.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    value : (...) array
        Log likelihood at each node, -inf where nothing is allowed.
    u : (..., D) array
        Where it is, in the unit cube.
    """
    shape = nodes.shape[:-1]
    held = _in_cube(surface, columns, nodes)
    population = np.empty((len(held), MEMBERS, surface.dimension))
    for i, place in enumerate(held):
        tried = starts.copy()
        tried[:, list(columns)] = place
        order = np.argsort(surface.log_likelihood(tried))[::-1]
        # some members are the best candidates here, the others any: the best ones may all lie in one basin
        few = (MEMBERS - LINES) // 2
        chosen = np.concatenate([rng.permutation(len(tried))[:LINES], order[:few], rng.permutation(order[few:])])
        population[i] = tried[np.resize(chosen, MEMBERS)]
    neighbours = _neighbours(shape)
    value, u = maximise(
        surface, population, surface.mask(columns), rng, generations=NODE, lines=LINES, neighbours=neighbours
    )
    return value.reshape(shape), u.reshape(*shape, -1)


def _in_cube(surface: Surface, columns: Sequence[int], nodes: FloatArray) -> FloatArray:
    flat = nodes.reshape(-1, len(columns))
    theta = np.tile(surface.box.to_parameters(np.full((1, surface.dimension), 0.5)), (len(flat), 1))
    theta[:, list(columns)] = flat
    return np.asarray(surface.box.from_parameters(theta)[:, list(columns)])


def _neighbours(shape: tuple[int, ...]) -> IntArray:
    """Indices of the neighbours of each node along every axis; at the rim a node is its own neighbour."""
    index = np.arange(int(np.prod(shape))).reshape(shape)
    columns = []
    for axis, n in enumerate(shape):
        for step in (-1, 1):
            columns.append(np.take(index, np.clip(np.arange(n) + step, 0, n - 1), axis=axis).reshape(-1))
    return np.stack(columns, axis=1)


def profile(
    posterior: Posterior, name: str, *, n: int = 60, limits: tuple[float, float] | None = None,
    draws: ArrayLike | None = None, seed: int = 0,
) -> xr.Dataset:  # fmt: skip
    """Profile likelihood of one parameter.

    Parameters
    ----------
    posterior : Posterior
        The target.
    name : str
        A sampled parameter.
    n : int
        Number of values.
    limits : pair of float, optional
        Their range; the prior's support by default.
    draws : (N, D) array_like, optional
        Draws of a run, as further starting points.
    seed : int
        Of the random numbers.

    Returns
    -------
    xarray.Dataset
        As `g2fit.inference.profile.node_grid.dataset` gives it.
    """
    surface = Surface(posterior)
    rng = np.random.default_rng(seed)
    values = grid_values(posterior, name, n, limits)
    columns = [column_of(posterior, name)]
    starts = candidates(surface, rng, CANDIDATES, None if draws is None else np.asarray(draws, dtype=float))
    found = settle(
        columns,
        lambda round_: profile_nodes(surface, columns, values[:, None], starts, rng),
        lambda visits: [visit(surface, given) for given in visits],
        seed,
    )
    return dataset(surface, {name: values}, found)

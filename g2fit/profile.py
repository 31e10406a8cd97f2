"""Profile likelihoods by real maximisation within the prior's support: best fits, one parameter, a plane.

At every node of a grid the likelihood is maximised over all other parameters; the prior only says where to look. The
searches of neighbouring nodes help each other, and the solutions are passed on over the grid until nothing gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.errors import InputError, nearest
from g2fit.maximise import Surface, candidates, maximise
from g2fit.posterior import Posterior
from g2fit.results import BestFit, describe_point

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DELTA_CHI2_1D", "DELTA_CHI2_2D", "best_fits", "grid_values", "profile", "profile_nodes", "relax"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Rise of chi squared over its minimum that bounds 68.27 and 95.45 %, for one and for two parameters.
DELTA_CHI2_1D = (1.0, 4.0)
DELTA_CHI2_2D = (2.30, 6.18)

#: Starting points that are tried at every node, and how many of them evolve there.
CANDIDATES, MEMBERS = 256, 32

#: Generations at a node, when its neighbours' maxima are passed on, and for a best fit.
NODE, PASS, GLOBAL = 150, 40, 400

#: Solutions are passed on until no node gains more than this in log likelihood, at most so many times.
GAIN, PASSES = 1e-4, 12

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
            found.append(describe_point(posterior, surface.box.to_parameters(u[best : best + 1])))
    return found


def grid_values(posterior: Posterior, name: str, n: int, limits: tuple[float, float] | None = None) -> FloatArray:
    """Values of a parameter for a grid: its prior's support, or `limits`, in equal steps or equal ratios as the prior.

    Raises
    ------
    InputError
        For an unknown parameter, fewer than two values or limits outside of the prior's support.
    """
    column = column_of(posterior, name)
    if n < 2:
        raise InputError(f"a grid needs at least two values of {name}, not {n}")
    box = Surface(posterior).box
    low, high = (box.low[column], box.high[column]) if limits is None else sorted(limits)
    slack = 1e-9 * (box.high[column] - box.low[column])
    if not box.low[column] - slack <= low < high <= box.high[column] + slack:
        raise InputError(
            f"{name} from {low:g} to {high:g} leaves its prior's support, {box.low[column]:g} to {box.high[column]:g}"
        )
    first, last = (float(end) for end in np.clip([low, high], box.low[column], box.high[column]))
    values = np.geomspace(first, last, n) if box.log[column] else np.linspace(first, last, n)
    return np.asarray(np.clip(values, box.low[column], box.high[column]))


def column_of(posterior: Posterior, name: str) -> int:
    """Column of a sampled parameter."""
    if name not in posterior.names:
        raise InputError(
            f"{name!r} is not a sampled parameter, and a profile holds parameters; {nearest(name, posterior.names)}"
        )
    return posterior.names.index(name)


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
        # half of the members are the best candidates, the others any: the best ones may all lie in one basin
        chosen = np.concatenate([order[: MEMBERS // 2], rng.permutation(order[MEMBERS // 2 :])])[:MEMBERS]
        population[i] = tried[np.resize(chosen, MEMBERS)]
    value, u = maximise(
        surface, population, _mask(surface, columns), rng, generations=NODE, neighbours=_neighbours(shape)
    )
    return value.reshape(shape), u.reshape(*shape, -1)


def relax(
    surface: Surface, columns: Sequence[int], value: FloatArray, u: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, float]:
    """Pass the maxima on from node to node until no node gains any more.

    Parameters
    ----------
    surface : Surface
        What is maximised.
    columns : sequence of int
        The parameters that are held.
    value, u : (...) and (..., D) array
        Maxima at the nodes of a grid, see `profile_nodes`.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    value, u : as given
        The better maxima.
    gain : float
        Largest gain of the last pass, in log likelihood.
    """
    shape = value.shape
    best, where = value.reshape(-1).copy(), u.reshape(-1, surface.dimension).copy()
    neighbours = _neighbours(shape)
    fixed = _mask(surface, columns)
    active = np.arange(len(best))
    gain = 0.0
    for _ in range(PASSES):
        population = np.repeat(where[active][:, None, :], MEMBERS, axis=1)
        guests = where[neighbours[active]][:, :, ~fixed]
        count = guests.shape[1]
        population[:, 1 : 1 + count, ~fixed] = guests
        # the others are mixtures of the neighbours' maxima, spread a little wider
        others = guests[:, rng.integers(0, count, MEMBERS - 1 - count)]
        noise = rng.normal(size=others.shape) * (0.02 + guests.std(axis=1, keepdims=True))
        population[:, 1 + count :, ~fixed] = np.clip(others + noise, 0.0, 1.0)
        found, u_found = maximise(surface, population, fixed, rng, generations=PASS)
        better = found > best[active]
        gains = np.zeros(len(active))
        gains[better] = np.minimum(found[better] - best[active[better]], 1.0)  # 1 where nothing was allowed before
        best[active[better]], where[active[better]] = found[better], u_found[better]
        gain = float(gains.max(initial=0.0))
        changed = active[gains > GAIN]
        if not len(changed):
            break
        active = np.unique(np.concatenate([changed, neighbours[changed].ravel()]))
    return best.reshape(shape), where.reshape(u.shape), gain


def _mask(surface: Surface, columns: Sequence[int]) -> NDArray[np.bool_]:
    return np.isin(np.arange(surface.dimension), list(columns))


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
        As `dataset` gives it.
    """
    surface = Surface(posterior)
    rng = np.random.default_rng(seed)
    values = grid_values(posterior, name, n, limits)
    columns = [column_of(posterior, name)]
    starts = candidates(surface, rng, CANDIDATES, None if draws is None else np.asarray(draws, dtype=float))
    value, u = profile_nodes(surface, columns, values[:, None], starts, rng)
    value, u, gain = relax(surface, columns, value, u, rng)
    return dataset(surface, {name: values}, value, u, gain)


def dataset(
    surface: Surface, coordinates: dict[str, FloatArray], value: FloatArray, u: FloatArray, gain: float
) -> xr.Dataset:
    """Collect a profile.

    Returns
    -------
    xarray.Dataset
        Over the held parameters (for a plane: first index y, second x): ``log_likelihood``; ``delta_chi2``, the rise
        of -2 log likelihood over its least value; every other parameter and every derived quantity at the maxima, NaN
        where nothing is allowed. The attributes hold the best fit, as far as it lies on a node, and the accuracy.
    """
    import xarray as xr

    posterior, model = surface.posterior, surface.posterior.model
    theta = surface.box.to_parameters(u.reshape(-1, surface.dimension))
    allowed = np.isfinite(value).reshape(-1)
    solution = surface.by_solution(theta).argmax(axis=1)
    _, rows = posterior.solutions(theta)
    chosen = rows[np.arange(len(theta)) * surface.solutions + solution]
    dims = list(coordinates)[::-1]

    def over(values: FloatArray, quantity: Any) -> tuple[list[str], FloatArray, dict[str, str]]:
        filled = np.where(allowed, values, np.nan).reshape(value.shape)
        label = quantity.description or quantity.name
        return dims, filled, {"latex": quantity.latex, "units": quantity.unit or "1", "long_name": label}

    content: dict[str, Any] = {
        "log_likelihood": (dims, value),
        "delta_chi2": (dims, 2.0 * (value.max() - value)),
    }
    for j, parameter in enumerate(posterior.parameters):
        if parameter.name not in coordinates:
            content[parameter.name] = over(theta[:, j], parameter)
    for j, quantity in enumerate(model.observables):
        if quantity.derived:
            content[quantity.name] = over(chosen[:, j], quantity)
    if surface.solutions > 1:
        content["solution"] = (dims, np.where(allowed, solution, -1).reshape(value.shape))
    labels = {p.name: {"latex": p.latex, "units": p.unit or "1"} for p in posterior.parameters}
    axes = {name: (name, values, labels[name]) for name, values in coordinates.items()}
    attributes = {"max_log_likelihood": float(value.max()), "last_gain": gain, "evaluations": surface.evaluations}
    return xr.Dataset(content, coords=axes, attrs=attributes)

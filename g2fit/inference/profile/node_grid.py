"""Grids of held parameters, and the maxima of the likelihood at their nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from g2fit.core.errors import InputError, nearest
from g2fit.core.types import BoolArray, FloatArray, IntArray
from g2fit.inference.profile.maximise import Surface
from g2fit.posterior import Posterior

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Axis",
    "Maxima",
    "adjacent_nodes",
    "column_of",
    "dataset",
    "fixed_surface",
    "grid_values",
    "nearby_nodes",
]


@dataclass(frozen=True)
class Axis:
    """Axis of a grid.

    Attributes
    ----------
    name : str
        A sampled parameter.
    nodes : int
        Number of values, in equal steps or, where the prior is logarithmic, in equal ratios.
    limits : pair of float, optional
        Range of the values; the prior's support by default.
    """

    name: str
    nodes: int
    limits: tuple[float, float] | None = None


class Maxima(NamedTuple):
    """Maxima of the likelihood at the nodes of a grid.

    Log likelihood (...), -inf where nothing is allowed; position (..., D) in the unit cube of
    `g2fit.inference.profile.maximise.Box`; whether an independent search after the first one found this maximum without
    help from other nodes (...); number of independent searches at all nodes, and of nodes that the last one improved.
    """

    value: FloatArray
    u: FloatArray
    confirmed: BoolArray
    rounds: int
    improved: int


def grid_values(posterior: Posterior, axis: Axis) -> FloatArray:
    """Values of the nodes of an axis, shape (nodes,).

    Raises
    ------
    InputError
        If the parameter is unknown, there are fewer than two nodes, or the limits leave the prior's support.
    """
    column = column_of(posterior, axis.name)
    if axis.nodes < 2:
        raise InputError(f"a grid needs at least two values of {axis.name}, not {axis.nodes}")
    box = Surface(posterior).box
    least, most = box.low[column], box.high[column]
    low, high = (least, most) if axis.limits is None else sorted(axis.limits)
    slack = 1e-9 * (most - least)
    if not least - slack <= low < high <= most + slack:
        raise InputError(f"{axis.name} from {low:g} to {high:g} leaves its prior's support, {least:g} to {most:g}")
    first, last = (float(end) for end in np.clip([low, high], least, most))
    values = np.geomspace(first, last, axis.nodes) if box.log[column] else np.linspace(first, last, axis.nodes)
    return np.asarray(np.clip(values, least, most))


def adjacent_nodes(shape: tuple[int, ...]) -> IntArray:
    """Indices of the neighbours of each node along every axis, shape (nodes, 2 axes); at the rim, its own index."""
    return _neighbours(shape, [sign * step for step in np.eye(len(shape), dtype=int) for sign in (-1, 1)])


def nearby_nodes(shape: tuple[int, ...], reach: int) -> IntArray:
    """Indices of all other nodes at most `reach` away along every axis, shape (nodes, K); at the rim, some twice."""
    return _neighbours(shape, [steps for steps in product(range(-reach, reach + 1), repeat=len(shape)) if any(steps)])


def _neighbours(shape: tuple[int, ...], steps: Sequence[Sequence[int] | IntArray]) -> IntArray:
    """Index of the node that each of several steps from each node leads to; the grid ends at its rim."""
    index = np.arange(prod(shape)).reshape(shape)
    places = [[np.clip(np.arange(n) + step, 0, n - 1) for n, step in zip(shape, one, strict=True)] for one in steps]
    return np.stack([index[np.ix_(*one)].reshape(-1) for one in places], axis=1)


def column_of(posterior: Posterior, name: str) -> int:
    """Column of a sampled parameter among all parameters."""
    if name not in posterior.names:
        raise InputError(
            f"{name!r} is not a sampled parameter, and a profile holds parameters; {nearest(name, posterior.names)}"
        )
    return posterior.names.index(name)


def fixed_surface(
    posterior: Posterior, x: str, y: str, fixed: Mapping[str, float], nx: int = 100, ny: int = 100
) -> xr.Dataset:
    """Predictions over a plane with all other parameters at given values, as papers often show.

    Parameters
    ----------
    posterior : Posterior
        Model and data.
    x, y : str
        Sampled parameters; the grid covers the supports of their priors.
    fixed : mapping of str to float
        Values of all other sampled parameters.
    nx, ny : int
        Size of the grid.

    Returns
    -------
    xarray.Dataset
        Every observable of the model and ``log_likelihood``, over `y` and `x`; NaN where a point is invalid. Where a
        point has several solutions, the most likely one is shown.
    """
    import xarray as xr

    columns = {name: column_of(posterior, name) for name in (x, y, *fixed)}
    missing = [name for name in posterior.names if name not in columns]
    if missing:
        raise InputError(f"a plane of {x} and {y} needs values of all other parameters; missing: {', '.join(missing)}")
    values = grid_values(posterior, Axis(x, nx)), grid_values(posterior, Axis(y, ny))
    theta = np.empty((nx * ny, posterior.dimension))
    for name, value in fixed.items():
        theta[:, columns[name]] = value
    theta[:, columns[x]], theta[:, columns[y]] = (table.ravel() for table in np.meshgrid(*values))
    solution, log_likelihood = posterior.most_likely_solution(theta)
    _, rows = posterior.solutions(theta, solution)
    content: dict[str, Any] = {"log_likelihood": ((y, x), log_likelihood.reshape(ny, nx))}
    for j, quantity in enumerate(posterior.model.observables):
        content[quantity.name] = ((y, x), rows[:, j].reshape(ny, nx), _labels(quantity))
    return xr.Dataset(content, coords={y: values[1], x: values[0]})


def dataset(surface: Surface, coordinates: dict[str, FloatArray], maxima: Maxima) -> xr.Dataset:
    """Profile likelihood as a dataset.

    Returns
    -------
    xarray.Dataset
        Over the held parameters (for a plane: first index y, second x): ``log_likelihood``; ``delta_chi2``, the
        difference of -2 log likelihood from its minimum; every other parameter and every derived quantity at the
        maxima, NaN where nothing is allowed; ``confirmed``, see `Maxima`. The attributes hold the largest log
        likelihood of all nodes, ``rounds``, ``improved``, and the fraction of the allowed nodes that are confirmed.

    Raises
    ------
    InputError
        If nothing is allowed at any node.
    """
    import xarray as xr

    posterior, value = surface.posterior, maxima.value
    theta = surface.box.to_parameters(maxima.u.reshape(-1, surface.dimension))
    allowed = np.isfinite(value).reshape(-1)
    if not allowed.any():
        ends = ", ".join(f"{name} from {at[0]:.4g} to {at[-1]:.4g}" for name, at in coordinates.items())
        raise InputError(f"nothing is allowed at any of the {value.size} points of this scan: {ends}")
    solution = surface.by_solution(theta).argmax(axis=1)
    _, rows = posterior.solutions(theta, solution)
    dims = list(coordinates)[::-1]

    def over(values: FloatArray, quantity: Any) -> tuple[list[str], FloatArray, dict[str, str]]:
        filled = np.where(allowed, values, np.nan).reshape(value.shape)
        return dims, filled, {**_labels(quantity), "long_name": quantity.description or quantity.name}

    content: dict[str, Any] = {"log_likelihood": (dims, value), "delta_chi2": (dims, 2.0 * (value.max() - value))}
    for j, parameter in enumerate(posterior.parameters):
        if parameter.name not in coordinates:
            content[parameter.name] = over(theta[:, j], parameter)
    for j, quantity in enumerate(posterior.model.observables):
        if quantity.derived:
            content[quantity.name] = over(rows[:, j], quantity)
    if surface.solutions > 1:
        content["solution"] = (dims, np.where(allowed, solution, -1).reshape(value.shape))
    parameters = dict(zip(posterior.names, posterior.parameters, strict=True))
    axes = {name: (name, values, _labels(parameters[name])) for name, values in coordinates.items()}
    content["confirmed"] = (dims, maxima.confirmed.astype(np.int8))
    attributes = {
        "max_log_likelihood": float(value.max()),
        "evaluations": surface.evaluations,
        "rounds": maxima.rounds,
        "improved": maxima.improved,
        "confirmed": float(maxima.confirmed.reshape(-1)[allowed].mean()),
    }
    return xr.Dataset(content, coords=axes, attrs=attributes)


def _labels(quantity: Any) -> dict[str, str]:
    return {"latex": quantity.latex, "units": quantity.unit or "1"}

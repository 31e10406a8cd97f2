"""Grids of held parameters, and what is found at their nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from g2fit.core.errors import InputError, nearest
from g2fit.core.types import BoolArray, FloatArray
from g2fit.inference.profile.maximise import Surface
from g2fit.posterior import Posterior

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Maxima", "column_of", "dataset", "fixed_surface", "grid_values"]


class Maxima(NamedTuple):
    """Maxima of the likelihood at the nodes of a grid.

    Attributes
    ----------
    value : (...) array
        Log likelihood, -inf where nothing is allowed.
    u : (..., D) array
        Where it is, in the unit cube of `g2fit.inference.profile.maximise.Box`.
    confirmed : (...) array of bool
        Whether an attempt after the first one found the final maximum by itself, without help from other nodes.
    rounds : int
        Number of independent attempts at all nodes.
    improved : int
        Number of nodes that the last attempt improved.
    """

    value: FloatArray
    u: FloatArray
    confirmed: BoolArray
    rounds: int
    improved: int


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


def fixed_surface(
    posterior: Posterior, x: str, y: str, fixed: Mapping[str, float], nx: int = 100, ny: int = 100
) -> xr.Dataset:
    """Predictions over a plane with all other parameters at given values, as papers often show them.

    Parameters
    ----------
    posterior : Posterior
        The target.
    x, y : str
        Sampled parameters; the grid covers their priors' supports.
    fixed : mapping of str to float
        Values of all other sampled parameters.
    nx, ny : int
        Size of the grid.

    Returns
    -------
    xarray.Dataset
        Every observable of the model and ``log_likelihood``, over `y` and `x`; NaN where a point is invalid. Of
        several solutions, the most likely one.
    """
    import xarray as xr

    columns = {name: column_of(posterior, name) for name in (x, y, *fixed)}
    missing = [name for name in posterior.names if name not in columns]
    if missing:
        raise InputError(f"a plane of {x} and {y} needs values of all other parameters; missing: {', '.join(missing)}")
    values = grid_values(posterior, x, nx), grid_values(posterior, y, ny)
    theta = np.empty((nx * ny, posterior.dimension))
    for name, value in fixed.items():
        theta[:, columns[name]] = value
    theta[:, columns[x]], theta[:, columns[y]] = (table.ravel() for table in np.meshgrid(*values))
    surface = Surface(posterior)
    by_solution = surface.by_solution(theta)
    _, rows = posterior.solutions(theta)
    chosen = rows[np.arange(nx * ny) * surface.solutions + by_solution.argmax(axis=1)]
    content: dict[str, Any] = {"log_likelihood": ((y, x), by_solution.max(axis=1).reshape(ny, nx))}
    for j, quantity in enumerate(posterior.model.observables):
        attributes = {"latex": quantity.latex, "units": quantity.unit or "1"}
        content[quantity.name] = ((y, x), chosen[:, j].reshape(ny, nx), attributes)
    return xr.Dataset(content, coords={y: values[1], x: values[0]})


def dataset(surface: Surface, coordinates: dict[str, FloatArray], maxima: Maxima) -> xr.Dataset:
    """Collect a profile.

    Returns
    -------
    xarray.Dataset
        Over the held parameters (for a plane: first index y, second x): ``log_likelihood``; ``delta_chi2``, the rise
        of -2 log likelihood over its least value; every other parameter and every derived quantity at the maxima, NaN
        where nothing is allowed; ``confirmed``, see `Maxima`. The attributes hold the largest log likelihood of all
        nodes, ``rounds``, ``improved``, and the fraction of the allowed nodes that are confirmed.
    """
    import xarray as xr

    posterior, model = surface.posterior, surface.posterior.model
    value, u = maxima.value, maxima.u
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
    content["confirmed"] = (dims, maxima.confirmed.astype(np.int8))
    attributes = {
        "max_log_likelihood": float(value.max()),
        "evaluations": surface.evaluations,
        "rounds": maxima.rounds,
        "improved": maxima.improved,
        "confirmed": float(maxima.confirmed.reshape(-1)[allowed].mean()) if allowed.any() else 1.0,
    }
    return xr.Dataset(content, coords=axes, attrs=attributes)

"""Every limit of a model at one point: where the point lies in it, whether it is excluded, and by how much."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from g2fit.data import Limit, load
from g2fit.data.dataset import reference_of
from g2fit.data.measurement import Application
from g2fit.data.planes import Condition, Plane, Sum
from g2fit.likelihoods.build import region_sources
from g2fit.likelihoods.regions import cell_rows, edges_of, is_inside, scaled_distance
from g2fit.likelihoods.tables import find
from g2fit.models.base import Model

__all__ = ["limits_at_point", "limits_of"]

#: Values of all parameters and predictions of a model at a point, by name.
type Values = Mapping[str, float]

#: Unit of a second coordinate that is no mass: so small that distances are along the mass.
FIXED = 1e-12
#: Distance in GeV beyond which there is no edge at the same value of such a coordinate.
NOWHERE = 1e6


def limits_of(model: Model) -> tuple[Limit, ...]:
    """Return every limit of the shipped files on quantities of a model, as hard limits."""
    file = load()
    return tuple(
        Limit.of(entry, file.tables, kind="hard", role="likelihood", width=0.05)
        for entry in file.entries.values()
        if entry.is_limit and entry.bounds_a_quantity and any(a.concerns(model.name) for a in entry.applies_to)
    )


def limits_at_point(limits: tuple[Limit, ...], model: Model, values: Values) -> list[dict[str, Any]]:
    """List limits at a point.

    Parameters
    ----------
    limits : tuple of Limit
        The limits; those on nothing of the model are left out.
    model : Model
        The model.
    values : mapping
        Parameters and predictions by name.

    Returns
    -------
    list of dict
        For each limit and quantity or region: `limit` (the entry), `bounds` (in words), `coordinates` (by name),
        `status` ("excluded", "allowed", or "does not hold"), `why` (it does not hold), `margin` and `unit` (distance to
        the bound or to the edge of the region, negative where the point is excluded; None if there is none), `role`,
        `source` and `assumption`.

        The margin of a region is the distance in the plane of masses in GeV; where the second coordinate is no mass,
        the distance along the mass. If several particles have to lie in it, it is the largest of theirs.
    """
    rows = []
    for limit in limits:
        common = {"role": limit.role, "source": reference_of(limit.entry)}
        if limit.plane is not None:
            if region_sources(limit, model) is not None:
                place = _region(limit.plane, model, values)
                rows.append({"limit": limit.entry.id, **place, **common, "assumption": limit.plane.assumption})
            continue
        for application in limit.applies_to:
            found = find(model, application.quantity) if application.concerns(model.name) else None
            if found is not None:
                place = _bound(limit, application, found[1].unit, model, values)
                rows.append({"limit": limit.entry.id, **place, **common, "assumption": limit.entry.note})
    return rows


def _value(name: str, model: Model, values: Values) -> float:
    return float(values[model.aliases.get(name, name)])


def _place(bounds: str, coordinates: Mapping[str, float], why: str, margin: float | None, unit: str) -> dict[str, Any]:
    """Where a point lies in a limit; `why` says why the limit does not hold, if it does not."""
    status = "does not hold" if why else "excluded" if margin is not None and not margin >= 0.0 else "allowed"
    return {"bounds": bounds, "coordinates": coordinates, "status": status, "why": why, "margin": margin, "unit": unit}


def _bound(limit: Limit, application: Application, unit: str, model: Model, values: Values) -> dict[str, Any]:
    """Bound on a quantity, a number or a curve."""
    value = abs(_value(application.quantity, model, values))
    coordinates = {application.quantity: value}
    rivals = {name: abs(_value(name, model, values)) for name in application.lightest_of if find(model, name)}
    lighter = [name for name, mass in rivals.items() if value >= mass]
    bound, why = limit.bound, ""
    if lighter:
        why = f"{application.quantity} = {value:.5g} is not below {lighter[0]} = {rivals[lighter[0]]:.5g}"
    if bound is None:
        place = abs(_value(application.against, model, values))
        coordinates[application.against] = place
        if limit.curve[0][0] <= place <= limit.curve[-1][0]:
            bound = float(np.exp(np.interp(math.log(place), *np.log(np.array(limit.curve).T))))
        else:
            why = why or f"{application.against} = {place:.5g} is outside of the curve"
    sign = "<" if limit.side == "upper" else ">"
    words = f"{application.quantity} {sign} {bound:.4g} {unit}".strip() if bound is not None else str(application)
    margin = None if bound is None or why else (bound - value if limit.side == "upper" else value - bound)
    return _place(words, coordinates, why, margin, unit)


def _sum(part: Sum, model: Model, values: Values) -> float:
    return part.offset + (_value(part.name, model, values) if part.name else 0.0)


def _failing(conditions: tuple[Condition, ...], model: Model, values: Values) -> str:
    """Say which condition fails, if one does, with its numbers."""
    for condition in conditions:
        larger, smaller = (_sum(part, model, values) for part in (condition.larger, condition.smaller))
        if not larger > smaller:
            return f"needs: {condition.says} ({condition}; here {larger:.4g} and {smaller:.4g})"
    return ""


def _region(plane: Plane, model: Model, values: Values) -> dict[str, Any]:
    """Region in a plane: the distance of each state that the search produces, and the largest of them."""
    channel, rows = plane.channel, plane.rows
    cells, edges = cell_rows(rows), np.array(edges_of(rows, channel.open_below))
    found = find(model, channel.y)
    is_mass = found is not None and found[1].unit == "GeV"
    second = _value(channel.y, model, values)
    coordinates = {channel.y: second}
    why = _failing(channel.where, model, values)
    margins = []
    for group in channel.states:
        distances = []
        failures = []
        for state in group:
            x = _value(state.mass, model, values)
            y = x - second if channel.splitting else second
            coordinates[state.mass] = x
            if failure := _failing(state.where, model, values):
                failures.append(failure)
                continue
            distance = scaled_distance(x, y, 1.0, 1.0 if is_mass else FIXED, edges)
            distances.append(-distance if is_inside(x, y, cells) else distance)
        if not distances:
            why = why or failures[0]
        margins.append(min(distances, default=math.inf))
    margin = None if why or max(margins) > NOWHERE else max(margins)
    bounds = f"{channel.process}, {rows[0][0]:g} to {rows[-1][0]:g} GeV"
    return _place(bounds, coordinates, why, margin, "GeV")

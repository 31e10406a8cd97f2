"""Limits of the measurement file as lines and regions over a plane, by the name of their entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from g2fit.core.errors import InputError, nearest
from g2fit.data.dataset import Limit
from g2fit.data.loader import load
from g2fit.likelihoods.regions import cells_of, edges_of
from g2fit.output.plots.overlays import Area, Curve, Side
from g2fit.output.plots.style import BLACK
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    from g2fit.data.planes import Plane
    from g2fit.results import Result

__all__ = ["limit_overlays", "regions_of"]

#: Side that an upper or lower limit excludes, if it is on the quantity along x or along y.
EXCLUDED: dict[tuple[str, str], Side] = {
    ("upper", "x"): "right",
    ("upper", "y"): "above",
    ("lower", "x"): "left",
    ("lower", "y"): "below",
}

#: The limit that a limit on the absolute value is for a negative quantity.
OTHER = {"upper": "lower", "lower": "upper"}

#: Points on each straight piece of the edge of a region, which is bent where an axis is logarithmic.
POINTS = 16


def limit_overlays(text: str, run: Result, x: str, y: str, color: str = BLACK) -> list[Curve | Area]:
    """Draw a limit of the measurement file where it bounds one or both quantities of a plane.

    Parameters
    ----------
    text : str
        ``[LABEL=]ENTRY``: an entry of the data of the run or of the measurement file, as ``g2fit list data`` names it.
        The label is the entry by default.
    run : Result
        Its model and data.
    x, y : str
        The quantities of the plane.
    color : str
        Colour of lines and hatching.

    Raises
    ------
    InputError
        If there is no such limit, or if it bounds nothing in this plane; then those that do are named.
    """
    label, equals, name = text.rpartition("=")
    words = label if equals else name.replace("_", " ")
    known = _limits(run)
    if name not in known:
        raise InputError(f"limit {name!r}: there is no such limit; {nearest(name, known)}")
    drawn = list(_overlays(known[name], run, (x, y), words, color))
    if not drawn:
        fitting = [other for other, limit in known.items() if any(_overlays(limit, run, (x, y), "", color))]
        raise InputError(
            f"limit {name!r} is on {', '.join(map(str, known[name].applies_to)) or name}, it bounds nothing in the "
            f"plane of {x} and {y}; limits that do: {', '.join(fitting) or 'none'}"
        )
    return drawn


def _limits(run: Result) -> dict[str, Limit]:
    """Limits by the name of their entry: those of the run's data, as they were fitted, and all others."""
    shipped = load()
    entries = [entry for entry in shipped.entries.values() if entry.is_limit and entry.kind != "projection"]
    found = {e.id: Limit.of(e, shipped.tables, kind="hard", role="likelihood", width=0.0) for e in entries}
    return found | {limit.entry.id: limit for limit in run.card.dataset.limits}


def _overlays(limit: Limit, run: Result, names: tuple[str, str], label: str, color: str) -> Iterator[Curve | Area]:
    """Lines or a region for every quantity of the plane that a limit bounds; nothing if it bounds none."""
    model = run.card.model
    plane = {model.aliases.get(name, name): name for name in names}
    for application in limit.applies_to:
        if not application.concerns(run.model_name):
            continue
        note = f" (if lighter than {', '.join(application.lightest_of)})" if application.lightest_of else ""
        quantity = plane.get(model.aliases.get(application.quantity, application.quantity))
        if limit.plane is not None:
            yield from regions_of(limit.plane, names, plane, label, color)
        elif quantity is None:
            continue
        elif limit.curve:
            against = plane.get(model.aliases.get(application.against, application.against))
            if against is not None and against != quantity:
                points = np.array(limit.curve).T
                yield _bound(limit, run, names, quantity, (points[0], points[1]), label + note, color)
        elif limit.bound is not None:
            yield _bound(limit, run, names, quantity, (None, np.array([limit.bound] * 2)), label + note, color)


def _bound(
    limit: Limit, run: Result, names: tuple[str, str], quantity: str, points: tuple[np.ndarray | None, np.ndarray],
    label: str, color: str,
) -> Curve:  # fmt: skip
    """Line of the bound on the absolute value of a quantity, against the other quantity of the plane."""
    marginals = Marginals(run)
    axis = marginals.axis(quantity)
    ends = axis.value(marginals.limits(quantity))
    if ends.min() < 0.0 < ends.max():
        raise InputError(
            f"limit {limit.entry.id!r} bounds |{quantity}|, but {quantity} has both signs here: draw it with --curve"
        )
    negative = bool(ends.min() < 0.0)
    bounds = -points[1] if negative else points[1]
    along_x = quantity == names[0]
    side = OTHER[limit.side] if negative and axis.sign > 0 else limit.side  # on the axis that the figure has
    excluded = EXCLUDED[side, "x" if along_x else "y"]
    return (
        Curve(bounds, points[0], label, excluded, color)
        if along_x
        else Curve(points[0], bounds, label, excluded, color)
    )


def regions_of(plane: Plane, names: tuple[str, str], known: dict[str, str], label: str, color: str) -> Iterator[Area]:
    """Region of a search in its own plane: of a mass, and of the second coordinate or the mass minus it."""
    channel = plane.channel
    second = known.get(channel.y)
    first = next((known[s.mass] for group in channel.states for s in group if s.mass in known), None)
    if first is None or second is None or first == second:
        return

    def line(m: float, y: float, to_m: float, to_y: float) -> np.ndarray:
        masses, ends = np.linspace(m, to_m, POINTS), np.linspace(y, to_y, POINTS)
        pair = masses, masses - ends if channel.splitting else ends
        return np.array(pair if first == names[0] else pair[::-1])

    cells = [
        np.concatenate([line(m, low[0], to, high[0]), line(to, high[1], m, low[1])], axis=1)
        for m, to, low, high in cells_of(plane.rows)
        if to > m
    ]
    yield Area(cells, [line(*edge) for edge in edges_of(plane.rows, channel.open_below)], label, color)

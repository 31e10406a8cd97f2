"""Several runs in one figure: planes and single quantities, with overlays that are asked for by name or by file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from g2fit.core.errors import InputError, nearest
from g2fit.output.plots import draw
from g2fit.output.plots.data_limits import limit_overlays
from g2fit.output.plots.overlays import Contour, Overlay, read_curve
from g2fit.output.plots.run_panel import Ranges
from g2fit.output.plots.style import BLACK, FORMATS, GREEN, ORANGE, PALETTE, PURPLE, SKY, VERMILION, known
from g2fit.results import Result
from g2fit.results.levels import checked_levels
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw_request", "draw_together"]

#: Colours of overlays, one after the other, without those of the runs.
COLORS = (BLACK, VERMILION, GREEN, PURPLE, ORANGE, SKY)

#: Options of the command line whose names are not those of the arguments.
OPTIONS = {"contours": "contour", "best_contours": "best_contour", "curves": "curve", "limits": "limit",
           "labels": "label", "folder": "out"}  # fmt: skip

#: Arguments of a figure of one quantity, not only of planes.
OF_ONE = ("labels", "folder", "x_limits")


def draw_request(
    runs: Sequence[str | Path],
    *,
    kinds: Sequence[str] | None = None,
    x: str | None = None,
    y: str | None = None,
    levels: Sequence[float] | None = None,
    formats: Sequence[str] | None = None,
    overlays: Mapping[str, Iterable[str]] | None = None,
    **together: Any,
) -> list[Path]:
    """Draw the figures of each run (`g2fit.output.plots.draw`), or with `x` one figure of all runs (`draw_together`).

    Options of the one are an error for the other.
    """
    if x is not None:
        if kinds:
            raise InputError(f"kind {kinds[0]!r} is a figure of each run, {x} is one of all runs: ask for one of them")
        together |= {"levels": levels, "formats": formats}
        return draw_together([Result(run) for run in runs], x, y, overlays=overlays, **together)
    limits = dict(zip(("x_limits", "y_limits"), together.pop("ranges", None) or (None, None), strict=True))
    for name, value in {"y": y, **(overlays or {}), **together, **limits}.items():
        if value:
            option = "--" + OPTIONS.get(name, name).replace("_", "-")
            if name in OF_ONE:
                raise InputError(f"{option}: is for one figure of all runs; name its quantity, --x")
            raise InputError(f"{option}: is for a plane; name its quantities, --x and --y")
    return [path for run in runs for path in draw(Result(run), kinds, formats, levels)]


def draw_together(
    runs: Sequence[Result],
    x: str,
    y: str | None = None,
    *,
    overlays: Mapping[str, Iterable[str]] | None = None,
    levels: Sequence[float] | None = None,
    formats: Sequence[str] | None = None,
    folder: str | Path | None = None,
    **frame: Any,
) -> list[Path]:
    """Draw the plane of two quantities, or one quantity, for one or several runs.

    Profile likelihoods that `g2fit.inference.profile.plane.scan` or `scan_line` left in the run folders are drawn too.

    Parameters
    ----------
    runs : sequence of Result
        At least one; each has its colour.
    x, y : str
        Parameters or derived quantities; without `y`, the densities of `x`.
    overlays : mapping of str to iterable of str
        Lines over a plane. ``contours``: ``QUANTITY=VALUE,…``, lines of constant posterior mean of the first run.
        ``best_contours``: the same with the value at the maxima of the first run's scan. ``curves``:
        ``[LABEL=]FILE[:SIDE]``, a line from a file and the side of it that is excluded, see
        `g2fit.output.plots.overlays.read_curve`. ``limits``: ``[LABEL=]ENTRY``, a limit of the measurement file, see
        `g2fit.output.plots.data_limits.limit_overlays`.
    labels : sequence of str, optional
        Names of the runs; model and data by default.
    ranges : pair of pairs of float, optional
        Values at the ends of the axes of x and y; by default they cover all draws, scans and lines.
    levels : sequence of float, optional
        Two probabilities of the credible regions of a plane; those of the first run by default. Only with `y`.
    formats : sequence of str, optional
        ``png``, ``pdf``; both by default.
    folder : path, optional
        Where the files go; the folder ``figures`` of the first run by default.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        For unknown quantities, formats or sides, files that cannot be read, and overlays without a plane.
    """
    from g2fit.inference.profile.line import line_path
    from g2fit.inference.profile.plane import scan_of_run
    from g2fit.output.plots.plane import draw_plane
    from g2fit.output.plots.profile import draw_profile

    wanted = {kind: list(texts) for kind, texts in (overlays or {}).items()}
    endings = known("format", formats, FORMATS)
    for name in (x,) if y is None else (x, y):
        for run in runs:
            run.group_of(name)  # an error if it has no such quantity
    for run in runs:
        _ = run.posterior  # refuses draws of other code
    regions = None if levels is None else checked_levels(levels)
    labels, ranges = _frame(**frame)
    target = None if folder is None else Path(folder)
    if y is None:
        given = [text for texts in wanted.values() for text in texts]
        if given:
            raise InputError(f"{given[0]}: is drawn over a plane; give a second quantity, y")
        if levels is not None:
            shown = " ".join(f"{level:g}" for level in levels)
            raise InputError(f"levels {shown}: are those of regions of a plane; give a second quantity, y (--y)")
        if ranges[1] is not None:
            raise InputError(f"limits of y, {ranges[1][0]:g} to {ranges[1][1]:g}, without y: name its quantity")
        paths = {i: line_path(run.folder.path, x) for i, run in enumerate(runs)}
        lines = {i: scan_of_run(path, runs[i]) for i, path in paths.items() if path.exists()}
        return draw_profile(runs, x, profiles=lines, labels=labels, values=ranges[0], formats=endings, folder=target)
    if x == y:
        raise InputError(f"a plane needs two different quantities, not {x!r} twice")
    colors = [color for color in COLORS if color not in PALETTE[: len(runs)]]
    drawn = _overlays(runs[0], x, y, wanted, itertools.cycle(colors))
    return draw_plane(
        runs, x, y, overlays=drawn, labels=labels, ranges=ranges, levels=regions, formats=endings, folder=target
    )


def _frame(labels: Sequence[str] | None = None, ranges: Ranges = (None, None)) -> tuple[Sequence[str] | None, Ranges]:
    """Names of the runs and values at the ends of the axes."""
    return labels or None, ranges


def _overlays(run: Result, x: str, y: str, wanted: Mapping[str, Sequence[str]], colors: Iterator[str]) -> list[Overlay]:
    """Overlays of a plane, with the colours in turn."""
    sources: dict[str, tuple[str, Callable[[str], xr.Dataset]]] = {
        "contours": ("mean", lambda name: Marginals(run).mean(x, y, name)),
        "best_contours": ("at the maxima", lambda name: _scan_with(run, x, y, name)),
    }
    contours = [
        _contour(text, (x, y), surface, what, next(colors))
        for kind, (what, surface) in sources.items()
        for text in wanted.get(kind, ())
    ]
    curves = [read_curve(text, x, y, next(colors)) for text in wanted.get("curves", ())]
    limits = [overlay for text in wanted.get("limits", ()) for overlay in limit_overlays(text, run, x, y, next(colors))]
    return [*contours, *curves, *limits]


def _contour(text: str, axes: tuple[str, str], surface: Callable[[str], xr.Dataset], what: str, color: str) -> Contour:
    """Contours that are asked for as ``QUANTITY=VALUE,…``, of the surface of this quantity."""
    name, _, values = text.partition("=")
    try:
        levels = [float(value) for value in values.split(",")]
    except ValueError:
        levels = []
    if not levels or not np.isfinite(levels).all():
        raise InputError(f"contour {text!r} must be QUANTITY=VALUE,… with numbers, such as delta_a_mu=1e-9,2e-9")
    if name in axes:
        raise InputError(f"contour {text!r}: {name} is an axis of the plane; a line from a file can be drawn (--curve)")
    data = surface(name)
    symbol = data[name].attrs.get("latex") or rf"\mathrm{{{name}}}".replace("_", r"\_")
    return Contour(data, name, levels, color, label=f"${symbol}$, {what}")


def _scan_with(run: Result, x: str, y: str, name: str) -> xr.Dataset:
    """Scan of a plane, which has a quantity, from the run folder."""
    from g2fit.inference.profile.plane import scan_of_run, scan_path

    path = scan_path(run.folder.path, x, y)
    if not path.exists():
        raise InputError(f"{path}: there is no scan; `g2fit scan {run.folder.path} --x {x} --y {y}` makes it")
    data = scan_of_run(path, run)
    if name not in data.data_vars:
        raise InputError(f"{path}: has no quantity {name!r}; {nearest(name, map(str, data.data_vars))}")
    return data

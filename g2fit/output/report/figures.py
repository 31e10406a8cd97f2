"""Figures of a report: drawn once, then encoded as finely as the size of the file allows."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image
from ruamel.yaml import YAML

from g2fit.card import target_of
from g2fit.core.errors import InputError
from g2fit.inference.profile.plane import load_scan
from g2fit.output.plots import KINDS
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.plane import plane_figure
from g2fit.output.plots.style import in_style
from g2fit.output.report.page import piece
from g2fit.results import Result

__all__ = ["BUDGET", "Picture", "encode", "pictures_of"]

#: Bytes that all figures may take together, as base64; with the text a report stays below 10 MB.
BUDGET = 8_500_000

#: Resolutions in dots per inch, the finest first.
RESOLUTIONS = (300, 220, 180, 150, 120, 100, 80, 60)

#: Size on the screen over the size on paper.
SCREEN = 1.35

#: Colours of a figure. Few are used but for the edges of letters, so hardly any difference can be seen.
COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A figure with the words for it.

    Attributes
    ----------
    kind, name : str
        Kind of figure (``corner``, …) and file name.
    alternative : str
        What it shows, for those who do not see it.
    caption : str
        How to read it.
    figure : matplotlib.figure.Figure
        The figure.
    """

    kind: str
    name: str
    alternative: str
    caption: str
    figure: Figure

    @property
    def width(self) -> float:
        """Width on the screen in inches, unless the page is narrower."""
        return float(self.figure.get_size_inches()[0]) * SCREEN


def _png(figure: Figure, dpi: int) -> tuple[bytes, int, int]:
    with in_style():
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": "g2fit"})
    image = Image.open(stream).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    smaller = io.BytesIO()
    image.save(smaller, format="png", optimize=True)
    return smaller.getvalue(), image.width, image.height


def encode(pictures: Sequence[Picture]) -> Iterator[Markup]:
    """Encode figures at the finest resolution that keeps them within the budget.

    Raises
    ------
    InputError
        If there are far too many of them.
    """
    for dpi in RESOLUTIONS:
        made: list[Markup] = []
        left = BUDGET
        for picture in pictures:
            data, width, height = _png(picture.figure, dpi)
            encoded = base64.b64encode(data).decode()
            made.append(piece("macros.html.j2", "figure", picture, encoded, width, height))
            left -= len(made[-1])
            if left < 0:
                break
        else:
            return iter(made)
    raise InputError(f"{len(pictures)} figures are too many for one report: name fewer runs")


def pictures_of(data: FigureData) -> list[Picture]:
    """Draw every figure of a run."""
    found = []
    for kind, drawers in KINDS.items():
        for name, draw in drawers.items():
            with in_style():
                figure = draw(data)
            if figure is not None:
                alternative, caption = WORDS.get(name, _other)(data, name)
                found.append(Picture(kind, name, alternative, caption, figure))
    return found + list(_planes(data.result))


def _planes(result: Result) -> Iterator[Picture]:
    """Every plane of which the run folder holds a scan of the run's posterior."""
    for path in sorted(result.folder.path.glob("scan-*.nc")):
        scan = load_scan(path)
        if _target(scan.attrs["card"]) != _target(result.attributes["card"]):
            continue
        y, x = map(str, scan["delta_chi2"].dims)
        with in_style():
            figure = plane_figure(x, y, [result], scans=[scan])
        best = scan["delta_chi2"].where(scan["delta_chi2"] == 0.0, drop=True)
        place = f"{x} = {float(best[x][0]):.4g}, {y} = {float(best[y][0]):.4g}"
        yield Picture(
            "plane",
            path.stem,
            f"Plane of {x} and {y}: credible regions and regions of the profile likelihood, largest at {place}.",
            "Credible regions (filled) and profile likelihood regions (lines), which know of the prior only its range.",
            figure,
        )


def _target(card: str) -> dict[str, Any]:
    """What of the text of a resolved card determines its posterior."""
    return target_of(YAML(typ="safe", pure=True).load(card))


# What figures show --------------------------------------------------------------------------------------------------


def _corner(data: FigureData, name: str) -> tuple[str, str]:
    what = ", ".join(data.parameters)
    best = ", ".join(f"{key} = {value:.4g}" for key, value in data.best.parameters.items())
    return (
        f"Corner figure: marginal density of each parameter ({what}) on the diagonal, credible regions of each pair "
        f"below it. Best fit: {best}.",
        f"Marginal densities and credible regions ({data.levels}, smallest regions of that probability) of the "
        "parameters and of the fitted moments. Dashed lines and crosses: best fit. Grey: measured, with its error.",
    )


def _derived(data: FigureData, name: str) -> tuple[str, str]:
    return (
        "Corner figure of derived quantities and observables: marginal densities on the diagonal, credible regions of "
        "each pair below it; their intervals are in the table of the posterior.",
        f"The same for observables and derived quantities ({data.levels}), without those that only repeat another.",
    )


def _trace(data: FigureData, name: str) -> tuple[str, str]:
    verdict = data.result.verdict
    return (
        f"Trace of {data.result.card.sampler.ensembles} ensembles over {verdict.steps} steps and rank histograms of "
        f"each parameter; the largest R-hat is {verdict.rhat:.4f} ({verdict.rhat_name}).",
        "Left: median and central 68.27 % of the walkers of each ensemble against the step; ensembles that forgot "
        "their start lie on each other. Right: ranks of an ensemble's draws among all, flat within the grey band where "
        "the ensembles agree.",
    )


def _prior(data: FigureData, name: str) -> tuple[str, str]:
    return (
        f"Prior and posterior density of each parameter: {', '.join(data.parameters)}.",
        "What the data taught: prior (grey, after its cuts) and posterior (blue) of each parameter. The numbers are "
        "the information gain in nat.",
    )


def _predictive(data: FigureData, name: str) -> tuple[str, str]:
    pulls = ", ".join(f"{key} {value:+.1f}" for key, value in data.best.pulls.items())
    return (
        f"Predictions of the posterior against every datum in units of its error. Pulls at the best fit: {pulls}.",
        "Predictions of the posterior and replicated data against every datum, in standard deviations of the datum.",
    )


def _other(data: FigureData, name: str) -> tuple[str, str]:
    text = f"Figure {name.replace('-', ' ').replace('_', ' ')} of the run {data.result.folder.path.name}."
    return text, text


WORDS: dict[str, Callable[[FigureData, str], tuple[str, str]]] = {
    "corner": _corner,
    "corner-derived": _derived,
    "trace": _trace,
    "prior": _prior,
    "predictive": _predictive,
}

"""Figures of a report: drawn once, then encoded as finely as the size of the file allows."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image
from ruamel.yaml import YAML

from g2fit.card import Card, target_of
from g2fit.core.errors import InputError
from g2fit.core.parallel.threads import available_cores
from g2fit.inference.profile.plane import is_of_run, load_scan
from g2fit.output.plots import figures_of
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.plane import plane_figure
from g2fit.output.plots.style import in_style
from g2fit.output.report.page import piece
from g2fit.results import Result

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["BUDGET", "Picture", "encode", "pictures_of"]

_log = logging.getLogger("g2fit")

#: Bytes that all figures may take together, as base64; with the text a report stays below 10 MB.
BUDGET = 8_500_000

#: Resolutions in dots per inch, the finest first.
RESOLUTIONS = (300, 220, 180, 150, 120, 100, 80, 60)

#: Size on the screen over the size on paper.
SCREEN = 1.35

#: Colours of an encoded figure. Apart from the edges of letters a figure has few, so hardly any difference is visible.
COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A figure with its kind (``corner``, …) and file name."""

    kind: str
    name: str
    #: What it shows, for readers who cannot see it.
    alternative: str
    #: How to read it.
    caption: str
    figure: Figure

    @property
    def width(self) -> float:
        """Width on the screen in inches, unless the page is narrower."""
        return float(self.figure.get_size_inches()[0]) * SCREEN


def _drawn(figure: Figure, dpi: int) -> Image.Image:
    stream = io.BytesIO()
    with in_style():
        figure.savefig(stream, format="png", dpi=dpi, pil_kwargs={"compress_level": 0})
    return Image.open(stream)


def _html(picture: Picture, image: Image.Image) -> Markup:
    stream = io.BytesIO()
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(stream, format="png", optimize=True)
    encoded = base64.b64encode(stream.getbuffer()).decode()
    return piece("macros.html.j2", "figure", picture, encoded, image.width, image.height)


def encode(pictures: Sequence[Picture]) -> Iterator[Markup]:
    """Encode figures at the finest resolution that keeps them within the budget; far too many are an error."""
    for dpi in RESOLUTIONS:
        with ThreadPoolExecutor(available_cores()) as pool:  # one figure is drawn while others are compressed
            tasks = [pool.submit(_html, picture, _drawn(picture.figure, dpi)) for picture in pictures]
        made = [task.result() for task in tasks]
        if sum(map(len, made)) <= BUDGET:
            return iter(made)
    raise InputError(f"{len(pictures)} figures are too many for one report: name fewer runs")


def pictures_of(data: FigureData) -> list[Picture]:
    """Draw every figure of a run."""
    found = []
    for kind, name, figure in figures_of(data):
        alternative, caption = (piece("captions.html.j2", part, name, data) for part in ("shows", "reads"))
        found.append(Picture(kind, name, alternative, caption, figure))
    return found + list(_planes(data))


def _planes(data: FigureData) -> Iterator[Picture]:
    """Draw every plane of which the run folder holds a scan of the posterior of the run."""
    result = data.result
    for path in sorted(result.folder.path.glob("scan-*.nc")):
        scan = load_scan(path)
        if not is_of_run(scan, result) or not _same_target(scan, result):
            continue
        y, x = map(str, scan["delta_chi2"].dims)
        best = _best_node(scan)
        if best is None:
            _log.info("left out: %s: no node of the plane is allowed", path)
            continue
        with in_style():
            figure = plane_figure(x, y, [result], scans=[scan], levels=data.levels)
        place = ", ".join(f"{name} = {best[name]:.4g}" for name in (x, y))
        alternative = (
            f"Plane of {x} and {y}: credible regions and regions of the profile likelihood, largest at {place}."
        )
        caption = (
            "Credible regions (filled) and profile likelihood regions (lines), which use only the range of the prior."
        )
        yield Picture("plane", path.stem, alternative, caption, figure)


def _best_node(scan: xr.Dataset) -> dict[str, float] | None:
    """Coordinates of the node of a plane with the largest likelihood; None if none is allowed."""
    table = scan["delta_chi2"]
    if not np.isfinite(table).any():
        return None
    node = table.argmin(...)
    return {str(name): float(table[name][index]) for name, index in node.items()}


def _same_target(scan: xr.Dataset, result: Result) -> bool:
    """Whether the card of a scan has the posterior of a run; one may have names of an old version.

    Own code is named by paths that start from the run folder.
    """
    both = (scan.attrs["card"], result.attributes["card"])
    first, second = (YAML(typ="safe", pure=True).load(text) for text in both)
    if target_of(first) == target_of(second):
        return True
    return Card.from_dict(first, result.folder.path).target() == result.card.target()

"""The figure of the README and of the first page: drawn from its card, with a record of what it was drawn from.

``python -m analysis.first_page`` runs the card, or continues its run, draws the figure and writes the record beside it.
A test compares the record with the present card, data and drawing code, so that an image of a former version is noticed
without running the card, and the image with the record, so that neither is changed alone.
"""

import io
import json
from pathlib import Path
from typing import Any

from analysis.figure_records import DENSITIES, drawing_hash, save_image
from g2fit.card import Card
from g2fit.core.files import write_json
from g2fit.core.sealed import digest_of_file
from g2fit.output.plots import figures_of
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.style import in_style
from g2fit.pipeline import execute
from g2fit.results import Result

__all__ = ["CARD", "DRAWING", "IMAGE", "draw", "present_record"]

ROOT = Path(__file__).resolve().parent.parent

#: The card of ``make demo``.
CARD = "analysis/vll-2026.yaml"

#: The image; its record is beside it, with the ending ``.json``.
IMAGE = "docs/images/corner-vll-2026.png"

#: What decides how the draws of a run look in a corner figure.
DRAWING = (
    "g2fit/output/plots/corner.py",
    "g2fit/output/plots/figure_data.py",
    "g2fit/output/plots/style.py",
    "g2fit/output/plots/g2fit.mplstyle",
    *DENSITIES,
)

#: Resolution in dots per inch.
DPI = 200


def present_record(root: Path = ROOT) -> dict[str, Any]:
    """What the figure is drawn from now: fingerprints of card and data, and of the code that draws."""
    card = Card.load(root / CARD)
    return {"card": card.fingerprint(), "data": card.dataset.fingerprint, "drawing": drawing_hash(root, DRAWING)}


def draw(root: Path = ROOT) -> Path:
    """Run the card if needed, draw its parameters with the fitted moments, and write image and record."""
    card = Card.load(root / CARD).replace(calls="many")  # as on an idle machine, however busy this one is
    execute(card)
    figures = {name: figure for _, name, figure in figures_of(FigureData(Result(card.output)), ["corner"])}
    drawn = io.BytesIO()
    with in_style():
        figures["corner"].savefig(drawn, format="png", dpi=DPI)
    path = root / IMAGE
    save_image(drawn, path)
    write_json(path.with_suffix(".json"), {**present_record(root), "image": digest_of_file(path)})
    return path


if __name__ == "__main__":
    print(draw())
    print(json.dumps(present_record(), indent=1))

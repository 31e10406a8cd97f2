"""The figure of the README and of the first page: drawn from its card, with a record of what it was drawn from.

``python -m analysis.first_page`` runs the card, or continues its run, draws the figure and writes the record beside it.
A test compares the record with the present card, data and drawing code, so that an image of a former version is noticed
without running the card, and the image with the record, so that neither is changed alone.
"""

import hashlib
import io
import json
import tokenize
from pathlib import Path
from typing import Any

from PIL import Image

from g2fit.card import Card
from g2fit.core.files import atomic_write, write_json
from g2fit.output.plots import figures_of
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.style import in_style
from g2fit.pipeline import execute
from g2fit.results import Result

__all__ = ["CARD", "IMAGE", "draw", "present_record", "sha256"]

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
    "g2fit/results/axis_scales.py",
    "g2fit/results/grid_density.py",
    "g2fit/results/kernel_density.py",
    "g2fit/results/marginals.py",
)

#: Resolution in dots per inch, and number of colours.
DPI, COLOURS = 200, 256

#: Tokens that do not change what a program does.
IDLE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def present_record(root: Path = ROOT) -> dict[str, Any]:
    """What the figure is drawn from now: fingerprints of card and data, and of the code that draws."""
    card = Card.load(root / CARD)
    code = hashlib.sha256()
    for name in DRAWING:
        text = (root / name).read_text(encoding="utf-8")
        code.update(_program(text).encode() if name.endswith(".py") else text.encode())
    return {"card": card.fingerprint(), "data": card.dataset.fingerprint, "drawing": code.hexdigest()}


def sha256(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def draw(root: Path = ROOT) -> Path:
    """Run the card if needed, draw its parameters with the fitted moments, and write image and record."""
    card = Card.load(root / CARD).replace(calls="many")  # as on an idle machine, however busy this one is
    execute(card)
    figures = {name: figure for _, name, figure in figures_of(FigureData(Result(card.output)), ["corner"])}
    drawn = io.BytesIO()
    with in_style():
        figures["corner"].savefig(drawn, format="png", dpi=DPI)
    path = root / IMAGE
    image = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with atomic_write(path) as temporary:
        image.save(temporary, format="png", optimize=True)
    write_json(path.with_suffix(".json"), {**present_record(root), "image": sha256(path)})
    return path


def _program(text: str) -> str:
    r"""Return the words of a program without comments, layout and texts that stand alone, such as docstrings.

    >>> _program('def f():\n    "Doc."  # remark\n    return "a"\n') == _program('def f(): return "a"')
    True
    >>> _program('{"a": "b"}') == _program('{"a": "c"}')
    False
    """
    words: list[str] = []
    alone = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in IDLE:
            alone = alone or token.type == tokenize.NEWLINE
            continue
        if not (alone and token.type == tokenize.STRING):
            words.append(token.string)
        alone = False
    return " ".join(words)


if __name__ == "__main__":
    print(draw())
    print(json.dumps(present_record(), indent=1))

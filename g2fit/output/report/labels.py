"""Labels of quantities as inline drawings, in the letters of the figures, in the colour of the text around them."""

from __future__ import annotations

import functools

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from g2fit.output.plots.style import in_style
from g2fit.output.report.markup import Markup, element

__all__ = ["label"]

#: Size of the letters in the drawing's units, and its units in one em: the letters are as large to the eye as those
#: of the sans-serif text around them.
SIZE, EM = 100.0, 90.0

#: SVG commands, with the number of points that each takes.
COMMANDS = {Path.MOVETO: ("M", 1), Path.LINETO: ("L", 1), Path.CURVE3: ("Q", 2), Path.CURVE4: ("C", 3)}


@functools.cache
def label(latex: str, name: str) -> Markup:
    """Draw a label, with the quantity's plain name for those who do not see it.

    Parameters
    ----------
    latex : str
        Label without dollar signs.
    name : str
        Plain name, which also stands for a label that matplotlib cannot typeset.
    """
    try:
        with in_style():
            path = TextPath((0, 0), f"${latex}$", size=SIZE, prop=FontProperties(family="serif"))
    except ValueError:
        return element("i", name)
    if not len(path.vertices):
        return element("i", name)
    x, y = np.asarray(path.vertices, dtype=float).T
    left, right, bottom, top = np.floor(x.min()), np.ceil(x.max()), np.floor(min(y.min(), 0.0)), np.ceil(y.max())
    width, height = right - left, top - bottom
    return element(
        "svg",
        element("path", d=_data(path)),
        viewBox=f"{left:.0f} {-top:.0f} {width:.0f} {height:.0f}",
        style=f"width:{width / EM:.2f}em;height:{height / EM:.2f}em;vertical-align:{bottom / EM:.2f}em",
        class_="label",
        role="img",
        aria_label=name,
    )


def _data(path: Path) -> str:
    """Path data of SVG, whose y axis points down."""
    words: list[str] = []
    points = iter(zip(np.asarray(path.vertices, dtype=float), np.asarray(path.codes), strict=True))
    for vertex, code in points:
        if code == Path.CLOSEPOLY:
            words.append("Z")
            continue
        letter, count = COMMANDS[code]
        corners = [vertex] + [next(points)[0] for _ in range(count - 1)]
        words.append(letter + " ".join(f"{px:.0f} {-py:.0f}" for px, py in corners))
    return "".join(words)

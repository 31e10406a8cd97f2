"""Labels of quantities as inline SVG, in the font of the figures and the colour of the surrounding text."""

import functools

import numpy as np
from markupsafe import Markup
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from g2fit.output.plots.style import in_style

__all__ = ["label"]

#: Size of the letters in the units of the drawing.
SIZE = 100.0

#: Units of the drawing in one em: the letters look as large as those of the sans-serif text around them.
EM = 90.0

#: A label as an inline drawing.
DRAWING = Markup(
    '<svg viewBox="{box}" style="{style}" class="label" role="img" aria-label="{name}"><path d="{data}"></path></svg>'
)

#: SVG commands, with the number of points that each takes.
COMMANDS = {Path.MOVETO: ("M", 1), Path.LINETO: ("L", 1), Path.CURVE3: ("Q", 2), Path.CURVE4: ("C", 3)}


@functools.cache
def label(latex: str, name: str) -> Markup:
    """Draw a label without dollar signs; the plain name of the quantity is its accessible name.

    The name also stands for a label that matplotlib cannot typeset.
    """
    try:
        with in_style():
            path = TextPath((0, 0), f"${latex}$", size=SIZE, prop=FontProperties(family="serif"))
    except ValueError:
        return Markup("<i>{}</i>").format(name)
    if not len(path.vertices):
        return Markup("<i>{}</i>").format(name)
    x, y = np.asarray(path.vertices, dtype=float).T
    left, right, bottom, top = np.floor(x.min()), np.ceil(x.max()), np.floor(min(y.min(), 0.0)), np.ceil(y.max())
    width, height = right - left, top - bottom
    return DRAWING.format(
        box=f"{left:.0f} {-top:.0f} {width:.0f} {height:.0f}",
        style=f"width:{width / EM:.2f}em;height:{height / EM:.2f}em;vertical-align:{bottom / EM:.2f}em",
        name=name,
        data=_data(path),
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

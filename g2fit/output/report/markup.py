"""HTML that is escaped by construction: a text is escaped unless it is `Markup` already."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "Column",
    "Markup",
    "as_printed",
    "element",
    "interval",
    "join",
    "listing",
    "number",
    "pairs",
    "table",
    "verbatim",
]

#: Between the ends of a range.
RANGE = " \N{HORIZONTAL ELLIPSIS} "

#: Elements without content.
VOID = frozenset({"br", "img", "input", "link", "meta"})


class Markup(str):
    """HTML that needs no further escaping."""

    __slots__ = ()


def join(parts: Iterable[str], separator: str = "") -> Markup:
    """Concatenate texts and markup, with the texts escaped.

    >>> join(["a < b", Markup("<br>")])
    'a &lt; b<br>'
    """
    return Markup(_escaped(separator).join(_escaped(part) for part in parts))


def element(tag: str, /, *content: str, **attributes: str | bool | None) -> Markup:
    """Make an element; content and attributes are escaped.

    Attributes that are Python's words end with an underscore, hyphens are underscores; None and False leave one out.

    >>> element("p", "1 < 2", class_="note", data_label='a"b')
    '<p class="note" data-label="a&quot;b">1 &lt; 2</p>'
    """
    words = [tag]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(attribute)
        elif value is not None and value is not False:
            words.append(f'{attribute}="{html.escape(value)}"')
    opening = f"<{' '.join(words)}>"
    return Markup(opening if tag in VOID else f"{opening}{join(content)}</{tag}>")


def _escaped(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(_printable(text))


def _printable(text: str) -> str:
    """Replace what no document may contain: control characters and lone surrogates of odd file names."""
    return "".join(
        c if (c >= " " and not "\ud800" <= c <= "\udfff") or c in "\t\n" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, whether it holds numbers, and whether to leave it out on a phone."""

    title: str
    numeric: bool = False


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], stacked: bool = False) -> Markup:
    """Make a table whose first column names its rows.

    Parameters
    ----------
    caption : str
        What it shows.
    columns : sequence of Column
        Its columns.
    rows : sequence of sequence of str
        Cells; texts are escaped.
    stacked : bool
        Whether a narrow screen shows each row as a block of its own, with the headings beside the cells.
    """
    heads = (element("th", c.title, scope="col", class_="number" if c.numeric else None) for c in columns)
    body = []
    for row in rows:
        cells = [element("th", row[0], scope="row")]
        for column, cell in zip(columns[1:], row[1:], strict=True):
            kind = "number" if column.numeric else None
            cells.append(element("td", cell, class_=kind, data_label=column.title))
        body.append(element("tr", *cells))
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_="stacked" if stacked else None,
    )
    return element("div", made, class_="wide", role="region", aria_label=caption, tabindex="0")


def pairs(items: Iterable[tuple[str, str]]) -> Markup:
    """Make a list of names and values."""
    return element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in items))


def listing(items: Iterable[str], class_: str | None = None) -> Markup:
    """Make a list of points."""
    return element("ul", *(element("li", item) for item in items), class_=class_)


def verbatim(label: str, text: str) -> Markup:
    """Show a text as it stands, in a box that scrolls on the screen and is whole in print."""
    return element("pre", element("code", text), class_="box", role="region", aria_label=label, tabindex="0")


# Numbers ------------------------------------------------------------------------------------------------------------


def _power(exponent: int) -> Markup:
    return join(
        ["\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}10", element("sup", _signed(str(exponent)))]
    )


def _signed(text: str) -> str:
    """Write a minus sign as such, not as a hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def _exponent(*values: float) -> int:
    """Power of ten to take out: none for numbers between 0.001 and 100 000."""
    size = max(abs(value) for value in values)
    exponent = math.floor(math.log10(size)) if size > 0.0 else 0
    return 0 if -3 <= exponent < 5 else exponent


def number(value: float | None, digits: int = 4) -> Markup:
    r"""Format a number with significant digits, powers of ten with a superscript.

    >>> number(2.51e-9, 3)
    '2.51\xa0×\xa010<sup>−9</sup>'
    >>> number(-12.5), number(None), number(float("inf"))
    ('−12.5', '–', '∞')
    """
    if value is None or math.isnan(value):
        return Markup("\N{EN DASH}")
    if math.isinf(value):
        return Markup("\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}")
    exponent = _exponent(value)
    scaled = float(f"{value / 10.0**exponent:.{digits}g}")
    text = f"{scaled:.{digits}g}" if abs(scaled) < 10.0**digits else f"{scaled:.0f}"
    return join([_signed(text), _power(exponent) if exponent else ""])


def interval(low: float, high: float) -> Markup:
    r"""Format a range with three significant digits, more where its ends lie close together.

    >>> interval(1439.5, 2165.55), interval(0.0102, 1.808), interval(0.97026, 0.97227), interval(-1e-7, 0.5)
    ('1440 … 2166', '0.0102 … 1.81', '0.97026 … 0.97227', '0 … 0.500')
    >>> interval(1.26857e-9, 2.97777e-9)
    '(1.27 … 2.98)\xa0×\xa010<sup>−9</sup>'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return join([number(low), RANGE, number(high)])
    exponent = _exponent(low, high)
    ends = low / 10.0**exponent, high / 10.0**exponent
    text = join([_end(end, ends[1] - ends[0]) for end in ends], RANGE)
    return join(["(", text, ")", _power(exponent)]) if exponent else text


def _end(value: float, width: float) -> Markup:
    """One end of a range of this width."""
    if abs(value) < 1e-3 * width or value == 0.0:
        return Markup("0")
    smaller = float(f"{min(abs(value), width) if width > 0.0 else abs(value):.3g}")
    if value == round(value) and width == round(width):
        return Markup(_signed(f"{value:.0f}"))  # such as a number of branches
    decimals = max(0, 2 - math.floor(math.log10(smaller)))
    if decimals > 5 and abs(value) < 1e-3:
        return number(value, 3)
    return Markup(_signed(f"{value:.{min(decimals, 12)}f}"))


def spread(mean: float, deviation: float) -> Markup:
    r"""Format a mean with its standard deviation, to two digits of the latter.

    >>> spread(2.495e-14, 4.89e-14), spread(1812.9, 319.4)
    ('(2.5 ± 4.9)\xa0×\xa010<sup>−14</sup>', '1813 ± 319')
    """
    if not (math.isfinite(mean) and math.isfinite(deviation) and deviation > 0.0):
        return join([number(mean), " \N{PLUS-MINUS SIGN} ", number(deviation)])
    exponent = _exponent(mean, deviation)
    scaled = mean / 10.0**exponent, deviation / 10.0**exponent
    decimals = min(max(0, 1 - math.floor(math.log10(scaled[1]))), 12)
    text = _signed(" \N{PLUS-MINUS SIGN} ".join(f"{value:.{decimals}f}" for value in scaled))
    return join(["(", text, ")", _power(exponent)]) if exponent else Markup(text)


def as_printed(text: str) -> Markup:
    r"""Typeset a number that is kept as it was printed, with all of its digits.

    >>> as_printed("2.51e-09"), as_printed("> 650")
    ('2.51\xa0×\xa010<sup>−9</sup>', '&gt; 650')
    """
    parts: list[str] = []
    end = 0
    for found in re.finditer(r"(?<=\d)e([+-]?\d+)", text):
        parts += [_signed(text[end : found.start()]), _power(int(found[1]))]
        end = found.end()
    return join([*parts, _signed(text[end:])])

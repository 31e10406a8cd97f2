"""Templates of a report, with autoescape: every text is escaped unless it is markup already."""

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from g2fit.output.report.numbers import as_printed, interval, number, signed, spread

__all__ = ["breakable", "linked", "piece", "plain", "render"]

#: Identifiers of papers in a text, and where they are found.
PAPERS = re.compile(
    r"""(?P<before>arXiv:\s?|eprint\s*=\s*[{"])(?P<arxiv>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})"""
    r"""|(?P<doi>\b10\.\d{4,9}/[^\s"'<>{},;]+[^\s"'<>{},;.)\]])"""
)
PLACES = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}


def render(template: str, **context: Any) -> str:
    """Fill in a template of this folder."""
    return _environment().get_template(template).render(context)


def piece(template: str, macro: str, *arguments: Any) -> Markup:
    """Call a macro of a template of this folder."""
    return Markup(getattr(_environment().get_template(template).module, macro)(*arguments))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
        finalize=_printable,
    )
    environment.filters |= {
        "breakable": breakable,
        "interval": lambda ends: interval(*ends),
        "linked": linked,
        "number": number,
        "plain": plain,
        "printed": as_printed,
        "signed": signed,
        "spread": lambda row: spread(row["mean"], row["sd"]),
        "with_error": with_error,
    }
    return environment


def _printable(value: Any) -> Any:
    """Replace what no document may contain: control characters and lone surrogates of odd file names."""
    if value is None or isinstance(value, Markup):
        return value
    return "".join(
        c if (c >= " " and not "\ud800" <= c <= "\udfff") or c in "\t\n" else "\N{REPLACEMENT CHARACTER}"
        for c in str(value)
    )


def plain(value: Any) -> str:
    """Text of an option of a card; JSON unless it is a text."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def breakable(name: str) -> Markup:
    """Let a name be broken after its underscores, where a column is narrow.

    >>> str(breakable("R_<tau>"))
    'R_<wbr>&lt;tau&gt;'
    """
    return Markup("_<wbr>").join(str(_printable(name)).split("_"))


def linked(text: str) -> Markup:
    """Make links of the arXiv ids and DOIs in a text.

    >>> print(linked("arXiv:2505.21476 < 3"))
    <a href="https://arxiv.org/abs/2505.21476">arXiv:2505.21476</a> &lt; 3
    >>> print(linked("doi:10.1103/PhysRev.73.416."))
    doi:<a href="https://doi.org/10.1103/PhysRev.73.416">10.1103/PhysRev.73.416</a>.
    >>> print(linked("  eprint = {hep-ex/0602035},"))
      eprint = {<a href="https://arxiv.org/abs/hep-ex/0602035">hep-ex/0602035</a>},
    """
    made, end = Markup(""), 0
    plain_text = str(_printable(text))
    for found in PAPERS.finditer(plain_text):
        made += plain_text[end : found.start()]
        kind = "arxiv" if found["arxiv"] else "doi"
        before = found["before"] or ""
        inside = before if before.startswith("arXiv") else ""
        made += before.removeprefix(inside)
        address = PLACES[kind] + quote(found[kind], safe="/.-_()")
        made += Markup('<a href="{}">{}{}</a>').format(address, inside, found[kind])
        end = found.end()
    return made + plain_text[end:]


def with_error(estimate: Mapping[str, Any]) -> Markup:
    """Write ln Z with its error."""
    if estimate.get("log_z") is None:
        return Markup("\N{MINUS SIGN}\N{INFINITY}")
    error = estimate.get("error")
    digits = "\N{EN DASH}" if error is None else f"{error:.3f}" if error >= 0.0005 or error == 0.0 else f"{error:.1g}"
    return escape(signed(f"{estimate['log_z']:.3f} \N{PLUS-MINUS SIGN} ") + digits)

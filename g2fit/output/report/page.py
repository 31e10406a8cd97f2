"""Templates of a report, with autoescape: every text is escaped unless it is markup already."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from g2fit.output.report.numbers import as_printed, interval, number, signed, spread

__all__ = ["piece", "plain", "render"]


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
        "interval": lambda ends: interval(*ends),
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


def with_error(estimate: Mapping[str, Any]) -> Markup:
    """Write ln Z with its error."""
    if estimate.get("log_z") is None:
        return Markup("\N{MINUS SIGN}\N{INFINITY}")
    error = estimate.get("error")
    digits = "\N{EN DASH}" if error is None else f"{error:.3f}" if error >= 0.0005 or error == 0.0 else f"{error:.1g}"
    return escape(signed(f"{estimate['log_z']:.3f} \N{PLUS-MINUS SIGN} ") + digits)

"""Small pieces of HTML for notebooks."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

__all__ = ["html_table", "html_text"]


def html_text(value: Any) -> str:
    """Text that HTML shows as it is; numbers are rounded to six digits.

    >>> html_text("<b>"), html_text(0.1 + 0.2)
    ('&lt;b&gt;', '0.3')
    """
    return escape(f"{value:.6g}" if isinstance(value, float) else str(value))


def html_table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Table of texts and numbers."""
    top = "".join(f"<th>{html_text(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{html_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{html_text(title)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"

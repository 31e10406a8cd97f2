"""Pieces of Markdown that the chapters of docs/validation.md are made of."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Results = dict[str, Any]
Writer = Callable[[Results], list[str]]


def paragraph(text: str) -> list[str]:
    """Lines of a paragraph.

    >>> paragraph("One.  Two.")
    ['One. Two.']
    """
    return textwrap.wrap(" ".join(text.split()), 125, break_long_words=False, break_on_hyphens=False)


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table.

    >>> table(["a", "b"], [[1, "x"]])
    ['| a | b |', '|---|---|', '| 1 | x |']
    """
    body = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles), *body]


def listed(items: Sequence[str], none: str) -> list[str]:
    """Items of a list, or a sentence where there are none."""
    return [f"- {item}" for item in items] or [none]


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100.0 * value:.1f}"


def verdict(passed: bool) -> str:
    """Whether something passed, where a failure must be seen."""
    return "yes" if passed else "**no**"

"""How reports are printed: as tables that fit into the terminal, or as JSON."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console
from rich.text import Text

from g2fit.cli.tables import Table, fold
from g2fit.core.files import finite

__all__ = ["Printer", "or_json", "print_json"]

#: Width of tables in characters where there is no terminal; they keep all of their columns there.
WIDTH = 160


class Printer(Console):
    """A console that prints tables and sentences; with `wide`, tables keep all columns even if lines get too long."""

    def __init__(self, wide: bool = False) -> None:
        known = sys.stdout.isatty() or _columns() > 0
        width = shutil.get_terminal_size((WIDTH, 0)).columns if known else WIDTH
        super().__init__(width=width, highlight=False)
        self.whole = wide or not known

    def table(
        self, title: str, columns: Mapping[str, str], rows: Iterable[Iterable[Any]], expendable: Sequence[str] = ()
    ) -> None:
        """Print a `g2fit.cli.tables.Table` with a title; columns that had to be left out are named below it."""
        if title:
            self.say(title, style="bold")
        width = max(self.width, WIDTH) if self.whole else self.width
        for line in Table(columns, rows, expendable).lines(width, whole=self.whole):
            self._line(line)

    def say(self, text: str, style: str | None = None) -> None:
        """Print a sentence, broken between words."""
        for line in fold(text, self.width):
            self._line(line, style)

    def _line(self, line: str, style: str | None = None) -> None:
        self.print(Text(line, style or ""), soft_wrap=True)


def _columns() -> int:
    """Width that the environment asks for; 0 if it asks for none, or for what is no positive number."""
    try:
        return max(int(os.environ.get("COLUMNS", "0")), 0)
    except ValueError:
        return 0


class _Shown[T](Protocol):
    """A function that prints a report, as JSON on request, or with all columns of its tables."""

    def __call__(self, report: T, as_json: bool, wide: bool = False) -> None: ...


def or_json[T](show: Callable[[Printer, T], None]) -> _Shown[T]:
    """Let a function that prints a report print it as JSON on request."""

    @functools.wraps(show)
    def shown(report: T, as_json: bool, wide: bool = False) -> None:
        if as_json:
            print_json(report)
        else:
            show(Printer(wide), report)

    return shown


def print_json(data: Any) -> None:
    """Print JSON; numbers that are not finite become null, as the standard asks, and paths text."""
    print(json.dumps(finite(data), indent=1, default=os.fspath))

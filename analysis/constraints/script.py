"""Options and output of the scripts that compare evidences: this one, and `analysis.which_vll`."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.constraints.steps import ANALYSIS
from g2fit.core.files import finite, write_text
from g2fit.inference.evidence import Aim

__all__ = ["aim_of", "make_parser", "write_tables"]


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that the scripts share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["tables", "figure", "both"], default="both")
    parser.add_argument("--out", type=Path, default=ANALYSIS / "output")
    parser.add_argument("--error", type=float, default=0.02, help="of ln B")
    parser.add_argument("--page", type=Path, help="page whose tables are replaced")
    return parser


def aim_of(error: float) -> Aim:
    """Return the precision of prior Monte Carlo for an error of ln B."""
    return Aim(0.5 * error, error, 2**17, 2**19, 2**20)


def write_tables(stem: Path, rows: Sequence[dict[str, Any]], tables: str, page: Path | None) -> None:
    """Write rows as ``stem.json`` and their tables as ``stem.md``, and replace the tables on a page."""
    write_text(stem.with_suffix(".json"), json.dumps(finite(rows), indent=1) + "\n")
    write_text(stem.with_suffix(".md"), tables)
    if page:
        write_text(page, replace_tables(page.read_text(encoding="utf-8"), tables))
    print(stem.with_suffix(".md"))


def replace_tables(page: str, tables: str) -> str:
    r"""Return the text of a page with new tables between its two marks.

    >>> replace_tables("Page\n<!-- tables -->\nold\n<!-- end of tables -->\n", "| new |\n")
    'Page\n<!-- tables -->\n\n| new |\n\n<!-- end of tables -->\n'
    """
    pattern = re.compile("(?<=<!-- tables -->\\n).*(?=<!-- end of tables -->)", re.DOTALL)
    return pattern.sub(lambda _: f"\n{tables}\n", page)

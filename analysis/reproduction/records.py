"""A number of a paper beside ours, and tables of such numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Record", "as_table", "markdown_table"]


@dataclass(frozen=True)
class Record:
    """A number of a paper and ours.

    Attributes
    ----------
    place : str
        Equation, figure, table or section of the paper.
    quantity : str
        Name of the number.
    printed : float
        The number as the paper prints or draws it, or as it follows from a statement of the paper.
    ours : float
        The number that this package computes; NaN if it does not exist.
    tolerance : float
        Largest relative difference for agreement; absolute if `printed` is zero, in decades for an `order`.
    note : str
        Remark on the comparison.
    order : bool
        Whether the paper gives an order of magnitude only.
    """

    place: str
    quantity: str
    printed: float
    ours: float
    tolerance: float
    note: str = ""
    order: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the two numbers agree within the tolerance."""
        if self.order:
            return bool(abs(math.log10(self.ours / self.printed)) <= self.tolerance)
        return bool(abs(self.ours - self.printed) <= self.tolerance * (abs(self.printed) or 1.0))

    @property
    def verdict(self) -> str:
        """``"agrees"`` or ``"differs"``."""
        return "agrees" if self.agrees else "differs"

    @property
    def cells(self) -> dict[str, str]:
        """Cells of a Markdown table, by the titles of their columns."""
        return {
            "place": self.place,
            "quantity": self.quantity,
            "paper": f"{self.printed:.4g}",
            "ours": f"{self.ours:.5g}" if math.isfinite(self.ours) else "none",
            "verdict": self.verdict if self.agrees else f"**{self.verdict}**",
            "note": self.note,
        }


def markdown_table(titles: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Write a Markdown table, with the cells of each row by the titles of the columns.

    >>> print(markdown_table(["a", "b"], [{"a": "1", "b": "2"}]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    lines = [titles, ["---"] * len(titles), *([row[title].replace("|", "\\|") for title in titles] for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def as_table(records: Iterable[Record]) -> str:
    """Write a Markdown table of numbers of a paper and ours.

    >>> print(as_table([Record("eq (0)", "one", 1.0, 1.1, 0.01)]))
    | place | quantity | paper | ours | verdict | note |
    | --- | --- | --- | --- | --- | --- |
    | eq (0) | one | 1 | 1.1 | **differs** |  |
    """
    return markdown_table(["place", "quantity", "paper", "ours", "verdict", "note"], [r.cells for r in records])

"""A number of a paper beside ours, and tables of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Record", "as_table"]


@dataclass(frozen=True)
class Record:
    """One number of the paper and ours.

    Attributes
    ----------
    place : str
        Equation, figure or section.
    quantity : str
        What it is.
    printed : float
        As the paper prints or draws it, or what its statement amounts to.
    ours : float
        As this package finds it.
    tolerance : float
        Largest relative distance for agreement; absolute where `printed` is zero, in decades for an `order`.
    order : bool
        Whether the paper gives an order of magnitude only.
    note : str
        How to read it.
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


def as_table(records: Iterable[Record]) -> str:
    """Write a Markdown table.

    >>> print(as_table([Record("eq (0)", "one", 1.0, 1.1, 0.01)]))
    | place | quantity | paper | ours | verdict | note |
    | --- | --- | --- | --- | --- | --- |
    | eq (0) | one | 1 | 1.1 | **differs** |  |
    """
    rows = ["| place | quantity | paper | ours | verdict | note |", "| --- | --- | --- | --- | --- | --- |"]
    for r in records:
        verdict = r.verdict if r.agrees else f"**{r.verdict}**"
        quantity = r.quantity.replace("|", "\\|")
        rows.append(f"| {r.place} | {quantity} | {r.printed:.4g} | {r.ours:.5g} | {verdict} | {r.note} |")
    return "\n".join(rows)

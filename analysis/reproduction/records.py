"""A number of a paper beside ours, the tolerance of the comparison with its reason, and tables of such numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

__all__ = [
    "Printed",
    "Record",
    "as_table",
    "bound",
    "evaluation",
    "identity",
    "magnitude",
    "markdown_table",
    "number",
    "percent",
    "printed",
    "spread",
    "statement",
]


class Printed(NamedTuple):
    """A number as a paper prints it, and half a unit of its last digit."""

    value: float
    half: float

    @property
    def relative(self) -> float:
        """Half a unit of the last digit over the number."""
        return abs(self.half / self.value)


def printed(text: str, unit: float = 1.0) -> Printed:
    """Read a printed number, in multiples of a unit; write ``2.2e2`` for 220 if its last digit is not significant.

    >>> printed("2.30", 1e3), printed("-8.8e-13").half, printed("2.2e2").half
    (Printed(value=2300.0, half=5.0), 5e-15, 5.0)
    """
    decimal = Decimal(text)
    exponent = decimal.as_tuple().exponent
    assert isinstance(exponent, int)
    return Printed(float(decimal) * unit, float(Decimal(5).scaleb(exponent - 1)) * unit)


def spread(function: Callable[[Sequence[float]], Mapping[str, float]], inputs: Sequence[Printed]) -> dict[str, float]:
    """Propagate the rounding of printed inputs to results, relative to them.

    Each input is moved by half a unit of its last digit to either side; the larger changes of a result are added.
    A side on which the result does not exist (NaN) is left out.

    >>> {k: round(v, 3) for k, v in spread(lambda x: {"xy": x[0] * x[1]}, [printed("1.0"), printed("20")]).items()}
    {'xy': 0.075}
    """
    values = [given.value for given in inputs]
    central = function(values)
    total = dict.fromkeys(central, 0.0)
    for i, given in enumerate(inputs):
        sides = [function([*values[:i], given.value + sign * given.half, *values[i + 1 :]]) for sign in (-1.0, 1.0)]
        for name, value in central.items():
            changes = [abs(side.get(name, math.nan) / value - 1.0) for side in sides]
            total[name] += max((change for change in changes if math.isfinite(change)), default=0.0)
    return total


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
        The number as the paper prints or draws it, or as it follows from a statement of the paper (1 = true).
    ours : float
        The number that this package computes; NaN if it does not exist.
    tolerance : float
        Largest relative difference for agreement; absolute if `printed` is zero, in decades for an order of magnitude.
    basis : str
        Kind of the number in the paper's column: ``"printed"``, ``"order of magnitude"``, ``"upper bound"``,
        ``"lower bound"``, ``"statement"``, ``"identity"`` or ``"other evaluation"``.
    reason : str
        Where the tolerance comes from.
    note : str
        Remark on the comparison, and the explanation of a difference.
    """

    place: str
    quantity: str
    printed: float
    ours: float
    tolerance: float
    basis: str
    reason: str
    note: str = ""

    @property
    def order(self) -> bool:
        """Whether the paper gives an order of magnitude only."""
        return self.basis == "order of magnitude"

    @property
    def agrees(self) -> bool:
        """Whether the two numbers agree within the tolerance."""
        if self.order:
            ratio = self.ours / self.printed
            return bool(ratio > 0.0 and abs(math.log10(ratio)) <= self.tolerance)
        excess = self.ours - self.printed
        if self.basis.endswith("bound"):
            excess = max(excess if self.basis.startswith("upper") else -excess, 0.0)
        return bool(abs(excess) <= self.tolerance * (abs(self.printed) or 1.0))

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


def percent(value: float) -> str:
    """Write a fraction in per cent, with two digits.

    >>> percent(0.0217), percent(0.5)
    ('2.2 %', '50 %')
    """
    return f"{100.0 * value:.2g} %"


def number(
    place: str, quantity: str, given: Printed, ours: float, more: Mapping[str, float] | None = None, note: str = ""
) -> Record:
    """Compare with a printed number; the tolerance is its rounding plus `more`, relative contributions by their names.

    >>> row = number("eq (0)", "one", printed("1.0"), 1.06, {"inputs": 0.02})
    >>> row.tolerance, row.reason, row.agrees
    (0.07, 'rounding 5 %, inputs 2 %', True)
    """
    parts = {"rounding": given.relative, **(more or {})}
    reason = ", ".join(f"{name} {percent(part)}" for name, part in parts.items())
    return Record(place, quantity, given.value, ours, sum(parts.values()), "printed", reason, note)


def identity(
    place: str, quantity: str, other: float, ours: float, accuracy: float, note: str = "", reason: str = ""
) -> Record:
    """Compare an equation with another way to evaluate it, which has the given accuracy."""
    reason = reason or (
        "accuracy of the numerical integral" if accuracy > 1e-11 else "rounding of floating-point numbers"
    )
    return Record(place, quantity, other, ours, accuracy, "identity", reason, note)


def statement(place: str, quantity: str, true: object, note: str = "") -> Record:
    """Check a statement of the paper.

    >>> statement("sec 1", "1 < 2", 1 < 2).verdict
    'agrees'
    """
    return Record(place, quantity, 1.0, float(bool(true)), 0.0, "statement", "true or false", note)


def bound(
    place: str, quantity: str, limit: float, ours: float, side: Literal["upper", "lower"] = "upper", note: str = ""
) -> Record:
    """Check a statement of the paper that a number is at most (``upper``) or at least (``lower``) `limit`.

    >>> [bound("", "", 1.0, 0.8, side).verdict for side in ("upper", "lower")]
    ['agrees', 'differs']
    """
    return Record(place, quantity, limit, ours, 0.0, f"{side} bound", "a bound", note)


def magnitude(
    place: str, quantity: str, given: float, ours: float, decades: float, note: str = "", reason: str = ""
) -> Record:
    """Compare with an order of magnitude.

    >>> [magnitude("", "", 100.0, ours, 0.5).verdict for ours in (250.0, 350.0)]
    ['agrees', 'differs']
    """
    reason = reason or f"order of magnitude: a factor {10.0**decades:.2g}"
    return Record(place, quantity, given, ours, decades, "order of magnitude", reason, note)


def evaluation(
    place: str, quantity: str, other: float, ours: float, tolerance: float, note: str = "", reason: str = ""
) -> Record:
    """Compare with a number that is drawn or implied, not printed, and was computed independently of this package."""
    reason = reason or "digits of the other evaluation"
    return Record(place, quantity, other, ours, tolerance, "other evaluation", reason, note)


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

    >>> print(as_table([identity("eq (0)", "one", 1.0, 1.1, 0.01)]))
    | place | quantity | paper | ours | verdict | note |
    | --- | --- | --- | --- | --- | --- |
    | eq (0) | one | 1 | 1.1 | **differs** |  |
    """
    return markdown_table(["place", "quantity", "paper", "ours", "verdict", "note"], [r.cells for r in records])

"""Tables as text, fitted to the width of a terminal without ever cutting a number or a word."""

import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.cells import cell_len

__all__ = ["Table", "cell", "fold"]

#: Spaces between two columns.
GAP = 2

#: Beginning of the line below a table that names its missing columns.
LEFT_OUT = "not shown at this width (--wide shows all): "

#: Signs between two parts that stay on one line, and what stands for a space there.
UNBROKEN, SPACE = re.compile(r" [=±…<>] "), "\ue000"

#: A text is not folded to fewer characters than this, unless it is shorter.
NARROW = 24


def cell(value: Any, form: str = ".5g") -> str:
    """Format a cell of a table: a number, the two ends of an interval, or text.

    The ends of an interval have as many digits as its width needs.

    >>> cell(0.000123456), cell(None), cell(12), cell((1.0, 2.0), "+.1f")
    ('0.00012346', '-', '12', '+1.0 … +2.0')
    >>> cell((0.99991234, 0.99998765))
    '0.9999123 … 0.9999877'
    """
    if value is None:
        return "-"
    if isinstance(value, tuple | list):
        return " … ".join(cell(end, _form_of_ends(value, form)) for end in value)
    return format(value, form) if isinstance(value, float) else str(value)


def _form_of_ends(ends: Sequence[Any], form: str) -> str:
    """Format of the ends of an interval: three digits of its width at least, if the format counts digits."""
    found = re.fullmatch(r"\.(\d+)g", form)
    numbers = [float(end) for end in ends if isinstance(end, float) and math.isfinite(end)]
    width = max(numbers, default=0.0) - min(numbers, default=0.0)
    if found is None or not 0.0 < width < math.inf:
        return form
    larger = max(abs(number) for number in numbers) / width
    return f".{min(max(int(found[1]), 2 + math.ceil(math.log10(larger))), 15)}g"


def fold(text: str, width: int, indent: str = "") -> list[str]:
    """Break text into lines at its spaces; words are never broken, so that a line may be longer than `width`.

    A number stays with its error and its name.

    >>> fold("chains/vll-2021: share = 0.25 ± 0.01", 12)
    ['chains/vll-2021:', 'share = 0.25 ± 0.01']
    """
    kept = UNBROKEN.sub(lambda found: found[0].replace(" ", SPACE), text)
    lines = textwrap.wrap(kept, max(width, 1), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace(SPACE, " ") for line in lines] or [""]


@dataclass
class Table:
    """A table whose first column names its rows.

    Attributes
    ----------
    columns : mapping of str to str
        Headings, with the format of the numbers of each column.
    rows : iterable of iterable
        Cells: numbers, pairs of numbers for intervals, texts, or None.
    expendable : sequence of str
        Columns that are left out where there is no room for all, in this order.
    """

    columns: Mapping[str, str]
    rows: Iterable[Iterable[Any]]
    expendable: Sequence[str] = ()
    _cells: dict[str, list[str]] = field(init=False)
    _texts: dict[str, bool] = field(init=False)

    def __post_init__(self) -> None:
        rows = [list(row) for row in self.rows]
        values = (
            dict(zip(self.columns, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(self.columns, ())
        )
        self._cells = {name: [cell(value, self.columns[name]) for value in column] for name, column in values.items()}
        self._texts = {name: any(isinstance(value, str) for value in column) for name, column in values.items()}

    def lines(self, width: int, *, whole: bool = False) -> list[str]:
        r"""Write the table: heading first, then its rows; a last line names the columns that were left out.

        If it does not fit into `width` characters, texts are folded, then expendable columns are left out, and then
        the table is turned: the cells of each row follow one another, each with its heading. `whole` keeps all columns
        side by side, however wide they are.

        >>> table = Table({"": "", "mean": ".3g", "68.27%": ".3g"}, [("m_L", 1.82e-9, (1.8e-9, 1.9e-9))], ["mean"])
        >>> print(*table.lines(40), sep="\n")
                 mean             68.27%
        m_L  1.82e-09  1.8e-09 … 1.9e-09
        >>> print(*table.lines(28), sep="\n")
                        68.27%
        m_L  1.8e-09 … 1.9e-09
        not shown at this width
        (--wide shows all): mean
        >>> print(*table.lines(20), sep="\n")
        m_L
          mean 1.82e-09
          68.27% 1.8e-09 … 1.9e-09
        """
        shown = list(self.columns)
        left_out: list[str] = []
        expendable = [] if whole else [name for name in self.expendable if name in self.columns]
        for name in (None, *expendable):
            if name is not None:
                shown.remove(name)
                left_out.append(name)
            widths = self._widths(shown, width)
            if whole or sum(widths.values()) + GAP * (len(widths) - 1) <= width:
                note = fold(LEFT_OUT + ", ".join(left_out), width) if left_out else []
                return [*self._side_by_side(widths), *note]
        return self._turned(width)

    def _widths(self, names: Sequence[str], width: int) -> dict[str, int]:
        """Widths of columns: what they need, or less for the widest texts where that is too much."""
        needed, least = {}, {}
        for name in names:
            texts = [name, *self._cells[name]]
            needed[name] = max(map(cell_len, texts))
            words = [part for text in texts for part in fold(text, 1)] if self._texts[name] else texts
            least[name] = min(needed[name], max([*map(cell_len, words), NARROW if self._texts[name] else 0]))
        excess = sum(needed.values()) + GAP * (len(names) - 1) - width
        while excess > 0:
            widest = max(names, key=lambda name: needed[name] if needed[name] > least[name] else 0)
            if needed[widest] <= least[widest]:
                break
            needed[widest] -= 1
            excess -= 1
        return needed

    def _side_by_side(self, widths: Mapping[str, int]) -> list[str]:
        """Write columns beside each other: texts to the left, numbers to the right."""
        first = next(iter(widths))
        lines = []
        for row in range(-1, len(self._cells[first])):
            parts = {name: fold(self._cells[name][row] if row >= 0 else name, size) if self._texts[name]
                     else [self._cells[name][row] if row >= 0 else name] for name, size in widths.items()}  # fmt: skip
            for line in range(max(map(len, parts.values()))):
                texts = []
                for name, size in widths.items():
                    text = parts[name][line] if line < len(parts[name]) else ""
                    space = " " * (size - cell_len(text))
                    texts.append(text + space if self._texts[name] or name == first else space + text)
                lines.append((" " * GAP).join(texts).rstrip())
        return lines

    def _turned(self, width: int) -> list[str]:
        """Write the cells of each row after one another, each with its heading."""
        first, *others = self.columns
        lines: list[str] = []
        for row, head in enumerate(self._cells[first]):
            lines += fold(head, width)
            current = ""
            for name in others:
                pair = f"{name} {self._cells[name][row]}".strip()
                if current and len(current) + GAP + cell_len(pair) <= width:
                    current += " " * GAP + pair
                    continue
                if current:
                    lines.append(current)
                current = "  " + pair
                if cell_len(current) > width and self._texts[name]:
                    *before, current = fold(pair, width - 4, "  ")
                    lines += ["  " + line for line in before]
                    current = "  " + current
            if current:
                lines.append(current)
        return lines

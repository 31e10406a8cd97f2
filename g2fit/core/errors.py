"""Exceptions of the package; their texts say what to change."""

import difflib
from collections.abc import Iterable

__all__ = [
    "CardError",
    "DataError",
    "G2fitError",
    "InputError",
    "ModelError",
    "NotConvergedError",
    "StoreError",
    "nearest",
    "no_number",
    "one_line",
]


#: Longest text of an error in characters; the middle of a longer one is left out.
LONGEST = 2000


class G2fitError(Exception):
    r"""Base of every error of this package; the command line prints its text without a traceback.

    Its text may quote any input: control characters are replaced, and very long texts are cut.

    >>> str(G2fitError("a\x1b[31m" + "b" * 3000))[:10], len(str(G2fitError("b" * 3000)))
    ('a?[31mbbbb', 2000)
    """

    exit_code = 1

    def __init__(self, text: str = "") -> None:
        if len(text) > LONGEST:
            text = f"{text[: LONGEST // 2 - 3]} … {text[-LONGEST // 2 :]}"
        super().__init__("".join(c if c.isprintable() or c == "\n" else "?" for c in text))


class InputError(G2fitError):
    """Input of the user is invalid."""

    exit_code = 2


class CardError(InputError):
    """A run card or prior file is invalid; the text names file, key, value and what is allowed."""


class DataError(InputError):
    """A measurement, a vintage or their combination is invalid."""


class ModelError(InputError):
    """An unknown model, option or parameter."""


class StoreError(InputError):
    """A run folder or one of its files cannot be read, or belongs to something else."""


class NotConvergedError(G2fitError):
    """The run ended before its targets were reached (exit code 1)."""


def one_line(error: BaseException) -> str:
    """Text of an exception in one line of at most 300 characters."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def no_number(place: str, cell: object) -> InputError:
    """Error for a cell of a table that is empty or holds something that is not a number.

    >>> print(no_number("a.csv: row 2 of 'x'", float("nan")))
    a.csv: row 2 of 'x' is empty
    """
    import pandas as pd

    return InputError(f"{place} is empty" if pd.isna(cell) else f"{place} is not a number: {str(cell)!r}")


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Text that lists what is allowed, the nearest spelling first.

    >>> nearest("wlakers", ["walkers", "seed"])
    "did you mean 'walkers'? allowed: seed, walkers"
    >>> nearest("xyz", ["walkers", "seed"])
    'allowed: seed, walkers'
    """
    options = sorted(str(a) for a in allowed)
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}allowed: {', '.join(options)}"

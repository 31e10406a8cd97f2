"""The few errors of the package; each says what to change."""

from __future__ import annotations

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
]


class G2fitError(Exception):
    """Base of every error of this package; the command line prints its text without a traceback."""

    exit_code = 1


class InputError(G2fitError):
    """What the user gave cannot be used."""

    exit_code = 2


class CardError(InputError):
    """A run card or prior file is wrong: the text names file, key, value and what is allowed."""


class DataError(InputError):
    """A measurement, vintage or their combination is wrong."""


class ModelError(InputError):
    """An unknown model, option or parameter."""


class StoreError(InputError):
    """A run folder or one of its files cannot be read, or belongs to something else."""


class NotConvergedError(G2fitError):
    """The run ended before its targets were reached (exit code 1)."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Say what is allowed, naming the nearest spelling first.

    >>> nearest("wlakers", ["walkers", "seed"])
    "did you mean 'walkers'? allowed: seed, walkers"
    >>> nearest("xyz", ["walkers", "seed"])
    'allowed: seed, walkers'
    """
    options = sorted(str(a) for a in allowed)
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}allowed: {', '.join(options)}"

"""Blocks of a file of the SUSY Les Houches Accord (hep-ph/0311123, 0801.0045), with what it gives twice."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from g2fit.core.errors import InputError

__all__ = ["SlhaFile", "Twice", "read_blocks"]

#: Blocks whose entries depend on a scale, and which a file may hence hold several times.
RUNNING = ("HMIX", "MSOFT", "AE", "AU", "AD")

#: Largest size of a file, in bytes; spectra with decays have some hundred thousand.
MAX_SIZE = 16_000_000

#: Relative difference below which two scales are the same.
SAME_SCALE = 1e-6

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,18}")  # a longer one is a number as any other
_HEAD = re.compile(r"BLOCK\s+(\S+)\s*(?:Q\s*=\s*(\S+))?", re.IGNORECASE)


class Twice(tuple[Any, ...]):
    """Different values that a file gives for one entry."""

    __slots__ = ()


class SlhaFile(NamedTuple):
    """Entries of each block by its name in upper case, and the scale Q of each block in GeV, or None."""

    blocks: dict[str, dict[Any, Any]]
    scales: dict[str, float | None]


def read_blocks(path: Path, scale: float | None = None) -> SlhaFile:
    """Read the blocks of a file; decays are skipped.

    An entry is a number or text, by its index or indices. One that is given twice with different values becomes
    `Twice`. Of a block that is given at several scales the one at `scale`, in GeV, is read.

    Raises
    ------
    InputError
        For an unreadable file, for blocks of `RUNNING` that are given at several scales without a choice, and for those
        that are not given at the chosen scale.
    """
    copies: dict[str, dict[float | None, dict[Any, Any]]] = {}
    entries: dict[Any, Any] | None = None
    for number, line in enumerate(_text(path).splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        head = _HEAD.match(line)
        if head:
            Q = None if head[2] is None else _value(head[2])
            if isinstance(Q, str):
                raise InputError(f"{path}: line {number}: the scale of block {head[1]}, Q = {Q!r}, is not a number")
            entries = copies.setdefault(head[1].upper(), {}).setdefault(Q, {})
        elif line[0].isalpha():  # DECAY, XSECTION: not a block
            entries = {}
        elif entries is None:
            raise InputError(f"{path}: not an SLHA file: line {number} stands before the first block")
        else:
            index, value = _entry(words)
            same = entries.get(index, value)
            entries[index] = value if same == value else Twice((same, value))
    chosen = {name: _choose(path, name, scales, scale) for name, scales in copies.items()}
    return SlhaFile({name: copies[name][Q] for name, Q in chosen.items()}, chosen)


def _text(path: Path) -> str:
    try:
        if path.exists() and (not path.is_file() or path.stat().st_size > MAX_SIZE):
            raise InputError(f"{path}: cannot be read: it is no file, or larger than {MAX_SIZE} bytes")
        return path.read_text()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from None


def _choose(path: Path, name: str, copies: Mapping[float | None, object], scale: float | None) -> float | None:
    """Scale at which a block is read."""
    if name not in RUNNING or (scale is None and len(copies) == 1) or list(copies) == [None]:
        return next(iter(copies))
    given = ", ".join("none" if Q is None else f"{Q:.10g}" for Q in copies)
    if scale is None:
        raise InputError(f"{path}: block {name} is given at several scales, Q = {given}: choose one (--scale Q)")
    for Q in copies:
        if Q is not None and math.isclose(Q, scale, rel_tol=SAME_SCALE):
            return Q
    raise InputError(f"{path}: block {name} is not given at the scale {scale:.10g}, but at Q = {given}")


def _entry(words: list[str]) -> tuple[Any, Any]:
    """Index and value of a line: integers before a number, or one integer before a text.

    >>> _entry(["2", "2", "-1.5D+02"]), _entry(["4", "7"]), _entry(["1", "SPheno", "v4"]), _entry(["0.1"])
    (((2, 2), -150.0), (4, 7), (1, 'SPheno v4'), (None, 0.1))
    """
    value = _value(words[-1])
    places = words[:-1] if not isinstance(value, str) else words[:1]
    if isinstance(value, str):
        value = " ".join(words[1:]) or value
    if not places:
        return None, value
    index = tuple(int(word) if _INTEGER.fullmatch(word) else word for word in places)
    return index if len(index) > 1 else index[0], value


def _value(word: str) -> int | float | str:
    if _INTEGER.fullmatch(word):
        return int(word)
    return float(word.upper().replace("D", "E")) if _NUMBER.fullmatch(word) else word

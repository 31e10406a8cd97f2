"""Numbers from the blocks of an SLHA file, by name."""

import math
from collections.abc import Mapping
from typing import Any

from g2fit.core.errors import InputError
from g2fit.models.mssm.slha_blocks import Twice

__all__ = ["Blocks", "Places", "entry_of", "numbers"]

#: Entries of each block, by its name in upper case.
Blocks = Mapping[str, Mapping[Any, Any]]
#: Block and entry of a number, by the name of the number.
Places = Mapping[str, tuple[str, int | tuple[int, int]]]


def entry_of(index: int | tuple[int, int]) -> str:
    """Write an entry as in the file."""
    return " ".join(map(str, index)) if isinstance(index, tuple) else str(index)


def numbers(path: Any, blocks: Blocks, places: Places, defaults: Mapping[str, float] | None = None) -> dict[str, float]:
    """Read finite numbers by name; those without default must be there. `path` is the file, for messages.

    Raises
    ------
    InputError
        For missing and unusable entries, and for those that are given twice with different values.
    """
    values: dict[str, float] = {}
    absent = []
    for name, (block, index) in places.items():
        value = blocks.get(block, {}).get(index, None if defaults is None else defaults[name])
        if value is None:
            absent.append(f"{block} {entry_of(index)} ({name})")
        elif isinstance(value, Twice):
            several = " and ".join(map(str, value))
            raise InputError(f"{path}: block {block}, entry {entry_of(index)} ({name}) is given twice, as {several}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(f"{path}: block {block}, entry {entry_of(index)} ({name}) = {value!r} is not a number")
        else:
            values[name] = float(value)
    if absent:
        raise InputError(f"{path}: missing entries {', '.join(absent)}")
    return values

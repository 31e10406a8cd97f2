"""A process that is killed at a chosen call of the operating system, without a process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: What the operating system does for a change of a file, in `os`.
CALLS = ("pwrite", "fsync", "ftruncate", "replace", "unlink", "open")


class Killed(BaseException):
    """Stands for SIGKILL: nothing reaches the disk afterwards."""


@contextmanager
def killed_at(number: int) -> Iterator[list[int]]:
    """Do the first so many calls of the operating system, half of the next write, and no more; count them."""
    count, kept = [0], {name: getattr(os, name) for name in CALLS}

    def guarded(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] == number and name == "pwrite":
                descriptor, data, place = arguments
                kept[name](descriptor, data[: len(data) // 2], place)
            if count[0] >= number:
                raise Killed
            return kept[name](*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, guarded(name))
    try:
        yield count
    finally:
        for name, function in kept.items():
            setattr(os, name, function)

"""States of runs, again and again until they have ended."""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from g2fit.results.status import SILENCE

__all__ = ["watched"]

#: Seconds between two looks.
INTERVAL = 1.0

#: Moves the cursor of a terminal to its first line and clears what follows.
CLEAR = "\x1b[H\x1b[J"


def watched(
    read: Callable[[], dict[str, Any]], wait: Callable[[float], None] = time.sleep, silence: float = SILENCE
) -> Iterator[dict[str, Any]]:
    """Yield the states of runs whenever they have changed, until none of them is running.

    A run that has shown no sign of life for `silence` seconds has been killed. On a terminal each state replaces the
    one before.
    """
    last: dict[str, Any] = {}
    changed: dict[str, float] = {}
    while True:
        now, found = time.monotonic(), read()
        for name, state in found.items():
            if state != last.get(name):
                changed[name] = now
        if found != last:
            if sys.stdout.isatty():
                print(CLEAR, end="")
            yield found
        last = found
        live = [name for name, state in found.items() if state["state"] == "running" and not state.get("silent")]
        if all(now - changed[name] >= silence for name in live):
            return
        wait(INTERVAL)

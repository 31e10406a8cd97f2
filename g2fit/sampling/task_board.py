"""Task board: a small file through which a run and its workers, on any machine, exchange their state."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write

__all__ = ["TaskBoard"]

#: Seconds between two readings of the file.
READ_EVERY = 0.2

#: Seconds between two notes of an ensemble's length.
NOTE_EVERY = 0.5

#: Type of the integers in the file.
INTEGER = np.dtype("<i8")


class TaskBoard:
    """File of 64-bit integers: the token of the current run, and the length of each ensemble in steps.

    A worker continues only while it finds the token that it was given. It stops when the run asks it to, and also
    when its run is gone: another run has begun, or the folder has vanished.

    """

    def __init__(self, path: Path, token: int) -> None:
        self.path = path
        self.token = token
        self._stopped = False
        self._read_at = self._noted_at = float("-inf")

    @classmethod
    def create(cls, path: Path, lengths: list[int]) -> TaskBoard:
        """Begin a run whose ensembles have these lengths."""
        board = cls(path, secrets.randbits(62) + 1)
        with atomic_write(path, new_folder=False) as temporary:
            np.array([board.token, *lengths], INTEGER).tofile(temporary)
        return board

    def set(self) -> None:
        """Ask all workers to save and stop."""
        self._stopped = True
        self._write(0, 0)

    def is_set(self) -> bool:
        """Whether to stop; reads the file from time to time."""
        now = time.monotonic()
        if not self._stopped and now - self._read_at > READ_EVERY:
            self._read_at = now
            numbers = self._read()
            self._stopped = not numbers or numbers[0] != self.token
        return self._stopped

    def note(self, index: int, steps: int, *, always: bool = False) -> None:
        """Write the length of an ensemble, from time to time unless `always`."""
        now = time.monotonic()
        if always or now - self._noted_at > NOTE_EVERY:
            self._noted_at = now
            self._write(1 + index, steps)

    @property
    def steps(self) -> list[int]:
        """Lengths of the ensembles.

        Raises
        ------
        StoreError
            If the file is gone, and with it the run folder.
        """
        numbers = self._read()
        if not numbers:
            raise StoreError(f"{self.path.parent}: the folder has vanished")
        return numbers[1:]

    def _read(self) -> list[int]:
        with suppress(OSError):
            return list(map(int, np.fromfile(self.path, INTEGER)))
        return []

    def _write(self, cell: int, number: int) -> None:
        # only a note: what counts is in the chains, and whoever reads a file that is gone will notice
        with suppress(OSError), self.path.open("r+b", buffering=0) as file:
            file.seek(cell * INTEGER.itemsize)
            file.write(np.array(number, INTEGER).tobytes())

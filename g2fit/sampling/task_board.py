"""A small file through which a run and its workers, wherever they are, tell each other where they stand."""

from __future__ import annotations

import os
import secrets
import struct
import time
from pathlib import Path

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write

__all__ = ["Board"]

#: Seconds between two looks at the file, and between two notes in it.
LOOK = 0.2
NOTE = 0.5

_WIDTH = 8


class Board:
    """Token of the run that is going on, and the length of each ensemble: one integer each.

    A worker goes on only as long as it finds the token that it was given. It stops when the run wishes to stop, and
    also when it is left over from a run that is gone: when another run has begun, or the folder has vanished.

    Parameters
    ----------
    path : Path
        The file.
    token : int
        Of the run.
    """

    def __init__(self, path: Path, token: int) -> None:
        self.path = path
        self.token = token
        self._stopped = False
        self._looked = self._noted = float("-inf")

    @classmethod
    def create(cls, path: Path, lengths: list[int]) -> Board:
        """Begin a run whose ensembles have these lengths."""
        board = cls(path, secrets.randbits(62) + 1)
        with atomic_write(path) as temporary:
            temporary.write_bytes(struct.pack(f"<{1 + len(lengths)}q", board.token, *lengths))
        return board

    def set(self) -> None:
        """Ask everybody to stop, having saved."""
        self._stopped = True
        self._write(0, 0)

    def is_set(self) -> bool:
        """Whether to stop; looks at the file now and then."""
        now = time.monotonic()
        if not self._stopped and now - self._looked > LOOK:
            self._looked = now
            numbers = self._read()
            self._stopped = not numbers or numbers[0] != self.token
        return self._stopped

    def note(self, index: int, steps: int, *, always: bool = False) -> None:
        """Note the length of an ensemble, now and then."""
        now = time.monotonic()
        if always or now - self._noted > NOTE:
            self._noted = now
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
        try:
            content = self.path.read_bytes()
        except OSError:
            return []
        return list(struct.unpack(f"<{len(content) // _WIDTH}q", content[: len(content) // _WIDTH * _WIDTH]))

    def _write(self, cell: int, number: int) -> None:
        try:
            file = os.open(self.path, os.O_WRONLY)
        except OSError:
            return  # the file is gone: who reads it will find out
        try:
            os.pwrite(file, struct.pack("<q", number), cell * _WIDTH)
        except OSError:
            pass  # only a note: what counts is in the chains
        finally:
            os.close(file)

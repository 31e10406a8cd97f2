"""Journal of evaluations: a file to which values are appended as they are computed, so that none is computed twice."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from g2fit.core.errors import StoreError
from g2fit.core.types import BoolArray, FloatArray

__all__ = ["Journal"]

#: Integers before the values of an entry: batch, first row, number of rows, of counts, checksums of points and values.
HEADER = 6

#: No counts.
NOTHING = np.empty(0)


class Journal:
    """Log densities of batches of points, in an append-only file.

    The points themselves are not stored: they follow from the seed and from the values before. A checksum of them
    refuses values that belong to other points. An entry that was not written completely is cut off. A process that is
    killed loses nothing; a machine that loses power loses what its system had not written to the disk yet.

    Parameters
    ----------
    path : Path
        The file; it is made with the first entry.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[int, list[tuple[int, int, FloatArray, FloatArray]]] = {}
        self._read()

    def known(self, batch: int, z: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Values of a batch of points (N, D) as far as they are known, and the mask (N,) of those that are.

        Raises
        ------
        StoreError
            If the file has values of other points.
        """
        values, done = np.full(len(z), np.nan), np.zeros(len(z), dtype=bool)
        for first, checksum, found, _ in self._entries.get(batch, []):
            rows = slice(first, first + len(found))
            if _checksum(z[rows]) != checksum:
                raise StoreError(
                    f"{self.path}: these evaluations were made by another version of model, data or sampler; "
                    "remove the run folder and run the card again"
                )
            values[rows], done[rows] = found, True
        return values, done

    def counts(self, batch: int) -> FloatArray:
        """Sum of the counts that were stored with a batch."""
        entries = self._entries.get(batch, [])
        return np.asarray(sum(entry[3] for entry in entries[1:]) + entries[0][3]) if entries else NOTHING

    def add(self, batch: int, first: int, z: FloatArray, values: FloatArray, counts: FloatArray = NOTHING) -> None:
        """Append the values (n,) of the points `z` (n, D), rows of a batch from `first` on, and counts of them."""
        both = np.append(values, counts).astype("<f8")
        header = np.array([batch, first, len(z), len(counts), _checksum(z), _checksum(both)], dtype="<i8")
        try:
            with self.path.open("ab") as file:
                file.write(header.tobytes() + both.tobytes())
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written ({error.strerror})") from None
        self._entries.setdefault(batch, []).append((first, int(header[4]), both[: len(z)], both[len(z) :]))

    def clear(self) -> None:
        """Forget everything: what was recorded is saved elsewhere."""
        self._entries.clear()
        self.path.unlink(missing_ok=True)

    def _read(self) -> None:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read ({error.strerror})") from None
        at = 0
        while len(data) - at >= 8 * HEADER:
            header = np.frombuffer(data, dtype="<i8", count=HEADER, offset=at).tolist()
            batch, first, rows, counts, checksum, own = header
            end = at + 8 * (HEADER + rows + counts)
            if min(rows, counts) < 0 or end > len(data):
                break
            both = np.frombuffer(data, dtype="<f8", count=rows + counts, offset=at + 8 * HEADER)
            if _checksum(both) != own:
                break
            self._entries.setdefault(batch, []).append((first, checksum, both[:rows], both[rows:]))
            at = end
        if at < len(data):  # cut off what was not written completely, so that entries can follow
            with self.path.open("r+b") as file:
                file.truncate(at)


def _checksum(values: FloatArray) -> int:
    return zlib.crc32(np.ascontiguousarray(values, dtype="<f8").tobytes())

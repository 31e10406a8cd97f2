"""Journal of evaluations: a file to which values are appended as they are computed, so that none is computed twice."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from g2fit.core.errors import StoreError
from g2fit.core.types import BoolArray, FloatArray, IntArray

__all__ = ["Journal"]

#: Integers before the values of an entry: batch, first row, number of rows, of counts, checksums of points and values.
HEADER = 6

#: What a journal begins with: its layout, followed by the SHA-256 of the fingerprint of its run.
MAGIC = b"g2fit journal 2\n"

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
    key : str
        Fingerprint of the run (card, data and code) that the values belong to.

    Raises
    ------
    StoreError
        If the file is of another run, or no journal.
    """

    def __init__(self, path: Path, key: str = "") -> None:
        self.path = path
        self._head = MAGIC + hashlib.sha256(key.encode()).digest()
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

    def kept(self) -> Iterator[FloatArray]:
        """Counts of all entries that have any, in the order of the batches."""
        for batch in sorted(self._entries):
            yield from (entry[3] for entry in self._entries[batch] if len(entry[3]))

    def add(self, batch: int, first: int, z: FloatArray, values: FloatArray, counts: FloatArray = NOTHING) -> None:
        """Append the values (n,) of the points `z` (n, D), rows of a batch from `first` on, and counts of them."""
        both = np.append(values, counts).astype("<f8")
        header = np.array([batch, first, len(z), len(counts), _checksum(z), 0], dtype="<i8")
        header[-1] = _checksum(header[:-1], both)
        try:
            with self.path.open("ab") as file:
                file.write((b"" if file.tell() else self._head) + header.tobytes() + both.tobytes())
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written ({error.strerror})") from None
        self._entries.setdefault(batch, []).append((first, int(header[4]), both[: len(z)], both[len(z) :]))

    def _read(self) -> None:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read ({error.strerror})") from None
        if not data.startswith(self._head[: len(data)]):
            raise StoreError(
                f"{self.path}: its evaluations are of another run (card, data or code differ), or it is damaged; "
                "remove this file, and they are made again"
            )
        at = len(self._head) if len(data) >= len(self._head) else 0
        while at and len(data) - at >= 8 * HEADER:
            header = np.frombuffer(data, dtype="<i8", count=HEADER, offset=at).tolist()
            batch, first, rows, counts, checksum, own = header
            end = at + 8 * (HEADER + rows + counts)
            if min(rows, counts) < 0 or end > len(data):
                break
            numbers = np.frombuffer(data, dtype="<i8", count=HEADER - 1, offset=at)
            both = np.frombuffer(data, dtype="<f8", count=rows + counts, offset=at + 8 * HEADER)
            if _checksum(numbers, both) != own:
                break
            self._entries.setdefault(batch, []).append((first, checksum, both[:rows], both[rows:]))
            at = end
        if at < len(data):  # cut off what was not written completely or is damaged: it is evaluated again
            with self.path.open("r+b") as file:
                file.truncate(at)


def _checksum(*arrays: FloatArray | IntArray) -> int:
    crc = 0
    for values in arrays:
        crc = zlib.crc32(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes(), crc)
    return crc

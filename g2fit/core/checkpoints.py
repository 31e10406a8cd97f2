"""Checkpoints: the finished parts of a computation in a folder, from which an interrupted one continues."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write, fingerprint_of
from g2fit.core.fingerprint import differing
from g2fit.core.locks import claimed
from g2fit.core.sealed import read_sealed, write_sealed

__all__ = ["Arrays", "Checkpoints"]

#: Name of the digest among the arrays of a part.
DIGEST = "digest"

#: Named arrays: the content of one part.
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Checkpoints:
    """A folder of finished parts, each in a file that is written as a whole, and a record of what they belong to.

    Parts are reused only under the key that they were made with.

    Attributes
    ----------
    folder : Path
        The folder. It belongs to this computation alone.
    key : str
        Fingerprint of everything that the parts depend on, a format number included.
    refusal : str, optional
        What the folder must not hold, for the message that refuses parts of another key, such as "points of another
        card". By default such parts are deleted and computed again.
    suffix : str
        How the names of the parts' files end.
    record : str
        Name of the file that holds the key.
    about : mapping
        Further contents of that file; hashes of the code under ``code`` serve the message of a refusal.
    """

    folder: Path
    key: str
    refusal: str | None = None
    suffix: str = ".npz"
    record: str = "checkpoints.json"
    about: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def held(self, busy: str) -> Iterator[None]:
        """Hold the folder for this process; it is made if it does not exist.

        Raises
        ------
        StoreError
            If another process holds it (with the message `busy`), it cannot be written, or its parts are refused.
        """
        with claimed(self.folder, (f".*-*{self.suffix}",), busy):
            self._check_key()
            yield

    def _check_key(self) -> None:
        path = self.folder / self.record
        parts = [self.path(part) for part in self.parts()]
        record: dict[str, Any] = {}
        problem = f"{self.folder}: holds {self.suffix} files but no {self.record}"
        if path.exists():
            problem = f"{self.folder}: holds {self.refusal}"
            try:
                record = read_sealed(path, "it is no record of this program")
            except StoreError as error:
                record, problem = {"key": ""}, str(error)
        found = record.get("key")
        if found == self.key:
            return
        if self.refusal is not None and (parts or record):
            there, here = record.get("code"), self.about.get("code")
            if isinstance(there, dict) and isinstance(here, dict) and there != here:
                problem += f" (code: {', '.join(differing(there, here))} differ)"
            raise StoreError(f"{problem}; choose another folder")
        for part in parts:
            part.unlink(missing_ok=True)
        write_sealed(path, {"key": self.key, **self.about})

    def parts(self) -> list[str]:
        """Names of the parts that have a file, sorted."""
        return sorted(path.name.removesuffix(self.suffix) for path in self.folder.glob(f"[!.]*{self.suffix}"))

    def path(self, part: str) -> Path:
        """File of a part."""
        return self.folder / f"{part}{self.suffix}"

    def save(self, part: str, arrays: Arrays) -> None:
        """Write a part of arrays; a reader sees the whole file or none.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with atomic_write(self.path(part), new_folder=False) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays, **{DIGEST: np.array(_digest(arrays))})  # type: ignore[arg-type]  # the stub takes the arrays for an option

    def load(self, part: str) -> Arrays | None:
        """Arrays of a part, or None if its file is missing or damaged. Nothing in it is executed."""
        try:
            with self.path(part).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            return arrays if str(arrays.pop(DIGEST)) == _digest(arrays) else None
        except Exception:  # noqa: BLE001 (a damaged file makes its reader raise almost anything)
            return None


def _digest(arrays: Arrays) -> str:
    """SHA-256 of named arrays; the checksums of a zip file cover neither its table of contents nor all names."""
    names = sorted(arrays)
    shapes = [(name, arrays[name].dtype.str, arrays[name].shape) for name in names]
    return fingerprint_of(shapes, *(arrays[name] for name in names))

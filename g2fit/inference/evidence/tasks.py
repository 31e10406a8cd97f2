"""Pieces of a computation: done in threads or by an executor's workers, kept on disk, never done twice.

Each piece has a name and depends on nothing but its own seed; sums over pieces are taken in the order of their names.
A result is therefore the same for any number of workers and interruptions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g2fit.core.files import atomic_write
from g2fit.core.parallel.executors import Call, Executor, Threads
from g2fit.core.parallel.threads import one_blas_thread

__all__ = ["Arrays", "Parts", "run_tasks"]

#: The outcome of a piece.
Arrays = dict[str, NDArray[Any]]

#: Seconds between two saves.
SAVE_INTERVAL = 2.0


class Parts:
    """Finished pieces, in memory and in a file.

    Parameters
    ----------
    path : Path or None
        An NPZ file; None keeps nothing on disk.
    key : str
        Of all that the pieces depend on. What a file holds under another key is not used.
    executor : Executor, optional
        Who computes missing pieces; threads of this process by default.

    Attributes
    ----------
    seconds : float
        Time spent on the pieces, that of earlier calls included.
    """

    def __init__(self, path: Path | None = None, key: str = "", executor: Executor | None = None) -> None:
        self.path = path
        self.executor = executor
        self.key = key
        self._done: dict[str, Arrays] = {}
        self.seconds = 0.0
        self._saved = time.monotonic()
        self._changed = False
        if path is not None and path.exists():
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                if str(file["key"]) != self.key:
                    return
                self.seconds = float(file["seconds"])
                for name in file.files:
                    piece, _, array = name.partition("/")
                    if array:
                        self._done.setdefault(piece, {})[array] = file[name]
        except Exception:  # noqa: BLE001 (a damaged file makes its reader raise almost anything)
            self._done, self.seconds = {}, 0.0  # not a file of ours, or damaged: everything is computed again

    def __contains__(self, name: str) -> bool:
        return name in self._done

    def __getitem__(self, name: str) -> Arrays:
        return self._done[name]

    def put(self, name: str, arrays: Arrays) -> None:
        """Keep a finished piece; the file follows every other second."""
        self._done[name] = arrays
        self._changed = True
        if time.monotonic() - self._saved > SAVE_INTERVAL:
            self.save()

    def save(self) -> None:
        """Write the file, if anything is new."""
        if self.path is None or not self._changed:
            return
        content: Arrays = {"key": np.array(self.key), "seconds": np.array(self.seconds)}
        for piece, arrays in self._done.items():
            content |= {f"{piece}/{name}": values for name, values in arrays.items()}
        with atomic_write(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, **content)  # type: ignore[arg-type]  # the stub takes the arrays for an option
        self._saved = time.monotonic()
        self._changed = False


def run_tasks(
    tasks: Mapping[str, Callable[[], Arrays]],
    parts: Parts,
    workers: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Do the tasks that `parts` does not hold yet.

    Parameters
    ----------
    tasks : mapping of str to callable
        Pieces by name.
    parts : Parts
        Where the results go, and who computes them.
    workers : int
        Threads, if `parts` has no executor.
    progress : callable
        Told the numbers of finished and of all tasks.

    Raises
    ------
    KeyboardInterrupt
        After what was finished has been saved.
    """
    missing = [name for name in tasks if name not in parts]
    known = len(tasks) - len(missing)
    finished: list[str] = []

    def tell() -> None:
        progress(known + len(finished), len(tasks))

    tell()
    if not missing:
        return
    before, begun = parts.seconds, time.monotonic()
    calls = [Call(name, tasks[name]) for name in missing]
    try:
        here = nullcontext(parts.executor) if parts.executor is not None else Threads(workers)
        with one_blas_thread(), here as executor:
            for name, arrays in executor.run(calls, tell):
                parts.seconds = before + time.monotonic() - begun
                parts.put(name, arrays)
                finished.append(name)
    finally:
        parts.save()

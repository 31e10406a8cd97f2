"""Folders and files that one process holds at a time."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from g2fit.core.errors import StoreError

__all__ = ["claimed", "locked", "require_folder"]


@contextmanager
def claimed(folder: Path, leftovers: tuple[str, ...], refusal: str) -> Iterator[None]:
    """Hold a folder for one process, and remove the temporary files that killed ones have left in it.

    Parameters
    ----------
    folder : Path
        The folder; it is made if it is not there.
    leftovers : tuple of str
        Patterns of the temporary files.
    refusal : str
        What to say if somebody else has it.

    Raises
    ------
    StoreError
        If somebody else has it, it cannot be written, or it vanishes before the block ends with another error.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made ({error.strerror})") from None
    lock = folder / ".lock"
    with locked(lock, refusal):
        for pattern in leftovers:
            for path in folder.glob(pattern):
                path.unlink(missing_ok=True)
        try:
            yield
        except StoreError as error:  # whoever notices first, here or in a worker, has only seen a file that is missing
            if lock.exists():
                raise
            raise StoreError(f"{folder}: the folder has vanished") from error


def require_folder(path: Path) -> None:
    """Refuse a task whose folder this machine does not see.

    Raises
    ------
    StoreError
        If it is not there.
    """
    if not path.is_dir():
        raise StoreError(f"{path}: a worker does not see this folder; all of them must see the same file system")


@contextmanager
def locked(path: Path, refusal: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a file for one process at a time.

    Parameters
    ----------
    path : Path
        The file; it is made if it is not there.
    refusal : str
        What to say if somebody else has it.
    patience : float
        Seconds to wait for it.

    Raises
    ------
    StoreError
        If somebody else has it, or it cannot be made.
    """
    try:
        file = path.open("a")
    except FileNotFoundError:
        raise StoreError(f"{path.parent}: the folder has vanished") from None
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be written ({error.strerror})") from None
    deadline = time.monotonic() + patience
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreError(refusal) from None
                time.sleep(0.02)
            except OSError as error:
                raise StoreError(f"{path.parent}: cannot be locked ({error.strerror})") from None
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

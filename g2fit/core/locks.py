"""Folders and files that one process holds at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from g2fit.core.errors import StoreError

__all__ = ["claimed", "locked", "make_folder", "require_folder"]

#: Seconds between two attempts to get a lock that another process holds.
POLL = 0.02


@contextmanager
def claimed(folder: Path, leftovers: tuple[str, ...], refusal: str) -> Iterator[None]:
    """Hold a folder for one process, and remove the temporary files that killed processes have left in it.

    The folder is made if it does not exist; `leftovers` are patterns of the temporary files.

    Raises
    ------
    StoreError
        If another process holds the folder (with the text `refusal`), it cannot be written, or it vanishes before the
        block ends with another error.
    """
    make_folder(folder)
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


def make_folder(folder: Path) -> None:
    """Make a folder if it does not exist; raise a `StoreError` if that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made ({error.strerror})") from None


def require_folder(path: Path) -> None:
    """Raise a `StoreError` if this machine does not see the folder of a task."""
    if not path.is_dir():
        raise StoreError(f"{path}: a worker does not see this folder; all of them must see the same file system")


@contextmanager
def locked(path: Path, refusal: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a file for one process at a time; the lock ends with its process, however that ends.

    The file is made if it does not exist, its folder is not.

    Raises
    ------
    StoreError
        If another process holds the file for longer than `patience` seconds (with the text `refusal`), or it cannot be
        made.
    """
    try:
        path.open("a").close()
    except FileNotFoundError:
        raise StoreError(f"{path.parent}: the folder has vanished") from None
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be written ({error.strerror})") from None
    # never a lock that is only a file: it would survive its process
    lock = FileLock(path, timeout=patience, poll_interval=POLL, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(refusal) from None
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be locked ({error.strerror})") from None
    try:
        yield
    finally:
        lock.release()

"""Files that are changed in place, and after a crash are as before the change or as after it, never in between.

A change is made in four steps. What lies beyond the former end of the file is written there at once: nothing refers to
it yet. The pages of the former content that differ are collected in memory, and written to a journal, a file of its own
beside the first, which appears as a whole. Then they are written to their places, and then the journal is removed.
While there is a journal, the content of the file is what it says (`opened`), whatever a killed process has done before.
"""

import gc
import io
import os
from collections.abc import Buffer, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write, cannot_write, fingerprint_of, require_writable_place

__all__ = ["Content", "changed", "complete", "journal_of", "opened"]

#: How the name of a journal goes on after that of its file.
JOURNAL = ".journal"

#: Bytes of a page.
PAGE = 4096

#: Bytes at the beginning of a file, which disks write as a whole, by which a journal knows the file it belongs to.
SECTOR = 512


def journal_of(path: Path) -> Path:
    """Journal of a file; it exists only while the file is being changed, or if that was interrupted."""
    return path.with_name(path.name + JOURNAL)


class Change(NamedTuple):
    """New content of some pages by their number, new size, and the first bytes of the file before the change."""

    pages: Mapping[int, Buffer]
    size: int
    before: bytes

    @property
    def after(self) -> bytes:
        """First bytes of the file after the change."""
        return bytes(self.pages[0])[:SECTOR] if 0 in self.pages else self.before


class Content(io.RawIOBase):
    """Content of an open file with some of its pages replaced, as a file object.

    Writing changes no byte of the file that was there before: it replaces pages here, or adds to the end of the file.
    An error or interruption is kept in `failure` and not raised, and what is written afterwards stays in memory: HDF5,
    which reads and writes, does not survive errors.

    Parameters
    ----------
    descriptor : int
        Descriptor of the open file.
    change : Change, optional
        Pages to replace.
    """

    def __init__(self, descriptor: int, change: Change | None = None) -> None:
        self._descriptor, self._place = descriptor, 0
        self.former = os.fstat(descriptor).st_size
        self.size = self.former if change is None else change.size
        self.pages = {} if change is None else {number: bytearray(page) for number, page in change.pages.items()}
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place, and return it."""
        self._place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        return self._place

    def tell(self) -> int:
        """Present place."""
        return self._place

    def truncate(self, size: int | None = None) -> int:
        """Set the size."""
        self.size = self._place if size is None else size
        return self.size

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer from the present place."""
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self.size - self._place))
        self._guarded(self._get, view[:count], self._place)
        self._place += count
        return count

    def write(self, data: Buffer) -> int:
        """Write at the present place."""
        view = memoryview(data).cast("B")
        self._guarded(self._put, view, self._place)
        self._place += len(view)
        self.size = max(self.size, self._place)
        return len(view)

    def differing(self) -> dict[int, bytearray]:
        """Pages whose content is not that of the file: HDF5 writes whole chunks, of which most may be as before."""
        return {n: page for n, page in self.pages.items() if os.pread(self._descriptor, len(page), n * PAGE) != page}

    def _guarded(self, act: Callable[[memoryview, int], None], view: memoryview, place: int) -> None:
        try:
            act(view, place)
        except BaseException as error:  # noqa: BLE001 (an interruption, too)
            self.failure = self.failure or error.with_traceback(None)  # its frames would keep memory of HDF5
            act(view, place)  # an interruption is over, and after an error everything stays in memory

    def _get(self, view: memoryview, begin: int) -> None:
        stored = os.pread(self._descriptor, len(view), begin)
        view[: len(stored)] = stored
        view[len(stored) :] = bytes(len(view) - len(stored))
        for number, start, stop in _parts(begin, begin + len(view)):
            piece = self.pages.get(number, b"")[start - number * PAGE : stop - number * PAGE]
            view[start - begin : start - begin + len(piece)] = piece

    def _put(self, view: memoryview, begin: int) -> None:
        end = begin + len(view)
        inside = max(begin, min(end, self.former)) if self.failure is None else end
        for number, start, stop in _parts(begin, inside):
            place, page = number * PAGE, self.pages.setdefault(number, bytearray())
            if len(page) < stop - place:
                whole = min(PAGE, self.former - place) if self.failure is None else PAGE
                page += os.pread(self._descriptor, whole - len(page), place + len(page))
                page += bytes(whole - len(page))
            page[start - place : stop - place] = view[start - begin : stop - begin]
        _write_all(self._descriptor, view[inside - begin :], inside)


def _parts(start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Each page that a range of bytes touches: its number, and the first and last byte of the range in it."""
    for number in range(start // PAGE, -(-stop // PAGE) if start < stop else 0):
        yield number, max(start, number * PAGE), min(stop, (number + 1) * PAGE)


def _write_all(descriptor: int, data: memoryview | bytes, place: int) -> None:
    while len(data):
        count = os.pwrite(descriptor, data, place)
        data, place = data[count:], place + count


@contextmanager
def _descriptor(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect no garbage: when HDF5 calls `Content`, h5py must not close other objects in the middle of that call."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def opened(path: Path) -> Iterator[Path | Content]:
    """Yield what to read instead of a file: the file itself, or its content if a change of it was interrupted.

    Nothing is written, so that this works for files that cannot be changed.

    Raises
    ------
    StoreError
        If the journal is damaged, or is that of another file.
    """
    if not journal_of(path).exists():
        yield path
        return
    with _descriptor(path, os.O_RDONLY) as descriptor, _no_collection():
        yield Content(descriptor, _pending(path, descriptor))


@contextmanager
def changed(path: Path) -> Iterator[Content]:
    """Yield the content of a file to be changed; what is written to it takes effect when the block ends without error.

    The caller must hold a lock against other writers. A change that was interrupted is completed before.

    Raises
    ------
    StoreError
        If the file cannot be written, or is a symbolic link or no file; it is as before then.
    """
    require_writable_place(path)
    try:
        with _descriptor(path, os.O_RDWR) as descriptor:
            _complete(path, descriptor, _pending(path, descriptor))
            content = Content(descriptor)
            try:
                with _no_collection():
                    yield content
                if content.failure is not None:
                    raise content.failure
                os.fsync(descriptor)
                change = Change(content.differing(), content.size, os.pread(descriptor, SECTOR, 0))
                _write_journal(path, change)
            except BaseException as error:
                if not journal_of(path).exists():
                    os.ftruncate(descriptor, content.former)
                if content.failure is not None and content.failure is not error:
                    raise content.failure from None
                raise
            _complete(path, descriptor, change)
    except OSError as error:
        raise cannot_write(path, error) from error


def complete(path: Path) -> None:
    """Complete a change that was interrupted, if there is one; the caller must hold a lock against other writers.

    Raises
    ------
    StoreError
        If the file cannot be written, or the journal is damaged or that of another file.
    """
    if journal_of(path).exists():
        try:
            with _descriptor(path, os.O_RDWR) as descriptor:
                _complete(path, descriptor, _pending(path, descriptor))
        except OSError as error:
            raise cannot_write(path, error) from error


def _complete(path: Path, descriptor: int, change: Change | None) -> None:
    """Make the change that a journal describes, however much of it has been made, and remove the journal."""
    if change is None:
        return
    for number, page in change.pages.items():
        _write_all(descriptor, memoryview(page), number * PAGE)
    os.ftruncate(descriptor, change.size)
    os.fsync(descriptor)
    journal_of(path).unlink()


def _write_journal(path: Path, change: Change) -> None:
    numbers = np.array(list(change.pages), dtype=np.int64)
    lengths = np.array([len(page) for page in change.pages.values()], dtype=np.int64)  # type: ignore[arg-type]
    content = np.frombuffer(b"".join(change.pages.values()), dtype=np.uint8)
    arrays: dict[str, NDArray[Any]] = {
        "numbers": numbers,
        "lengths": lengths,
        "content": content,
        "size": np.array([change.size]),
        "before": np.frombuffer(change.before, dtype=np.uint8),
    }
    digest = _digest(arrays)
    with atomic_write(journal_of(path), new_folder=False) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays, digest=np.array(digest))  # type: ignore[arg-type]  # the stub takes the arrays for an option
    with suppress(OSError), _descriptor(path.parent, os.O_RDONLY) as folder:  # not every file system can
        os.fsync(folder)  # the journal must be there before the file changes


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    names = sorted(arrays)
    return fingerprint_of([(name, arrays[name].shape) for name in names], *(arrays[name] for name in names))


def _pending(path: Path, descriptor: int) -> Change | None:
    """Change of an open file that was interrupted, or None."""
    journal = journal_of(path)
    try:
        with journal.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        digest = str(arrays.pop("digest"))
        if digest != _digest(arrays):
            raise ValueError
        pieces = np.split(arrays["content"], np.cumsum(arrays["lengths"]))[:-1]
        pages = {int(n): piece.tobytes() for n, piece in zip(arrays["numbers"], pieces, strict=True)}
        change = Change(pages, int(arrays["size"][0]), arrays["before"].tobytes())
    except FileNotFoundError:
        return None
    except Exception:  # noqa: BLE001 (a damaged file makes its reader raise almost anything)
        raise StoreError(
            f"{journal}: cannot be read or is damaged; it belongs to {path.name}, which may be damaged without it: "
            "restore both, or move both away to start again"
        ) from None
    if os.pread(descriptor, SECTOR, 0) not in (change.before, change.after):
        raise StoreError(f"{journal}: belongs to another {path.name} than the one that is there; move it away")
    return change

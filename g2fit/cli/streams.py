"""Standard streams: text that any encoding can show, and one clear error if they cannot be written."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Buffer, Iterator
from contextlib import contextmanager

from g2fit.core.errors import InputError, StoreError

__all__ = ["require_open_files", "standard_streams"]

#: What stands for signs that an encoding lacks; any other becomes a backslash and its number.
PLAIN = {"±": "+-", "−": "-", "–": "-", "…": "...", "×": "x", "∞": "inf", "·": ".", "→": "->", "≤": "<=", "≥": ">="}

#: Number of files that must be allowed to be open: a run with a few workers has about thirty open, pipes among them.
FILES = 64

#: Exit code after the reader of a pipe has ended, as of programs which that signal ends.
READER_GONE = 128 + 13


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace signs that an encoding lacks, as a handler of errors of `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in signs), error.end


codecs.register_error("g2fit.plain", _plainly)


class _Descriptor(io.FileIO):
    """A standard stream of the process, as bytes; after an error nothing more is written to it.

    A `StoreError` says why standard output cannot be written. If its reader has ended, the process ends with
    `READER_GONE`. Messages that standard error cannot take are dropped.
    """

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())  # what is still in buffers must not fail once more
            os.close(nowhere)
            if self.fileno() == 1:
                if error.errno == errno.EPIPE:
                    sys.exit(READER_GONE)
                raise StoreError(f"standard output: cannot be written ({error.strerror})") from None
            return memoryview(data).nbytes


def _sturdy(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """The same stream with the errors of `_Descriptor`."""
    stream.flush()
    raw = _Descriptor(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="g2fit.plain",
        line_buffering=stream.line_buffering or stream is sys.__stderr__,
        write_through=stream.write_through,
    )


@contextmanager
def standard_streams() -> Iterator[None]:
    """Let the streams of this process take any text and fail clearly; those that somebody has replaced are left alone.

    Raises
    ------
    StoreError
        If standard output is closed, or what is still in its buffer cannot be written.
    """
    before = sys.stdout, sys.stderr
    if sys.__stderr__ is None:  # closed: a file that is opened must not become the place of messages
        sys.stderr = open(_occupy(2), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    elif before[1] is sys.__stderr__:
        sys.stderr = _sturdy(sys.__stderr__)
    if sys.__stdout__ is None:
        _occupy(1)
        raise StoreError("standard output is closed: let it go to a file, or to /dev/null")
    if before[0] is sys.__stdout__:
        sys.stdout = _sturdy(sys.__stdout__)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stdout, sys.stderr = before[0], before[1] or sys.stderr


def _occupy(descriptor: int) -> int:
    """Let a closed descriptor be that of the null device."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    return descriptor


def require_open_files() -> None:
    """Raise an `InputError` if fewer than `FILES` files may be open; a limit that can be raised is raised."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= FILES:
        return
    if hard != resource.RLIM_INFINITY and hard < FILES:
        raise InputError(f"only {hard} files may be open at the same time, and {FILES} are needed: ulimit -n {FILES}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))

"""The folder of what can be computed again: compiled kernels, parsed tables."""

import functools
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from g2fit.core.errors import InputError

__all__ = ["cache_root", "make_writable"]


@functools.cache
def cache_root() -> Path | None:
    """Folder of what can be computed again, such as compiled kernels; None if there is none that can be written.

    It is what the environment variable ``G2FIT_CACHE_DIR`` says; otherwise ``g2fit`` in the user's cache folder, and
    if that cannot be written a folder of this user alone in the temporary directory.

    Raises
    ------
    InputError
        If ``G2FIT_CACHE_DIR`` is set to a folder that cannot be written.
    """
    wanted = os.environ.get("G2FIT_CACHE_DIR")
    if wanted:
        try:
            return make_writable(Path(wanted))
        except OSError as error:
            raise InputError(
                f"G2FIT_CACHE_DIR = {wanted!r}: nothing can be stored there ({error.strerror}); "
                "set it to a folder that can be written, or unset it"
            ) from None
    for folder in (_user_cache, _temporary_cache):
        with suppress(OSError, RuntimeError):  # a RuntimeError says that the user has no home
            return make_writable(folder())
    return None


def _user_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "g2fit"


def _temporary_cache() -> Path:
    """Folder in the temporary directory; compiled code is loaded from it, so nobody else may write there."""
    if not hasattr(os, "getuid"):
        return Path(tempfile.gettempdir()) / "g2fit"  # on Windows the temporary directory is the user's own
    folder = Path(tempfile.gettempdir()) / f"g2fit-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder}: belongs to another user, or others may use it")
    return folder


def make_writable(folder: Path) -> Path:
    """Make a folder, and a file in it; an `OSError` says that this is not possible."""
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()
    return folder

"""Layout of the archive of a run: a ZIP file with a list of its files and their checksums."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from g2fit.core.errors import StoreError, one_line
from g2fit.core.files import refuse_special

__all__ = ["BLOCK", "FORMAT", "LISTING", "RUN", "checksum", "opened", "reading", "require_safe"]

#: Version of the layout.
FORMAT = 1

#: Name of the list of files, and of the folder of the run, in the archive.
LISTING, RUN = "archive.json", "run"

#: Bytes that are read at once.
BLOCK = 1 << 20

#: Most files of an archive, and most bytes of its list.
MOST_FILES, MOST_LISTING = 10_000, 10_000_000


def checksum(stream: IO[bytes]) -> tuple[str, int]:
    """SHA-256 of a stream, and its length in bytes."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """Open an archive and read its list of files; names and kinds of all members are checked.

    Raises
    ------
    StoreError
        If it is damaged, is not an archive of this program, or has a member that should not be there.
    """
    refuse_special(path, StoreError)
    with ExitStack() as stack:
        with reading(path):
            archive = stack.enter_context(zipfile.ZipFile(path))
            content = _listing(path, archive)
        yield archive, content


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every error of a block that reads an archive into a `StoreError` about the archive."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror or one_line(error)})") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise StoreError(f"{path}: is damaged, or not an archive of a run ({one_line(error)})") from None
    except Exception as error:  # noqa: BLE001 (damaged compressed data make zlib raise an error of its own)
        raise StoreError(f"{path}: is damaged ({one_line(error)})") from None


def _listing(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise StoreError(f"{path}: has {len(members)} members, more than {MOST_FILES}")
    names = [member.filename for member in members]
    for member in members:
        require_safe(path, member.filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir() or kind not in (0, stat.S_IFREG):
            raise StoreError(f"{path}: {member.filename!r} is not a plain file")
    if len({name.casefold() for name in names}) < len(names):
        raise StoreError(f"{path}: two members have the same name")
    if LISTING not in names or archive.getinfo(LISTING).file_size > MOST_LISTING:
        raise StoreError(f"{path}: has no {LISTING}: it is not an archive of a run")
    content: dict[str, Any] = json.loads(archive.read(LISTING))
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict) or content.get("format") != FORMAT:
        raise StoreError(f"{path}: {LISTING} is not of this version of g2fit")
    if differing := sorted({*files, LISTING} ^ set(names)):
        raise StoreError(f"{path}: {differing[0]!r} is not both in the list and in the archive")
    for name, entry in files.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("bytes"), int) or "sha256" not in entry:
            raise StoreError(f"{path}: {LISTING}: files.{name} has no checksum and length")
        if archive.getinfo(name).file_size != entry["bytes"]:
            raise StoreError(f"{path}: {name} has {archive.getinfo(name).file_size} bytes, listed are {entry['bytes']}")
    return content


def require_safe(path: Path, name: str) -> None:
    """Refuse a name that could lead out of the folder in which an archive is unpacked."""
    parts = PurePosixPath(name).parts
    safe = name.isprintable() and name == "/".join(parts) and not any(character in name for character in "\\:")
    if not safe or not parts or parts[0] == "/" or any(part in ("..", ".") for part in parts):
        raise StoreError(f"{path}: the name {name!r} is not a plain path below the archive")

"""JSON files with a checksum of their content, and digests of files: what was changed or damaged is found."""

import hashlib
import json
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from g2fit.core.errors import StoreError
from g2fit.core.files import fingerprint_of, finite, refuse_special, write_json

__all__ = ["digest_of_file", "read_sealed", "require_digest", "write_sealed"]

#: Key of the checksum, which covers all other keys.
CHECKSUM = "checksum"


def write_sealed(path: Path, data: Mapping[str, Any]) -> None:
    """Write plain data to `path` as JSON, with a checksum, as `g2fit.core.files.write_json` does."""
    content = finite({key: value for key, value in data.items() if key != CHECKSUM})
    write_json(path, {**content, CHECKSUM: fingerprint_of(content)})


def read_sealed(path: Path, remedy: str, *, former: Container[Any] = ()) -> dict[str, Any]:
    """Content of a file that `write_sealed` wrote, without the checksum.

    Parameters
    ----------
    path : Path
        The file.
    remedy : str
        What to do if it is damaged, for the message.
    former : container
        Values of ``format``, None if there is none, of former versions that wrote no checksum.

    Raises
    ------
    StoreError
        If it cannot be read, is no JSON, or its content is not what was written.
    """
    refuse_special(path, StoreError)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise StoreError(f"{path}: is not valid JSON, it is damaged; {remedy}") from None
    if not isinstance(data, dict):
        raise StoreError(f"{path}: is not a file of this program; {remedy}")
    if CHECKSUM not in data and data.get("format") in former:
        return data
    if data.pop(CHECKSUM, None) != fingerprint_of(data):
        raise StoreError(f"{path}: its content is not what was written, it was changed or is damaged; {remedy}")
    return data


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    refuse_special(path, StoreError)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None


def require_digest(path: Path, digests: Any, remedy: str) -> None:
    """Raise a `StoreError` unless a file has one of these digests; `remedy` says what to do."""
    if digest_of_file(path) not in (digests if isinstance(digests, list) else [digests]):
        raise StoreError(f"{path}: its content is not what was written, it was changed or is damaged; {remedy}")

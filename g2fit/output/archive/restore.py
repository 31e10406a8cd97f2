"""Restoring the archive of a run, and verifying that this version of g2fit gives the same densities."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np

from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.files import cannot_write, refuse_special
from g2fit.core.locks import make_folder
from g2fit.core.same_densities import same_densities
from g2fit.output.archive.contents import BLOCK, RUN, checksum, opened, reading
from g2fit.posterior import Posterior
from g2fit.results import Result

__all__ = ["restore_archive", "verified"]

#: Draws whose densities are computed again.
DRAWS = 256


def restore_archive(file: str | Path, out: str | Path | None = None, *, sha256: str | None = None) -> dict[str, Any]:
    """Unpack an archive into a run folder and verify it.

    Parameters
    ----------
    file : path
        The archive.
    out : path, optional
        Run folder to make; by default it has the name that it had, in the working folder. It must not exist.
    sha256 : str, optional
        Checksum that the whole file must have, as it was published.

    Returns
    -------
    dict
        ``run``, number of ``files``, and ``checks``: for card, data and densities whether they agree with what this
        version computes, and a text.

    Raises
    ------
    StoreError
        If the archive is damaged or was changed, has links or names that lead elsewhere, or the folder exists. Nothing
        is left behind then.
    """
    path = Path(file)
    if sha256 is not None:
        _require_sum(path, sha256)
    with opened(path) as (archive, content):
        name = content.get("run")
        named = isinstance(name, str) and name.isprintable() and Path(name).name == name not in ("", ".", "..")
        if out is None and not named:
            raise StoreError(f"{path}: names no run; say where to restore it (--out)")
        target = Path(out if out is not None else str(name))
        try:
            if target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise StoreError(f"{target}: exists already; choose another folder (--out)")
            _unpack(path, archive, content["files"], target)
        except OSError as error:
            raise cannot_write(target, error) from None
    return {"run": str(target), "files": len(content["files"]), "checks": verified(target)}


def _require_sum(path: Path, wanted: str) -> None:
    refuse_special(path, StoreError)
    try:
        with path.open("rb") as stream:
            found, _ = checksum(stream)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    if found != wanted.strip().lower():
        raise StoreError(f"{path}: has the SHA-256 {found}, not {wanted}")


def _unpack(path: Path, archive: zipfile.ZipFile, files: Mapping[str, dict[str, Any]], target: Path) -> None:
    """Write all files of an archive into a new folder, which is there at once or not at all."""
    make_folder(target.absolute().parent)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.absolute().parent) as scratch:
        for member, entry in files.items():
            _extract(path, archive, member, entry, Path(scratch))
        if not (Path(scratch) / RUN / "result.nc").is_file():
            raise StoreError(f"{path}: has no {RUN}/result.nc")
        for member in files:
            if not member.startswith(f"{RUN}/"):
                place = Path(scratch) / RUN / "archive" / member
                place.parent.mkdir(parents=True, exist_ok=True)
                (Path(scratch) / member).replace(place)
        if target.exists():
            target.rmdir()
        shutil.move(Path(scratch) / RUN, target)


def _extract(path: Path, archive: zipfile.ZipFile, name: str, entry: dict[str, Any], scratch: Path) -> None:
    """Write one member below a folder, and compare its length and checksum with the list."""
    place = scratch / name
    place.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), int(entry["bytes"])
    with ExitStack() as stack:
        target = stack.enter_context(place.open("wb"))
        with reading(path):
            source = stack.enter_context(archive.open(name))
        while block := _block(path, source, left + 1):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            target.write(block)
    if left != 0 or digest.hexdigest() != entry["sha256"]:
        raise StoreError(f"{path}: {name} was changed or is damaged: its checksum is not the listed one")


def _block(path: Path, source: IO[bytes], most: int) -> bytes:
    """Next bytes of a member, at most so many."""
    with reading(path):
        return source.read(min(BLOCK, most))


def verified(run: str | Path) -> dict[str, dict[str, Any]]:
    """Compare a restored run with what this version computes: card, data, and densities of some of its draws."""
    checks: dict[str, dict[str, Any]] = {}
    try:
        result = Result(run)
        card = result.card
        posterior = Posterior(card)
    except G2fitError as error:
        return {"card": {"agrees": False, "text": f"this version cannot read it ({error})"}}
    manifest = result.folder.manifest()
    for key, name, found in (
        ("card", "fingerprint", card.fingerprint()),
        ("data", "data_fingerprint", card.dataset.fingerprint),
    ):
        same = manifest.get(name) == found == result.manifest.get(name)
        checks[key] = {"agrees": same, "text": "fingerprint agrees" if same else "has another fingerprint here"}
    again, stored = result.densities(posterior, DRAWS)
    with np.errstate(invalid="ignore"):
        largest = float(np.max(np.abs(again - stored)))
    text = f"log densities of {len(stored)} draws computed again: largest difference {largest:.1e}"
    checks["densities"] = {"agrees": same_densities(again, stored), "text": text}
    return checks

"""The manifest of a run folder: which card, data and code its numbers belong to, and digests of its files."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from g2fit.core.aliases import current_identity
from g2fit.core.errors import StoreError
from g2fit.core.files import fingerprint_of
from g2fit.core.fingerprint import package_stamp, refuse_other_code
from g2fit.core.sealed import read_sealed, require_digest
from g2fit.core.versions import versions

__all__ = [
    "CARD", "FILES", "MANIFEST", "key_of", "manifest_of", "read_manifest", "require_card", "require_card_file",
    "require_card_of_folder", "require_code", "same_run",
]  # fmt: skip

#: File of the manifest, and file of the resolved card, in a run folder.
MANIFEST, CARD = "manifest.json", "card.yaml"

#: Version of the layout of run folders; raised when older folders can no longer be continued. Those before 2 do not
#: say by which code they were made, and have no checksums.
FORMAT = 2

#: Entry of the manifest with the digests of files, which changes as files are finished.
FILES = "files"

#: What to do about a folder of something else.
ELSEWHERE = "Choose another output folder (--out) or remove this one."


class Card(Protocol):
    """What a manifest records of a card, see `g2fit.card.Card`."""

    @property
    def model_name(self) -> str:
        """Name of the model."""

    @property
    def dataset(self) -> Any:
        """The data."""

    @property
    def sampler(self) -> Any:
        """Settings of the sampler."""

    def fingerprint(self) -> str:
        """Hash of all that determines the chains."""

    def identity(self) -> dict[str, Any]:
        """The same as a flat dictionary."""

    def code(self, *modules: str) -> dict[str, str]:
        """Hash of each part of the code."""

    def to_yaml(self) -> str:
        """The resolved card."""


def manifest_of(card: Card) -> dict[str, Any]:
    """Manifest of a new run of a card."""
    return {
        "format": FORMAT,
        "fingerprint": card.fingerprint(),
        "card": card.identity(),
        "model": card.model_name,
        "seed": card.sampler.seed,
        "calls": card.sampler.calls,
        "vintage": card.dataset.vintage,
        "entries": list(card.dataset.entry_ids),
        "data_fingerprint": card.dataset.fingerprint,
        "code": card.code(),
        "package": package_stamp(),
        "versions": versions(),
        "platform": platform.platform(),
        FILES: {CARD: hashlib.sha256(card.to_yaml().encode()).hexdigest()},
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run folder.

    Raises
    ------
    StoreError
        If it is missing, damaged or not a manifest.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise StoreError(f"{path}: does not exist; is {folder} a run folder?")
    data = read_sealed(path, "the run cannot be continued without it", former=(1,))
    wanted = {"fingerprint": str, "data_fingerprint": str, "card": dict}
    if data.get("format") not in range(1, FORMAT + 1) or not all(isinstance(data.get(k), t) for k, t in wanted.items()):
        raise StoreError(f"{path}: is not a file of this program")
    return data


def key_of(manifest: Mapping[str, Any]) -> str | None:
    """Fingerprint of card, data and code, by which the files of a run are known; None for one of a former version."""
    parts = [manifest.get(name) for name in ("fingerprint", "data_fingerprint", "code")]
    return None if parts[-1] is None else fingerprint_of(parts)


def require_card(manifest: Mapping[str, Any], card: Card, what: str, remedy: str = ELSEWHERE) -> None:
    """Raise a `StoreError` that names the keys that differ, unless a manifest is of this card and its data."""
    if manifest["fingerprint"] == card.fingerprint() and manifest["data_fingerprint"] == card.dataset.fingerprint:
        return
    old, new = current_identity(manifest["card"]), card.identity()
    differences = [
        f"{key}: {old.get(key, 'absent')!r} there, {new.get(key, 'absent')!r} here"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    if manifest["data_fingerprint"] != card.dataset.fingerprint:
        differences.append("the measurements themselves")
    raise StoreError(f"{what}; these keys differ: {'; '.join(differences or ['format'])}. {remedy}")


def require_code(manifest: Mapping[str, Any], card: Card, folder: Path) -> None:
    """Raise a `StoreError` that names the parts that differ, unless a run was made by the code of this process."""
    remedy = "choose another output folder (--out), remove this one, or restore that code"
    refuse_other_code(manifest.get("code"), card.code(), f"{folder}: this run", remedy)


def same_run(manifest: Mapping[str, Any], other: Any) -> bool:
    """Whether two manifests are of the same run, whichever of its files were finished."""
    own = {key: value for key, value in manifest.items() if key != FILES}
    return isinstance(other, dict) and own == {key: value for key, value in other.items() if key != FILES}


def require_card_file(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise a `StoreError` if the resolved card in a run folder is not the one that its run began with."""
    digest = manifest.get(FILES, {}).get(CARD)
    if digest is not None:
        remedy = "undo the change, or run a copy of the changed card elsewhere"
        require_digest(folder / CARD, digest, remedy)


def require_card_of_folder(folder: Path, card: Card) -> None:
    """Raise a `StoreError` if the card that was read from a run folder is not the one that its run began with."""
    if (folder / MANIFEST).exists():
        manifest = read_manifest(folder)
        require_card_file(folder, manifest)
        remedy = "Undo the change, or run a copy of the changed card elsewhere."
        require_card(manifest, card, f"{folder / CARD}: was changed after its run, or g2fit's data were", remedy)

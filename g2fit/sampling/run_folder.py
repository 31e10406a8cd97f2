"""The folder of a run: card, manifest, chains, status and result, each file written atomically."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Buffer, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write, refuse_special, write_json, write_text
from g2fit.core.locks import claimed, make_folder
from g2fit.core.manifest import (
    CARD,
    FILES,
    MANIFEST,
    key_of,
    manifest_of,
    read_manifest,
    require_card,
    require_card_file,
    require_code,
)
from g2fit.core.sealed import digest_of_file, require_digest, write_sealed
from g2fit.core.versions import versions

if TYPE_CHECKING:
    from g2fit.card import Card
    from g2fit.sampling.chain_file import ChainFile
    from g2fit.sampling.exploration import Exploration
    from g2fit.sampling.further import Further

__all__ = ["FURTHER", "JOURNAL", "RunFolder"]

_log = logging.getLogger(__name__)

#: Packages whose version may change the last digits of a result.
COMPUTE = ("numpy", "numba")

#: Journals of the evaluations of the exploration, and of further draws of its mixtures.
JOURNAL, FURTHER = ".evaluations-exploration", ".evaluations-further"

#: Names of files that a run writes.
OWN = (
    "card.yaml", "status.json", "result.nc", "exploration.npz", "further-draws.npz", "ensemble-*.h5*", "evidence.json",
    "best-fit.json",
)  # fmt: skip

#: Temporary files of a run that was killed while it wrote them.
LEFTOVERS = (
    ".ensemble-*.h5", ".ensemble-*.journal", ".further-draws-*.npz", ".status-*.json", ".manifest-*.json",
    ".result-*.nc", ".card-*.yaml", ".board-*",
)  # fmt: skip


class RunFolder:
    """The folder of one run; it need not exist yet."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def result_path(self) -> Path:
        """``result.nc``."""
        return self.path / "result.nc"

    @property
    def board(self) -> Path:
        """File of the task board, through which a run and its workers communicate."""
        return self.path / ".board"

    @property
    def figures(self) -> Path:
        """Folder ``figures``."""
        return self.path / "figures"

    @property
    def exploration(self) -> Path:
        """File of what the exploration found before the ensembles began."""
        return self.path / "exploration.npz"

    @property
    def journals(self) -> tuple[Path, Path]:
        """Files of the evaluations that weighted draws are made of, where these are expensive."""
        return self.path / JOURNAL, self.path / FURTHER

    @property
    def further(self) -> Path:
        """File of further draws of the mixtures of the exploration."""
        return self.path / "further-draws.npz"

    def load_further(self) -> Further | None:
        """Return further draws of the mixtures of the exploration; None if there are none."""
        from g2fit.sampling.further import Further

        if not self.further.exists():
            return None
        found = Further.load(self.further, self.key or "")
        self.require_undamaged(self.further, "remove it, and `g2fit run` of the card makes these draws again")
        return found

    def load_weighted(self) -> Exploration | None:
        """Return the exploration with all further draws of its mixtures; None if there was none."""
        from g2fit.sampling.further import extended

        found = self.load_exploration()
        return None if found is None else extended(found, self.load_further())

    def load_exploration(self) -> Exploration | None:
        """Return what the exploration found; None if there was none."""
        from g2fit.sampling.exploration import Exploration

        if not self.exploration.exists():
            return None
        found = Exploration.load(self.exploration, self.key)
        self.require_undamaged(self.exploration, "to go on, remove the folder and run the card again")
        return found

    def record(self, path: Path) -> None:
        """Put the digest of a file that was just finished, and will not change, into the manifest."""
        manifest = self.manifest()
        files = {**manifest.get(FILES, {}), path.name: digest_of_file(path)}
        write_sealed(self.path / MANIFEST, manifest | {FILES: files})

    def calls(self) -> str | None:
        """Whether the run makes ``few`` or ``many`` evaluations; None if there is no run yet."""
        if not (self.path / MANIFEST).exists():
            return None
        return str(self.manifest().get("calls", "many"))

    def chain(self, index: int) -> ChainFile:
        """Return the chain of an ensemble."""
        from g2fit.sampling.chain_file import ChainFile  # emcee takes long to import, and most readers need no chain

        return ChainFile(self.path / f"ensemble-{index}.h5", self.key if (self.path / MANIFEST).exists() else None)

    @property
    def key(self) -> str | None:
        """Fingerprint of card, data and code, which every file of the run carries; None for a former version's run."""
        return key_of(self.manifest())

    def open(self, card: Card, *, force: bool = False) -> bool:
        """Create the folder for a card, or check that it holds a run of this card, and return whether it does.

        The folder must be locked, see `lock`. Files that are there, and not of a run, are replaced only by `force`.

        Raises
        ------
        StoreError
            If the folder cannot be written, holds files of the user, or a run of another card or code; the message
            names what differs.
        """
        make_folder(self.path)
        if (self.path / MANIFEST).exists():
            manifest = self.manifest()
            require_card(manifest, card, f"{self.path}: belongs to another card")
            require_code(manifest, card, self.path)
            if not (self.path / CARD).exists():  # killed before it was written
                write_text(self.path / CARD, card.to_yaml())
            require_card_file(self.path, manifest)
            warn_of_versions(manifest, self.path)
            return True
        if not force:
            self.require_free()
        write_sealed(self.path / MANIFEST, manifest_of(card))
        write_text(self.path / CARD, card.to_yaml())
        return False

    def require_free(self) -> None:
        """Raise a `StoreError` if the folder has no manifest, but files that a run would replace."""
        if (self.path / MANIFEST).exists():
            return
        strangers = sorted(p.name for pattern in OWN for p in self.path.glob(pattern))
        if strangers:
            raise StoreError(
                f"{self.path}: holds {strangers[0]} but no {MANIFEST}: it is not the folder of a run; choose another "
                "output folder (--out), or move that file away (`g2fit run --force` replaces it)"
            )

    def manifest(self) -> dict[str, Any]:
        """Return the manifest: card, data, code, seed and versions of the run, and digests of finished files."""
        return read_manifest(self.path)

    def write_finished(self, path: Path, content: Buffer) -> None:
        """Write a finished file atomically, with its digest in the manifest.

        The manifest is written before, with the digests of both contents, so that neither is taken for damaged.
        """
        before = self.manifest()
        old = before.get(FILES, {}).get(path.name)
        new = hashlib.sha256(content).hexdigest()
        known = old if isinstance(old, list) else [old] if old else []
        for digests in ([*dict.fromkeys([*known, new])], new):
            write_sealed(self.path / MANIFEST, before | {FILES: {**before.get(FILES, {}), path.name: digests}})
            if isinstance(digests, list):
                with atomic_write(path, new_folder=False) as temporary:
                    temporary.write_bytes(content)

    def require_undamaged(self, path: Path, remedy: str) -> None:
        """Raise a `StoreError`, which ends with what to do, if a finished file is not what was written."""
        digests = self.manifest().get(FILES, {}).get(path.name)
        if digests is not None:
            require_digest(path, digests, remedy)

    def status(self) -> dict[str, Any]:
        """Return the progress of the run; ``{}`` if it has not started."""
        if not (self.path / "status.json").exists():
            return {}
        return self._read_json("status.json")

    def status_or_fail(self) -> dict[str, Any]:
        """Return the progress of the run; refuse a folder that is not a run folder."""
        status = self.status()
        if not status:
            raise StoreError(f"{self.path}: has no status.json; is it a run folder?")
        return status

    def elapsed(self) -> float:
        """Seconds that the run has taken so far, as ``status.json`` says; 0 if it is missing or damaged."""
        try:
            seconds = float(self.status().get("elapsed_seconds") or 0.0)
        except (StoreError, TypeError, ValueError):
            return 0.0
        return seconds if 0.0 <= seconds < math.inf else 0.0

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Replace ``status.json``; refuse to create a folder that was removed."""
        write_json(self.path / "status.json", status, new_folder=False)

    def _read_json(self, name: str) -> dict[str, Any]:
        path = self.path / name
        refuse_special(path, StoreError)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise StoreError(f"{path}: cannot be read ({error.strerror}); is {self.path} a run folder?") from None
        except ValueError:
            raise StoreError(f"{path}: is not valid JSON") from None
        if not isinstance(data, dict):
            raise StoreError(f"{path}: is not a file of this program")
        return data

    def lock(self) -> AbstractContextManager[None]:
        """Return a context manager that locks the folder, for one run at a time."""
        return claimed(self.path, LEFTOVERS, f"{self.path}: another run is using this folder; see `g2fit status`")


def warn_of_versions(manifest: Mapping[str, Any], folder: Path) -> None:
    """Note that a run goes on with other versions of numpy or numba: its chains may differ in the last digits."""
    there, here = manifest.get("versions", {}), versions()
    changed = [f"{name} {there.get(name)}, now {here[name]}" for name in COMPUTE if there.get(name) != here[name]]
    if changed:
        _log.info(f"{folder}: was begun with {', '.join(changed)}")

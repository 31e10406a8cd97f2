"""The folder of a run: card, manifest, chains, status and result, each file written atomically."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g2fit.core.aliases import current_identity
from g2fit.core.errors import StoreError
from g2fit.core.files import write_json, write_text
from g2fit.core.locks import claimed, make_folder
from g2fit.core.versions import versions

if TYPE_CHECKING:
    from g2fit.card import Card
    from g2fit.sampling.chain_file import ChainFile

__all__ = ["RunFolder"]

#: Version of the layout of run folders; raised when older folders can no longer be continued.
FORMAT = 1

#: Temporary files of a run that was killed while it wrote them.
LEFTOVERS = (".ensemble-*.h5", ".status-*.json", ".manifest-*.json", ".result-*.nc", ".card-*.yaml", ".board-*")


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

    def calls(self) -> str | None:
        """Whether the run makes ``few`` or ``many`` evaluations; None if there is no run yet."""
        if not (self.path / "manifest.json").exists():
            return None
        return str(self.manifest().get("calls", "many"))

    def chain(self, index: int) -> ChainFile:
        """Return the chain of an ensemble."""
        from g2fit.sampling.chain_file import ChainFile  # emcee takes long to import, and most readers need no chain

        return ChainFile(self.path / f"ensemble-{index}.h5")

    def open(self, card: Card) -> bool:
        """Create the folder for a card, or check that it holds a run of this card, and return whether it does.

        Raises
        ------
        StoreError
            If the folder cannot be written or holds a run of another card; the message names the keys that differ.
        """
        make_folder(self.path)
        if (self.path / "manifest.json").exists():
            self._check(card)
            return True
        strangers = sorted(p.name for p in self.path.glob("ensemble-*.h5"))
        if strangers:
            raise StoreError(f"{self.path}: holds {strangers[0]} but no manifest.json; choose another output folder")
        write_text(self.path / "card.yaml", card.to_yaml())
        write_json(self.path / "manifest.json", self._new_manifest(card))
        return False

    def _new_manifest(self, card: Card) -> dict[str, Any]:
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
            "versions": versions(),
            "platform": platform.platform(),
        }

    def _check(self, card: Card) -> None:
        manifest = self.manifest()
        if manifest["fingerprint"] == card.fingerprint():
            return
        old, new = current_identity(manifest.get("card", {})), card.identity()
        differences = [
            f"{key}: {old.get(key, 'absent')!r} there, {new.get(key, 'absent')!r} here"
            for key in sorted({*old, *new})
            if old.get(key) != new.get(key)
        ]
        if manifest.get("data_fingerprint") != card.dataset.fingerprint:
            differences.append("the measurements themselves")
        raise StoreError(
            f"{self.path}: belongs to another card; these keys differ: " + "; ".join(differences or ["format"]) + ". "
            "Choose another output folder (--out) or remove this one."
        )

    def manifest(self) -> dict[str, Any]:
        """Return the manifest: card, data, seed and versions of the run."""
        return self._read_json("manifest.json", required=("format", "fingerprint"))

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

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Replace ``status.json``; refuse to create a folder that was removed."""
        if not self.path.is_dir():
            raise StoreError(f"{self.path}: the folder has vanished")
        write_json(self.path / "status.json", status)

    def _read_json(self, name: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
        path = self.path / name
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise StoreError(f"{path}: cannot be read ({error.strerror}); is {self.path} a run folder?") from None
        except ValueError:
            raise StoreError(f"{path}: is not valid JSON") from None
        if not isinstance(data, dict) or not all(key in data for key in required):
            raise StoreError(f"{path}: is not a file of this program")
        return data

    def lock(self) -> AbstractContextManager[None]:
        """Return a context manager that locks the folder, for one run at a time."""
        return claimed(self.path, LEFTOVERS, f"{self.path}: another run is using this folder; see `g2fit status`")

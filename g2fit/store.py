"""A run folder: card, manifest, chains, status and result, each written so that no reader sees half of it."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np
from numpy.typing import NDArray

from g2fit.card import Card
from g2fit.errors import G2fitError, StoreError
from g2fit.mixture import GaussianMixture
from g2fit.netcdf import one_line
from g2fit.yamlio import atomic_write, write_text

__all__ = [
    "Block", "ChainFile", "ChainMovedError", "ChainState", "Proposal", "RunFolder", "claimed", "require_folder",
    "versions",
]  # fmt: skip

FloatArray = NDArray[np.float64]

#: Layout of the run folder; raised when old folders can no longer be continued.
FORMAT = 1

#: Packages whose versions a manifest records.
PACKAGES = ("g2fit", "numpy", "scipy", "numba", "emcee", "arviz", "xarray", "h5py", "pydantic", "ruamel.yaml")

#: Steps in one chunk of a chain file: long enough for quick reading, short enough for a small file.
CHUNK = 64

#: Temporary files that a run leaves behind when it is killed while it writes.
LEFTOVERS = (".ensemble-*.h5", ".status-*.json", ".manifest-*.json", ".result-*.nc", ".card-*.yaml", ".board-*")


class ChainMovedError(StoreError):
    """A chain is no longer as long as it was when its last state was read: another worker has saved steps of it."""


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of what it stands on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


@dataclass(frozen=True)
class ChainState:
    """Where an ensemble stands: enough to continue it bit for bit."""

    steps: int
    coords: FloatArray
    log_prob: FloatArray
    random_state: tuple[Any, ...]


@dataclass(frozen=True)
class Block:
    """Some steps of an ensemble.

    Attributes
    ----------
    chain : (steps, walkers, D) array
        Walkers in the sampler's coordinates.
    log_prob : (steps, walkers) array
        Their log densities.
    accepted : (walkers,) array
        Accepted proposals of each walker, in steps.
    random_state : tuple
        State of emcee's random numbers after the last step.
    reasons : array of int
        How many evaluations had each reason code.
    """

    chain: FloatArray
    log_prob: FloatArray
    accepted: FloatArray
    random_state: tuple[Any, ...]
    reasons: NDArray[np.int64]


@dataclass(frozen=True)
class Proposal:
    """A mixture, its efficiency as an importance density, and the efficiencies of the warm-up's rounds."""

    mixture: GaussianMixture
    efficiency: float
    rounds: tuple[float, ...]


class ChainFile:
    """One ensemble's chain in the layout of `emcee.backends.HDFBackend`, replaced as a whole at each checkpoint.

    A process that dies while writing leaves the previous file: a block is added to a copy, which is then renamed.

    Parameters
    ----------
    path : Path
        The HDF5 file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: int | None = None  # length when the state was read, and after each block

    @contextmanager
    def _open(self) -> Iterator[h5py.Group]:
        try:
            with h5py.File(self.path, "r") as file:
                if "mcmc" not in file or "iteration" not in file["mcmc"].attrs:
                    raise StoreError(f"{self.path}: is not a chain of this program; move it away to start again")
                yield file["mcmc"]
        except G2fitError:
            raise
        except Exception as error:  # noqa: BLE001 (a damaged file makes HDF5 raise almost anything)
            raise StoreError(
                f"{self.path}: cannot be read, it is damaged, truncated or not HDF5 ({one_line(error)}); "
                "move it away to start again"
            ) from None

    @property
    def steps(self) -> int:
        """Number of stored steps; 0 if there is no file yet."""
        if not self.path.exists():
            return 0
        with self._open() as group:
            return int(group.attrs["iteration"])

    def state(self) -> ChainState | None:
        """Last stored step and state of the random numbers, or None if there is no file."""
        self._known = 0
        if not self.path.exists():
            return None
        with self._open() as group:
            steps = int(group.attrs["iteration"])
            self._known = steps
            random_state = tuple(group.attrs[f"random_state_{i}"] for i in range(5))
            return ChainState(steps, group["chain"][steps - 1], group["log_prob"][steps - 1], _plain(random_state))

    def read(self, name: str, start: int, stop: int, thin: int = 1) -> FloatArray:
        """Read ``chain`` (steps, walkers, D) or ``log_prob`` (steps, walkers), steps ``start:stop:thin``."""
        with self._open() as group:
            if stop > int(group.attrs["iteration"]):
                raise StoreError(f"{self.path}: has {group.attrs['iteration']} steps, {stop} are asked for")
            blocks = []
            for first in range(start, stop, CHUNK * 16):
                offset = -(first - start) % thin
                last = min(first + CHUNK * 16, stop)
                blocks.append(group[name][first:last][offset::thin].copy())  # not a view, which would keep all
        return np.concatenate(blocks) if blocks else np.empty((0,))

    def accepted(self) -> FloatArray:
        """Accepted proposals of each walker."""
        with self._open() as group:
            return np.asarray(group["accepted"][...])

    def reasons(self) -> NDArray[np.int64]:
        """Evaluations with each reason code."""
        with self._open() as group:
            return np.asarray(group.attrs["reasons"])

    def proposal(self) -> Proposal | None:
        """The mixture that the ensemble proposes from, if it has one."""
        with self._open() as group:
            if "proposal" not in group:
                return None
            part = group["proposal"]
            mixture = GaussianMixture(*(part[name][...] for name in ("weights", "means", "roots")))
            return Proposal(mixture, float(part.attrs["efficiency"]), tuple(map(float, part.attrs["rounds"])))

    def append(self, block: Block, proposal: Proposal | None = None) -> None:
        """Add a block of steps; `proposal` is stored with the first.

        Raises
        ------
        ChainMovedError
            If the file has not the length that it had when `state` was read: the block belongs elsewhere.
        StoreError
            If the file cannot be written; the one that is there stays as it is.
        """
        with locked(self.path.parent / f".lock-{self.path.stem}", f"{self.path}: another worker is writing it", 60.0):
            before = self.steps
            if self._known is not None and before != self._known:
                raise ChainMovedError(f"{self.path}: has {before} steps, not {self._known}")
            with atomic_write(self.path) as temporary:
                if before:
                    shutil.copyfile(self.path, temporary)
                reserve(temporary, _room(block))
                if not before:
                    temporary.unlink()
                with h5py.File(temporary, "a", libver="latest") as file:
                    _extend(file, block, proposal)
        self._known = before + len(block.chain)


def _room(block: Block) -> int:
    """Bytes that a block may take: whole chunks of the file, and what describes them."""
    chunks = len(block.chain) // CHUNK + 2
    walkers, dimension = block.chain.shape[1:]
    return int(8 * CHUNK * chunks * walkers * (dimension + 1) + 200_000)


def reserve(path: Path, more: int) -> None:
    """Let a file have room to grow, or fail before anything is written.

    HDF5 does not survive a disk that becomes full while it writes: the process crashes later.

    Raises
    ------
    OSError
        If there is no room.
    """
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), more)


def _extend(file: h5py.File, block: Block, proposal: Proposal | None) -> None:
    group = file["mcmc"] if "mcmc" in file else _new_group(file, block, proposal)
    before = int(group.attrs["iteration"])
    after = before + len(block.chain)
    for name, values in (("chain", block.chain), ("log_prob", block.log_prob)):
        group[name].resize(after, axis=0)
        group[name][before:after] = values
    group["accepted"][...] += block.accepted
    group.attrs["reasons"] = block.reasons + group.attrs.get("reasons", 0)
    for i, part in enumerate(block.random_state):
        group.attrs[f"random_state_{i}"] = part
    group.attrs["iteration"] = after


def _new_group(file: h5py.File, block: Block, proposal: Proposal | None) -> h5py.Group:
    walkers, dimension = block.chain.shape[1:]
    group = file.create_group("mcmc")
    group.attrs.update(version=emcee.__version__, nwalkers=walkers, ndim=dimension, has_blobs=False, iteration=0)
    group.create_dataset("accepted", data=np.zeros(walkers))
    for name, shape in (("chain", (walkers, dimension)), ("log_prob", (walkers,))):
        group.create_dataset(name, (0, *shape), maxshape=(None, *shape), dtype=np.float64, chunks=(CHUNK, *shape))
    if proposal is not None:
        part = group.create_group("proposal")
        for name in ("weights", "means", "roots"):
            part.create_dataset(name, data=getattr(proposal.mixture, name))
        part.attrs.update(efficiency=proposal.efficiency, rounds=proposal.rounds)
    return group


def _plain(random_state: tuple[Any, ...]) -> tuple[Any, ...]:
    name, keys, position, has_gauss, gauss = random_state
    return str(name), np.asarray(keys, dtype=np.uint32), int(position), int(has_gauss), float(gauss)


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path : path
        The folder; it need not exist yet.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def result_path(self) -> Path:
        """``result.nc``."""
        return self.path / "result.nc"

    @property
    def board(self) -> Path:
        """File through which a run and its workers know of each other."""
        return self.path / ".board"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.path / "figures"

    def chain(self, index: int) -> ChainFile:
        """Chain of ensemble `index`."""
        return ChainFile(self.path / f"ensemble-{index}.h5")

    def open(self, card: Card) -> bool:
        """Make the folder for `card`, or check that it belongs to it.

        Returns
        -------
        bool
            Whether there was a run of this card already.

        Raises
        ------
        StoreError
            If the folder holds a run of another card (the keys that differ are named) or cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be made ({error.strerror})") from None
        if (self.path / "manifest.json").exists():
            self._check(card)
            return True
        strangers = sorted(p.name for p in self.path.glob("ensemble-*.h5"))
        if strangers:
            raise StoreError(f"{self.path}: holds {strangers[0]} but no manifest.json; choose another output folder")
        write_text(self.path / "card.yaml", card.to_yaml())
        self._write_json("manifest.json", self._new_manifest(card))
        return False

    def _new_manifest(self, card: Card) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "fingerprint": card.fingerprint(),
            "card": card.identity(),
            "model": card.model_name,
            "seed": card.sampler.seed,
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
        old, new = manifest.get("card", {}), card.identity()
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
        """What was run, with which versions, data and seed."""
        return self._read_json("manifest.json", required=("format", "fingerprint"))

    def status(self) -> dict[str, Any]:
        """How far the run is; ``{}`` if it has not begun."""
        if not (self.path / "status.json").exists():
            return {}
        return self._read_json("status.json")

    def status_or_fail(self) -> dict[str, Any]:
        """How far the run is.

        Raises
        ------
        StoreError
            If this is not a run folder.
        """
        status = self.status()
        if not status:
            raise StoreError(f"{self.path}: has no status.json; is it a run folder?")
        return status

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Replace ``status.json``.

        Raises
        ------
        StoreError
            If the folder has vanished or cannot be written.
        """
        if not self.path.is_dir():
            raise StoreError(f"{self.path}: the folder has vanished")
        self._write_json("status.json", status)

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

    def _write_json(self, name: str, data: Mapping[str, Any]) -> None:
        write_text(self.path / name, json.dumps(data, indent=1) + "\n")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one run at a time."""
        with claimed(self.path, LEFTOVERS, f"{self.path}: another run is using this folder; see `g2fit status`"):
            yield


@contextmanager
def claimed(folder: Path, leftovers: tuple[str, ...], refusal: str) -> Iterator[None]:
    """Hold a folder for one process, and remove the temporary files that killed ones have left in it.

    Parameters
    ----------
    folder : Path
        The folder; it is made if it is not there.
    leftovers : tuple of str
        Patterns of the temporary files.
    refusal : str
        What to say if somebody else has it.

    Raises
    ------
    StoreError
        If somebody else has it, it cannot be written, or it vanishes before the block ends with another error.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made ({error.strerror})") from None
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


def require_folder(path: Path) -> None:
    """Refuse a task whose folder this machine does not see.

    Raises
    ------
    StoreError
        If it is not there.
    """
    if not path.is_dir():
        raise StoreError(f"{path}: a worker does not see this folder; all of them must see the same file system")


@contextmanager
def locked(path: Path, refusal: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a file for one process at a time.

    Parameters
    ----------
    path : Path
        The file; it is made if it is not there.
    refusal : str
        What to say if somebody else has it.
    patience : float
        Seconds to wait for it.

    Raises
    ------
    StoreError
        If somebody else has it, or it cannot be made.
    """
    try:
        file = path.open("a")
    except FileNotFoundError:
        raise StoreError(f"{path.parent}: the folder has vanished") from None
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot be written ({error.strerror})") from None
    deadline = time.monotonic() + patience
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreError(refusal) from None
                time.sleep(0.02)
            except OSError as error:
                raise StoreError(f"{path.parent}: cannot be locked ({error.strerror})") from None
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

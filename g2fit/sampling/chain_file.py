"""One ensemble's chain on disk: what is appended to it, and what is needed to continue it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.files import atomic_write
from g2fit.core.locks import locked
from g2fit.core.netcdf import one_line
from g2fit.core.types import FloatArray, IntArray
from g2fit.sampling.mixture import GaussianMixture

__all__ = ["Block", "ChainFile", "ChainMovedError", "ChainState", "Proposal"]

#: Steps in one chunk of a chain file: long enough for quick reading, short enough for a small file.
CHUNK = 64


class ChainMovedError(StoreError):
    """A chain is no longer as long as it was when its last state was read: another worker has saved steps of it."""


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
    reasons: IntArray


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

    def reasons(self) -> IntArray:
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
    group.attrs.update(version=version("emcee"), nwalkers=walkers, ndim=dimension, has_blobs=False, iteration=0)
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

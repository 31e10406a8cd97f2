"""Chain of one ensemble on disk, with all that is needed to continue it."""

import math
import os
import time
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from g2fit.core.errors import G2fitError, StoreError, one_line
from g2fit.core.files import atomic_write
from g2fit.core.journaled import changed, complete, journal_of, opened
from g2fit.core.locks import locked
from g2fit.core.netcdf import refuse_links
from g2fit.core.types import FloatArray, IntArray
from g2fit.sampling.ladder.mixture import Mixture

__all__ = ["ChainFile", "ChainMovedError", "ChainState", "Proposal", "Segment"]

#: Most steps in an HDF5 chunk of a chain file, and bytes that it should not exceed: long enough for quick reading,
#: short enough for a small file. HDF5 reads whole chunks.
CHUNK, CHUNK_BYTES = 64, 1 << 20

#: Bytes of a chain that are read at once.
BLOCK_BYTES = 32 << 20

#: How often a file that another process is changing is read again, and seconds in between.
ATTEMPTS, PAUSE = 40, 0.05

#: All walkers.
ALL = slice(None)

#: Names of the mixture's arrays in the file that differ from those of its attributes.
NAMES = {"cholesky": "roots"}


class ChainMovedError(StoreError):
    """A chain has another length than when its last state was read: another worker has saved steps of it."""


@dataclass(frozen=True)
class ChainState:
    """Last step of an ensemble, the state of its random numbers, and the updates that were made from stored draws.

    They are enough to continue it bit for bit.
    """

    steps: int
    coords: FloatArray
    log_prob: FloatArray
    random_state: tuple[Any, ...]
    replayed: int = 0


@dataclass(frozen=True)
class Segment:
    """Segment of a chain: the steps between two checkpoints.

    Attributes
    ----------
    chain : (steps, walkers, D) array
        Positions in the sampler's coordinates.
    log_prob : (steps, walkers) array
        Their log densities.
    accepted : (walkers,) array
        Sum over the steps of each walker's fraction of accepted updates.
    random_state : tuple
        State of emcee's random numbers after the last step.
    reasons : array of int
        Number of evaluations with each reason code.
    replayed : int
        Updates from stored draws that the ensemble has made since it began.
    """

    chain: FloatArray
    log_prob: FloatArray
    accepted: FloatArray
    random_state: tuple[Any, ...]
    reasons: IntArray
    replayed: int = 0


@dataclass(frozen=True)
class Proposal:
    """Mixture that an ensemble proposes from, and its efficiency as a proposal of importance sampling."""

    mixture: Mixture
    efficiency: float


class ChainFile:
    """Chain of one ensemble in the layout of `emcee.backends.HDFBackend`.

    Each checkpoint adds a segment to the HDF5 file, in a way that a process that dies while it writes leaves it as
    before or as after, see `g2fit.core.journaled`. Its arrays and everything else in it have checksums; `key`, if it is
    given, is the fingerprint of the run that it must belong to.
    """

    def __init__(self, path: Path, key: str | None = None) -> None:
        self.path, self.key = path, key
        self._known: int | None = None  # length when the state was last read or a segment was added

    def _with[T](self, use: Callable[[h5py.Group], T]) -> T:
        """Open the file and use its group; do it again if that failed because the file was changed in the meantime."""
        for attempt in range(ATTEMPTS):
            before = self._stamp()
            try:
                return self._once(use)
            except StoreError:
                if attempt == ATTEMPTS - 1 or before == self._stamp():
                    raise
                time.sleep(PAUSE)
        raise AssertionError

    def _stamp(self) -> list[tuple[int, int, int]]:
        """What tells whether the file or its journal changes."""
        found = []
        for path in (self.path, journal_of(self.path)):
            with suppress(OSError):
                about = path.stat()
                found.append((about.st_ino, about.st_size, about.st_mtime_ns))
        return found

    def _once[T](self, use: Callable[[h5py.Group], T]) -> T:
        try:
            with opened(self.path) as source, h5py.File(source, "r") as file:
                if "mcmc" not in file or "iteration" not in file["mcmc"].attrs:
                    raise StoreError(f"{self.path}: is not a chain of this program; move it away to start again")
                refuse_links(file, self.path)
                group = file["mcmc"]
                if "checksum" in group.attrs or self.key is not None:  # those of a former version have none
                    self._require_own(group)
                return use(group)
        except G2fitError:
            raise
        except Exception as error:  # noqa: BLE001 (a damaged file makes HDF5 raise almost anything)
            raise StoreError(
                f"{self.path}: cannot be read, it is damaged, truncated or not HDF5 ({one_line(error)}); "
                "move it away to start again"
            ) from None

    def _require_own(self, group: h5py.Group) -> None:
        """Refuse a chain that was changed, or belongs to another run."""
        if int(group.attrs.get("checksum", -1)) != _checksum(group):
            raise StoreError(
                f"{self.path}: its content is not what was written, it was changed or is damaged; the draws of the "
                "other ensembles are not affected: move this file away, and it is computed again"
            )
        if self.key is not None and group.attrs.get("key") != self.key:
            raise StoreError(
                f"{self.path}: belongs to another run (card, data or code differ from those in manifest.json); "
                "move it away to start again"
            )

    @property
    def steps(self) -> int:
        """Number of stored steps; 0 if there is no file yet."""
        if not self.path.exists():
            return 0
        return self._with(lambda group: int(group.attrs["iteration"]))

    def state(self) -> ChainState | None:
        """Last stored step and state of the random numbers, or None if there is no file."""
        found = self._with(_state) if self.path.exists() else None
        self._known = 0 if found is None else found.steps
        return found

    def read(self, name: str, start: int, stop: int, thin: int = 1, walkers: slice = ALL) -> FloatArray:
        """Read ``chain`` (steps, walkers, D) or ``log_prob`` (steps, walkers), steps ``start:stop:thin``."""
        return self._with(lambda group: self._read(group, name, range(start, stop, thin), walkers))

    def _read(self, group: h5py.Group, name: str, steps: range, walkers: slice) -> FloatArray:
        if steps.stop > int(group.attrs["iteration"]):
            raise StoreError(f"{self.path}: has {group.attrs['iteration']} steps, {steps.stop} are asked for")
        values = group[name]
        found = np.empty((len(steps), len(range(values.shape[1])[walkers]), *values.shape[2:]))
        chunk = values.chunks[0] if values.chunks else 1
        length = max(1, BLOCK_BYTES // (values.dtype.itemsize * math.prod(values.shape[1:]) * chunk)) * chunk
        done = 0
        for first in range(steps.start, steps.stop, length):
            block = values[first : min(first + length, steps.stop)][-(first - steps.start) % steps.step :: steps.step]
            found[done : done + len(block)] = block[:, walkers]
            done += len(block)
        return found

    def accepted(self) -> FloatArray:
        """Sum of each walker's fractions of accepted updates."""
        return self._with(lambda group: np.asarray(group["accepted"][...]))

    def reasons(self) -> IntArray:
        """Number of evaluations with each reason code."""
        return self._with(lambda group: np.asarray(group.attrs["reasons"]))

    def proposal(self) -> Proposal | None:
        """Mixture that the ensemble proposes from, or None."""
        return self._with(_proposal)

    def _locked(self) -> AbstractContextManager[None]:
        lock = self.path.parent / f".lock-{self.path.stem}"
        return locked(lock, f"{self.path}: another worker is writing it", 60.0)

    def settle(self) -> None:
        """Complete a checkpoint that was interrupted while it was written, so that other programs can read the file."""
        if journal_of(self.path).exists() and self.path.exists():
            with self._locked():
                complete(self.path)

    def append(self, segment: Segment, proposal: Proposal | None = None) -> None:
        """Add a segment to the chain; `proposal` is stored with the first one.

        Raises
        ------
        ChainMovedError
            If the length of the file is not that when `state` was read: the segment does not follow its last step.
        StoreError
            If the file cannot be written; its previous state is kept.
        """
        with self._locked():
            before = self.steps
            if self._known is not None and before != self._known:
                raise ChainMovedError(f"{self.path}: has {before} steps, not {self._known}")
            if before:
                with changed(self.path) as content, h5py.File(content, "r+", libver="latest") as file:
                    _extend(file["mcmc"], segment)
            else:
                with atomic_write(self.path, new_folder=False) as temporary:
                    _reserve(temporary, segment)
                    temporary.unlink()
                    journal_of(self.path).unlink(missing_ok=True)  # of a file that was moved away
                    with h5py.File(temporary, "w", libver="latest") as file:
                        _extend(_new_group(file, segment, proposal, self.key), segment)
        self._known = before + len(segment.chain)


def _state(group: h5py.Group) -> ChainState:
    steps = int(group.attrs["iteration"])
    name, keys, position, has_gauss, gauss = (group.attrs[f"random_state_{i}"] for i in range(5))
    random_state = (str(name), np.asarray(keys, np.uint32), int(position), int(has_gauss), float(gauss))
    replayed = int(group.attrs.get("replayed", 0))
    return ChainState(steps, group["chain"][steps - 1], group["log_prob"][steps - 1], random_state, replayed)


def _proposal(group: h5py.Group) -> Proposal | None:
    if "proposal" not in group:
        return None
    part = group["proposal"]
    own = {name: key for key, name in NAMES.items()}
    arrays = {own.get(name, name): np.asarray(values[...]) for name, values in part.items()}
    return Proposal(Mixture.from_arrays(arrays), float(part.attrs["efficiency"]))


def _chunk(walkers: int, dimension: int) -> int:
    """Steps of an HDF5 chunk."""
    return max(1, min(CHUNK, CHUNK_BYTES // (8 * walkers * dimension)))


def _reserve(path: Path, segment: Segment) -> None:
    """Reserve space for the file of a segment; an `OSError` says that the disk does not have it.

    HDF5 does not survive a disk that becomes full while it writes: the process crashes later.
    """
    length, walkers, dimension = segment.chain.shape
    chunk = _chunk(walkers, dimension)
    most = (
        8 * -(-length // chunk) * chunk * walkers * (dimension + 1) + 200_000
    )  # whole chunks, and what describes them
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), most)


def _checksum(group: h5py.Group) -> int:
    """CRC-32 of everything in a chain file but its draws and their densities, which have checksums in HDF5."""
    said = [(name, np.asarray(value).tolist()) for name, value in sorted(group.attrs.items()) if name != "checksum"]
    crc = zlib.crc32(repr(said).encode())
    parts = {"accepted": group["accepted"], **(dict(group["proposal"]) if "proposal" in group else {})}
    for name, values in sorted(parts.items()):
        crc = zlib.crc32(name.encode() + values[...].tobytes(), crc)
    if "proposal" in group:
        crc = zlib.crc32(repr(float(group["proposal"].attrs["efficiency"])).encode(), crc)
    return crc


def _extend(group: h5py.Group, segment: Segment) -> None:
    before = int(group.attrs["iteration"])
    after = before + len(segment.chain)
    for name, values in (("chain", segment.chain), ("log_prob", segment.log_prob)):
        group[name].resize(after, axis=0)
        group[name][before:after] = values
    group["accepted"][...] += segment.accepted
    group.attrs["reasons"] = segment.reasons + group.attrs.get("reasons", 0)
    for i, part in enumerate(segment.random_state):
        group.attrs[f"random_state_{i}"] = part
    group.attrs["replayed"] = segment.replayed
    group.attrs["iteration"] = after
    group.attrs["checksum"] = _checksum(group)


def _new_group(file: h5py.File, segment: Segment, proposal: Proposal | None, key: str | None) -> h5py.Group:
    walkers, dimension = segment.chain.shape[1:]
    group = file.create_group("mcmc")
    group.attrs.update(version=version("emcee"), nwalkers=walkers, ndim=dimension, has_blobs=False, iteration=0)
    group.create_dataset("accepted", data=np.zeros(walkers))
    chunk = _chunk(walkers, dimension)
    for name, shape in (("chain", (walkers, dimension)), ("log_prob", (walkers,))):
        group.create_dataset(
            name, (0, *shape), maxshape=(None, *shape), dtype=np.float64, chunks=(chunk, *shape), fletcher32=True
        )
    if key is not None:
        group.attrs["key"] = key
    if proposal is not None:
        part = group.create_group("proposal")
        for name, values in proposal.mixture.arrays().items():
            part.create_dataset(NAMES.get(name, name), data=values)
        part.attrs["efficiency"] = proposal.efficiency
    return group

"""Chain files: what is appended is read again, also after a kill at any moment, and little else is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import emcee
import h5py
import numpy as np
import pytest

from g2fit.core.errors import StoreError
from g2fit.core.journaled import journal_of
from g2fit.sampling import chain_file
from g2fit.sampling.chain_file import ChainFile, Segment
from tests.support.killed import Killed, killed_at
from tests.support.scale import written

WALKERS, DIMENSION = 16, 3

#: Steps of the segments of a chain: within a chunk of the file, to its end, across several, and one.
LENGTHS = (40, 24, 1, 200, 63)


def segment(rng: np.random.Generator, steps: int) -> Segment:
    z = rng.normal(size=(steps, WALKERS, DIMENSION))
    state = np.random.RandomState(rng.integers(2**31)).get_state(legacy=True)
    return Segment(z, z.sum(axis=2), np.full(WALKERS, 0.5 * steps), state, np.array([steps, 0]), steps)


@pytest.fixture
def segments() -> list[Segment]:
    rng = np.random.default_rng(1)
    return [segment(rng, steps) for steps in LENGTHS]


def require_content(file: ChainFile, segments: list[Segment]) -> None:
    chain = np.concatenate([part.chain for part in segments])
    state = file.state()
    assert state is not None
    assert state.steps == len(chain)
    np.testing.assert_array_equal(file.read("chain", 0, len(chain)), chain)
    np.testing.assert_array_equal(file.read("log_prob", 0, len(chain)), chain.sum(axis=2))
    np.testing.assert_array_equal(state.random_state[1], segments[-1].random_state[1])
    assert state.replayed == segments[-1].replayed
    assert file.reasons()[0] == len(chain)
    np.testing.assert_array_equal(file.accepted(), 0.5 * len(chain))


def test_segments_are_read_again_by_us_and_by_emcee(
    tmp_path: Path, segments: list[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ChainFile(tmp_path / "ensemble-0.h5", "key")
    assert file.state() is None
    for i, part in enumerate(segments):
        file.append(part)
        require_content(ChainFile(file.path, "key"), segments[: i + 1])
    chain = np.concatenate([part.chain for part in segments])
    backend = emcee.backends.HDFBackend(str(file.path), read_only=True)
    np.testing.assert_array_equal(backend.get_chain(), chain)
    for block in (chain_file.BLOCK_BYTES, 1):  # blocks of one chunk, too
        monkeypatch.setattr(chain_file, "BLOCK_BYTES", block)
        for start, stop, thin in ((0, 328, 1), (3, 300, 7), (64, 65, 1), (327, 328, 200), (10, 10, 1)):
            for walkers in (slice(None), slice(2, None, 5)):
                found = file.read("chain", start, stop, thin, walkers)
                np.testing.assert_array_equal(found, chain[start:stop:thin, walkers])
    with pytest.raises(StoreError, match="has 328 steps, 329 are asked for"):
        file.read("chain", 0, 329)


def test_a_chain_goes_on_wherever_saving_was_killed(
    tmp_path: Path, segments: list[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    path, good = tmp_path / "ensemble-0.h5", tmp_path / "good.h5"
    seen = []
    for i in (0, 1, 3):  # the first, one within a chunk, one of several chunks
        path.unlink(missing_ok=True)
        for part in segments[:i]:
            ChainFile(path).append(part)
        if i:
            shutil.copyfile(path, good)
        number, finished = 0, False
        while not finished:
            number += 1
            path.unlink(missing_ok=True)
            journal_of(path).unlink(missing_ok=True)
            if i:
                shutil.copyfile(good, path)
            with suppress(Killed), killed_at(number) as count:
                file = ChainFile(path)
                file.state()
                file.append(segments[i])
            finished = count[0] < number
            stored = sum(LENGTHS[:i]) < ChainFile(path).steps
            seen.append(stored)
            if i + stored:
                require_content(ChainFile(path), segments[: i + stored])
            for part in segments[i + stored :]:
                ChainFile(path).append(part)
            require_content(ChainFile(path), segments)
            ChainFile(path).settle()
            assert not journal_of(path).exists()
            with h5py.File(path) as stored_file:  # complete for any reader
                assert len(stored_file["mcmc/chain"]) == sum(LENGTHS)
    assert min(seen.count(False), seen.count(True)) > 3


#: Appends segments until it is ended; each step repeats its number.
GROW = """
import sys
from pathlib import Path
import numpy as np
from g2fit.sampling.chain_file import ChainFile, Segment
state = np.random.RandomState(1).get_state(legacy=True)
for number in range(10**6):
    z = np.full((20, 16, 3), float(number))
    ChainFile(Path(sys.argv[1])).append(Segment(z, z[..., 0], np.zeros(16), state, np.zeros(2, dtype=int)))
"""


def test_a_chain_can_be_read_while_another_process_extends_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "ensemble-0.h5", set()
    process = subprocess.Popen([sys.executable, "-c", GROW, path])
    try:
        deadline = time.monotonic() + 60
        while len(seen) < 40:
            assert process.poll() is None
            assert time.monotonic() < deadline
            file = ChainFile(path)
            state = file.state()
            if state is not None:
                found = file.read("chain", 0, state.steps)
                np.testing.assert_array_equal(
                    found, np.broadcast_to(np.arange(len(found))[:, None, None] // 20, found.shape)
                )
                assert np.all(state.coords == found[-1])
                seen.add(state.steps)
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts the bytes that a process writes")
def test_little_more_than_the_steps_is_written(tmp_path: Path) -> None:
    """For short and long segments; the whole chain was copied for each of them before."""
    rng = np.random.default_rng(2)
    for length, most in ((100, 3.0), (1000, 1.3)):
        file = ChainFile(tmp_path / f"ensemble-{length}.h5")
        file.append(segment(rng, length))
        before = written()
        for _ in range(40):
            file.append(segment(rng, length))
        stored = 40 * length * WALKERS * (DIMENSION + 1) * 8
        assert written() - before < most * stored

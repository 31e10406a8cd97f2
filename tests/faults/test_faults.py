"""Provoked faults: a clear message, the right exit code, nothing lost, and the same result afterwards."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from g2fit import Card
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.files import atomic_write
from g2fit.core.parallel.executors import Call, InProcess, Processes
from g2fit.inference.evidence import evidence
from g2fit.inference.profile.plane import Axis, scan
from g2fit.inference.reweight import broad
from g2fit.inference.reweight.change import Change
from g2fit.inference.reweight.post import reweight
from g2fit.inference.tasks import TaskRunner
from g2fit.pipeline import execute
from g2fit.sampling.chain_file import ChainFile, ChainMovedError, Segment
from g2fit.sampling.pool import advance_ensemble
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.task_board import TaskBoard
from tests.support.refusals import Refused
from tests.support.runs import begin, checkpoints, command, differences, digest, workers_of, write_card

STEPS = 250


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an undisturbed run, with its evidence and a scan."""
    folder = tmp_path_factory.mktemp("reference")
    card = Card.load(write_card(folder, STEPS, "local"))
    execute(card, workers=1)
    scan(card, Axis("m_L", 6), Axis("m_S", 10), workers=1, folder=folder / "scan")
    evidence(folder / "out", methods=["bridge"], workers=1)
    return folder


@pytest.fixture(scope="module")
def expected(reference: Path) -> dict[str, Any]:
    return digest("run", reference / "out")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    """Folder on a small file system of its own, and a function that changes the options of the mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1800k", "none", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk; the limit of a file's size is tested instead")

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)

    yield place, remount
    subprocess.run(["umount", "-l", place], check=True)


def test_full_disk(
    small_disk: tuple[Path, Callable[[str], None]],
    expected: dict[str, Any],
    refused: Refused,
) -> None:
    place, remount = small_disk
    card = write_card(place, STEPS, "local")
    assert "cannot be written (No space left on device)" in refused("run", card, "--workers=1")
    kept = checkpoints(place / "out")
    assert kept
    assert not list((place / "out").glob(".ensemble-*"))
    remount("size=50m")
    execute(Card.load(card), workers=1)
    assert all(checkpoints(place / "out")[name] >= length for name, length in kept.items())
    assert differences(expected, digest("run", place / "out")) == []


def test_largest_file(tmp_path: Path, expected: dict[str, Any], refused: Refused) -> None:
    """A limit on the size of files, which acts like a quota and needs no permission to mount a disk."""
    card = write_card(tmp_path, STEPS, "local")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (450_000, hard))
    try:
        message = refused("run", card, "--workers=1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "ensemble-0.h5: cannot be written (File too large)" in message
    assert RunFolder(tmp_path / "out").status()["state"] == "failed"
    assert checkpoints(tmp_path / "out")
    execute(Card.load(card), workers=1)
    assert differences(expected, digest("run", tmp_path / "out")) == []


def test_read_only_disk(
    small_disk: tuple[Path, Callable[[str], None]],
    expected: dict[str, Any],
    refused: Refused,
) -> None:
    place, remount = small_disk
    remount("size=50m")
    execute(Card.load(write_card(place, 100, "local")), workers=1)
    card = write_card(place, STEPS, "local")
    before = checkpoints(place / "out")
    remount("ro")
    for verb in (["run", card], ["evidence", place / "out", "--method=bridge"], ["scan", card, "--x=m_L", "--y=m_S"]):
        message = refused(*verb)
        assert f"{place / 'out'}" in message
        assert "(Read-only file system)" in message
    remount("rw")
    assert checkpoints(place / "out") == before
    execute(Card.load(card), workers=1)
    assert differences(expected, digest("run", place / "out")) == []


def test_second_run_vanished_folder_and_killed_worker(
    tmp_path: Path, expected: dict[str, Any], refused: Refused
) -> None:
    """During one long run another run is refused, a worker is killed, and the folder is moved away."""
    out = tmp_path / "out"
    card = write_card(tmp_path, 100_000, "local")
    process = begin(card, "--workers=2")
    try:
        assert f"{out}: another run is using this folder" in refused("run", card)
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        before = checkpoints(out)
        deadline = time.monotonic() + 60
        while not all(length > before[name] for name, length in checkpoints(out).items() if name in before):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        (moved := tmp_path / "moved").mkdir()
        out.rename(moved / "out")
        _, errors = process.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 2
    assert errors.strip().splitlines()[-1] == f"g2fit: {out}: the folder has vanished"
    assert "Traceback" not in errors
    assert not out.exists()
    for name, length in checkpoints(moved / "out").items():
        assert length >= before.get(name, 0)
        with h5py.File(moved / "out" / name) as chain:
            known = expected[f"{name}:mcmc/chain"][:length]
            np.testing.assert_array_equal(chain["mcmc/chain"][:STEPS], known)


def test_folder_that_vanishes_while_a_file_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def interrupted_write() -> None:
        with atomic_write(folder / "ensemble-0.h5") as temporary:
            temporary.write_bytes(b"steps")
            folder.rename(tmp_path / "moved")

    with pytest.raises(StoreError, match=f"^{folder}: the folder has vanished$"):
        interrupted_write()


@pytest.mark.parametrize("error", ["a worker does not see this folder", "cannot be read, it is damaged"])
def test_folder_that_vanishes_is_said_to_whoever_notices_it(tmp_path: Path, error: str) -> None:
    folder = RunFolder(tmp_path / "out")

    def notice(*, moved: bool) -> None:
        with folder.lock():
            if moved:
                folder.path.rename(tmp_path / "moved")
            raise StoreError(f"{folder.path}: {error}")

    with pytest.raises(StoreError, match=f"^{folder.path}: {error}$"):
        notice(moved=False)
    with pytest.raises(StoreError, match=f"^{folder.path}: the folder has vanished$"):
        notice(moved=True)


def test_clock_jumps(tmp_path: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations do not depend on changes of the system clock."""
    now, jump = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: now() + (-1) ** next(jump) * 1e8)
    told = []
    begun = time.monotonic()
    execute(Card.load(write_card(tmp_path, STEPS, "local")), workers=1, report=lambda p: told.append(p.elapsed))
    spent = time.monotonic() - begun
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= spent
    assert 0.0 <= RunFolder(tmp_path / "out").status()["elapsed_seconds"] <= spent + 0.01
    assert differences(expected, digest("run", tmp_path / "out")) == []


def allocate(limit: int) -> int:
    """Allocate twice the memory that this process may use."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        return len(bytearray(2 * limit))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("make", [InProcess, lambda: Processes(1)])
def test_out_of_memory(make: Callable[[], Any]) -> None:
    """A failed allocation gives a message. A worker killed by the system is treated in the tests of executors."""
    with make() as executor, pytest.raises(G2fitError, match=r"ensemble 3: not enough memory; .* to continue"):
        list(executor.run([Call("ensemble 3", allocate, (8_000_000_000,))]))


@pytest.mark.parametrize("harm", ["truncated", "foreign", "pickle"])
def test_damaged_and_hostile_checkpoints_do_no_harm(harm: str, tmp_path: Path) -> None:
    """Damaged checkpoints are computed again; nothing in them is executed."""
    store = Checkpoints(tmp_path, "key")
    TaskRunner(store=store).run({"pilot": lambda: {"x": np.ones(1000)}})
    path = store.path("pilot")
    assert "pilot" in TaskRunner(store=store)
    if harm == "truncated":
        path.write_bytes(path.read_bytes()[:-300])
    elif harm == "foreign":
        path.write_bytes(b"PK\x03\x04 not at all")
    else:
        with np.load(path) as part:
            content = dict(part)
        content["pilot/x"] = np.array([_Trap(tmp_path / "executed")], dtype=object)
        np.savez(path, **content, allow_pickle=True)
    again = TaskRunner(store=store)
    assert "pilot" not in again
    again.run({"pilot": lambda: {"x": np.ones(1)}})
    assert "pilot" in TaskRunner(store=store)
    assert not (tmp_path / "executed").exists()


class _Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.path,)


def test_interrupted_evidence_and_scan_go_on(reference: Path, tmp_path: Path) -> None:
    """Ctrl-C after some tasks: their results are kept, and the result is the same."""
    out = shutil.copytree(reference / "out", tmp_path / "out")
    shutil.rmtree(out / "evidence-parts")
    (out / "evidence.json").unlink()

    def interrupt(limit: int) -> Callable[..., None]:
        def report(name: str, done: int, total: int, log_z: float, error: float) -> None:
            if name == "bridge" and done >= limit:
                raise KeyboardInterrupt

        return report

    with pytest.raises(KeyboardInterrupt):
        evidence(out, methods=["bridge"], workers=1, report=interrupt(3))
    assert list((out / "evidence-parts/bridge").glob("draws-*.npz"))
    evidence(out, methods=["bridge"], workers=1)
    assert differences(digest("evidence", reference / "out"), digest("evidence", out)) == []

    card = Card.load(reference / "card.yaml")
    seen = []

    def stop(progress: Any) -> None:
        seen.append(progress.done)
        if progress.done > 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(card, Axis("m_L", 6), Axis("m_S", 10), workers=1, folder=tmp_path / "scan", report=stop)
    tiles = list((tmp_path / "scan").glob(".scan-*/[r]ound-*.npz"))
    assert len(tiles) == 1
    tiles[0].write_bytes(tiles[0].read_bytes()[:100])  # and it was truncated
    scan(card, Axis("m_L", 6), Axis("m_S", 10), workers=1, folder=tmp_path / "scan")
    assert differences(digest("scan", reference / "scan"), digest("scan", tmp_path / "scan")) == []


CHANGE = Change(data="paper_2021,electroweak=conditional")


@pytest.fixture(scope="module")
def few_broad_draws() -> Iterator[None]:
    """Check re-weighted runs with few draws: here it matters what is left behind, not how well the draws serve."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broad, "PRIOR_ONLY", 2**16)
        yield


@pytest.fixture(scope="module")
def re_weighted(few_broad_draws: None, reference: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an undisturbed re-weighting finds."""
    folder = tmp_path_factory.mktemp("re-weighted")
    reweight(reference / "out", CHANGE, folder / "post", ess=20)
    return digest("post", folder)


@pytest.mark.parametrize("last", ["write_result", "RunFolder.write_status"])
def test_interrupted_re_weighting_is_repeated(
    last: str, reference: Path, re_weighted: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any moment, even after its last file is there, the same command gives the same; another is refused."""

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"g2fit.inference.reweight.post.{last}", interrupt)
        with pytest.raises(KeyboardInterrupt):
            reweight(reference / "out", CHANGE, tmp_path / "post", ess=20)
    reweight(reference / "out", CHANGE, tmp_path / "post", ess=20)
    assert differences(re_weighted, digest("post", tmp_path)) == []
    reweight(reference / "out", CHANGE, tmp_path / "post", ess=20)
    assert differences(re_weighted, digest("post", tmp_path)) == []
    with pytest.raises(StoreError, match="belongs to another card"):
        reweight(reference / "out", Change(data="paper_2021"), tmp_path / "post", ess=20)
    with pytest.raises(StoreError, match="holds a run already"):
        reweight(tmp_path / "post", Change(drop=["R_tau"]), reference / "out", ess=20)


@pytest.mark.parametrize("verb", ["evidence", "scan"])
def test_ctrl_c_at_the_terminal(verb: str, reference: Path, tmp_path: Path, terminal: None) -> None:
    shutil.copytree(reference / "out", tmp_path / "out")
    shutil.rmtree(tmp_path / "out/evidence-parts")
    line = command(verb, write_card(tmp_path, STEPS, "local"), "--workers=1")
    process = subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    pattern = "evidence-parts/*/[!.]*.npz" if verb == "evidence" else ".scan-*/[r]ound-*.npz"
    deadline = time.monotonic() + 60
    while not list((tmp_path / "out").glob(pattern)) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert list((tmp_path / "out").glob(pattern))


def test_a_worker_that_was_thought_dead_spoils_nothing(
    reference: Path, tmp_path: Path, expected: dict[str, Any]
) -> None:
    """Its steps equal those of its replacement; a segment that does not continue the chain is refused."""
    card = Card.load(write_card(tmp_path, STEPS, "local"))
    folder = RunFolder(card.output)
    folder.open(card)
    board = TaskBoard.create(folder.board, [0] * 4)
    assert advance_ensemble(card, folder.path, board.token, 0, 60) == 60
    late = ChainFile(folder.chain(0).path)
    assert late.state() is not None
    assert advance_ensemble(card, folder.path, board.token, 0, 90) == 90
    with h5py.File(reference / "out/ensemble-0.h5") as chain:
        part, log_prob = chain["mcmc/chain"][60:70], chain["mcmc/log_prob"][60:70]
    state = late.state()
    assert state is not None
    late._known = 60
    reasons = folder.chain(0).reasons()
    with pytest.raises(ChainMovedError, match="has 90 steps, not 60"):
        late.append(Segment(part, log_prob, np.zeros(32), state.random_state, reasons))
    TaskBoard.create(folder.board, [90] * 4)  # a new run: the workers of the old one stop
    time.sleep(0.3)
    assert advance_ensemble(card, folder.path, board.token, 0, 200) == 90
    execute(card, workers=1)
    assert differences(expected, digest("run", tmp_path / "out")) == []
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(StoreError, match="all of them must see the same file system"):
        advance_ensemble(card, folder.path, board.token, 0, 200)

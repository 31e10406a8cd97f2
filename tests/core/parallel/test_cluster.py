"""A real dask scheduler with two worker processes on this machine: the same results, whoever is killed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from g2fit import Card
from g2fit.core.errors import InputError
from g2fit.core.parallel.executors import Call
from g2fit.pipeline import execute
from tests.support.cluster import LocalCluster
from tests.support.runs import DISTRIBUTED, DONE, begin, command, differences, digest, write_card

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def test_a_worker_is_killed_and_replaced(
    cluster: LocalCluster, tmp_path: Path, steps: int, expected: dict[str, Any]
) -> None:
    process = begin(write_card(tmp_path, steps, "local"), f"--scheduler={cluster.address}")
    cluster.kill_worker(0)
    assert process.poll() is None
    cluster.add_worker()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == DONE["run"], errors
    assert json.loads((tmp_path / "out/status.json").read_text())["steps"] == [steps] * 4
    for verb in ("evidence", "scan"):
        line = command(verb, tmp_path / "card.yaml", f"--scheduler={cluster.address}")
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == DONE[verb], done.stderr
    for verb in DISTRIBUTED:
        assert differences(expected[verb], digest(verb, tmp_path / "out")) == []
    assert not list((tmp_path / "out").glob(".scan-*"))


def test_a_lost_scheduler_is_said_and_the_run_goes_on_without_it(
    cluster: LocalCluster, tmp_path: Path, steps: int, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_card(tmp_path, steps, "local")
    process = begin(card, f"--scheduler={cluster.address}")
    address = cluster.address
    cluster.end()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.strip() == f"g2fit: scheduler {address}: is lost; what was saved is kept: run again to continue"
    assert json.loads((tmp_path / "out/status.json").read_text())["state"] == "failed"
    monkeypatch.setattr("g2fit.core.parallel.dask.CONNECT", 0.5)
    with pytest.raises(InputError, match=f"scheduler {address}: cannot be reached"):
        execute(Card.load(card), scheduler=address)
    execute(Card.load(card), workers=1)
    assert differences(expected["run"], digest("run", tmp_path / "out")) == []


def test_a_result_that_is_lost_with_its_worker_is_computed_again() -> None:
    """Dask cancels a task whose result was on a worker that died; only without a scheduler is there nothing to do."""
    from g2fit.core.parallel.dask import Dask

    dask = Dask.__new__(Dask)
    dask.address = "tcp://127.0.0.1:1"
    for status, again in (("running", True), ("connecting", False), ("closed", False)):
        dask._client = SimpleNamespace(status=status)
        error = dask.lost(Call("a", len), CancelledError())
        assert (error is None) is again
        assert error is None or "is lost; what was saved is kept" in str(error)

"""Tasks whose results are on disk: nothing is computed twice, nothing depends on threads or interruptions."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from g2fit.core.checkpoints import Arrays, Checkpoints
from g2fit.inference.evidence import Aim, Estimate, TaskRunner, importance_sampling, prior_monte_carlo
from tests.support.known_evidences import with_cut

AIM = Aim(error=0.01, limit=0.02, first=2**16, cheap=2**16, most=2**17)


class Interrupted:
    """A target whose evaluation is stopped from outside after some calls, as by Ctrl-C.

    The call that is interrupted, and all after it, go on only when the main thread has noticed: so their tasks remain
    to be done, however slow the machine is.
    """

    def __init__(self, calls: int) -> None:
        self.target = with_cut()
        self.calls, self.lock = calls, threading.Lock()
        self.noticed = threading.Event()
        self.dimension = self.target.dimension
        self.log_prior, self.log_weight = self.target.log_prior, self.target.log_weight
        self.allowed = self.target.allowed

    def log_density(self, z: np.ndarray) -> np.ndarray:
        with self.lock:
            self.calls -= 1
            left = self.calls
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
        if left <= 0:
            assert self.noticed.wait(60.0)
        return self.target.log_density(z)

    def __enter__(self) -> Interrupted:
        def notice(number: int, frame: FrameType | None) -> None:
            self.noticed.set()
            signal.default_int_handler(number, frame)

        self.before = signal.signal(signal.SIGINT, notice)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)


def numbers(estimate: Estimate) -> dict[str, object]:
    found = estimate.to_dict()
    del found["seconds"]
    return found


@pytest.mark.parametrize("workers", [2, 5])
def test_threads_do_not_matter(workers: int) -> None:
    seed, target = np.random.SeedSequence(1), with_cut()
    one = prior_monte_carlo(target, seed, aim=AIM)
    assert numbers(prior_monte_carlo(target, seed, aim=AIM, runner=TaskRunner(workers))) == numbers(one)
    two = importance_sampling(target, seed, aim=AIM, fits=2)
    again = importance_sampling(target, seed, aim=AIM, fits=2, runner=TaskRunner(workers))
    assert numbers(again.estimate) == numbers(two.estimate)
    np.testing.assert_array_equal(again.z, two.z)


@pytest.mark.parametrize("calls", [1, 3, 7, 12])
def test_interrupted_twice_and_continued(tmp_path: Path, calls: int) -> None:
    seed = np.random.SeedSequence(2)
    undisturbed = importance_sampling(with_cut(), seed, aim=AIM, fits=2, runner=TaskRunner(2))
    store = Checkpoints(tmp_path, "key")
    for left in (calls, 1):
        with Interrupted(left) as target, pytest.raises(KeyboardInterrupt):
            importance_sampling(target, seed, aim=AIM, fits=2, runner=TaskRunner(2, store=store))
    finished = importance_sampling(with_cut(), seed, aim=AIM, fits=2, runner=TaskRunner(1, store=store))
    assert numbers(finished.estimate) == numbers(undisturbed.estimate)
    np.testing.assert_array_equal(finished.log_weight, undisturbed.log_weight)


def test_finished_tasks_are_not_done_again(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path, "key")
    done: list[str] = []

    def task(name: str) -> Arrays:
        done.append(name)
        return {"x": np.arange(3.0)}

    TaskRunner(store=store).run({"a": lambda: task("a"), "b": lambda: task("b")})
    later = TaskRunner(2, store=store)
    assert later.seconds >= 0.0
    later.run({name: (lambda name=name: task(name)) for name in "abc"})
    assert done == ["a", "b", "c"]
    np.testing.assert_array_equal(later["a"]["x"], np.arange(3.0))
    with Checkpoints(tmp_path, "another key").held("held"):
        assert "a" not in TaskRunner(store=store)


def test_damaged_files_are_not_trusted(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path, "key")
    TaskRunner(store=store).run({"a": lambda: {"x": np.ones(1000)}})
    whole = store.path("a").read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"not an archive", whole[:-30]):
        store.path("a").write_bytes(content)
        assert "a" not in TaskRunner(store=store)


def test_a_failing_task_is_an_error_and_the_others_are_kept(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path, "key")

    def fail() -> Arrays:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        TaskRunner(store=store).run({"good": lambda: {"x": np.ones(1)}, "bad": fail})
    assert "good" in TaskRunner(store=store)

"""Pieces on disk: nothing is done twice, nothing depends on threads or interruptions."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

from g2fit.inference.evidence import Aim, Estimate, importance_sampling, prior_monte_carlo
from g2fit.inference.evidence.tasks import Arrays, Parts, run_tasks
from tests.support.known_evidences import with_cut

AIM = Aim(error=0.01, limit=0.02, first=2**16, cheap=2**16, most=2**17)


class Interrupted:
    """A target whose evaluation is stopped from outside after some calls, as by Ctrl-C.

    The call that is interrupted, and all after it, go on only when the main thread has noticed: so their pieces remain
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
    assert numbers(prior_monte_carlo(target, seed, aim=AIM, workers=workers)) == numbers(one)
    two = importance_sampling(target, seed, aim=AIM, fits=2)
    again = importance_sampling(target, seed, aim=AIM, fits=2, workers=workers)
    assert numbers(again.estimate) == numbers(two.estimate)
    np.testing.assert_array_equal(again.z, two.z)


@pytest.mark.parametrize("calls", [1, 3, 7, 12])
def test_interrupted_twice_and_continued(tmp_path: Path, calls: int) -> None:
    seed = np.random.SeedSequence(2)
    undisturbed = importance_sampling(with_cut(), seed, aim=AIM, fits=2, workers=2)
    path = tmp_path / "B.npz"
    for left in (calls, 1):
        with Interrupted(left) as target, pytest.raises(KeyboardInterrupt):
            importance_sampling(target, seed, aim=AIM, fits=2, workers=2, parts=Parts(path, "key"))
    finished = importance_sampling(with_cut(), seed, aim=AIM, fits=2, workers=1, parts=Parts(path, "key"))
    assert numbers(finished.estimate) == numbers(undisturbed.estimate)
    np.testing.assert_array_equal(finished.log_weight, undisturbed.log_weight)


def test_finished_pieces_are_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "parts.npz"
    done: list[str] = []

    def task(name: str) -> Arrays:
        done.append(name)
        return {"x": np.arange(3.0)}

    run_tasks({"a": lambda: task("a"), "b": lambda: task("b")}, Parts(path, "key"), 1)
    later = Parts(path, "key")
    assert later.seconds >= 0.0
    run_tasks({name: (lambda name=name: task(name)) for name in "abc"}, later, 2)
    assert done == ["a", "b", "c"]
    np.testing.assert_array_equal(later["a"]["x"], np.arange(3.0))
    assert "a" not in Parts(path, "another key")


def test_damaged_files_are_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "parts.npz"
    parts = Parts(path, "key")
    parts.put("a", {"x": np.ones(1000)})
    parts.save()
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"not an archive", whole[:-30]):
        path.write_bytes(content)
        assert "a" not in Parts(path, "key")


def test_a_failing_piece_is_an_error_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "parts.npz"

    def fail() -> Arrays:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_tasks({"good": lambda: {"x": np.ones(1)}, "bad": fail}, Parts(path, "key"), 1)
    assert "good" in Parts(path, "key")

"""Locks: one holder, ended with its process; folders that vanish are noticed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from g2fit.core.errors import StoreError
from g2fit.core.locks import claimed, locked

HOLD = """
import sys, time
from pathlib import Path
from g2fit.core.locks import locked
with locked(Path(sys.argv[1]), "held"):
    print("locked", flush=True)
    time.sleep(60)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that holds a lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "locked\n"
    return process


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with hold(path) as process:
        with pytest.raises(StoreError, match=r"^somebody else$"), locked(path, "somebody else"):
            pass
        begun = time.monotonic()
        with pytest.raises(StoreError), locked(path, "somebody else", patience=0.3):
            pass
        assert time.monotonic() - begun > 0.29
        process.terminate()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    """Also with one that is killed; whoever waits gets it."""
    path = tmp_path / ".lock"
    with hold(path) as process:
        os.kill(process.pid, signal.SIGKILL)
        with locked(path, "somebody else", patience=10.0):
            pass
    with locked(path, "somebody else"):
        pass


def test_a_lock_can_be_had_again_in_one_process(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / ".lock", "no"), pytest.raises(StoreError), locked(tmp_path / ".lock", "no"):
            pass


def leave_and_write(folder: Path, leave: Callable[[Path], object]) -> None:
    leave(folder)
    with locked(folder / ".lock-ensemble-0", "no"):
        pass


@pytest.mark.parametrize("leave", [shutil.rmtree, lambda path: path.rename(path.with_name("elsewhere"))])
def test_a_folder_that_vanishes_while_it_is_held(tmp_path: Path, leave: Callable[[Path], object]) -> None:
    folder = tmp_path / "run"
    with pytest.raises(StoreError, match=r"the folder has vanished$"), claimed(folder, (), "no"):
        leave_and_write(folder, leave)
    assert not folder.exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file: cannot be written"), locked(tmp_path / "file" / ".lock", "no"):
        pass
    with pytest.raises(StoreError, match="cannot be made"), claimed(tmp_path / "file" / "folder", (), "no"):
        pass


def test_leftovers_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".part-1.h5").touch()
    (tmp_path / "kept.h5").touch()
    with claimed(tmp_path, (".part-*.h5",), "no"):
        assert sorted(path.name for path in tmp_path.glob("*.h5")) == ["kept.h5"]

"""A dask cluster on this machine whose processes can be killed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path


class LocalCluster:
    """A dask scheduler and its workers, each in a process of its own on this machine.

    Parameters
    ----------
    folder : Path
        Working directory of the processes.
    workers : int
        Number of workers.
    """

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder
        self.size = workers
        self.workers: list[subprocess.Popen[bytes]] = []
        self.address = ""
        self.begin()

    def begin(self) -> None:
        """Start a scheduler and its workers."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)
        deadline = time.monotonic() + 60
        while not self.address:
            with contextlib.suppress(OSError, ValueError):
                self.address = json.loads(file.read_text())["address"]
            if self.scheduler.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the dask scheduler does not start")
            time.sleep(0.05)
        for _ in range(self.size):
            self.add_worker()

    def _start(self, part: str, *arguments: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{part}", *map(str, arguments), "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def add_worker(self) -> None:
        """Start a worker."""
        options = ("--nthreads", 1, "--no-nanny", "--memory-limit", 0, "--death-timeout", 5)
        self.workers.append(self._start("worker", self.address, *options))

    def kill_worker(self, index: int) -> None:
        """Kill a worker, as the out-of-memory killer does."""
        worker = self.workers.pop(index)
        worker.kill()
        worker.wait()

    def end(self) -> None:
        """Kill the workers and the scheduler."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        self.workers, self.address = [], ""

    def __enter__(self) -> LocalCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

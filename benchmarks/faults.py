"""Is anything lost when processes are killed? SIGKILLs at random moments, and every result compared bit for bit.

    python -m benchmarks.faults [--kills N] [--seed N] [--keep FOLDER]

Each trial begins one of ``run``, ``evidence`` and ``scan`` in a new folder, on this machine's processes or on a dask
cluster (a scheduler and two workers, on localhost), and kills some of its processes: all of them, the parent, one
worker, the client or the scheduler; a third of the kills wait until a file is being written. After each kill every
checkpoint must be readable and no shorter than before; what died is started again, and the result is compared with
the one of an undisturbed command in one process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent

CARD = """
model: {{name: vll, formula: leading_order}}
data: {{vintage: paper_2021}}
priors: {priors}
sampler:
  {{ensembles: 4, walkers: 32, seed: 7, proposal: {proposal}, max_steps: {steps}, stop: {{ess: 1.0e9, rhat: 1.01}}}}
output: out
"""

VERBS = ("run", "evidence", "scan")
VICTIMS = {"local": ("group", "parent", "worker"), "dask": ("client", "worker", "worker", "worker", "scheduler")}

#: Exit codes of a command that has come to its end: a run with these targets does not converge.
DONE = {"run": 1, "evidence": 0, "scan": 0}


def write_card(folder: Path, steps: int = 400, proposal: str = "auto") -> Path:
    """Write a card that runs for some seconds."""
    path = folder / "card.yaml"
    path.write_text(CARD.format(priors=ROOT / "priors/vll-log.yaml", steps=steps, proposal=proposal))
    return path


def command(verb: str, card: Path, *more: object) -> list[str]:
    """Command line of a verb; its results are in the folder ``out`` beside the card, where evidence needs a run."""
    extra = {
        "run": ("--quiet",),
        "evidence": ("--json", "--method=B"),
        "scan": ("--x=m_L", "--y=m_S", "--nx=8", "--ny=12"),
    }
    subject = card.parent / "out" if verb == "evidence" else card
    return [sys.executable, "-m", "g2fit.cli.main", verb, str(subject), *extra[verb], *map(str, more)]


def begin(card: Path, *more: object) -> subprocess.Popen[str]:
    """Start a run and wait for its first checkpoint."""
    process = subprocess.Popen(command("run", card, *more), stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(card.parent.glob("out/ensemble-*.h5")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


class LocalCluster:
    """A dask scheduler and workers, each a process of its own.

    Parameters
    ----------
    folder : Path
        For their files.
    workers : int
        How many workers.
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
                raise RuntimeError("the scheduler does not start")
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
        """Kill everybody."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        self.workers, self.address = [], ""

    def __enter__(self) -> LocalCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def digest(verb: str, out: Path) -> dict[str, Any]:
    """Everything in a result that must not depend on how it was computed."""
    if verb == "evidence":
        return {"evidence": _without_seconds(json.loads((out / "evidence.json").read_text()))}
    found: dict[str, Any] = {}
    files = [*out.glob("ensemble-*.h5"), out / "result.nc"] if verb == "run" else list(out.glob("scan-*.nc"))
    for path in files:
        with h5py.File(path) as file:

            def keep(name: str, item: Any, path: Path = path) -> None:
                if isinstance(item, h5py.Dataset):
                    found[f"{path.name}:{name}"] = item[()]

            file.visititems(keep)
            if "mcmc" in file:
                found[f"{path.name}:reasons"] = file["mcmc"].attrs["reasons"]
    return found


def _without_seconds(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_seconds(value) for key, value in data.items() if key != "seconds"}
    return data


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of what differs, in any bit."""
    names = sorted({*one, *other})
    return [name for name in names if name not in one or name not in other or not _same(one[name], other[name])]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and a.dtype != object:
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(np.all(a == b))


def checkpoints(out: Path) -> dict[str, int]:
    """Length of each checkpoint: steps of a chain, pieces of an evidence, finished blocks of a scan.

    Raises
    ------
    Exception
        Whatever reading a damaged one raises.
    """
    found = {}
    for path in out.glob("ensemble-*.h5"):
        with h5py.File(path) as file:
            found[path.name] = int(file["mcmc"].attrs["iteration"])
            file["mcmc/chain"][...]
    for path in out.glob("evidence-parts/[AB].npz"):
        with np.load(path) as pieces:
            found[path.name] = len([pieces[name] for name in pieces.files])
    for path in out.glob(".scan-*/[r]ound-*.npz"):
        with np.load(path) as block:
            found[f"{path.parent.name}/{path.name}"] = block["u"].size
    for path in (*out.glob("*.nc"), *out.glob("evidence.json")):
        found[path.name] = 1
    return found


class Trial:
    """One command, its kills, and its end."""

    def __init__(
        self, verb: str, folder: Path, rng: random.Random, duration: float, cluster: LocalCluster | None
    ) -> None:
        self.verb, self.rng, self.duration, self.cluster = verb, rng, duration, cluster
        self.card = write_card(folder)
        self.out = folder / "out"
        self.killed: Counter[str] = Counter()
        self.lost: list[str] = []
        self.unsaid: list[str] = []
        self._before: dict[str, int] = {}
        self.process = self._begin()

    def _begin(self) -> subprocess.Popen[str]:
        more = ["--scheduler", self.cluster.address] if self.cluster else ["--workers", 2]
        return subprocess.Popen(
            command(self.verb, self.card, *more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def kill(self) -> bool:
        """Kill something at a random moment, and start it again; False if the command came to its end before."""
        if not self._wait():
            return False
        victims = VICTIMS["dask" if self.cluster else "local"]
        victim = self.rng.choice(victims)
        if victim == "worker" and self.cluster:
            self.cluster.kill_worker(self.rng.randrange(len(self.cluster.workers)))
            self.cluster.add_worker()
        elif victim == "worker":
            children = _children(self.process.pid)
            if not children:
                victim = "group"
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.rng.choice(children), signal.SIGKILL)
        if victim == "scheduler" and self.cluster:
            self.cluster.scheduler.kill()
            _, errors = self.process.communicate(timeout=120)
            if self.process.returncode not in (1, 2, DONE[self.verb]) or "Traceback" in errors:
                self.unsaid.append(f"message of a lost scheduler: {errors.strip()[-300:]}")
            self.cluster.end()
            self.cluster.begin()
            self.process = self._begin()
        elif victim != "worker":
            target = os.killpg if victim == "group" else os.kill
            target(self.process.pid, signal.SIGKILL)
            self.process.communicate()
            self.process = self._begin()
        self.killed[victim] += 1
        self._look(victim)
        return True

    def _wait(self) -> bool:
        """Wait for a random moment, or until a file is being written; False if there is nothing left to kill."""
        deadline = time.monotonic() + self.rng.uniform(0.0, 0.7 * self.duration)
        in_write = self.rng.random() < 1 / 3
        while self.process.poll() is None and time.monotonic() < deadline:
            if in_write and any(self.out.glob("**/.*-*.[hn][5pc]*")):
                break
            time.sleep(0.002)
        return self.process.poll() is None

    def _look(self, victim: str) -> None:
        try:
            now = checkpoints(self.out)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            self.lost.append(f"after {victim}: {error}")
            return
        finished = any(name.endswith(".nc") for name in now)
        for name, length in self._before.items():
            if now.get(name, 0) < length and not (finished and name.startswith(".scan")):
                self.lost.append(f"after {victim}: {name} has {now.get(name, 0)} of {length}")
        self._before = now

    def finish(self) -> str:
        """Let the command come to its end; say what is wrong with that, if anything is."""
        _, errors = self.process.communicate(timeout=600)
        if self.process.returncode != DONE[self.verb]:
            return f"exit code {self.process.returncode}: {errors.strip()[-300:]}"
        return ""


def _children(parent: int) -> list[int]:
    """Worker processes of a process: those that multiprocessing has spawned, without its resource tracker."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                line = (status.parent / "cmdline").read_bytes()
                if b"spawn_main" in line:
                    found.append(int(status.parent.name))
    return found


@contextlib.contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def main() -> None:
    """Kill, continue, compare; exit code 1 if anything is lost or differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--executors", nargs="*", choices=list(VICTIMS), default=list(VICTIMS))
    parser.add_argument("--verbs", nargs="*", choices=VERBS, default=VERBS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = random.Random(arguments.seed)
    kinds = [(verb, executor) for executor in arguments.executors for verb in arguments.verbs]
    totals = {kind: Counter[str]() for kind in kinds}
    wrong: list[str] = []
    with _place(arguments.keep) as place:
        expected, durations = {}, {}
        for verb in VERBS:
            (folder := place / f"{verb}-undisturbed").mkdir()
            if verb == "evidence":
                shutil.copytree(place / "run-undisturbed" / "out", folder / "out")
            begun = time.monotonic()
            one = command(verb, write_card(folder), "--workers", 1)
            done = subprocess.run(one, capture_output=True, text=True, check=False)
            durations[verb] = time.monotonic() - begun
            assert done.returncode == DONE[verb], done.stderr
            expected[verb] = digest(verb, folder / "out")
        with LocalCluster(place) as cluster:
            number = kills = 0
            while kills < arguments.kills:
                verb, executor = kinds[number % len(kinds)]
                (folder := place / f"{number:03d}-{verb}-{executor}").mkdir()
                number += 1
                helpers = cluster if executor == "dask" else None
                if verb == "evidence":
                    shutil.copytree(place / "run-undisturbed" / "out", folder / "out")
                trial = Trial(verb, folder, rng, durations[verb], helpers)
                wanted = rng.randint(4, 9)
                while trial.killed.total() < min(wanted, arguments.kills - kills) and trial.kill():
                    pass
                problem = trial.finish()
                differing = [] if problem else differences(expected[verb], digest(verb, trial.out))
                kills += trial.killed.total()
                count = totals[verb, executor]
                count.update(trial.killed)
                count.update(
                    trials=1, lost=len(trial.lost), unclear=len(trial.unsaid), different=bool(problem or differing)
                )
                wrong += [
                    f"{folder.name}: {text}" for text in (*trial.lost, *trial.unsaid, problem, *differing[:3]) if text
                ]
                found = trial.lost or trial.unsaid or problem or differing or "same"
                print(f"{folder.name}: {dict(trial.killed)} {found}", flush=True)
    _table(totals)
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def _table(totals: dict[tuple[str, str], Counter[str]]) -> None:
    victims = sorted({victim for names in VICTIMS.values() for victim in names})
    head = ("verb", "executor", *victims, "kills", "trials", "lost", "unclear", "different")
    rows = [
        (*kind, *(count[v] for v in victims), sum(count[v] for v in victims), *(count[c] for c in head[-4:]))
        for kind, count in totals.items()
    ]
    rows.append(("all", "", *(sum(row[i] for row in rows) for i in range(2, len(head)))))
    for row in (head, *rows):
        print("  ".join(f"{cell!s:>9}" for cell in row))


if __name__ == "__main__":
    main()

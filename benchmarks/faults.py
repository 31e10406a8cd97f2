"""Kill processes, flip bits and edit code: every result must be that of an undisturbed command, bit for bit.

    python -m benchmarks.faults [--kills N] [--flips N] [--edits N] [--seed N] [--keep FOLDER]
                                [--executors NAME …] [--verbs VERB …] [--record FILE]

*Kills.* Each trial starts one of ``run``, ``evidence``, ``scan``, ``sweep``, ``compare`` and ``post`` in a new folder,
either with two processes of this machine or on a dask cluster (a scheduler and two workers on localhost; neither
``compare`` nor ``post``).
SIGKILL is sent to some of its processes: the whole process group, the parent, one worker, the client or the scheduler.
One kill in three waits until a file is being written. After each kill every checkpoint must be readable and no shorter
than before. What was killed is started again, and its result is compared with that of the same command in one process.

*Flips.* So many bits are flipped, one at a time, in a file of each kind; what is then read must be an error that names
the file, be computed again, or be the same.

*Edits.* So many times a command is followed by an edit of a model, a likelihood or g2fit, and by another command; what
the first one left must be refused, or computed again as it would be in a new folder.

Prints a table of each; the exit code is 1 if anything was lost, differs or was used silently.
"""

from __future__ import annotations

import argparse
import contextlib
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

from benchmarks import recording
from g2fit.core.errors import StoreError
from tests.support import edits, flips
from tests.support.cluster import LocalCluster
from tests.support.runs import DONE, OF_RUNS, checkpoints, command, differences, digest, workers_of, write_card

#: Processes that may be killed, by executor; "group" is the command with all its workers.
VICTIMS = {"local": ("group", "parent", "worker"), "dask": ("client", "worker", "worker", "worker", "scheduler")}


class Trial:
    """One command that is killed several times, and its result."""

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
        """Kill a process at a random moment and start it again; return False if the command has finished before."""
        if not self._wait():
            return False
        victims = VICTIMS["dask" if self.cluster else "local"]
        victim = self.rng.choice(victims)
        if victim == "worker" and self.cluster:
            self.cluster.kill_worker(self.rng.randrange(len(self.cluster.workers)))
            self.cluster.add_worker()
        elif victim == "worker":
            children = workers_of(self.process.pid)
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
        """Wait for a random moment, or until a file is being written; return False if the command has finished."""
        deadline = time.monotonic() + self.rng.uniform(0.0, 0.7 * self.duration)
        in_write = self.rng.random() < 1 / 3
        while self.process.poll() is None and time.monotonic() < deadline:
            if in_write and (any(self.out.glob("**/.*-*.[hn][5pc]*")) or any(self.out.glob("*.journal"))):
                break
            time.sleep(0.002)
        return self.process.poll() is None

    def _look(self, victim: str) -> None:
        try:
            now = checkpoints(self.out)
        except (OSError, ValueError, KeyError, StoreError, zipfile.BadZipFile) as error:
            self.lost.append(f"after {victim}: {error}")
            return
        finished = any(name.endswith(".nc") for name in now)
        for name, length in self._before.items():
            if now.get(name, 0) < length and not (finished and name.startswith(".scan")):
                self.lost.append(f"after {victim}: {name} has {now.get(name, 0)} of {length}")
        self._before = now

    def finish(self) -> str:
        """Wait until the command has finished; return what is wrong with how it ended, or an empty string."""
        _, errors = self.process.communicate(timeout=600)
        if self.process.returncode != DONE[self.verb]:
            return f"exit code {self.process.returncode}: {errors.strip()[-300:]}"
        return ""


@contextlib.contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def main() -> None:
    """Run the trials of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--flips", type=int, default=200, help="in each kind of file")
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--executors", nargs="*", choices=list(VICTIMS), default=list(VICTIMS))
    parser.add_argument("--verbs", nargs="*", choices=list(DONE), default=list(DONE))
    recording.add_option(parser)
    arguments = parser.parse_args()
    found: dict[str, Any] = {}
    warnings.simplefilter("ignore")
    rng = random.Random(arguments.seed)
    wrong: list[str] = []
    with _place(arguments.keep) as place:
        if arguments.kills:
            found["kills"], lines = kill_all(place, rng, arguments.kills, arguments.executors, arguments.verbs)
            wrong += lines
        if arguments.flips:
            found["flips"], lines = flip_all(place / "flips", rng, arguments.flips)
            wrong += lines
        if arguments.edits:
            (place / "edits").mkdir()
            counts, lines = edits.tally(place / "edits", edits.pairs(arguments.edits, rng))
            print(f"edits: {dict(counts)}", flush=True)
            found["edits"] = dict(counts)
            wrong += lines
    print("\n".join(wrong))
    recording.write(arguments.record, {"passed": not wrong, "wrong": wrong, **found})
    sys.exit(1 if wrong else 0)


def flip_all(place: Path, rng: random.Random, count: int) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Flip bits in every kind of file; return the outcomes by file, and what was wrong."""
    wrong, outcomes = [], {}
    for name, read in flips.make_files(place).items():
        counts, silent = flips.flip_bits(place, name, read, count, rng)
        print(f"flips in {name}: {dict(counts)}", flush=True)
        outcomes[name] = dict(counts)
        wrong += silent
    return outcomes, wrong


def undisturbed(place: Path, verbs: list[str]) -> tuple[dict[str, dict[str, object]], dict[str, float]]:
    """Results of the verbs in one process, and the seconds that they took."""
    expected, durations = {}, {}
    for verb in dict.fromkeys(["run", *verbs]):
        folder = place / f"{verb}-undisturbed"
        folder.mkdir()
        if verb in OF_RUNS:
            shutil.copytree(place / "run-undisturbed" / "out", folder / "out")
        begun = time.monotonic()
        one = command(verb, write_card(folder), "--workers", 1)
        done = subprocess.run(one, capture_output=True, text=True, check=False)
        durations[verb] = time.monotonic() - begun
        assert done.returncode == DONE[verb], done.stderr
        expected[verb] = digest(verb, folder / "out")
    return expected, durations


def kill_all(
    place: Path, rng: random.Random, most: int, executors: list[str], verbs: list[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Make trials until there were so many kills; return a row for each verb and executor, and what was wrong."""
    kinds = [(verb, name) for name in executors for verb in verbs if name == "local" or verb not in ("compare", "post")]
    totals = {kind: Counter[str]() for kind in kinds}
    wrong: list[str] = []
    expected, durations = undisturbed(place, verbs)
    with LocalCluster(place) if "dask" in executors else contextlib.nullcontext() as cluster:
        number = kills = 0
        while kills < most:
            verb, executor = kinds[number % len(kinds)]
            (folder := place / f"{number:03d}-{verb}-{executor}").mkdir()
            number += 1
            helpers = cluster if executor == "dask" else None
            if verb in OF_RUNS:
                shutil.copytree(place / "run-undisturbed" / "out", folder / "out")
            trial = Trial(verb, folder, rng, durations[verb], helpers)
            wanted = rng.randint(4, 9)
            while trial.killed.total() < min(wanted, most - kills) and trial.kill():
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
    return _table(totals), wrong


def _table(totals: dict[tuple[str, str], Counter[str]]) -> list[dict[str, Any]]:
    victims = sorted({victim for names in VICTIMS.values() for victim in names})
    head = ("verb", "executor", *victims, "kills", "trials", "lost", "unclear", "different")
    rows: list[tuple[Any, ...]] = [
        (*kind, *(count[v] for v in victims), sum(count[v] for v in victims), *(count[c] for c in head[-4:]))
        for kind, count in totals.items()
    ]
    rows.append(("all", "", *(sum(row[i] for row in rows) for i in range(2, len(head)))))
    for row in (head, *rows):
        print("  ".join(f"{cell!s:>9}" for cell in row))
    return [dict(zip(head, row, strict=True)) for row in rows]


if __name__ == "__main__":
    main()

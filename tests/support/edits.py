"""Edits of the code between two commands: what the first one left must be refused or computed again, never reused."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.support import ROOT
from tests.support.runs import differences, digest

MODEL = """
import numpy as np
from g2fit.models import Model, Quantity

SCALE = 1.0


class Own(Model):
    name = "own"
    parameters = (Quantity("x", "x"), Quantity("y", "y"))
    observables = (Quantity("delta_a_mu", "a", sm=0.0),)

    def predict(self, theta):
        x, y = self.as_points(theta).T
        return {"delta_a_mu": SCALE * 1e-9 * (x + y**2), "reason": np.zeros(len(x), dtype=np.int8)}


def term(values):
    return -0.5 * (1e9 * values.get("delta_a_mu", np.zeros(1)) - 2.0) ** 2
"""

CARD = """
model: {name: own}
data: {vintage: paper_2021, likelihoods: [own_term]}
parameters:
  x: {prior: {dist: uniform, min: -5, max: 5}}
  y: {prior: {dist: uniform, min: -5, max: 5}}
sampler:
  {ensembles: 4, walkers: 16, seed: 1, proposal: local, max_steps: 60, calls: many, stop: {ess: 1.0e9, rhat: 1.01}}
output: out
"""

POINTS = "[g2fit.models]\nown = own:Own\n[g2fit.likelihoods]\nown_term = own:term\n"

#: File, text and its replacement: the model, a likelihood, a constant of it, and code of g2fit.
EDITS = (
    ("own.py", "SCALE * 1e-9", "SCALE * 1.5e-9"),
    ("own.py", "- 2.0) ** 2", "- 1.0) ** 2"),
    ("own.py", "SCALE = 1.0", "SCALE = 0.7"),
    ("g2fit/likelihoods/build.py", "\n\n\n", "\n\nEDITED = 1\n\n"),
)

#: Commands that leave something, and those that could use it.
FIRST = ("run", "evidence", "scan", "sweep", "compare")
SECOND = (*FIRST, "summary", "plot", "report", "post")

#: Commands that need a run, if there is one.
OF_RUNS = ("evidence", "compare", "summary", "plot", "report", "post")

#: What messages about other code say.
SAID = ("other code", "(code: ")


class Workplace:
    """A copy of g2fit with a model and a likelihood of its own, which can be edited, and folders of results."""

    def __init__(self, place: Path) -> None:
        self.place, self.code = place, place / "code"
        shutil.copytree(ROOT / "g2fit", self.code / "g2fit", ignore=shutil.ignore_patterns("__pycache__"))
        (self.code / "own-1.dist-info").mkdir()
        (self.code / "own-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1\n")
        (self.code / "own-1.dist-info/entry_points.txt").write_text(POINTS)
        (self.code / "own.py").write_text(MODEL)
        self._fresh: dict[tuple[int | None, str], dict[str, Any]] = {}
        self._states: dict[tuple[int | None, str], Path] = {}

    def edit(self, number: int | None) -> None:
        """Make one of the edits, or none, in sources as they were."""
        for file in {name for name, _, _ in EDITS}:
            source = MODEL if file == "own.py" else (ROOT / file).read_text()
            if number is not None and EDITS[number][0] == file:
                before, after = source, source.replace(*EDITS[number][1:], 1)
                assert before != after
                source = after
            (self.code / file).write_text(source)

    def command(self, verb: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a verb on the card of a folder, or on its run if there is one and the verb takes runs."""
        card, out = folder / "card.yaml", folder / "out"
        subject = out if verb in OF_RUNS and (out / "manifest.json").exists() else card
        more = {
            "run": ("--quiet", "--workers=1"),
            "evidence": ("--json", "--method=bridge", "--workers=1"),
            "scan": ("--x=x", "--y=y", "--nx=3", "--ny=3", "--workers=1"),
            "sweep": ("--points=500", f"--output={folder / 'sweep'}", "--workers=1"),
            "compare": ("--json", "--workers=1"),
            "post": ("--quiet", "--drop=own_term", "--ess=20", f"--out={folder / 'post'}", "--workers=1"),
            "plot": ("--kind=predictive", "--format=png"),
        }
        line = [sys.executable, "-m", "g2fit.cli.main", verb, str(subject), *more.get(verb, ())]
        return subprocess.run(line, capture_output=True, text=True, check=False, env=self._environment(), cwd=folder)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.code), "PYTHONDONTWRITEBYTECODE": "1"}

    def state(self, first: str) -> Path:
        """Folder after a first command with the sources as they were."""
        if (None, first) not in self._states:
            folder = self._new(f"after-{first}")
            self.edit(None)
            for verb in ("run", first) if first in OF_RUNS else (first,):
                done = self.command(verb, folder)
                assert done.returncode == (1 if verb == "run" else 0), done.stderr
            self._states[None, first] = folder
        return self._states[None, first]

    def _new(self, name: str) -> Path:
        folder = self.place / name
        folder.mkdir()
        (folder / "card.yaml").write_text(CARD)
        return folder

    def fresh(self, number: int, verb: str) -> dict[str, Any]:
        """What a command finds with edited sources in a new folder."""
        if (number, verb) not in self._fresh:
            folder = self._new(f"fresh-{number}-{verb}")
            done = self.command(verb, folder)
            assert done.returncode == (1 if verb == "run" else 0), done.stderr
            self._fresh[number, verb] = _found(verb, folder, done)
        return self._fresh[number, verb]

    def trial(self, first: str, second: str, number: int) -> str:
        """Outcome of a command, an edit and another command: ``refused``, ``said``, ``again``, or what is wrong."""
        folder = self.place / f"trial-{first}-{second}-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.state(first), folder)
        self.edit(number)
        done = self.command(second, folder)
        said = any(text in done.stdout + done.stderr for text in SAID)
        if done.returncode == 2 and said and "Traceback" not in done.stderr:
            return "refused"
        if second == "summary" and done.returncode == 0 and said:
            return "said"
        if second not in FIRST or done.returncode not in (0, 1):
            return f"exit code {done.returncode}: {(done.stdout + done.stderr)[-300:]}"
        different = differences(self.fresh(number, second), _found(second, folder, done))
        return "again" if not different else f"reused: {different[:3]}"


def _found(verb: str, folder: Path, done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Everything that a command finds, without the time that it took."""
    if verb in ("evidence", "compare"):
        return {"stdout": _timeless(json.loads(done.stdout))}
    if verb == "sweep":
        import pyarrow.parquet as pq

        table = pq.read_table(folder / "sweep/points-000000.parquet")
        return {name: table[name].to_numpy() for name in table.column_names}
    return digest(verb, folder / "out")


def _timeless(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _timeless(value) for key, value in data.items() if key not in ("seconds", "checksum", "entries")}
    return [_timeless(value) for value in data] if isinstance(data, list) else data


def pairs(count: int, rng: random.Random) -> list[tuple[str, str, int]]:
    """So many trials: each pair of commands about equally often, each time with another edit."""
    leave_a_run = ("run", "evidence", "compare")
    every = [(first, second) for first in FIRST for second in SECOND if second in FIRST or first in leave_a_run]
    chosen = [pair for _ in range(-(-count // len(every))) for pair in rng.sample(every, len(every))][:count]
    return [(*pair, rng.randrange(len(EDITS))) for pair in chosen]


def tally(place: Path, trials: list[tuple[str, str, int]]) -> tuple[Counter[str], list[str]]:
    """Make the trials; count their outcomes and list what is wrong."""
    work = Workplace(place)
    counts: Counter[str] = Counter()
    wrong = []
    for first, second, number in trials:
        outcome = work.trial(first, second, number)
        counts[outcome if outcome in ("refused", "said", "again") else "wrong"] += 1
        if outcome not in ("refused", "said", "again"):
            wrong.append(f"{first}, edit {number}, {second}: {outcome}")
    return counts, wrong

"""Commands of g2fit in processes of their own, and the comparison of what they leave, bit for bit."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from g2fit.sampling.chain_file import ChainFile
from tests.support import ROOT

CARD = """
model: {{name: vll, formula: leading_order}}
data: {{vintage: paper_2021}}
priors: {priors}
sampler:
  {{ensembles: 4, walkers: 32, seed: 7, proposal: {proposal}, max_steps: {steps}, stop: {{ess: 1.0e9, rhat: 1.05}}}}
output: out
"""

#: Exit code of each command when it has finished: a run with the targets of `CARD` does not converge, nor does `post`.
DONE = {"run": 1, "evidence": 0, "scan": 0, "sweep": 0, "compare": 0, "post": 1}

#: Commands whose tasks any workers do.
DISTRIBUTED = ("run", "evidence", "scan")

#: Commands that begin with the run of an undisturbed command.
OF_RUNS = ("evidence", "compare", "post")

#: Points of a sweep: three files and a little.
POINTS = 800_000


def write_card(folder: Path, steps: int = 400, proposal: str = "auto") -> Path:
    """Write a card whose run takes a few seconds."""
    path = folder / "card.yaml"
    path.write_text(CARD.format(priors=ROOT / "priors/vll-log.yaml", steps=steps, proposal=proposal))
    return path


def command(verb: str, card: Path, *more: object) -> list[str]:
    """Command line of a verb. Results go to the folder ``out`` beside the card, where ``evidence`` expects a run."""
    extra = {
        "run": ("--quiet",),
        "evidence": ("--json", "--method=bridge"),
        "scan": ("--x=m_L", "--y=m_S", "--nx=8", "--ny=12"),
        "sweep": (f"--points={POINTS}", f"--output={card.parent / 'out/sweep'}", "--column=R_tau"),
        "compare": (f"--out={card.parent / 'out'}",),
        "post": (
            "--quiet",
            "--data=paper_2021,electroweak=conditional",
            "--ess=50",
            f"--out={card.parent / 'out/post'}",
        ),
    }
    subject = card.parent / "out" if verb in OF_RUNS else card
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


def kill_after(card: Path, seconds: float, *more: object) -> bool:
    """Start a run and kill it so long after it has written anything; whether it was still running."""
    out = card.parent / "out"

    def written() -> float:
        times = [0.0]
        for path in out.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # a temporary file
                times.append(path.stat().st_mtime)
        return max(times)

    before = written()
    process = subprocess.Popen(
        command("run", card, *more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while written() == before and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return running


def digest(verb: str, out: Path) -> dict[str, Any]:
    """Everything in the results of a command that must not depend on how they were computed."""
    if verb in ("evidence", "compare"):
        name = "comparison.json" if verb == "compare" else "evidence.json"
        return {verb: _without_seconds(json.loads((out / name).read_text()))}
    if verb == "sweep":
        return {path.name: path.read_bytes() for path in out.glob("sweep/*.parquet")}
    found: dict[str, Any] = {}
    files = {
        "run": [*out.glob("ensemble-*.h5"), out / "result.nc"],
        "scan": list(out.glob("scan-*.nc")),
        "post": [out / "post/result.nc"],
    }[verb]
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
        return {key: _without_seconds(value) for key, value in data.items() if key not in ("seconds", "checksum")}
    return data


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of the entries of two digests that differ in any bit."""
    names = sorted({*one, *other})
    return [name for name in names if name not in one or name not in other or not _same(one[name], other[name])]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and a.dtype != object:
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(np.all(a == b))


def checkpoints(out: Path) -> dict[str, int]:
    """Length of each checkpoint in a run folder: steps of a chain, values of finished tasks and tiles.

    Raises
    ------
    Exception
        If a checkpoint is damaged: whatever reading it raises.
    """
    found = {}
    for path in out.glob("ensemble-*.h5"):
        chain = ChainFile(path)
        found[path.name] = chain.steps
        chain.read("chain", 0, found[path.name])
    for path in (*out.glob("evidence-parts/*/[!.]*.npz"), *out.glob(".scan-*/[r]ound-*.npz")):
        with np.load(path) as part:
            found[f"{path.parent.name}/{path.name}"] = sum(part[name].size for name in part.files)
    for path in (*out.glob("[!.]*.nc"), *out.glob("evidence.json"), *out.glob("sweep/points-*.parquet")):
        found[path.name] = 1
    return found


def workers_of(process: int) -> list[int]:
    """Process ids of the worker processes of a process: the children of the server from which they are forked."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    return [child for child, parent in parents.items() if parents.get(parent) == process]


def as_by_a_former_version(folder: Path, **changes: Any) -> None:
    """Make a run folder one of a version that recorded neither code nor digests; `changes` are of the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text()) | {"format": 1} | changes
    manifest = {key: value for key, value in manifest.items() if key not in ("checksum", "code", "files", "package")}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with h5py.File(folder / "result.nc", "r+") as file:
        file.attrs["manifest"] = json.dumps(manifest)

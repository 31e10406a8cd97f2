"""Fits of any size with a cheap likelihood, and what the processes of a command take: memory, and bytes written."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

MODEL = '''
"""A normal distribution in any number of dimensions."""

import numpy as np

from g2fit.models import Model, Quantity

DIMENSION = {dimension}


class Normal(Model):
    name = "normal"
    thread_safe = True
    reasons = ("valid",)
    parameters = tuple(Quantity(f"x{{i}}", f"x_{{{{{{i}}}}}}") for i in range(DIMENSION))
    observables = (Quantity("square", "x^2"),)

    def predict(self, theta):
        return {{"square": np.einsum("ij,ij->i", theta, theta), "reason": np.zeros(len(theta), dtype=np.int64)}}


def normal(values):
    return -0.5 * values["square"]
'''

#: Seconds between two looks at the processes.
POLL = 0.2


def write_fit(folder: Path, dimension: int, **sampler: Any) -> Path:
    """Write the card of a standard normal posterior with so many parameters, and the file of its model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "normal.py").write_text(MODEL.format(dimension=dimension))
    card = {
        "model": {"file": "normal.py", "class": "Normal"},
        "data": {"vintage": "paper_2021", "limits": "off"},
        "likelihoods": {"normal": {"file": "normal.py", "function": "normal"}},
        "parameters": {f"x{i}": {"prior": {"dist": "uniform", "min": -10, "max": 10}} for i in range(dimension)},
        "sampler": {"calls": "many", "seed": 1, **sampler},
        "output": "out",
    }
    with (folder / "card.yaml").open("w") as file:
        YAML(typ="safe").dump(card, file)
    return folder / "card.yaml"


class Taken(NamedTuple):
    """Largest memory of all processes of a command together, bytes that they wrote, seconds, and its exit code.

    The memory is the sum of the resident sets, in which pages that processes share count several times; bytes written
    are those of all system calls, so that those between processes count, too.
    """

    memory: int
    written: int
    seconds: float
    code: int


def watched(*arguments: object) -> Taken:
    """Run a command of g2fit, and look at its processes until it ends."""
    begun, memory = time.monotonic(), 0
    written: dict[int, int] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "g2fit.cli.main", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        while process.poll() is None:
            resident = 0
            for number in _family(process.pid):
                about = Path(f"/proc/{number}")
                try:
                    resident += int(_entry(about / "status", "VmRSS"))
                    written[number] = int(_entry(about / "io", "wchar"))
                except (OSError, StopIteration):  # it has ended
                    continue
            memory = max(memory, 1024 * resident)
            time.sleep(POLL)
    finally:
        process.kill()
        _, errors = process.communicate()
    if process.returncode not in (0, 1):
        raise RuntimeError(errors.decode()[-2000:])
    return Taken(memory, sum(written.values()), time.monotonic() - begun, process.returncode)


def written() -> int:
    """Bytes that this process has written so far, to files and elsewhere."""
    return int(_entry(Path("/proc/self/io"), "wchar"))


def _entry(path: Path, name: str) -> str:
    return next(line.split()[1] for line in path.read_text().splitlines() if line.startswith(f"{name}:"))


def _family(process: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(status.parent.name))
    found = [process]
    for number in found:
        found += children.get(number, [])
    return found

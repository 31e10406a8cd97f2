"""Wall time of whole commands with warm caches: ``python -m benchmarks startup``.

Each command is a process of its own, started five times after a first one that fills the caches (compiled kernels,
byte code, files); the table shows the median and what it should not exceed. ``python -m benchmarks.startup --imports``
lists the slowest imports of each command too.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CARD = ROOT / "analysis" / "vll-2021.yaml"

#: Timed repetitions of each command.
REPETITIONS = 5

#: Slowest imports that are listed for each command.
IMPORTS = 12

#: Commands, and the largest median of each, in seconds. RUN is a finished run folder, NEW one that does not exist.
TARGETS = {
    "list models": 0.6,
    "status RUN": 0.6,
    "summary RUN": 1.5,
    "plot RUN --kind corner --format png": 3.0,
    f"run {CARD} --out NEW --quiet": 5.0,
}


def process(arguments: list[str], *interpreter: str) -> subprocess.CompletedProcess[str]:
    """Run ``g2fit`` in a process of its own, which finds and keeps the byte code of modules as users' processes do."""
    line = [sys.executable, *interpreter, "-m", "g2fit.cli", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)


def arguments_of(line: str, folder: Path, number: int) -> list[str]:
    """Arguments of a command, with its folders."""
    places = {"RUN": folder / "run", "NEW": folder / f"new-{number}"}
    return [str(places.get(word, word)) for word in line.split()]


def seconds(line: str, folder: Path) -> list[float]:
    """Wall times of the repetitions of a command."""
    times = []
    for number in range(REPETITIONS + 1):
        begun = time.perf_counter()
        process(arguments_of(line, folder, number))
        times.append(time.perf_counter() - begun)
    return times[1:]


def slowest_imports(line: str, folder: Path) -> list[tuple[float, str]]:
    """Cumulative seconds and names of the slowest imports of a command."""
    done = process(arguments_of(line, folder, REPETITIONS + 1), "-X", "importtime")
    rows = re.findall(r"^import time:\s+\d+ \|\s+(\d+) \|\s+(\S+)$", done.stderr, re.MULTILINE)
    return sorted(((int(duration) / 1e6, name) for duration, name in rows), reverse=True)[:IMPORTS]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        process(["run", str(CARD), "--out", str(folder / "run"), "--quiet"])
        print(f"{'command':45s} {'median':>8s} {'fastest':>8s} {'slowest':>8s} {'target':>8s}  s")
        for line, target in TARGETS.items():
            times = seconds(line, folder)
            shown = line.replace(str(CARD), f"analysis/{CARD.name}")
            row = "".join(f" {value:8.2f}" for value in (statistics.median(times), min(times), max(times), target))
            print(f"{shown:45s}{row}", flush=True)
            if "--imports" in sys.argv:
                for duration, name in slowest_imports(line, folder):
                    print(f"    {duration:6.2f} {name}")


if __name__ == "__main__":
    main()

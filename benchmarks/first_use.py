"""How long a newcomer waits: ``python -m benchmarks.first_use``.

Builds the wheel, then takes the steps of somebody who has Python alone, in an empty folder with empty caches: make an
environment and install the wheel, write a study, run its first card (which compiles the kernels), draw the figures and
write the report. The table shows seconds of wall time and of processor time; the whole should take less than 3 minutes
on two idle cores. pip needs its package index, or what ``PIP_*`` says instead.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: The whole, in seconds of wall time.
TARGET = 180.0

#: Name and command of each step; the programs are those of the new environment.
STEPS = (
    ("environment", "{python} -m venv env"),
    ("install", "env/bin/python -m pip install --quiet --disable-pip-version-check {wheel}"),
    ("init", "env/bin/g2fit init study"),
    ("run", "env/bin/g2fit run study/analysis/vll-2026.yaml --quiet"),
    ("plot", "env/bin/g2fit plot study/chains/vll-2026"),
    ("report", "env/bin/g2fit report study/chains/vll-2026"),
)


def cpu_seconds() -> float:
    """Processor time of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the table; exit with 1 if the whole took too long."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "dist")]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        (wheel,) = (folder / "dist").glob("*.whl")
        empty = folder / "empty"
        empty.mkdir()
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "G2FIT_CACHE_DIR")}
        environment = {**kept, "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache")}
        python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'step':12s} {'wall':>8s} {'cpu':>8s}  s")
        total, total_cpu = 0.0, 0.0
        for name, text in STEPS:
            begun, used = time.perf_counter(), cpu_seconds()
            command = text.format(python=python, wheel=wheel).split()
            subprocess.run(command, cwd=empty, env=environment, check=True, stdout=subprocess.DEVNULL)
            wall, cpu = time.perf_counter() - begun, cpu_seconds() - used
            total, total_cpu = total + wall, total_cpu + cpu
            print(f"{name:12s} {wall:8.1f} {cpu:8.1f}", flush=True)
        print(f"{'all':12s} {total:8.1f} {total_cpu:8.1f}")
    if total > TARGET:
        sys.exit(f"target: {TARGET:.0f} s")


if __name__ == "__main__":
    main()

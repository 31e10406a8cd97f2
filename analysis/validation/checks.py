"""The checks of docs/validation.md: one command each, in full and in a quick form."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from analysis.validation.records import ROOT, Record, commit_of_the_package, machine, now, present_code

__all__ = ["CHECKS", "Check", "run"]

#: Modules behind all predictions.
MODELS = (
    "g2fit.models.mssm.model",
    "g2fit.models.vll.model",
    "g2fit.models.vll.flavour.model",
    "g2fit.models.vll.representations.model",
)

#: Modules behind a run and its regions.
RUNS = (*MODELS, "g2fit.pipeline", "g2fit.results.marginals")

#: Modules behind an exploration and the posterior that it explores.
EXPLORATION = (*MODELS, "g2fit.posterior.posterior", "g2fit.sampling.ensemble", "g2fit.sampling.exploration")

#: The whole program, with what reads and writes.
PROGRAM = ("g2fit", "g2fit.cli.main")

#: File with every single run of a comparison of samplers.
SINGLE_RUNS = "analysis/output/calls.jsonl"

#: Packages of samplers, whose versions are recorded.
SAMPLERS = {name: name for name in ("dynesty", "pocomc", "ultranest", "pypmc", "blackjax")} | {
    "nautilus": "nautilus-sampler"
}

#: Targets on which g2fit is run with ten seeds, those with one, which take longer, and those for other samplers.
OWN_TARGETS = (
    "gaussian-3", "two-modes-4", "banana-2", "cut-2", "correlated-5", "shells-2", "mssm-2019", "ridge", "ridge-extreme",
    "vll-2021", "eggbox-2", "narrow-mode-4", "standard-10", "shells-5", "curved-ridge-8", "correlated-10", "funnel-4",
    "rosenbrock-4", "two-modes-10", "narrow-mode-10", "log-gamma-10", "shells-10",
)  # fmt: skip
LARGE_TARGETS = (
    "funnel-10", "rosenbrock-10", "correlated-20", "correlated-30", "standard-20", "standard-30", "standard-50",
    "log-gamma-20", "log-gamma-30", "joint-vll-emu", "vll-3gen-2026",
)  # fmt: skip
PEER_TARGETS = ("gaussian-3", "two-modes-4", "banana-2", "cut-2", "shells-2", "correlated-5", "mssm-2019", "vll-2021")


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    module : str
        Module that is run with ``python -m`` and the option ``--record FILE``.
    full, quick : str
        Its further arguments; without a quick form the check is left out when all are to be quick.
    depends : tuple of str
        Modules of the package that its results depend on, with all that these import; see `present_code`.
    """

    module: str
    full: str
    quick: str | None
    depends: tuple[str, ...]

    def command(self, quick: bool) -> list[str] | None:
        """Module and arguments; None if there is no quick form."""
        arguments = self.quick if quick else self.full
        return None if arguments is None else [self.module, *shlex.split(arguments)]


#: All checks by name, in the order in which they are run and shown.
CHECKS = {
    "physics": Check("analysis.validation.physics", "", "", MODELS),
    "papers": Check("analysis.reproduction", "--points 241", "--points 41", MODELS),
    "coverage": Check(
        "benchmarks.coverage", "analysis/vll-2021.yaml --sets 100", "analysis/vll-2021.yaml --sets 3", RUNS
    ),
    "sbc": Check(
        "benchmarks.sbc", "analysis/vll-2026.yaml --fits 256", "analysis/vll-2021.yaml --fits 20", EXPLORATION
    ),
    "calibration": Check(
        "benchmarks.calibration",
        f"--seeds 20 --runs {SINGLE_RUNS}",
        f"vll-2021 --targets gaussian-3 --seeds 4 --target-seeds 4 --runs {SINGLE_RUNS}",
        (*EXPLORATION, "g2fit.inference.evidence.run"),
    ),
    "regions": Check(
        "benchmarks.regions", "--seeds 50", "--seeds 5 --sizes 4000 --no-planes", ("g2fit.results.kernel_density",)
    ),
    "calls": Check(
        "benchmarks.calls",
        f"--samplers g2fit-few --seeds 10 --limit 300 --here --json {SINGLE_RUNS} --targets {' '.join(OWN_TARGETS)}",
        f"--samplers g2fit-few --seeds 1 --here --json {SINGLE_RUNS} --targets gaussian-3 cut-2",
        EXPLORATION,
    ),
    "large": Check(
        "benchmarks.calls",
        f"--samplers g2fit-few --seeds 1 --limit 100 --here --json {SINGLE_RUNS} --targets {' '.join(LARGE_TARGETS)}",
        None,
        EXPLORATION,
    ),
    "peers": Check(
        "benchmarks.calls",
        f"--seeds 1 --limit 100 --json {SINGLE_RUNS} --targets {' '.join(PEER_TARGETS)}",
        None,
        EXPLORATION,
    ),
    "seconds": Check("benchmarks.samplers", "--all", None, EXPLORATION),
    "coordinates": Check("benchmarks.coordinates", "", None, EXPLORATION),
    "faults": Check(
        "benchmarks.faults", "--kills 200 --flips 200 --edits 100", "--kills 4 --flips 3 --edits 2", PROGRAM
    ),
    "fuzz": Check("benchmarks.fuzz", "--examples 20000", "--examples 200", PROGRAM),
}


def run(name: str, folder: Path, quick: bool) -> Record | None:
    """Run a check and keep its record, unless there is one of the same command and code; None if it is left out.

    A check that fails has a record as well: its page shows what failed. One that ends without results has none.
    """
    check = CHECKS[name]
    command = check.command(quick)
    if command is None:
        return None
    code = present_code(check.depends)
    before = Record.load(folder, name)
    if before is not None and before.is_of(command, code):
        return before
    commit, begun = commit_of_the_package(), time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "record.json"
        done = subprocess.run([sys.executable, "-m", *command, "--record", str(file)], cwd=ROOT, check=False)
        if not file.exists():
            raise SystemExit(f"{name}: ended with exit code {done.returncode} and without results")
        results = json.loads(file.read_text(encoding="utf-8"))
    seconds = float(results.get("seconds", time.monotonic() - begun))
    record = Record(name, command, commit, code, now(), seconds, machine(SAMPLERS), results)
    record.save(folder)
    return record

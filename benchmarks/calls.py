"""Likelihood calls that samplers need until their weighted draws are worth 4000, and how far ln Z is from the truth.

    python -m benchmarks.calls [--targets NAME …] [--part tuning|judging] [--samplers NAME …] [--seeds N] [--first SEED]
                               [--limit SECONDS] [--here] [--json FILE] [--record FILE]

Every run ends without a result after the limit. It has a process of its own, with one thread, so that a sampler that
fails or never ends does not matter; with ``--here`` all are made in this one, which saves the start of Python. All
seconds are of processor time, so that other programs on the machine do not matter. Prints a line for each run, then
for each target and sampler the median and the worst over the seeds of: calls; the deviation of ln Z; its stated error;
the effective sample size (ESS) of the weighted draws; and seconds. Finally lists all failures: not finished, ESS too
small, ln Z too far off. Samplers that are not installed are named and left out (``pip install -e '.[bench]'``).

With ``--json`` every run is added to a file, as one line of JSON, as soon as it ends. Runs that the file already has
are not repeated, so that an interrupted comparison continues, and a finished one is only printed; only those of another
version of a sampler are, of g2fit those of other code.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peers, recording, targets

#: Largest deviation of ln Z that passes, beside three standard errors of the truth.
TOLERANCE = 0.05

#: A process is killed this many seconds of processor time after the limit, which imports and compilation are part of.
PATIENCE = 600

#: A function that makes a run of a target by a sampler with a seed.
Run = Callable[[str, str, int], dict[str, Any]]

#: Environment of every run: numerical libraries use one thread.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def measure(name: str, sampler: str, seed: int, limit: float) -> dict[str, Any]:
    """Run a sampler on a target in this process; the seconds do not include imports, nor the compilation of kernels."""
    target = targets.make(name)
    target.of_normal(np.zeros((2, target.dimension)))
    target.of_uniform(np.full((2, target.dimension), 0.5))
    begun = time.process_time()
    target.deadline = begun + limit
    row: dict[str, Any] = {"target": name, "dimension": target.dimension, "sampler": sampler, "seed": seed}
    row["version"] = peers.version_of(sampler)
    try:
        outcome = peers.run(sampler, target, seed)
    except targets.OutOfTimeError:
        row["failures"] = [f"not finished within {limit:g} s"]
    else:
        row |= outcome._asdict() | {"off": outcome.log_z - target.log_z, "truth_error": target.log_z_error}
        row["failures"] = failures(row)
    return row | {"calls": target.calls, "seconds": time.process_time() - begun}


def failures(row: dict[str, Any]) -> list[str]:
    """Reasons why a finished run does not pass.

    >>> failures({"ess": 3900.0, "off": -0.2, "truth_error": 0.001})
    ['ESS 3900', 'ln Z off by -0.200']
    """
    found = []
    if not row["ess"] >= peers.ESS:
        found.append(f"ESS {row['ess']:.0f}")
    if not abs(row["off"]) <= TOLERANCE + 3.0 * row["truth_error"]:
        found.append(f"ln Z off by {row['off']:+.3f}")
    return found


def measured(name: str, sampler: str, seed: int, limit: float) -> dict[str, Any]:
    """Do the same in a process of its own, which is killed if it computes on without evaluating the likelihood."""
    command = [sys.executable, "-m", "benchmarks.calls", "--one", name, sampler, str(seed), str(limit)]
    row: dict[str, Any] = {"target": name, "sampler": sampler, "seed": seed, "version": peers.version_of(sampler)}
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
    if done.returncode == -signal.SIGXCPU:
        return row | {"failures": [f"killed {PATIENCE} s after the limit"], "seconds": limit + PATIENCE}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return row | {"failures": [f"failed: {last}"], "seconds": 0.0}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def line(row: dict[str, Any]) -> str:
    """One run as a line of text."""
    text = f"{row['target']:16s} {row['sampler']:14s} seed {row['seed']:<5d} {row.get('calls', 0):9d} calls"
    if "ess" in row:
        text += f"  ESS {row['ess']:7.0f}  ln Z off {row['off']:+.4f} (stated {row['error']:.4f})"
    return f"{text}  {row['seconds']:6.1f} s  {'; '.join(row['failures'])}"


def spread(rows: Sequence[dict[str, Any]], key: str, form: str) -> str:
    """Median and worst of a number over the runs that have it: the largest, or of the ESS the smallest.

    >>> spread([{"off": -0.3}, {"off": 0.1}, {"off": 0.2}, {}], "off", ".1f")
    '0.2 [0.3]'
    """
    values = [abs(row[key]) for row in rows if key in row]
    if not values:
        return "-"
    worst = min(values) if key == "ess" else max(values)
    return f"{np.median(values):{form}} [{worst:{form}}]"


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Lines of the table over seeds, then of the fewest calls, then of the failures."""
    columns = {"calls": ",.0f", "off": ".4f", "error": ".4f", "ess": ",.0f", "seconds": ".1f"}
    titles = ("calls", "|ln Z off|", "stated", "ESS", "seconds")
    lines = [
        "median [worst] over the seeds; the calls of runs that were cut short are lower bounds",
        f"{'target':16s} {'part':8s} {'sampler':14s} {'passed':>7s}" + "".join(f"{title:>24s}" for title in titles),
    ]
    fewest: dict[str, list[str]] = {}
    for target in dict.fromkeys(row["target"] for row in rows):
        cost = {}
        for sampler in dict.fromkeys(row["sampler"] for row in rows):
            group = [row for row in rows if (row["target"], row["sampler"]) == (target, sampler)]
            if not group:
                continue
            passed = [row for row in group if not row["failures"]]
            part = "tuning" if target in targets.TUNING else "judging"
            cells = "".join(f"{spread(group, key, form):>24s}" for key, form in columns.items())
            lines.append(f"{target:16s} {part:8s} {sampler:14s} {len(passed):3d}/{len(group):<3d}{cells}")
            if len(passed) == len(group):
                cost[sampler] = float(np.median([row["calls"] for row in group]))
        fewest.setdefault(min(cost, key=lambda name: cost[name]) if cost else "none passed", []).append(target)
    lines += ["", "fewest calls among samplers that passed with every seed:"]
    lines += [f"  {name:14s} {len(found):3d}  {', '.join(found)}" for name, found in fewest.items()]
    failed = [row for row in rows if row["failures"]]
    lines += ["", f"failures: {len(failed)} of {len(rows)} runs"]
    return lines + [f"  {line(row)}" for row in failed]


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median and worst over the seeds for each target and sampler, all failures, and whether none is of g2fit."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["target"], row["sampler"]), []).append(row)
    found = []
    for (target, sampler), group in groups.items():
        entry: dict[str, Any] = {"target": target, "sampler": sampler, "version": group[0]["version"]}
        entry["seeds"] = [row["seed"] for row in group]
        entry["passed"] = sum(not row["failures"] for row in group)
        for key, worst in (("calls", max), ("off", max), ("error", max), ("ess", min), ("seconds", max)):
            values = [abs(row[key]) for row in group if row.get(key) is not None]
            entry[key] = [float(np.median(values)), float(worst(values))] if values else None
        found.append(entry)
    failed = [row for row in rows if row["failures"]]
    listed = [{key: row.get(key) for key in ("target", "sampler", "seed", "calls", "failures")} for row in failed]
    seconds = sum(row["seconds"] for row in rows)
    passed = not any(row["sampler"].startswith("g2fit") for row in failed)
    return {"passed": passed, "seconds": seconds, "runs": len(rows), "groups": found, "failed": listed}


def stored(file: Path | None) -> dict[tuple[str, str, int, str], dict[str, Any]]:
    """Runs of a file of JSON lines, by target, sampler, seed and version of the sampler."""
    if file is None or not file.exists():
        return {}
    rows = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    return {(row["target"], row["sampler"], row["seed"], row["version"]): row for row in rows}


def kept(file: Path | None, name: str, sampler: str, seed: int, run: Run, version: str | None = None) -> dict[str, Any]:
    """Run that a file has, or a new one by a function such as `measured`, which is added to it."""
    row = stored(file).get((name, sampler, seed, version or peers.version_of(sampler)))
    if row is None:
        row = run(name, sampler, seed)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
    return row


def main() -> None:
    """Run the comparison of the command line; exit with 1 if a run failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--targets", nargs="*", default=list(targets.MAKERS), choices=list(targets.MAKERS), metavar="NAME"
    )
    parser.add_argument("--part", choices=["tuning", "judging"], help="only targets for tuning, or only for judging")
    parser.add_argument(
        "--samplers", nargs="*", default=list(peers.SAMPLERS), choices=list(peers.SAMPLERS), metavar="NAME"
    )
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds")
    parser.add_argument("--first", type=int, default=1000, help="first seed")
    parser.add_argument("--limit", type=float, default=100.0, help="longest time of a run")
    parser.add_argument("--json", type=Path, help="file to which every run is added as a line of JSON")
    parser.add_argument("--here", action="store_true", help="make all runs in this process")
    recording.add_option(parser)
    parser.add_argument("--one", nargs=4, metavar=("TARGET", "SAMPLER", "SEED", "LIMIT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, sampler, seed, limit = options.one
        most = int(float(limit)) + PATIENCE
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 10))
        with contextlib.redirect_stdout(io.StringIO()):
            row = measure(name, sampler, int(seed), float(limit))
        print(json.dumps(row))
        return
    parts = {"tuning": targets.TUNING, "judging": targets.JUDGING, None: targets.MAKERS}
    names = [name for name in options.targets if name in parts[options.part]]
    samplers = [name for name in options.samplers if peers.installed(name)]
    for name in set(options.samplers) - set(samplers):
        print(f"{name}: not installed, left out")
    rows, run = [], partial(measure if options.here else measured, limit=options.limit)
    for seed in range(options.first, options.first + options.seeds):
        for sampler in samplers:
            for name in names:
                rows.append(kept(options.json, name, sampler, seed, run))
                print(line(rows[-1]), flush=True)
    print("\n" + "\n".join(table(rows)))
    left_out = sorted(set(options.samplers) - set(samplers))
    others = [name for name in targets.MAKERS if name not in names]
    unasked = [name for name in peers.SAMPLERS if name not in options.samplers]
    asked = {"limit": options.limit, "not_installed": left_out}
    further = asked | {"samplers_left_out": unasked, "targets_left_out": others}
    recording.write(options.record, summary(rows) | further)
    sys.exit(1 if any(row["failures"] for row in rows) else 0)


if __name__ == "__main__":
    main()

"""Memory and time as functions of the number of stored draws and of points, and the cost of distributing tasks.

    python -m benchmarks.scaling [draws] [points] [start] [efficiency] [overhead] [--most N] [--folder FOLDER]

- ``draws``: convergence, result and summary of a synthetic run of N stored draws (up to 1e8; 56 bytes each on disk), in
  a process of its own whose largest memory is read from the operating system.
- ``points``: a sweep of N points of the prior to Parquet (up to 1e8; about 60 bytes each with one observable).
- ``start``: time from the start of a command until it samples.
- ``efficiency``: the same ensembles and the same scan with one process and with two, on a quiet machine.
- ``overhead``: time per empty task with two processes and with a dask scheduler, on a quiet machine.

Without names all of them are measured. The numbers are stored in ``benchmarks/scaling.json``, the figure in
``docs/images/scaling.png``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from g2fit import Card, Posterior, Result
from g2fit.core.files import write_text
from g2fit.core.parallel.executors import Call, Executor
from g2fit.core.parallel.open import open_executor
from g2fit.inference.profile.plane import Axis, scan
from g2fit.output.summary import summarise
from g2fit.posterior.prior_sweep import sweep
from g2fit.results.save import save_result
from g2fit.sampling.chain_file import Segment
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import Runner
from tests.support.cluster import LocalCluster

ROOT = Path(__file__).resolve().parent.parent
STORE = ROOT / "benchmarks/scaling.json"

#: Walkers of each ensemble.
WALKERS = 256

#: Ensembles of each run.
ENSEMBLES = 4


def small_card(folder: Path, **sampler: Any) -> Card:
    """Card with six parameters whose run folder is `folder`."""
    return Card.from_dict(
        {
            "model": {"name": "vll", "formula": "leading_order"},
            "data": {"vintage": "paper_2021"},
            "priors": str(ROOT / "priors/vll-log.yaml"),
            "sampler": {"ensembles": ENSEMBLES, "walkers": WALKERS, **sampler},
            "output": str(folder),
        }
    )


def fill(folder: Path, draws: int) -> int:
    """Write chains that consist of draws of the prior; return the number of steps."""
    card = small_card(folder, max_steps=10**8)
    run = RunFolder(folder)
    run.open(card)
    posterior = Posterior(card)
    steps = max(64, draws // (WALKERS * ENSEMBLES))
    rng = np.random.default_rng(1)
    z = rng.standard_normal((2048, WALKERS, posterior.dimension))
    log_prob = posterior.log_density(z.reshape(-1, posterior.dimension)).reshape(2048, WALKERS)
    state = np.random.RandomState(1).get_state(legacy=True)
    for index in range(ENSEMBLES):
        chain, reasons = run.chain(index), np.zeros(len(posterior.model.reasons), dtype=np.int64)
        for begin in range(0, steps, 2048):
            rows = np.roll(np.arange(2048), rng.integers(2048))[: steps - begin]
            chain.append(Segment(z[rows], log_prob[rows], np.full(WALKERS, 0.5 * len(rows)), state, reasons))
    return steps


def summarise_draws(folder: Path) -> dict[str, Any]:
    """Compute the convergence, write the result and summarise it; run in a process of its own."""
    card = small_card(folder, max_steps=10**8)
    run = RunFolder(folder)
    posterior = Posterior(card)
    steps = run.chain(0).steps
    begun = time.monotonic()
    verdict: Verdict = Runner(posterior, run, workers=1).judge(steps)
    judged = time.monotonic()
    save_result(posterior, run, verdict)
    saved = time.monotonic()
    summarise(Result(folder))
    return {"judge": judged - begun, "result": saved - judged, "summary": time.monotonic() - saved}


def write_points(folder: Path, points: int) -> dict[str, Any]:
    """Write points of the prior; run in a process of its own."""
    begun = time.monotonic()
    sweep(small_card(folder), points, folder, columns=["delta_a_mu"], workers=1)
    size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    return {"seconds": time.monotonic() - begun, "bytes": size}


def apart(task: str, *arguments: object) -> dict[str, Any]:
    """Run a task of this file in a new process; its report includes the largest memory of that process."""
    line = [sys.executable, "-m", "benchmarks.scaling", "--task", task, *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def over(numbers: list[int], place: Path, prepare: Callable[[Path, int], Any], task: str) -> list[dict[str, Any]]:
    """Run a task for each number of draws or points."""
    rows = []
    for number in numbers:
        folder = place / f"{task}-{number}"
        prepare(folder, number)
        rows.append({"n": number, **apart(task, folder, number)})
        shutil.rmtree(folder, ignore_errors=True)
        print(rows[-1], flush=True)
    return rows


def start() -> dict[str, float]:
    """Seconds of ``--help``, of the imports of a run, and until a run samples; the shortest of five each."""

    def best(line: list[str], cwd: Path | None = None) -> float:
        times = []
        for _ in range(5):
            begun = time.monotonic()
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
            times.append(time.monotonic() - begun)
        return min(times)

    python = sys.executable
    found = {
        "python": best([python, "-c", "pass"]),
        "help": best([python, "-m", "g2fit.cli.main", "--help"]),
        "imports": best([python, "-c", "import g2fit.pipeline"]),
    }
    times = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as place:
            card = Path(place) / "card.yaml"
            text = (ROOT / "analysis/vll-2021.yaml").read_text()
            card.write_text(text.replace("../priors", str(ROOT / "priors")).replace("../", ""))
            begun = time.monotonic()
            process = subprocess.Popen(
                [python, "-m", "g2fit.cli.main", "run", str(card), "--quiet"], stderr=subprocess.PIPE
            )
            while not list(Path(place).glob("**/.board")) and process.poll() is None:
                time.sleep(0.002)
            times.append(time.monotonic() - begun)
            process.kill()
            process.communicate()
    found["run begins to sample"] = min(times)
    return found


def efficiency() -> dict[str, Any]:
    """Time of one process divided by twice that of two; for ensembles without the start of the workers."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        for name, work in (("ensembles", _ensembles), ("scan", _scan)):
            times, used = {}, {}
            for workers in (1, 2):
                before = _processor_seconds()
                times[workers] = work(Path(place) / f"{name}-{workers}", workers)
                used[workers] = _processor_seconds() - before
            found[name] = {
                "seconds": times,
                "processor seconds": used,
                "efficiency": times[1] / (2.0 * times[2]),
                "load before": os.getloadavg()[0],
            }
            print(name, found[name], flush=True)
    return found


def _processor_seconds() -> float:
    """Processor time of this process and of those of its workers that have ended."""
    return sum(os.times()[:4])


def _ensembles(folder: Path, workers: int) -> float:
    from g2fit.sampling.pool import EnsemblePool

    card = small_card(folder, max_steps=10**6)
    run = RunFolder(folder)
    run.open(card)
    posterior = Posterior(card)
    posterior.compile()
    with open_executor(None, workers) as executor:
        pool = EnsemblePool(posterior, run, executor)
        pool.advance(50, lambda: None)  # the workers have started and loaded the kernels
        begun = time.monotonic()
        pool.advance(2050, lambda: None)
        return time.monotonic() - begun


def _scan(folder: Path, workers: int) -> float:
    card = small_card(folder)
    begun = time.monotonic()
    scan(card, Axis("m_L", 40), Axis("m_S", 40), workers=workers, folder=folder)
    return time.monotonic() - begun


def overhead(folder: Path, tasks: int = 1000) -> dict[str, Any]:
    """Seconds per empty task with two processes, and with a dask scheduler and two workers."""
    found: dict[str, Any] = {"tasks": tasks}
    calls = [Call(str(i), max, (i, 0)) for i in range(tasks)]

    def measure(executor: Executor) -> dict[str, float]:
        with executor:
            list(executor.run(calls[:20]))  # starts the workers
            begun, before = time.monotonic(), time.process_time()
            list(executor.run(calls))
            used = time.process_time() - before
            return {"seconds per task": (time.monotonic() - begun) / tasks, "in this process": used / tasks}

    found["processes"] = measure(open_executor(None, 2))
    with LocalCluster(folder) as cluster:
        scheduler = Path(f"/proc/{cluster.scheduler.pid}/stat")
        found["dask"] = measure(open_executor(cluster.address, 2))
        ticks = [int(x) for x in scheduler.read_text().rpartition(")")[2].split()[11:13]]
        found["dask"]["in the scheduler, its start included"] = sum(ticks) / os.sysconf("SC_CLK_TCK") / tasks
    return found


def figure(found: dict[str, Any], path: Path) -> None:
    """Draw memory and time as functions of the number of draws and points."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    drawing, axes = plt.subplots(1, 2, figsize=(8.0, 3.2), constrained_layout=True)
    kinds = (("draws", "stored draws: result and summary"), ("points", "points to Parquet"))
    for kind, label in kinds:
        rows = found.get(kind, [])
        n = [row["n"] for row in rows]
        seconds = [row.get("seconds") or row["judge"] + row["result"] + row["summary"] for row in rows]
        axes[0].plot(n, seconds, "o-", label=label)
        axes[1].plot(n, [row["memory"] / 2**30 for row in rows], "o-", label=label)
    axes[0].set(xscale="log", yscale="log", xlabel="N", ylabel="seconds")
    axes[1].set(xscale="log", xlabel="N", ylabel="largest memory (GiB)", ylim=(0, None))
    axes[0].legend(frameon=False)
    drawing.savefig(path, dpi=150)
    plt.close(drawing)


def main() -> None:
    """Measure what the command line names, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*")
    parser.add_argument("--most", type=float, default=1e8)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--task")
    arguments = parser.parse_args()
    if arguments.task:
        folder, number = Path(arguments.what[0]), int(arguments.what[1])
        tasks = {"draws": lambda: summarise_draws(folder), "points": lambda: write_points(folder, number)}
        row = tasks[arguments.task]()
        status = Path("/proc/self/status").read_text()
        row["memory"] = 1024 * int(status.partition("VmHWM:")[2].split()[0])  # of this process alone
        print(json.dumps(row))
        return
    wanted = arguments.what or ["draws", "points", "start", "efficiency", "overhead"]
    numbers = [10**k for k in range(5, 9) if 10**k <= arguments.most]
    found = json.loads(STORE.read_text()) if STORE.exists() else {}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
        if "draws" in wanted:
            found["draws"] = over(numbers, Path(place), fill, "draws")
        if "points" in wanted:
            found["points"] = over(numbers, Path(place), lambda folder, n: None, "points")
    if "start" in wanted:
        found["start"] = start()
        print(found["start"])
    if "efficiency" in wanted:
        found["efficiency"] = efficiency()
    if "overhead" in wanted:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as place:
            found["overhead"] = overhead(Path(place))
        print(found["overhead"])
    write_text(STORE, json.dumps(found, indent=1) + "\n")
    figure(found, ROOT / "docs/images/scaling.png")


if __name__ == "__main__":
    main()

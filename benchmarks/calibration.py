"""Stated errors of the evidence estimators against their actual scatter over many seeds.

    python -m benchmarks.calibration [CARD …] [--targets NAME …] [--seeds N] [--target-seeds N] [--workers N]
                                     [--runs FILE] [--record FILE]

On a card the estimators of ``g2fit evidence`` are studied; on a target of `benchmarks.calls` the evidence of an
exploration with few evaluations. Runs that are in the file of ``--runs``, made by the same code, are not repeated.

Prints for each card and estimator: the root mean square of the stated errors; the scatter of ln Z over the seeds
divided by it, which should be 0.7 to 1.5; the mean deviation from the truth; and how often the truth lies within one
stated error (should be 50 to 85 %) and within three (at least 95 %), where the error of the truth is added in
quadrature. The truths are those of ``python -m benchmarks.truths --chart``, which have small errors and must agree with
those in the raw parameters.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import calls, recording, truths
from g2fit import Card
from g2fit.core.files import fingerprint_of
from g2fit.core.fingerprint import code_of
from g2fit.inference.evidence import evidence

#: Cards that are studied by default.
CARDS = ("mssm-2019", "ridge", "ridge-extreme", "vll-2021")

#: Targets with a known evidence that are studied by default.
TARGETS = ("gaussian-3", "two-modes-4", "banana-2", "cut-2", "correlated-5", "shells-2")

#: Longest time of an exploration, in seconds.
LIMIT = 300.0

#: What a result holds beside estimators: first and last seed, and the seconds that all its runs took.
ABOUT = ("seeds", "spent")

#: First seed; the truths and the cards use small seeds.
FIRST = 1000


def summarise(values: Sequence[float], errors: Sequence[float], truth: float, truth_error: float) -> dict[str, Any]:
    """Compare estimates of one number with its true value and with their stated errors.

    >>> rng = np.random.default_rng(1)
    >>> found = summarise(rng.normal(3.0, 0.1, 1000), [0.1] * 1000, 3.0, 0.0)
    >>> abs(found["scatter_over_stated"] - 1) < 0.05, abs(found["within_1"] - 0.68) < 0.05, found["passed"]
    (True, True, True)
    """
    x, stated = np.asarray(values), np.asarray(errors)
    pull = np.abs(x - truth) / np.hypot(stated, truth_error)
    ratio = float(x.std(ddof=1) / np.sqrt((stated**2).mean()))
    one, three = float((pull < 1.0).mean()), float((pull < 3.0).mean())
    return {
        "stated": float(np.sqrt((stated**2).mean())),
        "scatter": float(x.std(ddof=1)),
        "scatter_over_stated": ratio,
        "mean": float(x.mean()),
        "truth": truth,
        "truth_error": truth_error,
        "mean_minus_truth": float(x.mean() - truth),
        "largest_deviation": float(np.abs(x - truth).max()),
        "within_1": one,
        "within_3": three,
        "passed": bool(0.7 <= ratio <= 1.5 and 0.5 <= one <= 0.85 and three >= 0.95),
    }


def calibrate(name: str, seeds: int, workers: int, runs: Path | None) -> dict[str, Any]:
    """Estimate the evidence of one card with several seeds, and summarise each estimator."""
    path = truths.find(name)
    if path is None:
        raise SystemExit(f"{name}: no such card in analysis/ or benchmarks/")
    truth = truths.load().get(name)
    if truth is None:
        raise SystemExit(f"{name}: no truth is stored; run python -m benchmarks.truths {name}")
    if "chart" not in truth:
        raise SystemExit(f"{name}: no precise truth is stored; run python -m benchmarks.truths --chart {name}")
    exact = truth["chart"]
    if abs(exact["log_z"] - truth["log_z"]) > 3.0 * np.hypot(exact["error"], truth["error"]):
        raise SystemExit(f"{name}: the truth in the chart contradicts that in raw parameters")
    card = Card.load(path)
    if truth["data_fingerprint"] != card.dataset.fingerprint:
        raise SystemExit(f"{name}: the stored truth belongs to other data; run python -m benchmarks.truths {name}")
    version = fingerprint_of(code_of([], ["g2fit.inference.evidence.run"]))[:16]

    def run(name: str, sampler: str, seed: int) -> dict[str, Any]:
        found = evidence(card, seed=seed, workers=workers)
        estimates = {key: (e.log_z, e.error, e.seconds) for key, e in found.estimates.items()}
        return {"target": name, "sampler": sampler, "seed": seed, "version": version, "estimates": estimates}

    chosen = range(FIRST, FIRST + seeds)
    rows = [calls.kept(runs, name, "evidence", seed, run, version)["estimates"] for seed in chosen]
    result: dict[str, Any] = {"seeds": [FIRST, FIRST + seeds - 1]}
    result["spent"] = float(sum(estimate[2] for row in rows for estimate in row.values()))
    for key in rows[0]:
        values, errors, seconds = zip(*(row[key] for row in rows), strict=True)
        report = summarise(values, errors, exact["log_z"], exact["error"])
        result[key] = {**report, "seconds": float(np.median(seconds)), "log_z": values, "errors": errors}
    return result


def calibrate_target(name: str, seeds: int, runs: Path | None) -> dict[str, Any]:
    """Explore a target of `benchmarks.calls` with several seeds, and summarise its evidence."""
    run = partial(calls.measure, limit=LIMIT)
    chosen = range(FIRST, FIRST + seeds)
    rows = [calls.kept(runs, name, "g2fit-few", seed, run) for seed in chosen]
    if failed := [row for row in rows if "log_z" not in row]:
        raise SystemExit(f"{name}: {calls.line(failed[0])}")
    values, errors, seconds = zip(*((row["log_z"], row["error"], row["seconds"]) for row in rows), strict=True)
    report = summarise(values, errors, rows[0]["log_z"] - rows[0]["off"], rows[0]["truth_error"])
    numbers = {"seconds": float(np.median(seconds)), "log_z": values, "errors": errors}
    spent = float(sum(seconds))
    return {"seeds": [FIRST, FIRST + seeds - 1], "spent": spent, "exploration": {**report, **numbers}}


def show(name: str, result: dict[str, Any]) -> None:
    """Print a row for each estimator."""
    for key, row in result.items():
        if key in ABOUT:
            continue
        print(
            f"{name:14s} {key:11s}  ±{row['stated']:.4f}  scatter/stated {row['scatter_over_stated']:.2f}  "
            f"mean - truth {row['mean_minus_truth']:+.4f} (truth ±{row['truth_error']:.4f})  "
            f"within 1: {row['within_1']:.0%}  within 3: {row['within_3']:.0%}  {row['seconds']:.1f} s  "
            f"{'ok' if row['passed'] else 'FAILED'}",
            flush=True,
        )


def main() -> None:
    """Study the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", metavar="CARD", help="names of cards; those of CARDS if none")
    parser.add_argument(
        "--targets", nargs="*", default=list(TARGETS), metavar="NAME", help="targets of benchmarks.calls"
    )
    parser.add_argument("--runs", type=Path, help="file of JSON lines with runs of benchmarks.calls")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of each card")
    parser.add_argument("--target-seeds", type=int, default=60, help="seeds of each target")
    parser.add_argument("--workers", type=int, default=1)
    recording.add_option(parser)
    options = parser.parse_args()
    found = {}
    for name in options.targets:
        found[name] = calibrate_target(name, options.target_seeds, options.runs)
        show(name, found[name])
    for name in options.cards or CARDS:
        found[name] = calibrate(name, options.seeds, options.workers, options.runs)
        show(name, found[name])
    rows = [
        {"name": name, "estimator": key, **{k: v for k, v in row.items() if k not in ("log_z", "errors")}}
        for name, result in found.items()
        for key, row in result.items()
        if key not in ABOUT
    ]
    passed = all(row["passed"] for row in rows)
    others = [name for name in (*TARGETS, *CARDS) if name not in found]
    seeds = {"seeds": options.seeds, "target_seeds": options.target_seeds}
    spent = sum(result["spent"] for result in found.values())
    recording.write(options.record, {"passed": passed, **seeds, "rows": rows, "left_out": others, "seconds": spent})
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

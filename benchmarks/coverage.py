"""How often credible regions contain the truth: whole runs on simulated data.

    python -m benchmarks.coverage [CARD] [--sets 200] [--out analysis/output/coverage] [--record FILE]

For each data set a point is drawn from the prior of the card, data are simulated at that point, and the card is run on
them. Then it is tested whether the point lies in the credible regions that figures show: the intervals of highest
density of every parameter and prediction, and the regions of every pair of parameters. Averaged over the prior, the
share of sets in which it does should equal the credible mass. Earlier sets of the same card are continued. The cuts of
`tests.support.calibration` exclude data that no formula could describe. The exit code is 1 if a share is off.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import itertools
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import recording
from g2fit import Card, Posterior
from g2fit.core.files import write_text
from g2fit.pipeline import execute
from g2fit.posterior.simulate import simulate_card
from g2fit.results import Result
from g2fit.results.levels import LEVELS
from g2fit.results.marginals import Marginals
from tests.support.calibration import prepared

#: Largest difference between the mean share of sets and each credible mass.
TOLERANCE = (0.07, 0.04)

#: Largest deviation of the share of a single region, in standard deviations; there are many regions.
SIGMAS = 4.0

#: Settings of the runs, which are long enough for regions and short enough for hundreds of runs.
SAMPLER = {"walkers": 64, "max_steps": 20_000}

#: Effective sample size of each run.
ESS = 1500.0


def cover(card: Card, seed: int, folder: Path) -> dict[str, list[bool]]:
    """Run a card on data of one point of its prior; for each region and mass, whether it contains the point."""
    simulated = simulate_card(card, None, seed)
    record = simulated.data.simulated
    assert record is not None
    stop = card.sampler.stop.model_copy(update={"ess": ESS})
    sampler = card.sampler.model_copy(update={**SAMPLER, "seed": seed % 2**31, "stop": stop})
    simulated = dataclasses.replace(simulated, sampler=sampler, output=folder)
    execute(simulated, workers=1)
    marginals = Marginals(Result(folder))
    posterior = Posterior(simulated)
    theta = np.array([[record.point[name] for name in posterior.names]])
    truth = {name: float(theta[0, j]) for j, name in enumerate(posterior.names)}
    predicted = {name: float(values[0]) for name, values in posterior.predict(theta).items() if name != "reason"}
    found: dict[str, list[bool]] = {}
    for name, value in {**predicted, **truth}.items():
        if name in marginals.result.names and marginals.is_continuous(name):
            found[name] = [bool(marginals.one(name).contains(value, mass)) for mass in LEVELS]
    for x, y in itertools.combinations(truth, 2):
        region = marginals.two(x, y)
        found[f"{x}, {y}"] = [bool(region.contains(truth[x], truth[y], mass)) for mass in LEVELS]
    return found


def study(card: Card, sets: int, file: Path) -> tuple[list[dict[str, list[bool]]], float]:
    """Results for a number of simulated data sets, and the seconds that they took; those in the file are kept."""
    key = hashlib.sha256(f"{card.fingerprint()} {SAMPLER} {ESS}".encode()).hexdigest()[:16]
    begun: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    if begun.get("key") != key:
        begun = {"key": key, "card": str(card.path), "seconds": 0.0, "sets": []}
    done: list[dict[str, list[bool]]] = begun["sets"]
    for seed in range(len(done), sets):
        started = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix="g2fit-coverage-"))
        try:
            done.append(cover(card, seed, folder / "run"))
        finally:
            shutil.rmtree(folder)
        begun["seconds"] += time.monotonic() - started
        write_text(file, json.dumps(begun) + "\n")
        if (seed + 1) % 10 == 0 or seed + 1 == sets:
            print(f"{seed + 1} of {sets}", file=sys.stderr)
    return done[:sets], float(begun["seconds"])


def summary(sets: list[dict[str, list[bool]]]) -> dict[str, Any]:
    """Shares of sets of which each region contains the truth, and whether they agree with the credible masses."""
    masses = np.array(LEVELS)
    rows = []
    for name in dict.fromkeys(name for one in sets for name in one):
        hits = np.array([one[name] for one in sets if name in one])
        shares = hits.mean(axis=0)
        spread = np.sqrt(masses * (1.0 - masses) / len(hits))
        near = bool((np.abs(shares - masses) <= SIGMAS * spread).all())
        rows.append({"region": name, "sets": len(hits), "shares": shares.tolist(), "near": near})
    mean = np.mean([row["shares"] for row in rows], axis=0)
    passed = all(row["near"] for row in rows) and bool((np.abs(mean - masses) <= TOLERANCE).all())
    return {"sets": len(sets), "masses": list(LEVELS), "mean": mean.tolist(), "rows": rows, "passed": passed}


def show(found: dict[str, Any]) -> None:
    """Print the shares of sets."""
    print(f"{'region':24s} " + " ".join(f"{100 * m:7.2f} %" for m in found["masses"]) + f"   of {found['sets']} sets")
    for row in found["rows"]:
        shares = " ".join(f"{100 * value:7.1f} %" for value in row["shares"])
        print(f"{row['region']:24s} {shares}{'' if row['near'] else '   OFF'}")
    print(f"{'mean':24s} " + " ".join(f"{100 * value:7.1f} %" for value in found["mean"]))


def main() -> None:
    """Measure the coverage of the card of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("card", nargs="?", default="analysis/vll-2021.yaml")
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("analysis/output/coverage"))
    recording.add_option(parser)
    arguments = parser.parse_args()
    card = prepared(Card.load(arguments.card))
    file = arguments.out / f"{Path(arguments.card).stem}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    sets, seconds = study(card, arguments.sets, file)
    found = summary(sets)
    show(found)
    print(f"{seconds:.0f} s; {file}")
    recording.write(arguments.record, {"card": Path(arguments.card).stem, "ess": ESS, "seconds": seconds, **found})
    sys.exit(0 if found["passed"] else 1)


if __name__ == "__main__":
    main()

"""Simulation-based calibration of whole cards: the ranks of the true parameters must be uniform.

    python -m benchmarks.sbc [CARD …] [--fits 512] [--error-scale 1] [--full-prior] [--out analysis/output/sbc]
                             [--record FILE]

`tests.support.calibration` explains the method. Writes the ranks as JSON, and their histograms as PDF and PNG; fits of
the same card and seed that are already in the file are continued. Prints the p-values of uniformity, and how often the
central credible intervals contain the truth; the exit code is 1 if the smallest p-value is below `SMALLEST_P`.
``--full-prior`` drops the cuts that exclude mixings of order one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks import recording
from g2fit import Card
from g2fit.results.levels import LEVELS
from tests.support.calibration import Calibration, Settings, calibrate, key, prepared

#: Cards that are calibrated by default.
CARDS = ("vll-2021", "mssm-2019", "vll-2026")

#: Smallest p-value of a uniform distribution of ranks that passes.
SMALLEST_P = 0.01


def draw(calibration: Calibration, path: Path) -> None:
    """Draw the histograms of the ranks, with the band that should contain 95 % of the bins."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    bins, fits = 16, len(calibration.steps)
    low, high = stats.binom(fits, 1.0 / bins).ppf([0.025, 0.975])
    columns = 4
    table = calibration.table()
    lines = -(-len(table) // columns)
    figure, axes = plt.subplots(
        lines,
        columns,
        figsize=(2.4 * columns, 1.9 * lines),
        sharex=True,
        sharey=True,
        layout="constrained",
        squeeze=False,
    )
    edges = np.linspace(0.0, 1.0, bins + 1)
    for axis in axes.flat[len(table) :]:
        axis.remove()
    for index, (axis, row) in enumerate(zip(axes.flat, table, strict=False)):
        ranks = (np.array(calibration.ranks[row["quantity"]]) + 0.5) / (calibration.draws + 1)
        axis.axhspan(low, high, color="0.88", lw=0)
        axis.axhline(fits / bins, color="0.5", lw=0.8)
        axis.stairs(np.histogram(ranks, edges)[0], edges, color="C0", lw=1.2)
        axis.set_title(f"{row['quantity']}   p = {min(row['chi2'], row['ks']):.2f}", fontsize=8)
        axis.tick_params(labelsize=7, labelbottom=index + columns >= len(table))
    axes[0, 0].set(xlim=(0, 1), ylim=(0, None), xticks=(0, 0.5, 1), xticklabels=("0", "0.5", "1"))
    figure.supxlabel("rank of the truth", fontsize=8)
    figure.supylabel(f"fits per bin, of {fits}", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".pdf", ".png"):
        figure.savefig(path.with_name(path.name + suffix), dpi=160)
    plt.close(figure)


def summary(calibration: Calibration) -> dict[str, Any]:
    """Numbers of one card: p-values of uniformity, and shares of central intervals that contain the truth."""
    steps = np.array(calibration.steps)
    table = calibration.table()
    smallest = min(min(row["chi2"], row["ks"]) for row in table)
    return {
        "card": Path(calibration.card).stem,
        "fits": len(steps),
        "seconds": calibration.seconds,
        "median_steps": float(np.median(steps)),
        "most_steps": int(steps.max()),
        "unconverged": len(calibration.unconverged),
        "masses": list(LEVELS),
        "table": table,
        "smallest": smallest,
        "mean": np.mean([row["central"] for row in table], axis=0).tolist(),
        "passed": bool(smallest > SMALLEST_P),
    }


def show(found: dict[str, Any]) -> None:
    """Print the table of p-values of one card."""
    print(
        f"\n{found['card']}: {found['fits']} fits in {found['seconds']:.0f} s; steps median "
        f"{found['median_steps']:.0f}, most {found['most_steps']}; {found['unconverged']} not converged"
    )
    head = " ".join(f"{100 * mass:7.2f} %" for mass in LEVELS)
    print(f"{'quantity':20s} {'mean rank':>9s} {'p(chi2)':>8s} {'p(KS)':>8s} {head} inside")
    for row in found["table"]:
        shares = " ".join(f"{100 * share:7.1f} %" for share in row["central"])
        print(f"{row['quantity']:20s} {row['mean']:9.3f} {row['chi2']:8.3f} {row['ks']:8.3f} {shares}")
    shares = " ".join(f"{100 * share:7.1f} %" for share in found["mean"])
    print(f"{'smallest, mean':20s} {'':9s} {found['smallest']:17.3f} {shares}")


def main() -> None:
    """Calibrate the cards of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*", default=[f"analysis/{name}.yaml" for name in CARDS])
    parser.add_argument("--fits", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--error-scale", type=float, default=1.0, help="factor on the errors of delta_a_e, delta_a_mu")
    parser.add_argument("--full-prior", action="store_true", help="no cuts but those of the card")
    parser.add_argument("--out", type=Path, default=Path("analysis/output/sbc"))
    recording.add_option(parser)
    arguments = parser.parse_args()

    results = []
    for name in arguments.cards:
        card = prepared(Card.load(name), arguments.error_scale, arguments.full_prior)
        suffix = "" if arguments.error_scale == 1.0 else f"-errors-{arguments.error_scale:g}"
        suffix += "-full-prior" if arguments.full_prior else ""
        target = arguments.out / (Path(name).stem + suffix)
        file = target.with_name(target.name + ".json")
        begun = Calibration.load(file) if file.exists() else None
        if begun is not None and begun.key != key(card, arguments.seed, Settings()):
            begun = None

        def report(calibration: Calibration, file: Path = file) -> None:
            if len(calibration.steps) % 16 == 0:
                calibration.save(file)
                print(f"{len(calibration.steps)} of {arguments.fits} fits", file=sys.stderr)

        calibration = calibrate(card, arguments.fits, arguments.seed, begun=begun, report=report)
        results.append(summary(calibration))
        show(results[-1])
        calibration.save(file)
        draw(calibration, target)
        print(file)
    passed = all(found["passed"] for found in results)
    seconds = sum(found["seconds"] for found in results)
    recording.write(arguments.record, {"passed": passed, "seconds": seconds, "cards": results})
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

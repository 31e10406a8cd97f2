"""Chapters of docs/validation.md about posteriors: calibration by simulation, coverage, regions, coordinates."""

from __future__ import annotations

from analysis.validation.markdown import Results, paragraph, share, table, verdict


def sbc(results: Results) -> list[str]:
    """p-values of uniform ranks, and shares of central intervals."""
    lines = []
    for card in results["cards"]:
        levels = [f"{100 * mass:.2f} %" for mass in card["masses"]]
        rows: list[list[object]] = [
            [r["quantity"], f"{r['mean']:.3f}", f"{r['chi2']:.3f}", f"{r['ks']:.3f}", *map(share, r["central"])]
            for r in card["table"]
        ]
        rows.append(["smallest; mean", "", "", f"{card['smallest']:.3f}", *map(share, card["mean"])])
        lines += [
            *paragraph(
                f"""`{card["card"]}`: {card["fits"]} fits of simulated data, {card["unconverged"]} of them not
                converged. Ranks of the truth among the draws must be uniform (p-values of χ² and of
                Kolmogorov-Smirnov; the smallest must exceed .01), and central intervals must contain it as
                often as their probability says."""
            ),
            "",
            *table(["quantity", "mean rank", "p (χ²)", "p (KS)", *(f"in {level}, %" for level in levels)], rows),
            "",
        ]
    return lines[:-1]


def coverage(results: Results) -> list[str]:
    """Shares of simulated data sets whose regions contain the truth."""
    levels = [f"in {100 * mass:.2f} %, %" for mass in results["masses"]]
    rows: list[list[object]] = [
        [row["region"], *map(share, row["shares"]), verdict(row["near"])] for row in results["rows"]
    ]
    rows.append(["**mean**", *map(share, results["mean"]), ""])
    return [
        *paragraph(
            f"""{results["sets"]} whole runs of `{results["card"]}` on data simulated at points of its prior, each
            to an effective sample size of {results["ess"]:.0f}: how often the regions of highest density that
            figures show contain the true point. Passed: the means within 7 and 4 %, and each region within four
            standard deviations."""
        ),
        "",
        *table(["region", *levels, "passed"], rows),
    ]


def regions(results: Results) -> list[str]:
    """Parts and probabilities of regions of known densities."""
    rows = [
        [
            f"{row['size']:,}",
            row["law"],
            share(row["wrong"]),
            f"{100 * row['mean']:.2f} ± {100 * row['spread']:.2f}",
            verdict(row["passed"]),
        ]
        for row in results["rows"]
    ]
    return [
        *paragraph(
            f"""{results["seeds"]} chains of each known density: how often a region has a wrong number of parts, and
            the probability that the density gives to the region. Passed: at most 2 % wrong, and the mean
            probability within 3 %."""
        ),
        "",
        *table(["ESS", "density and level", "wrong, %", "probability, %", "passed"], rows),
    ]


def coordinates(results: Results) -> list[str]:
    """Two-sample tests between coordinates."""
    rows = [
        [
            p["card"],
            p["one"],
            p["two"],
            p["quantities"],
            p["worst"],
            f"{p['p']:.3f}",
            verdict(p["passed"]),
        ]
        for p in results["pairs"]
    ]
    return [
        *paragraph(
            """Kolmogorov-Smirnov tests of all quantities between independent draws; the p-value is the smallest,
            times the number of tests."""
        ),
        "",
        *table(["card", "one", "other", "quantities", "worst", "p", "passed"], rows),
    ]

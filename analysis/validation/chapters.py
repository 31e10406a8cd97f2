"""Chapters of docs/validation.md: each writes the results of one check as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from scipy import stats

Results = dict[str, Any]
Writer = Callable[[Results], list[str]]


def paragraph(text: str) -> list[str]:
    """Lines of a paragraph.

    >>> paragraph("One.  Two.")
    ['One. Two.']
    """
    return textwrap.wrap(" ".join(text.split()), 125, break_long_words=False, break_on_hyphens=False)


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table.

    >>> table(["a", "b"], [[1, "x"]])
    ['| a | b |', '|---|---|', '| 1 | x |']
    """
    body = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles), *body]


def listed(items: Sequence[str], none: str) -> list[str]:
    """Items of a list, or a sentence where there are none."""
    return [f"- {item}" for item in items] or [none]


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100.0 * value:.1f}"


def physics(results: Results) -> list[str]:
    """Largest differences by quantity, and the example files of GM2Calc."""
    rows = [
        [
            row["group"],
            row["quantity"],
            row["reference"],
            row["points"],
            f"{row['difference']:.1e}" + ("" if row["scale"] == "value" else f" ({row['scale']})"),
            f"{row['tolerance']:.0e}",
            "yes" if row["difference"] <= row["tolerance"] else "**no**",
        ]
        for row in results["rows"]
    ]
    own = [row for row in rows if row[0] != "GM2Calc"]
    other = [row[1:] for row in rows if row[0] == "GM2Calc"]
    titles = ["quantity", "reference", "values", "largest relative difference", "tolerance", "passed"]
    files = [
        [
            f"`{f['file']}`",
            f["level"],
            f"{f['ours']:.9e}",
            f"{f['gm2calc']:.9e}",
            f"{f['ours'] / f['gm2calc'] - 1:+.1e}",
        ]
        for f in results["files"]
    ]
    return [
        *paragraph(
            """Largest difference over all reference points, relative to the reference value or to what stands in
            brackets. The points include degenerate and hierarchic masses. The reference values lie beside the
            tests in `tests/models`, with their origin."""
        ),
        "",
        *table(["model", *titles], own),
        "",
        "### GM2Calc side by side",
        "",
        *table(titles, other),
        "",
        "GM2Calc's own example files, and variants of them (it prints nine digits):",
        "",
        *table(["file", "level", "Δa_μ, g2fit", "Δa_μ, GM2Calc", "relative difference"], files),
    ]


def papers(results: Results) -> list[str]:
    """Numbers of rows that agree, and those that do not with their explanation."""
    count = [[p["paper"], p["rows"], p["agree"], p["rows"] - p["agree"]] for p in results["papers"]]
    differ = [
        [
            row["paper"],
            row["place"],
            row["quantity"].replace("|", "\\|"),
            f"{row['printed']:.4g}",
            "none" if row["ours"] is None else f"{row['ours']:.4g}",
            row["note"].replace("|", "\\|"),
        ]
        for row in results["differ"]
    ]
    return [
        *paragraph(
            """Passed means that every numbered equation, table and figure has its rows. Numbers that differ are
            shown as differing; none was adjusted."""
        ),
        "",
        *table(["paper", "numbers", "agree", "differ"], count),
        "",
        "Those that differ:",
        "",
        *table(["paper", "place", "quantity", "printed", "ours", "explanation"], differ),
    ]


def _calls_rows(groups: Iterable[Results]) -> list[list[object]]:
    """Median and worst of calls, deviation, stated error and effective sample size."""

    def pair(entry: Results, key: str, form: str) -> str:
        values = entry[key]
        if values is None:
            return "–"
        one = f"{values[0]:{form}}"
        return one if len(entry["seeds"]) == 1 else f"{one} / {values[1]:{form}}"

    return [
        [
            g["target"],
            g["sampler"],
            f"{g['passed']} of {len(g['seeds'])}",
            pair(g, "calls", ",.0f"),
            pair(g, "off", ".3f"),
            pair(g, "error", ".3f"),
            pair(g, "ess", ",.0f"),
        ]
        for g in groups
    ]


CALL_TITLES = ("target", "sampler", "passed", "calls", "deviation of ln Z", "stated", "ESS")


def _failures(results: Results) -> list[str]:
    lines = [
        f"{row['target']}, {row['sampler']}, seed {row['seed']}: {'; '.join(row['failures'])}"
        for row in results["failed"]
    ]
    return ["Failures:", "", *listed(lines, "none.")]


def calls(results: Results) -> list[str]:
    """Calls of g2fit on targets whose evidence is known."""
    intro = f"""{results["runs"]} explorations by two ladders with few evaluations, as a run with an expensive
        likelihood makes them; median / worst over the seeds. An exploration passes if its draws are worth 4000
        independent ones and ln Z deviates by at most .05, beside three standard errors of the truth. The targets, with
        their evidences, are in `benchmarks/targets.py`; in this table are not
        {", ".join(results["targets_left_out"]) or "none"}."""
    return [*paragraph(intro), "", *table(CALL_TITLES, _calls_rows(results["groups"])), "", *_failures(results)]


def large(results: Results) -> list[str]:
    """Calls of g2fit on the targets of more dimensions, and on posteriors that cost more."""
    intro = f"""The same on targets that take longer: {results["runs"]} explorations, each of at most
        {results["limit"]:g} s of processor time."""
    return [*paragraph(intro), "", *table(CALL_TITLES, _calls_rows(results["groups"])), "", *_failures(results)]


def peers(results: Results) -> list[str]:
    """Calls of all samplers on the same targets."""
    order = list(dict.fromkeys(group["target"] for group in results["groups"]))
    groups = sorted(results["groups"], key=lambda group: order.index(group["target"]))
    versions = {g["sampler"]: g["version"] for g in groups if not g["sampler"].startswith("g2fit")}
    return [
        *paragraph(
            f"""Every sampler was asked for an effective sample size of 4000 and ran to its own end, at most
            {results["limit"]:g} s of processor time, with its default settings except those that
            `benchmarks/peers.py` names; blackjax has no such target and ran with a fixed number of live points, and its
            calls include points that a batch computes for slices that have ended. Median / worst over the seeds; calls
            of runs that did not finish are lower bounds. Versions:
            {", ".join(f"{name} {version}" for name, version in versions.items())}. Not installed:
            {", ".join(results["not_installed"]) or "none"}; not run:
            {", ".join(results["samplers_left_out"]) or "none"}. Targets that were not run:
            {", ".join(results["targets_left_out"]) or "none"}."""
        ),
        "",
        *table(CALL_TITLES, _calls_rows(groups)),
        "",
        *_failures(results),
    ]


def seconds(results: Results) -> list[str]:
    """Seconds until an effective sample size of 4000."""
    rows = [
        [row["card"], row["sampler"], "failed: " + row["failed"], "", ""]
        if row["failed"]
        else [
            row["card"],
            row["sampler"],
            f"{'> ' if row['at_least'] else ''}{row['seconds']:.1f}",
            f"{row['ess']:.0f}",
            f"{row['off']:+.3f}" if "off" in row else "–",
        ]
        for row in results["rows"]
    ]
    return [
        *paragraph(
            """All samplers evaluate the same compiled likelihood in one process. Seconds that were not reached are
            extrapolated."""
        ),
        "",
        *table(["card", "sampler", "seconds to ESS 4000", "ESS reached", "deviation of ln Z"], rows),
    ]


def by_chance(seeds: int) -> float:
    """Probability that a Gaussian estimate with a correct error is outside of the range of its scatter or of its share.

    >>> round(by_chance(20), 2), by_chance(2000) < 1e-9
    (0.08, True)
    """
    scatter = stats.chi2(seeds - 1)
    outside = scatter.cdf(0.7**2 * (seeds - 1)) + scatter.sf(1.5**2 * (seeds - 1))
    inside = stats.binom(seeds, stats.norm.cdf(1.0) - stats.norm.cdf(-1.0))
    shares = sum(inside.pmf(k) for k in range(seeds + 1) if not 0.5 <= k / seeds <= 0.85)
    return float(1.0 - (1.0 - outside) * (1.0 - shares))


def calibration(results: Results) -> list[str]:
    """Scatter of ln Z over seeds against the errors that are stated."""
    rows = [
        [
            row["name"],
            row["estimator"],
            f"{row['stated']:.4f}",
            f"{row['scatter_over_stated']:.2f}",
            f"{row['mean_minus_truth']:+.4f} ± {row['truth_error']:.4f}",
            f"{row['largest_deviation']:.4f}",
            share(row["within_1"]),
            share(row["within_3"]),
            "yes" if row["passed"] else "**no**",
        ]
        for row in results["rows"]
    ]
    return [
        *paragraph(
            f"""{results["seeds"]} seeds of each card, {results["target_seeds"]} of each target. Passed: the scatter is
            .7 to 1.5 times the stated error, and the truth within one stated error in 50 to 85 % and within three in at
            least 95 % of the seeds. By chance alone, {share(by_chance(results["seeds"]))} % of the rows of cards with a
            correct error do not pass, and {share(by_chance(results["target_seeds"]))} % of those of targets. Not run:
            {", ".join(results["left_out"]) or "none"}."""
        ),
        "",
        *table(
            [
                "target or card", "estimator", "stated", "scatter/stated", "mean − truth", "largest", "within 1, %",
                "within 3, %", "passed",
            ],
            rows,
        ),
    ]  # fmt: skip


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
        [row["region"], *map(share, row["shares"]), "yes" if row["near"] else "**no**"] for row in results["rows"]
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
            "yes" if row["passed"] else "**no**",
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
            "yes" if p["passed"] else "**no**",
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


def faults(results: Results) -> list[str]:
    """Kills, flips and edits, and whatever was lost or silently used."""
    lines: list[str] = []
    if kills := results.get("kills"):
        rows = [list(kill.values()) for kill in kills]
        lines += ["Processes that were killed and started again:", "", *table(list(kills[0]), rows), ""]
    if flips := results.get("flips"):
        rows = [[f"`{name}`", ", ".join(f"{n} {what}" for what, n in counts.items())] for name, counts in flips.items()]
        lines += ["Bits flipped in files that were then read:", "", *table(["file", "outcomes"], rows), ""]
    if edits := results.get("edits"):
        outcomes = ", ".join(f"{n} {what}" for what, n in edits.items())
        lines += [f"Edits of code between two commands: {outcomes}.", ""]
    return [*lines, "Lost, different or silently used:", "", *listed(results["wrong"], "nothing.")]


def fuzz(results: Results) -> list[str]:
    """Outcomes of mutated files, and all faults."""
    rows = [
        [kind, sum(counts.values()), ", ".join(f"{n} {what}" for what, n in counts.items())]
        for kind, counts in results["counts"].items()
    ]
    return [
        *table(["files", "examples", "outcomes"], rows),
        "",
        "Faults (a traceback, a hang, a file written elsewhere):",
        "",
        *listed(results["faults"], "none."),
    ]

"""Chapters of docs/validation.md about samplers: known targets, other samplers, stated errors of evidences."""

from __future__ import annotations

from collections.abc import Iterable

from scipy import stats

from analysis.validation.markdown import Results, listed, paragraph, share, table, verdict


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
            of runs that did not finish are lower bounds. The check passes if all runs of g2fit do. Versions:
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
            """All samplers evaluate one compiled likelihood in one process, for about 30 s. A run that had not come
            to its own end by then, or a chain shorter than five autocorrelation times, is marked >: its seconds are a
            lower bound, its ESS and ln Z those of an unfinished run. Where a run ended with an ESS below 4000, the
            seconds are extrapolated from its rate."""
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
            verdict(row["passed"]),
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

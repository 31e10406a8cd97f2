"""What the verbs for after a run print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from g2fit.cli.printer import Printer, or_json

__all__ = ["show_archive", "show_best_fit", "show_post", "show_restored"]


@or_json
def show_post(console: Printer, report: Mapping[str, Any]) -> None:
    """Print what weighted draws are worth."""
    verdict, (ratio, error) = report["verdict"], report["log_evidence_ratio"]
    print(f"{report['run']}: draws of {report['source']}, weighted anew")
    changes = ((key, *map(_text, pair)) for key, pair in report["changed"].items())
    console.table("", {"changed": "", "before": "", "now": ""}, changes)
    console.say(
        f"effective sample size {verdict['ess']:.0f} ({verdict['ess_name']}; needed: {report['least_ess']:.0f}), "
        f"R-hat {verdict['rhat']:.4f} ({verdict['rhat_name']})"
    )
    console.say(
        f"weights of {report['draws']} draws: effective share {report['effective_share']:.2%}, "
        f"Pareto k = {report['pareto_k']:.2f}"
    )
    check, check_error = report["log_evidence_ratio_of_check"]
    console.say(
        f"ln of new over old evidence {ratio:.3f} ± {error:.3f}; from draws that reach further {check:.3f} ± "
        f"{check_error:.3f}"
    )
    for text in report["warnings"]:
        console.say(f"warning: {text}")
    console.say(f"next: g2fit summary {report['run']}")


def _text(value: Any) -> str:
    return "-" if value is None else str(value)


@or_json
def show_best_fit(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the report of `g2fit.inference.profile.global_fit.bestfit`."""
    fit, intervals = report["best_fit"], report["intervals"]
    title = f"{report['model']} on {report['vintage']}: best fit, ln L = {fit['log_likelihood']:.4f}"
    levels = list(next(iter(intervals.values()), {}))
    rows = (
        (name, value, *(_ranges(intervals[name][level]) if name in intervals else None for level in levels))
        for name, value in fit["parameters"].items()
    )
    console.table(title, {"parameter": "", "value": ".6g", **dict.fromkeys(levels, "")}, rows)
    if levels:
        console.say("ranges: profile likelihood, chi2 at most 1 and 4 above its minimum; [ ]: an end of the prior")
    console.say(report["goodness"]["text"])
    data = fit["data"]
    pulls = ((name, *(data[name][key] for key in ("value", "error", "predicted")), fit["pulls"][name]) for name in data)
    columns = {"datum": "", "measured": ".6g", "error": ".3g", "predicted": ".6g", "pull": "+.2f"}
    console.table("pulls at the best fit", columns, pulls)
    terms = ((name, value) for name, value in fit["chi2"].items() if name not in data)
    if len(fit["chi2"]) > sum(name in data for name in fit["chi2"]):
        console.table("correlated data", {"block": "", "chi2": ".4g"}, terms)
    for solution in report["solutions"]:
        values = ", ".join(f"{name} = {value:.5g}" for name, value in solution["parameters"].items())
        console.say(f"solution {solution['solution'] + 1}: ln L = {solution['log_likelihood']:.4f} at {values}")
    console.say(f"{report['agreeing']} of {report['searches']} independent searches ended at this maximum")


def _ranges(parts: list[Any]) -> str:
    """Parts of an interval, with brackets where they end with the prior."""
    return "; ".join(
        f"{'[' if at_lower else ''}{low:.5g} … {high:.5g}{']' if at_upper else ''}"
        for low, high, at_lower, at_upper in parts
    )


@or_json
def show_archive(console: Printer, report: Mapping[str, Any]) -> None:
    """Print what was archived."""
    print(f"{report['file']}: {report['files']} files, {report['bytes'] / 1e6:.1f} MB")
    print(f"SHA-256 {report['sha256']}")


@or_json
def show_restored(console: Printer, report: Mapping[str, Any]) -> None:
    """Print how the verification of an archive ended; leave with exit code 1 if something differs."""
    print(f"{report['run']}: {report['files']} files restored, their checksums agree")
    for name, check in report["checks"].items():
        console.say(f"{name}: {check['text']}")
    if not all(check["agrees"] for check in report["checks"].values()):
        raise typer.Exit(1)

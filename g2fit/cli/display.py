"""What the command line prints: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from g2fit.cli.printer import Printer, or_json
from g2fit.cli.tables import cell

if TYPE_CHECKING:
    from g2fit.card import Card
    from g2fit.sampling.diagnostics import Verdict

__all__ = [
    "show_check",
    "show_comparison",
    "show_evidence",
    "show_files",
    "show_listing",
    "show_point",
    "show_scan",
    "show_simulation",
    "show_status",
    "show_summary",
    "show_verdict",
]

#: Columns of a summary that a narrow terminal leaves out, in this order, before the widest interval.
EXPENDABLE = ("mcse_mean", "ess_tail", "sd", "mean", "rhat", "ess_bulk")


#: Columns of the tables of a comparison that a narrow terminal leaves out, in this order.
DETAILS = ("information", "log_s_error", "log_s", "log_r_error", "log_r", "log_z_alone", "log_z_others", "dimension",
           "p_value", "log_predictive_error", "ess", "method")  # fmt: skip


@or_json
def show_files(_: Printer, paths: Sequence[Path]) -> None:
    """Print the files that were written."""
    for path in paths:
        print(path)


@or_json
def show_scan(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the file of a profile likelihood and its maximum."""
    print(report["file"])
    console.say(f"largest ln L {report['max_log_likelihood']:.4f}, confirmed at {report['confirmed']:.1%} of the nodes")


def _note_unused_limits(console: Printer, limits: Sequence[str]) -> None:
    """Say which limits of the data bound no quantity of the model."""
    if limits:
        console.say("limits that bound nothing in this model: " + ", ".join(limits))


@or_json
def show_check(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the report of `g2fit.posterior.check.check_card`."""
    console.say(f"model {report['model']}  data {report['vintage']}  output {report['output']}", style="bold")
    console.table("", {"parameter": "", "prior or value": ""}, report["parameters"].items())
    roles = report["terms"] | {name: "model" for name in report["rejections"] if name not in report["terms"]}
    rejections = ((name, role, report["rejections"].get(name, 0.0)) for name, role in roles.items())
    console.table("", {"term": "", "role": "", "rejects": ".2%"}, rejections)
    if report["sm_valued"]:
        console.say("at their Standard Model value: " + ", ".join(report["sm_valued"]))
    _note_unused_limits(console, report["not_applicable"])
    for warning in report["warnings"]:
        console.say(f"note: {warning}")
    for text, share in report["beyond"].items():
        if share > 0.0:
            console.say(f"note: beyond the validity of the options, for {share:.2%} of the allowed prior: {text}")
    fraction, error = report["prior_fraction"]
    console.say(
        f"fraction of the prior left by its cuts {fraction:.4f} ± {error:.4f}, "
        f"of which the likelihood accepts {report['accepted']:.4%}"
    )
    if report["evaluations_per_second"]:
        console.say(f"{report['evaluations_per_second']:.3g} evaluations per second and thread")


@or_json
def show_point(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the report of `g2fit.posterior.point.evaluate_point`."""
    for index, solution in enumerate(report["solutions"]):
        title = f"{report['model']}: solution {index + 1} of {len(report['solutions'])} ({solution['reason']})"
        if solution["reason"] != "valid":
            console.say(title, style="bold")
            continue
        console.table(title, {"quantity": "", "value": ".8g"}, solution["predictions"].items())
        if "log_likelihood" in solution:
            pulls, chi2 = solution["pulls"], solution["chi2"]
            terms = ((name, v, pulls.get(name), chi2.get(name)) for name, v in solution["log_likelihood"].items())
            console.table(f"data {report['vintage']}", {"term": "", "ln L": ".5g", "pull": ".3g", "chi2": ".4g"}, terms)
            console.say(solution["goodness"]["text"])
        if report["published"]:
            columns = {"moment in the file": "", "quantity": "", "value": ".8g", "uncertainty": ".4g", "here": ".8g"}
            rows = ((*moment.values(), solution["predictions"][moment["quantity"]]) for moment in report["published"])
            console.table("", columns, rows)
        if "limits" in solution:
            _show_limits(console, solution)
    if report.get("branches"):
        keys = {key: ".5g" for branch in report["branches"] for key in branch if key != "parts"}  # too wide for a table
        console.table("all Yukawa solutions", keys, (map(branch.get, keys) for branch in report["branches"]))
    for text in report["beyond"]:
        console.say(f"warning: beyond the validity of the options: {text}")


def _show_limits(console: Printer, solution: Mapping[str, Any]) -> None:
    """Print the limits at a point: a line for each, and below the reason why it does not hold."""
    if "lightest" in solution:
        console.say(f"lightest supersymmetric particle: {solution['lightest']}")
    columns = {"limit": "", "": "", "margin": ".4g", "coordinates": "", "source": ""}
    rows = []
    for row in solution["limits"]:
        place = ", ".join(f"{name} = {value:.5g}" for name, value in row["coordinates"].items())
        margin = None if row["margin"] is None else f"{row['margin']:.4g} {row['unit']}"
        rows.append((row["limit"], row["status"], margin, place, row["source"]))
    console.table("limits", columns, rows)
    for title, key in (("why a limit does not hold", "why"), ("assumptions", "assumption")):
        texts: dict[str, dict[str, None]] = {}
        for row in solution["limits"]:
            if row[key]:
                texts.setdefault(row[key], {})[row["limit"]] = None
        if texts:
            console.table(title, {key: "", "limits": ""}, ((text, ", ".join(names)) for text, names in texts.items()))


def show_verdict(card: Card, verdict: Verdict) -> None:
    """Print how a run ended, and what did not enter it; leave with exit code 1 if the result is to be doubted."""
    from g2fit.pipeline import beyond_validity, explain
    from g2fit.results import Result
    from g2fit.sampling.run_folder import RunFolder

    done, status = Result(card.output).converged, RunFolder(card.output).status()
    why = str(status.get("message"))
    word = "converged" if done else f"NOT converged {'within ' if why.startswith('max_') else 'since '}{why}"
    print(f"{card.output}: {word} after {explain(card, verdict)}")
    _note_unused_limits(Printer(), card.likelihood.not_applicable)
    for text in beyond_validity(card):
        print(f"note: {text}")
    warnings = status.get("warnings", [])
    for warning in warnings:
        print(f"warning: {warning}")
    if warnings or not done:
        raise typer.Exit(1)


@or_json
def show_status(console: Printer, reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the state of runs."""
    columns = {"run": "", "state": "", "steps": "", "ESS": "", "R-hat": ".5g", "evaluations/s": ".3g"}
    rows = (
        (
            path,
            report["state"] + (", weighted draws" if report.get("draws") == "weighted" else ""),
            min(report["steps"]),
            f"{cell(report['ess'], '.4g')}/{report['target']['ess']:.0f}",
            *(report[key] for key in ("rhat", "evaluations_per_second", "elapsed_seconds", "eta_seconds", "updated")),
        )
        for path, report in reports.items()
    )
    columns |= {"elapsed s": ".4g", "left s": ".3g", "updated": ""}
    console.table("", columns, rows, ("updated", "evaluations/s", "elapsed s"))
    for path, report in reports.items():
        if report.get("silent"):
            console.say(f"warning: {path}: {report['message']}")
        for warning in report.get("warnings", ()):  # status files of earlier versions lack it
            console.say(f"warning: {path}: {warning}")


@or_json
def show_summary(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the summary of a run."""
    from g2fit.results.levels import level_name  # imports much that verbs without a summary do without

    state = "converged" if report["converged"] else "NOT CONVERGED"
    names = [level_name(level) for level in report["levels"]]
    columns = dict.fromkeys(("mean", "sd", "median", *names), ".4g")
    columns |= {"ess_bulk": ".0f", "ess_tail": ".0f", "rhat": ".5g", "mcse_mean": ".4g"}
    quantities = ((name, *map(row.get, columns)) for name, row in report["quantities"].items())
    title = f"{report['run']}: {report['model']} on {report['vintage']}, {state}"
    console.table(title, {"quantity": "", **columns}, quantities, (*EXPENDABLE, names[-1]))
    for name, row in report["quantities"].items():
        if "constraint" in row and row["constraint"]["text"]:
            console.say(f"{name}: {row['constraint']['text']}")
    if report["other_code"]:
        changed = ", ".join(report["other_code"])
        console.say(f"warning: these numbers were made by other code than the present one: {changed} differ")
    fit = report["best_fit"]
    title = f"best fit, ln L = {fit['log_likelihood']:.4f}"
    console.table(title, {"parameter": "", "value": ".6g"}, fit["parameters"].items())
    console.table("pulls at the best fit", {"term": "", "standard deviations": "+.2f"}, fit["pulls"].items())
    console.say(report["goodness"]["text"])
    if report["branches"]:
        branches = (
            (branch["solution"] + 1, *branch["parameters"].values(), branch["log_likelihood"])
            for branch in report["branches"]
        )
        forms = {"": "", **dict.fromkeys(fit["parameters"], ".5g"), "ln L": ".4f"}
        console.table("best fit of each solution", forms, branches)
    for label, mode in report["modes"].items():
        console.say(f"share of {label}: {mode['share']:.4f} ± {mode['error']:.4f}")
    for text, share in report["beyond"].items():
        if share > 0.0:
            console.say(f"beyond this fit, for {share:.2%} of the draws: {text}")
    statistics = report["statistics"]
    explored = statistics.get("exploration")  # results of earlier versions lack it
    if explored is not None:
        console.say(
            f"exploration: {explored['calls']} evaluations, {explored['ess']:.0f} effective draws, "
            f"ln Z = {explored['log_z']:.3f} ± {explored['error']:.3f} with the cuts of the prior"
        )
        for warning in explored["warnings"]:
            console.say(f"warning: {warning}")
    if statistics.get("draws") == "weighted":
        efficiency = explored["ess"] / max(explored["calls"], 1)
        console.say(
            f"draws: weighted draws of the exploration, {efficiency:.2f} effective ones per evaluation, "
            f"Pareto k = {statistics['pareto_k']:.2f}"
        )
    elif weights := statistics.get("reweighted"):
        share = f"effective share {weights['effective_share']:.2%}"
        console.say(f"draws of {weights['source']}, weighted anew: {share}, Pareto k = {weights['pareto_k']:.2f}")
    else:
        console.say(
            f"{statistics['evaluations']} evaluations, acceptance {statistics['acceptance']:.2f}; "
            + ", ".join(f"{name} {count}" for name, count in statistics["reasons"].items() if count)
        )
    _note_unused_limits(console, statistics.get("not_applicable", ()))  # results of earlier versions lack it


@or_json
def show_evidence(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the evidence of a card."""
    columns = {"estimator": "", "ln Z": ".4f", "error": ".4f", "seconds": ".1f"}
    rows = ((name, found["log_z"], found["error"], found["seconds"]) for name, found in report["estimators"].items())
    console.table(f"{report['model']} on {report['vintage']}", columns, rows)
    agreement = report["agreement"]
    if agreement is not None:
        word = "agree" if agreement["consistent"] else "DISAGREE"
        console.say(f"the estimators {word}: they differ by {agreement['difference']:+.4f} ± {agreement['error']:.4f}")
    fraction, error = report["prior_fraction"]
    if fraction < 1.0:
        console.say(f"ln Z refers to the prior left by its cuts, a fraction {fraction:.5f} ± {error:.5f}")
    needed = report["estimators"].get("bridge", {}).get("prior_draws_needed")
    if needed is not None:
        console.say(
            f"no independent check: prior Monte Carlo would need about {needed:.1e} evaluations for an error of 0.01 "
            "(`--method prior` makes them, `--method nested` is another check)"
        )
    for text in report["warnings"]:
        console.say(f"warning: {text}")


@or_json
def show_comparison(console: Printer, report: Mapping[str, Any]) -> None:
    """Print a comparison of models."""
    keys = ("log_z", "error", "aic", "bic", "information_gain", "effective_dimension")
    data_sets = list(next(iter(report["models"].values()))["chi2"])
    columns = {"model": "", **dict.fromkeys(keys, ".5g"), **{f"chi2 {data_set}": ".3g" for data_set in data_sets}}
    fits = ((name, *map(fit.get, keys), *map(fit["chi2"].get, data_sets)) for name, fit in report["models"].items())
    console.table(f"data {report['data']['vintage']}", columns, fits, keys[:1:-1])
    factor_keys = ("model", "against", "log_b", "error", "range", "verbal")
    columns = {"model": "", "against": "", "ln B": "+.3f", "error": ".3f"}
    columns |= {"over the prior sets": "+.2f", "in words": ""}
    console.table("Bayes factors", columns, (map(row.get, factor_keys) for row in report["bayes_factors"]))
    for text in report["varied_priors"].values():
        console.say(text)
    for title, part in (("prior sensitivity", "prior_sensitivity"), ("each data set", "pieces")):
        for name, rows in report[part].items():
            if len(rows) > 1:
                plain = [key for key, value in rows[0].items() if not isinstance(value, dict | list)]
                shown = {key: ".4g" for key in plain if key not in ("description", "latex")}
                console.table(f"{name}: {title}", shown, (map(row.get, shown) for row in rows), DETAILS)
    for text in report["warnings"]:
        console.say(f"warning: {text}")


@or_json
def show_simulation(console: Printer, report: Mapping[str, Any]) -> None:
    """Print the true point and the values of simulated data."""
    console.table(report["card"], {"parameter": "", "true value": ".8g"}, report["point"].items())
    columns = {"entry": "", "observable": "", "value": ".6g", "error": ".4g"}
    console.table("", columns, (map(row.get, columns) for row in report["values"]))


@or_json
def show_listing(console: Printer, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a list of things, with one column for each of their keys."""
    if not rows:
        print("nothing")
        return
    columns = dict.fromkeys(rows[0], ".5g")
    console.table("", columns, (map(row.get, columns) for row in rows))

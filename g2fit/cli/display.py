"""What the command line prints: tables for people, JSON for programs."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from g2fit.core.files import finite

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

#: Width of tables in characters where there is no terminal: they must not be cut there.
WIDTH = 160


class _Printer(Console):
    """A console that prints tables with a left first column."""

    def __init__(self) -> None:
        super().__init__(width=None if sys.stdout.isatty() else WIDTH, highlight=False)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, fold: bool = False) -> None:
        """Print a table; `fold` breaks long cells into lines, instead of aligning the columns to the right."""
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for index, column in enumerate(columns):
            if fold:
                table.add_column(column, overflow="fold")
            else:
                table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
        for row in rows:
            table.add_row(*row)
        self.print(table)


def _or_json[T](show: Callable[[_Printer, T], None]) -> Callable[[T, bool], None]:
    """Let a function that prints a report print it as JSON on request."""

    @functools.wraps(show)
    def shown(report: T, as_json: bool) -> None:
        if as_json:
            print_json(report)
        else:
            show(_Printer(), report)

    return shown


def print_json(data: Any) -> None:
    """Print JSON; numbers that are not finite become null, as the standard asks, and paths text."""
    print(json.dumps(finite(data), indent=1, default=os.fspath))


def number(value: Any, digits: int = 5) -> str:
    """Format a number for a table.

    >>> number(0.000123456), number(None), number(12)
    ('0.00012346', '-', '12')
    """
    if value is None:
        return "-"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


@_or_json
def show_files(_: _Printer, paths: Sequence[Path]) -> None:
    """Print the files that were written."""
    for path in paths:
        print(path)


@_or_json
def show_scan(console: _Printer, report: Mapping[str, Any]) -> None:
    """Print the file of a profile likelihood and its maximum."""
    print(report["file"])
    console.print(
        f"largest ln L {report['max_log_likelihood']:.4f}, confirmed at {report['confirmed']:.1%} of the nodes"
    )


@_or_json
def show_check(console: _Printer, report: Mapping[str, Any]) -> None:
    """Print the report of `g2fit.posterior.check.check_card`."""
    console.print(
        f"[bold]model[/] {report['model']}  [bold]data[/] {report['vintage']}  [bold]output[/] {report['output']}"
    )
    parameters = ((name, escape(str(text))) for name, text in report["parameters"].items())
    console.table("", ("parameter", "prior or value"), parameters)
    roles = report["terms"] | {name: "model" for name in report["rejections"] if name not in report["terms"]}
    rejections = ((name, role, f"{report['rejections'].get(name, 0.0):.2%}") for name, role in roles.items())
    console.table("", ("term", "role", "rejects"), rejections)
    if report["sm_valued"]:
        console.print("at their Standard Model value: " + ", ".join(report["sm_valued"]))
    for warning in report["warnings"]:
        console.print(escape(f"note: {warning}"))
    fraction, error = report["prior_fraction"]
    console.print(
        f"fraction of the prior left by its cuts {fraction:.4f} ± {error:.4f}, "
        f"of which the likelihood accepts {report['accepted']:.4%}"
    )
    if report["evaluations_per_second"]:
        console.print(f"{report['evaluations_per_second']:.3g} evaluations per second and thread")


@_or_json
def show_point(console: _Printer, report: Mapping[str, Any]) -> None:
    """Print the report of `g2fit.posterior.point.evaluate_point`."""
    for index, solution in enumerate(report["solutions"]):
        title = f"{report['model']}: solution {index + 1} of {len(report['solutions'])} ({solution['reason']})"
        if solution["reason"] != "valid":
            console.print(f"[bold]{title}[/]")
            continue
        predictions = ((name, number(value, 8)) for name, value in solution["predictions"].items())
        console.table(title, ("quantity", "value"), predictions)
        if "log_likelihood" in solution:
            pulls = solution["pulls"]
            terms = ((k, number(v), number(pulls.get(k), 3)) for k, v in solution["log_likelihood"].items())
            console.table(f"data {report['vintage']}", ("term", "ln L", "pull"), terms)
    if report.get("branches"):
        keys = list(dict.fromkeys(key for branch in report["branches"] for key in branch))
        rows = ([number(branch.get(key)) for key in keys] for branch in report["branches"])
        console.table("all Yukawa solutions", keys, rows)


def show_verdict(card: Card, verdict: Verdict) -> None:
    """Print how a run ended; leave with exit code 1 if it did not converge."""
    from g2fit.pipeline import explain

    stop = card.sampler.stop
    done = verdict.converged(stop.ess, stop.rhat)
    word = "converged" if done else f"NOT converged within max_steps = {card.sampler.max_steps}"
    print(f"{card.output}: {word} after {explain(card, verdict)}")
    if not done:
        raise typer.Exit(1)


@_or_json
def show_status(console: _Printer, reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the state of runs."""
    columns = ("run", "state", "steps", "ESS", "R-hat", "evaluations/s", "elapsed s", "left s", "updated")
    rows = (
        (
            path,
            report["state"],
            str(min(report["steps"])),
            f"{number(report['ess'], 4)}/{report['target']['ess']:.0f}",
            number(report["rhat"]),
            number(report["evaluations_per_second"], 3),
            number(report["elapsed_seconds"], 4),
            number(report["eta_seconds"], 3),
            report["updated"],
        )
        for path, report in reports.items()
    )
    console.table("", columns, rows)


def show_summary(reports: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print summaries of runs; the JSON of a single run is not a list."""
    if as_json:
        print_json(reports[0] if len(reports) == 1 else reports)
        return
    for report in reports:
        _show_summary(_Printer(), report)


def _show_summary(console: _Printer, report: Mapping[str, Any]) -> None:
    state = "converged" if report["converged"] else "NOT CONVERGED"
    columns = ("mean", "sd", "median", "68.27%", "95.45%", "ess_bulk", "ess_tail", "rhat", "mcse_mean")
    quantities = (
        (name, *(_summary_cell(column, row.get(column)) for column in columns))
        for name, row in report["quantities"].items()
    )
    title = f"{report['run']}: {report['model']} on {report['vintage']}, {state}"
    console.table(escape(title), ("quantity", *columns), quantities)
    fit = report["best_fit"]
    parameters = ((name, number(value, 6)) for name, value in fit["parameters"].items())
    console.table(f"best fit, ln L = {fit['log_likelihood']:.4f}", ("parameter", "value"), parameters)
    pulls = ((name, f"{value:+.2f}") for name, value in fit["pulls"].items())
    console.table("pulls at the best fit", ("term", "standard deviations"), pulls)
    if report["branches"]:
        branches = (
            (str(i), *map(number, branch["parameters"].values()), f"{branch['log_likelihood']:.4f}")
            for i, branch in enumerate(report["branches"], 1)
        )
        console.table("best fit of each solution", ("", *fit["parameters"], "ln L"), branches)
    for label, mode in report["modes"].items():
        console.print(f"share of {label}: {mode['share']:.4f} ± {mode['error']:.4f}")
    statistics = report["statistics"]
    console.print(
        f"{statistics['evaluations']} evaluations, acceptance {statistics['acceptance']:.2f}; "
        + ", ".join(f"{name} {count}" for name, count in statistics["reasons"].items() if count)
    )


def _summary_cell(column: str, value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{value[0]:.4g} … {value[1]:.4g}"
    if column.startswith("ess") and value is not None:
        return f"{value:.0f}"
    return number(value, 5 if column == "rhat" else 4)


@_or_json
def show_evidence(console: _Printer, report: Mapping[str, Any]) -> None:
    """Print the evidence of a card."""
    rows = (
        (name, f"{found['log_z']:.4f}", f"{found['error']:.4f}", f"{found['seconds']:.1f}")
        for name, found in report["estimators"].items()
    )
    console.table(f"{report['model']} on {report['vintage']}", ("estimator", "ln Z", "error", "seconds"), rows)
    agreement = report["agreement"]
    if agreement is not None:
        word = "agree" if agreement["consistent"] else "DISAGREE"
        console.print(
            f"the estimators {word}: they differ by {agreement['difference']:+.4f} ± {agreement['error']:.4f}"
        )
    fraction, error = report["prior_fraction"]
    if fraction < 1.0:
        console.print(f"ln Z refers to the prior left by its cuts, a fraction {fraction:.5f} ± {error:.5f}")
    for text in report["warnings"]:
        console.print(f"warning: {escape(text)}")


@_or_json
def show_comparison(console: _Printer, report: Mapping[str, Any]) -> None:
    """Print a comparison of models."""
    keys = ("log_z", "error", "aic", "bic", "information_gain", "effective_dimension")
    data_sets = list(next(iter(report["models"].values()))["chi2"])
    models = (
        (
            escape(name),
            *(number(model.get(key)) for key in keys),
            *(number(model["chi2"].get(data_set), 3) for data_set in data_sets),
        )
        for name, model in report["models"].items()
    )
    columns = ("model", *keys, *(f"chi2 {data_set}" for data_set in data_sets))
    console.table(f"data {report['data']['vintage']}", columns, models)
    factors = (
        (
            escape(row["model"]),
            escape(row["against"]),
            f"{row['log_b']:+.3f}",
            f"{row['error']:.3f}",
            f"{row['range'][0]:+.2f} … {row['range'][1]:+.2f}",
            row["verbal"],
        )
        for row in report["bayes_factors"]
    )
    columns = ("model", "against", "ln B", "error", "over the prior sets", "in words")
    console.table("Bayes factors", columns, factors)
    for title, part in (("prior sensitivity", "prior_sensitivity"), ("each data set", "pieces")):
        for name, rows in report[part].items():
            if rows:
                plain = [key for key, value in rows[0].items() if not isinstance(value, dict | list)]
                shown = [key for key in plain if key not in ("description", "latex")]
                cells = ([escape(number(row.get(key), 4)) for key in shown] for row in rows)
                console.table(f"{escape(name)}: {title}", shown, cells)
    for text in report["warnings"]:
        console.print(f"warning: {escape(text)}")


@_or_json
def show_simulation(console: _Printer, report: Mapping[str, Any]) -> None:
    """Print the true point and the values of simulated data."""
    point = ((name, number(value, 8)) for name, value in report["point"].items())
    console.table(escape(report["card"]), ("parameter", "true value"), point)
    values = (
        (row["entry"], row["observable"], number(row["value"], 6), number(row["error"], 4)) for row in report["values"]
    )
    console.table("", ("entry", "observable", "value", "error"), values)


@_or_json
def show_listing(console: _Printer, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a list of things, with one column for each of their keys; names are folded, never cut."""
    if not rows:
        print("nothing")
        return
    keys = list(rows[0])
    console.table("", keys, ([escape(number(row.get(key))) for key in keys] for row in rows), fold=True)

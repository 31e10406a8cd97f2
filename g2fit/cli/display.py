"""What the command line prints: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from xarray import Dataset

    from g2fit.card import Card
    from g2fit.sampling.diagnostics import Verdict

__all__ = [
    "say",
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


def _console() -> Console:
    # a pipe has no width: tables must not be cut there
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def say(text: str) -> None:
    """Print a line."""
    print(text)


def show_files(paths: Sequence[Path], as_json: bool) -> None:
    """Print the files that were written."""
    if as_json:
        print_json([str(path) for path in paths])
        return
    for path in paths:
        say(str(path))


def show_scan(data: Dataset, path: Path, as_json: bool) -> None:
    """Print where a profile is and what was found."""
    found = {key: data.attrs[key] for key in ("max_log_likelihood", "confirmed", "rounds", "evaluations")}
    if as_json:
        print_json({"file": str(path), **{key: _plain(value) for key, value in found.items()}})
        return
    say(str(path))
    console = _console()
    console.print(f"largest ln L {found['max_log_likelihood']:.4f}, confirmed at {found['confirmed']:.1%} of the nodes")


def print_json(data: Any) -> None:
    """Print JSON; numbers that are not finite become null, as the standard asks."""
    print(json.dumps(_finite(data), indent=1))


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    if isinstance(data, float) and data not in (float("inf"), float("-inf")) and data == data:
        return data
    return None if isinstance(data, float) else data


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python."""
    return value.item() if hasattr(value, "item") else value


def number(value: Any, digits: int = 5) -> str:
    """Format a number for a table.

    >>> number(0.000123456), number(None), number(12)
    ('0.00012346', '-', '12')
    """
    if value is None:
        return "-"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
    return table


def show_check(report: dict[str, Any], as_json: bool) -> None:
    """Print what `g2fit.posterior.check.check_card` found."""
    if as_json:
        print_json(report)
        return
    console = _console()
    console.print(
        f"[bold]model[/] {report['model']}  [bold]data[/] {report['vintage']}  [bold]output[/] {report['output']}"
    )
    table = _table("", "parameter", "prior or value")
    for name, text in report["parameters"].items():
        table.add_row(name, escape(str(text)))
    console.print(table)
    terms = _table("", "term", "role", "rejects")
    for name, role in report["terms"].items():
        terms.add_row(name, role, f"{report['rejections'].get(name, 0.0):.2%}")
    for name, share in report["rejections"].items():
        if name not in report["terms"]:
            terms.add_row(name, "model", f"{share:.2%}")
    console.print(terms)
    if report["sm_valued"]:
        console.print("at their Standard Model value: " + ", ".join(report["sm_valued"]))
    for warning in report["warnings"]:
        console.print(escape(f"note: {warning}"))
    fraction, error = report["prior_fraction"]
    console.print(
        f"prior left by its cuts {fraction:.4f} ± {error:.4f}, accepted by the likelihood {report['accepted']:.4%}"
    )
    if report["evaluations_per_second"]:
        console.print(f"{report['evaluations_per_second']:.3g} evaluations a second and thread")


def show_point(report: dict[str, Any], as_json: bool) -> None:
    """Print what `g2fit.posterior.point.evaluate_point` found."""
    if as_json:
        print_json(report)
        return
    console = _console()
    for index, solution in enumerate(report["solutions"]):
        title = f"{report['model']}: solution {index + 1} of {len(report['solutions'])} ({solution['reason']})"
        if solution["reason"] != "valid":
            console.print(f"[bold]{title}[/]")
            continue
        table = _table(title, "quantity", "value")
        for name, value in solution["predictions"].items():
            table.add_row(name, number(value, 8))
        console.print(table)
        if "log_likelihood" in solution:
            terms = _table(f"data {report['vintage']}", "term", "ln L", "pull")
            for name, value in solution["log_likelihood"].items():
                terms.add_row(name, number(value), number(solution["pulls"].get(name), 3))
            console.print(terms)
    if report.get("branches"):
        keys = list(dict.fromkeys(key for branch in report["branches"] for key in branch))
        table = _table("all Yukawa solutions", *keys)
        for branch in report["branches"]:
            table.add_row(*(number(branch.get(key)) for key in keys))
        console.print(table)


def show_verdict(card: Card, verdict: Verdict) -> None:
    """Say how a run ended; leave with exit code 1 if it did not converge."""
    from g2fit.pipeline import explain

    stop = card.sampler.stop
    done = verdict.converged(stop.ess, stop.rhat)
    word = "converged" if done else f"NOT converged within max_steps = {card.sampler.max_steps}"
    print(f"{card.output}: {word} after {explain(card, verdict)}")
    if not done:
        raise typer.Exit(1)


def show_status(reports: Mapping[str, Mapping[str, Any]], as_json: bool) -> None:
    """Print the state of runs."""
    if as_json:
        print_json(reports)
        return
    table = _table("", "run", "state", "steps", "ESS", "R-hat", "evaluations/s", "elapsed s", "left s", "updated")
    for path, report in reports.items():
        table.add_row(
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
    _console().print(table)


def show_summary(reports: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print summaries of runs."""
    if as_json:
        print_json(reports[0] if len(reports) == 1 else reports)
        return
    console = _console()
    for report in reports:
        state = "converged" if report["converged"] else "NOT CONVERGED"
        title = f"{report['run']}: {report['model']} on {report['vintage']}, {state}"
        columns = ("mean", "sd", "median", "68.27%", "95.45%", "ess_bulk", "ess_tail", "rhat", "mcse_mean")
        table = _table(escape(title), "quantity", *columns)
        for name, row in report["quantities"].items():
            cells = []
            for column in columns:
                value = row.get(column)
                if isinstance(value, tuple | list):
                    cells.append(f"{value[0]:.4g} … {value[1]:.4g}")
                elif column.startswith("ess") and value is not None:
                    cells.append(f"{value:.0f}")
                else:
                    cells.append(number(value, 5 if column == "rhat" else 4))
            table.add_row(name, *cells)
        console.print(table)
        fit = report["best_fit"]
        best = _table(f"best fit, ln L = {fit['log_likelihood']:.4f}", "parameter", "value")
        for name, value in fit["parameters"].items():
            best.add_row(name, number(value, 6))
        console.print(best)
        pulls = _table("pulls at the best fit", "term", "standard deviations")
        for name, value in fit["pulls"].items():
            pulls.add_row(name, f"{value:+.2f}")
        console.print(pulls)
        if report["branches"]:
            branches = _table("best fit of each solution", "", *fit["parameters"], "ln L")
            for i, branch in enumerate(report["branches"], 1):
                values = (number(value) for value in branch["parameters"].values())
                branches.add_row(str(i), *values, f"{branch['log_likelihood']:.4f}")
            console.print(branches)
        for label, mode in report["modes"].items():
            console.print(f"share of {label}: {mode['share']:.4f} ± {mode['error']:.4f}")
        statistics = report["statistics"]
        console.print(
            f"{statistics['evaluations']} evaluations, acceptance {statistics['acceptance']:.2f}; "
            + ", ".join(f"{name} {count}" for name, count in statistics["reasons"].items() if count)
        )


def show_evidence(report: Mapping[str, Any], as_json: bool) -> None:
    """Print the evidence of a card."""
    if as_json:
        print_json(report)
        return
    console = _console()
    table = _table(f"{report['model']} on {report['vintage']}", "estimator", "ln Z", "error", "seconds")
    for name, estimate in report["estimators"].items():
        table.add_row(name, f"{estimate['log_z']:.4f}", f"{estimate['error']:.4f}", f"{estimate['seconds']:.1f}")
    console.print(table)
    agreement = report["agreement"]
    if agreement is not None:
        word = "agree" if agreement["consistent"] else "DISAGREE"
        console.print(f"prior - bridge = {agreement['difference']:+.4f} ± {agreement['error']:.4f}: they {word}")
    fraction, error = report["prior_fraction"]
    if fraction < 1.0:
        console.print(f"ln Z is divided by the prior left by its cuts, {fraction:.5f} ± {error:.5f}")
    for text in report["warnings"]:
        console.print(f"warning: {escape(text)}")


def show_comparison(report: Mapping[str, Any], as_json: bool) -> None:
    """Print a comparison of models."""
    if as_json:
        print_json(report)
        return
    console = _console()
    keys = ("log_z", "error", "aic", "bic", "information_gain", "effective_dimension")
    pieces = list(next(iter(report["models"].values()))["chi2"])
    table = _table(f"data {report['data']['vintage']}", "model", *keys, *(f"chi2 {piece}" for piece in pieces))
    for name, model in report["models"].items():
        chi2 = (number(model["chi2"].get(piece), 3) for piece in pieces)
        table.add_row(escape(name), *(number(model.get(key)) for key in keys), *chi2)
    console.print(table)
    factors = _table("Bayes factors", "model", "against", "ln B", "error", "over the prior sets", "in words")
    for row in report["bayes_factors"]:
        low, high = row["range"]
        factors.add_row(
            escape(row["model"]), escape(row["against"]), f"{row['log_b']:+.3f}", f"{row['error']:.3f}",
            f"{low:+.2f} … {high:+.2f}", row["verbal"],
        )  # fmt: skip
    console.print(factors)
    for title, part in (("prior sensitivity", "prior_sensitivity"), ("each piece of the data", "pieces")):
        for name, rows in report[part].items():
            if rows:
                plain = [key for key in rows[0] if not isinstance(rows[0][key], dict | list)]
                columns = [key for key in plain if key not in ("description", "latex")]
                table = _table(f"{escape(name)}: {title}", *columns)
                for row in rows:
                    table.add_row(*(escape(number(row.get(key), 4)) for key in columns))
                console.print(table)
    for text in report["warnings"]:
        console.print(f"warning: {escape(text)}")


def show_simulation(report: Mapping[str, Any], as_json: bool) -> None:
    """Print what was simulated."""
    if as_json:
        print_json(report)
        return
    console = _console()
    table = _table(f"{escape(report['card'])}", "parameter", "true value")
    for name, value in report["point"].items():
        table.add_row(name, number(value, 8))
    console.print(table)
    data = _table("", "entry", "observable", "value", "error")
    for row in report["values"]:
        data.add_row(row["entry"], row["observable"], number(row["value"], 6), number(row["error"], 4))
    console.print(data)


def show_listing(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print a list of things with a column for each of their keys."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        print("nothing")
        return
    keys = list(rows[0])
    table = _table("", *keys)
    for column in table.columns:
        column.justify = "left"
        column.no_wrap = False
        column.overflow = "fold"  # names are to be copied: never cut
    for row in rows:
        table.add_row(*(escape(number(row.get(key))) for key in keys))
    _console().print(table)

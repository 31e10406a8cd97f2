"""Verbs that show what there is, and write it for readers and other programs."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from g2fit.cli.options import (
    EXPORT_FORMATS,
    AsJson,
    ExportOptions,
    FigureOptions,
    Force,
    Levels,
    Runs,
    Wide,
    unfolded,
)

__all__ = ["cite", "export", "init", "list_", "plot", "report", "status", "summary"]


def status(
    runs: Runs,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every second until the runs have ended.")
    ] = False,
    wide: Wide = False,
    json: AsJson = False,
) -> None:
    """Show the state of runs; of those that go on their progress, of those that have ended what their results say.

    Of several paths, those that are no runs are left out.
    """
    from g2fit.cli.display import show_status
    from g2fit.cli.watch import watched
    from g2fit.results.status import state_of_run

    found = [path for path in runs if (path / "status.json").exists()]
    for path in runs if found else ():
        if path not in found:
            print(f"g2fit: note: {path}: is no run (it has no status.json), left out", file=sys.stderr)

    def read() -> dict[str, Any]:
        return {str(path): state_of_run(path) for path in found or runs}  # without any run this is an error

    for reports in watched(read) if watch else [read()]:
        show_status(reports, json, wide)


def summary(runs: Runs, levels: Levels = None, wide: Wide = False, json: AsJson = False) -> None:
    """Summarise runs: credible intervals, limits, convergence, best fit and pulls."""
    from g2fit.cli.display import show_summary
    from g2fit.cli.printer import print_json
    from g2fit.output.summary import summarise
    from g2fit.results import Result

    reports = [summarise(Result(path), levels) for path in runs]
    if json and len(reports) > 1:
        print_json(reports)
        return
    for report in reports:
        show_summary(report, json, wide)


@unfolded
def plot(runs: Runs, options: FigureOptions, json: AsJson = False) -> None:
    """Draw the figures of each run, or the regions and profiles of several runs in one figure."""
    from g2fit.cli.display import show_files
    from g2fit.output.plots.several_runs import draw_request

    lines = {"contours": options.contour, "best_contours": options.best_contour, "curves": options.curve,
             "limits": options.limit}  # fmt: skip
    files = draw_request(
        runs,
        kinds=options.kind,
        levels=options.levels,
        x=options.x,
        y=options.y,
        formats=options.file_format,
        labels=options.label or None,
        ranges=(options.x_limits, options.y_limits),
        folder=options.out,
        overlays={kind: texts for kind, texts in lines.items() if texts},
    )
    show_files(files, json)


def report(
    runs: Runs,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="HTML file or folder; default: in the first run's folder.")
    ] = None,
    comparison: Annotated[
        Path | None, typer.Option(help="comparison.json or its folder; default: beside the runs or the report.")
    ] = None,
    force: Force = False,
    levels: Levels = None,
    json: AsJson = False,
) -> None:
    """Write one HTML file about runs: fit, convergence, posterior, evidence, comparison and how to cite."""
    from g2fit.cli.display import show_files
    from g2fit.cli.progress import note
    from g2fit.output.report import report as write_report

    show_files([write_report(runs, out, comparison=comparison, levels=levels, announce=note, force=force)], json)


@unfolded
def export(
    runs: Runs,
    options: ExportOptions,
    file_format: Annotated[
        str,
        typer.Option("--format", help="getdist, csv, parquet, slha or latex.", autocompletion=lambda: EXPORT_FORMATS),
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="File (getdist: root, slha: folder); default: the folder RUN/export."),
    ] = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Write runs for other programs: chains, tables, spectrum files, LaTeX."""
    from g2fit.cli.display import show_files
    from g2fit.output.export import export_runs

    given = {
        "names": options.quantity or None,
        "levels": options.levels,
        "draws": options.draws,
        "rows": options.row or None,
        "heavy": options.heavy,
    }
    show_files(export_runs(runs, file_format, out, force=force, **given), json)


def cite(runs: Annotated[list[Path], typer.Argument(help="Run folders or cards.", show_default=False)]) -> None:
    """Write BibTeX for the models, formulas, data and software of runs."""
    from g2fit.card import Card
    from g2fit.output.citations import bibtex_of_fits

    cards = [Card.load(run) for run in runs]
    print(bibtex_of_fits([(card.model, card.dataset) for card in cards]))


def list_(
    what: Annotated[str, typer.Argument(help="models, data, likelihoods or priors.")],
    name: Annotated[str | None, typer.Argument(help="One of them, such as a vintage.")] = None,
    wide: Wide = False,
    json: AsJson = False,
) -> None:
    """List models, data, likelihoods or priors."""
    from g2fit.cli.display import show_listing
    from g2fit.cli.listing import listing

    show_listing(listing(what, name), json, wide)


def init(
    study: Annotated[Path, typer.Argument(help="Folder to make; it must not exist or be empty.", show_default=False)],
    json: AsJson = False,
) -> None:
    """Write a folder with cards, priors and a README to start a study from."""
    from g2fit.cli.display import show_files
    from g2fit.cli.new_study import init_study

    show_files(init_study(study), json)

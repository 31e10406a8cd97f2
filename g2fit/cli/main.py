"""The command line: verbs only; what they do lives in the modules they call."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from g2fit.core.errors import G2fitError

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Bayesian inference for the anomalous magnetic moments of the leptons.",
)

CardPath = Annotated[Path, typer.Argument(help="Run card (YAML), or a run folder.", show_default=False)]
Priors = Annotated[Path | None, typer.Option(help="Prior file to use instead of the card's.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Options = Annotated[list[str] | None, typer.Option("--option", "-O", help="Model option, as name=value.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Workers elsewhere: tcp://HOST:PORT of a dask scheduler, or mpi.", show_default=False)
]
Runs = Annotated[list[Path], typer.Argument(help="Run folders.", show_default=False)]


def _kinds() -> list[str]:
    """Kinds of figures, for the completion of the shell."""
    return ["corner", "trace", "prior", "predictive"]


def _export_formats() -> list[str]:
    """Formats of exports, for the completion of the shell."""
    return ["getdist", "csv", "parquet", "slha", "latex"]


@app.command()
def check(card: CardPath, priors: Priors = None, json: AsJson = False) -> None:
    """Validate a card and try its prior: accepted fraction, what rejects, evaluations a second."""
    from g2fit.card import Card
    from g2fit.cli.display import show_check
    from g2fit.posterior.check import check_card

    show_check(check_card(Card.load(card, priors=priors)), json)


@app.command()
def point(
    model: Annotated[str, typer.Argument(help="Model, see `g2fit list models`.")],
    values: Annotated[list[str] | None, typer.Argument(help="Parameters, as name=value.")] = None,
    option: Options = None,
    data: Annotated[str | None, typer.Option(help="Score with VINTAGE[,key=value…].")] = None,
    slha: Annotated[Path | None, typer.Option(help="Read soft parameters from an SLHA file.")] = None,
    json: AsJson = False,
) -> None:
    """Evaluate one point: predictions, every branch, every likelihood term."""
    from g2fit.cli.display import show_point
    from g2fit.posterior.point import evaluate_point, parse_assignments, parse_data

    given: dict[str, Any] = {}
    if slha is not None:
        from g2fit.models.mssm.slha import read_soft_parameters

        given |= read_soft_parameters(slha)
    given |= parse_assignments(values or [], "parameter")
    scored = None if data is None else parse_data(data)
    show_point(evaluate_point(model, given, parse_assignments(option or [], "option"), scored), json)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(help="Model, see `g2fit list models`.")],
    points: Annotated[Path, typer.Option(help="Table of points: CSV or Parquet, a column a parameter.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Table to write: CSV or Parquet.")],
    option: Options = None,
) -> None:
    """Predict a table of points."""
    from g2fit.cli.display import say
    from g2fit.posterior.point import parse_assignments, predict_table

    rows = predict_table(model, points, output, parse_assignments(option or [], "option"))
    say(f"{output}: {rows} rows")


@app.command()
def run(
    card: CardPath,
    out: Annotated[Path | None, typer.Option(help="Run folder instead of the card's.")] = None,
    priors: Priors = None,
    seed: Annotated[int | None, typer.Option(help="Seed instead of the card's.")] = None,
    ensembles: Annotated[int | None, typer.Option(help="Number of ensembles instead of the card's.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    scheduler: Scheduler = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Start a run, or continue what is in its folder, until it has converged."""
    from g2fit.card import Card
    from g2fit.cli.display import show_verdict
    from g2fit.cli.progress import live_progress
    from g2fit.pipeline import execute

    changes = {"output": out, "seed": seed, "ensembles": ensembles}
    resolved = Card.load(card, priors=priors).replace(**{k: v for k, v in changes.items() if v is not None})
    with live_progress(quiet) as report:
        verdict = execute(resolved, workers=workers, scheduler=scheduler, report=report)
    show_verdict(resolved, verdict)


@app.command()
def status(runs: Runs, json: AsJson = False) -> None:
    """Show how far runs are; reads only a small file, so it never disturbs them."""
    from g2fit.cli.display import show_status
    from g2fit.sampling.run_folder import RunFolder

    show_status({str(path): RunFolder(path).status_or_fail() for path in runs}, json)


@app.command()
def summary(runs: Runs, json: AsJson = False) -> None:
    """Summarise runs: intervals, convergence, best fit, pulls."""
    from g2fit.cli.display import show_summary
    from g2fit.output.summary import summarise
    from g2fit.results import Result

    show_summary([summarise(Result(path)) for path in runs], json)


@app.command()
def plot(
    runs: Runs,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Figures of each run: corner, trace, prior, predictive; all if none.", autocompletion=_kinds),
    ] = None,
    x: Annotated[str | None, typer.Option(help="Instead: one figure of all runs, of this quantity.")] = None,
    y: Annotated[str | None, typer.Option(help="With --x: the plane of both.")] = None,
    contour: Annotated[
        list[str] | None, typer.Option(help="On a plane, QUANTITY=VALUE,…: lines of its posterior mean.")
    ] = None,
    best_contour: Annotated[
        list[str] | None, typer.Option(help="On a plane, QUANTITY=VALUE,…: lines of its value at the scan's maxima.")
    ] = None,
    curve: Annotated[
        list[str] | None, typer.Option(help="On a plane, [LABEL=]FILE.csv[:above|below|left|right]: a limit or reach.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="Names of the runs in the legend, one a run.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --x: folder instead of the first run's figures.")] = None,
    file_format: Annotated[list[str] | None, typer.Option("--format", help="png, pdf; both by default.")] = None,
    json: AsJson = False,
) -> None:
    """Draw the figures of runs into their folders, or regions and profiles of several runs into one figure."""
    from g2fit.cli.display import show_files
    from g2fit.output.plots.several_runs import draw_request

    overlays = {"contours": contour or [], "best_contours": best_contour or [], "curves": curve or []}
    wanted = draw_request(runs, kinds=kind, x=x, y=y, formats=file_format, labels=label or None, folder=out, overlays=overlays)
    show_files(wanted, json)


@app.command()
def report(
    runs: Runs,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="HTML file or folder; in the first run's folder by default.")
    ] = None,
    comparison: Annotated[
        Path | None, typer.Option(help="comparison.json or its folder; looked for beside runs and report if not given.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Write one HTML file on runs: what was fitted, convergence, posterior, fit, evidence, comparison, how to cite."""
    from g2fit.cli.display import show_files
    from g2fit.cli.progress import note
    from g2fit.output.report import report as write_report

    show_files([write_report(runs, out, comparison=comparison, announce=note)], json)


@app.command()
def export(
    runs: Runs,
    file_format: Annotated[
        str, typer.Option("--format", help="getdist, csv, parquet, slha or latex.", autocompletion=_export_formats)
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File (getdist: root, slha: folder); RUN/export by default.")
    ] = None,
    quantity: Annotated[list[str] | None, typer.Option(help="Quantities; all if none. Not for slha.")] = None,
    draws: Annotated[int | None, typer.Option(help="slha: so many draws beside the best fit; 10 by default.")] = None,
    row: Annotated[list[int] | None, typer.Option(help="slha: these draws instead, as rows of the csv from 0.")] = None,
    heavy: Annotated[float | None, typer.Option(help="slha: mass of what the model leaves out, GeV.")] = None,
    json: AsJson = False,
) -> None:
    """Write runs for other programs: chains, tables, spectrum files, LaTeX."""
    from g2fit.cli.display import show_files
    from g2fit.output.export import export_runs

    options = {"names": quantity or None, "draws": draws, "rows": row or None, "heavy": heavy}
    show_files(export_runs(runs, file_format, out, **options), json)


@app.command()
def init(
    study: Annotated[Path, typer.Argument(help="Folder to make; it must not exist or be empty.", show_default=False)],
    json: AsJson = False,
) -> None:
    """Write a folder with cards, priors and a README to start a study from."""
    from g2fit.cli.display import show_files
    from g2fit.cli.new_study import init_study

    show_files(init_study(study), json)


@app.command()
def evidence(
    card: CardPath,
    method: Annotated[list[str] | None, typer.Option(help="Estimators: A, B, nested; A and B if none.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed instead of the card's.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    scheduler: Scheduler = None,
    json: AsJson = False,
) -> None:
    """Estimate ln Z of a card or run, by estimators that share nothing."""
    from g2fit.cli.display import show_evidence
    from g2fit.cli.progress import evidence_progress
    from g2fit.inference.evidence import evidence as estimate

    with evidence_progress() as report:
        found = estimate(card, methods=method, seed=seed, workers=workers, report=report, scheduler=scheduler)
    show_evidence(found.to_dict(), json)


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run folders or cards on the same data.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Folder for comparison.json and the figure.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    json: AsJson = False,
) -> None:
    """Compare models: Bayes factors, their dependence on priors and on each piece of the data, quality of the fits."""
    from g2fit.cli.display import say, show_comparison
    from g2fit.cli.progress import note
    from g2fit.inference.comparison import compare as compare_models
    from g2fit.output.plots.comparison import save_comparison

    found = compare_models(runs, workers=workers, report=note)
    show_comparison(found.to_dict(), json)
    if out is not None:
        for path in save_comparison(found, out):
            say(str(path)) if not json else note(str(path))


@app.command()
def scan(
    card: CardPath,
    x: Annotated[str, typer.Option(help="Parameter along x.")],
    y: Annotated[str | None, typer.Option(help="Parameter along y; only x is held if there is none.")] = None,
    nx: Annotated[int, typer.Option(help="Nodes along x.")] = 50,
    ny: Annotated[int, typer.Option(help="Nodes along y.")] = 50,
    x_limits: Annotated[
        tuple[float, float] | None, typer.Option(help="Range of x; the prior's support by default.")
    ] = None,
    y_limits: Annotated[
        tuple[float, float] | None, typer.Option(help="Range of y; the prior's support by default.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder instead of the run folder.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    scheduler: Scheduler = None,
    json: AsJson = False,
) -> None:
    """Map the profile likelihood over one or two parameters, and the marginal posterior if there is a run."""
    from g2fit.card import Card
    from g2fit.cli.display import show_scan
    from g2fit.cli.progress import scan_progress
    from g2fit.inference.profile.line import scan_request

    with scan_progress() as progress:
        found, path = scan_request(
            Card.load(card),
            x,
            y,
            nx,
            ny,
            x_limits,
            y_limits,
            folder=out,
            workers=workers,
            scheduler=scheduler,
            report=progress,
        )
    show_scan(found, path, json)


@app.command()
def sweep(
    card: CardPath,
    points: Annotated[int, typer.Option(help="Number of points.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to: Parquet files.")],
    column: Annotated[list[str] | None, typer.Option(help="Observables to write; all if none.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed instead of the card's.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    scheduler: Scheduler = None,
) -> None:
    """Draw points of the prior, with predictions and likelihoods: any number of them, to Parquet."""
    from g2fit.card import Card
    from g2fit.cli.display import say
    from g2fit.cli.progress import note
    from g2fit.posterior.prior_sweep import sweep as sweep_prior

    sweep_prior(
        Card.load(card),
        points,
        output,
        columns=column,
        seed=seed,
        workers=workers,
        scheduler=scheduler,
        report=lambda done, total: note(f"{done} of {total} points"),
    )
    say(f"{output}: {points} points")


@app.command()
def simulate(
    card: CardPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="Card to write.")],
    at: Annotated[list[str] | None, typer.Option(help="True point, as name=value; from the prior if none.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated data.")] = 0,
    json: AsJson = False,
) -> None:
    """Write a card whose data are drawn from a known point."""
    from g2fit.cli.display import show_simulation
    from g2fit.posterior.point import parse_assignments
    from g2fit.posterior.simulate import simulate_file

    show_simulation(simulate_file(card, output, parse_assignments(at or [], "parameter"), seed), json)


@app.command()
def cite(runs: Annotated[list[Path], typer.Argument(help="Run folders or cards.", show_default=False)]) -> None:
    """Write BibTeX for the models, formulas, data and software of runs."""
    from g2fit.card import Card
    from g2fit.cli.display import say
    from g2fit.output.citations import bibtex_of_fits

    cards = [Card.load(run) for run in runs]
    say(bibtex_of_fits([(card.model, card.dataset) for card in cards]))


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="models, data, likelihoods or priors.")],
    name: Annotated[str | None, typer.Argument(help="One of them, such as a vintage.")] = None,
    json: AsJson = False,
) -> None:
    """List models, data, likelihoods or priors."""
    from g2fit.cli.display import show_listing
    from g2fit.cli.listing import listing

    show_listing(listing(what, name), json)


def show_notes() -> None:
    """Print on stderr what the library tells the user, such as old names on a card."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("g2fit: note: %(message)s"))
    log = logging.getLogger("g2fit")
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 not converged, 2 bad input, 130 interrupted."""
    show_notes()
    try:
        app()
    except G2fitError as error:
        print(f"g2fit: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

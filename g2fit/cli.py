"""The command line: verbs only; what they do lives in the modules they call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from g2fit.errors import G2fitError

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
Runs = Annotated[list[Path], typer.Argument(help="Run folders.", show_default=False)]


@app.command()
def check(card: CardPath, priors: Priors = None, json: AsJson = False) -> None:
    """Validate a card and try its prior: accepted fraction, what rejects, evaluations a second."""
    from g2fit.card import Card
    from g2fit.checks import check_card
    from g2fit.display import show_check

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
    from g2fit.display import show_point
    from g2fit.points import evaluate_point, parse_assignments, parse_data

    given: dict[str, Any] = {}
    if slha is not None:
        from g2fit.slha import read_soft_parameters

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
    from g2fit.display import say
    from g2fit.points import parse_assignments, predict_table

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
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Start a run, or continue what is in its folder, until it has converged."""
    from g2fit.card import Card
    from g2fit.display import live_progress, show_verdict
    from g2fit.execution import execute

    changes = {"output": out, "seed": seed, "ensembles": ensembles}
    resolved = Card.load(card, priors=priors).replace(**{k: v for k, v in changes.items() if v is not None})
    with live_progress(quiet) as report:
        verdict = execute(resolved, workers=workers, report=report)
    show_verdict(resolved, verdict)


@app.command()
def status(runs: Runs, json: AsJson = False) -> None:
    """Show how far runs are; reads only a small file, so it never disturbs them."""
    from g2fit.display import show_status
    from g2fit.store import RunFolder

    show_status({str(path): RunFolder(path).status_or_fail() for path in runs}, json)


@app.command()
def summary(runs: Runs, json: AsJson = False) -> None:
    """Summarise runs: intervals, convergence, best fit, pulls."""
    from g2fit.display import show_summary
    from g2fit.results import Result, summarise

    show_summary([summarise(Result(path)) for path in runs], json)


@app.command()
def plot(
    runs: Runs,
    kind: Annotated[
        list[str] | None, typer.Option(help="Figures: corner, trace, prior, predictive; all if none.")
    ] = None,
    file_format: Annotated[list[str] | None, typer.Option("--format", help="png, pdf; both by default.")] = None,
) -> None:
    """Draw the figures of runs into their folders."""
    from g2fit.display import say
    from g2fit.plots import draw
    from g2fit.results import Result

    for path in runs:
        for figure in draw(Result(path), kind, file_format):
            say(str(figure))


@app.command()
def evidence(
    card: CardPath,
    method: Annotated[list[str] | None, typer.Option(help="Estimators: A, B, nested; A and B if none.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed instead of the card's.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    json: AsJson = False,
) -> None:
    """Estimate ln Z of a card or run, by estimators that share nothing."""
    from g2fit.display import evidence_progress, show_evidence
    from g2fit.evidence import evidence as estimate

    with evidence_progress() as report:
        found = estimate(card, methods=method, seed=seed, workers=workers, report=report)
    show_evidence(found.to_dict(), json)


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run folders or cards on the same data.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Folder for comparison.json and the figure.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
    json: AsJson = False,
) -> None:
    """Compare models: Bayes factors, their dependence on priors and on each piece of the data, quality of the fits."""
    from g2fit.comparison import compare as compare_models
    from g2fit.display import note, say, show_comparison

    found = compare_models(runs, workers=workers, report=note)
    show_comparison(found.to_dict(), json)
    if out is not None:
        for path in found.save(out):
            say(str(path)) if not json else note(str(path))


@app.command()
def scan(
    card: CardPath,
    x: Annotated[str, typer.Option(help="Parameter along x.")],
    y: Annotated[str, typer.Option(help="Parameter along y.")],
    nx: Annotated[int, typer.Option(help="Nodes along x.")] = 50,
    ny: Annotated[int, typer.Option(help="Nodes along y.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Folder instead of the run folder.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core by default.")] = None,
) -> None:
    """Map the profile likelihood over two parameters, and the marginal posterior if there is a run."""
    from g2fit.card import Card
    from g2fit.display import say, scan_progress
    from g2fit.scan import scan as scan_plane
    from g2fit.scan import scan_path

    loaded = Card.load(card)
    with scan_progress() as report:
        scan_plane(loaded, x, y, nx, ny, workers=workers, folder=out, report=report)
    say(str(scan_path(out or loaded.output, x, y)))


@app.command()
def simulate(
    card: CardPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="Card to write.")],
    at: Annotated[list[str] | None, typer.Option(help="True point, as name=value; from the prior if none.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated data.")] = 0,
    json: AsJson = False,
) -> None:
    """Write a card whose data are drawn from a known point."""
    from g2fit.display import show_simulation
    from g2fit.points import parse_assignments
    from g2fit.simulate import simulate_file

    show_simulation(simulate_file(card, output, parse_assignments(at or [], "parameter"), seed), json)


@app.command()
def cite(run: Annotated[Path, typer.Argument(help="Run folder or card.")]) -> None:
    """Write BibTeX for the model, formulas, data and software of a run."""
    from g2fit.card import Card
    from g2fit.cite import bibtex
    from g2fit.display import say

    card = Card.load(run)
    say(bibtex(card.build_model(), card.dataset))


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="models, data, likelihoods or priors.")],
    name: Annotated[str | None, typer.Argument(help="One of them, such as a vintage.")] = None,
    json: AsJson = False,
) -> None:
    """List models, data, likelihoods or priors."""
    from g2fit.display import show_listing
    from g2fit.listing import listing

    show_listing(listing(what, name), json)


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 not converged, 2 bad input, 130 interrupted."""
    try:
        app()
    except G2fitError as error:
        print(f"g2fit: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

"""Verbs that compute: points, runs of cards, evidence, comparisons, scans and draws of the prior."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from g2fit.cli.options import (
    AsJson,
    CardPath,
    Force,
    ModelName,
    ModelOptions,
    PointOptions,
    Priors,
    RunOptions,
    ScanOptions,
    Scheduler,
    Seed,
    TableFormat,
    Texts,
    Wide,
    Workers,
    unfolded,
)
from g2fit.core.errors import InputError

__all__ = ["check", "compare", "evidence", "point", "predict", "run", "scan", "simulate", "sweep"]


def check(card: CardPath, priors: Priors = None, wide: Wide = False, json: AsJson = False) -> None:
    """Validate a card and report which constraints reject prior draws."""
    from g2fit.card import Card
    from g2fit.cli.display import show_check
    from g2fit.posterior.check import check_card

    show_check(check_card(Card.load(card, priors=priors)), json, wide)


@unfolded
def point(
    model: ModelName,
    options: PointOptions,
    values: Annotated[Texts, typer.Argument(help="Parameters, as name=value.")] = None,
    wide: Wide = False,
    json: AsJson = False,
) -> None:
    """Evaluate one point: predictions, every Yukawa solution and every likelihood term."""
    from g2fit.cli.display import show_point
    from g2fit.posterior.point import evaluate_point, parse_assignments, parse_data

    given, chosen = parse_assignments(values, "parameter"), parse_assignments(options.option, "option")
    moments: Sequence[Any] = ()
    if options.slha is not None:
        from g2fit.models.mssm.slha import read_slha

        read, chosen, moments = read_slha(options.slha, chosen, given, options.scale)
        given = read | given
    elif options.scale is not None:
        raise InputError(f"--scale: {options.scale:g} GeV is that of blocks of a file; name it with --slha")
    section = None if options.data is None else parse_data(options.data)
    show_point(evaluate_point(model, given, chosen, section, options.limits, moments), json, wide)


def predict(
    model: ModelName,
    points: Annotated[Path, typer.Option(help="Table of points: CSV or Parquet, one column per parameter.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Table to write: CSV or Parquet.")],
    option: ModelOptions = None,
    force: Force = False,
) -> None:
    """Predict the observables of a table of points."""
    from g2fit.posterior.point import parse_assignments, predict_table

    rows = predict_table(model, points, output, parse_assignments(option, "option"), force=force)
    print(f"{output}: {rows} rows")


@unfolded
def run(
    card: CardPath,
    options: RunOptions,
    workers: Workers = None,
    scheduler: Scheduler = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    force: Force = False,
) -> None:
    """Start a run, or continue the one in its folder, until it has converged."""
    from g2fit.core.parallel.executors import start_server

    if scheduler is None and workers != 1:
        start_server(["g2fit.cli.main", "g2fit.sampling.ensemble", "g2fit.sampling.pool", "numba"])
    from g2fit.card import Card
    from g2fit.cli.display import show_verdict
    from g2fit.cli.progress import live_progress
    from g2fit.pipeline import execute
    from g2fit.posterior.point import parse_assignments

    changes = {"output": options.out, "seed": options.seed, "ensembles": options.ensembles}
    keys = parse_assignments(options.key, "key") | ({} if options.ess is None else {"sampler.stop.ess": options.ess})
    loaded = Card.load(card, priors=options.priors, keys=keys)
    resolved = loaded.replace(**{k: v for k, v in changes.items() if v is not None})
    with live_progress(quiet) as report:
        verdict = execute(resolved, workers=workers, scheduler=scheduler, report=report, force=force)
    show_verdict(resolved, verdict)


def evidence(
    card: CardPath,
    method: Annotated[Texts, typer.Option(help="prior, bridge, nested; default: prior and bridge.")] = None,
    seed: Seed = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    wide: Wide = False,
    json: AsJson = False,
) -> None:
    """Estimate the evidence ln Z of a card or run with independent estimators."""
    from g2fit.cli.display import show_evidence
    from g2fit.cli.progress import evidence_line, live
    from g2fit.inference.evidence import evidence as estimate

    with live(evidence_line) as report:
        found = estimate(card, methods=method, seed=seed, workers=workers, report=report, scheduler=scheduler)
    show_evidence(found.to_dict(), json, wide)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run folders or cards on the same data.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="Folder for comparison.json, the figure and a LaTeX table.", show_default=False)
    ] = None,
    priors: Annotated[
        list[Path] | None,
        typer.Option(help="Prior file to vary the priors with, repeatable; default: those in the folder priors."),
    ] = None,
    form: Annotated[TableFormat, typer.Option("--format", help="How it is printed.")] = TableFormat.TABLE,
    workers: Workers = None,
    force: Force = False,
    wide: Wide = False,
    json: AsJson = False,
) -> None:
    """Compare models: Bayes factors, their dependence on the priors and on each data set, and quality of the fits."""
    from g2fit.cli.display import show_comparison
    from g2fit.cli.progress import note
    from g2fit.inference.comparison import compare as compare_models
    from g2fit.output.export.comparison import comparison_table
    from g2fit.output.plots.comparison import require_comparison_folder, save_comparison

    if out is not None:
        require_comparison_folder(out, force=force)  # before the work
    found = compare_models(runs, priors=priors or None, workers=workers, report=note)
    if form is TableFormat.LATEX and not json:
        print(comparison_table(found.to_dict()), end="")
    else:
        show_comparison(found.to_dict(), json, wide)
    if out is not None:
        for path in save_comparison(found, out, force=force):
            note(str(path)) if json or form is TableFormat.LATEX else print(path)


@unfolded
def scan(
    card: CardPath, options: ScanOptions, workers: Workers = None, scheduler: Scheduler = None, json: AsJson = False
) -> None:
    """Map the profile likelihood over one or two parameters, and the marginal posterior if there is a run."""
    from g2fit.card import Card
    from g2fit.cli.display import show_scan
    from g2fit.cli.progress import live
    from g2fit.inference.profile.line import scan_request
    from g2fit.inference.profile.node_grid import Axis

    if options.y is None and options.y_limits is not None:
        low, high = options.y_limits
        raise InputError(f"limits of y, {low:g} to {high:g}, without y: name its parameter")
    if options.y is None and options.ny is not None:
        raise InputError(f"{options.ny} nodes along y (--ny), without y: name its parameter")
    with live(str) as progress:
        found, path = scan_request(
            Card.load(card),
            Axis(options.x, options.nx, options.x_limits),
            None if options.y is None else Axis(options.y, 50 if options.ny is None else options.ny, options.y_limits),
            folder=options.out,
            workers=workers,
            scheduler=scheduler,
            report=progress,
        )
    shown = {key: found.attrs[key] for key in ("max_log_likelihood", "confirmed", "rounds", "evaluations")}
    show_scan({"file": path, **shown}, json)


def sweep(
    card: CardPath,
    points: Annotated[int, typer.Option(help="Number of points.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to: Parquet files.")],
    column: Annotated[Texts, typer.Option(help="Observables to write; default: all.")] = None,
    seed: Seed = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Draw any number of points of the prior and write them, with predictions and likelihoods, to Parquet files."""
    from g2fit.card import Card
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
    print(f"{output}: {points} points")


def simulate(
    card: CardPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="Card to write.")],
    at: Annotated[Texts, typer.Option(help="True point, as name=value; default: a draw of the prior.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the simulated data.")] = 0,
    force: Force = False,
    wide: Wide = False,
    json: AsJson = False,
) -> None:
    """Write a card with simulated data, drawn from the likelihood of a known point."""
    from g2fit.cli.display import show_simulation
    from g2fit.posterior.point import parse_assignments
    from g2fit.posterior.simulate import simulate_file

    show_simulation(simulate_file(card, output, parse_assignments(at, "parameter"), seed, force=force), json, wide)

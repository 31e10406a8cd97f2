"""Verbs for what comes after a run: other data or priors, the best fit, an archive."""

from pathlib import Path
from typing import Annotated

import typer

from g2fit.cli.options import AsJson, CardPath, Force, PostOptions, Texts, Workers, unfolded
from g2fit.core.errors import InputError

__all__ = ["archive", "bestfit", "post", "restore"]


@unfolded
def post(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder of the new result.", show_default=False)],
    options: PostOptions,
    workers: Workers = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    json: AsJson = False,
) -> None:
    """Change data, terms or priors after a run: weight its draws anew, or let its walkers move on."""
    if options.move and options.ess is not None:
        raise InputError(f"--ess: is for weighted draws; after --move, `g2fit run {out} --ess` makes the run longer")
    if options.move and json:
        raise InputError(f"--json: is for weighted draws; after --move, `g2fit summary {out} --json` prints the result")
    from g2fit.cli.display import show_verdict
    from g2fit.cli.display_after import show_post
    from g2fit.cli.progress import live_progress
    from g2fit.inference.reweight.change import Change
    from g2fit.pipeline import post as change_run

    change = Change(options.data, options.add or (), options.drop or (), options.priors)
    with live_progress(quiet) as report:
        found = change_run(run, change, out, ess=options.ess, move=options.move, workers=workers, report=report)
    if isinstance(found, tuple):
        show_verdict(*found)
    else:
        show_post(found, json)
        if not found["source_converged"]:
            raise typer.Exit(1)


def bestfit(
    card: CardPath,
    parameter: Annotated[Texts, typer.Option(help="Profile these parameters only; repeatable.")] = None,
    profile: Annotated[bool, typer.Option(help="Uncertainties by profile likelihood.")] = True,
    nodes: Annotated[int | None, typer.Option(help="Values of a parameter in its profile; default: 40.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the searches.")] = 0,
    json: AsJson = False,
) -> None:
    """Find the best fit: global maximum, every solution, chi squared, p-value, pulls and profile uncertainties."""
    for option, given in (("parameter", parameter), ("nodes", nodes)):
        if given not in (None, []) and not profile:
            raise InputError(f"--{option}: is for profiles, which --no-profile leaves out")
    from g2fit.cli.display_after import show_best_fit
    from g2fit.cli.progress import note
    from g2fit.inference.profile.global_fit import bestfit as find

    names = (parameter or None) if profile else []
    show_best_fit(find(card, parameters=names, nodes=40 if nodes is None else nodes, seed=seed, report=note), json)


def archive(
    run: Annotated[Path, typer.Argument(help="Run folder.", show_default=False)],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write; default: RUN.zip.")] = None,
    force: Force = False,
    json: AsJson = False,
) -> None:
    """Write one file with all of a run, for a data repository: card, data, chains, versions, figures and BibTeX."""
    from g2fit.cli.display_after import show_archive
    from g2fit.output.archive.write import write_archive

    show_archive(write_archive(run, out, force=force), json)


def restore(
    file: Annotated[Path, typer.Argument(help="Archive of a run.", show_default=False)],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder to make; default: named as the run.")] = None,
    sha256: Annotated[str | None, typer.Option(help="SHA-256 that the file must have.")] = None,
    json: AsJson = False,
) -> None:
    """Unpack an archive and verify it: checksums, card, data, and densities computed again."""
    from g2fit.cli.display_after import show_restored
    from g2fit.output.archive.restore import restore_archive

    show_restored(restore_archive(file, out, sha256=sha256), json)

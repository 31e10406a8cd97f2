"""The command line: its verbs, in the order of ``g2fit --help``, and its exit codes."""

import logging
import sys

import typer

from g2fit.cli.fit_verbs import check, compare, evidence, point, predict, run, scan, simulate, sweep
from g2fit.cli.result_verbs import cite, export, init, list_, plot, report, status, summary
from g2fit.core.errors import G2fitError

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Bayesian inference for the anomalous magnetic moments of the leptons.",
)
for verb in (check, point, predict, run, status, summary, plot, report, export, init, evidence, compare, scan, sweep,
             simulate, cite):  # fmt: skip
    app.command()(verb)
app.command("list")(list_)


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 not converged, 2 bad input, 130 interrupted."""
    handler = logging.StreamHandler()  # for the notes of the library, for example about old names on a card
    handler.setFormatter(logging.Formatter("g2fit: note: %(message)s"))
    log = logging.getLogger("g2fit")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    try:
        app()
    except G2fitError as error:
        print(f"g2fit: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()

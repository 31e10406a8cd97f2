"""The command line: its verbs, in the order of ``g2fit --help``, and its exit codes."""

import errno
import logging
import sys
from typing import Annotated

import typer

from g2fit.cli.after_verbs import archive, bestfit, post, restore
from g2fit.cli.environment import settle_environment
from g2fit.cli.examples import EXAMPLES
from g2fit.cli.fit_verbs import check, compare, evidence, point, predict, run, scan, simulate, sweep
from g2fit.cli.result_verbs import cite, export, init, list_, plot, report, status, summary
from g2fit.cli.streams import require_open_files, standard_streams
from g2fit.core.errors import G2fitError

__all__ = ["app", "main"]

#: First line of the help.
HELP = "Bayesian inference for the anomalous magnetic moments of the leptons."

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"g2fit {version('g2fit')}")
        raise typer.Exit


@app.callback(help=HELP)
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of g2fit itself."""


def _examples(name: str) -> str:
    """Text below the help of a verb, one paragraph for each line."""
    return "\n\n".join(["Examples:", *EXAMPLES[name]])


for verb in (check, point, predict, run, post, status, summary, plot, report, export, init, bestfit, evidence, compare,
             scan, sweep, simulate, archive, restore, cite):  # fmt: skip
    app.command(epilog=_examples(verb.__name__))(verb)
app.command("list", epilog=_examples("list"))(list_)


def main() -> None:
    """Run the command line.

    Exit codes: 0 done; 1 not converged, converged with warnings, or a restored run differs; 2 bad input; 130
    interrupted; 141 the reader of a pipe has ended.
    """
    try:
        with standard_streams():
            require_open_files()
            settle_environment()
            _run()
    except G2fitError as error:  # standard output cannot be written, or the environment read
        print(f"g2fit: {error}", file=sys.stderr)
        sys.exit(2)


def _run() -> None:
    """Run the verb of the command line, with the notes and errors of the library on standard error."""
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
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        print(f"g2fit: {error.strerror}: raise the limit (ulimit -n), or use fewer workers", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()

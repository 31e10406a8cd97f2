"""Arguments and options that several verbs share, and the options of the verbs that have many."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "AsJson",
    "CardPath",
    "ExportOptions",
    "FigureOptions",
    "Force",
    "Levels",
    "ModelName",
    "ModelOptions",
    "PointOptions",
    "PostOptions",
    "Priors",
    "RunOptions",
    "Runs",
    "ScanOptions",
    "Scheduler",
    "Seed",
    "TableFormat",
    "Wide",
    "Workers",
    "unfolded",
]

CardPath = Annotated[Path, typer.Argument(help="Run card (YAML), or a run folder.", show_default=False)]
Runs = Annotated[list[Path], typer.Argument(help="Run folders.", show_default=False)]
ModelName = Annotated[str, typer.Argument(help="Model, see `g2fit list models`.")]
ModelOptions = Annotated[list[str] | None, typer.Option("--option", "-O", help="Model option, as name=value.")]
Priors = Annotated[Path | None, typer.Option(help="Prior file to use instead of the card's priors.")]
Seed = Annotated[int | None, typer.Option(help="Random seed instead of the card's.")]
Workers = Annotated[int | None, typer.Option(help="Number of processes; one per core by default.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Use other workers: tcp://HOST:PORT of a dask scheduler, or mpi.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there, whoever wrote them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Wide = Annotated[bool, typer.Option("--wide", help="Keep all columns of tables, however narrow the terminal is.")]
Texts = list[str] | None
Range = tuple[float, float] | None
Levels = Annotated[
    Range, typer.Option(help="Two probabilities of intervals and regions, such as 0.90 0.95; default: the card's.")
]


#: Kinds of figures, for the completion of the shell, which imports nothing for them.
FIGURE_KINDS = ["corner", "trace", "prior", "predictive"]

#: Formats of exports, likewise.
EXPORT_FORMATS = ["getdist", "csv", "parquet", "slha", "latex"]


class TableFormat(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    LATEX = "latex"


@dataclass(frozen=True)
class FigureOptions:
    """Options of ``g2fit plot``."""

    kind: Annotated[
        Texts,
        typer.Option(
            help="Figures of each run: corner, trace, prior, predictive; default: all.",
            autocompletion=lambda: FIGURE_KINDS,
        ),
    ] = None
    levels: Levels = None
    x: Annotated[str | None, typer.Option(help="Draw one figure of all runs instead, of this quantity.")] = None
    y: Annotated[str | None, typer.Option(help="With --x: the second quantity of a plane.")] = None
    contour: Annotated[Texts, typer.Option(help="On a plane, QUANTITY=VALUE,…: lines of its posterior mean.")] = None
    best_contour: Annotated[
        Texts, typer.Option(help="On a plane, QUANTITY=VALUE,…: lines of its value at the maxima of the scan.")
    ] = None
    curve: Annotated[
        Texts, typer.Option(help="On a plane, [LABEL=]FILE.csv[:above|below|left|right]: a limit or reach.")
    ] = None
    limit: Annotated[
        Texts, typer.Option(help="On a plane, [LABEL=]ENTRY: a limit of the data, see `g2fit list data`.")
    ] = None
    x_limits: Annotated[Range, typer.Option(help="With --x: ends of its axis.", show_default=False)] = None
    y_limits: Annotated[Range, typer.Option(help="With --y: ends of its axis.", show_default=False)] = None
    label: Annotated[Texts, typer.Option(help="Names of the runs in the legend, one per run.")] = None
    out: Annotated[
        Path | None, typer.Option(help="With --x: folder for the figure; default: figures in the first run's folder.")
    ] = None
    file_format: Annotated[Texts, typer.Option("--format", help="png, pdf; default: both.")] = None


@dataclass(frozen=True)
class PointOptions:
    """Options of ``g2fit point`` beside the parameters."""

    option: ModelOptions = None
    data: Annotated[str | None, typer.Option(help="Measurements to compare with: VINTAGE[,key=value…].")] = None
    slha: Annotated[Path | None, typer.Option(help="Read soft parameters from an SLHA file or input of GM2Calc.")] = (
        None
    )
    scale: Annotated[
        float | None, typer.Option(help="Scale in GeV of the blocks of that file to read, if it has several.")
    ] = None
    limits: Annotated[bool, typer.Option("--limits", help="List each limit, and whether it excludes the point.")] = (
        False
    )


@dataclass(frozen=True)
class RunOptions:
    """Options of ``g2fit run`` that change what the card says."""

    out: Annotated[Path | None, typer.Option(help="Run folder instead of the card's.")] = None
    priors: Priors = None
    seed: Seed = None
    ensembles: Annotated[int | None, typer.Option(help="Number of ensembles instead of the card's.")] = None
    ess: Annotated[float | None, typer.Option(help="Effective sample size instead of the card's.")] = None
    key: Annotated[
        Texts, typer.Option("--set", help="Another key of the card, as sampler.max_steps=1000; repeatable.")
    ] = None


@dataclass(frozen=True)
class PostOptions:
    """Options of ``g2fit post``: what changes, and how."""

    data: Annotated[str | None, typer.Option(help="Other data: VINTAGE[,key=value…].")] = None
    add: Annotated[Texts, typer.Option(help="Entry, custom likelihood or YAML file to add; repeatable.")] = None
    drop: Annotated[Texts, typer.Option(help="Entry, observable, term or cut to leave out; repeatable.")] = None
    priors: Priors = None
    move: Annotated[bool, typer.Option("--move", help="Let the walkers move on to the new posterior.")] = False
    ess: Annotated[float | None, typer.Option(help="Effective sample size needed, without --move; default: 1000.")] = (
        None
    )


@dataclass(frozen=True)
class ScanOptions:
    """Options of ``g2fit scan``."""

    x: Annotated[str, typer.Option(help="Parameter along x.")]
    y: Annotated[str | None, typer.Option(help="Parameter along y; without it only x is held fixed.")] = None
    nx: Annotated[int, typer.Option(help="Number of nodes along x.")] = 50
    ny: Annotated[int | None, typer.Option(help="Number of nodes along y; default: 50.")] = None
    x_limits: Annotated[Range, typer.Option(help="Range of x; default: the support of its prior.")] = None
    y_limits: Annotated[Range, typer.Option(help="Range of y; default: the support of its prior.")] = None
    out: Annotated[Path | None, typer.Option(help="Folder for the result; default: the run folder.")] = None


@dataclass(frozen=True)
class ExportOptions:
    """Options of ``g2fit export``."""

    quantity: Annotated[Texts, typer.Option(help="Quantities; default: all. Not for slha.")] = None
    levels: Annotated[Range, typer.Option(help="latex: two probabilities, such as 0.90 0.95; default: the card's.")] = (
        None
    )
    draws: Annotated[int | None, typer.Option(help="slha: number of draws beside the best fit; default: 10.")] = None
    row: Annotated[list[int] | None, typer.Option(help="slha: these draws instead, as rows of the csv from 0.")] = None
    heavy: Annotated[float | None, typer.Option(help="slha: mass of particles not in the model, GeV.")] = None


def unfolded(verb: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter of a verb that is a dataclass by the fields of that dataclass, for typer."""
    signature = inspect.signature(verb, eval_str=True)
    groups: dict[str, Any] = {
        name: p.annotation for name, p in signature.parameters.items() if is_dataclass(p.annotation)
    }
    parameters: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        group = inspect.signature(groups[name], eval_str=True).parameters.values() if name in groups else [parameter]
        parameters += [part.replace(kind=inspect.Parameter.KEYWORD_ONLY) for part in group]

    @functools.wraps(verb)
    def command(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        verb(**values)

    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command

"""A run in the formats of other programs: getdist, CSV, Parquet, SLHA, LaTeX."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from g2fit.core.errors import InputError, StoreError, nearest
from g2fit.core.files import require_replaceable
from g2fit.output.export.chains import ENDINGS, write_getdist
from g2fit.output.export.latex import write_latex
from g2fit.output.export.spectra import remove_former, write_slha
from g2fit.output.export.tables import write_csv, write_parquet
from g2fit.results import Result

__all__ = ["FORMATS", "Format", "export", "export_runs"]


class Format(NamedTuple):
    """An export format: its writer, the ending of its default file name, its options, and its description."""

    write: Callable[..., list[Path]]
    ending: str
    options: tuple[str, ...]
    description: str


#: Formats by name.
FORMATS: dict[str, Format] = {
    "getdist": Format(write_getdist, "", ("names",), "chains for getdist: ROOT.txt, ROOT.paramnames, ROOT.ranges"),
    "csv": Format(write_csv, ".csv", ("names",), "one row per draw, all parameters and derived quantities"),
    "parquet": Format(write_parquet, ".parquet", ("names",), "the same, smaller, with the card inside"),
    "slha": Format(write_slha, "-slha", ("draws", "rows", "heavy"), "best fit and some draws as spectrum files (MSSM)"),
    "latex": Format(write_latex, ".tex", ("names", "levels"), "table of intervals and best fit, booktabs"),
}


def export(
    run: Result | str | Path, format: str, out: str | Path | None = None, *, force: bool = False, **options: Any
) -> list[Path]:
    """Write a run in the format of another program.

    Parameters
    ----------
    run : Result or path
        The run, or its folder.
    format : str
        ``getdist``, ``csv``, ``parquet``, ``slha`` or ``latex``.
    out : path, optional
        File; for ``getdist`` the root of its three files, for ``slha`` a folder. By default it lies in the folder
        ``export`` of the run and has the run's name.
    force : bool
        Whether to replace files at `out` that exist; those in the folder ``export`` of the run always are, and draws
        that an earlier ``slha`` has left there are removed.
    **options
        ``names`` (a sequence of parameters and derived quantities; all by default) for all formats but ``slha``.
        For this ``draws`` (how many draws beside the best fit; 10), or ``rows`` (which ones, as rows of the table of
        ``csv`` from 0), and ``heavy`` (mass in GeV of what the model leaves out; 1e5); for ``latex`` ``levels`` (two
        probabilities). None stands for the default.

    Returns
    -------
    list of Path
        The files. Each is written at once: a reader sees the old one or the new one.

    Raises
    ------
    InputError
        For an unknown format, quantity or row, for options that the format does not have, for ``slha`` of a model
        without soft masses, and if a file cannot be written.
    """
    if format not in FORMATS:
        raise InputError(f"unknown format {format!r}; {nearest(format, FORMATS)}")
    chosen = FORMATS[format]
    given = {key: value for key, value in options.items() if value is not None}
    for key in given:
        if key not in chosen.options:
            raise InputError(f"format {format!r} has no option {key!r}; {nearest(key, chosen.options)}")
    result = run if isinstance(run, Result) else Result(run)
    if isinstance(given.get("names"), Sequence):
        _check_names(result, given["names"])
    _ = result.posterior  # refuses draws of other code
    name = result.folder.path.resolve().name
    target = result.folder.path / "export" / f"{name}{chosen.ending}" if out is None else Path(out)
    if out is not None:
        for path in _files(target, format):
            require_replaceable(path, force)
    elif target.parent.is_symlink():
        raise StoreError(f"{target.parent}: is a symbolic link, which is not followed; name the place with --out")
    paths = chosen.write(result, target, **given)
    if out is None and format == "slha":
        remove_former(target, paths)
    return paths


def _files(target: Path, format: str) -> list[Path]:
    """What an export to a place of the user's choice would replace."""
    if format == "getdist":
        return [target.with_name(target.name.removesuffix(".txt") + ending) for ending in ENDINGS]
    if target.is_dir():
        return [path for path in target.iterdir() if format == "slha"]
    return [target]


def export_runs(
    runs: Sequence[str | Path], format: str, out: str | Path | None = None, *, force: bool = False, **options: Any
) -> list[Path]:
    """Write several runs; see `export`. `out` is for a single run: several ones go to their own folders.

    Raises
    ------
    InputError
        If `out` is given with several runs, and as `export` does.
    """
    if out is not None and len(runs) > 1:
        raise InputError(f"{out}: is one place for {len(runs)} runs; without it each goes to its own folder")
    return [path for run in runs for path in export(run, format, out, force=force, **options)]


def _check_names(result: Result, names: Sequence[str]) -> None:
    if isinstance(names, str) or not names:
        raise InputError(f"names = {names!r} must be a list of quantities")
    for name in names:
        if name not in result.names:
            raise InputError(f"{result.folder.path}: has no quantity {name!r}; {nearest(name, result.names)}")
        if list(names).count(name) > 1:
            raise InputError(f"names: {name!r} stands there twice")

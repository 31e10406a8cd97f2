"""A report on one or several runs: one HTML file that needs nothing else, on a screen, a phone or paper."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from g2fit.core.errors import InputError
from g2fit.core.files import require_replaceable, write_text
from g2fit.core.versions import versions
from g2fit.output.citations import merged
from g2fit.output.report.comparison import Comparing
from g2fit.output.report.figures import encode
from g2fit.output.report.page import render
from g2fit.output.report.reported_run import ReportedRun
from g2fit.results.levels import checked_levels

__all__ = ["report"]

#: How the title of a report begins, by which it is known.
TITLE = "<title>g2fit: "

#: Sections of a run: its macro in ``run.html.j2``, heading, and the kinds of figures that follow it.
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("glance", "At a glance", ()),
    ("fitted", "What was fitted", ()),
    ("convergence", "Convergence", ("trace",)),
    ("posterior", "Posterior", ("corner", "plane", "prior")),
    ("fit", "Best fit and pulls", ("predictive",)),
    ("evidence", "Evidence", ()),
    ("provenance", "Provenance", ()),
)


def _is_report(path: Path) -> bool:
    """Whether a file is a report that this program has written."""
    with path.open("rb") as file:
        return TITLE.encode() in file.read(2000)


def report(
    runs: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    comparison: str | Path | None = None,
    levels: Sequence[float] | None = None,
    announce: Callable[[str], None] = lambda message: None,
    force: bool = False,
) -> Path:
    """Write a report on runs: what was fitted, convergence, posterior, fit, evidence, comparison, how to cite.

    Parameters
    ----------
    runs : sequence of path
        Run folders.
    out : path, optional
        The HTML file, or a folder, which gets a ``report.html``; the folder of the first run by default. It contains
        its figures, fetches nothing and runs no script.
    comparison : path, optional
        A ``comparison.json`` or its folder. By default one of these runs is looked for beside the report, in the run
        folders and beside them; without one there are the Bayes factors of the runs' evidences.
    levels : sequence of float, optional
        Two probabilities of intervals and regions; those of each run's card by default.
    announce : callable
        Told what is being done.
    force : bool
        Whether to replace a file at `out` that is no report of g2fit.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        Without runs, for levels that are not two rising probabilities, for runs without a result, for a comparison of
        other runs, and if the file cannot be written.
    """
    folders = [Path(run) for run in runs]
    if not folders:
        raise InputError("nothing to report: name at least one run")
    masses = None if levels is None else checked_levels(levels)
    resolved = [folder.resolve() for folder in folders]
    for folder, place in zip(folders, resolved, strict=True):
        if resolved.count(place) > 1:
            raise InputError(f"{folder}: is named twice")
    target = folders[0] if out is None else Path(out)
    if target.is_dir():
        target = target / "report.html"
    if target.is_file() and not _is_report(target):
        require_replaceable(target, force)
    subjects = []
    for number, (folder, title) in enumerate(zip(folders, _titles(resolved), strict=True), 1):
        announce(f"{folder}: summary")
        subjects.append(ReportedRun(folder, number, title, masses))
    places = [target.parent, *folders, *(place.parent for place in resolved)]
    comparing = Comparing(subjects, places, None if comparison is None else Path(comparison))
    for subject in subjects:
        announce(f"{subject.result.folder.path}: figures")
        subject.pictures  # noqa: B018 (drawn here, so that it can be announced)
    announce(f"{target}: writing")
    text = _document(subjects, comparing)
    write_text(target, text)
    return target


def _titles(folders: Sequence[Path]) -> list[str]:
    """Names of the folders, with those of their parents where they collide."""
    names = [folder.name for folder in folders]
    return [f"{f.parent.name}/{f.name}" if names.count(f.name) > 1 else f.name for f in folders]


def _document(runs: Sequence[ReportedRun], comparing: Comparing) -> str:
    """Put everything together."""
    compared = comparing.picture
    pictures = [picture for run in runs for picture in run.pictures]
    figures = encode([*pictures, *([compared] if compared is not None else [])])
    placed = {run.key: list(zip(run.pictures, figures, strict=False)) for run in runs}
    return render(
        "page.html.j2",
        runs=runs,
        sections=SECTIONS,
        figures=placed,
        comparison=comparing.to_html(next(figures, None)),
        bibliography=list(_bibliography(runs)),
        style=Path(__file__).with_name("report.css").read_text(encoding="utf-8"),
        version=versions()["g2fit"],
    )


def _bibliography(runs: Sequence[ReportedRun]) -> Iterator[tuple[str, str]]:
    """Headings and BibTeX of all runs, each entry once."""
    found = merged((run.posterior.model, run.card.dataset) for run in runs)
    for section, title in {"model": "Formulas", "data": "Data", "software": "Software"}.items():
        text = "\n".join(entry.to_bibtex() for entry in found if entry.section == section)
        if text:
            yield title, text

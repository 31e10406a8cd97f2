"""A report on one or several runs: one HTML file that needs nothing else, on a screen, a phone or paper."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from g2fit.core.errors import InputError
from g2fit.core.files import write_text
from g2fit.core.versions import versions
from g2fit.output.citations import merged
from g2fit.output.report.evidences import Comparing
from g2fit.output.report.figures import encode
from g2fit.output.report.markup import Markup, element, join, listing, verbatim
from g2fit.output.report.reported_run import ReportedRun
from g2fit.output.report.sections import SECTIONS

__all__ = ["report"]

#: Nothing may be fetched or run, whatever stands in a label.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report(
    runs: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    comparison: str | Path | None = None,
    announce: Callable[[str], None] = lambda message: None,
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
    announce : callable
        Told what is being done.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        Without runs, for runs without a result, for a comparison of other runs, and if the file cannot be written.
    """
    folders = [Path(run) for run in runs]
    if not folders:
        raise InputError("nothing to report: name at least one run")
    resolved = [folder.resolve() for folder in folders]
    for folder, place in zip(folders, resolved, strict=True):
        if resolved.count(place) > 1:
            raise InputError(f"{folder}: is named twice")
    target = folders[0] if out is None else Path(out)
    if target.is_dir():
        target = target / "report.html"
    subjects = []
    for number, (folder, title) in enumerate(zip(folders, _titles(resolved), strict=True), 1):
        announce(f"{folder}: summary")
        subjects.append(ReportedRun(folder, number, title))
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


def _document(subjects: Sequence[ReportedRun], comparing: Comparing) -> str:
    """Put everything together."""
    compared = comparing.picture
    pictures = [picture for subject in subjects for picture in subject.pictures]
    figures = encode([*pictures, *([compared] if compared is not None else [])])
    runs = [_run(subject, list(itertools.islice(figures, len(subject.pictures)))) for subject in subjects]
    comparison = comparing.to_html(next(figures, None))
    blocks = list(zip((s.key for s in subjects), (s.title for s in subjects), runs, strict=True))
    if comparison is not None:
        blocks.append(("comparison", "Comparison", comparison))
    blocks.append(("cite", "How to cite", _how_to_cite(subjects)))
    title = "g2fit: " + ", ".join(subject.title for subject in subjects)
    body = element(
        "body",
        element("a", "Skip to the contents", href="#contents", class_="skip"),
        element("header", element("h1", "Report on ", _names(subjects)), element("p", _subtitle(subjects))),
        _contents(subjects, blocks),
        element("main", *(_section(key, name, content) for key, name, content in blocks)),
        element("footer", element("p", f"Written by g2fit {versions()['g2fit']}. This file needs nothing else.")),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        Markup("<style>" + Path(__file__).with_name("report.css").read_text(encoding="utf-8") + "</style>"),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _names(subjects: Sequence[ReportedRun]) -> Markup:
    return join([element("span", subject.title, class_="name") for subject in subjects], ", ")


def _subtitle(subjects: Sequence[ReportedRun]) -> str:
    models = dict.fromkeys(subject.result.card.model_name for subject in subjects)
    vintages = dict.fromkeys(subject.result.card.dataset.vintage for subject in subjects)
    return f"Bayesian fit of {', '.join(models)} to {', '.join(vintages)}"


def _contents(subjects: Sequence[ReportedRun], blocks: Sequence[tuple[str, str, Markup]]) -> Markup:
    keys = {subject.key for subject in subjects}
    entries = []
    for key, name, _ in blocks:
        parts: list[str] = [element("a", name, href=f"#{key}")]
        if key in keys:
            links = (element("a", heading, href=f"#{key}-{section}") for section, heading, _, _ in SECTIONS)
            parts.append(listing(links))
        entries.append(join(parts))
    return element("nav", element("h2", "Contents"), listing(entries), id="contents", aria_label="Contents")


def _section(key: str, name: str, content: Markup) -> Markup:
    return element("section", element("h2", name), content, id=key)


def _run(subject: ReportedRun, figures: Sequence[Markup]) -> Markup:
    """All sections of a run; a kind of figures that has no section of its own goes to the posterior."""
    placed = {kind for _, _, _, kinds in SECTIONS for kind in kinds}
    parts = []
    for key, heading, write, kinds in SECTIONS:
        shown = [
            figure
            for picture, figure in zip(subject.pictures, figures, strict=True)
            if picture.kind in kinds or (key == "posterior" and picture.kind not in placed)
        ]
        name = f"{subject.key}-{key}"
        parts.append(element("section", element("h3", heading), write(subject), *shown, id=name))
    return join(parts)


def _how_to_cite(subjects: Sequence[ReportedRun]) -> Markup:
    """BibTeX of all runs, each entry once."""
    found = merged((subject.posterior.model, subject.result.card.dataset) for subject in subjects)
    titles = {"model": "Formulas", "data": "Data", "software": "Software"}
    parts: list[Markup] = [
        element("p", "Please cite g2fit together with the papers of the formulas, of the data and of the programs.")
    ]
    for section, title in titles.items():
        text = "\n".join(entry.to_bibtex() for entry in found if entry.section == section)
        if text:
            parts += [element("h3", title), verbatim(f"BibTeX: {title.lower()}", text)]
    return join(parts)

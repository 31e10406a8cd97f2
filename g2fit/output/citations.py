"""BibTeX for what a run used: the model's formulas, the measurements, and the programs."""

import contextlib
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from g2fit.data import Dataset, Measurement, load
from g2fit.data.loader import shipped
from g2fit.likelihoods.plugins import load_custom
from g2fit.models.base import Model

__all__ = ["SOFTWARE", "Citation", "bibtex", "bibtex_of_fits", "citations", "merged"]

#: Programs behind every run.
SOFTWARE = ("emcee", "arviz", "xarray", "matplotlib", "numpy", "scipy", "numba")


@dataclass
class Citation:
    """One entry of a bibliography, in the section ``model``, ``data`` or ``software``.

    The `identifiers` are ``eprint``, ``doi``, ``texkey`` and what else the file knows of the paper; it stands for the
    observables, model or program in `used_for`.
    """

    section: str
    name: str
    record: Mapping[str, Any]
    identifiers: Mapping[str, str]
    used_for: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Citation key: the texkey of INSPIRE if known, else first author or collaboration and year, else the id."""
        if "texkey" in self.identifiers:
            return self.identifiers["texkey"]
        who = str(self.record.get("collaboration") or str(self.record.get("author", "")).split(",")[0])
        if who:
            plain = unicodedata.normalize("NFKD", who).encode("ascii", "ignore").decode()
            ending = self.identifiers.get("eprint", self.identifiers.get("doi", "")).split("/")[-1]
            year = self.record.get("year", "")
            return f"{re.sub(r'[^A-Za-z0-9]', '', plain)}:{year}{f'-{ending}' if ending else ''}"
        return self.name.replace(" ", "-")

    def to_bibtex(self) -> str:
        """Format the entry."""
        record, identifiers = self.record, self.identifiers
        fields = {
            "author": record.get("author", f"{{{record['collaboration']}}}" if "collaboration" in record else None),
            "collaboration": record.get("collaboration"),
            "title": f"{{{record['title']}}}" if "title" in record else None,
            "eprint": identifiers.get("eprint"),
            "archivePrefix": "arXiv" if "eprint" in identifiers else None,
            **{name: identifiers.get(name) for name in ("doi", "journal", "version")},
            "year": record.get("year"),
            "note": identifiers.get("note"),
        }
        kind = "article" if "doi" in identifiers and self.section != "software" else "misc"
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value is not None)
        uses = ", ".join(self.used_for[:4]) + (", ..." if len(self.used_for) > 4 else "")
        return f"% {uses}\n@{kind}{{{self.key},\n{body}\n}}\n"


@functools.cache
def _known() -> dict[str, Any]:
    return shipped("bibliography.yaml")


def citations(model: Model, dataset: Dataset, software: Iterable[str] = SOFTWARE) -> list[Citation]:
    """List the papers and programs behind a fit, each once.

    Data that were computed from others bring the papers of those along.

    Parameters
    ----------
    model : Model
        Its `references` are the papers of the formulas.
    dataset : Dataset
        Its entries.
    software : iterable of str
        Names of distributions; those without a paper are cited by name and version.
    """
    file = load()
    found = [_paper("model", name, {"eprint": name}, f"model {model.name}") for name in model.references]
    for entry in dataset.entries:
        names = [entry.id, *(source.id for source in entry.sources)]
        parents = sorted(frozenset().union(*(file.ancestors.get(name, ()) for name in names)))
        ancestors = [*entry.sources, *(file.entries[name] for name in parents)]
        for source in (entry, *ancestors):
            found += _of_measurement(source, entry.observable)
    found += [_program(name) for name in ("g2fit", *software)]
    for name in dataset.likelihoods:
        origin = load_custom(name).origin
        found.append(Citation("software", origin, {"title": origin}, {}, [f"likelihood {name}"]))
    return _each_once(found)


def _each_once(entries: Iterable[Citation]) -> list[Citation]:
    """Return each work once, with everything that it is used for."""
    found: dict[str, Citation] = {}
    for entry in entries:
        known = found.setdefault(entry.name, entry)
        known.used_for += [use for use in entry.used_for if use not in known.used_for]
    return list(found.values())


def _paper(section: str, name: str, identifiers: dict[str, str], use: str) -> Citation:
    record = _known()["papers"].get(name, {})
    return Citation(section, name, record, _identifiers(record) | identifiers, [use])


def _identifiers(record: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(record[key]) for key in ("doi", "eprint") if key in record}


def _of_measurement(entry: Measurement, use: str) -> list[Citation]:
    reference = entry.reference
    first = {"doi": reference.doi, "texkey": reference.texkey}  # they belong to the first paper of several
    if reference.inspire is not None:
        first["note"] = f"INSPIRE record {reference.inspire}"
    papers: dict[str, dict[str, str]] = {}
    if reference.arxiv:
        papers = {identifier: {"eprint": identifier} for identifier in reference.arxiv}
    elif reference.doi:
        papers = {reference.doi: {}}
    elif reference.journal:
        known = reference.journal in _known()["papers"]
        papers = {reference.journal: {} if known else {"journal": reference.journal}}
    elif reference.inspire is not None:
        papers = {f"inspire-{reference.inspire}": {}}
    elif reference.text:
        papers = {reference.text: {"note": reference.text}}
    for identifiers in list(papers.values())[:1]:
        identifiers |= {key: value for key, value in first.items() if value}
    result = [_paper("data", name, identifiers, use) for name, identifiers in papers.items()]
    if entry.origin in _known()["origins"]:
        record = _known()["origins"][entry.origin]
        result.append(Citation("data", entry.origin, record, {"eprint": record["eprint"]}, [f"{use} (transcription)"]))
    return result


def _program(name: str) -> Citation:
    record = _known()["software"].get(name, {"title": name})
    identifiers = _identifiers(record)
    with contextlib.suppress(PackageNotFoundError):  # an optional program that the run had, but not this machine
        identifiers["version"] = version(name)
    return Citation("software", name, record, identifiers, [name])


def merged(fits: Iterable[tuple[Model, Dataset]], software: Iterable[str] = SOFTWARE) -> list[Citation]:
    """List everything to cite for several fits, each work once, with everything that it is used for."""
    return _each_once(entry for model, dataset in fits for entry in citations(model, dataset, software))


def bibtex_of_fits(fits: Sequence[tuple[Model, Dataset]], software: Iterable[str] = SOFTWARE) -> str:
    """Return a BibTeX file for fits of data sets with models; see `citations`."""
    entries = merged(fits, software)
    vintages = ", ".join(dict.fromkeys(dataset.vintage for _, dataset in fits))
    titles = {"model": "Formulas", "data": f"Data: vintage {vintages}", "software": "Software"}
    parts = []
    for section, title in titles.items():
        chosen = [entry.to_bibtex() for entry in entries if entry.section == section]
        if chosen:
            parts += [f"% {title}\n", *chosen]
    return "\n".join(parts)


def bibtex(model: Model, dataset: Dataset, software: Iterable[str] = SOFTWARE) -> str:
    """Return a BibTeX file for a fit of `dataset` with `model`; see `citations`.

    >>> from g2fit.data import DataSection, resolve
    >>> from g2fit.models.sm import StandardModel
    >>> text = bibtex(StandardModel(), resolve(DataSection(vintage="paper_2019")))
    >>> print(text.split("@")[1].splitlines()[0])
    article{Endo:2019-1906.08768,
    """
    return bibtex_of_fits([(model, dataset)], software)

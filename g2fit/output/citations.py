"""BibTeX for what a run used: the model's formulas, the measurements, and the programs."""

from __future__ import annotations

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
    """One entry of a bibliography.

    Attributes
    ----------
    section : str
        ``model``, ``data`` or ``software``.
    identifiers : dict
        ``eprint``, ``doi``, ``texkey`` and what else the file knows of the paper.
    used_for : list of str
        Observables, model or program that it stands for.
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
        fields: dict[str, str] = {}
        if "author" in self.record:
            fields["author"] = str(self.record["author"])
        if "collaboration" in self.record:
            fields.setdefault("author", f"{{{self.record['collaboration']}}}")
            fields["collaboration"] = str(self.record["collaboration"])
        if "title" in self.record:
            fields["title"] = f"{{{self.record['title']}}}"
        if "eprint" in self.identifiers:
            fields["eprint"] = self.identifiers["eprint"]
            fields["archivePrefix"] = "arXiv"
        for name in ("doi", "journal", "version"):
            if name in self.identifiers:
                fields[name] = self.identifiers[name]
        if "year" in self.record:
            fields["year"] = str(self.record["year"])
        if "note" in self.identifiers:
            fields["note"] = self.identifiers["note"]
        kind = "article" if "doi" in fields and self.section != "software" else "misc"
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
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
        ancestors = [file.entries[name] for name in sorted(file.ancestors.get(entry.id, ()))]
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


def _paper(section: str, name: str, identifiers: Mapping[str, str], use: str) -> Citation:
    record = _known()["papers"].get(name, {})
    extra = {key: str(record[key]) for key in ("doi", "eprint") if key in record}
    return Citation(section, name, record, {**extra, **identifiers}, [use])


def _of_measurement(entry: Measurement, use: str) -> list[Citation]:
    reference = entry.reference
    shared = {"note": f"INSPIRE record {reference.inspire}"} if reference.inspire is not None else {}
    if reference.texkey:
        shared["texkey"] = reference.texkey
    if reference.arxiv:
        # A DOI belongs to the first paper of several.
        doi = {"doi": reference.doi} if reference.doi else {}
        result = [
            _paper("data", identifier, {"eprint": identifier, **(doi | shared if i == 0 else {})}, use)
            for i, identifier in enumerate(reference.arxiv)
        ]
    elif reference.doi:
        result = [_paper("data", reference.doi, {"doi": reference.doi, **shared}, use)]
    elif reference.journal:
        journal = {} if reference.journal in _known()["papers"] else {"journal": reference.journal}
        result = [_paper("data", reference.journal, journal | shared, use)]
    elif reference.inspire is not None:
        result = [_paper("data", f"inspire-{reference.inspire}", shared, use)]
    elif reference.text:
        result = [_paper("data", reference.text, {"note": reference.text}, use)]
    else:
        result = []
    if entry.origin in _known()["origins"]:
        record = _known()["origins"][entry.origin]
        result.append(Citation("data", entry.origin, record, {"eprint": record["eprint"]}, [f"{use} (transcription)"]))
    return result


def _program(name: str) -> Citation:
    record = _known()["software"].get(name, {"title": name})
    identifiers = {key: str(record[key]) for key in ("doi", "eprint") if key in record}
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

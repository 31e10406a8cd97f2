"""One run as a report needs it: result, summary, best point and evidence, each computed once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from g2fit.inference.evidence.run import load_evidence
from g2fit.models.base import Quantity
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.report.figures import Picture, pictures_of
from g2fit.output.report.labels import label
from g2fit.output.report.markup import Markup, element, join
from g2fit.output.summary import summarise
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.results.best_fit import BestFit

__all__ = ["Fitted", "ReportedRun"]


class Fitted(NamedTuple):
    """One datum at the best fit: measured value, total error, prediction, pull."""

    name: str
    value: float
    error: float
    predicted: float
    pull: float


class ReportedRun:
    """A run that is reported on.

    Parameters
    ----------
    folder : path
        The run folder.
    number : int
        Its place in the report, from 1.
    title : str
        What it is called there.
    """

    def __init__(self, folder: Path, number: int, title: str) -> None:
        self.result = Result(folder)
        self.key = f"run-{number}"
        self.title = title
        self.summary: dict[str, Any] = summarise(self.result)
        self.shown = FigureData(self.result)
        self.shown.best = BestFit(**self.summary["best_fit"])

    @property
    def posterior(self) -> Posterior:
        """The run's posterior."""
        return self.shown.posterior

    @cached_property
    def pictures(self) -> list[Picture]:
        """Its figures."""
        return pictures_of(self.shown)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Everything that has a label."""
        model = self.posterior.model
        return {q.name: q for q in (*model.parameters, *model.observables)}

    def label(self, name: str) -> Markup:
        """Label of a quantity with its plain name, and only this if it has no label."""
        plain = element("code", name)
        quantity = self.quantities.get(self.posterior.model.aliases.get(name, name))
        if quantity is None or not quantity.latex:
            return plain
        return join([label(quantity.latex, quantity.description or name), " ", plain])

    def label_with_unit(self, name: str) -> Markup:
        """The same with the unit, if it has one."""
        quantity = self.quantities.get(self.posterior.model.aliases.get(name, name))
        unit = f" [{quantity.unit}]" if quantity is not None and quantity.unit else ""
        return join([self.label(name), unit])

    @cached_property
    def fitted(self) -> tuple[list[Fitted], dict[str, float]]:
        """Every datum at the best fit, and chi squared of every Gaussian term there."""
        posterior, likelihood = self.posterior, self.posterior.likelihood
        point = np.array([[self.shown.best.parameters[name] for name in posterior.names]])
        inputs, rows = posterior.solutions(point)
        total = np.sum(np.nan_to_num(list(posterior.terms(point).values()), nan=-np.inf), axis=0).reshape(-1)
        chosen = int(np.argmax(total))
        row = rows[chosen : chosen + 1]
        predicted = likelihood.predicted(row, inputs)
        data = [
            Fitted(name, value, error, float(predicted[name][0]), self.shown.best.pulls[name])
            for name, (value, error) in likelihood.observed().items()
        ]
        return data, {name: float(value[0]) for name, value in likelihood.chi2(row, inputs).items()}

    @cached_property
    def evidence(self) -> dict[str, Any] | None:
        """What ``evidence.json`` says, None where there is none."""
        if not (self.result.folder.path / "evidence.json").exists():
            return None
        return load_evidence(self.result.folder.path)

    @property
    def evidence_is_of_this_run(self) -> bool:
        """Whether the evidence was computed for this card and these data."""
        if self.evidence is None:
            return False
        manifest = self.evidence.get("manifest", {})
        return all(manifest.get(key) == self.result.manifest.get(key) for key in ("fingerprint", "data_fingerprint"))

    @property
    def data_fingerprint(self) -> str:
        """Fingerprint of the data that were fitted."""
        return str(self.result.manifest.get("data_fingerprint", ""))

    @property
    def finished(self) -> str:
        """When the result was written."""
        written = self.result.created
        return written[:16].replace("T", " ") + " UTC" if written.endswith("+00:00") else written

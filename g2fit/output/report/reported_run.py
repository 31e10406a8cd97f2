"""One run of a report."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from g2fit.core.errors import InputError
from g2fit.inference.evidence.run import load_evidence
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.report.figures import Picture, pictures_of
from g2fit.output.report.labels import label
from g2fit.output.report.page import breakable, plain
from g2fit.output.summary import summarise
from g2fit.results import Result
from g2fit.results.best_fit import BestFit
from g2fit.results.levels import Levels, level_name, level_text

__all__ = ["ReportedRun"]


class ReportedRun:
    """One run of a report, number `number` from 1: everything that its templates show."""

    def __init__(self, folder: Path, number: int, title: str, levels: Levels | None = None) -> None:
        self.result = Result(folder)
        self.card = self.result.card
        self.key = f"run-{number}"
        self.title = title
        self.data = FigureData(self.result, levels)
        self.summary: dict[str, Any] = summarise(self.result, self.data.levels)
        self.best = self.data.best = BestFit(**self.summary["best_fit"])
        self.posterior = self.data.posterior
        self.data_fingerprint = str(self.result.manifest.get("data_fingerprint", ""))

    @cached_property
    def pictures(self) -> list[Picture]:
        """Its figures."""
        return pictures_of(self.data)

    def label(self, name: str, with_unit: bool = False) -> Markup:
        """Label of a quantity, if it has one, followed by its plain name and, if asked for, its unit."""
        quantity = self.data.quantities.get(self.posterior.model.aliases.get(name, name))
        drawn = label(quantity.latex, quantity.description or name) + " " if quantity and quantity.latex else ""
        unit = f" [{quantity.unit}]" if with_unit and quantity and quantity.unit else ""
        return Markup("{}<code>{}</code>{}").format(drawn, breakable(name), unit)

    @property
    def level_names(self) -> list[tuple[str, str]]:
        """Each probability as a key of the summary, and as the title of a column."""
        return [(level_name(level), level_text(level).replace(" ", "\u00a0")) for level in self.data.levels]

    # What was fitted ------------------------------------------------------------------------------------------------

    @property
    def data_options(self) -> list[tuple[str, str]]:
        """Choices about the data that have no row in the table."""
        options = [(row["entry"], row["value"]) for row in self.card.dataset.table() if row["role"] == "option"]
        shown = {"vintage", *(name for name, _ in options)}
        choices = self.card.dataset.choices.items()
        return options + [(str(key), plain(value)) for key, value in choices if key not in shown]

    # Posterior ------------------------------------------------------------------------------------------------------

    @property
    def regions(self) -> Iterator[tuple[str, list[list[tuple[float, float]]], float, str, str]]:
        """Smallest intervals of the parameters and of what was fitted: their parts for each probability, and best fit.

        Then follow what the density is a density of, and what the posterior says in words where it is no region. A
        parameter whose posterior is that of its prior has no region.
        """
        best = {**self.best.predictions, **self.best.parameters}
        for name in self.data.parameters + [name for name in self.data.derived if self.data.measured(name)]:
            constraint = self.data.marginals.constraint(name)
            unknown = constraint.kind == "unconstrained"
            parts = [[] if unknown else self.data.marginals.region(name, level) for level in self.data.levels]
            yield name, parts, best[name], self.data.marginals.axis(name).density_per, constraint.text

    # Evidence and provenance ----------------------------------------------------------------------------------------

    @cached_property
    def evidence(self) -> dict[str, Any] | None:
        """Content of ``evidence.json``, which must be one of this version; None if there is no such file."""
        path = self.result.folder.path / "evidence.json"
        if not path.exists():
            return None
        found = load_evidence(self.result.folder.path)
        needed = {"method", "log_z", "error", "draws", "efficiency"}
        try:
            complete = all(needed <= row.keys() for row in found["estimators"].values())
        except (AttributeError, KeyError, TypeError):
            complete = False
        if not complete:
            raise InputError(f"{path}: is not a file of this version; run `g2fit evidence` again")
        return found

    @property
    def evidence_is_of_this_run(self) -> bool:
        """Whether the evidence was computed for this card and these data, by the same code."""
        if self.evidence is None:
            return False
        manifest = self.evidence.get("manifest", {})
        return all(
            manifest.get(key) == self.result.manifest.get(key) for key in ("fingerprint", "data_fingerprint", "code")
        )

    @property
    def finished(self) -> str:
        """When the result was written."""
        written = self.result.created
        return written[:16].replace("T", " ") + " UTC" if written.endswith("+00:00") else written

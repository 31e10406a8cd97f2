"""The comparison of several runs."""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from markupsafe import Markup

from g2fit.core.errors import InputError
from g2fit.core.sealed import read_sealed
from g2fit.inference.comparison.jeffreys_scale import SCALE, verbal
from g2fit.output.plots.comparison import comparison_figure
from g2fit.output.plots.style import in_style
from g2fit.output.report.figures import Picture
from g2fit.output.report.page import piece
from g2fit.output.report.reported_run import ReportedRun

__all__ = ["Comparing"]

_log = logging.getLogger("g2fit")


class Comparing:
    """Comparison of the runs of a report: that of a ``comparison.json``, or Bayes factors of their evidences.

    The file, or its folder, is the chosen one, which must be a comparison of these runs; otherwise it is looked for in
    `places`, where files that are none are left out with a note.
    """

    def __init__(self, subjects: Sequence[ReportedRun], places: Sequence[Path], chosen: Path | None = None) -> None:
        self.subjects = subjects
        self.report: dict[str, Any] | None = None
        for place in dict.fromkeys(places if chosen is None else (chosen,)):
            path = place / "comparison.json" if chosen is None or place.is_dir() else place
            if chosen is None and not path.exists():
                continue
            try:
                report = _read(path)
            except InputError as error:
                if chosen is not None:
                    raise
                _log.info("left out: %s", error)
                continue
            problem = self._mismatch(report)
            if not problem:
                self.report = report
                return
            if chosen is not None:
                raise InputError(f"{path}: {problem}")

    def _mismatch(self, report: Mapping[str, Any]) -> str:
        """Reason why a comparison is not one of these runs; empty if it is."""
        for subject in self.subjects:
            name, card = subject.result.folder.path.resolve().name, subject.result.card
            row = report["models"].get(name)
            if row is None:
                return f"has no model {name!r}; there are: {', '.join(report['models'])}"
            if report["data"]["fingerprint"] != subject.data_fingerprint:
                return f"was made with other data than {subject.result.folder.path}"
            if (row["model"], row["options"]) != (card.model_name, card.model_options):
                return f"was made with other options of the model than {subject.result.folder.path}"
            if row.get("code") != subject.result.manifest.get("code"):
                return f"was made by other code than {subject.result.folder.path}; compare again"
        return ""

    @property
    def picture(self) -> Picture | None:
        """Its figure."""
        if self.report is None:
            return None
        with in_style():
            figure = comparison_figure(self.report)
        standard = {label for label, row in self.report["models"].items() if row["model"] == "sm"}
        rows = [row for row in self.report["bayes_factors"] if row["against"] in standard]
        factors = ", ".join(f"{row['model']} {row['log_b']:+.2f}" for row in rows if math.isfinite(row["log_b"]))
        alternative = f"Comparison of the models; ln B against the Standard Model: {factors or 'unknown'}."
        caption = (
            "Bayes factors against the Standard Model under several priors, their parts (gain at the best fit, Occam "
            "penalty), and what remains of them without each data set."
        )
        return Picture("comparison", "comparison", alternative, caption, figure)

    def to_html(self, figure: Markup | None) -> Markup | None:
        """Write the section; None if there is nothing to compare."""
        if self.report is not None:
            factors = _each_once(self.report["bayes_factors"])
            return piece("comparison.html.j2", "whole", self.report, factors, SCALE, figure or "")
        factors = _each_once(self._of_evidences())
        return piece("comparison.html.j2", "of_evidences", factors, SCALE) if len(self.subjects) > 1 else None

    def _of_evidences(self) -> Iterator[dict[str, Any]]:
        """Bayes factors of every two runs on the same data that have an evidence."""
        known = [(run, run.evidence) for run in self.subjects if run.evidence_is_of_this_run]
        for (one, first), (two, second) in permutations(known, 2):
            if first is None or second is None or one.data_fingerprint != two.data_fingerprint:
                continue
            if first["log_z"] is not None and second["log_z"] is not None:
                log_b = first["log_z"] - second["log_z"]
                error = math.hypot(first["error"] or 0.0, second["error"] or 0.0)
                yield {"model": one.title, "against": two.title, "log_b": log_b, "error": error,
                       "verbal": verbal(log_b), "range": None}  # fmt: skip


def _each_once(factors: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Bayes factors, the largest first; of each pair of models only one of the two signs."""
    found: dict[frozenset[str], Mapping[str, Any]] = {}
    for row in sorted(factors, key=lambda row: -row["log_b"] if math.isfinite(row["log_b"]) else math.inf):
        found.setdefault(frozenset((row["model"], row["against"])), row)
    return list(found.values())


def _read(path: Path) -> dict[str, Any]:
    """Read ``comparison.json``; null stands for numbers that were not finite and becomes NaN."""
    try:
        report = read_sealed(path, "`g2fit compare` makes it again", former=(None,))
        for rows in (*report["pieces"].values(), *report["prior_sensitivity"].values(), report["bayes_factors"]):
            for row in rows:
                row.update({key: math.nan for key, value in row.items() if key.startswith("log_") and value is None})
        for row in report["bayes_factors"]:  # files of earlier versions have ranges over one set of priors
            row["range"] = row["range"] if row["range"] and row["range"][0] != row["range"][1] else None
        report.setdefault("varied_priors", {})
        parts = [(report, "warnings"), (report["data"], "fingerprint"), (report["data"], "vintage")]
        parts += [(row, key) for row in report["models"].values() for key in ("model", "options")]
        if not all(key in part for part, key in parts):
            raise KeyError("models")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise InputError(f"{path}: is not a comparison; `g2fit compare` makes it") from None
    return report

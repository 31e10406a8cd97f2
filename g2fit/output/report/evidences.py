"""Evidence of a run, and the comparison of several."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from g2fit.core.errors import InputError
from g2fit.inference.comparison.jeffreys_scale import SCALE, verbal
from g2fit.output.plots.comparison import comparison_figure
from g2fit.output.plots.style import in_style
from g2fit.output.report.figures import Picture
from g2fit.output.report.markup import Column, Markup, element, join, listing, number, table
from g2fit.output.report.reported_run import ReportedRun

__all__ = ["Comparing", "evidence", "with_error"]


def with_error(estimate: Mapping[str, Any]) -> Markup:
    """Write ln Z with its error."""
    if estimate.get("log_z") is None:
        return Markup("\N{MINUS SIGN}\N{INFINITY}")
    return join([f"{estimate['log_z']:.3f} \N{PLUS-MINUS SIGN} ".replace("-", "\N{MINUS SIGN}"), _error(estimate)])


def _error(estimate: Mapping[str, Any]) -> str:
    error = estimate.get("error")
    return "\N{EN DASH}" if error is None else f"{error:.3f}" if error >= 0.0005 or error == 0.0 else f"{error:.1g}"


def evidence(subject: ReportedRun) -> Markup:
    """Every estimator, and whether they agree."""
    found = subject.evidence
    path = subject.result.folder.path
    if found is None:
        return element("p", "Not computed; ", element("code", f"g2fit evidence {path}"), " does it.")
    if not subject.evidence_is_of_this_run:
        return element("p", "The evidence in this folder belongs to another card or to other data; it is left out.")
    try:
        rows = [
            [name, str(row["method"]), with_error(row), str(row["draws"]), number(row["efficiency"], 3)]
            for name, row in found["estimators"].items()
        ]
    except (KeyError, TypeError, AttributeError):
        raise InputError(
            f"{path / 'evidence.json'}: is not a file of this version; run `g2fit evidence` again"
        ) from None
    columns = [Column("Estimator"), Column("Method"), Column("ln Z", True), Column("Draws", True),
               Column("Efficiency", True)]  # fmt: skip
    parts = [table("Natural logarithm of the evidence", columns, rows, stacked=True)]
    if found.get("agreement"):
        agreement = found["agreement"]
        word = "agree" if agreement["consistent"] else "DISAGREE: trust neither"
        difference = f"{agreement['difference']:+.3f} \N{PLUS-MINUS SIGN} "
        text = f"The independent estimators {word}: prior minus bridge is {difference}"
        parts.append(element("p", (text + f"{agreement['error']:.3f}.").replace("-", "\N{MINUS SIGN}")))
    details = found["estimators"].get(found.get("best"), {})
    if details.get("information_gain") is not None:
        gained = f"The data taught {details['information_gain']:.2f} nat about the parameters"
        parts.append(element("p", f"{gained}; their effective dimension is {details['effective_dimension']:.2f}."))
    if found.get("warnings"):
        parts.append(listing(map(str, found["warnings"]), "notes"))
    return join(parts)


# Comparison ---------------------------------------------------------------------------------------------------------


class Comparing:
    """Comparison of the runs of a report: that of ``comparison.json``, or Bayes factors of their evidences.

    Parameters
    ----------
    subjects : sequence of ReportedRun
        The runs.
    places : sequence of Path
        Where to look for ``comparison.json``.
    chosen : Path, optional
        The file, or its folder, if it is given.

    Raises
    ------
    InputError
        If the file that is given is not a comparison of these runs.
    """

    def __init__(self, subjects: Sequence[ReportedRun], places: Sequence[Path], chosen: Path | None = None) -> None:
        self.subjects = subjects
        self.report: dict[str, Any] | None = None
        if chosen is not None:
            path = chosen / "comparison.json" if chosen.is_dir() else chosen
            self.report = _read(path)
            problem = self._mismatch(self.report)
            if problem:
                raise InputError(f"{path}: {problem}")
            return
        for place in dict.fromkeys(places):
            path = place / "comparison.json"
            if path.exists():
                found = _read(path)
                if not self._mismatch(found):
                    self.report = found
                    return

    def _mismatch(self, report: Mapping[str, Any]) -> str:
        """Why a comparison is not that of these runs; empty if it is."""
        for subject in self.subjects:
            name, card = subject.result.folder.path.resolve().name, subject.result.card
            row = report["models"].get(name)
            if row is None:
                return f"has no model {name!r}; there are: {', '.join(report['models'])}"
            if report["data"]["fingerprint"] != subject.data_fingerprint:
                return f"was made with other data than {subject.result.folder.path}"
            if (row["model"], row["options"]) != (card.model_name, card.model_options):
                return f"was made with other options of the model than {subject.result.folder.path}"
        return ""

    @property
    def picture(self) -> Picture | None:
        """Its figure."""
        if self.report is None:
            return None
        with in_style():
            figure = comparison_figure(self.report)
        factors = ", ".join(
            f"{row['model']} {row['log_b']:+.2f}" for row in self._against_standard_model() if row["log_b"] is not None
        )
        return Picture(
            "comparison",
            "comparison",
            f"Comparison of the models; ln B against the Standard Model: {factors}.",
            "Bayes factors against the Standard Model under several priors, their parts (gain at the best fit, price "
            "of the parameters), and what remains of them without each piece of the data.",
            figure,
        )

    def _against_standard_model(self) -> list[dict[str, Any]]:
        assert self.report is not None
        standard = {label for label, row in self.report["models"].items() if row["model"] == "sm"}
        return [row for row in self.report["bayes_factors"] if row["against"] in standard]

    def to_html(self, figure: Markup | None) -> Markup | None:
        """Write the section; None if there is nothing to compare."""
        if self.report is None:
            return self._of_evidences()
        report = self.report
        parts = [_models(report["models"]), _factors(report["bayes_factors"]), figure or Markup("")]
        parts += [_sensitivity(label, rows) for label, rows in report["prior_sensitivity"].items() if len(rows) > 1]
        parts += [_pieces(label, rows) for label, rows in report["pieces"].items() if rows]
        if report["warnings"]:
            parts.append(listing(map(str, report["warnings"]), "notes"))
        return join(parts)

    def _of_evidences(self) -> Markup | None:
        """Bayes factors of every two runs on the same data that have an evidence."""
        known = [
            s for s in self.subjects if s.evidence_is_of_this_run and s.evidence and s.evidence["log_z"] is not None
        ]
        rows = []
        for subject in known:
            for other in known:
                if subject is not other and subject.data_fingerprint == other.data_fingerprint:
                    one, two = subject.evidence, other.evidence
                    assert one is not None
                    assert two is not None
                    log_b = one["log_z"] - two["log_z"]
                    error = math.hypot(one["error"] or 0.0, two["error"] or 0.0)
                    rows.append({"model": subject.title, "against": other.title, "log_b": log_b, "error": error,
                                 "verbal": verbal(log_b), "range": None})  # fmt: skip
        if rows:
            more = element("code", "g2fit compare")
            note = element("p", "From the evidences of the runs; ", more, " adds other priors and the Standard Model.")
            return join([_factors(rows), note])
        if len(self.subjects) < 2:
            return None
        return element("p", "No Bayes factors: two runs on the same data with an evidence are needed.")


def _read(path: Path) -> dict[str, Any]:
    """Read ``comparison.json``; numbers that were not finite, null there, are NaN."""
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for rows in (*report["pieces"].values(), *report["prior_sensitivity"].values(), report["bayes_factors"]):
            for row in rows:
                row.update({key: math.nan for key, value in row.items() if key.startswith("log_") and value is None})
        if not all(key in report for key in ("data", "models", "warnings")):
            raise KeyError("models")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise InputError(f"{path}: is not a comparison; `g2fit compare` makes it") from None
    return report


def _models(models: Mapping[str, Mapping[str, Any]]) -> Markup:
    rows = [
        [label, with_error(row), number(row["best_fit"]["log_likelihood"], 5), number(row["chi2"]["total"], 3),
         str(row["data"]), str(row["parameters"]), number(row["aic"], 4), number(row["bic"], 4),
         number(row["predictive_p"].get("total"), 2), number(row["information_gain"], 3)]
        for label, row in models.items()
    ]  # fmt: skip
    titles = ["ln Z", "ln L at the best fit", "χ²", "Data", "Parameters", "AIC",
              "BIC", "Predictive p", "Information gain (nat)"]  # fmt: skip
    columns = [Column("Model"), *(Column(title, True) for title in titles)]
    return table("Models on the same data", columns, rows, stacked=True)


def _factors(factors: Sequence[Mapping[str, Any]]) -> Markup:
    ranged = any(row["range"] for row in factors)
    rows = []
    seen: set[frozenset[str]] = set()
    for row in sorted(factors, key=lambda row: -row["log_b"] if math.isfinite(row["log_b"]) else math.inf):
        pair = frozenset((row["model"], row["against"]))
        if pair in seen:
            continue  # the same with the other sign
        seen.add(pair)
        value = with_error({"log_z": row["log_b"], "error": row["error"]})
        spread = [join([number(row["range"][0], 3), " … ", number(row["range"][1], 3)])] if row["range"] else ["–"]
        rows.append([f"{row['model']} against {row['against']}", value, row["verbal"], *(spread if ranged else [])])
    columns = [Column("Models"), Column("ln B", True), Column("In words")]
    columns += [Column("ln B over all prior sets", True)] if ranged else []
    return table(f"Bayes factors; words of {SCALE}", columns, rows, stacked=True)


def _sensitivity(label: str, priors: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [[str(row["priors"]), with_error(row), str(row.get("description") or "")] for row in priors]
    columns = [Column("Priors"), Column("ln Z", True), Column("What they are")]
    return table(f"{label}: evidence under other priors", columns, rows, stacked=True)


def _pieces(label: str, pieces: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for row in pieces:
        density = with_error({"log_z": row["log_predictive"], "error": row["log_predictive_error"]})
        name = str(row["piece"]).replace("_", " ")
        rows.append([name, density, number(row["held_out_p"], 2), number(row["sigma"], 2)])
    columns = [Column("Piece of the data"), Column("ln predictive density", True), Column("Held-out p", True),
               Column("Tension (\N{GREEK SMALL LETTER SIGMA})", True)]  # fmt: skip
    return table(f"{label}: each piece of the data against the others", columns, rows, stacked=True)

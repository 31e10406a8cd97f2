"""Tables of the comparison: Bayes factors, and what the posteriors and best fits look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analysis.constraints.fits import Row, fitted
from analysis.which_vll.models import MSSM, SCENARIOS, Prior, Scenario, card_of
from g2fit.inference.evidence import Aim

__all__ = ["BEST", "COLUMNS", "Compared", "compare", "label", "markdown", "restored"]

#: Columns of Bayes factors: data set, prior, heading.
COLUMNS: Final[tuple[tuple[str, Prior, str], ...]] = (
    ("2021", "log", "2021"),
    ("2026", "log", "2026"),
    ("2026 + CKM", "log", "2026 + CKM"),
    ("2021", "uniform", "2021, uniform"),
    ("2026", "uniform", "2026, uniform"),
    ("2021", "reversed", "2021, other sign"),
    ("2026", "reversed", "2026, other sign"),
    ("2021", "stable", "2021, stable"),
    ("2026", "stable", "2026, stable"),
)
#: Columns whose best fits are shown, by their headings.
BEST: Final = ("2021", "2026", "2021, stable")


@dataclass(frozen=True)
class Compared:
    """The fit of a scenario, and the share of its posterior in which the muon couples negatively to the Higgs boson.

    The share is NaN where the model does not predict kappa_mu.
    """

    scenario: Scenario
    row: Row
    negative: float


def restored(saved: Mapping[str, Any]) -> Compared:
    """Return a fit that was saved as JSON, which has null for NaN."""
    scenario, row = saved["scenario"], saved["row"]
    best = {name: np.nan if value is None else value for name, value in row["best"].items()}
    negative = np.nan if saved["negative"] is None else saved["negative"]
    return Compared(Scenario(**scenario | {"names": tuple(scenario["names"])}), Row(**row | {"best": best}), negative)


def label(names: Sequence[str]) -> str:
    """Name of a scenario in tables and figures.

    >>> label(("L_3/2", "Sigma1"))
    'L_3/2, Sigma1'
    """
    return ", ".join(names)


def compare(scenario: Scenario, aim: Aim) -> Compared:
    """Fit a scenario."""
    fit = fitted((scenario.data, label(scenario.names), scenario.prior), card_of(scenario), aim)
    negative = np.nan
    if "kappa_mu" in fit.row.best:
        negative = float(fit.weight @ (fit.posterior.predict(fit.theta)["kappa_mu"] < 0.0))
    return Compared(scenario, fit.row, negative)


def _number(best: Mapping[str, float], name: str, form: str, scale: float = 1.0) -> str:
    text = format(scale * best[name], form) if name in best else "–"
    return text if text.strip("-0.") else text.lstrip("-")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def _best_fit(fit: Compared) -> list[str]:
    """Return the cells of the row of a best fit."""
    names, best = fit.scenario.names, fit.row.best | {"delta_chi2": fit.row.delta_chi2}
    masses = list(best.values())[: len(names)]  # those of the partners are the first parameters
    return [
        label(names),
        _number(best, "delta_chi2", ".1f"),
        _number(best, "delta_a_mu", ".2f", 1e10),
        _number(best, "mu_h_mumu", ".2f"),
        _number(best, "mu_h_gammagamma", ".3f"),
        ", ".join(f"{mass:.0f}" for mass in masses),
        _number(best, "T_oblique", ".3f"),
        _number(best, "m_mixing_over_m_mu", ".2f"),
        "–" if np.isnan(fit.negative) else f"{100 * fit.negative:.1f} %",
    ]


def markdown(fits: Sequence[Compared]) -> str:
    """Write the tables: Bayes factors of all scenarios, and the best fits for each data set."""
    found = {fit.scenario: fit for fit in fits}
    rows = []
    for names in SCENARIOS:
        own = [found.get(Scenario(names, data, prior)) for data, prior, _ in COLUMNS]
        cells = [f"{fit.row.log_b:+.2f} ± {max(fit.row.error, 0.01):.2f}" if fit else "–" for fit in own]
        rows.append([label(names), *cells])
    lines = ["ln B against the Standard Model:", ""]
    lines += _table(["partners of the muon", *(heading for _, _, heading in COLUMNS)], rows)
    head = ["", "Δχ²", "Δa_μ", "μ(h → μμ)", "μ(h → γγ)", "masses", "T", "m_mix/m_μ", "κ_μ < 0"]
    for data, prior, heading in (column for column in COLUMNS if column[-1] in BEST):
        shown = [found.get(Scenario(names, data, prior)) for names in SCENARIOS if names != MSSM]
        rows = [_best_fit(fit) for fit in shown if fit]
        lines += [f"Best fits and share of negative κ_μ, data of {heading}:", ""]
        lines += _table(head, rows)
    return "\n".join(lines)

"""Tables of the constraints on vector-like leptons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.constraints.fits import Row
from analysis.constraints.steps import STEPS

__all__ = ["cells", "markdown"]


def cells(row: Row) -> list[str]:
    """Return the cells of a row of the table."""
    best, lepton = row.best, "" if "m_L" in row.best else "_mu"
    share, error = (100.0 * number for number in row.survives or (0.0, 0.0))
    shown = f"{share:.0f} ± {error:.0f} %" if error > 0.5 else f"{share:.3g} %"
    masses = [f"{best[name + lepton]:.0f}" if name + lepton in best else "–" for name in ("m_L", "m_S")]
    scale = best.get("mu_tunnel", float("nan"))
    return [
        next((step.text for step in STEPS if step.name == row.step), "MSSM"),
        shown if row.survives else "–",
        f"{row.log_b:+.2f} ± {max(row.error, 0.01):.2f}",
        f"{row.prior_fraction:.2f}" if row.model != "MSSM" else "–",
        f"{row.delta_chi2:.1f}",
        f"{1e10 * best['delta_a_mu']:.2f}",
        f"{1e13 * best.get('delta_a_e', 0.0) + 0.0:.1f}".replace("-0.0", "0.0"),
        *masses,
        f"{best['T_oblique']:.3f}" if "T_oblique" in best else "–",
        "–" if np.isnan(scale) else f"{scale / 1e3:.3g}" if scale < 1e6 else "> 1000",
    ]


def markdown(rows: Sequence[Row]) -> str:
    """Write a table for each data set and model, with the MSSM in the last row."""
    titles = ["constraint", "survives", "ln B", "prior", "Δχ²", "Δa_μ", "Δa_e", "m_L", "m_S", "T", "tunnelling"]
    lines = []
    for data, model in dict.fromkeys((row.data, row.model) for row in rows if row.model != "MSSM"):
        lines += ["", f"Data: {data}; partners of {model}:", "", "| " + " | ".join(titles) + " |",
                  "|---" * len(titles) + "|"]  # fmt: skip
        own = [row for row in rows if row.data == data and row.model in (model, "MSSM")]
        lines += ["| " + " | ".join(cells(row)) + " |" for row in own]
    return "\n".join(lines[1:]) + "\n"

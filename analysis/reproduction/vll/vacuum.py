"""The line Y_L Y_R = 1 of Fig 5 of 2106.01373: at which scale the Higgs potential becomes unstable there."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from analysis.reproduction.records import Record, bound, evaluation
from analysis.reproduction.vll.figure_maps import PANELS
from analysis.reproduction.vll.landmarks import diagonal
from analysis.reproduction.vll.mass_plane import DELTA_A_LOW, MassPlane
from g2fit.core.types import FloatArray
from g2fit.models.vll.model import VectorLikeLeptons

__all__ = ["instability", "line_of_unit_product", "vacuum"]

#: Scale in GeV below which the paper says that the potential becomes unstable for Y_L Y_R > 1.
STATED = 1e4
#: Ranges in GeV along the line, both panels together, from an independent integration of the equations.
RANGES = {"mu_zero": (5.0e3, 12.7e3), "mu_tunnel": (10.0e3, 32.0e3)}
MEANING = {"mu_zero": "lambda = 0", "mu_tunnel": "the vacuum decays within the age of the Universe"}


def line_of_unit_product(panel: tuple[float, float], points: int = 25) -> FloatArray:
    """Masses (m_S, m_L) in GeV at which Y_L = Y_R = 1 gives the Delta a_mu of Fig 5, for m_S from 100 to 4000 GeV.

    >>> line_of_unit_product((1.0, 0.0), 3).round().tolist()
    [[100.0, 2191.0], [632.0, 2121.0], [4000.0, 1316.0]]
    """
    plane = MassPlane(*panel)

    def excess(m_L: float, m_S: float) -> float:
        return float(plane.predict("delta_a_mu", m_S, m_L, 1.0, 1.0)) / DELTA_A_LOW - 1.0

    return np.array([[m_S, brentq(excess, 100.0, 2e4, args=(m_S,))] for m_S in np.geomspace(100.0, 4000.0, points)])


def instability(panel: tuple[float, float], masses: FloatArray) -> dict[str, FloatArray]:
    """Scales ``mu_zero`` and ``mu_tunnel`` in GeV at points (m_S, m_L) with Y_L = Y_R = 1."""
    ones = np.ones(len(masses))
    theta = np.column_stack([masses[:, 1], masses[:, 0], ones, ones, panel[0] * ones, panel[1] * ones])
    prediction = VectorLikeLeptons(run_to=1e19).predict(theta)
    return {name: prediction[name] for name in RANGES}


def vacuum() -> list[Record]:
    """Check that the potential becomes unstable below 10 TeV where Y_L Y_R = 1.

    >>> [row.ours < 1e4 for row in vacuum() if row.basis == "upper bound"]
    [True, False, True, True]
    """
    records, lines = [], []
    for panel in PANELS:
        plane = MassPlane(*panel)
        mass = diagonal(lambda m, plane=plane: plane.predict("delta_a_mu", m, m, 1.0, 1.0) / DELTA_A_LOW - 1.0)  # type: ignore[misc]
        point = instability(panel, np.array([[mass, mass]]))
        lines.append(instability(panel, line_of_unit_product(panel)))
        for name, meaning in MEANING.items():
            low, high = (1e-3 * float(end) for end in (lines[-1][name].min(), lines[-1][name].max()))
            quantity = f"{name} where P = 1 and m_S = m_L, GeV, Y_V = {panel[0]:g}, Y_V' = {panel[1]:g}"
            note = f"{meaning}; {low:.1f} to {high:.1f} TeV along the line P = 1"
            records.append(bound("sec. III", quantity, STATED, float(point[name][0]), note=note))
    for name, ends in RANGES.items():
        values = np.concatenate([line[name] for line in lines])
        for text, end, value in zip(("smallest", "largest"), ends, (values.min(), values.max()), strict=True):
            records.append(evaluation("sec. III", f"{text} {name} along the lines P = 1, GeV", end, float(value), 0.02,
                                      "not printed; both panels"))  # fmt: skip
    return records

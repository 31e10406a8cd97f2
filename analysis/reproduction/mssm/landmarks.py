"""Masses of 1906.08768 that its text reads off Figs 1 and 2: the electron's pole, tachyons, and the smuons' vacuum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from analysis.reproduction.records import Printed, Record, number, printed, spread
from g2fit.models.constants import get_constants
from g2fit.models.mssm.model import Mssm
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton
from g2fit.models.mssm.threshold_corrections import delta_decoupled, delta_mia

__all__ = ["FIGURE_INPUTS", "SCHEME", "SM", "figures", "selectron_mass", "stable_smuons", "tachyonic_smuons"]

#: Dependence on the scheme of the gauge couplings, relative.
SCHEME = 0.02
SM = "paper_2019"
#: M1, M2, mu (GeV) and tan(beta) of the panels of Figs 1 and 2 as printed, by mu.
FIGURE_INPUTS: dict[float, list[Printed]] = {
    float(mu) * 1e3: [printed("1.5", 1e3), printed("500"), printed(mu, 1e3), printed("70")] for mu in ("-100", "-500")
}


def selectron_mass(inputs: Sequence[float], level: str, g_Y: float, delta_e: float = -1.0) -> float:
    """Return the common selectron mass (GeV) at which Delta_e is as given, for M1, M2, mu (GeV) and tan(beta).

    >>> round(selectron_mass([1500.0, 500.0, -1e5, 70.0], "mia", 0.3541))
    2311
    """
    electroweakinos, couplings = Electroweakinos(*inputs), Couplings(g_Y, 0.652, 174.1)
    sm = get_constants(SM)

    def distance(m: float) -> float:
        lepton = Lepton(sm.m_e, m, m, 0.0)
        if level == "mia":
            return float(delta_mia(lepton, electroweakinos, couplings) - delta_e)
        return float(delta_decoupled(lepton, electroweakinos, couplings, sm.m_W, sm.m_Z) - delta_e)

    return float(brentq(distance, 500.0, 20000.0))


def _smuons(inputs: Sequence[float], masses: np.ndarray, **options: Any) -> dict[str, np.ndarray]:
    """Predictions along Fig. 1, with light selectrons that are always valid."""
    theta = np.tile([*inputs, 500.0, 500.0, 1.0, 1.0], (len(masses), 1))
    theta[:, 6] = theta[:, 7] = masses
    return Mssm(**options).predict(theta)


def tachyonic_smuons(mu: float) -> tuple[float, float]:
    """Range of the common smuon mass (GeV) of Fig. 1 in which one is a tachyon, in the mass-insertion approximation.

    >>> [round(m / 1e3, 2) for m in tachyonic_smuons(-1e5)]
    [2.12, 2.53]
    """
    masses = np.arange(500.0, 12000.0, 10.0)
    inputs = [given.value for given in FIGURE_INPUTS[mu]]
    codes = _smuons(inputs, masses, delta="mia", amu="mia", vacuum="off", constants=SM)["reason"]
    inside = masses[codes == Mssm.reasons.index("tachyon_mu")]
    return float(inside[0]), float(inside[-1])


def stable_smuons(inputs: Sequence[float], delta: str = "bino") -> list[tuple[float, float]]:
    """Ranges of the common smuon mass (GeV, 300 to 12000) of Fig. 2 in which the vacuum is long-lived.

    >>> [round(m / 1e3, 2) for m in stable_smuons([1500.0, 500.0, -5e5, 70.0])[0]]
    [0.59, 0.98]
    """
    masses = np.arange(300.0, 12000.0, 5.0)
    prediction = _smuons(inputs, masses, delta=delta, amu="bino", vacuum="off", constants=SM)
    stable = (prediction["reason"] == 0) & (prediction["vac_ratio_mu"] <= 1.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], stable, [False]]).astype(int)))
    return [(float(masses[a]), float(masses[b - 1])) for a, b in edges.reshape(-1, 2)]


def figures() -> list[Record]:
    """Compare the masses that the text reads off Figs. 1 and 2; the tolerance includes the rounding of their inputs."""
    records = []
    for place, mu, text in (("Fig 2, left", -1e5, "2.3"), ("Fig 2, right", -5e5, "6.0")):
        inputs = FIGURE_INPUTS[mu]
        for level, g_Y in (("mia", 0.3541), ("mia", 0.3574), ("decoupled", 0.3574)):

            def mass(values: Sequence[float], level: str = level, g_Y: float = g_Y) -> dict[str, float]:
                return {"mass": selectron_mass(values, level, g_Y)}

            ours = mass([given.value for given in inputs])["mass"]
            more = {"inputs": spread(mass, inputs)["mass"], "couplings": SCHEME}
            records.append(number(place, "Delta_e = -1 at m_sel, GeV", printed(text, 1e3), ours, more,
                                  f"{level}, g_Y = {g_Y}"))  # fmt: skip
    for delta in ("bino", "full"):
        for place, mu, edges in (
            ("Fig 2, left", -1e5, {"above": "4.2"}),
            ("Fig 2, right", -5e5, {"above": "0.6", "below": "1.0"}),
        ):

            def ends(
                values: Sequence[float], delta: str = delta, band: int = -1 if mu == -1e5 else 0
            ) -> dict[str, float]:
                low, high = stable_smuons(values, delta)[band]
                return {"above": low, "below": high}

            inputs = FIGURE_INPUTS[mu]
            found, moved = ends([given.value for given in inputs]), spread(ends, inputs)
            records += [
                number(place, f"smuons stable {edge}, GeV", printed(text, 1e3), found[edge],
                       {"inputs": moved[edge], "couplings": SCHEME}, delta)
                for edge, text in edges.items()
            ]  # fmt: skip
    return records

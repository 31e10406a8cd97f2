"""Statements of the text of 1906.08768 that can be checked: wino mass, scaling, Landau pole, vacua, hierarchies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from analysis.reproduction.mssm.figures import MEASURED
from analysis.reproduction.mssm.identities import soft_masses
from analysis.reproduction.mssm.landmarks import FIGURE_INPUTS, SM, selectron_mass
from analysis.reproduction.mssm.printed_tables import CALCULATIONS, inputs_1
from analysis.reproduction.mssm.tables import branch_of
from analysis.reproduction.records import Record, bound, identity, magnitude, statement
from g2fit.models.constants import get_constants
from g2fit.models.mssm.model import Mssm
from g2fit.models.mssm.vacuum import ETA_TAU

__all__ = ["electron_vacuum", "statements", "wino_moments"]

#: Scale in GeV below which the paper wants no Landau pole.
M_GUT = 1e16
#: Gauge coupling of the points near the electron's pole.
G_Y = get_constants(SM).g_Y
#: Calculation of Table 2 whose branches are used here.
ALL = "full, g_Y = 0.3575"


def _predict(theta: Sequence[float], **options: Any) -> dict[str, float]:
    row = Mssm(vacuum="off", **options).predict(theta)
    return {name: float(value[0]) for name, value in row.items()}


def wino_moments(masses: Sequence[float] = (200.0, 600.0, 1000.0, 3000.0)) -> dict[float, float]:
    """Return a_e at Table 1, I with all diagrams, by the wino mass in GeV.

    >>> {M2: round(a * 1e13, 1) for M2, a in wino_moments().items()}
    {200.0: -14.1, 600.0: -8.8, 1000.0: -6.5, 3000.0: -3.1}
    """
    theta = [x.value for x in inputs_1("I")]
    return {M2: _predict([theta[0], M2, *theta[2:]], **CALCULATIONS["full"])["delta_a_e"] for M2 in masses}


def electron_vacuum(a_e: float = -7.3e-13) -> tuple[float, float]:
    """Selectron mass (GeV) of Table 1, II at which a_e is as given, and m2_LR of the selectrons over its bound there.

    The mass is on the heavy side of the pole, where a_e is negative; by mass insertion.

    >>> mass, ratio = electron_vacuum()
    >>> round(mass), round(ratio, 2)
    (6105, 1.76)
    """
    theta = [x.value for x in inputs_1("II")]
    options: dict[str, Any] = {"delta": "mia", "amu": "mia", "constants": SM}

    def point(mass: float) -> dict[str, float]:
        return _predict([*theta[:4], mass, mass, *theta[6:]], **options)

    low = selectron_mass(theta[:4], "mia", G_Y, -0.998)
    mass = float(brentq(lambda m: point(m)["delta_a_e"] - a_e, low, 1.1 * low))
    return mass, point(mass)["vac_ratio_e"]


def _one_plus_delta(mu: float) -> float:
    """1 + Delta_e in a panel of Fig 2 where a_e is the measured one (all sleptons alike; mass insertion)."""
    M1, M2, _, tan_beta = (x.value for x in FIGURE_INPUTS[mu])

    def point(mass: float) -> dict[str, float]:
        return _predict([M1, M2, mu, tan_beta, mass, mass, 500.0, 500.0], delta="mia", amu="mia", constants=SM)

    low = selectron_mass([M1, M2, mu, tan_beta], "mia", G_Y, -0.998)
    mass = brentq(lambda m: point(m)["delta_a_e"] - MEASURED["e"][0], low, 1.2 * low)
    return 1.0 + point(float(mass))["Delta_e"]


def _explained(branch: Mapping[str, Any], lepton: str) -> bool:
    """Whether the moment of a branch is within one standard deviation of the measured one."""
    value, error = MEASURED[lepton]
    return bool(abs(branch["delta_a"] - value) <= error)


def statements() -> list[Record]:
    """Check the statements, in the order of the text.

    >>> for place in sorted({record.place for record in statements() if not record.agrees}):
    ...     print(place)
    sec 2
    sec 2, footnote 6
    sec 2, footnote 8
    """
    return [*_scaling(), *_vacua(), *_wino(), *_landau(), *_tuning(), *_mediation()]


def _scaling() -> list[Record]:
    theta = np.array([x.value for x in inputs_1("I")])
    scaled = theta * 10.0
    scaled[3] = theta[3]
    records = []
    for name, accuracy, reason in (("mia", 1e-12, ""), ("full", 1e-2, "corrections of order v^2/M^2")):
        small, large = (_predict(list(x), **CALCULATIONS[name]) for x in (theta, scaled))
        for lepton in ("e", "mu"):
            quantity = f"Delta_{lepton}, all masses of Table 1, I times 10, over that of Table 1, I"
            value = large[f"Delta_{lepton}"] / small[f"Delta_{lepton}"]
            records.append(identity("sec 2", quantity, 1.0, value, accuracy, name, reason))
    return records


def _vacua() -> list[Record]:
    mass, ratio = electron_vacuum()
    records = [
        bound("sec 2", "selectrons' m2_LR over its bound at a_e = -7.3e-13, Table 1, II", 1.0, ratio,
              note=f"the paper: never constrained; mia, at m_sel = {mass:.0f} GeV beyond the pole, where y_e is large")
    ]  # fmt: skip
    for point in ("I", "II"):
        found = _predict([x.value for x in inputs_1(point)], **CALCULATIONS["full"])
        records.append(bound("sec 2", f"smuons' m2_LR over its bound, Table 1, {point}", 1.0, found["vac_ratio_mu"],
                             note="full"))  # fmt: skip
    for point in ("I", "II", "III"):
        for lepton, slepton in (("mu", "smuons"), ("tau", "staus")):
            if (point, lepton) != ("III", "tau"):
                ratio = branch_of(point, lepton, ALL)["vac_ratio"]
                eta = f"; eta_tau = {ETA_TAU:g}" if lepton == "tau" else ""
                records.append(
                    bound("Table 2, " + point, f"{slepton}' m2_LR over its bound", 1.0, ratio, note=ALL + eta)
                )
    for point in ("I", "II"):
        theta = [x.value for x in inputs_1(point)]
        scale = abs(theta[2] / _predict(theta, **CALCULATIONS["full"])["y_mu"])
        quantity = f"scale of the charge-breaking vacuum |mu/y_mu|, GeV, Table 1, {point}"
        note = "where mu H_u + y L R = 0; heavy smuons have a larger y_mu"
        records.append(magnitude("sec 2, footnote 6", quantity, 1e8, scale, 0.5, note))
    return records


def _wino() -> list[Record]:
    moments = wino_moments()
    records = [
        Record("sec 2", f"a_e at M2 = {M2:.0f} GeV over that at 1 TeV, Table 1, I", 1.0, a / moments[1000.0], 0.1,
               "statement", "the paper: almost independent, taken as 10 per cent",
               f"a_e = {a:.3g}; from 200 GeV to 3 TeV the wino moves Delta_e by 0.05, as large as 1 + Delta_e")
        for M2, a in moments.items()
        if M2 != 1000.0
    ]  # fmt: skip
    theta = [x.value for x in inputs_1("I")]
    without = [_predict([theta[0], M2, *theta[2:]], **CALCULATIONS["mia"])["delta_a_e"] for M2 in (200.0, 3000.0)]
    quantity = "a_e at M2 = 200 GeV over that at 3 TeV, bino diagram only"
    return [*records, identity("sec 2", quantity, 1.0, without[0] / without[1], 1e-12, "mia: it contains no wino")]


def _landau() -> list[Record]:
    """Footnote 8: scale of the Landau pole with the Yukawa couplings of Table 2's m_bar of 350 TeV."""
    records = []
    for tan_beta, delta_b in ((70.0, 0.0), (80.0, 0.0), (90.0, 0.0), (80.0, 0.05), (90.0, 0.6)):
        pole, _ = soft_masses(3.5e5, tan_beta, delta_b)
        quantity = f"Landau pole of tan(beta) = {tan_beta:g}, Delta_b = {delta_b:g}, GeV"
        text = f"10^{math.log10(pole):.1f} GeV; the paper assumes thresholds that lower y_b"
        text = "none below 1e16 GeV" if math.isinf(pole) else text
        records.append(bound("sec 2, footnote 8", quantity, M_GUT, min(pole, M_GUT), "lower", text))
    return records


def _tuning() -> list[Record]:
    table = _predict([x.value for x in inputs_1("I")], **CALCULATIONS["full"])
    muon, electron = branch_of("II", "mu", ALL), branch_of("II", "e", ALL)
    reason = "O(0.1 - 1) per cent: half a decade about 0.3 per cent"
    return [
        *(magnitude("sec 2", f"1 + Delta_e at the measured a_e, mu = {mu / 1e3:.0f} TeV", 10.0**-2.5,
                    _one_plus_delta(mu),
                    0.5, "the paper's Table 1 has 3 and 1 per cent", reason) for mu in (-1e5, -5e5)),
        magnitude("sec 2", "|y_e/y_mu|, Table 1, I", 1.0, abs(table["y_e"] / table["y_mu"]), 1.0,
                  "the paper: comparable"),
        magnitude("sec 2", "|y_e/y_mu|, Table 2, II", 1.0, abs(electron["y"] / muon["y"]), 1.0,
                  "the paper: comparable"),
        statement("sec 2", "y_e and y_mu have opposite signs, Table 2, II", electron["y"] * muon["y"] < 0.0, ALL),
        bound("sec 2", "suppression of couplings of H and A to muons, (y_mu/y_tree)^2, Table 2, II", 1.0,
              (1.0 + muon["Delta"]) ** -2, note=ALL),
        bound("sec 2", "enhancement of couplings of H and A to electrons, (y_e/y_tree)^2, Table 2, II", 1.0,
              (1.0 + electron["Delta"]) ** -2, "lower", ALL),
    ]  # fmt: skip


def _mediation() -> list[Record]:
    """Section 3: the two types of spectra, what the points explain, and squark masses."""
    points = {name: {l: branch_of(name, l, ALL) for l in ("e", "mu")} for name in ("I", "II", "III")}
    records = [
        statement("sec 3", "heavy smuons: |Delta_mu| < 1 and |y_mu| > |y_e|, Table 2, I",
                  abs(points["I"]["mu"]["Delta"]) < 1.0 and points["I"]["mu"]["y"] > points["I"]["e"]["y"], ALL),
        statement("sec 3", "light smuons: |Delta_mu| > 1 and |y_mu| < |y_e|, Table 2, II",
                  abs(points["II"]["mu"]["Delta"]) > 1.0 and abs(points["II"]["mu"]["y"]) < points["II"]["e"]["y"],
                  ALL),
        statement("Table 2, II", "smuons of II and of III exist at the same input",
                  points["II"]["mu"] and points["III"]["mu"], ALL),
    ]  # fmt: skip
    for name, branches in points.items():
        both = _explained(branches["e"], "e"), _explained(branches["mu"], "mu")
        wanted = (True, name == "II")
        text = "a_e and a_mu" if name == "II" else "a_e but not a_mu"
        note = f"{ALL}: {branches['e']['delta_a']:.3g}, {branches['mu']['delta_a']:.3g}"
        records.append(statement(f"Table 2, {name}", f"explains {text} within 1 sigma", both == wanted, note))
    _, masses = soft_masses(1e5, 70.0)
    for squark in ("Q3", "U3", "D3"):
        mass = math.sqrt(getattr(masses, f"m2_{squark}"))
        records.append(magnitude("sec 3", f"mass of squark {squark}, GeV, m_bar = 100 TeV", 10.0**4.5, mass, 0.5,
                                 "one loop, without gaugino masses",
                                 "O(10 - 100) TeV: half a decade about 30 TeV"))  # fmt: skip
    return records

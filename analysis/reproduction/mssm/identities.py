"""The numbered equations of 1906.08768: their printed numbers, and each evaluated in another way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from analysis.reproduction.anomalies import rows_2019
from analysis.reproduction.mssm.figures import along_slepton_mass
from analysis.reproduction.mssm.landmarks import FIGURE_INPUTS, SCHEME, SM, tachyonic_smuons
from analysis.reproduction.mssm.printed_tables import CALCULATIONS, TABLE_2, inputs_1, inputs_2
from analysis.reproduction.mssm.tables import branch_of
from analysis.reproduction.records import (
    Printed,
    Record,
    evaluation,
    identity,
    magnitude,
    number,
    printed,
    spread,
    statement,
)
from g2fit.models.constants import LOOP_FACTOR, get_constants
from g2fit.models.mssm.higgs_mediation import MssmHiggsMediation
from g2fit.models.mssm.loops import I, f_N
from g2fit.models.mssm.model import Mssm
from g2fit.models.mssm.rge import SoftMasses, YukawaThresholds, matched_yukawas, run_soft_masses
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, higgs_vevs
from g2fit.models.mssm.threshold_corrections import delta_mia

__all__ = ["equations", "figure_1", "soft_masses"]

#: Ends in GeV of the smuon's gap in Fig 1, mass insertion: the paper draws but does not print them.
GAPS = {-1e5: (2100.0, 2530.0), -5e5: (5700.0, 6400.0)}


def _from_zero(integrand: Callable[[float], float]) -> float:
    """Integral from 0 to infinity, over the logarithm."""
    value, _ = quad(lambda s: integrand(math.exp(s)) * math.exp(s), -60.0, 60.0, epsabs=0.0, epsrel=1e-11, limit=400)
    return float(value)


def _I_integral(x: float, y: float, z: float) -> float:
    """I(x, y, z) as the integral over t of t/[(t + x)(t + y)(t + z)]."""
    return _from_zero(lambda t: t / ((t + x) * (t + y) * (t + z)))


def _I_printed(x: float, y: float, z: float) -> float:
    """Right-hand side of eq (2.3) as it is printed, with its leading minus."""
    numerator = x * y * math.log(x / y) + y * z * math.log(y / z) + z * x * math.log(z / x)
    return -numerator / ((x - y) * (y - z) * (z - x))


def _f_N_integral(x: float, y: float) -> float:
    """f_N(x, y) as a Feynman integral, 2 x y times that of t^2 (1 - t)/{[1 - t + t x][1 - t + t y]}."""
    value, _ = quad(lambda t: t * t * (1 - t) / ((1 - t + t * x) * (1 - t + t * y)), 0.0, 1.0, epsabs=0.0, epsrel=1e-12)
    return 2.0 * x * y * float(value)


def equations() -> list[Record]:
    """Check every numbered equation.

    >>> [record.place for record in equations() if not record.agrees]
    ['eq (1.2)', 'eq (1.3)', 'eq (2.3)', 'eq (3.2)']
    """
    sm = get_constants(SM)
    ratio = number("eq (1.3)", "m_e^2/m_mu^2", printed("2.4e-5"), (sm.m_e / sm.m_mu) ** 2, note="it rounds to 2.3e-5")
    return [*rows_2019(), ratio, *_matching(), *_loops(), *_pole(), *_mediation()]


def _matching() -> list[Record]:
    """Eqs (2.1), (2.2), (2.4) and (2.7) at Table 1, I."""
    sm = get_constants(SM)
    theta = [x.value for x in inputs_1("I")]
    M1, _, mu, tan_beta, mL, mR = theta[:6]
    v_d, _ = higgs_vevs(tan_beta, sm.v)
    point = Mssm(vacuum="off", **CALCULATIONS["full"]).predict(theta)
    mia = Mssm(delta="mia", amu="mia", two_loop="none", vacuum="off", constants=SM).predict(theta)
    delta = mu * tan_beta * M1 * sm.g_Y**2 * LOOP_FACTOR * _I_integral(M1**2, mL**2, mR**2)
    ratio = sm.m_e / sm.m_mu * (1.0 + point["Delta_mu"][0]) / (1.0 + point["Delta_e"][0])
    degenerate = delta_mia(Lepton(sm.m_e, 2000.0, 2000.0, 0.0), Electroweakinos(2000.0, 500.0, -1e5, 70.0),
                           Couplings(sm.g_Y, sm.g_2, sm.v))  # fmt: skip
    masses = {"e": sm.m_e, "mu": sm.m_mu}
    return [
        *(identity("eq (2.1)", f"mass of {l} from y_{l} v_d (1 + Delta_{l}), GeV, Table 1, I", m,
                   float(point[f"y_{l}"][0] * v_d * (1.0 + point[f"Delta_{l}"][0])), 1e-9,
                   "Delta at the y that it determines", "accuracy of the self-consistent solution")
          for l, m in masses.items()),
        identity("eq (2.2)", "Delta_e, Table 1, I, with I as an integral", delta, float(mia["Delta_e"][0]), 1e-9,
                 "mia"),
        magnitude("eq (2.4)", "Delta at its point", -1.0, degenerate, 0.3, "the formula gives -1.4"),
        identity("eq (2.7)", "y_e/y_mu, Table 1, I", float(ratio), float(point["y_e"][0] / point["y_mu"][0]), 1e-9,
                 "full", "accuracy of the self-consistent solution"),
    ]  # fmt: skip


def _loops() -> list[Record]:
    """Eqs (2.3) and (2.5)."""
    sm = get_constants(SM)
    theta = [x.value for x in inputs_1("I")]
    M1, _, mu, tan_beta, mL, mR = theta[:6]
    strength = sm.g_Y**2 * LOOP_FACTOR
    delta = mu * tan_beta * M1 * strength * _I_integral(M1**2, mL**2, mR**2)
    loop = _f_N_integral((mL / M1) ** 2, (mR / M1) ** 2)
    moment = strength * sm.m_e**2 * mu * tan_beta * M1 / (mL * mR) ** 2 * loop / (1.0 + delta)
    ours = Mssm(delta="mia", amu="mia", two_loop="none", vacuum="off", constants=SM).predict(theta)["delta_a_e"][0]
    x = np.geomspace(1e-6, 1e6, 61)
    return [
        identity("eq (2.3)", "I(2.25, 5.29, 5.76) as printed", _I_printed(2.25, 5.29, 5.76),
                 float(I(2.25, 5.29, 5.76)), 1e-12, "the printed formula has the leading minus: I > 0"),
        identity("eq (2.3)", "I(2.25, 5.29, 5.76) as an integral", _I_integral(2.25, 5.29, 5.76),
                 float(I(2.25, 5.29, 5.76)), 1e-9),
        identity("eq (2.3)", "I(x,x,x) at x = 4", 0.5 / 4.0**2, float(I(4.0, 4.0, 4.0)), 1e-12,
                 "misprint: 1/(2x), as x is a mass squared"),
        identity("eq (2.5)", "f_N(0.3, 4) as an integral", _f_N_integral(0.3, 4.0), float(f_N(0.3, 4.0)), 1e-9),
        identity("eq (2.5)", "f_N(1,1)", 1.0 / 6.0, float(f_N(1.0, 1.0)), 1e-12),
        statement("eq (2.5)", "f_N(x, y) > 0, x and y from 1e-6 to 1e6",
                  min(float(f_N(a, b)) for a in x for b in x) > 0.0),
        identity("eq (2.5)", "a_e, Table 1, I, with both loops as integrals", moment, float(ours), 1e-6,
                 "mia, delta_QED = 0", "accuracy of the numerical integral, times 1/(1 + Delta)"),
    ]  # fmt: skip


def _pole() -> list[Record]:
    """Eq (2.6)."""
    sides = [_near_pole(factor) for factor in (0.99, 1.01)]
    products = [a * (1.0 + Delta) for Delta, a in sides]
    return [
        statement("eq (2.6)", "a_e > 0 where 1 + Delta_e < 0", sides[0][0] < -1.0 and sides[0][1] > 0.0, "mu M1 < 0"),
        statement("eq (2.6)", "a_e < 0 where 1 + Delta_e > 0", sides[1][0] > -1.0 and sides[1][1] < 0.0, "mu M1 < 0"),
        evaluation("eq (2.6)", "a_e (1 + Delta_e) across the pole, m_sel 1 per cent below over above", 1.0,
                   products[0] / products[1], 0.2, "not printed; a_e alone changes its sign",
                   "1/m^4 over 2 per cent of m is 8 per cent, and the loop function"),
    ]  # fmt: skip


def _near_pole(factor: float) -> tuple[float, float]:
    """(Delta_e, a_e/m_e^2) in the left panel of Fig 1 at `factor` times the mass where Delta_e = -1."""
    options = {"delta": "mia", "amu": "mia", "two_loop": "none"}
    line = along_slepton_mass(-1e5, np.linspace(2000.0, 2600.0, 601), **options).Delta.sel(lepton="e").dropna("mass")
    pole = float(np.interp(-1.0, line, line.mass))
    beside = along_slepton_mass(-1e5, np.array([factor * pole]), **options).sel(lepton="e")
    return float(beside.Delta[0]), float(beside.moment[0])


def soft_masses(m_bar: float, tan_beta: float, delta_b: float = 0.0) -> tuple[float, SoftMasses]:
    """Scale in GeV of a Landau pole (infinity: none below 1e16 GeV), and soft masses squared at m_bar (d = 2 TeV).

    >>> pole, masses = soft_masses(3.5e5, 80.0)
    >>> round(math.log10(pole), 1)
    15.7
    """
    inputs = MssmHiggsMediation(constants=SM).scenario.inputs
    yukawas = matched_yukawas(inputs, m_bar, tan_beta, YukawaThresholds(0.0, delta_b, 0.0))
    state, scratch = np.empty(14), np.empty((5, 14))
    return run_soft_masses(inputs, yukawas, 1e-6, m_bar, 2000.0, 0.0, 1e16, state, scratch)


def _mediation() -> list[Record]:
    """Eqs (3.1) to (3.4)."""
    leading_log = 1e10 / (4.0 * math.pi**2) * math.log(1e11)
    theta = [x.value for x in inputs_2("I")]
    running = MssmHiggsMediation(spectrum="rge", vacuum="off", constants=SM)
    rows = {b["lepton"]: b for b in running.branches(theta) if b["lepton"] != "tau" and b.get("Delta", -9.0) > -1.0}
    slopes = {l: (b["mR"] ** 2 - theta[2] ** 2) / b["y"] ** 2 for l, b in rows.items()}
    electron, muon = (branch_of("I", l, "full, g_Y = 0.3575") for l in ("e", "mu"))
    per_y2 = (muon["mR"] ** 2 - electron["mR"] ** 2) / (muon["y"] ** 2 - electron["y"] ** 2)

    def m2_A(tan_beta: float) -> float:
        _, masses = soft_masses(1e5, tan_beta)
        return masses.m2_Hd - masses.m2_Hu

    taken = "the paper: ~, taken as 20 per cent"
    return [
        identity("eq (3.1)", "slope of m_R^2 in y^2 between selectron and smuon, GeV^2, Table 2, I", leading_log,
                 per_y2,
                 1e-9, "c_R of eq (3.2)", "accuracy of the self-consistent solution"),
        identity("eq (3.1)", "the same slope from the smuon over that from the selectron", 1.0,
                 slopes["mu"] / slopes["e"],
                 1e-2, "by the renormalisation group", "higher orders of y^2, which the paper omits"),
        Record("eq (3.2)", "c_R/GeV^2, Table 2, I", leading_log, slopes["mu"], 0.1, "printed",
               "leading logarithm, taken as 10 per cent", "ours by the renormalisation group, without thresholds"),
        Record("eq (3.3)", "-mu/m_bar from -m^2_Hu", 1.0, math.sqrt(-soft_masses(1e5, 70.0)[1].m2_Hu / 1e10), 0.2,
               "printed", taken, "m_bar = 100 TeV"),
        Record("eq (3.3)", "tan(beta) above which m_A^2 > 0", 50.0, float(brentq(m2_A, 20.0, 75.0)), 0.2, "printed",
               taken,
               "from m^2_Hd = m^2_Hu, one loop, without thresholds"),
        *_slope_of_II(),
    ]  # fmt: skip


def _slope_of_II() -> list[Record]:
    """Eq (3.4) with the printed masses and couplings of Table 2, II."""
    muon, electron = TABLE_2["II"]["mu"], TABLE_2["II"]["e"]
    inputs = [printed(muon["m_2"], 1e3), printed(electron["m_2"], 1e3), printed(muon["y"]), printed(electron["y"])]

    def slope(x: Sequence[float]) -> dict[str, float]:
        return {"slope": (x[0] ** 2 - x[1] ** 2) / (x[2] ** 2 - x[3] ** 2)}

    given = slope([x.value for x in inputs])["slope"]
    branches = [branch_of("II", l, "full, g_Y = 0.3575") for l in ("mu", "e")]
    ours = slope([*(b["m_2"] for b in branches), *(b["y"] for b in branches)])["slope"]
    moved = spread(slope, inputs)["slope"]
    return [
        statement("eq (3.4)", "the slope of m^2 in y^2 is positive, Table 2, II", ours > 0.0, f"{ours:.3g} GeV^2"),
        number("eq (3.4)", "slope of m^2 in y^2, GeV^2, Table 2, II", Printed(given, abs(given) * moved), ours,
               {"couplings": SCHEME}, "from printed masses and couplings; all diagrams, g_Y = 0.3575"),
    ]  # fmt: skip


def figure_1() -> list[Record]:
    """Compare what the text says of Fig 1.

    >>> [record.quantity for record in figure_1() if not record.agrees]
    []
    """
    records = []
    for place, mu, text in (("Fig 1, left", -1e5, "2.3"), ("Fig 1, right", -5e5, "6.0")):
        masses = np.linspace(300.0, 12000.0, 2341)
        lines = along_slepton_mass(mu, masses)
        electron = lines.Delta.sel(lepton="e").dropna("mass")
        crossing = float(np.interp(-1.0, electron, electron.mass))
        low, high = tachyonic_smuons(mu)
        muon = lines.Delta.sel(lepton="mu")
        gap = masses[np.isnan(muon.to_numpy())]
        inputs = sum(x.relative for x in FIGURE_INPUTS[mu]) / 2.0  # Delta is about proportional to m^-2
        records += [
            number(place, "Delta_e = -1 at m_sel, GeV", printed(text, 1e3), crossing,
                   {"inputs": inputs, "couplings": SCHEME}, "full"),
            statement(place, "smallest Delta_mu is below -1", muon.min() < -1.0, f"{muon.min():.3g}"),
            statement(place, "a smuon is a tachyon where the red line is interrupted",
                      low < crossing < high and gap.size,
                      f"full: no natural branch at {gap.min():.0f} to {gap.max():.0f} GeV"),
            evaluation(place, "tachyonic smuons from, GeV", GAPS[mu][0], low, 0.02, "mia; not printed"),
            evaluation(place, "tachyonic smuons up to, GeV", GAPS[mu][1], high, 0.02, "mia; not printed"),
        ]  # fmt: skip
    return records

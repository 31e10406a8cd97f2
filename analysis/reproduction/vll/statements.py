"""Statements of the text of 2106.01373 that can be checked: tau decays, tuning, two loops, electron, hierarchies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from analysis.reproduction.records import Record, bound, evaluation, identity, magnitude, number, printed, statement
from analysis.reproduction.vll.figure_maps import PANELS, fixed_moment, mass_axis
from analysis.reproduction.vll.landmarks import covered, diagonal, mass_at_limit
from analysis.reproduction.vll.limits import electroweak_limit
from analysis.reproduction.vll.mass_plane import (
    DELTA_A,
    GIGAZ_READINGS,
    ILC_READINGS,
    Corner,
    MassPlane,
    future_corners,
    paper_corners,
)
from g2fit.models.constants import LOOP_FACTOR, get_constants
from g2fit.models.vll.leading_order import mixing
from g2fit.models.vll.loops import F
from g2fit.models.vll.model import VectorLikeLeptons

__all__ = ["face_value_limit", "statements"]

#: Ratio of the tau's leptonic widths as printed: Standard Model, measured, error.
R_TAU_SM, R_TAU, R_TAU_ERROR = 0.9726, 0.9762, 0.0028
#: One-loop electroweak contribution to a_mu in the Standard Model, e.g. 2006.04822.
ELECTROWEAK = 1.948e-9
#: Charges of the U(1) symmetry of sec. IV.
CHARGES = {"l": -2, "ec": 0, "L": 0, "Lc": 1, "S": -1, "Sc": 2}


def statements() -> list[Record]:
    """Check the statements of the abstract and of secs. I to IV.

    >>> sorted({record.place for record in statements() if not record.agrees})
    ['sec. II', 'sec. III', 'sec. IV']
    """
    return [*_moment(), *_two_loops(), *_tau(), *_reach(), *_electron(), *_generations(), *_unification(), *_derived()]


def _predict(theta: list[float], **options: Any) -> dict[str, float]:
    return {name: float(value[0]) for name, value in VectorLikeLeptons(**options).predict([theta]).items()}


def _moment() -> list[Record]:
    """Secs. I and II: size and signs."""
    x = np.geomspace(1e-3, 1e6, 61)
    point = [700.0, 700.0, 0.3, 0.3, 1.0, 0.0]
    high, low = (_predict(point, Lambda=cutoff)["dm_mu_over_m_mu"] for cutoff in (1e5, 1e4))
    values = _predict(point)
    return [
        magnitude("sec. I", "Delta a_mu over the one-loop electroweak contribution", 1.0, DELTA_A / ELECTROWEAK, 0.3,
                  "as large as the electroweak contribution"),
        statement("sec. II", "F(x, y) > 0, x and y from 1e-3 to 1e6", (F(x[:, None], x[None, :]) > 0.0).all()),
        statement("sec. II", "Delta m_mu < 0 where Delta a_mu > 0",
                  values["delta_a_mu"] > 0.0 > values["dm_mu_over_m_mu"], "m_S = m_L = 700 GeV"),
        bound("sec. III", "|Delta m_mu| with Lambda = 1e4 GeV over that with 1e5 GeV", 1.0, low / high,
              note="lowering Lambda reduces it"),
    ]  # fmt: skip


def _power(s: float, m_L: float, m_S: float) -> float:
    """Integral over u of f'(u) u^-s."""

    def integrand(t: float) -> float:
        u = math.exp(t)
        slope = (m_S**2 * m_L**2 - u * u) / ((u + m_L**2) * (u + m_S**2)) ** 2
        return float(slope * u ** (1.0 - s))

    value, _ = quad(integrand, -40.0, 60.0, epsabs=1e-13, epsrel=1e-10, limit=400)
    return float(value)


def _two_loops() -> list[Record]:
    """Sec. II: corrections that spoil the cancellation."""
    constants = VectorLikeLeptons().constants
    records = []
    for mass in (650.0, 1500.0):
        one_loop = _predict([mass, mass, 0.3, 0.3, 1.0, 0.0])["delta_a_mu"]
        unit = LOOP_FACTOR**2 * 0.09 * constants.v * constants.m_mu / mass**2
        records.append(magnitude("sec. II", f"factor with which two loops equal eq (12) at m_S = m_L = {mass:.0f} GeV",
                                 30.0,
                                 one_loop / unit, 0.2,
                                 "it falls as m_W^2/m^2; the top loop has 3 y_t^2 = 2.6"))  # fmt: skip
    gamma = 0.3
    formulas = [(L**-gamma) * (L**gamma - 1.0) / (L * L - 1.0) for L in (3.0, 10.0)]
    integrals = [_power(0.5 * gamma, L, 1.0) for L in (3.0, 10.0)]
    masses = np.array([1.0, 4.0, 25.0, 60.0])  # squared
    parts = [1.0 / np.prod(np.delete(masses, j) - masses[j]) for j in range(len(masses))]
    return [
        *records,
        identity("sec. II", "Higgs of anomalous dimension 0.3: integral at m_L/m_S = 10 over that at 3",
                 formulas[1] / formulas[0], integrals[1] / integrals[0], 1e-7, "(m_L/m_S)^gamma - 1"),
        identity("sec. IV", "sum over the scales m_j^2 of prod_i 1/(m_j^2 - m_i^2), over its largest term", 0.0,
                 float(sum(parts) / np.max(np.abs(parts))), 1e-11, "four masses"),
    ]  # fmt: skip


def face_value_limit(deviations: float) -> float:
    """Largest t_L with which R_tau = R_SM (1 - t_L) is within some standard deviations of the measured value.

    Negative if not even the Standard Model is.

    >>> [round(face_value_limit(n) * 1e3, 2) for n in (1, 2)]
    [-0.82, 2.06]
    """
    return 1.0 - (R_TAU - deviations * R_TAU_ERROR) / R_TAU_SM


def _phase_space(x: float) -> float:
    """Phase space of a leptonic decay, x being the ratio of squared masses."""
    return 1.0 - 8.0 * x + 8.0 * x**3 - x**4 - 12.0 * x * x * math.log(x)


def _tau() -> list[Record]:
    """Sec. III: the ratio of the tau's leptonic widths, at face value."""
    c = get_constants("paper_2021")
    ratio = _phase_space((c.m_mu / c.m_tau) ** 2) / _phase_space((c.m_e / c.m_tau) ** 2)
    t_L = face_value_limit(2.0)
    masses = mass_at_limit(MassPlane(*PANELS[0]), Corner(t_L, paper_corners()["ew"].t_R))
    return [
        number("sec. III", "R_tau of the Standard Model", printed("0.9726"), ratio, note="from phase space"),
        bound("sec. III", "largest t_L with R_tau at its face value, 1 sigma", 0.0, face_value_limit(1.0), "lower",
              "the paper: small m_L or m_S survive; nothing does, not even t_L = 0"),
        evaluation("sec. III", "largest t_L with R_tau within 2 sigma", 2.1e-3, t_L, 0.05,
                   f"not printed; then m_S = m_L < {masses:.0f} GeV", "rounding of the printed R_tau"),
        statement("sec. IV", "with partners of the electron R_tau may be above the Standard Model",
                  _r_tau(2.0, 1.0) > 1.0,
                  "t_e = 2 t_mu"),
        magnitude("sec. IV", "limit on t_L with t_e = t_mu over that with t_e = 0", 1.0,
                  electroweak_limit("t_e=t_mu") / electroweak_limit("t_L"), math.log10(2.0),
                  "the paper: similar; with the shift of G_F, to which both add, it is twice as strong"),
    ]  # fmt: skip


def _r_tau(t_e: float, t_mu: float) -> float:
    """R_tau over that of the Standard Model, for mixings in units of 1e-3."""
    v = VectorLikeLeptons().constants.v
    mass = 1000.0
    Y_e, Y_mu = (math.sqrt(1e-3 * t) * mass / v for t in (t_e, t_mu))
    model = VectorLikeLeptons(generations=["e", "mu"])
    values = [
        float(model.predict([[mass, mass, a, 0.0, 0.0, 0.0, mass, mass, b, 0.0, 0.0, 0.0]])["R_tau"][0])
        for a, b in ((Y_e, Y_mu), (0.0, 0.0))
    ]
    assert math.isclose(float(mixing(Y_e, mass, v)), 1e-3 * t_e)
    return float(values[0] / values[1])


def _reach() -> list[Record]:
    """Abstract and sec. III: what future experiments leave."""
    present = paper_corners()["ew"]
    readings = [future_corners(present, ilc, gigaz) for ilc in ILC_READINGS for gigaz in GIGAZ_READINGS]
    all_covered = all(covered(corners, MassPlane(*panel)) for corners in readings for panel in PANELS)
    records = [statement("abstract", "ILC and GigaZ cover all with m_L > 650 GeV, each reading", all_covered)]
    for panel in PANELS:
        data = fixed_moment(MassPlane(*panel), mass_axis(n=121), mass_axis(1250.0, n=61), paper_corners())
        allowed = abs(data.tuning).where((data.room_ew >= 1.0) & (data["product"] <= 1.0))
        quantity = f"smallest |dm_mu/m_mu| beyond the HL-LHC, Y_V = {panel[0]:g}, Y_V' = {panel[1]:g}"
        note = "allowed points with m_L > 1250 GeV, m_S > 100 GeV: all are tuned"
        records.append(bound("abstract", quantity, 1.0, float(allowed.min()), "lower", note))
    return records


def _electron() -> list[Record]:
    """Sec. IV: electric dipole moment of the electron."""
    weak, strong = (VectorLikeLeptons(generations=["e"], d_e_max=d) for d in (1.1e-29, 4.1e-30))
    light = _electron_mass_point(weak, 1e3, 1e3)
    phases = [float(model.predict(light)["phase_e_max"][0]) for model in (weak, strong)]
    heavy = VectorLikeLeptons(generations=["e"], d_e_max=1.1e-29, top_loop=True, Lambda=1e6)
    phase = float(heavy.predict(_electron_mass_point(heavy, 1e5, 1e3))["phase_e_max"][0])
    muon = _predict([1e3, 1e3, 1.0, 1.0, 1.0, 0.0], Lambda=1e6)["dm_mu_over_m_mu"]
    electron = _predict([1e5, 1e3, 1.0, 1.0, 1.0, 0.0], Lambda=1e6)["dm_mu_over_m_mu"]
    c = VectorLikeLeptons().constants
    return [
        magnitude("sec. IV", "alignment of the electron's phases at 1 TeV, |dm_e| = m_e", 1e-4, phases[0], 0.5,
                  "1.1e-29 e cm, the bound of the time"),
        magnitude("sec. IV", "the same with 4.1e-30 e cm", 1e-4, phases[1], 0.5, "2212.11841"),
        magnitude("sec. IV", "mass without alignment, |dm_e| = m_e, GeV", 1e5, _unaligned_mass(), 0.5,
                  "1.1e-29 e cm, Lambda = 10 m, top loop included"),
        magnitude("sec. IV", "radiative mass with m_L = 100 TeV over that with 1 TeV", c.m_e / c.m_mu, electron / muon,
                  0.5,
                  "m_S = 1 TeV, Y_V' = 0, Lambda = 1000 TeV; the paper: the hierarchy of e and mu"),
        bound("sec. IV", "allowed phase at m_L = 100 TeV, m_S = 1 TeV, |dm_e| = m_e", 1.0, phase, "lower",
              "1.1e-29 e cm, top loop included; the paper: no suppression of the phase is needed"),
    ]  # fmt: skip


def _electron_mass_point(model: VectorLikeLeptons, m_L: float, m_S: float) -> list[list[float]]:
    """Point whose radiative electron mass is as large as the measured one."""
    unit = model.predict([[m_L, m_S, 1.0, 1.0, 1.0, 0.0]])["dm_e_over_m_e"][0]
    return [[m_L, m_S, 1.0, float(-1.0 / unit), 1.0, 0.0]]


def _unaligned_mass() -> float:
    """Mass m_S = m_L above which a phase of pi/4 between mass and dipole of the electron is allowed."""

    def excess(m: float) -> float:
        model = VectorLikeLeptons(generations=["e"], d_e_max=1.1e-29, top_loop=True, Lambda=10.0 * m)
        return float(model.predict(_electron_mass_point(model, m, m))["phase_e_max"][0]) - 0.25 * math.pi

    # The search starts far above the mass at which eqs (12) and (14) cancel.
    return float(brentq(excess, 2e4, 1e6))


def _generations() -> list[Record]:
    """Sec. IV: U(1) charges, and the hierarchy of the lepton masses from the cube of the Yukawa couplings."""
    c = get_constants("paper_2021")
    couplings = {"Y_L": ("l", "Sc"), "Y_R": ("L", "ec"), "Y_V": ("S", "Lc"), "Y_V'": ("L", "Sc"), "y_mu": ("l", "ec"),
                 "m_L": ("L", "Lc"), "m_S": ("S", "Sc")}  # fmt: skip
    charge = {name: CHARGES[a] + CHARGES[b] for name, (a, b) in couplings.items()}
    allowed = {name for name, total in charge.items() if total == 0}
    big, small = (_predict([900.0, 700.0, y, y, y, 0.0])["dm_mu_over_m_mu"] for y in (1.0, 0.5))
    reason = "O(0.1 - 1): half a decade about 0.3"
    return [
        statement("sec. IV", "the U(1) allows Y_L, Y_R, Y_V and forbids Y_V' and the Yukawa coupling of the muon",
                  allowed == {"Y_L", "Y_R", "Y_V"}),
        statement("sec. IV", "m_L and m_S break it alike", charge["m_L"] == charge["m_S"] != 0, "one spurion"),
        identity("sec. IV", "radiative mass with halved Yukawa couplings, Y_V' = 0", 0.125, small / big, 1e-12,
                 "cubic"),
        magnitude("sec. IV", "(m_e/m_mu)^(1/3)", 10**-0.5, (c.m_e / c.m_mu) ** (1 / 3), 0.5, "Yukawa couplings",
                  reason),
        magnitude("sec. IV", "(m_mu/m_tau)^(1/3)", 10**-0.5, (c.m_mu / c.m_tau) ** (1 / 3), 0.5, "Yukawa couplings",
                  reason),
    ]  # fmt: skip


def _unification() -> list[Record]:
    """Sec. IV: gauge couplings with three generations of 5 and its conjugate at 1 TeV, superpartners at 100 TeV."""
    c = get_constants("paper_2021")
    inverse = np.array([0.6 * (1.0 - c.s2_mZ) / c.alpha_mZ_msbar, c.s2_mZ / c.alpha_mZ_msbar, 1.0 / c.alpha_s])
    standard, supersymmetric = np.array([4.1, -19.0 / 6.0, -7.0]), np.array([6.6, 1.0, -3.0])
    stretches = ((c.m_Z, 1e3, standard), (1e3, 1e5, standard + 2.0), (1e5, 1e16, supersymmetric + 3.0))
    for low, high, beta in stretches:
        inverse = inverse - beta / (2.0 * math.pi) * math.log(high / low)
    return [
        bound("sec. IV", "largest gauge coupling alpha at 1e16 GeV, three generations", 1.0, float(1.0 / inverse.min()),
              note="one loop, superpartners at 100 TeV; the paper: perturbative"),
    ]  # fmt: skip


def _derived() -> list[Record]:
    """Numbers that follow from eqs (4) and (12) for the electron."""
    unit = _electron_moment(650.0)
    points = [[650.0, 650.0, 1.0, delta_a / unit, 1.0, 0.0] for delta_a in (-8.7e-13, 4.8e-13)]
    tuning = abs(VectorLikeLeptons(generations=["e"]).predict(points)["dm_e_over_m_e"])
    return [
        evaluation("derived", "delta_a_e = -8.7e-13 with P = -1 up to m, GeV", 3343.0, _electron_reach(8.7e-13), 0.01),
        evaluation("derived", "delta_a_e = +4.8e-13 with P = 1 up to m, GeV", 3940.0, _electron_reach(4.8e-13), 0.01),
        evaluation("derived", "|dm_e/m_e| at 650 GeV for -8.7e-13", 71.0, float(tuning[0]), 0.01),
        evaluation("derived", "|dm_e/m_e| at 650 GeV for +4.8e-13", 39.0, float(tuning[1]), 0.01),
    ]


def _electron_moment(mass: float) -> float:
    """|Delta a_e| of eq (12) for unit couplings at m_S = m_L."""
    return float(VectorLikeLeptons(generations=["e"]).predict([[mass, mass, 1.0, 1.0, 1.0, 0.0]])["delta_a_e"][0])


def _electron_reach(delta_a: float) -> float:
    """Largest m_S = m_L at which |P| = 1 gives |Delta a_e|."""
    return diagonal(lambda m: _electron_moment(m) / delta_a - 1.0)

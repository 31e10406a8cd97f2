"""Every prediction of the model: its place in the kernels' row of values, and its name for users.

A kernel computes all of a point into one row of `SIZE` values and copies those that the options ask for. The row holds
one block for each lepton (e, mu, tau), of which the first `PER_LEPTON` places are named below, then the shared values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from g2fit.models.base import Quantity

__all__ = ["LEPTONS", "observables", "parameters"]

LEPTONS: Final = ("e", "mu", "tau")
QUARKS: Final = ("u", "d", "s", "c", "b")
_LATEX: Final = {"e": "e", "mu": r"\mu", "tau": r"\tau"}

# Places within a lepton's block.
DELTA_A: Final = 0
DM_OVER_M: Final = 1
T_L: Final = 2
T_R: Final = 3
PRODUCT: Final = 4
DGL_W: Final = 5
DGL_ZNU: Final = 6
DGL_Z: Final = 7
DGR_Z: Final = 8
MU_H: Final = 9
THRESHOLD: Final = 10
WIDTH: Final = 11  # of W -> l nu relative to the Standard Model; internal
PER_LEPTON: Final = 12
ELECTRON, MUON, TAU = 0, PER_LEPTON, 2 * PER_LEPTON

# Shared places.
R_TAU: Final = 3 * PER_LEPTON
G_TAU_MU: Final = R_TAU + 1
G_TAU_MU_PI: Final = R_TAU + 2
G_TAU_MU_K: Final = R_TAU + 3
G_TAU_E: Final = R_TAU + 4
G_MU_E: Final = R_TAU + 5
G_MU_E_PI: Final = R_TAU + 6
G_MU_E_K: Final = R_TAU + 7
R_W_MU_E: Final = R_TAU + 8
R_W_TAU_E: Final = R_TAU + 9
R_W_TAU_MU: Final = R_TAU + 10
V_UD: Final = R_TAU + 11
G_MU: Final = R_TAU + 12
PHASE_E: Final = R_TAU + 13
DM_W: Final = R_TAU + 14
QUARK: Final = R_TAU + 15  # dgL_Z_u, dgR_Z_u, dgL_Z_d, ... in the order of QUARKS
SIZE: Final = QUARK + 2 * len(QUARKS)


def parameters(generations: Sequence[str], *, Y_Vp: bool, Lambda: bool) -> tuple[Quantity, ...]:
    """List the parameters: those of each generation's partners, then the cut-off if it is one.

    >>> [p.name for p in parameters(["mu"], Y_Vp=True, Lambda=False)]
    ['m_L', 'm_S', 'Y_L', 'Y_R', 'Y_V', 'Y_Vp']
    >>> parameters(["e", "mu"], Y_Vp=False, Lambda=True)[5].name
    'm_L_mu'
    """
    several = len(generations) > 1
    result = []
    for lepton in generations:
        suffix = f"_{lepton}" if several else ""
        index = f"^{{{_LATEX[lepton]}}}" if several else ""
        which = f" ({lepton} partners)"
        result += [
            Quantity(f"m_L{suffix}", f"m_L{index}", "GeV", "mass of the doublet" + which),
            Quantity(f"m_S{suffix}", f"m_S{index}", "GeV", "mass of the singlet" + which),
            Quantity(f"Y_L{suffix}", f"Y_L{index}", "", "Yukawa coupling of lepton doublet and singlet" + which),
            Quantity(f"Y_R{suffix}", f"Y_R{index}", "", "Yukawa coupling of doublet and lepton singlet" + which),
            Quantity(f"Y_V{suffix}", f"Y_V{index}", "", "Yukawa coupling S L^c H" + which),
        ]
        if Y_Vp:
            prime = f"Y_V^{{\\prime{_LATEX[lepton]}}}" if several else "Y_V'"
            result.append(Quantity(f"Y_Vp{suffix}", prime, "", "Yukawa coupling L S^c H^dagger" + which))
    if Lambda:
        result.append(Quantity("Lambda", r"\Lambda", "GeV", "cut-off of the radiative lepton mass"))
    return tuple(result)


def _of_lepton(lepton: str, several: bool, radiative: bool, gf_shift: bool) -> Iterator[tuple[int, Quantity]]:
    """Yield place and quantity of the predictions for one lepton that has partners."""
    base = LEPTONS.index(lepton) * PER_LEPTON
    l = _LATEX[lepton]
    end, upper = (f"_{lepton}", f"^{l}") if several else ("", "")
    m = f"m_{l}"
    yield base + DELTA_A, Quantity(f"delta_a_{lepton}", rf"\Delta a_{l}", "", "shift of (g-2)/2", sm=0.0)
    yield (
        base + DM_OVER_M,
        Quantity(f"dm_{lepton}_over_m_{lepton}", rf"\Delta {m}/{m}", "", "radiative mass, eq (4): the tuning"),
    )
    if radiative:
        yield (
            base + THRESHOLD,
            Quantity(
                f"threshold_over_m_{lepton}", rf"{m}^{{\Lambda}}/{m}", "", "mass that must come from the cut-off scale"
            ),
        )
    yield base + T_L, Quantity(f"t_L{end}", f"t_L{upper}", "", "(Y_L v/m_S)^2")
    yield base + T_R, Quantity(f"t_R{end}", f"t_R{upper}", "", "(Y_R v/m_L)^2")
    yield base + PRODUCT, Quantity(f"Y_L_Y_R{end}", f"(Y_L Y_R){upper}", "", "product of the couplings", derived=False)
    if not gf_shift:
        yield (
            base + DGL_ZNU,
            Quantity(f"dgL_Z_nu{end}", rf"\delta g_L^{{Z\nu{l}}}", "", "Z coupling of its neutrino", False, 0.0),
        )
    mode = {"e": "ee", "mu": "mumu", "tau": "tautau"}[lepton]
    yield base + MU_H, Quantity(f"mu_h_{mode}", rf"\mu(h\to {l}{l})", "", "signal strength", lepton != "e", 1.0)


def _couplings(generations: Sequence[str], gf_shift: bool) -> Iterator[tuple[int, Quantity]]:
    """Yield place and quantity of the electroweak couplings that differ from the Standard Model."""
    for index, lepton in enumerate(LEPTONS):
        base, l, own = index * PER_LEPTON, _LATEX[lepton], lepton in generations
        if own or gf_shift:
            text = f"W coupling of {lepton}"
            yield base + DGL_W, Quantity(f"dgL_W_{lepton}", rf"\delta g_L^{{W{l}}}", "", text, own, 0.0)
        if gf_shift:
            text = f"left-handed Z coupling of {lepton}"
            yield base + DGL_Z, Quantity(f"dgL_Z_{lepton}", rf"\delta g_L^{{Z{l}}}", "", text, False, 0.0)
        if own or gf_shift:
            text = f"right-handed Z coupling of {lepton}"
            yield base + DGR_Z, Quantity(f"dgR_Z_{lepton}", rf"\delta g_R^{{Z{l}}}", "", text, own, 0.0)
        if gf_shift:
            end = f"_{lepton}" if len(generations) > 1 or not own else ""
            text = f"Z coupling of the neutrino of {lepton}"
            yield base + DGL_ZNU, Quantity(f"dgL_Z_nu{end}", rf"\delta g_L^{{Z\nu{l}}}", "", text, False, 0.0)
    if gf_shift:
        for index, quark in enumerate(QUARKS):
            for side, hand in enumerate("LR"):
                name, label = f"dg{hand}_Z_{quark}", rf"\delta g_{hand}^{{Z{quark}}}"
                text = f"Z coupling of {quark}, handedness {hand}"
                yield QUARK + 2 * index + side, Quantity(name, label, "", text, False, 0.0)
        yield DM_W, Quantity("dm_W", r"\delta m_W", "", "relative shift of the W mass", True, 0.0)


def observables(
    generations: Sequence[str], *, radiative: bool, gf_shift: bool, R_tau_SM: float
) -> tuple[list[int], tuple[Quantity, ...]]:
    """List what is predicted: places in the kernels' row, and quantities.

    What stays at its Standard Model value for every point is not listed.

    >>> places, quantities = observables(["mu"], radiative=False, gf_shift=False, R_tau_SM=0.9726)
    >>> [q.name for q in quantities if q.name.startswith("dg")]
    ['dgL_Z_nu', 'dgL_W_mu', 'dgR_Z_mu']
    """
    several = len(generations) > 1
    rows = [row for lepton in generations for row in _of_lepton(lepton, several, radiative, gf_shift)]
    rows += _couplings(generations, gf_shift)
    e, mu, tau = ("e" in generations, "mu" in generations, "tau" in generations)

    def add(wanted: bool, place: int, name: str, latex: str, text: str, derived: bool, sm: float | None) -> None:
        if wanted:
            rows.append((place, Quantity(name, latex, "", text, derived, sm)))

    ratio = r"g_{}/g_{}"
    g_mu_e, g_tau_mu, g_tau_e = ratio.format(r"\mu", "e"), ratio.format(r"\tau", r"\mu"), ratio.format(r"\tau", "e")
    add(e or mu, R_TAU, "R_tau", r"R_\tau", "Gamma(tau -> mu)/Gamma(tau -> e)", True, R_tau_SM)
    add(mu or tau, G_TAU_MU, "g_tau_over_g_mu", g_tau_mu, "in tau and muon decays", False, 1.0)
    add(mu or tau, G_TAU_MU_PI, "g_tau_over_g_mu_pi", f"({g_tau_mu})_\\pi", "in tau and pion decays", False, 1.0)
    add(mu or tau, G_TAU_MU_K, "g_tau_over_g_mu_K", f"({g_tau_mu})_K", "in tau and kaon decays", False, 1.0)
    add(e or tau, G_TAU_E, "g_tau_over_g_e", g_tau_e, "in tau and muon decays", False, 1.0)
    add(e or mu, G_MU_E, "g_mu_over_g_e", g_mu_e, "in tau decays", False, 1.0)
    add(e or mu, G_MU_E_PI, "g_mu_over_g_e_pi", f"({g_mu_e})_\\pi", "in pion decays", False, 1.0)
    add(e or mu, G_MU_E_K, "g_mu_over_g_e_K", f"({g_mu_e})_K", "in kaon decays", False, 1.0)
    for wanted, place, one, other in (
        (e or mu, R_W_MU_E, "mu", "e"),
        (e or tau, R_W_TAU_E, "tau", "e"),
        (mu or tau, R_W_TAU_MU, "tau", "mu"),
    ):
        label = rf"R_W^{{{_LATEX[one]}/{_LATEX[other]}}}"
        add(wanted, place, f"R_W_{one}_{other}", label, f"Gamma(W -> {one} nu)/Gamma(W -> {other} nu)", False, 1.0)
    text = "V_ud from beta decay over the true one"
    add(mu, V_UD, "V_ud_ratio", r"V_{ud}^\beta/V_{ud}", text, False, 1.0)
    text = "Fermi constant of muon decay over the true one"
    add(e or mu, G_MU, "G_mu_ratio", r"G_\mu/G_F", text, True, 1.0)
    text = "largest phase of dipole against mass allowed by the electron EDM, rad"
    add(e, PHASE_E, "phase_e_max", r"\phi_e^{\max}", text, True, None)
    return [place for place, _ in rows], tuple(quantity for _, quantity in rows)

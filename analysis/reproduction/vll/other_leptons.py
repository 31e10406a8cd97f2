"""Numbers of the literature on vector-like leptons other than [L, N], compared with ours.

Read were abstracts, introductions, and public programs; the text of most papers was not available, so that no point of
their parameter space could be compared. All couplings are given in our normalisation, in which a triplet is the matrix
sigma^a X^a/2 (`g2fit.models.vll.representations.fields`); where a source has another one, the row says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from scipy import constants as si
from scipy.integrate import quad
from scipy.optimize import brentq

from analysis.reproduction.records import Record, bound, evaluation, number, printed, statement
from analysis.reproduction.vll.mass_plane import DELTA_A, DELTA_A_LOW
from g2fit.models.vll.representations.model import VectorLikeRepresentations

__all__ = ["di_higgs", "other_leptons", "tri_higgs"]

#: One GeV^-2 in attobarn (1e-46 m^2).
ATTOBARN = (si.hbar * si.c / (1e9 * si.e)) ** 2 / 1e-46


class Operators(NamedTuple):
    """Coefficients of the operators of dimension six that a heavy lepton leaves, in units of lambda^2/M^2.

    - ``l1``, ``l3``: (phi^+ i D phi)(l gamma l) without and with sigma^a, Warsaw basis;
    - ``e``: (phi^+ i D phi)(e gamma e);
    - ``mass``: (phi^+ phi)(l phi e), in units of the Yukawa coupling y.
    """

    l1: float
    l3: float
    e: float
    mass: float


#: Models 37 to 42 of the dictionary of SMEFiT (file to representation, coefficients): see `_operators`.
SMEFIT = {
    "N": (37, Operators(1 / 4, -1 / 4, 0.0, 0.0)),
    "E": (38, Operators(-1 / 4, -1 / 4, 0.0, 1 / 2)),
    "L": (39, Operators(0.0, 0.0, 1 / 2, 1 / 2)),
    "L_3/2": (40, Operators(0.0, 0.0, -1 / 2, 1 / 2)),
    "Sigma0": (41, Operators(3 / 16, 1 / 16, 0.0, 1 / 4)),
    "Sigma1": (42, Operators(-3 / 16, 1 / 16, 0.0, 1 / 8)),
}
#: Tree-level mass of the muon in units of lambda_D lambda_X lambda_bar v^3/(M_D M_X), from the Lagrangian that
#: MatchingTools integrates, with <phi> = (0, v) inserted. Its doublet and triplet couple by sigma^a: see `_masses`.
MATCHINGTOOLS = {
    ("L", "N"): 0.0,
    ("L", "E"): 1.0,
    ("L_3/2", "E"): 1.0,
    ("L", "Sigma0"): 1.0,
    ("L", "Sigma1"): 1 / 2,
    ("L_3/2", "Sigma1"): -1 / 2,
}


def _operators() -> Iterator[Record]:
    """Compare the coefficients of all six representations with the dictionary of SMEFiT.

    The files ``runcards/uv_models/WC_scan/Fitmaker/Dict_FitMaker_Model_NN_Mass_1.py`` of github.com/LHCfitNikhef/
    smefit_release (commit a9878ad) have the models of 2012.02779 at tree level: lambda^2 as a multiple of one
    coefficient (times M^2), and the ratios of the others to it. They contain the Yukawa coupling of the tau as a
    number, 89 sqrt(2)/12311, which is 1.78 GeV sqrt(2)/246.22 GeV. With <phi> = v = 174 GeV the shifts are, in units of
    v^2, dgL_Z = -(l1 + l3), dgL_Z of the neutrino = -(l1 - l3), dgL_W = 2 l3, dgR_Z = -e and kappa - 1 = -2 mass.
    """
    M, coupling = 2e5, 0.4
    small = "corrections of order (lambda v/M)^2, digits of kappa - 1"
    for name, (file, theirs) in SMEFIT.items():
        model = VectorLikeRepresentations(representations=[name])
        t = (coupling * model.constants.v / M) ** 2
        p = {key: float(value[0]) / t for key, value in model.predict([[M, coupling]]).items()}
        l3 = 0.5 * p["dgL_W_mu"]
        ours = Operators(-p["dgL_Z_mu"] - l3, l3, -p["dgR_Z_mu"], -0.5 * (p["kappa_mu"] - 1.0 / t))
        note = "triplet as sigma^a X^a/2; with sigma^a X^a four times as large" if name.startswith("Sigma") else ""
        place = f"code: SMEFiT, model {file} of 2012.02779"
        for quantity, other, own in zip(Operators._fields, theirs, ours, strict=True):
            yield evaluation(place, f"{name}: coefficient {quantity} M^2/lambda^2", other, own + 0.0, 1e-5, note,
                             small)  # fmt: skip
        yield evaluation(place, f"{name}: coefficient (l1 - l3) M^2/lambda^2, from the neutrino",
                         theirs.l1 - theirs.l3, 0.0 - p["dgL_Z_nu"], 1e-5, note, small)  # fmt: skip


def _masses() -> Iterator[Record]:
    """Compare the tree-level mass of the muon for all six pairs with MatchingTools (1710.06445).

    Its example ``examples/leptons.py`` (github.com/jccriado/matchingtools, commit 9ea2c5a) integrates out the heavy
    leptons. It writes the coupling of lepton and triplet with sigma^a/2, as we do, that of doublet and triplet with
    sigma^a, so that our lambda_bar is twice the one there.
    """
    M, D, X, bar = 3e6, 0.4, 0.3, -0.7
    for pair, theirs in MATCHINGTOOLS.items():
        model, triplet = VectorLikeRepresentations(representations=pair), pair[1].startswith("Sigma")
        unit = X * D * bar * model.constants.v**3 / (M * M * model.constants.m_mu)
        both = [model.predict([[M, M, sign * D, X, 0.6, bar]]) for sign in (1.0, -1.0)]
        if pair == ("L", "N"):  # no charged partner of the left-handed muon: the Higgs coupling stays the same
            plus, minus = (float(p["kappa_mu"][0]) / 2.0 for p in both)
        else:
            plus, minus = (float(p["m_mixing_over_m_mu"][0]) for p in both)
        note = f"there {theirs:g}, as doublet and triplet couple by sigma^a, here by sigma^a/2" if triplet else ""
        yield evaluation("code: MatchingTools, 1710.06445", f"{' + '.join(pair)}: C of m_mixing",
                         0.5 * theirs if triplet else theirs, 0.5 * (plus - minus) / unit + 0.0, 1e-5, note,
                         "corrections of order (lambda v/M)^2, digits of kappa")  # fmt: skip


def _heavy_pair(observable: str, value: float, M: float = 1e5) -> dict[str, float]:
    """Predictions of [L, E] at a point where an observable has a value, for partners of the mass M in GeV."""
    model, coupling = VectorLikeRepresentations(representations=["L", "E"]), 0.3

    def predict(m_mixing_over_m_mu: float) -> dict[str, float]:
        # Only the product of the couplings matters in this limit, however large lambda_bar is.
        c = model.constants
        lambda_bar = m_mixing_over_m_mu * c.m_mu * M**2 / (coupling**2 * c.v**3)
        point = [[M, M, coupling, coupling, 0.0, lambda_bar]]
        return {key: float(number[0]) for key, number in model.predict(point).items()}

    return predict(brentq(lambda x: predict(x)[observable] - value, -3.0, 0.0, xtol=1e-12))


def _two_body(s: float, a: float, b: float) -> float:
    """Phase space of two particles with the squared masses a and b."""
    return math.sqrt(max((s - a - b) ** 2 - 4.0 * a * b, 0.0)) / (8.0 * math.pi * s)


def di_higgs(energy: float, m_mixing: float, v: float, m_h: float) -> float:
    """Cross section of mu+ mu- -> h h from the operator of m_mixing alone, attobarn.

    (phi^+ phi) l phi e with phi = v + h/sqrt(2) contains -(3/2)(m_mixing/v^2) h^2 mu mu, hence
    sigma = beta (3 m_mixing/v^2)^2/(64 pi); all in GeV, v = 174 GeV.

    >>> round(di_higgs(1e4, -0.11359, 174.0, 125.1), 1)
    245.3
    """
    coupling = 3.0 * m_mixing / v**2
    return float(ATTOBARN * coupling**2 / 8.0) * _two_body(energy**2, m_h**2, m_h**2)


def tri_higgs(energy: float, m_mixing: float, v: float, m_h: float) -> float:
    """Cross section of mu+ mu- -> h h h from the contact interaction of m_mixing alone, attobarn.

    The same operator contains -m_mixing/(2 sqrt(2) v^3) h^3 mu mu; exact phase space of three Higgs bosons.

    >>> round(tri_higgs(1e3, -0.11359, 174.0, 125.1), 2)
    2.67
    """
    coupling, s, h = 3.0 * m_mixing / (math.sqrt(2.0) * v**3), energy**2, m_h**2
    phase_space, _ = quad(lambda x: _two_body(s, x, h) * _two_body(x, h, h), 4.0 * h, (energy - m_h) ** 2)
    return float(ATTOBARN * coupling**2 / 24.0 * phase_space / (2.0 * math.pi))


def _muon_collider() -> list[Record]:
    """Compare the cross sections in the abstract of 2108.10950, which follow from Delta a_mu and k = 1 of [L, E]."""
    c = VectorLikeRepresentations(representations=["L", "E"]).constants
    rest = (_heavy_pair("delta_a_mu", DELTA_A)["m_mixing_over_m_mu"] * c.m_mu, c.v, c.m_h)
    growth = tri_higgs(3e4, *rest) / tri_higgs(1e4, *rest)
    return [
        number("abstract of 2108.10950", "L + E: sigma(mu mu -> h h) at 1 TeV, ab", printed("2.4e2"),
               di_higgs(1e3, *rest), note=f"from Delta a_mu = 2.51e-9; {di_higgs(1e4, *rest):.0f} at 10 TeV"),
        number("abstract of 2108.10950", "L + E: sigma(mu mu -> h h h) at 1 TeV, ab", printed("2.7"),
               tri_higgs(1e3, *rest), note="from Delta a_mu = 2.51e-9"),
        evaluation("abstract of 2108.10950", "L + E: sigma(mu mu -> h h h) at 30 TeV over 10 TeV", 9.0, growth, 0.02,
                   "the paper: growing quadratically", "masses of the Higgs bosons"),
    ]  # fmt: skip


def _ratio(M_L: float, M_E: float) -> float:
    """Ratio k = -16 pi^2 v^2 Delta a_mu/(m_mu m_mixing) of [L, E] at lowest order in the couplings."""
    model = VectorLikeRepresentations(representations=["L", "E"])
    c = model.constants
    plus, minus = (model.predict([[M_L, M_E, sign * 1e-2, 1e-2, 0.0, 1e-2]]) for sign in (1.0, -1.0))
    moment, mixing = (float(plus[key][0] - minus[key][0]) for key in ("delta_a_mu", "m_mixing_over_m_mu"))
    return -16.0 * math.pi**2 * c.v**2 * moment / (c.m_mu**2 * mixing)


def _light_neutrino() -> list[Record]:
    """Compare the statement of 1305.3522 that mixing explains both m_mu and Delta a_mu if the neutral L is light."""
    c = VectorLikeRepresentations(representations=["L", "E"]).constants
    k = -16.0 * math.pi**2 * c.v**2 * DELTA_A_LOW / c.m_mu**2
    place, masses = "abstract of 1305.3522", (105.0, 1e4)

    def neutrino(M_E: float, k: float) -> float:
        return float(brentq(lambda M_L: _ratio(M_L, M_E) - k, 30.0, 1e3))

    change = [neutrino(M_E, 0.0) for M_E in masses]
    return [
        *(bound(place, f"L + E: largest M_L with m_mixing = m_mu, GeV, M_E = {M_E:g} GeV", 200.0, neutrino(M_E, k),
                note="Delta a_mu > 1.92e-9, the lower edge of 2021; small couplings") for M_E in masses),
        statement(place, "L + E: Delta a_mu and m_mixing have the same sign at M_L = 200 GeV, not at 400 GeV",
                  all(_ratio(200.0, M_E) < 0.0 < _ratio(400.0, M_E) for M_E in masses),
                  f"the sign changes at {change[0]:.0f} and {change[1]:.0f} GeV for M_E = 105 GeV and 10 TeV"),
    ]  # fmt: skip


def _reversed_coupling() -> list[Record]:
    """Compare what 2106.01373 and 2407.09421 say about a Higgs coupling of opposite sign."""
    p = _heavy_pair("delta_a_mu", DELTA_A)
    moments = [_heavy_pair("kappa_mu", -1.0, M)["delta_a_mu"] for M in (1e5, 2e3, 3e3)]
    texts = [f"{1e10 * moment:.1f}e-10" for moment in moments]
    about = "the paper: {}, taken as {} per cent"
    higher = "the paper finds 10 to 18e-10 with higher orders, which we do not have"
    return [
        Record("sec. I of 2106.01373", "L + E: kappa_mu for Delta a_mu = 2.51e-9", -1.0, p["kappa_mu"], 0.2, "printed",
               about.format("~", 20), f"so mu(h -> mu mu) = {p['mu_h_mumu']:.2f}, the paper: unaffected"),
        Record("abstract of 2407.09421", "L + E: Delta a_mu for kappa_mu = -1, lowest order", 22.5e-10, moments[0],
               0.05, "printed", about.format("around", 5),
               f"limit of large masses; {texts[1]} and {texts[2]} at M_L = M_E = 2 and 3 TeV; {higher}"),
    ]  # fmt: skip


def other_leptons() -> list[Record]:
    """Compare everything that was found.

    >>> records = other_leptons()
    >>> len(records), [record.quantity for record in records if not record.agrees]
    (44, [])
    """
    return [*_operators(), *_masses(), *_muon_collider(), *_light_neutrino(), *_reversed_coupling()]

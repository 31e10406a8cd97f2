"""Parameters and predictions of the models of the MSSM: quantities for users, and rows by name for the kernels."""

from collections import namedtuple
from typing import Any

from g2fit.models.base import Quantity

__all__ = ["MEDIATION_OBSERVABLES", "MEDIATION_PARAMETERS", "OBSERVABLES", "PARAMETERS", "SPARTICLE_OBSERVABLES"]

#: Parameters of the model `mssm`.
PARAMETERS = (
    Quantity("M1", "M_1", "GeV", "bino mass, with sign"),
    Quantity("M2", "M_2", "GeV", "wino mass"),
    Quantity("mu", r"\mu", "GeV", "higgsino mass, with sign"),
    Quantity("tan_beta", r"\tan\beta", "", "v_u/v_d"),
    Quantity("mL_e", r"m_{\tilde e_L}", "GeV", "soft mass of the left selectron"),
    Quantity("mR_e", r"m_{\tilde e_R}", "GeV", "soft mass of the right selectron"),
    Quantity("mL_mu", r"m_{\tilde\mu_L}", "GeV", "soft mass of the left smuon"),
    Quantity("mR_mu", r"m_{\tilde\mu_R}", "GeV", "soft mass of the right smuon"),
)
#: Further parameters of the model `mssm` with trilinear couplings.
TRILINEAR = (
    Quantity("A_e", "A_e", "GeV", "trilinear coupling of the selectrons, in units of the Yukawa coupling"),
    Quantity("A_mu", r"A_\mu", "GeV", "trilinear coupling of the smuons, in units of the Yukawa coupling"),
)
#: Further parameter of the model `mssm` with couplings between the schemes.
SCHEME = (Quantity("coupling_scheme", r"s_g", "", "couplings: 0 on_shell, 1 weak_scale, 2 running, linear between"),)
#: Predictions of both models for a pair of solutions.
OBSERVABLES = (
    Quantity("delta_a_e", r"\Delta a_e", "", "SUSY contribution to a_e", sm=0.0),
    Quantity("delta_a_mu", r"\Delta a_\mu", "", "SUSY contribution to a_mu", sm=0.0),
    Quantity("Delta_e", r"\Delta_e", "", "threshold correction to the electron Yukawa coupling"),
    Quantity("Delta_mu", r"\Delta_\mu", "", "threshold correction to the muon Yukawa coupling"),
    Quantity("y_e", "y_e", "", "electron Yukawa coupling of the MSSM, with sign"),
    Quantity("y_mu", r"y_\mu", "", "muon Yukawa coupling of the MSSM, with sign"),
    Quantity("m_sel_1", r"m_{\tilde e_1}", "GeV", "lighter selectron"),
    Quantity("m_sel_2", r"m_{\tilde e_2}", "GeV", "heavier selectron"),
    Quantity("m_smu_1", r"m_{\tilde\mu_1}", "GeV", "lighter smuon"),
    Quantity("m_smu_2", r"m_{\tilde\mu_2}", "GeV", "heavier smuon"),
    Quantity("vac_ratio_e", "r_e", "", "selectron mixing over its vacuum bound; above 1 the vacuum decays"),
    Quantity("vac_ratio_mu", r"r_\mu", "", "smuon mixing over its vacuum bound; above 1 the vacuum decays"),
    Quantity("delta_qed_e", r"\delta_e^\mathrm{QED}", "", "QED reduction of delta_a_e", derived=False),
    Quantity("delta_qed_mu", r"\delta_\mu^\mathrm{QED}", "", "QED reduction of delta_a_mu", derived=False),
    Quantity("n_branches_e", "n_e", "", "number of electron Yukawa couplings that give m_e"),
    Quantity("n_branches_mu", r"n_\mu", "", "number of muon Yukawa couplings that give m_mu"),
    Quantity("enh_e", r"|1+\Delta_e|^{-1}", "", "|y_e| over its tree value, as heavy Higgs bosons see it"),
    Quantity("enh_mu", r"|1+\Delta_\mu|^{-1}", "", "|y_mu| over its tree value, as heavy Higgs bosons see it"),
    Quantity("enh2_e", r"|1+\Delta_e|^{-2}", "", "square of enh_e: rates through heavy Higgs bosons", False),
    Quantity("enh2_mu", r"|1+\Delta_\mu|^{-2}", "", "square of enh_mu: rates through heavy Higgs bosons", False),
    Quantity("one_plus_Delta_e", r"1+\Delta_e", "", "the tuning of the electron mass"),
    Quantity("y_e_over_y_mu", r"y_e/y_\mu", "", "m_e (1 + Delta_mu) / [m_mu (1 + Delta_e)], eq. 2.7 of 1906.08768"),
)
#: Parts of the moments and their uncertainties by name, with their descriptions, for each lepton.
_PARTS = (
    ("one_loop", r"a_%s^{1\ell}", "one-loop part of delta_a"),
    ("photonic", r"a_%s^\gamma", "photonic two-loop part of delta_a"),
    ("fermion_sfermion", r"a_%s^{f\tilde f}", "fermion/sfermion logarithms in delta_a"),
    ("barr_zee", r"a_%s^\mathrm{BZ}", "Barr-Zee diagrams in delta_a"),
    ("error_gm2calc", r"\sigma_%s^\mathrm{GM2Calc}", "uncertainty of delta_a after GM2Calc"),
    ("error_relative", r"\sigma_%s^\mathrm{rel}", "uncertainty of delta_a, relative to its size"),
)
#: Further predictions of the model `mssm` with the complete two-loop part.
TWO_LOOP_OBSERVABLES = tuple(
    Quantity(f"{name}_{lepton}", latex % symbol, "", f"{text}_{lepton}")
    for name, latex, text in _PARTS
    for lepton, symbol in (("e", "e"), ("mu", r"\mu"))
)
#: Further predictions of the model `mssm` with a bound on the electron's electric dipole moment.
EDM_OBSERVABLES = (
    Quantity(
        "phase_e_max", r"\phi_e^{\max}", "", "largest phase of the electron's dipole that the bound on d_e allows, rad"
    ),
    Quantity("arg_mu_M1_max", r"\arg(\mu M_1)^{\max}", "", "largest phase of mu M1 that the bound on d_e allows, rad"),
)
#: Further predictions of the model `mssm` with all solutions.
BRANCH_OBSERVABLES = (
    Quantity("branch_e", "b_e", "", "index of the electron branch, from 0 by growing |y|"),
    Quantity("branch_mu", r"b_\mu", "", "index of the muon branch, from 0 by growing |y|"),
    Quantity("natural_e", "N_e", "", "1 if the electron branch is the one connected with decoupling"),
    Quantity("natural_mu", r"N_\mu", "", "1 if the muon branch is the one connected with decoupling"),
)

#: Further predictions of both models with the option `sparticles`, the last ones.
SPARTICLE_OBSERVABLES = (
    Quantity("m_N1", r"m_{\tilde\chi^0_1}", "GeV", "lightest neutralino"),
    Quantity("m_C1", r"m_{\tilde\chi^\pm_1}", "GeV", "lighter chargino"),
    Quantity("m_snu_e", r"m_{\tilde\nu_e}", "GeV", "electron sneutrino"),
    Quantity("m_snu_mu", r"m_{\tilde\nu_\mu}", "GeV", "muon sneutrino"),
    Quantity("m_slepton", r"m_{\tilde\ell}^\mathrm{min}", "GeV", "lightest selectron, smuon or sneutrino of e, mu"),
    Quantity("dm_slepton", r"\Delta m_{\tilde\ell}", "GeV", "m_slepton - m_N1; below 0 the neutralino is not the LSP"),
    Quantity("bino_N1", r"|N_{11}|^2", "", "share of the bino in the lightest neutralino", derived=False),
    Quantity("wino_N1", r"|N_{12}|^2", "", "share of the wino in the lightest neutralino", derived=False),
    Quantity("wino_C1", r"|V_{11}|^2", "", "share of the wino in the lighter chargino", derived=False),
    Quantity("left_sel_1", r"\sin^2\theta_{\tilde e}", "", "share of the left in the lighter selectron", derived=False),
    Quantity("left_smu_1", r"\sin^2\theta_{\tilde\mu}", "", "share of the left in the lighter smuon", derived=False),
    Quantity("dm_C1", r"\Delta m_{\tilde\chi_1}", "MeV", "m_C1 - m_N1, for a wino with two loops", derived=False),
    Quantity("tau_C1", r"\tau_{\tilde\chi^\pm_1}", "ns", "lifetime of the chargino if it is a wino", derived=False),
)

#: Parameters of the Higgs mediation scenario.
MEDIATION_PARAMETERS = (
    Quantity("m_bar", r"\bar m", "GeV", "sqrt(-m^2_Hd); mu = -m_bar"),
    Quantity("tan_beta", r"\tan\beta", "", "v_u/v_d"),
    Quantity("d", r"\sqrt{d}", "GeV", "flavour-blind slepton mass, d_L = d_R = d^2"),
    Quantity("M1", "M_1", "GeV", "bino mass, with sign"),
    Quantity("M2", "M_2", "GeV", "wino mass"),
)
#: Further predictions of the Higgs mediation scenario.
MEDIATION_OBSERVABLES = (
    Quantity("abs_y_e", "|y_e|", "", "electron Yukawa coupling without sign"),
    Quantity("abs_y_mu", r"|y_\mu|", "", "muon Yukawa coupling without sign"),
    Quantity("mL_e", r"m_{\tilde e_L}", "GeV", "soft mass of the left selectron at m_bar"),
    Quantity("mR_e", r"m_{\tilde e_R}", "GeV", "soft mass of the right selectron at m_bar"),
    Quantity("mL_mu", r"m_{\tilde\mu_L}", "GeV", "soft mass of the left smuon at m_bar"),
    Quantity("mR_mu", r"m_{\tilde\mu_R}", "GeV", "soft mass of the right smuon at m_bar"),
    Quantity("mass_slope_L", r"c_L", "GeV^2", "(mL_mu^2 - mL_e^2)/(y_mu^2 - y_e^2), eq. 3.4 of 1906.08768"),
    Quantity("mass_slope_R", r"c_R", "GeV^2", "(mR_mu^2 - mR_e^2)/(y_mu^2 - y_e^2), eq. 3.4 of 1906.08768"),
    Quantity("y_tau", r"y_\tau", "", "tau Yukawa coupling of the MSSM"),
    Quantity("m_stau_1", r"m_{\tilde\tau_1}", "GeV", "lighter stau"),
    Quantity("m_stau_2", r"m_{\tilde\tau_2}", "GeV", "heavier stau"),
    Quantity("vac_ratio_tau", r"r_\tau", "", "stau mixing over its vacuum bound; above 1 the vacuum decays"),
    *BRANCH_OBSERVABLES[:2],
)


def _row(name: str, *quantities: Quantity) -> Any:
    """Named tuple whose fields are quantities, in the order of the columns of an array."""
    return namedtuple(name, [quantity.name for quantity in quantities], module=__name__)


Point = _row("Point", *PARAMETERS, *TRILINEAR)
Prediction = _row("Prediction", *OBSERVABLES)
TwoLoopPrediction = _row("TwoLoopPrediction", *TWO_LOOP_OBSERVABLES)
BranchPlaces = _row("BranchPlaces", *BRANCH_OBSERVABLES)
Sparticles = _row("Sparticles", *SPARTICLE_OBSERVABLES)
MediationPoint = _row("MediationPoint", *MEDIATION_PARAMETERS)
MediationPrediction = _row("MediationPrediction", *MEDIATION_OBSERVABLES)

"""Tables 1 and 2 of 1906.08768 as printed, the calculations compared with them, and explanations of what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.reproduction.mssm.landmarks import SM
from analysis.reproduction.records import Printed, printed

__all__ = [
    "CALCULATIONS",
    "EXPLANATIONS",
    "MEDIATION_CALCULATIONS",
    "SMALLEST_G_Y",
    "TABLE_1",
    "TABLE_2",
    "TEV",
    "inputs_1",
    "inputs_2",
]

TEV = 1e3
#: The calculations shown: mass insertion as in the paper's formulas, and everything.
CALCULATIONS: dict[str, dict[str, Any]] = {
    "mia": {"delta": "mia", "amu": "mia", "constants": {"preset": SM, "g_Y": 0.3541}},
    "mia without QED": {"delta": "mia", "amu": "mia", "two_loop": "none", "constants": {"preset": SM, "g_Y": 0.3541}},
    "full": {"delta": "full", "amu": "full", "two_loop": "photonic", "constants": SM},
}
#: M1, M2, mu, tan_beta, mL_e, mR_e, mL_mu, mR_mu as printed; masses in TeV.
TABLE_1_INPUTS = {
    "I": ("1.5", "1.0", "-100", "70", "2.4", "2.3", "5.0", "5.0"),
    "II": ("1.5", "0.6", "-500", "70", "6.0", "6.0", "0.7", "0.7"),
}
#: Lepton: (Delta, a) as printed.
TABLE_1 = {
    "I": {"e": ("-0.97", "-8.8e-13"), "mu": ("-0.23", "-0.1e-9")},
    "II": {"e": ("-0.99", "-7.3e-13"), "mu": ("-23", "3.1e-9")},
}
#: m_bar, tan_beta, d, M1, M2 as printed, masses in TeV; points II and III are branches of one.
TABLE_2_INPUTS = {
    "I": ("100", "70", "2.0", "1.0", "0.6"),
    "II": ("350", "80", "0.28", "1.6", "0.6"),
    "III": ("350", "80", "0.28", "1.6", "0.6"),
}
#: Printed numbers by lepton; masses in TeV, heavier slepton first. 220 and 150 TeV have two significant digits.
TABLE_2: dict[str, dict[str, dict[str, str]]] = {
    "I": {
        "e": {"m_2": "2.0", "m_1": "2.0", "Delta": "-0.96", "y": "0.005", "delta_a": "-6.9e-13"},
        "mu": {"m_2": "4.9", "m_1": "3.7", "Delta": "-0.23", "y": "0.06", "delta_a": "-0.2e-9"},
        "tau": {"m_2": "56", "m_1": "39"},
    },
    "II": {
        "e": {"m_2": "6.4", "m_1": "4.5", "Delta": "-0.99", "y": "0.023", "delta_a": "-5.6e-13"},
        "mu": {"m_2": "0.99", "m_1": "0.64", "Delta": "-15", "y": "0.003", "delta_a": "2.6e-9"},
        "tau": {"m_2": "2.2e2", "m_1": "1.5e2"},
    },
    "III": {
        "e": {"m_2": "6.4", "m_1": "4.5", "Delta": "-0.99", "y": "0.023", "delta_a": "-5.6e-13"},
        "mu": {"m_2": "16", "m_1": "12", "Delta": "-0.19", "y": "0.062", "delta_a": "-0.01e-9"},
        "tau": {"m_2": "2.2e2", "m_1": "1.5e2"},
    },
}
#: Calculations shown for Table 2. With all diagrams the smuons of point II exist for g_Y >= 0.357431.
MEDIATION_CALCULATIONS: dict[str, dict[str, Any]] = {
    "bino": {"delta": "bino", "amu": "full", "two_loop": "photonic", "constants": SM},
    "full, g_Y = 0.3541": {
        "delta": "full",
        "amu": "full",
        "two_loop": "photonic",
        "couplings": "on_shell",
        "constants": SM,
    },
    "full, g_Y = 0.3575": {
        "delta": "full",
        "amu": "full",
        "two_loop": "photonic",
        "constants": {"preset": SM, "g_Y": 0.3575},
    },
}
#: Smallest g_Y with which the smuons of Table 2, II exist, all diagrams, from an independent scan.
SMALLEST_G_Y = 0.357431
#: Why a number differs in some or all of the calculations, by its place and name.
EXPLANATIONS = {
    ("Table 1, I", "Delta_mu"): "Delta_e agrees: no choice of couplings gives both",
    ("Table 1, I", "Delta_e/Delta_mu"): "the printed pair contradicts eq (2.2)",
    ("Table 1, I", "a_e (1 + Delta_e)"): "agrees without delta_QED, or with all diagrams",
    ("Table 2, I", "Delta_mu"): "agrees with all diagrams and g_Y = 0.3541",
    ("Table 2, III", "|y_mu|"): "the printed y and Delta contradict eq (2.1)",
    ("Table 2, III", "Delta_mu"): "agrees with g_Y = 0.3574 or 0.3575",
    ("Table 2, III", "|y_mu (1 + Delta_mu)|"): "the printed y and Delta contradict eq (2.1) by 2 per cent or more",
}


def _inputs(texts: Sequence[str], tan_beta: int) -> list[Printed]:
    return [printed(text, 1.0 if i == tan_beta else TEV) for i, text in enumerate(texts)]


def inputs_1(point: str) -> list[Printed]:
    """Return the inputs of a point of Table 1 in the order of `Mssm.parameters`, masses in GeV.

    >>> inputs_1("II")[4]
    Printed(value=6000.0, half=50.0)
    """
    return _inputs(TABLE_1_INPUTS[point], 3)


def inputs_2(point: str) -> list[Printed]:
    """Return the inputs of a point of Table 2 in the order of `MssmHiggsMediation.parameters`, masses in GeV."""
    return _inputs(TABLE_2_INPUTS[point], 1)

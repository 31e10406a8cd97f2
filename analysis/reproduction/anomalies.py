"""The anomalies that the two papers explain: experiment minus Standard Model, from the numbers of their time."""

from __future__ import annotations

import math

from analysis.reproduction.records import Record, number, printed
from g2fit.data import load

__all__ = ["electron_2019", "rows_2019", "rows_2021"]

#: QED coefficients of a_e in powers of alpha/pi, from the second to the eighth order, mass-independent (1712.06060).
UNIVERSAL = (0.5, -0.328478965579193, 1.181241456587, -1.912245764926)
#: Mass-dependent coefficients, muon and tau loops together, from the second to the tenth order (1712.06060).
MASS_DEPENDENT = (0.0, 5.19738676e-7 + 1.83790e-9, -7.37394170e-6 - 6.5819e-8 + 1.90982e-13, 9.16197e-4 + 7.42924e-6,
                  -3.82e-3)  # fmt: skip
#: Hadronic and weak contributions to a_e with their errors (1712.06060).
HADRONIC, WEAK = (1.693e-12, 0.012e-12), (3.053e-14, 2.3e-16)
#: a_mu of Brookhaven (hep-ex/0602035 with the later ratio of magnetic moments) and of the Standard Model (1802.02995).
A_MU_2006, A_MU_SM_2018 = (11659209.1e-10, 6.3e-10), (11659182.04e-10, 3.56e-10)


def _entry(name: str) -> tuple[float, float]:
    entry = load().entries[name]
    assert entry.value is not None
    return entry.value, entry.error


def electron_2019() -> tuple[float, float]:
    """Return Delta a_e and its error with the a_e of 2008, alpha from caesium, and the tenth order of 2018.

    >>> Delta, error = electron_2019()
    >>> round(Delta * 1e13, 1), round(error * 1e13, 1)
    (-8.7, 3.6)
    """
    measured, alpha_inverse, tenth = (_entry(name) for name in ("ae_exp_2008", "alphainv_cs2018", "ae_A10_akn2018"))
    x = 1.0 / (alpha_inverse[0] * math.pi)
    coefficients = [a + b for a, b in zip((*UNIVERSAL, tenth[0]), MASS_DEPENDENT, strict=True)]
    theory = sum(c * x ** (n + 1) for n, c in enumerate(coefficients)) + HADRONIC[0] + WEAK[0]
    slope = sum((n + 1) * c * x ** (n + 1) for n, c in enumerate(coefficients)) / alpha_inverse[0]
    error = math.hypot(measured[1], slope * alpha_inverse[1], HADRONIC[1], WEAK[1], tenth[1] * x**5)
    return measured[0] - theory, error


def _difference(
    place: str, name: str, texts: tuple[str, str], ours: tuple[float, float], unit: float, note: str
) -> list[Record]:
    """Rows of a printed anomaly and its error; the rounded inputs count as much as the rounding of the result."""
    rows = zip((name, f"error of {name}"), (printed(text, unit) for text in texts), ours, strict=True)
    return [number(place, quantity, given, value, {"inputs": given.relative}, note) for quantity, given, value in rows]


def rows_2019() -> list[Record]:
    """Compare eqs (1.1) and (1.2) of 1906.08768.

    >>> [row.verdict for row in rows_2019()]
    ['agrees', 'agrees', 'differs', 'agrees']
    """
    muon = (A_MU_2006[0] - A_MU_SM_2018[0], math.hypot(A_MU_2006[1], A_MU_SM_2018[1]))
    return [
        *_difference("eq (1.1)", "Delta a_e", ("-8.7", "3.6"), electron_2019(), 1e-13,
                     "QED to tenth order, alpha from caesium"),
        *_difference("eq (1.2)", "Delta a_mu", ("27.4", "7.3"), muon, 1e-10,
                     "Standard Model of 1802.02995; other evaluations of that time differ by as much"),
    ]  # fmt: skip


def rows_2021() -> list[Record]:
    """Compare eq (1) of 2106.01373.

    >>> [row.verdict for row in rows_2021()]
    ['agrees', 'agrees']
    """
    measured, theory = _entry("amu_exp_2021"), _entry("amu_sm_wp2020")
    ours = measured[0] - theory[0], math.hypot(measured[1], theory[1])
    return _difference("eq (1)", "Delta a_mu", ("2.51", "0.59"), ours, 1e-9, "BNL and Fermilab, white paper of 2020")

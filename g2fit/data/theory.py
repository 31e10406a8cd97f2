"""Uncertainties of predictions, by name."""

from __future__ import annotations

from collections.abc import Callable

from g2fit.core.errors import DataError, nearest
from g2fit.data.section import TheoryUncertainty
from g2fit.models.constants import Constants

__all__ = ["PRESETS", "gm2calc", "theory_uncertainty", "vll_two_loop"]


def gm2calc(observable: str) -> TheoryUncertainty:
    r"""Uncertainty of a one-loop MSSM prediction, after GM2Calc (1510.08071).

    GM2Calc 2.3.1 gives its one-loop result the uncertainty

    .. math:: |a^{2L}| + 2.3\times10^{-10} + 0.3\,(|a^{2L(a)}_{\tilde f}| + |a^{2L(a)}_{\chi}|).

    The constant is taken over; for the electron it scales with the squared lepton mass. The two-loop terms are
    replaced by 10 per cent of the prediction: over a broad set of MSSM points the whole two-loop part is below 7.2 per
    cent of the one-loop value for 84 of 100 points (below 17 for 95), and what remains beyond the photonic logarithms
    is below 8.9 per cent for 84 of 100.

    >>> gm2calc("delta_a_mu")
    TheoryUncertainty(absolute=2.3e-10, relative=0.1, from_prediction=None)
    """
    c = Constants()
    scale = {"delta_a_mu": 1.0, "delta_a_e": (c.m_e / c.m_mu) ** 2}
    if observable not in scale:
        raise DataError(f"data.theory_uncertainty.{observable}: 'gm2calc' is for {' and '.join(scale)}")
    return TheoryUncertainty(absolute=2.3e-10 * scale[observable], relative=0.1)


def vll_two_loop(observable: str) -> TheoryUncertainty:
    r"""Uncertainty of the flip term of vector-like leptons, eq (12) of 2106.01373, from two loops.

    The top loop on the Higgs line, eq (14), is the only two-loop term that is known. For m_S = m_L = m it is

    .. math:: \frac{\Delta a^{(14)}}{\Delta a^{(12)}} = -\frac{y_t^2}{32\pi^2}\frac{m^2}{m_W^2 F(x, x)},

    -9 per cent at 650 GeV, -16 at 1 TeV and -28 at 1.5 TeV. Terms of the same order are missing, so that its size at
    1 TeV is the uncertainty of the sum with and without it.

    >>> vll_two_loop("delta_a_mu").relative
    0.16
    """
    if not observable.startswith("delta_a_"):
        raise DataError(f"data.theory_uncertainty.{observable}: 'vll_two_loop' is for anomalous magnetic moments")
    return TheoryUncertainty(relative=0.16)


#: Named uncertainties: a function of the observable.
PRESETS: dict[str, Callable[[str], TheoryUncertainty]] = {"gm2calc": gm2calc, "vll_two_loop": vll_two_loop}


def theory_uncertainty(given: TheoryUncertainty | str, observable: str) -> TheoryUncertainty:
    """Return a theory uncertainty given as numbers or by name."""
    if isinstance(given, TheoryUncertainty):
        return given
    if given not in PRESETS:
        raise DataError(f"data.theory_uncertainty.{observable} = {given!r}; {nearest(given, PRESETS)}")
    return PRESETS[given](observable)

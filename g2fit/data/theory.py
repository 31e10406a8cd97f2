"""Theory uncertainties with a name."""

from collections.abc import Callable

from g2fit.core.errors import DataError, nearest
from g2fit.data.section import TheoryUncertainty
from g2fit.models.constants import Constants

__all__ = ["PRESETS", "gm2calc", "theory_uncertainty", "vll_two_loop"]


def gm2calc(observable: str) -> TheoryUncertainty:
    r"""Uncertainty of a one-loop MSSM prediction, after GM2Calc (1510.08071).

    GM2Calc 2.3.1 gives its one-loop result the uncertainty

    .. math:: |a^{2L}| + 2.3\times10^{-10} + 0.3\,(|a^{2L(a)}_{\tilde f}| + |a^{2L(a)}_{\chi}|).

    The constant is the same here; for the electron it scales with the squared lepton mass. The two-loop terms are
    replaced by 10 per cent of the prediction: in a broad set of MSSM points the complete two-loop part is below 7.2 per
    cent of the one-loop value for 84 of 100 points (below 17 per cent for 95), and the part beyond the photonic
    logarithms is below 8.9 per cent for 84 of 100.

    >>> gm2calc("delta_a_mu")
    TheoryUncertainty(absolute=2.3e-10, relative=0.1, from_prediction=None)
    """
    c = Constants()
    scale = {"delta_a_mu": 1.0, "delta_a_e": (c.m_e / c.m_mu) ** 2}
    if observable not in scale:
        raise DataError(f"data.theory_uncertainty.{observable}: 'gm2calc' is for {' and '.join(scale)}")
    return TheoryUncertainty(absolute=2.3e-10 * scale[observable], relative=0.1)


def vll_two_loop(observable: str) -> TheoryUncertainty:
    r"""Two-loop uncertainty of the flip term of vector-like leptons, eq (12) of 2106.01373.

    The top loop on the Higgs line, eq (14), is the only known two-loop term. For m_S = m_L = m it is

    .. math:: \frac{\Delta a^{(14)}}{\Delta a^{(12)}} = -\frac{y_t^2}{32\pi^2}\frac{m^2}{m_W^2 F(x, x)},

    -9 per cent at 650 GeV, -16 per cent at 1 TeV and -28 per cent at 1.5 TeV. Other terms of the same order are
    unknown, so that its size at 1 TeV is taken as the uncertainty, with and without the top loop.

    >>> vll_two_loop("delta_a_mu").relative
    0.16
    """
    if not observable.startswith("delta_a_"):
        raise DataError(f"data.theory_uncertainty.{observable}: 'vll_two_loop' is for anomalous magnetic moments")
    return TheoryUncertainty(relative=0.16)


#: Name on a card to the function that returns the uncertainty for an observable.
PRESETS: dict[str, Callable[[str], TheoryUncertainty]] = {"gm2calc": gm2calc, "vll_two_loop": vll_two_loop}


def theory_uncertainty(given: TheoryUncertainty | str, observable: str) -> TheoryUncertainty:
    """Return a theory uncertainty that is given as numbers or by name."""
    if isinstance(given, TheoryUncertainty):
        return given
    if given not in PRESETS:
        raise DataError(f"data.theory_uncertainty.{observable} = {given!r}; {nearest(given, PRESETS)}")
    return PRESETS[given](observable)

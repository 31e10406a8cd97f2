"""Uncertainties of predictions."""

from __future__ import annotations

from collections.abc import Callable

from g2fit.constants import Constants
from g2fit.data.section import TheoryUncertainty
from g2fit.errors import DataError, nearest

__all__ = ["PRESETS", "gm2calc", "theory_uncertainty"]


def gm2calc(observable: str) -> TheoryUncertainty:
    r"""Uncertainty of a one-loop MSSM prediction, after GM2Calc (1510.08071, sec. 2.4).

    GM2Calc assigns to its two-loop result

    .. math:: 2.3\times10^{-10} + 0.3\,(|a^{2L(a)}_{\chi}| + |a^{2L(a)}_{\tilde f}|)

    and to the one-loop result the size of the two-loop terms on top. Those terms are not computed here; they are
    dominated by the photonic logarithm and the fermion/sfermion loops, which reach 10 per cent of the one-loop value,
    hence a constant of 2.3e-10 and a relative part of 0.1. For the electron the constant scales with the squared mass.

    >>> gm2calc("delta_a_mu").absolute
    2.3e-10
    """
    c = Constants()
    scale = {"delta_a_mu": 1.0, "delta_a_e": (c.m_e / c.m_mu) ** 2}
    if observable not in scale:
        raise DataError(f"theory_uncertainty {observable}: 'gm2calc' is for {' and '.join(scale)}")
    return TheoryUncertainty(absolute=2.3e-10 * scale[observable], relative=0.1)


#: Named uncertainties: a function of the observable.
PRESETS: dict[str, Callable[[str], TheoryUncertainty]] = {"gm2calc": gm2calc}


def theory_uncertainty(given: TheoryUncertainty | str, observable: str) -> TheoryUncertainty:
    """Return a theory uncertainty given as numbers or by name."""
    if isinstance(given, TheoryUncertainty):
        return given
    if given not in PRESETS:
        raise DataError(f"data.theory_uncertainty.{observable} = {given!r}; {nearest(given, PRESETS)}")
    return PRESETS[given](observable)

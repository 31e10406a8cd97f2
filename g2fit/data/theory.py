"""Theory uncertainties with a name."""

from collections.abc import Callable, Collection, Mapping

from g2fit.core.errors import DataError, nearest
from g2fit.data.section import TheoryUncertainty
from g2fit.models.constants import Constants

__all__ = [
    "MODELS",
    "PRESETS",
    "check_models",
    "gm2calc",
    "gm2calc_two_loop",
    "relative",
    "relative_two_loop",
    "theory_uncertainty",
    "vll_two_loop",
]


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
    scale = {"mu": 1.0, "e": (c.m_e / c.m_mu) ** 2}
    return TheoryUncertainty(absolute=2.3e-10 * scale[_lepton(observable, "gm2calc")], relative=0.1)


def gm2calc_two_loop(observable: str) -> TheoryUncertainty:
    r"""Uncertainty of a two-loop MSSM prediction, exactly as in GM2Calc (1510.08071); needs ``two_loop: full``.

    .. math:: 2.3\times10^{-10} + 0.3\,(|a^{2L(a)}_{\tilde f}| + |a^{2L(a)}_{\chi}|),

    where for the electron the constant scales with the squared lepton mass. The constant was estimated for
    superpartners of some 100 GeV. It is several times the whole prediction where they are heavy, and for the electron
    it is too small near Delta_e = -1, where every error is enhanced by 1/(1 + Delta_e); see `relative_two_loop`.

    >>> gm2calc_two_loop("delta_a_mu")
    TheoryUncertainty(absolute=0.0, relative=0.0, from_prediction='error_gm2calc_mu')
    """
    return TheoryUncertainty(from_prediction=f"error_gm2calc_{_lepton(observable, 'gm2calc_two_loop')}")


def relative(observable: str) -> TheoryUncertainty:
    """Ten per cent of an MSSM prediction without fermion/sfermion logarithms.

    Those logarithms are 7 to 8 per cent of the one-loop moment where squarks have tens of TeV.

    >>> relative("delta_a_e").relative
    0.1
    """
    _lepton(observable, "relative")
    return TheoryUncertainty(relative=0.1)


def relative_two_loop(observable: str) -> TheoryUncertainty:
    """Three per cent of an MSSM prediction with its two-loop logarithms; needs ``two_loop: full``.

    With the option ``delta_logarithms``, 3 per cent of Delta_l are uncertain, too, and independently of it: they change
    the moment by Delta_l/(1 + Delta_l) times as much.

    >>> relative_two_loop("delta_a_e").from_prediction
    'error_relative_e'
    """
    return TheoryUncertainty(from_prediction=f"error_relative_{_lepton(observable, 'relative_two_loop')}")


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
PRESETS: dict[str, Callable[[str], TheoryUncertainty]] = {
    "gm2calc": gm2calc,
    "gm2calc_two_loop": gm2calc_two_loop,
    "relative": relative,
    "relative_two_loop": relative_two_loop,
    "vll_two_loop": vll_two_loop,
}

#: Name on a card to the model that the uncertainty is for; ``mssm`` also stands for every ``mssm_...``.
MODELS: dict[str, str] = {
    "gm2calc": "mssm",
    "gm2calc_two_loop": "mssm",
    "relative": "mssm",
    "relative_two_loop": "mssm",
    "vll_two_loop": "vll",
}


def _lepton(observable: str, name: str) -> str:
    """Lepton of a moment that the MSSM predicts."""
    leptons = {"delta_a_e": "e", "delta_a_mu": "mu"}
    if observable not in leptons:
        raise DataError(f"data.theory_uncertainty.{observable}: {name!r} is for {' and '.join(leptons)}")
    return leptons[observable]


def theory_uncertainty(given: TheoryUncertainty | str, observable: str) -> TheoryUncertainty:
    """Return a theory uncertainty that is given as numbers or by name."""
    if isinstance(given, TheoryUncertainty):
        return given
    if given not in PRESETS:
        raise DataError(f"data.theory_uncertainty.{observable} = {given!r}; {nearest(given, PRESETS)}")
    return PRESETS[given](observable)


def check_models(given: Mapping[str, TheoryUncertainty | str], names: Collection[str], model: str) -> None:
    """Refuse the theory uncertainties of a card that have a name and are for another model.

    The `names` are those of the model on the card and of the models that it extends, `model` is the one for the error.
    """
    fitting = [name for name, kind in MODELS.items() if any(one == kind or one.startswith(f"{kind}_") for one in names)]
    for observable, preset in given.items():
        if isinstance(preset, str) and preset not in fitting:
            allowed = ", ".join([*fitting, "numbers (absolute, relative, from_prediction)"])
            raise DataError(
                f"data.theory_uncertainty.{observable} = {preset!r} is for model {MODELS[preset]!r}, not for "
                f"{model!r}; allowed: {allowed}"
            )

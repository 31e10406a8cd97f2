"""Labels of parameters: read when the card is loaded, and nothing but a formula."""

from __future__ import annotations

import pytest

from g2fit import Card
from g2fit.core.errors import CardError

LINE = {"dist": "loguniform", "min": 100, "max": 1e4}


def load(**fields):
    parameters = {"m_L": {"prior": LINE, **fields}, "m_S": 500, "Y_L": 0.1, "Y_R": 0.1, "Y_V": 1.0, "Y_Vp": 0.0}
    raw = {"model": {"name": "vll"}, "data": {"vintage": "paper_2019"}, "parameters": parameters}
    return Card.from_dict(raw)


@pytest.mark.parametrize("latex", [r"m_{\tilde\mu}", r"\mathrm{M}\,c^2", r"\frac{a}{b}", "m_L", "µ"])
def test_formulas(latex):
    assert load(latex=latex).parameters[0].latex == latex


@pytest.mark.parametrize(
    "latex",
    [
        "a\nb", "a\r", "a\x1b[31m", r"\input{/etc/passwd}", r"\write18{ls}", r"\immediate\openout1=x", "a^^5cinput b",
        "a$ b", "a%", r"a\\", r"\csname input\endcsname", r"\def\x{y}", "m_{", "", " ", "x" * 201, r"\include{x}",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_when_the_card_is_loaded(latex):
    with pytest.raises(CardError) as caught:
        load(latex=latex)
    assert "parameters.m_L.latex = " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_units():
    assert load(unit="TeV").parameters[0].unit == "TeV"
    with pytest.raises(CardError, match=r"parameters\.m_L\.unit"):
        load(unit=r"G}\input{x}")


@pytest.mark.parametrize(("loc", "scale"), [(500, 1e-300), (500, 1e-4), (-1e9, 1.0), (1e300, 1.0)])
def test_truncated_normal_distributions_that_are_too_narrow(loc, scale):
    with pytest.raises(CardError, match=r"m_L\.prior\.scale = .* is too small"):
        load(prior={"dist": "truncnorm", "loc": loc, "scale": scale, "min": 100, "max": 1e4})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cuts": {"m_L": {"min": True, "role": "prior"}}}, "cuts.m_L.min = True: true and false are not allowed here"),
        ({"sampler": {"seed": True}}, "sampler.seed = True"),
        ({"sampler": {"stop": {"ess": True}}}, "sampler.stop.ess = True"),
        ({"parameters": {"m_L": {"value": True}}}, "parameters.m_L.value = True"),
    ],
)
def test_true_is_no_number(change, words):
    parameters = {"m_L": 300, "m_S": 500, "Y_L": 0.1, "Y_R": 0.1, "Y_V": 1.0, "Y_Vp": 0.0} | change.get(
        "parameters", {}
    )
    raw = {"model": {"name": "vll"}, "data": {"vintage": "paper_2019"}, **change, "parameters": parameters}
    with pytest.raises(CardError) as caught:
        Card.from_dict(raw)
    assert words in str(caught.value)

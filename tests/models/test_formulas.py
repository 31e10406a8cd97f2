"""Derived quantities by formulas: a closed grammar with bounds, and the same numbers as Python's."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.core.errors import CardError, G2fitError, ModelError
from g2fit.models import get_model
from g2fit.models.base import Model, Quantity
from g2fit.models.derived import Formula, ModelWithFormulas
from g2fit.models.expressions import FUNCTIONS, parse_expression

VALUES = {"a": 1.25, "b": -0.5, "m_L": 900.0}


def value(text: str) -> float:
    return float(parse_expression(text, list(VALUES), "here")({k: np.array([v]) for k, v in VALUES.items()}).ravel()[0])


@pytest.mark.parametrize(
    "text",
    ["a", "-a**2", "2**-1", "2**3**2", "(a+b)*m_L", "a-b-1", "a/b/2", "--a", "+a", "1e-9*m_L", ".5*a", "2.*a",
     "a*-b", "-a*b", "m_L**.5", "a - -b"],
)  # fmt: skip
def test_numbers_are_those_of_python(text: str) -> None:
    assert value(text) == pytest.approx(eval(text, {}, dict(VALUES)), rel=1e-15)  # noqa: S307


def test_functions_and_constants() -> None:
    assert value("sqrt(m_L) + log(m_L) - log10(m_L)") == pytest.approx(30 + math.log(900) - math.log10(900))
    assert value("min(a, b) + max(a, b)^2") == -0.5 + 1.25**2
    assert value("abs(b)*cos(pi)") == -0.5
    for name, (function, arguments) in FUNCTIONS.items():
        assert value(f"{name}({', '.join(['a', 'm_L'][:arguments])})") == function(*[1.25, 900.0][:arguments])


def test_random_formulas_agree_with_python() -> None:
    rng = random.Random(5)

    def made(depth: int) -> str:
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["a", "b", "2", "0.25", "m_L"])
        if rng.random() < 0.2:
            return f"-{made(depth - 1)}" if rng.random() < 0.5 else f"({made(depth - 1)})"
        return f"{made(depth - 1)} {rng.choice('+-*/')} {made(depth - 1)}"

    for _ in range(300):
        text = made(4)
        try:
            expected = eval(text, {}, dict(VALUES))  # noqa: S307
        except ZeroDivisionError:
            continue
        assert value(text) == pytest.approx(expected, rel=1e-12), text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends where"),
        ("a +", "ends where"),
        ("(a", "not closed"),
        ("a)", r"'\)' is not expected"),
        ("a b", "'b' is not expected"),
        ("m_l/a", "unknown quantity 'm_l'; did you mean 'm_L'"),
        ("sqr(a)", "unknown function 'sqr'; did you mean 'sqrt'"),
        ("min(a)", "min takes 2 arguments, not 1"),
        ("a.__class__", "'.' is not allowed"),
        ("__import__('os')", "unknown function '__import__'|is not allowed"),
        ("a[0]", r"'\[' is not allowed"),
        ("lambda: a", "not allowed|unknown"),
        ("a if b else a", "'if' is not expected"),
        ("a == b", "'=' is not allowed"),
        ("α", "is not allowed"),
        ("a;b", "';' is not allowed"),
        ("(" * 30 + "a" + ")" * 30, "deep"),
        ("-" * 300 + "a", "deep"),
        ("2^" * 100 + "2", "deep"),
        ("+".join("a" * 120), "more than 100"),
        ("a" * 501, "501 characters"),
        ("1e", "'e' is not expected"),
    ],
)
def test_everything_else_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        value(text)
    assert len(str(caught.value)) < 800


CARD = """
model: {{name: vll}}
data: {{vintage: paper_2021}}
priors: {priors}
{more}
output: out
"""


def card(root: Path, tmp_path: Path, more: str) -> Card:
    path = tmp_path / "card.yaml"
    path.write_text(CARD.format(priors=root / "priors/vll-log.yaml", more=more))
    return Card.load(path)


def test_formulas_on_a_card(root: Path, tmp_path: Path) -> None:
    """They are predicted, named in results, and cut; the other predictions are the same to the last bit."""
    made = card(
        root, tmp_path,
        "derived:\n  m_ratio: m_L/m_S\n  root: {expression: sqrt(m_ratio), latex: r, unit: GeV}\n"
        "cuts: {m_ratio: {max: 1, role: prior}, s: {expression: m_L + m_S, min: 1000, role: likelihood}}",
    )  # fmt: skip
    plain = Posterior(card(root, tmp_path, ""))
    posterior = Posterior(made)
    theta = posterior.sample_prior(np.random.default_rng(1), 200)
    found = posterior.predict(theta)
    columns = {name: theta[:, posterior.names.index(name)] for name in ("m_L", "m_S")}
    valid = found["reason"] == 0
    np.testing.assert_array_equal(found["m_ratio"][valid], (columns["m_L"] / columns["m_S"])[valid])
    np.testing.assert_array_equal(found["root"][valid], np.sqrt(found["m_ratio"][valid]))
    assert (columns["m_L"] < columns["m_S"]).all()
    assert posterior.rejections(theta).get("s", 0.0) == pytest.approx(np.mean(sum(columns.values()) < 1000), abs=0.02)
    for name, values in plain.predict(theta).items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    again = Card.from_dict(made.resolved())
    assert again.fingerprint() == made.fingerprint()
    quantity = again.model.observables[again.model.column("root")]
    assert (quantity.latex, quantity.unit, quantity.description) == ("r", "GeV", "sqrt(m_ratio)")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("derived: {m_L: m_S}", "derived.m_L: model 'vll' has a quantity 'm_L'"),
        ("derived: {m/S: m_S}", "derived.m/S: the name must be letters"),
        ("derived: {chain: m_L*2}", "derived.chain: the name must be another, not 'chain'"),
        ("cuts: {delta_chi2: {expression: m_L, max: 1, role: prior}}", "must be another, not 'delta_chi2'"),
        ("derived: {r: m_T}", "derived.r = 'm_T': unknown quantity"),
        ("derived: {r: s, s: m_L}", "unknown quantity 's'"),
        ("derived: {r: 3}", "derived"),
        ("derived: {r: {formula: m_L}}", "expression is missing"),
        ("derived: {r: m_L}\ncuts: {r: {expression: m_S, max: 1, role: prior}}", "define it once"),
    ],
)
def test_wrong_formulas_on_a_card(root: Path, tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(CardError, match=message):
        card(root, tmp_path, more)


def test_a_formula_without_a_value_makes_the_point_invalid() -> None:
    model = ModelWithFormulas(get_model("vll"), {"r": Formula("log(m_L - 900)", "derived.r")})
    found = model.predict(m_L=[800, 1000], m_S=1000, Y_L=0.1, Y_R=0.1, Y_V=0.1, Y_Vp=0.1)
    assert [model.reasons[code] for code in found["reason"]] == ["r_not_finite", "valid"]


class Branches(Model):
    """Two solutions for each point: plus and minus the root of x, one for x = 0."""

    name = "branches"
    solutions = 2
    parameters = (Quantity("x", "x"),)
    observables = (Quantity("root", "r"),)

    def evaluate(self, theta, out, reason):  # type: ignore[no-untyped-def]
        out[:, 0] = (np.sqrt(theta) * [1.0, -1.0]).ravel()
        reason[:] = np.where((theta == 0.0) & np.array([False, True]), -1, 0).ravel()


def test_several_solutions_each_have_their_value() -> None:
    model = ModelWithFormulas(Branches(), {"sum": Formula("x + root", "derived.sum")})
    found = model.predict(x=[4.0, 0.0])
    np.testing.assert_array_equal(found["sum"], [[6.0, 2.0], [0.0, np.nan]])
    assert found["reason"].tolist() == [[0, 0], [0, -1]]


def test_bad_sections(tmp_path: Path) -> None:
    for section, message in (
        ({"file": "own.py"}, "model.class = None"), ({"file": 3, "class": "A"}, "must be a Python file"),
        ({"file": "none.py", "class": "A"}, "cannot be read"), ({"file": "..", "class": "A"}, "Python file"),
        ({"class": "A"}, "must be a Python file"),
    ):  # fmt: skip
        with pytest.raises(G2fitError, match=message):
            Card.from_dict({"model": section, "data": {"vintage": "paper_2019"}}, tmp_path)

"""Functions and models that no file holds: what they take from elsewhere is part of them."""

import functools
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.core.session_code import session_code_hash
from g2fit.models import Model, Options, Quantity

SLOPE = 1.0


def helper(x: Any) -> Any:
    return SLOPE * x


def with_closure(slope: Any) -> Any:
    return lambda values: -slope * values["x"]


def with_default(slope: Any) -> Any:
    return lambda values, slope=slope: -slope * values["x"]


def with_array(slope: Any) -> Any:
    slopes = np.array([slope, 1.0])
    return lambda values: -slopes[0] * values["x"]


def with_function(slope: Any) -> Any:
    inner = with_closure(slope)
    return lambda values: inner(values)


def with_compiled(slope: Any) -> Any:
    line = numba.njit(lambda x: slope * x)
    return lambda values: -line(values["x"])


def with_table(slope: Any) -> Any:
    table = {"slope": [slope]}
    return lambda values: -table["slope"][0] * values["x"]


def with_method(slope: Any) -> Any:
    class Slope:
        """A line whose slope is part of its code."""

        def __call__(self, x: Any) -> Any:
            return slope * x

        @functools.cached_property
        def unused(self) -> float:
            return 0.0

    line = Slope()
    return lambda values: -line(values["x"])


def with_object(slope: Any) -> Any:
    line = np.poly1d([slope, 0.0])
    return lambda values: -line(values["x"])


class Line(Model):
    """A flat line."""

    name = "flat"
    parameters = (Quantity("x", "x"),)
    observables = (Quantity("delta_a_mu", "a", sm=0.0),)

    def predict(self, theta: Any) -> Any:
        return {"delta_a_mu": 2e-9 + 0.0 * theta[:, 0]}


def model(slope: float, default: float = 0.0, label: str = "x") -> type[Model]:
    class Inner(Model):
        """A line."""

        name = "inner"
        parameters = (Quantity("x", label),)
        observables = (Quantity("delta_a_mu", "a", sm=0.0),)

        class Options(Options):
            """Where it begins."""

            start: float = default

        def predict(self, theta: Any) -> Any:
            return {"delta_a_mu": 1e-9 * (self.options.start + slope * theta[:, 0])}

    return Inner


def card(of: Any, **likelihoods: Any) -> Card:
    return Card.from_dict(
        {
            "model": of,
            "data": {"vintage": "paper_2021", "limits": "off"},
            **({"likelihoods": likelihoods} if likelihoods else {}),
            "parameters": {"x": {"prior": {"dist": "uniform", "min": 0, "max": 10}}},
        }
    )


def log_likelihood(of: Card) -> float:
    return float(Posterior(of).log_likelihood([[1.0]])[0])


MADE = [with_closure, with_default, with_array, with_function, with_compiled, with_table, with_object, with_method]


@pytest.mark.parametrize("make", MADE)
def test_functions_that_differ_by_what_they_take(make: Callable[[float], Any]) -> None:
    """Each card has its own function and fingerprint, whatever the order in which they are used."""
    cards = [card(Line(), slope=make(slope)) for slope in (1.0, 2.0)]
    found = [log_likelihood(Card.from_dict(one.resolved())) for one in cards]
    assert found[0] - found[1] == pytest.approx(1.0, abs=1e-12)
    assert cards[0].fingerprint() != cards[1].fingerprint()
    again = card(Line(), slope=make(1.0))
    if make not in (with_compiled, with_method):  # numba names each function anew; an object of a local class is one
        assert again.fingerprint() == cards[0].fingerprint()
        assert again.code() == cards[0].code()
    assert log_likelihood(again) == found[0]


def test_two_functions_of_one_line() -> None:
    pair = {"one": lambda values: -1.0 * values["x"], "other": lambda values: -4.0 * values["x"]}  # fmt: skip
    assert log_likelihood(card(Line(), **pair)) == pytest.approx(log_likelihood(card(Line())) - 5.0, abs=1e-12)


def test_models_that_differ_by_what_they_take() -> None:
    kinds = [model(1.0), model(2.0), model(1.0, 3.0), model(1.0, label="y"), model(1.0)]
    cards = [card(kind()) for kind in kinds]
    assert len({one.fingerprint() for one in cards}) == 4
    assert cards[0].fingerprint() == cards[4].fingerprint()
    found = [log_likelihood(one) for one in cards]
    assert found[0] == found[3] == found[4]
    assert len(set(found)) == 3


def test_variables_of_the_module_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of a function that is called."""
    before = session_code_hash(helper), session_code_hash(lambda values: helper(values["x"]))
    monkeypatch.setitem(globals(), "SLOPE", 2.0)
    after = session_code_hash(helper), session_code_hash(lambda values: helper(values["x"]))
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_imported_modules_of_the_user_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are edited and loaded again; not what is installed."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "lines_of_mine.py").write_text("def line(x):\n    return x\n")
    lines = importlib.import_module("lines_of_mine")

    def hashes() -> tuple[str, str]:
        line = lines.line
        return session_code_hash(lambda values: lines.line(values["x"])), session_code_hash(lambda values: line(values))

    before = hashes()
    assert hashes() == before
    (tmp_path / "lines_of_mine.py").write_text("def line(x):\n    return 2 * x  # twice\n")
    importlib.reload(lines)
    assert not set(hashes()) & set(before)


def test_methods_of_an_object_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook, where the same cell gives the same hash and an edited one another."""
    notebook = ModuleType("notebook_of_mine")
    monkeypatch.setitem(sys.modules, "notebook_of_mine", notebook)
    cell = """
class Line:
    def __init__(self, slope):
        self.slope = slope
    def at(self, x):
        return {factor} * self.slope * x

line = Line(2.0)
likelihood = lambda values: line.at(values["x"])
"""
    found = []
    for factor in (1, 1, 2):
        exec(cell.format(factor=factor), vars(notebook))  # noqa: S102 (a cell of a notebook)
        found.append(session_code_hash(notebook.likelihood))
    assert found[0] == found[1] != found[2]


def test_modules_without_a_file_can_be_used() -> None:
    module = ModuleType("nowhere")
    assert session_code_hash(lambda values: module.line(values)) == session_code_hash(
        lambda values: module.line(values)
    )


def test_what_has_no_content_is_another_one_each_time() -> None:
    def waiting() -> Any:
        lock = iter([])
        lock = (value for value in lock)
        return lambda values: next(lock, values["x"])

    assert session_code_hash(waiting()) != session_code_hash(waiting())

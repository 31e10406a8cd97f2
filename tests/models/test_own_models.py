"""Own models and likelihoods that break the contract: one clear error each, never a traceback, never wrong numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.cli.main import main
from g2fit.core.errors import CardError, G2fitError, ModelError
from g2fit.models import get_model
from g2fit.models.base import Model, Quantity
from g2fit.sampling import runner

HEAD = """
import numpy as np
from g2fit.models import Model, Options, Quantity

class Own(Model):
    name = "own"
    reasons = ("valid", "negative")
    parameters = (Quantity("x", "x"), Quantity("y", "y"))
    observables = (Quantity("delta_a_mu", "a", sm=0.0), Quantity("z", "z"))
"""

GOOD = (
    HEAD
    + """
    def predict(self, theta):
        x, y = theta.T
        return {"delta_a_mu": 1e-9 * x * y, "z": x - y}
"""
)

CARD = """
model: {file: own.py, class: Own}
data: {vintage: paper_2019, limits: off}
parameters:
  x: {prior: {dist: uniform, min: 1, max: 2}}
  y: {prior: {dist: uniform, min: 1, max: 2}}
output: out
"""


def predicting(body: str) -> str:
    return HEAD + "\n    def predict(self, theta):\n        x, y = theta.T\n        " + body.replace("\n", "\n        ")


#: Kind of mistake to the file and what the error says.
BROKEN = {
    "none": (predicting("pass"), "predict returned None"),
    "array": (predicting("return x"), "must return a dict"),
    "list": (predicting("return [x, y]"), "returned a list"),
    "scalar": (predicting('return {"delta_a_mu": 1e-9, "z": x}'), r"delta_a_mu with shape \(\) .* np.full"),
    "short": (predicting('return {"delta_a_mu": x[1:], "z": x}'), "delta_a_mu with shape"),
    "two columns": (predicting('return {"delta_a_mu": theta, "z": x}'), "delta_a_mu with shape"),
    "missing": (predicting('return {"delta_a_mu": x}'), "returned no z; it returned delta_a_mu"),
    "complex": (predicting('return {"delta_a_mu": x + 1j, "z": x}'), "an array of complex128"),
    "texts": (predicting('return {"delta_a_mu": ["a"] * len(x), "z": x}'), "a list of str"),
    "objects": (predicting('return {"delta_a_mu": [None] * len(x), "z": x}'), "real numbers"),
    "ragged": (predicting('return {"delta_a_mu": [[1], [1, 2]] * len(x), "z": x}'), "real numbers"),
    "error": (predicting("raise KeyError('m')"), r"predict: KeyError in own.py, line 13: 'm'"),
    "exit": (predicting("raise SystemExit(3)"), "SystemExit in own.py"),
    "division": (predicting('return {"delta_a_mu": 1 / 0, "z": x}'), "ZeroDivisionError in own.py"),
    "in place": (predicting('theta *= 2\nreturn {"delta_a_mu": x, "z": y}'), "read-only; arrays that are given"),
    "noisy": (predicting('return {"delta_a_mu": x * np.random.rand(len(x)), "z": y}'), "noisy: .*delta_a_mu = "),
    "batch": (predicting('return {"delta_a_mu": x / x.max(), "z": y}'), "depend on which other points"),
    "code 7": (predicting('return {"delta_a_mu": x, "z": y, "reason": np.full(len(x), 7)}'), "code 7 is not one of 0"),
    "reason of floats": (predicting('return {"delta_a_mu": x, "z": y, "reason": 0.0 * x}'), "whole numbers"),
    "unfilled": (HEAD + "\n    def evaluate(self, theta, out, reason):\n        out[:] = 1.0\n", "must fill `reason`"),
    "evaluate": (HEAD + "\n    def evaluate(self, theta, out):\n        pass\n", "TypeError"),
    "neither": (HEAD, "overrides neither"),
    "no name": (GOOD.replace('name = "own"', "pass"), "name = None"),
    "name of ours": (GOOD.replace('"own"', '"vll"'), "choose another name"),
    "twice": (GOOD.replace('Quantity("z"', 'Quantity("x"'), "both a parameter and an observable"),
    "no quantity": (GOOD.replace('Quantity("y", "y")', '"y"'), "parameters must be a tuple of Quantity"),
    "bad quantity name": (GOOD.replace('Quantity("z"', 'Quantity("m/z"'), "letters, digits and underscores"),
    "reason as name": (GOOD.replace('Quantity("z"', 'Quantity("reason"'), "not 'reason'"),
    "label": (GOOD.replace('Quantity("z", "z")', 'Quantity("z", "z^{")'), "latex of z = .* is no LaTeX formula"),
    "reasons": (GOOD.replace('("valid", "negative")', '("bad",)'), "the first 'valid'"),
    "solutions": (GOOD.replace("reasons", "solutions = 0\n    reasons"), "solutions = 0"),
    "no super": (GOOD + "\n    def __init__(self):\n        pass\n", "super"),
    "init": (GOOD + "\n    def __init__(self, mass):\n        super().__init__()\n", "TypeError"),
    "no model": ("class Own:\n    pass\n", "not a class derived"),
    "other class": (GOOD.replace("Own", "Mine"), "defines no 'Own'"),
    "syntax": ("class Own(:\n", r"own.py:1: is not valid Python"),
    "import": ("import no_such_module_at_all\n", "ModuleNotFoundError"),
    "import fails": (GOOD + "\n1 / 0\n", "ZeroDivisionError in own.py"),
    "nul": ("\0", "is not valid Python"),
}  # fmt: skip


def write(folder: Path, code: str = GOOD, card: str = CARD) -> Path:
    (folder / "own.py").write_text(code)
    (folder / "card.yaml").write_text(card)
    return folder / "card.yaml"


def used(card: Path) -> None:
    """Do with a card what ``g2fit check`` and ``g2fit run`` do first."""
    Posterior(Card.load(card)).compile()


@pytest.mark.parametrize("kind", BROKEN)
def test_each_broken_model_is_one_clear_error(kind: str, tmp_path: Path) -> None:
    code, message = BROKEN[kind]
    with pytest.raises(G2fitError, match=message) as caught:
        used(write(tmp_path, code))
    assert "\n" not in str(caught.value)
    assert "own" in str(caught.value)


@pytest.mark.parametrize("verb", ["check", "run"])
def test_verbs_print_the_error_alone(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = write(tmp_path, BROKEN["noisy"][0])
    monkeypatch.setattr(sys, "argv", ["g2fit", verb, str(card)])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert "noisy" in error
    assert not (tmp_path / "out").exists()


LIKELIHOODS = {
    "none": ("return None", "None"),
    "scalar": ("return 0.0", r"shape \(\)"),
    "short": ("return values['x'][1:]", "shape"),
    "complex": ("return values['x'] + 1j", "complex"),
    "infinite": ("return np.full(len(values['x']), np.inf)", "infinity"),
    "in place": ("values['x'][:] = 0\n    return values['x']", "read-only"),
    "key": ("return values['w']", "KeyError in mine.py, line 4"),
    "noisy": ("return np.random.rand(len(values['x']))", "likelihood 'mine' are noisy"),
}


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_each_broken_likelihood_is_one_clear_error(kind: str, tmp_path: Path) -> None:
    body, message = LIKELIHOODS[kind]
    (tmp_path / "mine.py").write_text(f"import numpy as np\n\ndef mine(values):\n    {body}\n")
    card = write(tmp_path, card=CARD + "likelihoods: {mine: {file: mine.py, function: mine}}\n")
    with pytest.raises(G2fitError, match=message):
        used(card)


def test_a_point_without_a_finite_prediction_is_invalid_without_a_warning(tmp_path: Path) -> None:
    write(tmp_path, predicting('return {"delta_a_mu": np.log(x - 1.5), "z": y}'))
    found = get_model(f"{tmp_path}/own.py:Own").predict(x=[1.0, 2.0], y=1.0)
    assert found["reason"].tolist() == [2, 0]
    assert np.isnan(found["z"][0])
    card = Card.load(tmp_path / "card.yaml")
    assert card.model.reasons == ("valid", "negative", "not_finite")


def test_predict_takes_names(tmp_path: Path) -> None:
    write(tmp_path)
    model = get_model(f"{tmp_path}/own.py:Own")
    np.testing.assert_array_equal(model.predict(x=[1, 2], y=3)["z"], model.predict([[1, 3], [2, 3]])["z"])
    for wrong, message in (
        ({"x": 1}, "missing parameter y"), ({"x": 1, "w": 2}, "no parameter 'w'"),
        ({"x": "a", "y": 1}, "must be numbers"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=message):
            model.predict(**wrong)


def test_code_is_part_of_the_fit(tmp_path: Path) -> None:
    """Another text of the file, or of one that it imports, is another card; what was resolved before is refused."""
    (tmp_path / "helper.py").write_text("FACTOR = 1e-9\n")
    code = GOOD.replace("1e-9", "helper.FACTOR").replace("import numpy", "import helper\nimport numpy", 1)
    path = write(tmp_path, code)
    before = Card.load(path)
    assert Card.load(path).fingerprint() == before.fingerprint()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/card.yaml").write_text(before.to_yaml())
    assert Card.load(tmp_path / "out").fingerprint() == before.fingerprint()
    one = before.model.predict(x=1, y=1)["delta_a_mu"][0]
    (tmp_path / "helper.py").write_text("FACTOR = 2e-9\n")
    after = Card.load(path)
    assert after.fingerprint() != before.fingerprint()
    assert after.model.predict(x=1, y=1)["delta_a_mu"][0] == 2 * one
    with pytest.raises(CardError, match="has changed"):
        Card.load(tmp_path / "out")


def test_a_model_of_the_session_runs_here_only() -> None:
    class Local(Model):
        """Straight lines."""

        name = "local_lines"
        parameters = (Quantity("x", "x"),)
        observables = (Quantity("delta_a_mu", "a", sm=0.0),)

        def predict(self, theta, /, **values):  # type: ignore[no-untyped-def]
            return {"delta_a_mu": 1e-9 * theta[:, 0]}

    raw = {
        "model": Local(),
        "data": {"vintage": "paper_2019", "limits": "off"},
        "likelihoods": {"flat": lambda values: 0.0 * values["x"]},
        "parameters": {"x": {"prior": {"dist": "uniform", "min": 0, "max": 1}}},
    }
    card = Card.from_dict(raw)
    assert card.session == ["Local", "<lambda>"] or card.session[0].endswith("Local")
    assert Card.from_dict(card.resolved()).fingerprint() == card.fingerprint()
    with pytest.raises(CardError, match="this session only"):
        card.__getstate__()
    assert Posterior(card).log_likelihood([[0.5]]).shape == (1,)


def test_own_models_are_evaluated_by_one_thread_unless_they_say_otherwise(tmp_path: Path) -> None:
    shared = predicting('self.scratch = x * y\nreturn {"delta_a_mu": 1e-9 * self.scratch, "z": x}')
    for code, threads in ((shared, 1), (GOOD.replace("reasons", "thread_safe = True\n    reasons"), 4)):
        posterior = Posterior(Card.load(write(tmp_path, code)))
        with posterior.shared_by(4):
            assert posterior.threads == threads


SLOW = predicting(
    "import time\ntime.sleep(0.2 * len(x))\n"
    'return {"delta_a_mu": 1e-9 * x * y, "z": x}'
)  # fmt: skip


def test_slow_models_show_progress_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of points of the warm-up is told while it goes on, and an interruption waits for one evaluation."""
    from g2fit.pipeline import execute

    monkeypatch.setattr(runner, "HEARTBEAT", 0.0)
    card = Card.load(write(tmp_path, SLOW))
    told: list[str] = []

    def report(progress: runner.Progress) -> None:
        told.append(progress.stage or progress.message)
        if sum(text.startswith("warm-up: ") for text in told) > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(card, workers=1, report=report)
    assert "checking model 'own' at a few points" in told
    assert told[-1].startswith("warm-up: ")
    assert " of 2,000 points" in told[-1]

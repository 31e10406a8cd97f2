"""Own models and likelihoods that break the contract: one clear error each, never a traceback, never wrong numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior
from g2fit.cli.main import main
from g2fit.core.errors import CardError, G2fitError, ModelError
from g2fit.models import get_model, model_names
from g2fit.models.base import Model, Quantity
from g2fit.models.contract import RESERVED
from g2fit.output.export import export
from g2fit.output.plots import draw
from g2fit.output.plots.several_runs import draw_together
from g2fit.pipeline import execute
from g2fit.results import Result
from g2fit.sampling import progress
from tests.support.broken_models import BROKEN, CARD, GOOD, LIKELIHOOD, LIKELIHOODS, USE_LIKELIHOOD, predicting


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


@pytest.mark.parametrize("kind", LIKELIHOODS)
def test_each_broken_likelihood_is_one_clear_error(kind: str, tmp_path: Path) -> None:
    body, message = LIKELIHOODS[kind]
    (tmp_path / "mine.py").write_text(LIKELIHOOD.format(body=body))
    card = write(tmp_path, card=CARD + USE_LIKELIHOOD)
    with pytest.raises(G2fitError, match=message):
        used(card)


def test_a_point_without_a_finite_prediction_is_invalid_without_a_warning(tmp_path: Path) -> None:
    write(tmp_path, predicting('return {"delta_a_mu": np.log(x - 1.5), "z": y}'))
    found = get_model(f"{tmp_path}/own.py:Own").predict(x=[1.0, 2.0], y=1.0)
    assert found["reason"].tolist() == [2, 0]
    assert np.isnan(found["z"][0])
    card = Card.load(tmp_path / "card.yaml")
    assert card.model.reasons == ("valid", "negative", "not_finite")


@pytest.mark.parametrize("name", model_names())
def test_no_model_has_a_reserved_name(name: str) -> None:
    model = get_model(name)
    assert not RESERVED & {quantity.name for quantity in (*model.parameters, *model.observables)}


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


def test_a_run_whose_model_has_changed_is_shown_by_summary_only(tmp_path: Path) -> None:
    """An empty line is enough; the warning of the summary names the file."""
    card = write(tmp_path)
    content = card.read_text() + "sampler: {walkers: 16, ensembles: 4, proposal: local, max_steps: 20}\n"
    card.write_text(content)
    execute(Card.load(card), workers=1)
    for code in (GOOD + "\n", GOOD.replace("x - y", "x + y")):
        (tmp_path / "own.py").write_text(code)
        result = Result(tmp_path / "out")
        assert result.other_code == ["own"]
        for use in (
            lambda: export(tmp_path / "out", "latex"),
            lambda: draw(Result(tmp_path / "out"), ["corner"], ["png"]),
            lambda: draw_together([Result(tmp_path / "out")], "x", formats=["png"]),
        ):
            with pytest.raises(G2fitError, match=r"own\.py' or a file that it imports has changed"):
                use()
    (tmp_path / "own.py").unlink()
    assert Result(tmp_path / "out").other_code == ["own"]
    assert not {"export", "figures"} & {path.name for path in (tmp_path / "out").iterdir()}


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


def test_a_model_of_a_file_can_be_given_as_an_object(tmp_path: Path) -> None:
    """The card names the file, as if it had been written there."""
    written = Card.load(write(tmp_path))
    given = {**written.resolved(), "model": get_model(f"{tmp_path / 'own.py'}:Own")}
    assert Card.from_dict(given).fingerprint() == written.fingerprint()


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

    monkeypatch.setattr(progress, "HEARTBEAT", 0.0)
    card = Card.load(write(tmp_path, SLOW))
    told: list[str] = []

    def report(now: progress.Progress) -> None:
        told.append(now.stage or now.message)
        if sum(text.startswith("warm-up: ") for text in told) > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(card, workers=1, report=report)
    assert "checking model 'own' at a few points" in told
    assert told[-1].startswith("warm-up: ")
    assert " of 2,000 points" in told[-1]

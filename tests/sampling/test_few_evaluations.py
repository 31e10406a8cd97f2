"""Runs that make few evaluations: nothing is computed twice, and nothing depends on interruptions."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from g2fit import Card, Posterior, run
from g2fit.core.errors import CardError, NotConvergedError
from g2fit.core.parallel.executors import InProcess
from g2fit.posterior.cache import remember
from g2fit.sampling.chain_file import ChainFile
from g2fit.sampling.cost import decided, seconds_per_call
from g2fit.sampling.ensemble import advance
from g2fit.sampling.evaluator import Recorded
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from g2fit.sampling.run_folder import RunFolder
from tests.support.runs import kill_after, write_card


@pytest.fixture
def posterior(tmp_path: Path) -> Posterior:
    made = Posterior(Card.load(write_card(tmp_path)).replace(calls="few"))
    remember(made)
    return made


class _Counted(InProcess):
    """Runs tasks here, and is interrupted after some of them."""

    def __init__(self, tasks: float) -> None:
        self.left = tasks

    def run(self, calls, tick=lambda: None):  # type: ignore[no-untyped-def]
        for pair in super().run(calls, tick):
            if self.left <= 0:
                raise KeyboardInterrupt
            self.left -= 1
            yield pair


def test_an_exploration_that_is_interrupted_computes_nothing_twice(posterior: Posterior, tmp_path: Path) -> None:
    settings = replace(settings_for("few", posterior.dimension, None), target=400.0)
    seeds = seeds_of(1)
    whole = Recorded(posterior, InProcess(), tmp_path / "whole", "", lambda: None)
    expected = explore(posterior.dimension, seeds, settings, whole)
    assert whole.new == expected.calls.sum()
    rng, new, found = random.Random(1), 0, None
    while found is None:
        part = Recorded(posterior, _Counted(rng.randrange(1, 600)), tmp_path / "parts", "", lambda: None)
        with contextlib.suppress(KeyboardInterrupt):
            found = explore(posterior.dimension, seeds, settings, part)
        new += part.new
    assert new == whole.new
    np.testing.assert_array_equal(found.z, expected.z)
    np.testing.assert_array_equal(found.log_weight, expected.log_weight)


def test_an_ensemble_that_is_killed_computes_nothing_twice(
    posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two checkpoints of its chain, which only come when it is asked to stop."""
    found = explore(
        posterior.dimension, seeds_of(1), replace(settings_for("few", posterior.dimension, None), target=400.0),
        lambda _, z: posterior.log_density(z),
    )  # fmt: skip
    calls, limit = [0], [10**9]
    density = posterior.log_density

    def counted(z: np.ndarray) -> np.ndarray:
        if calls[0] + len(z) > limit[0]:
            raise SystemExit  # as if it were killed
        calls[0] += len(z)
        return density(z)

    monkeypatch.setattr(posterior, "log_density", counted)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = ChainFile(tmp_path / "one/ensemble-0.h5"), ChainFile(tmp_path / "two/ensemble-0.h5")
    advance(posterior, one, np.random.SeedSequence(7), 60, exploration=lambda: found)
    alone = calls[0]
    calls[0] = 0
    for limit[0] in (100, 300, 500, 10**9):
        if not two.steps:
            with contextlib.suppress(SystemExit):
                advance(posterior, two, np.random.SeedSequence(7), 60, exploration=lambda: found)
    assert calls[0] == alone
    np.testing.assert_array_equal(one.read("chain", 0, 60), two.read("chain", 0, 60))
    np.testing.assert_array_equal(one.reasons(), two.reasons())
    assert one.state().replayed == two.state().replayed > 0  # type: ignore[union-attr]


@pytest.mark.parametrize("coordinates", ["raw", "chart"])
def test_starting_points_without_an_exploration_cost_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coordinates: str
) -> None:
    """They took 32,768 evaluations or more, which were made again after an interruption."""
    posterior = Posterior(Card.load(write_card(tmp_path)).replace(calls="few", coordinates=coordinates))
    calls, limit = [0], [10**9]
    evaluate = posterior._evaluate

    def counted(theta: np.ndarray) -> None:
        if calls[0] + len(theta) > limit[0]:
            raise SystemExit  # as if it were killed
        calls[0] += len(theta)
        evaluate(theta)

    monkeypatch.setattr(posterior, "_evaluate", counted)
    lengths = []
    for name, limits in (("one", [10**9]), ("two", [300, 10**9])):
        (tmp_path / name).mkdir()
        file, calls[0] = ChainFile(tmp_path / name / "ensemble-0.h5"), 0
        for limit[0] in limits:
            with contextlib.suppress(SystemExit):
                advance(posterior, file, np.random.SeedSequence(7), 2)
        lengths.append(calls[0])
    assert lengths[0] == lengths[1] < 3 * 8 * 32
    one, two = (ChainFile(tmp_path / name / "ensemble-0.h5") for name in ("one", "two"))
    np.testing.assert_array_equal(one.read("chain", 0, 2), two.read("chain", 0, 2))
    np.testing.assert_array_equal(one.reasons(), two.reasons())
    assert one.reasons().sum() == 2 * 32  # of the chain alone


def test_starting_points_keep_to_the_limit_of_evaluations(
    posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, calls = ChainFile(tmp_path / "ensemble-0.h5"), [0]

    def nothing(z: np.ndarray) -> np.ndarray:
        calls[0] += len(z)
        return np.full(len(z), -np.inf)

    monkeypatch.setattr(posterior, "log_density", nothing)
    posterior.card = posterior.card.replace(max_calls=4 * 700)
    with pytest.raises(CardError, match=r"0 of 672 draws are allowed .* more evaluations \(sampler\.max_calls\)"):
        advance(posterior, file, np.random.SeedSequence(7), 2)
    assert calls[0] == 672
    posterior.card = posterior.card.replace(max_calls=4 * 1000)  # goes on from there
    with pytest.raises(CardError, match="0 of 992 draws"):
        advance(posterior, file, np.random.SeedSequence(7), 2)
    assert calls[0] == 992


def test_a_checkpoint_evaluates_few_walkers_again(
    posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, density, asked = ChainFile(tmp_path / "ensemble-0.h5"), posterior.log_density, list[int]()
    advance(posterior, file, np.random.SeedSequence(7), 2)
    monkeypatch.setattr(posterior, "log_density", lambda z: (asked.append(len(z)), density(z))[1])
    advance(posterior, file, np.random.SeedSequence(7), 3)
    assert asked == [2, 16, 16]  # two halves of the walkers are updated


def test_killed_runs_continue_to_the_same_chain(tmp_path: Path) -> None:
    cards = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        card = write_card(tmp_path / name, steps=60)
        card.write_text(card.read_text().replace("walkers: 32,", "calls: few,"))
        cards.append(card)
    with pytest.raises(NotConvergedError):
        run(Card.load(cards[0]), workers=1)
    killed = [kill_after(cards[1], seconds) for seconds in (0.3, 0.8, 1.3)]
    assert any(killed)
    with pytest.raises(NotConvergedError):
        run(Card.load(cards[1]))
    for i in range(4):
        a, b = (RunFolder(card.parent / "out").chain(i) for card in cards)
        np.testing.assert_array_equal(a.read("chain", 0, 60), b.read("chain", 0, 60))
    assert Exploration.load(RunFolder(tmp_path / "two/out").exploration).useful
    assert not list((tmp_path / "two/out").glob(".evaluations-exploration"))


def test_models_of_the_package_are_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the same card could give another chain on a busy machine."""
    monkeypatch.setattr("g2fit.sampling.cost.seconds_per_call", lambda _: 1.0)
    assert decided(Card.load("analysis/vll-2021.yaml").replace(output=tmp_path)).sampler.calls == "many"


def test_the_cost_decides_and_the_folder_remembers(posterior: Posterior, monkeypatch: pytest.MonkeyPatch) -> None:
    card = posterior.card.replace(calls="auto")
    posterior.compile()
    assert 0.0 < seconds_per_call(posterior) < 1e-3
    monkeypatch.setattr("g2fit.sampling.cost.is_own", lambda kind: True)
    monkeypatch.setattr("g2fit.sampling.cost.seconds_per_call", lambda _: 1e-2)
    few = decided(card)
    assert few.sampler.calls == "few"
    assert RunFolder(card.output).open(few) is False
    monkeypatch.setattr("g2fit.sampling.cost.seconds_per_call", lambda _: 1e-7)
    assert decided(card).sampler.calls == "few"
    assert decided(card.replace(output=card.output / "other")).sampler.calls == "many"


@pytest.mark.parametrize("coordinates", ["raw", "chart"])
def test_the_cost_is_that_of_points_inside_the_priors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coordinates: str
) -> None:
    """Other points are refused at once, so that expensive models seemed cheap, or raised errors."""
    posterior = Posterior(Card.load(write_card(tmp_path)).replace(coordinates=coordinates))
    log_density = posterior.log_density

    def checked(z: np.ndarray) -> np.ndarray:
        theta, density = np.empty_like(z), np.empty(len(z))
        posterior.coordinates.to_parameters(z, theta, density)
        posterior.priors.log_prior(theta, density)
        assert np.isfinite(density).all()
        return log_density(z)

    monkeypatch.setattr(posterior, "log_density", checked)
    assert seconds_per_call(posterior) > 0.0

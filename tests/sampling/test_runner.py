"""What ends a run: limits of the card, whatever an interruption has left on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from g2fit import Card, Posterior
from g2fit.posterior.cache import remember
from g2fit.sampling.pool import advance_ensemble
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import Runner
from g2fit.sampling.task_board import TaskBoard
from tests.support.runs import write_card


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose the starting points among fewer draws."""
    monkeypatch.setattr("g2fit.sampling.ensemble.START_DRAWS", 1024)


def stored(path: Path, lengths: list[int]) -> Card:
    """A card whose run was interrupted, with chains of so many steps."""
    card = Card.load(write_card(path, proposal="local")).replace(calls="many")
    folder = RunFolder(card.output)
    folder.open(card)
    remember(Posterior(card))
    token = TaskBoard.create(folder.board, [0] * 4).token
    for index, length in enumerate(lengths):
        advance_ensemble(card, folder.path, token, index, length)
    return card


def end(card: Card, **limits: Any) -> tuple[int, str]:
    """Length of a run that goes on with other limits, and the limit that ended it."""
    runner = Runner(Posterior(card.replace(**limits)), RunFolder(card.output), workers=1)
    return runner.run().steps, runner.progress.message


def test_steps_that_are_stored_are_used_at_a_limit(tmp_path: Path) -> None:
    """The result of an interrupted run that had reached `max_hours` was one of its first 100 steps."""
    card = stored(tmp_path, [160, 150, 150, 150])
    assert end(card, max_hours=1e-9) == (150, "max_hours = 1e-09")
    assert end(card, max_calls=1) == (150, "max_calls = 1")
    assert end(card, max_steps=120) == (120, "max_steps = 120")
    assert RunFolder(card.output).chain(0).steps == 160


@pytest.mark.parametrize("lengths", [[0, 0, 0, 0], [250, 250, 100, 100]])
def test_a_limit_of_evaluations_does_not_depend_on_interruptions(tmp_path: Path, lengths: list[int]) -> None:
    """100 steps of four ensembles of 32 walkers with 8 updates are 102,400 evaluations; the next length is 250."""
    assert end(stored(tmp_path, lengths), max_calls=110_000) == (250, "max_calls = 110000")

"""Levels of a card: they are shown, and determine nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from g2fit.card import Card
from g2fit.core.errors import CardError

CARD = {"model": {"name": "vll"}, "data": {"vintage": "paper_2021"}, "priors": "priors/vll-log.yaml"}


def test_levels_do_not_change_what_is_fitted(root: Path) -> None:
    plain, other = (Card.from_dict({**CARD, **levels}, root) for levels in ({}, {"levels": [0.9, 0.95]}))
    assert (plain.levels, other.levels) == (None, (0.9, 0.95))
    assert "levels" not in plain.resolved()
    assert other.fingerprint() == plain.fingerprint()
    assert other.target() == plain.target()
    assert Card.from_dict(other.resolved(), root).levels == (0.9, 0.95)


@pytest.mark.parametrize("levels", [[0.95, 0.9], [0.9], [0.0, 0.5], [0.5, 1.5]])
def test_bad_levels_are_refused(root: Path, levels: list[float]) -> None:
    with pytest.raises(CardError, match="levels"):
        Card.from_dict({**CARD, "levels": levels}, root)

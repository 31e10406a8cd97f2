"""Posteriors that a worker keeps between its tasks."""

from __future__ import annotations

import threading

from g2fit.card import Card
from g2fit.posterior import Posterior

__all__ = ["posterior_of", "remember"]

#: Posteriors that a thread keeps.
KEPT = 4

_LOCAL = threading.local()


def posterior_of(card: Card) -> Posterior:
    """Posterior of a card, made once a thread: its work space and its counts belong to one task at a time."""
    kept: dict[str, Posterior] = _LOCAL.__dict__.setdefault("posteriors", {})
    key = card.fingerprint() + card.dataset.fingerprint
    if key not in kept:
        remember(Posterior(card))
    return kept[key]


def remember(posterior: Posterior) -> None:
    """Let this thread use a posterior that is there already."""
    kept: dict[str, Posterior] = _LOCAL.__dict__.setdefault("posteriors", {})
    kept[posterior.card.fingerprint() + posterior.card.dataset.fingerprint] = posterior
    while len(kept) > KEPT:
        del kept[next(iter(kept))]

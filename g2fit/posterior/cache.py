"""Posteriors that a worker keeps between its tasks."""

import threading

from g2fit.card import Card
from g2fit.core.files import fingerprint_of
from g2fit.posterior import Posterior

__all__ = ["posterior_of", "remember"]

#: Number of posteriors that each thread keeps; the oldest one is dropped first.
KEPT = 4

_LOCAL = threading.local()


def posterior_of(card: Card) -> Posterior:
    """Posterior of a card, made once per thread, since its workspace and counts serve one task at a time."""
    kept, key = _kept(), _key(card)
    if key not in kept:
        remember(Posterior(card))
    return kept[key]


def remember(posterior: Posterior) -> None:
    """Keep a posterior for this thread's calls of `posterior_of`."""
    kept = _kept()
    kept[_key(posterior.card)] = posterior
    while len(kept) > KEPT:
        del kept[next(iter(kept))]


def _kept() -> dict[str, Posterior]:
    kept: dict[str, Posterior] = _LOCAL.__dict__.setdefault("posteriors", {})
    return kept


def _key(card: Card) -> str:
    """Fingerprint of a card, its data, and the code of whoever has sent it, which the posterior is checked with."""
    return fingerprint_of([card.fingerprint(), card.dataset.fingerprint, vars(card).get("sent_code") or card.code()])

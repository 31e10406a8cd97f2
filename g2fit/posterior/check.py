"""Check a card before running it: what the prior allows, what rejects, and how fast it is."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.posterior import Posterior

__all__ = ["check_card"]


def check_card(card: Card, draws: int = 100_000) -> dict[str, Any]:
    """Evaluate draws of the prior.

    Returns
    -------
    dict
        ``accepted`` (fraction of the draws with a finite likelihood), ``rejections`` (share that each term or reason
        forbids), ``evaluations_per_second`` (one thread), ``prior_fraction`` (what the cuts of role prior leave), and
        what will be fitted.

    Raises
    ------
    CardError
        If nothing is allowed: names the terms that reject.
    """
    posterior = Posterior(card)
    rng = np.random.default_rng(card.sampler.seed)
    summary: dict[str, Any] = {
        "model": card.model_name,
        "options": posterior.model.options.model_dump(mode="json"),
        "vintage": card.dataset.vintage,
        "entries": list(card.dataset.entry_ids),
        "terms": dict(zip(posterior.likelihood.names, posterior.likelihood.roles, strict=True)),
        "sm_valued": sorted(posterior.likelihood.sm_valued),
        "warnings": list(card.dataset.warnings),
        "parameters": {
            p.name: (f"{p.prior.dist} {p.prior.arguments}" if p.prior else p.same_as or p.value)
            for p in card.parameters
        },
        "output": str(card.output),
        "fingerprint": card.fingerprint(),
    }
    if not card.sampled:
        summary |= {"accepted": 1.0, "rejections": {}, "prior_fraction": [1.0, 0.0], "evaluations_per_second": None}
        return summary
    posterior.compile()
    theta = posterior.sample_prior(rng, draws)
    begun = time.perf_counter()
    score = posterior.log_likelihood(theta)
    spent = time.perf_counter() - begun
    accepted = float(np.isfinite(score).mean())
    rejections = posterior.rejections(theta)
    if accepted == 0.0:
        raise posterior.nearly_empty(theta, 0, draws)
    return summary | {
        "accepted": accepted,
        "rejections": rejections,
        "prior_fraction": list(posterior.prior_fraction(rng)),
        "best_log_likelihood": float(score.max()),
        "evaluations_per_second": draws / spent,
    }

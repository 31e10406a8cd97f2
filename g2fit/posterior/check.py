"""Check a card before it is run: the constraints that reject prior draws, and the speed of the likelihood."""

import time
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.posterior import Posterior
from g2fit.posterior.excluded_priors import excluded_priors

__all__ = ["check_card"]

#: Seconds that the evaluations of a check should take at most, and fewest draws.
SECONDS, FEWEST = 30.0, 16

#: Evaluations of each draw: for its likelihood, and two each for what rejects it and for limits; and further ones where
#: cuts of role prior are evaluated, to draw it (at least one) and for the share of the prior that they leave.
PASSES, PASSES_OF_CUTS = 5, 2

#: Draws of which one must be allowed; fewer say nothing.
ENOUGH = 10_000

#: Most draws whose validity is examined.
BEYOND_DRAWS = 10_000


def check_card(card: Card, draws: int = 100_000) -> dict[str, Any]:
    """Evaluate draws of the prior; a `CardError` names the terms that reject them if none is allowed.

    Where evaluations are slow, as many draws are evaluated as fit into half a minute. The report holds ``accepted``
    (fraction of the draws with a finite likelihood), ``rejections`` (fraction that each term or reason rejects),
    ``evaluations_per_second`` (of one thread), ``prior_fraction`` (fraction of the prior that the cuts of role prior
    leave, with its error), ``warnings`` on the data and on priors that limits squeeze, ``beyond`` (share of the allowed
    draws at which something matters that the options leave out, see `Model.beyond`; from at most `BEYOND_DRAWS` of
    them), ``best_log_likelihood`` (of the draws, None if none is allowed), and what will be fitted.
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
        "not_applicable": list(posterior.likelihood.not_applicable),
        "warnings": list(card.dataset.warnings),
        "parameters": {
            p.name: (f"{p.prior.dist} {p.prior.arguments}" if p.prior else p.same_as or p.value)
            for p in card.parameters
        },
        "output": str(card.output),
        "fingerprint": card.fingerprint(),
    }
    if not card.sampled:
        nothing = {
            "accepted": 1.0,
            "rejections": {},
            "beyond": {},
            "prior_fraction": [1.0, 0.0],
            "evaluations_per_second": None,
        }
        return summary | nothing
    posterior.compile()
    draws = _affordable(posterior, draws)
    theta = posterior.sample_prior(rng, draws)
    begun = time.perf_counter()
    log_likelihood = posterior.log_likelihood(theta)
    spent = time.perf_counter() - begun
    allowed = np.isfinite(log_likelihood)
    accepted = float(allowed.mean())
    if accepted == 0.0 and draws >= ENOUGH:
        raise posterior.nearly_empty(theta, 0, draws)
    return summary | {
        "accepted": accepted,
        "rejections": posterior.rejections(theta),
        "draws": draws,
        "warnings": [*summary["warnings"], *excluded_priors(posterior, theta)],
        "beyond": posterior.beyond(theta[allowed][:BEYOND_DRAWS]) if allowed.any() else {},
        "prior_fraction": list(posterior.prior_fraction(rng, draws)),
        "best_log_likelihood": float(log_likelihood.max()) if allowed.any() else None,
        "evaluations_per_second": draws / spent,
    }


def _affordable(posterior: Posterior, draws: int) -> int:
    """Number of draws that a check can afford, at most `draws`: from the time of ever larger batches."""
    points, rng = 1, np.random.default_rng(0)
    passes = PASSES + PASSES_OF_CUTS * posterior.cuts_prior
    while True:
        theta = posterior.priors.sample(rng, points)
        begun = time.perf_counter()
        posterior.log_likelihood(theta)
        spent = time.perf_counter() - begun
        if spent > 0.2 or points >= draws:
            return int(np.clip(SECONDS / passes * points / max(spent, 1e-9), min(FEWEST, draws), draws))
        points = min(8 * points, draws)

"""Priors that limits of the data squeeze: fixed values and whole ranges beyond a limit; limits that leave little."""

import math

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.data import Limit
from g2fit.data.measurement import Application
from g2fit.likelihoods.kernel import PARAMETER
from g2fit.likelihoods.tables import find
from g2fit.models.base import VALID
from g2fit.posterior.allowed_draws import allowed_draws
from g2fit.posterior.posterior import Posterior

__all__ = ["draws_to_examine", "excluded_priors"]

#: Draws of a prior that are enough to examine it, and the fewest with which it is examined.
EXAMINED, LEAST = 4096, 256

#: Share of the prior that one limit may remove without a warning.
MOST_REMOVED = 0.95

#: Logarithm of a smooth limit at its bound, where half of the likelihood is left.
AT_BOUND = -math.log(2.0)


def excluded_priors(posterior: Posterior, theta: FloatArray | None = None) -> list[str]:
    """Warn of what would make a posterior and its evidence an artefact of the choice of the prior.

    Parameters
    ----------
    posterior : Posterior
        The posterior; nothing is evaluated.
    theta : (N, D) array, optional
        Draws of the prior, which are evaluated to find limits and cuts of role likelihood that alone remove more than
        `MOST_REMOVED` of it.

    Returns
    -------
    list of str
        A sentence for each fixed value and each prior that lies beyond a limit as a whole, and for each such limit.
    """
    found = []
    for limit in posterior.likelihood.dataset.limits:
        for application in limit.applies_to:
            if limit.bound is not None and application.concerns(posterior.model.name):
                text = _beyond(posterior, limit, application)
                found += [text] if text else []
    return found + ([] if theta is None else _removing(posterior, theta))


def draws_to_examine(posterior: Posterior, rng: np.random.Generator) -> FloatArray:
    """Draw `EXAMINED` points of the prior, or at least `LEAST` where the cuts leave little of it; shape (N, D)."""
    return allowed_draws(posterior, rng, EXAMINED, least=LEAST, tried=10 * EXAMINED)


def _beyond(posterior: Posterior, limit: Limit, application: Application) -> str:
    """Say that a parameter cannot fulfil a limit, if that is so."""
    place = find(posterior.model, application.quantity)
    if place is None or place[0].kind != PARAMETER or limit.bound is None:
        return ""
    card = posterior.card
    setting = next(p for p in card.parameters if p.name == place[1].name)
    source = next((p for p in card.parameters if p.name == setting.same_as), setting)
    if source.prior is None:
        ends = (float(source.value or 0.0),) * 2
        what = f"{setting.name} = {ends[0]:g} is fixed"
    else:
        ends = source.prior.minimum, source.prior.maximum
        what = f"the whole prior of {setting.name}, {ends[0]:g} to {ends[1]:g}, lies"
    least = 0.0 if ends[0] < 0.0 < ends[1] else min(map(abs, ends))
    allowed = max(map(abs, ends)) >= limit.bound if limit.side == "lower" else least <= limit.bound
    if allowed:
        return ""
    sign = ">" if limit.side == "lower" else "<"
    where = f", which holds where it is below {', '.join(application.lightest_of)}" if application.lightest_of else ""
    bound = f"{place[1].name} {sign} {limit.bound:g} {place[1].unit}".strip()
    return f"{what} beyond the limit {bound} ({limit.entry.id}){where}"


def _removing(posterior: Posterior, theta: FloatArray) -> list[str]:
    """Name each limit or cut that alone removes nearly all of the prior."""
    likelihood = posterior.likelihood
    measured = {item.term for item in likelihood.compared} | {term.name for term in likelihood.custom}
    measured |= {grid.entry.id for grid in likelihood.dataset.grids if grid.threshold is None}
    roles = dict(zip(likelihood.names, likelihood.roles, strict=True))
    valid = (posterior.predict(theta)["reason"] == VALID).reshape(len(theta), -1)
    points = valid.any(axis=1)
    if not points.any():
        return []
    texts = []
    for name, values in posterior.terms(theta).items():
        if name in measured or roles[name] == "prior":
            continue
        within = valid & (values >= AT_BOUND - 1e-9).reshape(valid.shape)
        share = 1.0 - float(within[points].any(axis=1).mean())
        if share > MOST_REMOVED:
            texts.append(
                f"the limit on {name} alone removes {share:.1%} of the valid points of the prior: the posterior lies "
                "in what is left of it, and the evidence measures the choice of the prior"
            )
    return texts

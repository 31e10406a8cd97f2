"""Cost of an evaluation of the likelihood, which decides whether a run makes few or many of them."""

import time
from typing import Literal

import numpy as np

from g2fit.card import Card
from g2fit.posterior import Posterior
from g2fit.sampling.run_folder import RunFolder

__all__ = ["decided", "seconds_per_call", "updates_per_step"]

#: Seconds per evaluation above which fits of mixtures cost less than the evaluations that they save.
EXPENSIVE = 5e-5

#: Seconds of evaluations that tell the cost well enough, and most points that are timed.
ENOUGH, MOST = 0.01, 4096

#: Updates of all walkers in a stored step where the likelihood is evaluated often; elsewhere each is stored.
UPDATES = 8


def updates_per_step(calls: str) -> int:
    """Updates of all walkers in a stored step, in a run with ``few`` or ``many`` evaluations."""
    return 1 if calls == "few" else UPDATES


def seconds_per_call(posterior: Posterior) -> float:
    """Measured time of an evaluation, in seconds: of a batch of prior draws, the larger the cheaper they are."""
    rng, points = np.random.default_rng(0), 1
    posterior.log_density(rng.standard_normal((1, posterior.dimension)))  # the first call may prepare something
    while True:
        z = rng.standard_normal((points, posterior.dimension))
        begun = time.perf_counter()
        posterior.log_density(z)
        spent = time.perf_counter() - begun
        if spent > ENOUGH or points >= MOST:
            return spent / points
        points *= 8


def decided(card: Card, posterior: Posterior | None = None) -> Card:
    """Return the card with ``sampler.calls`` decided: as in its run folder, else by the measured cost.

    A measured time enters a run only once: the folder keeps what followed from it, so that the run can be continued.
    """
    if card.sampler.calls != "auto":
        return card
    known = RunFolder(card.output).calls()
    if known is None:
        calls: Literal["few", "many"]
        calls = "few" if seconds_per_call(posterior or Posterior(card)) > EXPENSIVE else "many"
        known = calls
    return card.replace(calls=known)

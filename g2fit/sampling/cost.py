"""Cost of an evaluation of the likelihood, which decides whether a run makes few or many of them."""

import time
from collections.abc import Callable

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import StoreError
from g2fit.models.contract import is_own
from g2fit.posterior import Posterior
from g2fit.sampling.run_folder import RunFolder

__all__ = ["decided", "seconds_per_call", "updates_per_step"]

#: Seconds per evaluation above which fits of mixtures cost less than the evaluations that they save.
EXPENSIVE = 5e-5

#: Seconds of evaluations that tell the cost well enough, and most points that are timed.
ENOUGH, MOST = 0.01, 4096

#: Seconds after which a batch is not timed again.
LONG = 0.5

#: Updates of all walkers in a stored step where the likelihood is evaluated often; elsewhere each is stored.
UPDATES = 8


def updates_per_step(calls: str) -> int:
    """Updates of all walkers in a stored step, in a run with ``few`` or ``many`` evaluations."""
    return 1 if calls == "few" else UPDATES


def seconds_per_call(posterior: Posterior) -> float:
    """Measured time of an evaluation, in seconds: of a batch of prior draws, the larger the cheaper they are.

    They are draws inside the priors, whatever the coordinates are: other points cost next to nothing, since they are
    refused at once. Each batch is timed up to three times, and the shortest time counts: other programs can only make
    it longer.
    """
    rng, points = np.random.default_rng(0), 1
    from_parameters = posterior.coordinates.from_parameters
    posterior.log_density(from_parameters(posterior.priors.sample(rng, 1)))  # the first call may load something
    while True:
        z = from_parameters(posterior.priors.sample(rng, points))
        shortest, begun = np.inf, time.perf_counter()
        for _ in range(3):
            before = time.perf_counter()
            posterior.log_density(z)
            shortest = min(shortest, time.perf_counter() - before)
            if time.perf_counter() - begun > LONG:
                break
        if shortest > ENOUGH or points >= MOST:
            return float(shortest / points)
        points *= 8


def decided(card: Card, announce: Callable[[str], None] = lambda message: None) -> Card:
    """Return the card with ``sampler.calls`` decided: as in its run folder, else by the cost of an evaluation.

    The models and likelihoods of this package cost little on every machine; those of users are timed. A measured time
    enters a run only once: the folder keeps what followed from it, so that the run can be continued.
    `announce` is told before kernels are compiled for the measurement.

    Raises
    ------
    StoreError
        If the card asks for another number of evaluations than the run in its folder makes.
    """
    known = RunFolder(card.output).calls()
    wanted = card.sampler.calls
    if wanted != "auto":
        if known not in {None, wanted}:
            raise StoreError(
                f"{card.output}: belongs to a run with sampler.calls = {known}, not {wanted}; choose another output "
                "folder (--out) or remove this one"
            )
        return card
    if known is None:
        posterior, known = Posterior(card), "many"
        if is_own(posterior.model.implementation) or posterior.likelihood.custom:
            posterior.compile(announce)
            known = "few" if seconds_per_call(posterior) > EXPENSIVE else "many"
    return card.replace(calls=known)

"""Evidence from the evaluations that explored a posterior, without new ones: for likelihoods that cost much."""

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from g2fit.core.files import fingerprint_of
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import one_blas_thread
from g2fit.inference.evidence.estimate import Estimate, Report, no_report, weight_warnings, without_cuts
from g2fit.inference.evidence.importance import Importance
from g2fit.inference.evidence.target import PosteriorTarget, prior_fraction
from g2fit.posterior import Posterior
from g2fit.sampling.agreement import doubts
from g2fit.sampling.evaluator import Recorded
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.run_folder import RunFolder

__all__ = ["FRACTION_DRAWS", "draws_of_the_prior", "from_evaluations", "from_exploration", "recycled"]

#: Prior draws that determine the share of the prior that its cuts allow.
FRACTION_DRAWS = 4096

#: Prior draws that show what rejects them, where an exploration finds no allowed point.
SHOWN = 64

#: Journal of the evaluations, in the folder of the evidence.
JOURNAL = ".evaluations-evidence"


def from_evaluations(
    posterior: Posterior,
    folder: RunFolder | None,
    place: Path | None,
    seed: int,
    workers: int,
    scheduler: str | None,
    report: Report,
) -> Importance:
    """Evidence from the exploration of a run or, if there is none, from one of its own.

    Its evaluations are recorded in `place`, if there is one, until it is finished. Only if the prior has cuts are there
    further ones, of `FRACTION_DRAWS` of its draws.

    Raises
    ------
    CardError
        If the exploration finds no allowed point; names the terms that reject draws of the prior.
    """
    begun = time.monotonic()
    found = None if folder is None else folder.load_weighted()
    if found is None:
        found = _explored(posterior, place, seed, workers, scheduler, report)
    fraction = prior_fraction(PosteriorTarget(posterior), np.random.default_rng(seed), FRACTION_DRAWS)
    return recycled(found, fraction, time.monotonic() - begun)


def from_exploration(posterior: Posterior, seed: int, workers: int) -> Importance:
    """Evidence from an exploration of its own, of which nothing is kept."""
    with one_blas_thread():
        return from_evaluations(posterior, None, None, seed, workers, None, no_report)


def _explored(
    posterior: Posterior, place: Path | None, seed: int, workers: int, scheduler: str | None, report: Report
) -> Exploration:
    settings = settings_for("few", posterior.dimension, posterior.card.sampler.max_calls)

    def tell(ladders: Sequence[Ladder]) -> None:
        have = sum(min(ladder.effective_draws(), settings.target) for ladder in ladders)
        report("bridge: exploring", int(have), int(settings.target * len(ladders)), math.nan, math.nan)

    with ExitStack() as stack:
        if place is None:
            place = Path(stack.enter_context(TemporaryDirectory()))
        place.mkdir(parents=True, exist_ok=True)
        executor = stack.enter_context(open_executor(scheduler, workers))
        card = posterior.card
        key = fingerprint_of([card.fingerprint(), card.dataset.fingerprint, card.code()])
        evaluate = Recorded(posterior, executor, place / JOURNAL, key, lambda: None)
        found = explore(posterior.dimension, seeds_of(seed), settings, evaluate, tell)
        (place / JOURNAL).unlink(missing_ok=True)
    if not np.isfinite(found.log_z).any():
        theta = posterior.sample_prior(np.random.default_rng(seed), SHOWN)
        raise posterior.nearly_empty(theta, 0, int(found.calls.sum()))
    return found


def recycled(found: Exploration, fraction: tuple[float, float], seconds: float) -> Importance:
    """Evidence from the weighted draws of an exploration.

    Parameters
    ----------
    found : Exploration
        The exploration, of a run or for the evidence alone.
    fraction : (float, float)
        Share of the prior that its cuts allow, with its error.
    seconds : float
        Wall time of the exploration.
    """
    raw, spread = found.evidence
    log_z, error = without_cuts(raw, spread, fraction)
    weight = np.exp(found.log_weight - raw) / len(found.log_z)
    allowed = weight > 0.0
    calls = int(found.calls.sum())
    efficiency, largest = found.ess / calls, float(weight.max())
    relative = fraction[1] / fraction[0]
    log_likelihood = found.log_likelihood[allowed]
    mean = float(weight[allowed] @ log_likelihood)
    scatter = math.sqrt(float(weight[allowed] ** 2 @ (log_likelihood - mean) ** 2))
    details = {
        "by_ladder": [[value - math.log(fraction[0]), e] for value, e in zip(found.log_z, found.errors, strict=True)],
        "information_gain": mean - raw + math.log(fraction[0]),
        "information_gain_error": math.hypot(scatter, spread, relative),
        "effective_dimension": 2.0 * float(weight[allowed] @ (log_likelihood - mean) ** 2),
        "mean_log_likelihood": mean,
        "mean_log_likelihood_error": scatter,
        "missed": found.missed.tolist(),
        "prior_draws_needed": draws_of_the_prior(found),
    }
    estimate = Estimate(
        name="bridge",
        method="tempered importance sampling, evaluations of the exploration",
        log_z=log_z,
        error=error,
        seconds=seconds,
        draws=calls,
        efficiency=efficiency,
        largest_weight=largest,
        prior_fraction=fraction,
        warnings=(*weight_warnings("bridge", 1.0, largest), *doubts(found)),
        details=details,
    )
    normalised = math.log(len(found.z) / len(found.log_z))  # the weights of each ladder sum to its evidence
    return Importance(estimate, found.z, found.log_weight + normalised)


def draws_of_the_prior(found: Exploration, error: float = 0.01) -> float:
    """Number of prior draws that would give ln Z with this error: the relative variance of the likelihood over error^2.

    The mean squared likelihood is itself taken from the weighted draws.
    """
    log_z = found.evidence[0]
    allowed = np.isfinite(found.log_weight)
    log_ratio = found.log_likelihood[allowed] - log_z  # likelihood over evidence
    weight = np.exp(found.log_weight[allowed] - log_z) / len(found.log_z)
    top = float(log_ratio.max())
    log_mean = top + math.log(float(weight @ np.exp(log_ratio - top)))  # of the likelihood over the posterior
    return float(math.exp(min(log_mean, 700.0)) / error**2)

"""From chains to ``result.nc``."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.core.netcdf import Group, groups_as_netcdf
from g2fit.core.types import FloatArray, IntArray
from g2fit.likelihoods.replicate import replicate
from g2fit.models.base import UNUSED
from g2fit.posterior import Posterior
from g2fit.posterior.allowed_draws import allowed_draws
from g2fit.posterior.evaluation import Evaluated
from g2fit.results.best_fit import BestFit
from g2fit.sampling.agreement import doubts
from g2fit.sampling.cost import seconds_per_call
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.draws import load_draws, part_to_keep, solution_stream
from g2fit.sampling.exploration import Exploration
from g2fit.sampling.run_folder import RunFolder

__all__ = [
    "LOG_NEGLIGIBLE", "KeptDraws", "about_model", "common_attributes", "explored_statistics", "save_result",
    "weighted_draws", "weighted_group", "write_result",
]  # fmt: skip

#: Draws of the prior in the group ``prior``; fewer, but at least `FEW_DRAWS`, where cuts leave little of the prior.
PRIOR_DRAWS = 20_000

#: Most draws kept in ``result.nc`` for each ensemble, and for all of them.
MAX_DRAWS, MAX_IN_ALL = 100_000, 400_000

#: Largest number of draws of an ensemble, and of the prior, where evaluations are expensive: all are evaluated again.
FEW_DRAWS = 1000

#: Log of the weight, relative to the largest, below which weighted draws are left out.
LOG_NEGLIGIBLE = -14.0

#: Seconds per evaluation above which no draws of the prior are evaluated for the result, and best fits are local.
SLOW = 0.002

#: Draws that the group ``posterior_predictive`` has at least where there are more (it has less than twice as many), and
#: spawn key of their random numbers.
PREDICTIVE_DRAWS, REPLICATED = 4000, 2**31 + 7


def save_result(
    posterior: Posterior,
    folder: RunFolder,
    verdict: Verdict,
    find_best_fits: Callable[[FloatArray, FloatArray | None], Sequence[BestFit]] | None = None,
    evaluate: Callable[[FloatArray], Evaluated] | None = None,
) -> Path:
    """Write ``result.nc`` from the chains.

    Its groups are ``posterior`` (the parameters), ``derived``, ``log_likelihood`` (one variable per term, and ``data``
    with all terms that are measured), ``log_prior``, ``prior``, ``prior_derived``, ``observed_data``,
    ``posterior_predictive`` and ``sample_stats``, as ArviZ expects them, and ``weighted_posterior`` with the weighted
    draws of the exploration; the dimension ``chain`` is the ensemble. Where an evaluation takes longer than `SLOW`, the
    predictions of the prior are left out, and the prior itself if cuts would have to be evaluated. The draws are
    thinned to about two per autocorrelation time, which loses hardly any information, and further if there are more
    than 100 000 of an ensemble or 400 000 in all (see `g2fit.sampling.draws.part_to_keep`): the file, and the memory
    that writing and reading it need, are bounded. Within a chain (an ensemble) they are ordered walker by walker, so
    that time series methods see time series. `find_best_fits` is given all draws of
    the parameters, shape (N, D), and where evaluations are slow their log likelihoods by solution; what it finds is
    stored, too. `evaluate` evaluates all draws, for example by several workers.
    """
    card = posterior.card
    most = min(FEW_DRAWS if card.sampler.calls == "few" else MAX_DRAWS, MAX_IN_ALL // card.sampler.ensembles)
    part = part_to_keep(verdict.discard, verdict.steps, max(1, int(verdict.tau / 2.0)), card.walkers, most)
    explored = folder.load_exploration()
    walkers = np.arange(card.walkers)[part.walkers]
    theta = load_draws(posterior, folder, part)
    kept = KeptDraws(theta, np.array(part.steps), walkers, weighted_group(posterior, explored))

    def attributes(slow: bool) -> dict[str, Any]:
        about = _attributes(posterior, folder, verdict, slow, explored)
        return about | {"thin": part.steps.step, "walkers": len(walkers)}

    return write_result(posterior, folder, kept, attributes, find_best_fits, evaluate)


class KeptDraws(NamedTuple):
    """What a result keeps of a run.

    Draws ``theta`` (ensembles, steps, walkers, D), the ``steps`` and ``walkers`` that they are; and ``weighted`` draws,
    which are another estimate of the posterior, see `weighted_draws`.
    """

    theta: FloatArray
    steps: IntArray
    walkers: IntArray
    weighted: dict[str, ArrayLike]


def write_result(
    posterior: Posterior,
    folder: RunFolder,
    kept: KeptDraws,
    attributes_of: Callable[[bool], dict[str, Any]],
    find_best_fits: Callable[[FloatArray, FloatArray | None], Sequence[BestFit]] | None = None,
    evaluate: Callable[[FloatArray], Evaluated] | None = None,
) -> Path:
    """Write ``result.nc`` from draws; what follows from them is computed here, see `save_result`.

    The attributes of the file are asked for when it is known whether evaluations are slow.
    """
    card = posterior.card
    theta = kept.theta
    prior_draws = FEW_DRAWS if card.sampler.calls == "few" else PRIOR_DRAWS
    ensembles, steps, walkers = theta.shape[:3]

    def ordered(values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(ensembles, steps, walkers).swapaxes(1, 2).reshape(ensembles, -1)

    flat = theta.reshape(-1, posterior.dimension)
    distinct: FloatArray = flat
    place: IntArray = np.arange(len(flat))
    if card.sampler.calls == "few":  # no draw is evaluated twice
        distinct, place = np.unique(flat, axis=0, return_inverse=True)
    begun = time.perf_counter()
    found = (evaluate or posterior.evaluated)(distinct)
    seconds = (time.perf_counter() - begun) / len(distinct)
    slow = (seconds_per_call(posterior) if card.sampler.calls == "few" else seconds) > SLOW
    if len(distinct) < len(flat):
        found = found.at(place)
    solution = posterior.draw_solutions(flat, solution_stream(card.sampler.seed), found)
    rows = np.arange(len(flat)) * posterior.model.solutions + solution
    log_prior = np.empty(len(flat))
    posterior.priors.log_prior(flat, log_prior)
    log_prior += found.log_prior
    predictions = found.predictions[rows]
    pulled = _predictive_groups(posterior, flat, predictions, ensembles)
    if posterior.model.detailed is not posterior.model:
        detailed = posterior.predict(flat)
        predictions = np.stack([detailed[q.name].ravel()[rows] for q in posterior.model.observables], axis=1)
    derived = {q.name: predictions[:, i] for i, q in enumerate(posterior.model.observables) if q.derived}
    terms = np.where(found.reason[rows, None] == UNUSED, np.nan, found.terms[rows])
    shape = (ensembles, steps, walkers)
    stats = {
        "lp": log_prior + found.log_likelihood,
        "walker": np.broadcast_to(kept.walkers, shape),
        "step": np.broadcast_to(kept.steps[:, None], shape),
        "solution": solution,
    }
    names = posterior.names
    labels: dict[str, dict[str, Any]] = {
        q.name: {"latex": q.latex, "units": q.unit or "1", "long_name": q.description or q.name}
        for q in (*posterior.parameters, *posterior.model.observables)
    }
    for name, p in zip(names, posterior.priors.priors, strict=True):
        labels[name] |= {"prior": p.dist, "minimum": p.minimum, "maximum": p.maximum}
    groups = {
        "posterior": Group({name: ordered(flat[:, j]) for j, name in enumerate(names)}, labels),
        "derived": Group({name: ordered(values) for name, values in derived.items()}, labels),
        "log_likelihood": _term_group(posterior, terms, ordered),
        "log_prior": Group({"log_prior": ordered(log_prior)}),
        "sample_stats": Group({name: ordered(np.asarray(values)) for name, values in stats.items()}),
        **_prior_groups(posterior, labels, prior_draws, slow),
        "weighted_posterior": Group(kept.weighted, labels),
        **pulled,
    }
    attributes = attributes_of(slow)
    attributes["beyond"] = json.dumps(posterior.beyond(flat))
    if find_best_fits is not None:
        known = posterior.log_likelihood_by_solution(flat, found) if slow else None
        attributes["best_fits"] = json.dumps([asdict(fit) for fit in find_best_fits(flat, known)])
    folder.write_finished(folder.result_path, groups_as_netcdf(groups, attributes))
    return folder.result_path


def _term_group(posterior: Posterior, terms: FloatArray, ordered: Callable[[FloatArray], FloatArray]) -> Group:
    """Log likelihood of each term, and as one array ``data`` of the measured terms that the model changes."""
    names = posterior.likelihood.names
    by_term = {name: ordered(terms[:, i]) for i, name in enumerate(names)}
    measured = [item.term for item in posterior.likelihood.compared]
    measured += [term.name for term in posterior.likelihood.custom]
    kept = [name for name in names if name in measured and np.ptp(by_term[name]) > 0.0]
    if not kept or "data" in names:
        return Group(dict(by_term))
    together = np.stack([by_term[name] for name in kept], axis=2)
    return Group({**by_term, "data": together}, axes={"data": ("term",)}, coordinates={"term": kept})


def _prior_groups(posterior: Posterior, labels: dict[str, dict[str, Any]], draws: int, slow: bool) -> dict[str, Group]:
    """Draws of the prior and their predictions; where evaluations are slow, only what needs none."""
    if slow and posterior.cuts_prior:
        return {}
    seed = posterior.card.sampler.seed
    rng = np.random.default_rng(seed)
    theta = allowed_draws(posterior, rng, draws, least=min(FEW_DRAWS, draws), tried=10 * draws)
    prior = {"prior": Group({name: theta[None, :, j] for j, name in enumerate(posterior.names)}, labels)}
    if slow:
        return prior
    derived = posterior.predict_drawn(theta, solution_stream(seed))
    names = [q.name for q in posterior.model.observables if q.derived]
    return {**prior, "prior_derived": Group({name: derived[name][None, :] for name in names}, labels)}


def _predictive_groups(
    posterior: Posterior, theta: FloatArray, predictions: FloatArray, ensembles: int
) -> dict[str, Group]:
    """Measurements, and what experiments with the same errors would measure if draws of the posterior were true.

    In both groups ``pull`` is the difference to the mean prediction of the posterior in units of the error, for all
    measurements together.
    """
    likelihood = posterior.likelihood
    observed = likelihood.observed()
    data = Group(
        {name: value for name, (value, _) in observed.items()},
        {name: {"error": error} for name, (_, error) in observed.items()},
    )
    if not observed or "pull" in observed:
        return {"observed_data": data}
    kept = np.arange(0, len(theta), max(1, len(theta) // PREDICTIVE_DRAWS))
    kept = kept[: len(kept) // ensembles * ensembles]
    inputs = posterior.inputs(theta[kept])
    rng = np.random.default_rng(np.random.SeedSequence(posterior.card.sampler.seed, spawn_key=(REPLICATED,)))
    drawn = replicate(likelihood, predictions[kept], inputs, rng)
    mean = np.mean(list(likelihood.predicted(predictions[kept], inputs).values()), axis=1)
    values, errors = np.transpose(list(observed.values()))
    replicated = Group({"pull": ((drawn - mean) / errors).reshape(ensembles, -1, len(observed))})
    data.variables["pull"] = (values - mean) / errors
    for group in (data, replicated):
        group.labels["pull"] = {"long_name": "difference to the mean prediction, in units of the error"}
        group.axes["pull"] = ("measurement",)
        group.coordinates["measurement"] = list(observed)
    return {"observed_data": data, "posterior_predictive": replicated}


def weighted_group(posterior: Posterior, found: Exploration | None) -> dict[str, ArrayLike]:
    """Weighted draws of the exploration, see `weighted_draws`."""
    if found is None:
        return {}
    kept = found.log_weight > found.log_weight.max(initial=-np.inf) + LOG_NEGLIGIBLE
    z = np.ascontiguousarray(found.z[kept])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    share = np.log(len(found.log_z))
    return weighted_draws(posterior.names, theta, found.log_weight[kept] - share, found.ladder[kept])


def weighted_draws(
    names: Sequence[str], theta: FloatArray, log_weight: FloatArray, ladder: IntArray
) -> dict[str, ArrayLike]:
    """Variables of the group ``weighted_posterior``: parameters (1, N), log weights and the ladder of each draw.

    Their weights sum to the evidence with its cuts.
    """
    draws: dict[str, ArrayLike] = {name: theta[None, :, j] for j, name in enumerate(names)}
    return {**draws, "log_weight": log_weight[None], "ladder": ladder[None]}


def explored_statistics(found: Exploration) -> dict[str, Any]:
    """What the exploration of the posterior cost and found."""
    log_z, error = found.evidence
    return {
        "calls": int(found.calls.sum()),
        "ess": found.ess,
        "log_z": log_z,
        "error": error,
        "efficiencies": found.efficiencies.tolist(),
        "missed": found.missed.tolist(),
        "warnings": doubts(found),
    }


def about_model(posterior: Posterior, slow: bool) -> dict[str, Any]:
    """What cuts leave of the prior, which predictions stay as in the Standard Model, and which limits bound nothing."""
    rng = np.random.default_rng(posterior.card.sampler.seed)
    return {
        "prior_fraction": None if slow and posterior.cuts_prior else posterior.prior_fraction(rng),
        "sm_valued": sorted(posterior.likelihood.sm_valued),
        "not_applicable": list(posterior.likelihood.not_applicable),
    }


def _attributes(
    posterior: Posterior, folder: RunFolder, verdict: Verdict, slow: bool, explored: Exploration | None
) -> dict[str, Any]:
    sampler = posterior.card.sampler
    chains = [folder.chain(i) for i in range(sampler.ensembles)]
    reasons = np.sum([chain.reasons() for chain in chains], axis=0)
    acceptance = np.mean([chain.accepted().mean() / chain.steps for chain in chains])
    statistics = {
        "evaluations": int(reasons.sum()),
        "acceptance": float(acceptance),
        "reasons": {text: int(n) for text, n in zip(posterior.model.reasons, reasons, strict=True)},
        **about_model(posterior, slow),
        "exploration": None if explored is None else explored_statistics(explored),
        "proposal_efficiency": [p.efficiency if (p := chain.proposal()) else None for chain in chains],
    }
    return common_attributes(posterior, folder, verdict, statistics)


def common_attributes(
    posterior: Posterior, folder: RunFolder, verdict: Verdict, statistics: Mapping[str, Any]
) -> dict[str, Any]:
    """Attributes of a result: manifest, card, verdict, whether the card's targets are reached, and statistics."""
    card = posterior.card
    levels = {} if card.levels is None else {"levels": json.dumps(card.levels)}
    return levels | {
        "manifest": json.dumps(folder.manifest()),
        "card": card.to_yaml(),
        "verdict": json.dumps(verdict.to_dict()),
        "converged": int(verdict.converged(card.sampler.stop.ess, card.sampler.stop.rhat)),
        "thin": 1,
        "walkers": card.walkers,
        "statistics": json.dumps(statistics),
        "mode_signs": json.dumps(list(posterior.model.mode_signs)),
    }

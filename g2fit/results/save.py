"""From chains to ``result.nc``."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.core.netcdf import Group, write_groups
from g2fit.core.types import FloatArray, IntArray
from g2fit.posterior import Posterior
from g2fit.results.best_fit import BestFit
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.exploration import Exploration
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import load_draws, solution_stream

__all__ = ["LOG_NEGLIGIBLE", "KeptDraws", "common_attributes", "save_result", "weighted_draws", "write_result"]

#: Draws of the prior in the group ``prior``.
PRIOR_DRAWS = 20_000

#: Most draws kept in ``result.nc`` for each ensemble.
MAX_DRAWS = 100_000

#: Largest number of draws of an ensemble, and of the prior, where evaluations are expensive: all are evaluated again.
FEW_DRAWS = 1000

#: Log of the weight, relative to the largest, below which weighted draws are left out.
LOG_NEGLIGIBLE = -14.0


def save_result(
    posterior: Posterior,
    folder: RunFolder,
    verdict: Verdict,
    find_best_fits: Callable[[FloatArray], Sequence[BestFit]] | None = None,
) -> Path:
    """Write ``result.nc`` from the chains.

    Its groups are ``posterior`` (the parameters), ``derived``, ``log_likelihood`` (one variable per term),
    ``log_prior``, ``prior``, ``prior_derived``, ``observed_data`` and ``sample_stats``, as ArviZ expects them, and
    ``weighted_posterior`` with the weighted draws of the exploration; the dimension ``chain`` is the ensemble. The
    draws are thinned to about two per autocorrelation time, which loses hardly any information. Within a chain (an
    ensemble) they are ordered walker by walker, so that time series methods see time series. `find_best_fits` is given
    all draws of the parameters, shape (N, D); what it finds is stored, too.
    """
    card = posterior.card
    most = FEW_DRAWS if card.sampler.calls == "few" else MAX_DRAWS
    thin = max(1, int(verdict.tau / 2.0), -(-(verdict.steps - verdict.discard) * card.walkers // most))
    theta, quantities = load_draws(posterior, folder, verdict.discard, verdict.steps, thin)
    explored = Exploration.load(folder.exploration) if folder.exploration.exists() else None
    attributes = _attributes(posterior, folder, verdict, thin, explored)
    steps = verdict.discard + thin * np.arange(theta.shape[1])
    kept = KeptDraws(theta, quantities, steps, _weighted(posterior, explored))
    return write_result(posterior, folder.result_path, kept, attributes, find_best_fits)


class KeptDraws(NamedTuple):
    """What a result keeps of a run.

    Draws ``theta`` (ensembles, steps, walkers, D) with the ``quantities`` (ensembles, steps, walkers) and the ``steps``
    (steps,) that they are; and ``weighted`` draws, which are another estimate of the posterior, see `weighted_draws`.
    """

    theta: FloatArray
    quantities: dict[str, FloatArray]
    steps: IntArray
    weighted: dict[str, ArrayLike]


def write_result(
    posterior: Posterior,
    path: Path,
    kept: KeptDraws,
    attributes: dict[str, Any],
    find_best_fits: Callable[[FloatArray], Sequence[BestFit]] | None = None,
) -> Path:
    """Write ``result.nc`` from draws; what follows from them is computed here, see `save_result`."""
    card = posterior.card
    theta = kept.theta
    ensembles, steps, walkers = theta.shape[:3]

    def ordered(values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(ensembles, steps, walkers).swapaxes(1, 2).reshape(ensembles, -1)

    flat = theta.reshape(-1, posterior.dimension)
    solution = posterior.draw_solutions(flat, solution_stream(card.sampler.seed))

    def drawn(values: FloatArray) -> FloatArray:
        return values if values.ndim == 1 else np.take_along_axis(values, solution[:, None], axis=1)[:, 0]

    log_prior = posterior.log_prior(flat)
    shape = (ensembles, steps, walkers)
    stats = {
        "lp": log_prior + posterior.log_likelihood(flat),
        "walker": np.broadcast_to(np.arange(walkers), shape),
        "step": np.broadcast_to(kept.steps[:, None], shape),
        "solution": solution,
    }
    prior_draws = FEW_DRAWS if card.sampler.calls == "few" else PRIOR_DRAWS
    prior = posterior.sample_prior(np.random.default_rng(card.sampler.seed), prior_draws)
    prior_derived = posterior.predict_drawn(prior, solution_stream(card.sampler.seed))
    observed = posterior.likelihood.observed()
    names = posterior.names
    labels: dict[str, dict[str, Any]] = {
        q.name: {"latex": q.latex, "units": q.unit or "1", "long_name": q.description or q.name}
        for q in (*posterior.parameters, *posterior.model.observables)
    }
    for name, p in zip(names, posterior.priors.priors, strict=True):
        labels[name] |= {"prior": p.dist, "minimum": p.minimum, "maximum": p.maximum}
    groups = {
        "posterior": Group({name: ordered(kept.quantities[name]) for name in names}, labels),
        "derived": Group({name: ordered(v) for name, v in kept.quantities.items() if name not in names}, labels),
        "log_likelihood": Group({name: ordered(drawn(v)) for name, v in posterior.terms(flat).items()}),
        "log_prior": Group({"log_prior": ordered(log_prior)}),
        "sample_stats": Group({name: ordered(np.asarray(values)) for name, values in stats.items()}),
        "prior": Group({name: prior[None, :, j] for j, name in enumerate(names)}, labels),
        "prior_derived": Group(
            {q.name: prior_derived[q.name][None, :] for q in posterior.model.observables if q.derived}, labels
        ),
        "weighted_posterior": Group(kept.weighted, labels),
        "observed_data": Group(
            {name: value for name, (value, _) in observed.items()},
            {name: {"error": error} for name, (_, error) in observed.items()},
        ),
    }
    attributes["beyond"] = json.dumps(posterior.beyond(flat))
    if find_best_fits is not None:
        attributes["best_fits"] = json.dumps([asdict(fit) for fit in find_best_fits(flat)])
    write_groups(groups, attributes, path)
    return path


def weighted_draws(
    names: Sequence[str], theta: FloatArray, log_weight: FloatArray, ladder: IntArray
) -> dict[str, ArrayLike]:
    """Variables of the group ``weighted_posterior``: parameters (1, N), log weights and the ladder of each draw.

    Their weights sum to the evidence with its cuts.
    """
    draws: dict[str, ArrayLike] = {name: theta[None, :, j] for j, name in enumerate(names)}
    return {**draws, "log_weight": log_weight[None], "ladder": ladder[None]}


def _weighted(posterior: Posterior, found: Exploration | None) -> dict[str, ArrayLike]:
    """Weighted draws of the exploration, see `weighted_draws`."""
    if found is None:
        return {}
    kept = found.log_weight > found.log_weight.max(initial=-np.inf) + LOG_NEGLIGIBLE
    z = np.ascontiguousarray(found.z[kept])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    share = np.log(len(found.log_z))
    return weighted_draws(posterior.names, theta, found.log_weight[kept] - share, found.ladder[kept])


def _explored(found: Exploration | None) -> dict[str, Any] | None:
    """What the exploration of the posterior cost and found."""
    if found is None:
        return None
    log_z, error = found.evidence
    return {
        "calls": int(found.calls.sum()),
        "ess": found.ess,
        "log_z": log_z,
        "error": error,
        "efficiencies": found.efficiencies.tolist(),
        "missed": found.missed.tolist(),
        "warnings": found.warnings(),
    }


def _attributes(
    posterior: Posterior, folder: RunFolder, verdict: Verdict, thin: int, explored: Exploration | None
) -> dict[str, Any]:
    card = posterior.card
    sampler = card.sampler
    chains = [folder.chain(i) for i in range(sampler.ensembles)]
    reasons = np.sum([chain.reasons() for chain in chains], axis=0)
    acceptance = np.mean([chain.accepted().mean() / chain.steps for chain in chains])
    statistics = {
        "evaluations": int(reasons.sum()),
        "acceptance": float(acceptance),
        "reasons": {text: int(n) for text, n in zip(posterior.model.reasons, reasons, strict=True)},
        "prior_fraction": posterior.prior_fraction(np.random.default_rng(sampler.seed)),
        "sm_valued": sorted(posterior.likelihood.sm_valued),
        "not_applicable": list(posterior.likelihood.not_applicable),
        "exploration": _explored(explored),
        "proposal_efficiency": [p.efficiency if (p := chain.proposal()) else None for chain in chains],
    }
    return common_attributes(posterior, folder, verdict, statistics) | {"thin": thin}


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

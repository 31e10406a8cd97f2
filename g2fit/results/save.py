"""From chains to ``result.nc``."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.core.netcdf import Group, groups_as_netcdf
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.results.best_fit import BestFit
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.exploration import Exploration
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import load_draws, solution_stream

__all__ = ["save_result"]

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
    walkers = card.walkers
    most, prior_draws = (FEW_DRAWS, FEW_DRAWS) if card.sampler.calls == "few" else (MAX_DRAWS, PRIOR_DRAWS)
    thin = max(1, int(verdict.tau / 2.0), -(-(verdict.steps - verdict.discard) * walkers // most))
    theta, quantities = load_draws(posterior, folder, verdict.discard, verdict.steps, thin)
    ensembles, steps = theta.shape[:2]

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
        "step": np.broadcast_to(verdict.discard + thin * np.arange(steps)[:, None], shape),
        "solution": solution,
    }
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
    explored = folder.load_exploration()
    groups = {
        "posterior": Group({name: ordered(quantities[name]) for name in names}, labels),
        "derived": Group({name: ordered(v) for name, v in quantities.items() if name not in names}, labels),
        "log_likelihood": Group({name: ordered(drawn(v)) for name, v in posterior.terms(flat).items()}),
        "log_prior": Group({"log_prior": ordered(log_prior)}),
        "sample_stats": Group({name: ordered(np.asarray(values)) for name, values in stats.items()}),
        "prior": Group({name: prior[None, :, j] for j, name in enumerate(names)}, labels),
        "prior_derived": Group(
            {q.name: prior_derived[q.name][None, :] for q in posterior.model.observables if q.derived}, labels
        ),
        "weighted_posterior": Group(_weighted(posterior, explored), labels),
        "observed_data": Group(
            {name: value for name, (value, _) in observed.items()},
            {name: {"error": error} for name, (_, error) in observed.items()},
        ),
    }
    attributes = _attributes(posterior, folder, verdict, thin, explored)
    attributes["beyond"] = json.dumps(posterior.beyond(flat))
    if find_best_fits is not None:
        attributes["best_fits"] = json.dumps([asdict(fit) for fit in find_best_fits(flat)])
    folder.write_finished(folder.result_path, groups_as_netcdf(groups, attributes))
    return folder.result_path


def _weighted(posterior: Posterior, found: Exploration | None) -> dict[str, ArrayLike]:
    """Weighted draws of the exploration: parameters, and log weights; the weights sum to the evidence with its cuts."""
    if found is None:
        return {}
    kept = found.log_weight > found.log_weight.max(initial=-np.inf) + LOG_NEGLIGIBLE
    z = np.ascontiguousarray(found.z[kept])
    theta = np.empty_like(z)
    posterior.coordinates.to_parameters(z, theta, np.empty(len(z)))
    draws = {name: theta[None, :, j] for j, name in enumerate(posterior.names)}
    share = np.log(len(found.log_z))
    return {**draws, "log_weight": found.log_weight[None, kept] - share, "ladder": found.ladder[None, kept]}


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
    levels = {} if card.levels is None else {"levels": json.dumps(card.levels)}
    return levels | {
        "manifest": json.dumps(folder.manifest()),
        "card": card.to_yaml(),
        "verdict": json.dumps(verdict.to_dict()),
        "converged": int(verdict.converged(sampler.stop.ess, sampler.stop.rhat)),
        "thin": thin,
        "walkers": card.walkers,
        "statistics": json.dumps(statistics),
        "mode_signs": json.dumps(list(posterior.model.mode_signs)),
    }

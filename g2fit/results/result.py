"""From chains to a result: ``result.nc`` and its summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from g2fit.card import Card
from g2fit.core.errors import StoreError
from g2fit.core.netcdf import one_line, read_netcdf, write_netcdf
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import load_draws, solution_stream

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Result", "save_result"]

#: Draws of the prior in the group ``prior``.
PRIOR_DRAWS = 20_000

#: Most draws kept in ``result.nc`` for each ensemble.
MAX_DRAWS = 100_000


def save_result(posterior: Posterior, folder: RunFolder, verdict: Verdict) -> Path:
    """Write ``result.nc`` from the chains.

    The draws are thinned to about two in each autocorrelation time, which loses hardly any information. Within a
    chain (an ensemble) they are ordered walker by walker, so that time series methods see time series.
    """
    tree = build_tree(posterior, folder, verdict)
    write_netcdf(tree, folder.result_path)
    return folder.result_path


def build_tree(posterior: Posterior, folder: RunFolder, verdict: Verdict) -> xr.DataTree:
    """Collect a run as an ArviZ DataTree.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` (the parameters), ``derived``, ``log_likelihood`` (one variable a term), ``log_prior``,
        ``prior``, ``prior_derived``, ``observed_data`` and ``sample_stats``; the dimension ``chain`` is the ensemble.
    """
    import arviz_base as az

    card = posterior.card
    walkers = card.sampler.walkers
    thin = max(1, int(verdict.tau / 2.0), -(-(verdict.steps - verdict.discard) * walkers // MAX_DRAWS))
    theta, quantities = load_draws(posterior, folder, verdict.discard, verdict.steps, thin)
    ensembles, steps = theta.shape[:2]

    def ordered(values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(ensembles, steps, walkers).swapaxes(1, 2).reshape(ensembles, -1)

    flat = theta.reshape(-1, posterior.dimension)
    terms = drawn_terms(posterior, flat)
    log_prior = posterior.log_prior(flat)
    solution = posterior.draw_solutions(flat, solution_stream(card.sampler.seed))
    names = set(posterior.names)
    shape = (ensembles, steps, walkers)
    stats = {
        "lp": log_prior + posterior.log_likelihood(flat),
        "walker": np.broadcast_to(np.arange(walkers), shape),
        "step": np.broadcast_to(verdict.discard + thin * np.arange(steps)[:, None], shape),
        "solution": solution,
    }
    prior = posterior.sample_prior(np.random.default_rng(card.sampler.seed), PRIOR_DRAWS)
    prior_derived = posterior.predict_drawn(prior, solution_stream(card.sampler.seed))
    observed = posterior.likelihood.observed()
    groups: dict[str, dict[str, Any]] = {
        "posterior": {name: ordered(quantities[name]) for name in posterior.names},
        "derived": {name: ordered(values) for name, values in quantities.items() if name not in names},
        "log_likelihood": {name: ordered(values) for name, values in terms.items()},
        "log_prior": {"log_prior": ordered(log_prior)},
        "sample_stats": {name: ordered(np.asarray(values)) for name, values in stats.items()},
        "prior": {name: prior[None, :, j] for j, name in enumerate(posterior.names)},
        "prior_derived": {q.name: prior_derived[q.name][None, :] for q in posterior.model.observables if q.derived},
        "observed_data": {name: np.array(value) for name, (value, _) in observed.items()},
    }
    groups = {name: content for name, content in groups.items() if content}
    tree: xr.DataTree = az.from_dict(groups, attrs={"/": _attributes(posterior, folder, verdict, thin)})
    _label(tree, posterior)
    for name, (_, error) in observed.items():
        tree["observed_data"].dataset[name].attrs["error"] = error
    return tree


def drawn_terms(posterior: Posterior, theta: FloatArray) -> dict[str, FloatArray]:
    """Terms of the solution that is drawn for each point, shape (N,) each."""
    terms = posterior.terms(theta)
    if posterior.model.solutions == 1:
        return terms
    chosen = posterior.draw_solutions(theta, solution_stream(posterior.card.sampler.seed))[:, None]
    return {name: np.take_along_axis(values, chosen, axis=1)[:, 0] for name, values in terms.items()}


def _attributes(posterior: Posterior, folder: RunFolder, verdict: Verdict, thin: int) -> dict[str, Any]:
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
        "proposal_efficiency": [p.efficiency if (p := chain.proposal()) else None for chain in chains],
    }
    return {
        "manifest": json.dumps(folder.manifest()),
        "card": card.to_yaml(),
        "verdict": json.dumps(verdict.to_dict()),
        "converged": int(verdict.converged(sampler.stop.ess, sampler.stop.rhat)),
        "thin": thin,
        "walkers": sampler.walkers,
        "statistics": json.dumps(statistics),
    }


def _label(tree: xr.DataTree, posterior: Posterior) -> None:
    labels = {q.name: q for q in (*posterior.parameters, *posterior.model.observables)}
    for group in ("posterior", "derived", "prior", "prior_derived"):
        if group in tree.children:
            for name, variable in tree[group].dataset.data_vars.items():
                quantity = labels[str(name)]
                variable.attrs.update(
                    latex=quantity.latex, units=quantity.unit or "1", long_name=quantity.description or str(name)
                )


class Result:
    """A finished (or interrupted, but saved) run.

    Parameters
    ----------
    folder : path
        The run folder.

    Attributes
    ----------
    card : Card
        Its resolved card.
    tree : xarray.DataTree
        ``result.nc``.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = RunFolder(folder)
        path = self.folder.result_path
        if not path.exists():
            hint = "it has not finished yet" if self.folder.status() else "is it a run folder?"
            raise StoreError(f"{path}: there is no result; {hint}")
        self.tree: xr.DataTree = read_netcdf(path, "a result of g2fit", groups=True)
        try:
            attributes = self.tree.attrs
            self.verdict = Verdict(**json.loads(attributes["verdict"]))
            self.manifest: dict[str, Any] = json.loads(attributes["manifest"])
            self.statistics: dict[str, Any] = json.loads(attributes["statistics"])
            self.walkers = int(attributes["walkers"])
            self.converged = bool(attributes["converged"])
            sizes = {self.tree[group].sizes["draw"] % self.walkers for group in ("posterior", "sample_stats")}
            if sizes != {0}:
                raise ValueError(f"its draws are not those of {self.walkers} walkers")
        except (ArithmeticError, AttributeError, KeyError, ValueError, TypeError) as error:
            raise StoreError(f"{path}: is not a result of g2fit ({one_line(error)})") from None
        self.card = Card.load(self.folder.path)

    def draws(self, name: str) -> FloatArray:
        """Draws of a parameter or derived quantity, shape (ensembles, steps, walkers)."""
        for group in ("posterior", "derived"):
            if group in self.tree.children and name in self.tree[group].data_vars:
                values = np.asarray(self.tree[group][name])
                return values.reshape(len(values), self.walkers, -1).swapaxes(1, 2)
        raise StoreError(f"{self.folder.path}: has no quantity {name!r}")

    @property
    def names(self) -> list[str]:
        """Parameters, then derived quantities."""
        groups = [self.tree[g] for g in ("posterior", "derived") if g in self.tree.children]
        return [str(name) for group in groups for name in group.data_vars]

    @property
    def parameter_names(self) -> list[str]:
        """The sampled parameters."""
        return [str(name) for name in self.tree["posterior"].data_vars]

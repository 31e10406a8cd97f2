"""Comparison of models with each other and with the Standard Model, on the same data."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, permutations
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import InputError
from g2fit.core.parallel.threads import available_cores
from g2fit.inference.comparison.data_subsets import (
    Subset,
    data_sets_of,
    fit_subset,
    held_out_p,
    is_constant,
    posterior_draws,
    split,
    tension,
)
from g2fit.inference.comparison.fit_quality import fit_quality
from g2fit.inference.comparison.jeffreys_scale import SCALE, verbal
from g2fit.inference.comparison.null_model import likelihoods_beyond, standard_model
from g2fit.inference.comparison.prior_sensitivity import (
    find_prior_files,
    prior_sensitivity,
    require_use,
    varied,
)
from g2fit.inference.evidence.run import Evidence, chart_posterior, evidence
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.results.best_fit import BestFit
from g2fit.sampling.run_folder import RunFolder

__all__ = ["SM", "Comparison", "compare"]

#: Name of the Standard Model in a comparison.
SM = "sm"

#: Number of posterior draws for the best fit and for predictive p-values.
DRAWS = 4_000


@dataclass(frozen=True)
class Comparison:
    """Result of a comparison, as plain data.

    Attributes
    ----------
    data : dict
        ``vintage``, ``fingerprint`` and ``entries`` of the data.
    models : dict of str to dict
        For each model: ``log_z``, ``error``, ``estimators``, ``agreement``, ``information_gain``,
        ``effective_dimension``, and what `g2fit.inference.comparison.fit_quality.fit_quality` gives.
    bayes_factors : list of dict
        For each pair: ``model``, ``against``, ``log_b``, ``error``, ``verbal``, ``range`` (smallest and largest ln B
        over the prior sets of both; None if the priors of neither were varied).
    prior_sensitivity : dict of str to list of dict
        For each model, its evidence under every prior set.
    varied_priors : dict of str to str
        For each model with parameters, which priors were varied, or why none were, in words.
    data_sets : dict of str to list of dict
        For each model, tension and prediction of each data set, under its name ``piece``.
    warnings : tuple of str
        Reasons to doubt the numbers.
    """

    data: dict[str, Any]
    models: dict[str, dict[str, Any]]
    bayes_factors: list[dict[str, Any]]
    prior_sensitivity: dict[str, list[dict[str, Any]]]
    varied_priors: dict[str, str]
    data_sets: dict[str, list[dict[str, Any]]]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "data": self.data,
            "scale": SCALE,
            "models": self.models,
            "bayes_factors": self.bayes_factors,
            "prior_sensitivity": self.prior_sensitivity,
            "varied_priors": self.varied_priors,
            "pieces": self.data_sets,  # the name in files since the first version
            "warnings": list(self.warnings),
        }


def compare(
    runs: Sequence[Card | str | Path] | Mapping[str, Card | str | Path],
    *,
    priors: Sequence[str | Path] | None = None,
    data_sets: bool = True,
    seed: int = 0,
    workers: int | None = None,
    report: Callable[[str], None] = lambda message: None,
) -> Comparison:
    """Compare models on the same data; the Standard Model is added if it is not among them.

    Parameters
    ----------
    runs : sequence, or mapping of str to them
        Run folders or cards. In a sequence, each is named after its folder, file or model.
    priors : sequence of path, optional
        Prior files for the sensitivity to priors, each used for the models whose parameters it sets; by default those
        found beside the cards.
    data_sets : bool
        Whether to fit each data set alone and all without it (tension, leave-one-out prediction).
    seed : int
        Seed of the random numbers, except for those of the evidences.
    workers : int, optional
        Number of threads; one per core by default.
    report : callable
        Called with a line of text at each step.

    Returns
    -------
    Comparison
        Result, as plain data.

    Raises
    ------
    InputError
        If the runs are not of the same data, or a prior file is one for none of the models.
    """
    items = dict(runs.items()) if isinstance(runs, Mapping) else dict(named(runs))
    cards = {label: item if isinstance(item, Card) else Card.load(item) for label, item in items.items()}
    if not cards:
        raise InputError("nothing to compare: name at least one run or card")
    _require_same_data(cards)
    require_use(priors or (), cards.values())
    warnings: list[str] = []
    if all(card.model_name != "sm" for card in cards.values()):
        label = SM if SM not in cards else "standard-model"
        given = next(iter(cards.values()))
        warnings += [
            f"{label}: evidence without likelihood {name!r}, which asks for {quantity}; those of the others have it"
            for name, quantity in likelihoods_beyond(given).items()
        ]
        cards = {label: standard_model(given), **cards}
        items = {label: cards[label], **items}
    threads = workers or available_cores()
    found: dict[str, Evidence] = {}
    models: dict[str, dict[str, Any]] = {}
    sensitivity: dict[str, list[dict[str, Any]]] = {}
    priors_of: dict[str, str] = {}
    subsets: dict[str, list[dict[str, Any]]] = {}
    for label, card in cards.items():
        report(f"{label}: evidence")
        found[label] = evidence(items[label], workers=threads)
        models[label] = _model_row(found[label], seed, _stored_best_fit(items[label]))
        warnings += [f"{label}: {warning}" for warning in found[label].warnings]
        report(f"{label}: prior sensitivity")
        files = find_prior_files(card, priors)
        sensitivity[label] = prior_sensitivity(found[label], files, seed=seed, workers=threads)
        for row in sensitivity[label]:
            warnings += [f"{label}, priors {row['priors']}: {text}" for text in row.pop("warnings")]
        if card.sampled:
            priors_of[label] = varied(label, sensitivity[label], priors is not None)
        subsets[label] = list(_data_sets(found[label], label, seed, threads, report)) if data_sets else []
        warnings += [f"{label}, {row['piece']}: {text}" for row in subsets[label] for text in row.pop("warnings")]
    first = next(iter(cards.values())).dataset
    data = {"vintage": first.vintage, "fingerprint": first.fingerprint, "entries": list(first.entry_ids)}
    factors = _bayes_factors(models, sensitivity)
    return Comparison(data, models, factors, sensitivity, priors_of, subsets, tuple(warnings))


def named(runs: Sequence[Card | str | Path]) -> Iterator[tuple[str, Card | str | Path]]:
    """Short names: model of a card, folder or file of a path; numbered where they collide."""
    used: set[str] = set()
    for item in runs:
        name = item.model_name if isinstance(item, Card) else Path(item).resolve().name.removesuffix(".yaml")
        numbered = (f"{name}-{number}" for number in count(2))
        label = next(label for label in chain([name], numbered) if label not in used)
        used.add(label)
        yield label, item


def _require_same_data(cards: Mapping[str, Card]) -> None:
    """Refuse cards with different data, and say how these differ."""
    reference, *others = cards.items()
    for label, card in others:
        one, other = reference[1].dataset, card.dataset
        own = [{name: code.sha256 for name, code in c.own_likelihoods.items()} for c in (reference[1], card)]
        if own[0] != own[1] and "sm" not in (reference[1].model_name, card.model_name):
            names = " and ".join(", ".join(likelihoods) or "none" for likelihoods in own)
            raise InputError(
                f"{reference[0]} and {label} do not have the same likelihoods of your own ({names}, or other code): "
                "their evidences cannot be compared"
            )
        if one.fingerprint == other.fingerprint:
            continue
        missing = sorted(set(one.entry_ids) - set(other.entry_ids))
        added = sorted(set(other.entry_ids) - set(one.entry_ids))
        differences = [f"only in {reference[0]}: {', '.join(missing)}"] if missing else []
        differences += [f"only in {label}: {', '.join(added)}"] if added else []
        text = "; ".join(differences) or "the same entries with other errors, limits or options"
        raise InputError(
            f"{reference[0]} ({one.vintage}) and {label} ({other.vintage}) were not fitted to the same data, their "
            f"evidences cannot be compared: {text}"
        )


def _stored_best_fit(item: Card | str | Path) -> BestFit | None:
    """Best fit of a run folder with a result; None for a card."""
    if isinstance(item, Card) or not RunFolder(item).result_path.exists():
        return None
    return best_fits_of(Result(item))[0]


def _model_row(found: Evidence, seed: int, best: BestFit | None) -> dict[str, Any]:
    posterior, theta = chart_posterior(found.card), np.empty((1, 0))
    if found.sample is not None:
        theta = posterior_draws(posterior, found.sample, DRAWS, np.random.default_rng(seed))
    details = found.estimates["bridge"].details
    numbers = {name: details[name] for name in ("information_gain", "information_gain_error", "effective_dimension")}
    return {
        "model": found.card.model_name,
        "options": found.card.model_options,
        "code": found.card.code(),
        "log_z": found.log_z,
        "error": found.error,
        "estimators": {name: estimate.to_dict() for name, estimate in found.estimates.items()},
        "agreement": found.agreement(),
        **numbers,
        **fit_quality(posterior, theta, np.random.default_rng(seed), best),
    }


def _bayes_factors(
    models: Mapping[str, Mapping[str, Any]], sensitivity: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    finite = {name: [row["log_z"] for row in rows if math.isfinite(row["log_z"])] for name, rows in sensitivity.items()}
    found = []
    for label, against in permutations(models, 2):
        log_b = models[label]["log_z"] - models[against]["log_z"]
        error = math.hypot(models[label]["error"], models[against]["error"])
        ours, theirs = finite[label], finite[against]
        extremes = None
        if ours and theirs and len(ours) + len(theirs) > 2:
            extremes = [min(ours) - max(theirs), max(ours) - min(theirs)]
        row = {"model": label, "against": against, "log_b": log_b, "error": error}
        found.append({**row, "verbal": verbal(log_b), "range": extremes})
    return found


def _data_sets(
    found: Evidence, label: str, seed: int, workers: int, report: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Tension and prediction of each data set."""
    names = list(data_sets_of(found.card.dataset))
    if len(names) < 2:
        return
    details = found.estimates["bridge"].details
    log_likelihood = (details["mean_log_likelihood"], details["mean_log_likelihood_error"])
    both = Subset((found.log_z, found.error), log_likelihood, details["effective_dimension"])
    posterior = Posterior(found.card)
    rng = np.random.default_rng(seed)
    labels = {q.name: q.latex for q in (*posterior.model.observables, *posterior.model.parameters)}
    for index, name in enumerate(names):
        report(f"{label}: without {name}")
        alone, others = split(found.card, name)
        if found.card.sampled and is_constant(posterior, name):
            row = _constant_data_set(name, alone, both)
        else:
            fits = [fit_subset(card, seed + 2 * index + k, workers) for k, card in enumerate((alone, others))]
            theta = fits[1].theta
            held_out = None if theta is None else held_out_p(posterior, name, theta, rng)
            row = tension(name, fits[0], fits[1], both, held_out)
        yield {**row, "latex": labels.get(name)}


def _constant_data_set(name: str, alone: Card, both: Subset) -> dict[str, Any]:
    """Row of a data set that the model leaves at its Standard Model value: a constant, in tension with nothing."""
    card = standard_model(alone)
    constant = fit_subset(card, 0, 1)
    value = constant.log_z[0]
    log_z, log_likelihood = ((number - value, error) for number, error in (both.log_z, both.log_likelihood))
    rest = Subset(log_z, log_likelihood, both.dimension)
    held_out = held_out_p(Posterior(card), name, np.empty((1, 0)), np.random.default_rng(0))
    row = tension(name, constant, rest, both, held_out)
    return {**row, "log_predictive_error": 0.0, "log_r_error": 0.0, "log_s_error": 0.0}

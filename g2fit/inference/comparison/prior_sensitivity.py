"""Dependence of the evidence on the priors: its value under other sets of priors."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import CardError, InputError
from g2fit.core.files import read_yaml
from g2fit.inference.evidence.estimate import weight_sums, without_cuts
from g2fit.inference.evidence.importance import Importance, importance_sampling
from g2fit.inference.evidence.recycled import FRACTION_DRAWS, from_exploration
from g2fit.inference.evidence.run import BRANCH, Evidence, chart_posterior
from g2fit.inference.evidence.target import PosteriorTarget
from g2fit.inference.tasks import TaskRunner
from g2fit.models.base import Model
from g2fit.posterior import Posterior
from g2fit.posterior.excluded_priors import draws_to_examine, excluded_priors

__all__ = ["find_prior_files", "prior_sensitivity", "require_use", "reweighted", "varied", "with_priors"]

#: Smallest effective sample size of a re-weighted evidence.
LEAST_ESS = 2_000

#: Smallest effective sample size per draw of a re-weighted evidence.
LEAST_SHARE = 0.05

#: Largest share of one draw in the sum of the weights of a re-weighted evidence.
LARGEST_WEIGHT = 0.01


def find_prior_files(card: Card, given: Sequence[str | Path] | None = None) -> list[Path]:
    """Find the prior files that set exactly the parameters of the card's model, among the `given` ones.

    By default these are the files of the first folder ``priors`` that has any: beside the card, one or two folders
    above it, or in the working folder. Of these, files with a cut that the card has not are left out: a prior without
    unstable vacua, say, is another statement about the model, and a range over both would mix the two.
    """
    if given is not None:
        files = [Path(file) for file in given]
    else:
        start = (card.path or Path("card.yaml")).resolve().parent
        folders = [start / "priors", start.parent / "priors", start.parent.parent / "priors", Path("priors").resolve()]
        files = next((found for folder in folders if (found := sorted(folder.glob("*.yaml")))), [])
    model = card.model
    wanted = _parameters(card)
    cuts = _names(model, card.cuts)

    def fits(file: Path) -> bool:
        content = read_yaml(file)[0]
        if _names(model, content.get("parameters") or {}) != wanted:
            return False
        return given is not None or _names(model, content.get("cuts") or {}) <= cuts

    return [file for file in files if fits(file)]


def require_use(files: Sequence[str | Path], cards: Iterable[Card]) -> None:
    """Refuse a prior file that sets the parameters of none of the models."""
    needed = {card.model_name: sorted(_parameters(card)) for card in cards if _parameters(card)}
    for file in files:
        given = read_yaml(Path(file))[0].get("parameters") or {}
        if all(_names(card.model, given) != _parameters(card) for card in cards):
            models = "; ".join(f"{name}: {', '.join(names)}" for name, names in needed.items())
            raise InputError(
                f"{file}: parameters = {', '.join(given) or 'none'}; a prior file must set all parameters of a model "
                f"that is compared ({models})"
            )


def varied(label: str, rows: Sequence[Mapping[str, Any]], given: bool) -> str:
    """Say which priors of a model were varied, or why none were; `rows` are those of `prior_sensitivity`."""
    used = [row["priors"] for row in rows if np.isfinite(row["log_z"])]
    if len(used) > 1:
        return f"priors of {label}: {used[0]} (its own), {', '.join(used[1:])}"
    if given:
        return f"priors of {label}: its own alone, none of the given files is another one for its parameters"
    return (
        f"priors of {label}: its own alone; no other file for its parameters lies in a folder `priors` beside it, one "
        "or two folders above it, or here (--priors FILE names some)"
    )


def _parameters(card: Card) -> set[str]:
    """Names of the parameters of a card's model."""
    return {parameter.name for parameter in card.model.parameters}


def _names(model: Model, given: Iterable[str]) -> set[str]:
    """Names of quantities, with aliases replaced."""
    return {model.aliases.get(name, name) for name in given}


def with_priors(card: Card, file: Path) -> Card:
    """Replace the priors of a card by those of a file, and add the cuts of the file.

    Parameters that the card fixes or ties stay so.
    """
    raw = card.resolved()
    raw["parameters"] = {name: entry for name, entry in raw["parameters"].items() if "prior" not in entry}
    base = (card.path or Path("card.yaml")).resolve().parent
    return Card.from_dict({**raw, "priors": str(file.resolve())}, base)


def prior_sensitivity(evidence: Evidence, files: Sequence[Path], *, seed: int, workers: int) -> list[dict[str, Any]]:
    """Evidence of a card under the priors of several files, by re-weighting its draws where that is valid.

    Returns
    -------
    list of dict
        A row for the card's own priors, then one for each other file: ``priors``, ``description``, ``log_z``,
        ``error``, ``method`` (``as on the card``, ``re-weighted`` or ``re-run``), ``ess`` (effective sample size of
        the weights, None for the card's own priors), ``warnings`` on priors that a limit of the data squeezes.
    """
    card = evidence.card
    rows = [_row("card", "the card's own", evidence.log_z, evidence.error, "as on the card", None)]
    rows[0]["warnings"] = _squeezed(card, seed)
    for index, file in enumerate(files):
        try:
            other = with_priors(card, file)
        except CardError as error:
            rows.append(_row(file.stem, str(error), float("nan"), float("nan"), "not applicable", None))
            continue
        description = str(read_yaml(file)[0].get("description", ""))
        if _same(card, other):
            rows[0] |= {"priors": file.stem, "description": description}
            continue
        found = None if evidence.sample is None else reweighted(evidence.sample, card, other, seed)
        method = "re-weighted"
        if found is None:
            posterior = chart_posterior(other)
            if card.sampler.calls == "few":
                estimate = from_exploration(posterior, seed, workers).estimate
            else:
                stream = np.random.SeedSequence(seed, spawn_key=(BRANCH, 100 + index))
                estimate = importance_sampling(PosteriorTarget(posterior), stream, runner=TaskRunner(workers)).estimate
            found = estimate.log_z, estimate.error, estimate.efficiency * estimate.draws
            method = "re-run"
        rows.append(_row(file.stem, description, found[0], found[1], method, found[2]))
        rows[-1]["warnings"] = _squeezed(other, seed)
    return rows


def _row(name: str, description: str, log_z: float, error: float, method: str, ess: float | None) -> dict[str, Any]:
    row = {"priors": name, "description": description, "log_z": log_z, "error": error, "method": method, "ess": ess}
    return {**row, "warnings": []}


def _squeezed(card: Card, seed: int) -> list[str]:
    """Warnings on the priors of a card, see `excluded_priors`."""
    if not card.sampled:
        return []
    posterior = Posterior(card)
    if card.sampler.calls == "few":
        return excluded_priors(posterior)
    return excluded_priors(posterior, draws_to_examine(posterior, np.random.default_rng(seed)))


def _same(card: Card, other: Card) -> bool:
    """Whether two cards of one model have the same priors and cuts."""
    one, two = ([(p.name, p.prior, p.value, p.same_as) for p in c.parameters] for c in (card, other))
    return one == two and card.cuts == other.cuts


def reweighted(sample: Importance, card: Card, other: Card, seed: int) -> tuple[float, float, float] | None:
    """Evidence under other priors, by re-weighting draws: ln Z, its error, effective sample size.

    None where that is not valid: if parameters or cuts differ, a prior reaches beyond the card's, or the effective
    sample size is too small.
    """
    fixed = [[(p.name, p.value, p.same_as) for p in c.parameters if p.prior is None] for c in (card, other)]
    if fixed[0] != fixed[1] or card.cuts != other.cuts:
        return None
    old, new = chart_posterior(card), Posterior(other)
    for before, after in zip(old.priors.priors, new.priors.priors, strict=True):
        if after.minimum < before.minimum or after.maximum > before.maximum:
            return None
    used = np.isfinite(sample.log_weight)
    z = np.ascontiguousarray(sample.z[used])
    theta = np.empty_like(z)
    old.coordinates.to_parameters(z, theta, np.empty(len(z)))
    prior_old, prior_new = np.empty(len(z)), np.empty(len(z))
    old.priors.log_prior(theta, prior_old)
    new.priors.log_prior(theta, prior_new)
    log_weight = np.full(len(sample.log_weight), -np.inf)
    log_weight[used] = sample.log_weight[used] + prior_new - prior_old
    n, top, total, squares, largest = weight_sums(log_weight)
    if total == 0.0:
        return None
    ess = total**2 / squares
    if ess < LEAST_ESS or ess < LEAST_SHARE * n or largest > LARGEST_WEIGHT * total:
        return None
    draws = FRACTION_DRAWS if card.sampler.calls == "few" else 2**20
    fraction = new.prior_fraction(np.random.default_rng([BRANCH, seed]), draws)
    error = float(np.sqrt((squares * n / total**2 - 1.0) / n))
    return *without_cuts(float(top + np.log(total / n)), error, fraction), float(ess)

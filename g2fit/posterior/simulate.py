"""Cards with simulated data: what the experiments could have measured at a known point or a draw of the prior.

A simulated card is a card like any other. It holds the values and the true point, so that its runs can be continued,
cited and compared; fits of many of them test a sampler (simulation-based calibration, arXiv:1804.06788).
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from g2fit.card import Card
from g2fit.core.errors import CardError, DataError
from g2fit.core.files import dump_yaml, require_replaceable, write_text
from g2fit.core.seeds import check_seed
from g2fit.core.types import FloatArray
from g2fit.data import Simulated, resolve
from g2fit.likelihoods import simulate
from g2fit.likelihoods.simulate import check_simulable
from g2fit.models.base import UNUSED, VALID
from g2fit.posterior import Posterior
from g2fit.posterior.point import read_parameters
from g2fit.posterior.posterior import MAX_REJECTION

__all__ = ["Truth", "draw_truth", "simulate_card", "simulate_file", "write_card"]

#: Number of prior draws evaluated together.
DRAWS = 256


@dataclasses.dataclass(frozen=True)
class Truth:
    """A point of a model from which data are drawn: every parameter, and the index of its true solution."""

    inputs: FloatArray
    solution: int


def simulate_card(card: Card, theta: Mapping[str, float] | ArrayLike | None = None, seed: int = 0) -> Card:
    """Return a copy of a card with measured values drawn from the likelihood of a point of its model.

    Errors, correlations and theory uncertainties stay as they are. Cuts and hard limits get the role prior: they are
    not random, and belong to the prior that the point is drawn from. (A smooth limit keeps its role: the point is
    drawn with its weight, which is equivalent.)

    The true point `theta` holds the sampled parameters in the card's order, or parameters by name, where fixed ones may
    be given other values; it may lie outside the prior. By default it is drawn from the prior. The `seed` is that of
    the point (if it is drawn) and of the values. ``card.data.simulated`` of the result records the values, the point
    and the seed. A negative seed, and an unknown, missing or infinite parameter, is an `InputError`, and a point that
    is not valid, or a fit with a custom likelihood, whose data are not known, a `DataError`.

    Examples
    --------
    >>> card = Card.from_dict({"model": {"name": "sm"}, "data": {"vintage": "paper_2019"}})
    >>> simulated = simulate_card(card, seed=1)
    >>> simulated.dataset.vintage, [float(f"{d.value:.3g}") for d in simulated.dataset.data]
    ('paper_2019 (simulated)', [1.19e-13, -6.61e-10])
    """
    check_seed(seed)
    rng = np.random.default_rng(seed)
    frame = _with_prior_roles(card)
    posterior = Posterior(frame)
    truth = draw_truth(posterior, rng) if theta is None else _known_truth(posterior, theta, rng)
    drawn = simulate(frame.dataset, posterior.model, truth.inputs, rng, solution=truth.solution)
    names = [p.name for p in posterior.model.parameters]
    record = Simulated(
        values={datum.entry.id: datum.value for datum in drawn.all_data if datum.value is not None},
        point=dict(zip(names, map(float, truth.inputs), strict=True)),
        seed=seed,
    )
    section = frame.data.model_copy(update={"simulated": record})
    return dataclasses.replace(frame, data=section, dataset=resolve(section))


def _with_prior_roles(card: Card) -> Card:
    """The card with its measured data, and every cut and hard limit in the role prior."""
    limits = card.data.limits
    if limits.kind != "smooth":
        limits = limits.model_copy(update={"role": "prior"})
    check_simulable(card.dataset)
    if card.own_likelihoods:
        names = ", ".join(map(repr, card.own_likelihoods))
        raise DataError(f"no data can be simulated for the likelihoods of the card ({names}): leave them out")
    tables = {
        name: table if table.width is not None else table.model_copy(update={"role": "prior"})
        for name, table in (card.data.tables or {}).items()
    }
    changes = {"limits": limits, "simulated": None, "tables": tables or None}
    section = card.data.model_copy(update=changes)
    cuts = {name: cut.model_copy(update={"role": "prior"}) for name, cut in card.cuts.items()}
    return dataclasses.replace(card, data=section, dataset=resolve(section), cuts=cuts)


def draw_truth(posterior: Posterior, rng: np.random.Generator) -> Truth:
    """Draw a point of the prior that has a prediction and that the limits allow.

    Each solution of a point has the same prior weight, as in `Posterior`; a smooth limit is a further weight.
    """
    measured = {item.term for item in posterior.likelihood.compared}
    limits = [name for name in posterior.likelihood.names if name not in measured]
    for _ in range(0, MAX_REJECTION, DRAWS):
        theta = posterior.sample_prior(rng, DRAWS if posterior.dimension else 1)
        shape = (len(theta), posterior.model.solutions)
        reason = posterior.predict(theta)["reason"].reshape(shape)
        solution = np.argmax(np.where(reason == UNUSED, -1.0, rng.random(reason.shape)), axis=1)
        rows = np.arange(len(theta))
        terms = posterior.terms(theta)
        log_weight = sum((terms[name].reshape(shape)[rows, solution] for name in limits), np.zeros(len(theta)))
        allowed = (reason[rows, solution] == VALID) & (np.log(rng.random(len(theta))) < log_weight)
        if allowed.any():
            first = int(np.argmax(allowed))
            return Truth(posterior.solutions(theta[first : first + 1])[0][0], int(solution[first]))
    raise posterior.nearly_empty(theta, 0, MAX_REJECTION)


def _known_truth(posterior: Posterior, theta: Mapping[str, float] | ArrayLike, rng: np.random.Generator) -> Truth:
    model, tied = posterior.model, {p.name: p.same_as for p in posterior.card.parameters if p.same_as is not None}
    names = [p.name for p in model.parameters]
    if not isinstance(theta, Mapping):
        point = np.asarray(theta, dtype=float)
        if point.shape != (posterior.dimension,):
            raise CardError(f"theta must hold {', '.join(posterior.names)}, got shape {point.shape}")
        theta = dict(zip(posterior.names, map(float, point), strict=True))
    values = read_parameters(model, theta)
    for name, value in values.items():
        if not np.isfinite(value):
            raise CardError(f"parameter {name} = {value!r} must be a finite number")
        if name in tied:
            raise CardError(f"parameter {name} is tied to {tied[name]} on the card: it has no value of its own")
    missing = [name for name in posterior.names if name not in values]
    if missing:
        raise CardError(f"the true point lacks {', '.join(missing)}")
    inputs = posterior.solutions([[values[name] for name in posterior.names]])[0][0]
    for name, value in values.items():
        inputs[names.index(name)] = value
    for name, other in tied.items():
        inputs[names.index(name)] = inputs[names.index(other)]
    valid = np.flatnonzero(np.atleast_1d(model.predict(inputs)["reason"][0]) == VALID)
    return Truth(inputs, int(rng.choice(valid)) if len(valid) else 0)


def write_card(card: Card, path: str | Path, comment: str = "") -> None:
    """Write a card that needs no other file; its run folder is ``chains/NAME`` beside the file."""
    content = card.resolved(Path(path).absolute().parent)
    content["data"] = card.data.model_dump(mode="json", exclude_defaults=True)
    del content["output"]
    head = f"# {comment}\n" if comment else ""
    write_text(Path(path), head + dump_yaml(content))


def simulate_file(
    source: str | Path,
    target: str | Path,
    at: Mapping[str, float] | None = None,
    seed: int = 0,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Simulate the data of the card `source` at the true point `at` and write the card `target` (``g2fit simulate``).

    The report holds ``card`` (the file), ``point``, ``values`` (a row for each measurement: entry, observable, value,
    error) and ``inside_prior`` (whether the prior of the fit allows the true point); see also `simulate_card`.
    """
    target = Path(target)
    if target.suffix not in (".yaml", ".yml"):
        raise CardError(f"{target}: a card must end in .yaml")
    require_replaceable(target, force)
    card = simulate_card(Card.load(source), at or None, seed)
    write_card(card, target, f"Simulated data (seed {seed}): {source}")
    record = card.data.simulated
    assert record is not None
    posterior = Posterior(card)
    theta = [[record.point[name] for name in posterior.names]]
    return {
        "card": str(target),
        "point": record.point,
        "values": [
            {"entry": d.entry.id, "observable": d.observable, "value": d.value, "error": d.error}
            for d in card.dataset.all_data
        ],
        "inside_prior": bool(np.isfinite(posterior.log_prior(theta)[0])),
    }

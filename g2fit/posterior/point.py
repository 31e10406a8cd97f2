"""Single points and tables of points: predictions, Yukawa solutions and likelihood terms without a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from g2fit.card.card import make_model
from g2fit.card.schema import validate
from g2fit.core.aliases import announce, current_data
from g2fit.core.errors import InputError, ModelError, nearest, no_number
from g2fit.core.files import atomic_write, need_parquet, refuse_special, require_replaceable
from g2fit.data import DataSection, resolve
from g2fit.likelihoods import build_terms
from g2fit.likelihoods.goodness import goodness
from g2fit.likelihoods.limits_at_point import limits_at_point, limits_of
from g2fit.models import get_model, model_class
from g2fit.models.base import UNUSED, VALID, Model

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evaluate_point", "parse_assignments", "parse_data", "predict_table", "read_parameters"]


def parse_assignments(items: Sequence[str] | None, what: str) -> dict[str, Any]:
    """Read ``key=value`` pairs of the command line; values are YAML (numbers, words, lists).

    >>> parse_assignments(["M1=1500", "generations=[e, mu]"], "option")
    {'M1': 1500, 'generations': ['e', 'mu']}
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    values: dict[str, Any] = {}
    for item in items or ():
        key, equals, text = item.partition("=")
        if not equals or not key:
            raise InputError(f"{what} {item!r}: must be written as name=value")
        if key in values:
            raise InputError(f"{what} {key!r} is given twice")
        try:
            values[key] = YAML(typ="safe", pure=True).load(text)
        except YAMLError:
            raise InputError(f"{what} {key!r}: cannot read the value {text!r}") from None
    return values


def parse_data(text: str) -> DataSection:
    """Read ``VINTAGE[,key=value…]``, such as ``latest_2026_11,delta_a_e=cs``."""
    vintage, *choices = text.split(",")
    notes: list[str] = []
    given = current_data({"vintage": vintage, **parse_assignments(choices, "data choice")}, notes)
    announce("in --data", notes)
    return validate(DataSection, given, "--data", {}, "data")


def read_parameters(model: Model, values: Mapping[str, Any]) -> dict[str, float]:
    """Parameters of a model by name, their aliases replaced; unknown ones and values of other kinds are refused."""
    names = [p.name for p in model.parameters]
    given: dict[str, float] = {}
    for key, value in values.items():
        name = model.aliases.get(key, key)
        if name not in names:
            raise ModelError(f"model {model.name!r} has no parameter {key!r}; {nearest(key, names)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ModelError(f"parameter {key} = {value!r} must be a number")
        given[name] = float(value)
    return given


def evaluate_point(
    name: str,
    values: Mapping[str, Any],
    options: Mapping[str, Any],
    data: DataSection | None = None,
    limits: bool = False,
    published: Sequence[Any] = (),
) -> dict[str, Any]:
    """Evaluate one point of the model `name`, given all its parameters and its options.

    The result holds ``parameters``, ``options``, ``solutions`` (a list: predictions, reason, and with `data` the log
    likelihood, pull and chi squared of each term and the ``goodness``, see `g2fit.likelihoods.goodness`); ``beyond``,
    what matters at this point though the options leave it out, see `Model.beyond`; and, for models that have them,
    ``branches``. The moments of other programs at this point, if they are `published` in a file (see
    `g2fit.models.mssm.slha.Moment`), stand in ``published``. With `limits` each solution also has its ``limits``, see
    `g2fit.likelihoods.limits_at_point`: those of the data, or without data all that there are.
    """
    dataset = None if data is None else resolve(data)
    if limits and "sparticles" in model_class(name).Options.model_fields:
        options = {"sparticles": True, **options}
    model = get_model(name, **options) if dataset is None else make_model(name, options, dataset)
    given = read_parameters(model, values)
    names = [p.name for p in model.parameters]
    missing = [p for p in names if p not in given]
    if missing:
        raise ModelError(f"model {model.name!r}: missing parameter {', '.join(missing)}")
    theta = np.array([[given[p] for p in names]])
    predictions = np.empty((model.solutions, len(model.observables)))
    reason = np.empty(model.solutions, dtype=np.int8)
    model.evaluate(theta, predictions, reason)
    solutions = {
        s: {
            "reason": model.reasons[reason[s]],
            "predictions": {q.name: float(value) for q, value in zip(model.observables, predictions[s], strict=True)},
        }
        for s in np.flatnonzero(reason != UNUSED)
    }
    result = {
        "model": name,
        "options": model.options.model_dump(mode="json"),
        "parameters": {p: given[p] for p in names},
        "solutions": list(solutions.values()),
        "beyond": [text for text, where in model.beyond(theta).items() if where[0]],
        "published": [moment._asdict() for moment in published],
    }
    if limits:
        known = limits_of(model) if dataset is None else dataset.limits
        for solution in solutions.values():
            if solution["reason"] == model.reasons[VALID]:
                at_point = {**given, **solution["predictions"]}
                solution["limits"] = limits_at_point(known, model, at_point)
                if hasattr(model, "lightest"):
                    solution["lightest"] = model.lightest(at_point)
    if hasattr(model, "branches"):
        result["branches"] = model.branches(theta[0])
    if dataset is not None:
        result["vintage"] = dataset.vintage
        likelihood = build_terms(dataset, model, {})
        terms = np.empty((model.solutions, len(likelihood.names)))
        likelihood.evaluate(theta, predictions, terms)
        for s, solution in solutions.items():
            pulls = likelihood.pulls(predictions[s : s + 1], theta)
            solution["log_likelihood"] = dict(zip(likelihood.names, map(float, terms[s]), strict=True))
            solution["pulls"] = {key: float(value[0]) for key, value in pulls.items()}
            chi2 = likelihood.chi2(predictions[s : s + 1], theta)
            solution["chi2"] = {key: float(value[0]) for key, value in chi2.items()}
            solution["goodness"] = goodness(solution["chi2"], len(likelihood.compared))
    return result


def predict_table(
    name: str, source: Path, target: Path, options: Mapping[str, Any] | None = None, *, force: bool = False
) -> int:
    """Predict a table of points (CSV or Parquet): writes inputs, predictions and the reason of invalid points.

    A model with several solutions per point gives one row for each solution. Returns the number of rows. A file that is
    there is replaced only by `force`.

    Raises
    ------
    InputError
        If a file ends neither in ``.csv`` nor in ``.parquet``, the points cannot be read, a parameter has no column or
        several ones, or a cell of it is empty or not a number.
    """
    import pandas as pd

    _check_ending(target)
    model = get_model(name, **(options or {}))
    require_replaceable(target, force)
    frame = _read_table(source)
    names = [p.name for p in model.parameters]
    frame = frame.rename(columns={key: value for key, value in model.aliases.items() if value in names})
    missing = [n for n in names if n not in frame.columns]
    if missing:
        raise InputError(f"{source}: has no column {', '.join(missing)}; model {model.name!r} needs {', '.join(names)}")
    theta = np.empty((len(frame), len(names)))
    for i, name in enumerate(names):
        if list(frame.columns).count(name) > 1:
            raise InputError(f"{source}: has several columns of {name!r}")
        theta[:, i] = pd.to_numeric(frame[name], errors="coerce")
        for row in np.flatnonzero(np.isnan(theta[:, i]))[:1]:
            raise no_number(f"{source}: row {row + 1} of {name!r}", frame[name].iloc[row])
    inputs = {"point": np.arange(len(theta)), **dict(zip(names, theta.T, strict=True))}
    columns = {key: np.repeat(values, model.solutions) for key, values in inputs.items()}
    columns |= {key: values.ravel() for key, values in model.predict(theta).items()}
    used = columns["reason"] != UNUSED
    result = pd.DataFrame({key: values[used] for key, values in columns.items()})
    result["reason"] = np.array(model.reasons)[result["reason"]]
    with atomic_write(target) as temporary:
        if target.suffix == ".parquet":
            need_parquet()
            result.to_parquet(temporary)
        else:
            result.to_csv(temporary, index=False)
    return len(result)


def _read_table(source: Path) -> pd.DataFrame:
    import pandas as pd

    _check_ending(source)
    if source.suffix == ".parquet":
        need_parquet()
    refuse_special(source)
    try:
        if source.suffix == ".parquet":
            return pd.read_parquet(source)
        frame = pd.read_csv(source)
        head = pd.read_csv(source, header=None, nrows=1, dtype=str).iloc[0].dropna()
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise InputError(f"{source}: is not a table ({error})") from None
    for name in head[head.duplicated()]:
        raise InputError(f"{source}: has several columns of {name!r}")
    return frame


def _check_ending(path: Path) -> None:
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"{path}: must end in .csv or .parquet")

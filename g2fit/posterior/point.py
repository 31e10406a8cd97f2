"""Single points and tables of points: predictions, branches and likelihood terms without a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from g2fit.core.errors import InputError, ModelError, nearest
from g2fit.core.tables import need_parquet
from g2fit.data import DataSection, resolve
from g2fit.likelihoods import build_terms
from g2fit.models import get_model
from g2fit.models.base import UNUSED, Model

__all__ = ["evaluate_point", "parse_assignments", "parse_data", "predict_table"]


def parse_assignments(items: Sequence[str], what: str) -> dict[str, Any]:
    """Read ``key=value`` pairs of the command line; values are YAML (numbers, words, lists).

    >>> parse_assignments(["M1=1500", "generations=[e, mu]"], "option")
    {'M1': 1500, 'generations': ['e', 'mu']}
    """
    values: dict[str, Any] = {}
    for item in items:
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
    return DataSection.read({"vintage": vintage, **parse_assignments(choices, "data choice")})


def evaluate_point(
    name: str,
    values: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    data: DataSection | None = None,
) -> dict[str, Any]:
    """Everything about one point of a model.

    Parameters
    ----------
    name : str
        The model.
    values : mapping of str to float
        All its parameters.
    options : mapping, optional
        Model options.
    data : DataSection, optional
        Data to score the point with.

    Returns
    -------
    dict
        ``parameters``, ``options``, ``solutions`` (a list: predictions, reason, and the log likelihood of each term
        if there are data) and, for models that have them, ``branches``.
    """
    chosen = dict(options or {})
    dataset = None if data is None else resolve(data)
    if dataset is not None:
        known = get_model(name).Options.model_fields
        chosen = {key: value for key, value in dataset.options.items() if key in known} | chosen
    model = get_model(name, **chosen)
    theta = np.array([_ordered(model, values)])
    out = np.empty((model.solutions, len(model.observables)))
    reason = np.empty(model.solutions, dtype=np.int8)
    model.evaluate(theta, out, reason)
    likelihood = None if dataset is None else build_terms(dataset, model, {})
    solutions = []
    for s in range(model.solutions):
        if reason[s] == UNUSED:
            continue
        entry: dict[str, Any] = {
            "reason": model.reasons[reason[s]],
            "predictions": {q.name: float(out[s, j]) for j, q in enumerate(model.observables)},
        }
        if likelihood is not None:
            terms = np.empty((model.solutions, len(likelihood.names)))
            likelihood.evaluate(theta, out, terms)
            entry["log_likelihood"] = dict(zip(likelihood.names, map(float, terms[s]), strict=True))
            pulls = likelihood.pulls(out[s : s + 1], theta)
            entry["pulls"] = {key: float(value[0]) for key, value in pulls.items()}
        solutions.append(entry)
    result: dict[str, Any] = {
        "model": name,
        "options": model.options.model_dump(mode="json"),
        "parameters": dict(zip((p.name for p in model.parameters), map(float, theta[0]), strict=True)),
        "solutions": solutions,
    }
    branches = getattr(model, "branches", None)
    if branches is not None:
        result["branches"] = branches(theta[0])
    if dataset is not None:
        result["vintage"] = dataset.vintage
    return result


def _ordered(model: Model, values: Mapping[str, Any]) -> list[float]:
    names = [p.name for p in model.parameters]
    given: dict[str, float] = {}
    for key, value in values.items():
        name = model.aliases.get(key, key)
        if name not in names:
            raise ModelError(f"model {model.name!r} has no parameter {key!r}; {nearest(key, names)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ModelError(f"parameter {key} = {value!r} must be a number")
        given[name] = float(value)
    missing = [name for name in names if name not in given]
    if missing:
        raise ModelError(f"model {model.name!r}: missing parameter {', '.join(missing)}")
    return [given[name] for name in names]


def predict_table(name: str, source: Path, target: Path, options: Mapping[str, Any] | None = None) -> int:
    """Predict a table of points (CSV or Parquet), writing inputs, predictions and the reason of invalid points.

    A model with several solutions a point gives one row a solution.

    Returns
    -------
    int
        Number of rows written.
    """
    import pandas as pd

    from g2fit.core.files import atomic_write

    model = get_model(name, **(options or {}))
    frame = _read_table(source)
    names = [p.name for p in model.parameters]
    frame = frame.rename(columns={key: value for key, value in model.aliases.items() if value in names})
    missing = [n for n in names if n not in frame.columns]
    if missing:
        raise InputError(f"{source}: has no column {', '.join(missing)}; model {model.name!r} needs {', '.join(names)}")
    try:
        theta = np.ascontiguousarray(frame[names].to_numpy(dtype=float))
    except (TypeError, ValueError) as error:
        raise InputError(f"{source}: a parameter column holds something that is not a number ({error})") from None
    out = np.empty((len(theta) * model.solutions, len(model.observables)))
    reason = np.empty(len(out), dtype=np.int8)
    model.evaluate(theta, out, reason)
    used = reason != UNUSED
    result = pd.DataFrame(np.repeat(theta, model.solutions, axis=0)[used], columns=names)
    result.insert(0, "point", np.repeat(np.arange(len(theta)), model.solutions)[used])
    for j, quantity in enumerate(model.observables):
        result[quantity.name] = out[used, j]
    result["reason"] = np.array(model.reasons)[reason[used]]
    with atomic_write(target) as temporary:
        if target.suffix == ".parquet":
            need_parquet()
            result.to_parquet(temporary)
        else:
            result.to_csv(temporary, index=False)
    return len(result)


def _read_table(source: Path) -> Any:
    import pandas as pd

    if source.suffix not in (".csv", ".parquet"):
        raise InputError(f"{source}: must end in .csv or .parquet")
    try:
        if source.suffix == ".parquet":
            need_parquet()
            return pd.read_parquet(source)
        return pd.read_csv(source)
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise InputError(f"{source}: is not a table ({error})") from None

"""The draws of a run as a table: CSV for everyone, Parquet for large ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.core.errors import InputError
from g2fit.core.files import atomic_write, need_parquet
from g2fit.results import Result

__all__ = ["draws_table", "write_csv", "write_parquet"]


def draws_table(result: Result, names: Sequence[str] | None = None) -> Any:
    """Draws of a run as a pandas.DataFrame, one row per draw.

    First come ``chain``, ``walker`` and ``step`` (of the ensemble), ``weight`` (1: the draws are equally likely),
    ``log_prior``, ``log_likelihood`` (of all solutions of the point together) and, for a model with several solutions
    per point, ``solution``, the number of the one that was drawn with its likelihood. Then come the parameters and
    derived quantities in `names`; all by default, with the parameters that the card fixes or ties, so that the table
    is what `g2fit predict` takes.

    Raises
    ------
    InputError
        If a quantity has the name of one of the first columns.
    """
    import pandas as pd

    stats = {name: result.array("sample_stats", name) for name in ("lp", "walker", "step", "solution")}
    log_prior = result.array("log_prior", "log_prior").ravel()
    shape = stats["lp"].shape
    columns: dict[str, Any] = {
        "chain": np.repeat(np.arange(shape[0]), shape[1]),
        "walker": stats["walker"].ravel(),
        "step": stats["step"].ravel(),
        "weight": np.ones(shape[0] * shape[1]),
        "log_prior": log_prior,
        "log_likelihood": stats["lp"].ravel() - log_prior,
    }
    model = result.card.model
    if model.solutions > 1:
        columns["solution"] = stats["solution"].ravel()
    parameters, chosen = result.parameter_names, names or result.names
    fixed = [quantity.name for quantity in model.parameters] if names is None else []
    for name in [*chosen, *fixed]:
        if name in columns:
            raise InputError(f"quantity {name!r} has the name of another column of the table ({', '.join(columns)})")
    draws = {name: result.array("posterior" if name in parameters else "derived", name).ravel() for name in chosen}
    if names is None:
        inputs, _ = result.posterior.solutions(np.stack([draws[name] for name in parameters], axis=1))
        columns |= {quantity.name: inputs[:, j] for j, quantity in enumerate(model.parameters)}
    columns |= draws
    return pd.DataFrame(columns)


def write_csv(result: Result, path: Path, names: Sequence[str] | None = None) -> list[Path]:
    """Write the table of `draws_table` as CSV, every number with all its digits."""
    table = draws_table(result, names)
    with atomic_write(path) as temporary:
        table.to_csv(temporary, index=False)
    return [path]


def write_parquet(result: Result, path: Path, names: Sequence[str] | None = None) -> list[Path]:
    """Write the table of `draws_table` as Parquet, with card and manifest as metadata ``g2fit.card``, ``…manifest``."""
    need_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(draws_table(result, names), preserve_index=False)
    own = {f"g2fit.{key}": str(result.attributes[key]) for key in ("card", "manifest", "verdict")}
    with atomic_write(path) as temporary:
        pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **own}), temporary)
    return [path]

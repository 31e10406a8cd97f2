"""Many points of the prior, with predictions and likelihoods, streamed to a folder of Parquet files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import InputError, StoreError, nearest
from g2fit.core.files import atomic_write, write_text
from g2fit.core.locks import claimed, require_folder
from g2fit.core.parallel.executors import Call
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores, one_blas_thread
from g2fit.core.tables import need_parquet
from g2fit.core.versions import versions
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of, remember

__all__ = ["ROWS", "sweep"]

#: Points in a file: what a worker computes, and holds in memory, at a time.
ROWS = 2**18

#: Branch of the card's seed, apart from those of runs and evidences.
BRANCH = 2**31 + 2

#: Raised when old files can no longer be continued.
FORMAT = 1

#: What describes the points of a folder; readers of Parquet folders leave such names alone.
RECORD = "_sweep.json"


def sweep(
    card: Card,
    points: int,
    folder: str | Path,
    *,
    columns: Sequence[str] | None = None,
    seed: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Draw points of a card's prior and write them with what the model predicts.

    The points are cut into files of `ROWS`; each has random numbers of its own and is written as a whole, so that
    memory does not depend on the number of points, an interrupted sweep goes on, and a finished one can be made
    longer. Every tool that reads Parquet reads the folder as one table.

    Parameters
    ----------
    card : Card
        The card.
    points : int
        How many.
    folder : path
        Where to write.
    columns : sequence of str, optional
        Observables and derived quantities to write; all by default. The parameters, ``log_likelihood`` and ``reason``
        (0: valid) are always there.
    seed : int, optional
        The card's by default.
    workers : int, optional
        Processes; one a core by default. The points do not depend on it.
    scheduler : str, optional
        Workers elsewhere, see `g2fit.core.parallel.open.open_executor`.
    report : callable, optional
        Told the numbers of finished and of all points.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        For an unknown column, or without pyarrow.
    StoreError
        If the folder holds other points or cannot be written.
    """
    need_parquet()
    if points < 1:
        raise InputError(f"points = {points} must be at least 1")
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be at least 1")
    if not card.sampled:
        raise InputError(f"model {card.model_name!r} has no parameters to draw on this card")
    posterior = Posterior(card)
    posterior.compile()
    known = [quantity.name for quantity in posterior.model.observables]
    chosen = list(known if columns is None else dict.fromkeys(columns))
    for name in chosen:
        if name not in known:
            raise InputError(f"model {card.model_name!r} has no observable {name!r}; {nearest(name, known)}")
    number = card.sampler.seed if seed is None else seed
    place = Path(folder)
    with claimed(place, (".points-*.parquet",), f"{place}: another sweep is writing to this folder"):
        _own(place, _key(card, chosen, number))
        wanted = {place / f"points-{first // ROWS:06d}.parquet": first for first in range(0, points, ROWS)}
        missing = {path: first for path, first in wanted.items() if _length(path) < min(ROWS, points - first)}
        done = points - sum(min(ROWS, points - first) for first in missing.values())
        report(done, points)
        calls = [
            Call(
                f"points {first}",
                write_points,
                (card, path.resolve(), first, min(ROWS, points - first), chosen, number),
            )
            for path, first in missing.items()
        ]
        remember(posterior)
        processes = min(workers or available_cores(), max(1, len(calls)))
        with one_blas_thread(), open_executor(scheduler, processes) as executor:
            for _, rows in executor.run(calls):
                done += rows
                report(done, points)
    return place


def write_points(card: Card, path: Path, first: int, rows: int, columns: list[str], seed: int) -> int:
    """Write one file of points: the task of a worker.

    Raises
    ------
    StoreError
        If the folder is not there or cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    require_folder(path.parent)
    posterior = posterior_of(card)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BRANCH, first // ROWS)))
    theta = posterior.sample_prior(rng, ROWS)[:rows]  # a shorter file has the first points of a full one
    predictions = posterior.predict_drawn(theta, np.random.default_rng([seed, BRANCH, first // ROWS]))
    content: dict[str, Any] = {name: theta[:, j] for j, name in enumerate(posterior.names)}
    content["log_likelihood"] = posterior.log_likelihood(theta)
    content["reason"] = predictions["reason"].astype(np.int8)
    content |= {name: np.ascontiguousarray(predictions[name]) for name in columns if name not in content}
    with atomic_write(path) as temporary:
        pq.write_table(pa.table(content), temporary, compression="zstd", use_dictionary=["reason"])
    return rows


def _key(card: Card, columns: list[str], seed: int) -> dict[str, Any]:
    target = card.target()
    parts = [FORMAT, target, card.dataset.fingerprint, columns, seed]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return {"key": digest, "seed": seed, "model": card.model_name, "vintage": card.dataset.vintage, "card": target}


def _own(place: Path, record: dict[str, Any]) -> None:
    """Begin a folder, or check that it belongs to this sweep."""
    path = place / RECORD
    if path.exists():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))["key"]
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(f"{path}: is not a file of this program; choose another folder") from None
        if found != record["key"]:
            raise StoreError(f"{place}: holds points of another card, seed or choice of columns; choose another folder")
    elif any(place.glob("points-*.parquet")):
        raise StoreError(f"{place}: holds points but no {RECORD}; choose another folder")
    else:
        write_text(path, json.dumps(record | {"versions": versions()}, indent=1) + "\n")


def _length(path: Path) -> int:
    """Rows of a file; 0 if it is not there or not whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return 0

"""Points of the prior with their predictions and likelihoods, streamed to a folder of Parquet files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import InputError, StoreError, nearest
from g2fit.core.files import atomic_write, fingerprint_of, need_parquet
from g2fit.core.locks import require_folder
from g2fit.core.parallel.executors import Call
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores, check_workers, one_blas_thread
from g2fit.core.seeds import check_seed
from g2fit.core.versions import versions
from g2fit.posterior import Posterior
from g2fit.posterior.cache import posterior_of, remember

__all__ = ["ROWS", "sweep"]

#: Points in one file, which a worker computes, and holds in memory, at a time.
ROWS = 2**18

#: First spawn key of the seeds of sweeps, apart from those of runs and evidences.
BRANCH = 2**31 + 2

#: Version of the files; raised when old ones can no longer be continued.
FORMAT = 2

#: File that describes the points of a folder. Readers of Parquet folders ignore names that begin with an underscore.
RECORD = "_sweep.json"

#: Entry of a file's metadata with the digest of its content.
DIGEST = b"g2fit.digest"


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
    """Draw points of a card's prior and write them with the predictions of the model.

    The points are written in files of `ROWS`. Each file has random numbers of its own and is written as a whole:
    memory does not depend on the number of points, an interrupted sweep continues, and a finished one can be extended.
    Every reader of Parquet reads the folder as one table.

    Parameters
    ----------
    card : Card
        The card.
    points : int
        Number of points.
    folder : path
        Where to write.
    columns : sequence of str, optional
        Observables and derived quantities to write; all by default. The parameters, ``log_likelihood`` and ``reason``
        (0: valid) are always written.
    seed : int, optional
        Seed of the random numbers; the card's by default.
    workers : int, optional
        Number of processes; one per core by default. The points do not depend on it.
    scheduler : str, optional
        Scheduler of workers elsewhere, see `g2fit.core.parallel.open.open_executor`.
    report : callable, optional
        Called with the numbers of finished and of all points.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If a column is unknown, the seed is negative or pyarrow is missing.
    StoreError
        If the folder holds other or more points, or cannot be written.
    """
    need_parquet()
    if points < 1:
        raise InputError(f"points = {points} must be at least 1")
    check_workers(workers)
    check_seed(seed)
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
    store = _store(card, Path(folder), chosen, number)
    with store.held(f"{folder}: another sweep is writing to this folder"):
        calls, done, last = [], 0, f"points-{(points - 1) // ROWS:06d}"
        if _length(store.path(last)) > points - (points - 1) // ROWS * ROWS or any(
            path.stem > last for path in store.folder.glob("points-*.parquet")
        ):
            raise StoreError(f"{folder}: holds more than {points} points already; ask for more, or name another folder")
        for first in range(0, points, ROWS):
            path, rows = store.path(f"points-{first // ROWS:06d}"), min(ROWS, points - first)
            if _length(path) < rows:
                arguments = (card, path.resolve(), first, rows, chosen, number)
                calls.append(Call(f"points {first}", write_points, arguments))
            else:
                done += rows
        report(done, points)
        remember(posterior)
        processes = min(workers or available_cores(), max(1, len(calls)))
        with one_blas_thread(), open_executor(scheduler, processes) as executor:
            for _, rows in executor.run(calls):
                done += rows
                report(done, points)
    return store.folder


def write_points(card: Card, path: Path, first: int, rows: int, columns: list[str], seed: int) -> int:
    """Write one file of points; this is the task of a worker, which must see the folder and can write to it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    require_folder(path.parent)
    posterior = posterior_of(card)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BRANCH, first // ROWS)))
    theta = posterior.sample_prior(rng, ROWS)[:rows]  # a shorter file has the first points of a full one
    predictions = posterior.predict_drawn(theta, np.random.default_rng([seed, BRANCH, first // ROWS]))
    content: dict[str, Any] = dict(zip(posterior.names, theta.T, strict=True))
    content["log_likelihood"] = posterior.log_likelihood(theta)
    content["reason"] = predictions["reason"].astype(np.int8)
    content |= {name: np.ascontiguousarray(predictions[name]) for name in columns if name not in content}
    table = pa.table(content)
    table = table.replace_schema_metadata({DIGEST: _digest(table)})
    with atomic_write(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", use_dictionary=["reason"], write_page_checksum=True)
    return rows


def _store(card: Card, folder: Path, columns: list[str], seed: int) -> Checkpoints:
    """Folder of a sweep, with a record of its card."""
    target = card.target()
    current = {key: value for key, value in card.resolved().items() if key in target}
    code = card.code(__name__)
    about = {"code": code, "seed": seed, "model": card.model_name, "vintage": card.dataset.vintage, "card": current}
    return Checkpoints(
        folder,
        fingerprint_of([FORMAT, target, card.dataset.fingerprint, columns, seed, code]),
        refusal="points of another card, seed, choice of columns or code",
        suffix=".parquet",
        record=RECORD,
        about=about | {"versions": versions()},
    )


def _digest(table: Any) -> str:
    """SHA-256 of the names and values of a table."""
    return fingerprint_of(table.column_names, *(column.to_numpy() for column in table.columns))


def _length(path: Path) -> int:
    """Number of rows of a file; 0 if it is missing or damaged: its points are computed again then."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, page_checksum_verification=True, partitioning=None)
        intact = (table.schema.metadata or {}).get(DIGEST) == _digest(table).encode()
    except (OSError, ValueError, pa.ArrowException):
        return 0
    return int(table.num_rows) if intact else 0

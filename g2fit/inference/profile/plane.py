"""Scans of a plane: maps of profile likelihood and marginal posterior, in parallel, resumable block by block."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import InputError, StoreError
from g2fit.core.locks import claimed
from g2fit.core.netcdf import read_netcdf, write_netcdf
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores, check_workers, one_blas_thread
from g2fit.core.types import FloatArray
from g2fit.inference.profile.best_fit import CANDIDATES
from g2fit.inference.profile.exchange import Visit, settle
from g2fit.inference.profile.maximise import Surface, candidates
from g2fit.inference.profile.node_grid import column_of, dataset, grid_values
from g2fit.inference.profile.tiles import Blocks, ScanProgress, Task
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.results.marginals import Marginals
from g2fit.sampling.run_folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ScanProgress", "load_scan", "scan", "scan_path"]

#: Most draws of a run among which starting points are looked for.
DRAWS = 50_000


def scan_path(folder: str | Path, x: str, y: str) -> Path:
    """File of the scan of a plane."""
    return Path(folder) / f"scan-{x}-{y}.nc"


def load_scan(path: str | Path) -> xr.Dataset:
    """Read a scan.

    Raises
    ------
    StoreError
        If the file is not there, truncated or not a scan.
    """
    found: xr.Dataset = read_netcdf(Path(path), "a scan")
    if "delta_chi2" not in found or "key" not in found.attrs:
        raise StoreError(f"{path}: is not a scan of g2fit")
    return found


def save_scan(data: xr.Dataset, card: Card, key: str, path: Path) -> None:
    """Write what was found, with all that it belongs to."""
    data.attrs |= {"key": key, "model": card.model_name, "vintage": card.dataset.vintage, "card": card.to_yaml()}
    write_netcdf(data, path)


def scan(
    card: Card,
    x: str,
    y: str,
    nx: int = 50,
    ny: int = 50,
    workers: int | None = None,
    folder: str | Path | None = None,
    report: Callable[[ScanProgress], None] = lambda progress: None,
    *,
    x_limits: tuple[float, float] | None = None,
    y_limits: tuple[float, float] | None = None,
    seed: int = 0,
    scheduler: str | None = None,
) -> xr.Dataset:
    """Map the plane of two parameters: at every node, maximise the likelihood over all others.

    Every finished block of rows is on disk; an interrupted scan goes on from there, a finished one is read. The
    result does not depend on the number of workers or on interruptions.

    Parameters
    ----------
    card : Card
        What is fitted. If its run has a result, its draws are further starting points, and the map has the marginal.
    x, y : str
        Sampled parameters.
    nx, ny : int
        Size of the grid, in equal steps or, where the prior is logarithmic, in equal ratios.
    workers : int, optional
        Processes; one a core by default.
    folder : path, optional
        Where to save; the run folder by default.
    report : callable, optional
        Called with a `ScanProgress` as the scan goes on.
    x_limits, y_limits : pair of float, optional
        Range of the grid; the priors' supports by default.
    seed : int
        Of the random numbers.
    scheduler : str, optional
        Address of a dask scheduler (``tcp://HOST:PORT``) or ``mpi``, whose workers do it instead.

    Returns
    -------
    xarray.Dataset
        As `node_grid.dataset` gives it, and ``credible_mass``, the probability of the smallest marginal region
        that contains a node, if there is a run. It is saved at `scan_path`.

    Raises
    ------
    InputError
        For unknown or equal parameters, or a range outside of the prior's support.
    """
    if x == y:
        raise InputError(f"a plane needs two different parameters, not {x!r} twice")
    check_workers(workers)
    target = Path(folder) if folder is not None else card.output
    posterior = Posterior(card)
    values = grid_values(posterior, x, nx, x_limits), grid_values(posterior, y, ny, y_limits)
    posterior.compile()
    result = result_of(card)
    surface = Surface(posterior)
    starts = candidates(surface, np.random.default_rng(seed), CANDIDATES, draws_of(result, posterior))
    task = Task(x, y, *values, starts, seed)
    key = task.key(card)
    path = scan_path(target, x, y)
    if path.exists():
        found = load_scan(path)
        if found.attrs["key"] == key:
            return found
    progress = ScanProgress(total=nx * ny)
    parts = target / f".scan-{x}-{y}-{key[:12]}"
    columns = [column_of(posterior, name) for name in (x, y)]
    processes = workers or available_cores()
    refusal = f"{parts}: another scan of this plane is going on"
    with (
        claimed(parts, (".round-*.npz",), refusal),
        one_blas_thread(),
        open_executor(scheduler, min(processes, len(task.blocks))) as executor,
    ):
        blocks = Blocks(posterior, task, parts, executor)

        def attempt(round_: int) -> tuple[FloatArray, FloatArray]:
            return blocks.all(round_, progress, report)

        def visitor(visits: list[Visit]) -> list[tuple[FloatArray, FloatArray]]:
            progress.stage = "passing on"
            report(progress)
            return blocks.visits(visits, lambda: report(progress))

        found = settle(columns, attempt, visitor, seed)
    surface.evaluations += blocks.evaluations
    data = dataset(surface, {x: values[0], y: values[1]}, found)
    if result is not None:
        _add_marginal(data, result, x, y)
    save_scan(data, card, key, path)
    shutil.rmtree(parts, ignore_errors=True)
    progress.stage = "done"
    report(progress)
    return data


def result_of(card: Card) -> Result | None:
    """Result of the card's run, if it is a run of this card."""
    folder = RunFolder(card.output)
    if not folder.result_path.exists() or folder.manifest()["fingerprint"] != card.fingerprint():
        return None
    return Result(card.output)


def draws_of(result: Result | None, posterior: Posterior) -> FloatArray | None:
    if result is None:
        return None
    theta = np.stack([result.draws(name).ravel() for name in posterior.names], axis=1)
    return theta[:: -(-len(theta) // DRAWS)]


def _add_marginal(data: xr.Dataset, result: Result, x: str, y: str) -> None:
    region = Marginals(result).two(x, y)
    columns, rows = np.meshgrid(data[x].values, data[y].values)
    text = "probability of the smallest marginal region that contains the node"
    data["credible_mass"] = ((y, x), region.credible_mass(columns, rows), {"long_name": text, "units": "1"})

"""Scans of a plane: maps of profile likelihood and marginal posterior, in parallel and resumable by tiles."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from g2fit.card import Card
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import InputError, StoreError
from g2fit.core.files import fingerprint_of
from g2fit.core.netcdf import read_netcdf, write_netcdf
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores, check_workers, one_blas_thread
from g2fit.core.types import FloatArray
from g2fit.inference.profile.exchange import maximise_until_confirmed
from g2fit.inference.profile.maximise import CANDIDATES, Surface, candidates
from g2fit.inference.profile.node_grid import Axis, column_of, dataset, grid_values
from g2fit.inference.profile.tiles import PlaneScan, ScanProgress, Tiles
from g2fit.inference.tasks import TaskRunner
from g2fit.posterior import Posterior
from g2fit.results import Result
from g2fit.results.marginals import Marginals
from g2fit.sampling.run_folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Axis", "ScanProgress", "is_of_run", "load_scan", "scan", "scan_of_run", "scan_path"]

#: Largest number of draws of a run among which starting points are chosen.
DRAWS = 50_000


def scan_path(folder: str | Path, x: str, y: str) -> Path:
    """File of the scan of a plane."""
    return Path(folder) / f"scan-{x}-{y}.nc"


def finished_scan(path: Path, key: str) -> xr.Dataset | None:
    """Scan that was finished before with this key, or None."""
    found = load_scan(path) if path.exists() else None
    return found if found is not None and found.attrs["key"] == key else None


def load_scan(path: str | Path) -> xr.Dataset:
    """Read a scan.

    Raises
    ------
    StoreError
        If the file is missing, truncated or not a scan.
    """
    found: xr.Dataset = read_netcdf(Path(path), "a scan")
    if "delta_chi2" not in found or "key" not in found.attrs:
        raise StoreError(f"{path}: is not a scan of g2fit")
    return found


def scan_of_run(path: Path, result: Result) -> xr.Dataset:
    """Read a scan that is shown with the draws of a run.

    Raises
    ------
    StoreError
        If it is of another card, other data or other code than the run.
    """
    found = load_scan(path)
    if not is_of_run(found, result):
        raise StoreError(f"{path}: is no scan of this run: card, data or code differ; remove it, or scan again")
    return found


def is_of_run(scan: xr.Dataset, result: Result) -> bool:
    """Whether a scan is of the posterior of a run, computed by the same code; for former versions, of the same data."""
    code = result.manifest.get("code")
    return bool(scan.attrs.get("posterior") == (None if code is None else _posterior_of(result.card, code)))


def _posterior_of(card: Card, code: Mapping[str, str]) -> str:
    """Fingerprint of a posterior, and of the code that computes it."""
    return fingerprint_of([card.target(), card.dataset.fingerprint, code])


def save_scan(data: xr.Dataset, card: Card, key: str, path: Path) -> None:
    """Write a profile likelihood, with its card and key."""
    data.attrs |= {"key": key, "model": card.model_name, "vintage": card.dataset.vintage, "card": card.to_yaml()}
    data.attrs["posterior"] = _posterior_of(card, card.code())
    write_netcdf(data, path)


def scan(
    card: Card,
    x: Axis,
    y: Axis,
    *,
    folder: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    seed: int = 0,
    report: Callable[[ScanProgress], None] = lambda progress: None,
) -> xr.Dataset:
    """Profile likelihood over a plane of two parameters.

    At each point of the plane the likelihood is maximised over all other parameters. Finished tiles are kept on disk:
    an interrupted scan continues, and a finished one is read. The result does not depend on the number of workers or
    on interruptions.

    Parameters
    ----------
    card : Card
        The card. If its run has a result, the draws are further starting points, and the result has the marginal, too.
    x, y : Axis
        Axes of the plane.
    folder : path, optional
        Folder of the file; the run folder by default.
    workers : int, optional
        Number of processes; one per core by default.
    scheduler : str, optional
        Address of a dask scheduler (``tcp://HOST:PORT``) or ``mpi``: its workers are used instead of processes.
    seed : int
        Seed of the random numbers.
    report : callable, optional
        Called with a `ScanProgress` as the scan proceeds.

    Returns
    -------
    xarray.Dataset
        See `g2fit.inference.profile.node_grid.dataset`; if there is a run, also ``credible_mass``, the probability of
        the smallest marginal region that contains a node. It is saved at `scan_path`.

    Raises
    ------
    InputError
        If the parameters are unknown or the same, or the limits leave the prior's support.
    """
    if x.name == y.name:
        raise InputError(f"a plane needs two different parameters, not {x.name!r} twice")
    check_workers(workers)
    posterior = Posterior(card)
    values = grid_values(posterior, x), grid_values(posterior, y)
    posterior.compile()
    result = result_of(card)
    surface = Surface(posterior)
    starts = candidates(surface, np.random.default_rng(seed), CANDIDATES, draws_of(result))
    plane = PlaneScan(x.name, y.name, *values, starts, seed)
    key = plane.key(card)
    path = scan_path(folder or card.output, x.name, y.name)
    if (finished := finished_scan(path, key)) is not None:
        return finished
    store = Checkpoints(path.parent / f".{path.stem}-{key[:12]}", key)
    with (
        store.held(f"{store.folder}: another process is scanning this plane"),
        one_blas_thread(),
        open_executor(scheduler, min(workers or available_cores(), len(plane.corners))) as executor,
    ):
        tiles = Tiles(posterior, plane, TaskRunner(executor=executor, store=store, interval=0.0), report)
        columns = [column_of(posterior, axis.name) for axis in (x, y)]
        found = maximise_until_confirmed(columns, tiles.maximise_all, tiles.exchange, seed)
    surface.evaluations += tiles.evaluations
    data = dataset(surface, {x.name: values[0], y.name: values[1]}, found)
    if result is not None:
        mass = Marginals(result).two(x.name, y.name).credible_mass(*np.meshgrid(*values))
        text = "probability of the smallest marginal region that contains the node"
        data["credible_mass"] = ((y.name, x.name), mass, {"long_name": text, "units": "1"})
    save_scan(data, card, key, path)
    shutil.rmtree(store.folder, ignore_errors=True)
    tiles.progress.stage = "done"
    tiles.report()
    return data


def result_of(card: Card) -> Result | None:
    """Result of the card's run, or None if there is no run of this card."""
    folder = RunFolder(card.output)
    if not folder.result_path.exists() or folder.manifest()["fingerprint"] != card.fingerprint():
        return None
    result = Result(card.output)
    _ = result.posterior  # refuses draws of other code
    return result


def draws_of(result: Result | None) -> FloatArray | None:
    """Draws of a run's result, thinned, shape (N, D)."""
    return None if result is None else result.theta[:: -(-len(result.theta) // DRAWS)]

"""Profile likelihood of one parameter, kept in the run folder; and the scans of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from g2fit.card import Card
from g2fit.core.errors import InputError
from g2fit.core.files import fingerprint_of
from g2fit.inference.profile.exchange import maximise_at_nodes, maximise_from_neighbours, maximise_until_confirmed
from g2fit.inference.profile.maximise import CANDIDATES, Surface, candidates
from g2fit.inference.profile.node_grid import Axis, column_of, dataset, grid_values
from g2fit.inference.profile.plane import (
    ScanProgress,
    draws_of,
    load_scan,
    result_of,
    save_scan,
    scan,
    scan_path,
)
from g2fit.inference.profile.tiles import FORMAT
from g2fit.posterior import Posterior

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["line_path", "profile", "scan_line", "scan_request"]


def profile(posterior: Posterior, axis: Axis, *, draws: ArrayLike | None = None, seed: int = 0) -> xr.Dataset:
    """Profile likelihood of one parameter: at each value the likelihood is maximised over all other parameters.

    Parameters
    ----------
    posterior, draws, seed
        See `g2fit.inference.profile.best_fit.best_fits`.
    axis : Axis
        The parameter and its values.

    Returns
    -------
    xarray.Dataset
        See `g2fit.inference.profile.node_grid.dataset`.

    Raises
    ------
    InputError
        If the parameter is unknown, there are fewer than two values, or the limits leave the prior's support.
    """
    surface = Surface(posterior)
    rng = np.random.default_rng(seed)
    values = grid_values(posterior, axis)
    columns = [column_of(posterior, axis.name)]
    starts = candidates(surface, rng, CANDIDATES, draws)
    found = maximise_until_confirmed(
        columns,
        lambda round_: maximise_at_nodes(surface, columns, values[:, None], starts, rng),
        lambda tasks: [maximise_from_neighbours(surface, task) for task in tasks],
        seed,
    )
    return dataset(surface, {axis.name: values}, found)


def line_path(folder: str | Path, x: str) -> Path:
    """File of the profile of a parameter."""
    return Path(folder) / f"profile-{x}.nc"


def scan_line(
    card: Card, axis: Axis, folder: str | Path | None = None, *, seed: int = 0, finer: bool = False
) -> xr.Dataset:
    """Profile likelihood of one parameter of a card, saved at `line_path`.

    A profile that is there already, of the same card and the same values, is read.

    Parameters
    ----------
    card : Card
        The card. If its run has a result, the draws are further starting points.
    axis, seed
        See `profile`.
    folder : path, optional
        Folder of the file; the run folder by default.
    finer : bool
        Whether one with more values that is there already will do, too.
    """
    posterior, result = Posterior(card), result_of(card)

    def key_of(nodes: int) -> str:
        settings = [axis.name, nodes, axis.limits, seed, result is not None]
        return fingerprint_of([FORMAT, card.target(), card.dataset.fingerprint, *settings, card.code(__name__)])

    path = line_path(folder or card.output, axis.name)
    if path.exists():
        there = load_scan(path)
        nodes = max(axis.nodes, there.sizes.get(axis.name, 0)) if finer else axis.nodes
        if there.attrs["key"] == key_of(nodes):
            return there
    data = profile(posterior, axis, draws=draws_of(result), seed=seed)
    save_scan(data, card, key_of(axis.nodes), path)
    return data


def scan_request(
    card: Card,
    x: Axis,
    y: Axis | None = None,
    *,
    folder: Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Callable[[ScanProgress], None] = lambda progress: None,
) -> tuple[xr.Dataset, Path]:
    """Scan a plane, or one parameter if there is no `y`; give the profile likelihood and its file.

    Raises
    ------
    InputError
        See `g2fit.inference.profile.plane.scan` and `scan_line`; and for a scheduler without `y`.
    """
    place = folder or card.output
    if y is not None:
        found = scan(card, x, y, workers=workers, folder=folder, scheduler=scheduler, report=report)
        return found, scan_path(place, x.name, y.name)
    if scheduler is not None:
        raise InputError(
            f"scheduler {scheduler}: one parameter is scanned in this process; only planes are distributed"
        )
    return scan_line(card, x, folder), line_path(place, x.name)

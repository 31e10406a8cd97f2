"""Profile likelihood of one parameter, kept in the run folder; and what `g2fit scan` asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from g2fit.card import Card
from g2fit.core.errors import InputError
from g2fit.core.files import fingerprint_of
from g2fit.inference.profile.best_fit import profile
from g2fit.inference.profile.plane import ScanProgress, draws_of, load_scan, result_of, save_scan, scan, scan_path
from g2fit.posterior import Posterior

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["line_path", "scan_line", "scan_request"]

#: Raised when what is stored can no longer be used.
FORMAT = 2


def line_path(folder: str | Path, x: str) -> Path:
    """File of the profile of a parameter."""
    return Path(folder) / f"profile-{x}.nc"


def scan_line(
    card: Card,
    x: str,
    n: int = 60,
    folder: str | Path | None = None,
    *,
    limits: tuple[float, float] | None = None,
    seed: int = 0,
) -> xr.Dataset:
    """Maximise the likelihood over all other parameters along one, and save what is found at `line_path`.

    A profile that is there already, of the same card and the same values, is read.

    Parameters
    ----------
    card : Card
        What is fitted. If its run has a result, its draws are further starting points.
    x : str
        A sampled parameter.
    n : int
        Number of values, in equal steps or, where the prior is logarithmic, in equal ratios.
    folder : path, optional
        Where to save; the run folder by default.
    limits : pair of float, optional
        Range of the values; the prior's support by default.
    seed : int
        Of the random numbers.

    Returns
    -------
    xarray.Dataset
        As `g2fit.inference.profile.node_grid.dataset` gives it.

    Raises
    ------
    InputError
        For an unknown parameter, fewer than two values, or a range outside of the prior's support.
    """
    target = Path(folder) if folder is not None else card.output
    posterior = Posterior(card)
    result = result_of(card)
    parts = [FORMAT, card.target(), card.dataset.fingerprint, x, n, limits, seed, result is not None]
    key = fingerprint_of(parts)
    path = line_path(target, x)
    if path.exists():
        found = load_scan(path)
        if found.attrs["key"] == key:
            return found
    data = profile(posterior, x, n=n, limits=limits, draws=draws_of(result, posterior), seed=seed)
    save_scan(data, card, key, path)
    return data


def scan_request(
    card: Card,
    x: str,
    y: str | None,
    nx: int,
    ny: int,
    x_limits: tuple[float, float] | None = None,
    y_limits: tuple[float, float] | None = None,
    *,
    folder: Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Callable[[ScanProgress], None] = lambda progress: None,
) -> tuple[xr.Dataset, Path]:
    """Scan a plane, or one parameter if there is no `y`; return what was found and its file.

    Raises
    ------
    InputError
        As `g2fit.inference.profile.plane.scan` and `scan_line`, and for limits of a `y` that is not there.
    """
    place = folder or card.output
    if y is not None:
        found = scan(
            card, x, y, nx, ny, workers, folder, report, x_limits=x_limits, y_limits=y_limits, scheduler=scheduler
        )
        return found, scan_path(place, x, y)
    if scheduler is not None:
        raise InputError(f"scheduler {scheduler}: one parameter is scanned in this process; only planes are shared out")
    if y_limits is not None:
        raise InputError(f"limits of y, {y_limits[0]:g} to {y_limits[1]:g}, without y: name its parameter")
    return scan_line(card, x, nx, folder, limits=x_limits), line_path(place, x)

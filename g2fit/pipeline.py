"""Start or continue a run: from a card to ``result.nc``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import CardError
from g2fit.core.parallel.threads import check_workers, one_blas_thread
from g2fit.inference.profile.best_fit import best_fits
from g2fit.posterior import Posterior
from g2fit.results.save import save_result
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import Progress, Runner

if TYPE_CHECKING:
    import xarray as xr

    from g2fit.sampling.diagnostics import Verdict

__all__ = ["execute", "run"]


def execute(
    card: Card,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Verdict:
    """Start the run of a card, or continue what is in its folder, until it has converged.

    Parameters
    ----------
    card : Card
        What to fit.
    workers : int, optional
        Processes; one a core by default. The result does not depend on it.
    scheduler : str, optional
        Address of a dask scheduler (``tcp://HOST:PORT``) or ``mpi``, whose workers do it instead; nor on this.
    report : callable, optional
        Called with a `Progress` as the run goes on.

    Returns
    -------
    Verdict
        How far it has converged; compare with the targets by ``verdict.converged``.

    Raises
    ------
    StoreError
        If the folder belongs to another card, is in use or cannot be written.
    CardError
        If there is nothing to sample, or the prior allows hardly anything.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, everything having been saved.
    """
    check_workers(workers)
    if not card.sampled:
        raise CardError(
            f"model {card.model_name!r} has no parameters to sample on this card; its likelihood is its evidence "
            "(see `g2fit point`)"
        )
    posterior = Posterior(card)
    folder = RunFolder(card.output)
    if not folder.status():
        posterior.require_allowed(np.random.default_rng(card.sampler.seed))
    folder.open(card)
    with folder.lock(), one_blas_thread():
        verdict = Runner(posterior, folder, workers=workers, scheduler=scheduler, report=report).run()
        save_result(posterior, folder, verdict, lambda draws: best_fits(posterior, draws=draws))
    return verdict


def run(card: Card | str | Path, *, workers: int | None = None, scheduler: str | None = None) -> xr.DataTree:
    """Run a card to convergence and return its result.

    Parameters
    ----------
    card : Card or path
        What to fit.
    workers : int, optional
        Processes; one a core by default.
    scheduler : str, optional
        As for `execute`.

    Returns
    -------
    xarray.DataTree
        The groups of ``result.nc``, see `g2fit.results.save.save_result`.

    Raises
    ------
    NotConvergedError
        If ``max_steps`` was reached first; the result is saved all the same.
    """
    from g2fit.core.errors import NotConvergedError
    from g2fit.results import Result

    card = card if isinstance(card, Card) else Card.load(card)
    verdict = execute(card, workers=workers, scheduler=scheduler)
    if not verdict.converged(card.sampler.stop.ess, card.sampler.stop.rhat):
        raise NotConvergedError(explain(card, verdict))
    return Result(card.output).tree


def explain(card: Card, verdict: Verdict) -> str:
    """Say in one line how far a run has come."""
    stop = card.sampler.stop
    return (
        f"{verdict.steps} steps: ESS {verdict.ess:.0f} ({verdict.ess_name}) of {stop.ess:.0f}, "
        f"R-hat {verdict.rhat:.4f} ({verdict.rhat_name}) of {stop.rhat:g}"
    )

"""The whole fit, from a card to ``result.nc``: the table of contents of the library."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import CardError, NotConvergedError, StoreError
from g2fit.core.parallel.threads import check_workers, one_blas_thread
from g2fit.inference.profile.best_fit import best_fits
from g2fit.posterior import Posterior
from g2fit.posterior.excluded_priors import draws_to_examine, excluded_priors
from g2fit.results import Result
from g2fit.results.save import save_result
from g2fit.results.save_weighted import save_weighted_result
from g2fit.sampling.cost import decided
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.evaluator import evaluated
from g2fit.sampling.progress import Progress, Reporter
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.runner import Runner

if TYPE_CHECKING:
    import xarray as xr

    from g2fit.inference.reweight.change import Change

__all__ = ["beyond_validity", "execute", "explain", "post", "run"]

#: Share of the posterior beyond the validity of the options that is mentioned at the end of a run.
MUCH = 0.1

_log = logging.getLogger("g2fit")


def execute(
    card: Card,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    force: bool = False,
) -> Verdict:
    """Start the run of a card, or continue the one in its folder, until it has converged.

    Parameters
    ----------
    card : Card
        The fit.
    workers : int, optional
        Number of processes; one per core by default. The result does not depend on it.
    scheduler : str, optional
        Workers to use instead: the address of a dask scheduler (``tcp://HOST:PORT``), or ``mpi``. The result does not
        depend on them either.
    report : callable, optional
        Called with a `Progress` as the run goes on.
    force : bool
        Whether to replace files in the output folder that no run has written.

    Returns
    -------
    Verdict
        The state of convergence; ``Result(card.output).converged`` says whether all targets are reached.

    Raises
    ------
    StoreError
        If the folder belongs to another card or code, has files of the user, is in use or cannot be written.
    CardError
        If there is nothing to sample, or the prior allows hardly anything.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM; everything is saved then.
    """
    # 1. The card: `Card.load` has read it, composed its data set, and built the model and the terms of the likelihood.
    check_workers(workers)
    if card.session and workers is None and scheduler is None:
        workers = 1  # no other process has the model
    if not card.sampled:
        raise CardError(
            f"model {card.model_name!r} has no parameters to sample on this card; its likelihood is its evidence "
            "(see `g2fit point`)"
        )
    #    Its run folder, or the measured cost of the likelihood, decides whether few or many evaluations are made.
    first = Progress.begin(card.sampler)
    card = decided(card, lambda message: report(replace(first, message=message)))
    # 2. The posterior: priors, model and likelihood as densities of batches of points, in the sampler's coordinates.
    posterior = Posterior(card)
    # 3. The check of the prior: some of its draws must be allowed. A run that has begun has passed it. A prior that a
    #    limit squeezes is worth a warning.
    folder = RunFolder(card.output)
    if not force:
        folder.require_free()
    rng, theta = np.random.default_rng(card.sampler.seed), None
    if folder.calls() is None and card.sampler.calls == "many":  # otherwise the exploration finds out
        theta = draws_to_examine(posterior, rng)
        if not np.isfinite(posterior.log_likelihood(theta)).any():
            posterior.require_allowed(rng)
    for text in excluded_priors(posterior, theta):
        _log.warning("%s: %s", card.path or "card", text)
    # 4. The run folder: locked against other runs, made for this card, or checked to belong to it.
    with folder.lock(), one_blas_thread():
        folder.open(card, force=force)
        # 5. Exploration, and sampling of every ensemble, or of further weighted draws, with diagnostics in between,
        #    until the targets are reached.
        least = _length_of_result(folder)
        runner = Runner(posterior, folder, workers=workers, scheduler=scheduler, report=report, least=least)
        verdict = runner.run()
        # 6. The best fit of every solution, started from the draws, and ``result.nc``: the thinned draws with their
        #    predictions and likelihood terms, and the best fits with their pulls.
        with _finishing(runner.reporter), posterior.shared_by(runner.workers):
            evaluate = functools.partial(evaluated, posterior, runner.workers)
            save = save_weighted_result if card.sampler.stop.draws == "weighted" else save_result
            save(posterior, folder, verdict, functools.partial(best_fits, posterior), evaluate)
    return verdict


@contextmanager
def _finishing(reporter: Reporter) -> Iterator[None]:
    """Show a run as one that goes on until its result is written."""
    state, message = reporter.progress.state, reporter.progress.message
    reporter.tell("running", "finding the best fit of every solution")
    with reporter.recorded():
        yield
    reporter.tell(state, message)


def _length_of_result(folder: RunFolder) -> int:
    """Length of the chains that the result of a folder is from; 0 without one, or if it is damaged and is replaced."""
    try:
        return Result(folder.path).steps_of_chains
    except StoreError:
        return 0


def run(card: Card | str | Path, *, workers: int | None = None, scheduler: str | None = None) -> xr.DataTree:
    """Run a card to convergence and return its result.

    Parameters
    ----------
    card : Card or path
        The fit.
    workers : int, optional
        Number of processes; one per core by default.
    scheduler : str, optional
        Workers to use instead, see `execute`.

    Returns
    -------
    xarray.DataTree
        The groups of ``result.nc``, see `g2fit.results.save.save_result`.

    Raises
    ------
    NotConvergedError
        If a limit of the card (``max_steps``, ``max_calls``, ``max_hours``) was reached first, or the weights of the
        draws cannot reach the target; the result is saved nevertheless.
    """
    card = card if isinstance(card, Card) else Card.load(card)
    verdict = execute(card, workers=workers, scheduler=scheduler)
    result = Result(card.output)
    if not result.converged:
        raise NotConvergedError(explain(card, verdict))
    return result.tree


def post(
    run: str | Path,
    change: Change,
    out: str | Path,
    *,
    ess: float | None = None,
    move: bool = False,
    workers: int | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> dict[str, Any] | tuple[Card, Verdict]:
    """Change data, terms or priors after a run: weight its draws anew or, with `move`, let its walkers move on.

    Parameters
    ----------
    run, change, out, ess
        See `g2fit.inference.reweight.post.reweight`.
    move : bool
        Start the walkers of a run of the changed card from the weighted draws, and run it until it has converged to the
        targets of the card. That needs no exploration.
    workers, report
        Of that run, see `execute`.

    Returns
    -------
    dict, or (Card, Verdict)
        What the weights are worth; with `move` the changed card and the state of convergence.
    """
    from g2fit.inference.reweight.post import LEAST_ESS, begin_moving, reweight  # imports much that a run does without

    if not move:
        return reweight(run, change, out, ess=LEAST_ESS if ess is None else ess)
    card = begin_moving(run, change, out)
    return card, execute(card, workers=workers, report=report)


def explain(card: Card, verdict: Verdict) -> str:
    """State of convergence in one line: effective sample size and R-hat of the worst quantities, and their targets."""
    stop, length, log_z = card.sampler.stop, f"{verdict.steps} steps", ""
    if stop.draws == "weighted":
        statistics = Result(card.output).statistics
        explored = statistics["exploration"]
        length = f"{statistics['evaluations']} evaluations, weighted draws"
        log_z = f", ln Z {explored['log_z']:.3f} ± {explored['error']:.3f} of {stop.log_z_error:g}"
    return (
        f"{length}: ESS {verdict.ess:.0f} ({verdict.ess_name}) of {stop.ess:.0f}, "
        f"R-hat {verdict.rhat:.4f} ({verdict.rhat_name}) of {stop.rhat:g}{log_z}"
    )


def beyond_validity(card: Card) -> list[str]:
    """Say where the result of a card goes beyond the validity of the model's options: at the best fit, or often.

    Returns
    -------
    list of str
        A sentence for each text of `Model.beyond` that concerns the best fit or more than `MUCH` of the posterior.
    """
    result = Result(card.output)
    posterior = Posterior(result.card)
    fits = result.stored_best_fits() or []
    at_best = [posterior.beyond([[fit.parameters[name] for name in posterior.names]]) for fit in fits[:1]]
    sentences = []
    for text, share in result.beyond.items():
        where = ["the best fit" for shares in at_best if shares.get(text, 0.0) > 0.0]
        where += [f"{share:.0%} of the posterior"] if share > MUCH else []
        if where:
            sentences.append(f"beyond the validity of the options, {' and '.join(where)}: {text}")
    return sentences

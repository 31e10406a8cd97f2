"""The run folder of a re-weighted result, and the ensembles of a run that moves on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.aliases import current_identity
from g2fit.core.errors import InputError, NotConvergedError, StoreError
from g2fit.core.files import write_text
from g2fit.core.locks import make_folder
from g2fit.core.manifest import MANIFEST, require_card, require_code
from g2fit.core.parallel.threads import available_cores, one_blas_thread
from g2fit.inference.evidence.run import chart_posterior
from g2fit.inference.profile.best_fit import best_fits
from g2fit.inference.reweight.change import Change, changed_card, require_reachable
from g2fit.inference.reweight.move import LEAST_TO_MOVE, begin_ensembles
from g2fit.inference.reweight.reweight import (
    LARGEST_K,
    LEAST_ESS,
    Weighted,
    equally_weighted,
    require_complete,
    weighted,
)
from g2fit.results import Result
from g2fit.results.save import (
    LOG_NEGLIGIBLE,
    KeptDraws,
    about_model,
    common_attributes,
    weighted_draws,
    write_result,
)
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.progress import Progress
from g2fit.sampling.run_folder import JOURNAL, RunFolder

__all__ = ["LEAST_ESS", "NEEDED", "begin_moving", "reweight"]

#: Card of the run that is needed where weights do not do, in the folder of that run.
NEEDED = "fit.yaml"

#: Files of a folder in which a run has begun.
BEGUN = ("exploration.npz", "ensemble-*.h5", JOURNAL, ".evaluations-ensemble-*")

#: State of a result by weights, in place of that of a run.
REWEIGHTED = "re-weighted"


def reweight(run: str | Path, change: Change, out: str | Path, *, ess: float = LEAST_ESS) -> dict[str, Any]:
    """Weight the draws of a run for other data, terms or priors, and write the result to a folder of its own.

    Parameters
    ----------
    run : path
        Folder of a run with a result.
    change : Change
        What changes.
    out : path
        Folder of the new result. Its ``result.nc`` holds equally likely draws, drawn from the weighted ones, which
        everything that reads a result can use; their effective sample sizes count the weights. The group
        ``weighted_posterior`` holds weighted draws that reach further than those of the run.
    ess : float
        Effective sample size, of the worst quantity, that is needed.

    Returns
    -------
    dict
        ``run``, ``source``, ``source_converged``, ``changed`` (old and new value of each key of the card), ``verdict``,
        ``least_ess``, ``warnings``, and what `Weighted.report` describes. If the run has not converged, neither has the
        result, and its effective sample size is at most that of the run times the effective share of the weights.

    Raises
    ------
    CardError
        If a prior reaches beyond that of the run, or the changed card is not valid.
    InputError
        If `ess` is not a positive number.
    StoreError
        If the folder `out` holds a run, or the result of another card, or this version does not reproduce the densities
        of the run.
    NotConvergedError
        If the weighted draws are worth too little, or miss a part of the new posterior. The folder `out` then has the
        card `NEEDED` of the run that is needed.
    """
    if not ess > 0.0:
        raise InputError(f"--ess {ess:g}: must be greater than 0")
    result, card = _prepared(run, change, out)
    with _offering_a_run(card) as offer, one_blas_thread():
        found = weighted(result, card)
        theta, verdict = equally_weighted(found, card.sampler.seed)
        verdict = _limited(verdict, result, found)
        require_complete(found, chart_posterior(result.card))
        if found.effective >= LEAST_TO_MOVE and card.sampler.calls != "few":
            offer.append("the same command with --move, which lets the walkers move on")
        report = _report(result, card, found) | {"verdict": verdict.to_dict(), "least_ess": ess}
        _require_precise(report, verdict, ess, card.sampler.stop.rhat)
    folder, posterior = RunFolder(card.output), found.posterior
    with folder.lock(), one_blas_thread(), posterior.shared_by(available_cores()):
        folder.open(card)
        shape = {"walkers": theta.shape[2], "converged": int(result.converged)}

        def attributes(slow: bool) -> dict[str, Any]:
            return common_attributes(posterior, folder, verdict, _statistics(found, report, slow)) | shape

        kept = KeptDraws(theta, np.arange(theta.shape[1]), np.arange(theta.shape[2]), _broad_group(found))
        write_result(posterior, folder, kept, attributes, partial(best_fits, posterior))
        folder.write_status(_status(card, verdict, ess, report["warnings"]))
    return report


def begin_moving(run: str | Path, change: Change, out: str | Path) -> Card:
    """Begin a run of the changed card whose walkers start from the weighted draws of another run; return its card.

    Whoever executes that card continues the run. The parameters and errors are those of `reweight`; few effective
    draws are enough, since the walkers move on.
    """
    result, card = _prepared(run, change, out, chains=True)
    if card.sampler.calls == "few":
        raise InputError(
            f"{result.folder.path}: the likelihood is evaluated seldom (sampler.calls: few); a run of its own explores "
            "with about as many evaluations as moving the walkers takes"
        )
    with _offering_a_run(card), one_blas_thread():
        found = weighted(result, card)
        require_complete(found, chart_posterior(result.card))
        begin_ensembles(found, RunFolder(card.output))
    return card


def _prepared(run: str | Path, change: Change, out: str | Path, *, chains: bool = False) -> tuple[Result, Card]:
    """The result of the run and the changed card; refuses what needs no evaluation to be refused."""
    result = Result(run)
    if _holds_another_result(Path(out), result):
        raise StoreError(f"{out}: holds a run already; choose another folder (--out), or continue it (g2fit run {out})")
    card = changed_card(result.card, change).replace(output=Path(out))
    if chains:
        card = card.replace(stop=card.sampler.stop.model_dump() | {"draws": "chain"})
    require_reachable(result.card, card)
    folder = RunFolder(out)
    folder.require_free()
    if (folder.path / MANIFEST).exists():
        manifest = folder.manifest()
        require_card(manifest, card, f"{out}: belongs to another card")
        require_code(manifest, card, folder.path)
    return result, card


def _holds_another_result(out: Path, source: Result) -> bool:
    """Whether a run goes on or has ended in a folder, or the draws of another run were weighted in it.

    Draws of the same run are weighted again: the command may have been killed at its very end. A run is known by its
    fingerprint: its path may be written in several ways.
    """
    begun = any(path for pattern in BEGUN for path in out.glob(pattern))
    status = RunFolder(out).status()
    if begun or (status and status.get("state") != REWEIGHTED):
        return True
    known = Result(out).statistics["reweighted"]["source_fingerprint"] if status else None
    return bool(status and known != source.manifest.get("fingerprint"))


def _require_precise(report: dict[str, Any], verdict: Verdict, ess: float, rhat: float) -> None:
    k = report["pareto_k"]
    if k > LARGEST_K:
        raise NotConvergedError(
            f"a few draws have most of the weight (Pareto k = {k:.2f}, larger than {LARGEST_K:g}): their sums cannot "
            "be trusted"
        )
    if not verdict.converged(ess, rhat):
        raise NotConvergedError(
            f"the weighted draws have an effective sample size of {verdict.ess:.0f} ({verdict.ess_name}) of {ess:.0f}, "
            f"and R-hat {verdict.rhat:.4f} ({verdict.rhat_name}) of {rhat:g}"
            + "".join(f"; {text}" for text in report["warnings"])
        )


def _limited(verdict: Verdict, source: Result, found: Weighted) -> Verdict:
    """What weighted draws of a run are worth; if it has not converged, at most what its own verdict allows.

    The draws of several walkers are one series of the result, in which a long autocorrelation time may not be seen.
    """
    most = source.verdict.ess * found.effective / found.log_weight.size
    if source.converged or verdict.ess <= most:
        return verdict
    return replace(verdict, ess=most, ess_name=source.verdict.ess_name)


@contextmanager
def _offering_a_run(card: Card) -> Iterator[list[str]]:
    """Let a refusal name the run that is needed, whose card is written, and the other ways in the list given.

    The card replaces no other file.
    """
    others: list[str] = []
    try:
        yield others
    except NotConvergedError as refusal:
        make_folder(card.output)
        ways = " or ".join([f"g2fit run {_written(card)}", *others])
        raise NotConvergedError(f"{refusal}. What gives a result: {ways}") from None


def _written(card: Card) -> Path:
    """Write a card to its output folder, unless it is there; files of this name with other content are kept."""
    place, text, number = card.output / NEEDED, card.to_yaml(), 1
    while os.path.lexists(place):
        if place.is_file() and place.read_bytes() == text.encode():
            return place
        number += 1
        place = place.with_name(f"{Path(NEEDED).stem}-{number}.yaml")
    write_text(place, text)
    return place


def _report(result: Result, card: Card, found: Weighted) -> dict[str, Any]:
    old, new = current_identity(result.card.identity()), current_identity(card.identity())
    changed = {
        key: [old.get(key), new.get(key)] for key in sorted({*old, *new}) if str(old.get(key)) != str(new.get(key))
    }
    doubt = f"{result.folder.path} has not converged, nor have its weighted draws"
    return {
        "run": str(card.output),
        "source": str(result.folder.path),
        "source_converged": result.converged,
        "source_fingerprint": result.manifest.get("fingerprint"),
        "changed": changed,
        "warnings": [] if result.converged else [doubt],
        **found.report(),
    }


def _statistics(found: Weighted, report: dict[str, Any], slow: bool) -> dict[str, Any]:
    """What `g2fit.results.save` states of a run, as far as it applies."""
    broad = found.broad
    log_z, error = broad.log_z
    return {
        "evaluations": found.log_weight.size,
        "acceptance": None,
        "reasons": {},
        **about_model(found.posterior, slow),
        "exploration": {
            "calls": len(broad.new),
            "ess": broad.effective,
            "log_z": log_z,
            "error": error,
            "efficiencies": [],
            "missed": [],
            "warnings": [],
        },
        "proposal_efficiency": [],
        "reweighted": {key: value for key, value in report.items() if key != "verdict"},
    }


def _broad_group(found: Weighted) -> dict[str, Any]:
    """The draws that reach further, with their weights for the new posterior."""
    broad = found.broad
    kept = broad.new > broad.new.max() + LOG_NEGLIGIBLE
    log_weight = broad.new[kept] - np.log(len(broad.new))
    return weighted_draws(found.posterior.names, broad.theta[kept], log_weight, np.zeros(kept.sum(), dtype=np.int64))


def _status(card: Card, verdict: Verdict, ess: float, warnings: list[str]) -> dict[str, Any]:
    """State for ``g2fit status``. Its checks stay empty: a run in this folder must not take them for its own."""
    steps = [verdict.steps] * card.sampler.ensembles
    progress = Progress(REWEIGHTED, steps, ess, card.sampler.stop.rhat, checks=[asdict(verdict)], warnings=warnings)
    return progress.to_dict() | {"checks": []}

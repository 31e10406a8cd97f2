"""The evidence of a card or run: estimators, their agreement, and ``evidence.json``."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.errors import G2fitError, InputError, nearest
from g2fit.core.files import write_text
from g2fit.core.locks import claimed
from g2fit.core.parallel.executors import Executor
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores, one_blas_thread
from g2fit.core.types import FloatArray
from g2fit.core.versions import versions
from g2fit.inference.evidence.estimate import Estimate, Report
from g2fit.inference.evidence.importance import Importance, importance_sampling
from g2fit.inference.evidence.nested import nested_sampling
from g2fit.inference.evidence.prior import prior_monte_carlo
from g2fit.inference.evidence.target import PosteriorTarget
from g2fit.inference.evidence.tasks import Parts
from g2fit.posterior import Posterior
from g2fit.sampling.ensemble import check_density
from g2fit.sampling.mixture import GaussianMixture
from g2fit.sampling.run_folder import RunFolder

__all__ = ["METHODS", "Evidence", "evidence"]

#: Estimators by name; the first two are the default.
METHODS = ("A", "B", "nested")

#: Layout of ``evidence.json`` and of the kept pieces; raised when either changes its meaning.
FORMAT = 2

#: Folder of the kept pieces, in that of the run.
PARTS = "evidence-parts"

#: Branch of the seed, apart from those of the ensembles.
BRANCH = 2**31 + 1

#: Most draws of a run that the bridge uses.
CHAIN_DRAWS = 100_000

#: A mixture of the run is used from this efficiency on; otherwise new ones are fitted.
USEFUL = 0.02


@dataclass(frozen=True)
class Evidence:
    """Evidence of a card.

    Attributes
    ----------
    card : Card
        The card.
    estimates : dict of str to Estimate
        By the name of the estimator.
    warnings : tuple of str
        What a reader should know.
    sample : Importance or None
        Weighted draws of the posterior, if estimator B was used.
    seed : int
        Its seed.
    """

    card: Card
    estimates: Mapping[str, Estimate]
    warnings: tuple[str, ...]
    sample: Importance | None
    seed: int

    @property
    def best(self) -> Estimate:
        """The estimate with the smallest stated error."""
        return min(self.estimates.values(), key=lambda estimate: estimate.error)

    @property
    def log_z(self) -> float:
        """Natural logarithm of the evidence, of the best estimator."""
        return self.best.log_z

    @property
    def error(self) -> float:
        """Its standard error."""
        return self.best.error

    def agreement(self) -> dict[str, Any] | None:
        """Compare A with B, which share nothing: difference, its error, and whether it is within three of them."""
        if not {"A", "B"} <= set(self.estimates):
            return None
        a, b = self.estimates["A"], self.estimates["B"]
        difference, error = a.log_z - b.log_z, math.hypot(a.error, b.error)
        consistent = bool(difference == 0.0 or abs(difference) <= 3.0 * error)
        return {"difference": difference, "error": error, "consistent": consistent}

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        best = self.best
        return {
            "format": FORMAT,
            "model": self.card.model_name,
            "vintage": self.card.dataset.vintage,
            "log_z": best.log_z,
            "error": best.error,
            "best": best.name,
            "estimators": {name: estimate.to_dict() for name, estimate in self.estimates.items()},
            "agreement": self.agreement(),
            "prior_fraction": list(best.prior_fraction),
            "warnings": list(self.warnings),
            "manifest": {
                "fingerprint": self.card.fingerprint(),
                "data_fingerprint": self.card.dataset.fingerprint,
                "entries": list(self.card.dataset.entry_ids),
                "seed": self.seed,
                "versions": versions(),
            },
        }


def evidence(
    card_or_run: Card | str | Path,
    *,
    methods: Sequence[str] | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    report: Report = lambda name, done, total, log_z, error: None,
    scheduler: str | None = None,
) -> Evidence:
    """Estimate the evidence of a card or run.

    The likelihood is that of `Posterior.log_likelihood`, with all its normalisations; the prior is the card's, divided
    by the share that the cuts of role prior leave. The result depends on the seed only, not on `workers` nor on
    interruptions, unless a slow model makes an estimator stop for lack of time.

    Parameters
    ----------
    card_or_run : Card or path
        A card, or a run folder. The mixtures and draws of a run are used, its finished pieces are kept in its folder
        ``evidence-parts``, and the result is written to its ``evidence.json``.
    methods : sequence of str, optional
        ``A`` (prior Monte Carlo), ``B`` (importance sampling, with a bridge to the draws of a run), ``nested``
        (needs dynesty). By default A and B.
    seed : int, optional
        The card's by default.
    workers : int, optional
        Threads; one a core by default.
    out : path, optional
        Keep finished pieces and the result in this folder instead.
    report : callable, optional
        Told how it goes on: estimator, pieces done, all pieces, ln Z and its error so far.
    scheduler : str, optional
        Address of a dask scheduler (``tcp://HOST:PORT``) or ``mpi``, whose workers do it instead of threads (A and B;
        the nested sampler runs here).

    Returns
    -------
    Evidence
        Results; ``to_dict()`` is what ``evidence.json`` holds.

    Raises
    ------
    CardError
        If the prior allows hardly anything: names the terms that reject.
    InputError
        For an unknown method, or a missing package.
    """
    wanted = list(dict.fromkeys(methods or METHODS[:2]))
    for name in wanted:
        if name not in METHODS:
            raise InputError(f"unknown estimator {name!r}; {nearest(name, METHODS)}")
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers} must be at least 1")
    folder = RunFolder(card_or_run) if not isinstance(card_or_run, Card) and Path(card_or_run).is_dir() else None
    card = card_or_run if isinstance(card_or_run, Card) else Card.load(card_or_run)
    place = Path(out) if out is not None else (folder.path if folder is not None else None)
    number = card.sampler.seed if seed is None else seed
    if not card.sampled:
        found = _without_parameters(card, wanted, number)
    else:
        elsewhere = nullcontext(None) if scheduler is None else open_executor(scheduler, 1)
        with _claim(place), one_blas_thread(), elsewhere as executor:
            found = _estimate_all(card, folder, wanted, number, workers or available_cores(), place, report, executor)
    if place is not None:
        write_text(place / "evidence.json", json.dumps(finite(found.to_dict()), indent=1) + "\n")
    return found


def _claim(place: Path | None) -> AbstractContextManager[None]:
    """Hold the folder of the pieces, so that nobody else computes them too."""
    if place is None:
        return nullcontext()
    return claimed(place / PARTS, (".*-*.npz",), f"{place}: another process is computing this evidence")


def finite(data: Any) -> Any:
    """Plain data with null for numbers that are not finite, as JSON asks.

    >>> finite({"a": [1.0, float("inf")]})
    {'a': [1.0, None]}
    """
    if isinstance(data, Mapping):
        return {str(key): finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    if isinstance(data, float | np.floating):
        return float(data) if math.isfinite(data) else None
    return data.item() if isinstance(data, np.generic) else data


def _without_parameters(card: Card, wanted: Sequence[str], seed: int) -> Evidence:
    """Evidence of a model without free parameters, such as the Standard Model: its likelihood."""
    log_z = float(Posterior(card).log_likelihood(np.empty((1, 0)))[0])
    zeros = ("information_gain", "information_gain_error", "effective_dimension", "mean_log_likelihood_error")
    details = {**dict.fromkeys(zeros, 0.0), "mean_log_likelihood": log_z}
    estimates = {
        name: Estimate(name, "likelihood (no free parameter)", log_z, 0.0, 0.0, 1, 1.0, 1.0, details=details)
        for name in wanted
    }
    return Evidence(card, estimates, (), None, seed)


def _estimate_all(
    card: Card,
    folder: RunFolder | None,
    wanted: list[str],
    number: int,
    workers: int,
    place: Path | None,
    report: Report,
    executor: Executor | None,
) -> Evidence:
    posterior = chart_posterior(card)
    posterior.compile(lambda message: report(message, 0, 1, float("nan"), float("nan")))
    posterior.require_allowed(np.random.default_rng(number))
    target = PosteriorTarget(posterior)
    seeds = {name: np.random.SeedSequence(number, spawn_key=(BRANCH, i)) for i, name in enumerate(METHODS)}

    def parts(name: str, *more: Any) -> Parts:
        text = json.dumps([FORMAT, card.fingerprint(), card.dataset.fingerprint, number, name, versions(), *more])
        path = None if place is None else place / PARTS / f"{name}.npz"
        return Parts(path, hashlib.sha256(text.encode()).hexdigest(), executor)

    estimates: dict[str, Estimate] = {}
    sample: Importance | None = None
    warnings: list[str] = []
    for name in wanted:
        if name == "A":
            kept = parts(name)
            estimates[name] = prior_monte_carlo(target, seeds[name], workers=workers, parts=kept, report=report)
        elif name == "B":
            mixtures, chain, steps = _from_run(posterior, card, folder)
            kept = parts(name, steps, len(mixtures))
            sample = importance_sampling(
                target, seeds[name], mixtures=mixtures, chain=chain, workers=workers, parts=kept, report=report
            )
            estimates[name] = sample.estimate
        else:
            estimates[name] = nested_sampling(target, seeds[name], report=report)
        warnings += estimates[name].warnings
    found = Evidence(card, estimates, (), sample, number)
    agreement = found.agreement()
    if agreement is not None and not agreement["consistent"]:
        warnings.append(f"A and B differ by {agreement['difference']:+.3f} ± {agreement['error']:.3f}: trust neither")
    return Evidence(card, estimates, tuple(warnings), sample, number)


def chart_posterior(card: Card) -> Posterior:
    """Posterior in coordinates that spread the prior over a standard normal, whatever the card samples in."""
    return Posterior(card.replace(coordinates="auto") if card.sampler.coordinates == "raw" else card)


def _from_run(
    posterior: Posterior, card: Card, folder: RunFolder | None
) -> tuple[list[GaussianMixture], FloatArray | None, int]:
    """Mixtures and draws of a run, if there is one, and the steps used."""
    if folder is None:
        return [], None, 0
    chains = [folder.chain(i) for i in range(card.sampler.ensembles)]
    steps = min(chain.steps for chain in chains)
    discard = steps // 5
    if steps - discard < 20:
        return [], None, 0
    thin = max(1, -(-(steps - discard) * card.sampler.walkers * len(chains) // CHAIN_DRAWS))
    z = np.stack([chain.read("chain", discard, steps, thin) for chain in chains])
    stored = np.stack([chain.read("log_prob", steps - 1, steps) for chain in chains])
    last = np.concatenate([chain.read("chain", steps - 1, steps)[0] for chain in chains])
    if card.sampler.coordinates == "raw":
        flat = posterior.coordinates.from_parameters(z.reshape(-1, z.shape[-1]))
        return [], np.ascontiguousarray(flat).reshape(z.shape), steps
    check_density(posterior, last, stored.ravel(), folder.path)
    proposals = [proposal for proposal in (chain.proposal() for chain in chains) if proposal is not None]
    return [proposal.mixture for proposal in proposals if proposal.efficiency >= USEFUL], z, steps


def load_evidence(folder: str | Path) -> dict[str, Any]:
    """Read ``evidence.json`` of a run.

    Raises
    ------
    G2fitError
        If there is none.
    """
    path = Path(folder) / "evidence.json"
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise G2fitError(f"{path}: there is no evidence yet; see `g2fit evidence`") from None
    return data

"""Evidence of a card or run: estimators, their agreement, and ``evidence.json``."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.card import Card
from g2fit.core.aliases import announce, current_estimator
from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import G2fitError, InputError, nearest
from g2fit.core.files import fingerprint_of
from g2fit.core.manifest import require_code
from g2fit.core.parallel.executors import Executor
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores, check_workers, one_blas_thread
from g2fit.core.sealed import read_sealed, write_sealed
from g2fit.core.seeds import check_seed
from g2fit.core.types import FloatArray
from g2fit.core.versions import versions
from g2fit.inference.evidence.estimate import Estimate, Report, no_report
from g2fit.inference.evidence.importance import Importance, importance_sampling
from g2fit.inference.evidence.nested import nested_sampling
from g2fit.inference.evidence.prior import prior_monte_carlo
from g2fit.inference.evidence.recycled import from_evaluations
from g2fit.inference.evidence.target import PosteriorTarget
from g2fit.inference.tasks import TaskRunner
from g2fit.posterior import Posterior
from g2fit.sampling.cost import decided
from g2fit.sampling.draws import check_density, part_to_keep
from g2fit.sampling.ladder.mixture import Mixture
from g2fit.sampling.run_folder import RunFolder

__all__ = ["METHODS", "Evidence", "chart_posterior", "evidence", "load_evidence"]

#: Names of the estimators; the first two are the default. The random numbers of each depend on its place here.
METHODS = ("prior", "bridge", "nested")

#: Version of ``evidence.json`` and of the results of tasks on disk; raised when either changes its meaning.
FORMAT = 4

#: Version of ``evidence.json`` from which on it has a checksum.
SEALED = 4

#: Folder of the results of tasks, in the folder of the run.
PARTS = "evidence-parts"

#: First spawn key of the seeds of evidences, apart from those of the ensembles.
BRANCH = 2**31 + 1

#: Largest number of draws of a run that bridge sampling uses.
CHAIN_DRAWS = 100_000

#: The mixtures of a run are used if their efficiency is at least this; otherwise new ones are fitted.
USEFUL = 0.02

#: Prior Monte Carlo and bridge sampling agree if they differ by at most this many standard errors.
AGREEMENT = 3.0


@dataclass(frozen=True)
class Evidence:
    """Evidence of a card.

    Attributes
    ----------
    card : Card
        The card.
    estimates : dict of str to Estimate
        Estimates by the name of the estimator.
    warnings : tuple of str
        Reasons to doubt the estimates.
    sample : Importance or None
        Weighted draws of the posterior, if bridge sampling was used.
    seed : int
        Seed of the random numbers.
    """

    card: Card
    estimates: Mapping[str, Estimate]
    warnings: tuple[str, ...]
    sample: Importance | None
    seed: int

    @property
    def best(self) -> Estimate:
        """Estimate with the smallest error."""
        return min(self.estimates.values(), key=lambda estimate: estimate.error)

    @property
    def log_z(self) -> float:
        """Natural logarithm of the evidence, from the best estimate."""
        return self.best.log_z

    @property
    def error(self) -> float:
        """Its standard error."""
        return self.best.error

    def agreement(self) -> dict[str, Any] | None:
        """Difference of the two independent estimators (prior minus bridge), its error, and whether they agree."""
        if not {"prior", "bridge"} <= set(self.estimates):
            return None
        prior, bridge = self.estimates["prior"], self.estimates["bridge"]
        difference, error = prior.log_z - bridge.log_z, math.hypot(prior.error, bridge.error)
        consistent = bool(difference == 0.0 or abs(difference) <= AGREEMENT * error)
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
                "code": self.card.code(),
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
    report: Report = no_report,
    scheduler: str | None = None,
) -> Evidence:
    """Estimate the evidence of a card or run.

    The likelihood is `Posterior.log_likelihood`, with all its normalisations. The prior is that of the card, normalised
    to the region that the cuts of role prior allow. The result depends on the seed only, neither on `workers` nor on
    interruptions.

    Parameters
    ----------
    card_or_run : Card or path
        A card, or a run folder. The mixtures and draws of a run are used, the results of finished tasks are kept in
        its folder ``evidence-parts``, and the evidence is written to its ``evidence.json``.
    methods : sequence of str, optional
        ``prior`` (prior Monte Carlo), ``bridge`` (importance sampling, and bridge sampling to the draws of a run),
        ``nested`` (nested sampling, needs dynesty). By default the first two; where the likelihood is evaluated seldom
        (``sampler.calls``), only ``bridge``, which then uses the evaluations that explored the posterior, of the run
        or of an exploration in the coordinates of the chart. The former names ``A``, ``B`` and ``C`` are accepted.
    seed : int, optional
        Seed of the random numbers; the card's by default. The evidence of a run's own exploration depends on it by the
        share of the prior alone that the cuts allow.
    workers : int, optional
        Number of threads, or of processes where the likelihood is evaluated seldom; one per core by default.
    out : path, optional
        Folder of the results, instead of the run folder.
    report : callable, optional
        See `g2fit.inference.evidence.estimate.Report`.
    scheduler : str, optional
        Address of a dask scheduler (``tcp://HOST:PORT``) or ``mpi``: its workers run the tasks, instead of threads
        (nested sampling runs in this process).

    Returns
    -------
    Evidence
        The estimates; ``evidence.json`` holds its ``to_dict()``.

    Raises
    ------
    CardError
        If the cuts reject nearly all prior draws; names the terms that reject them.
    InputError
        For an unknown method, a negative seed, or a missing package.
    """
    notes: list[str] = []
    wanted = list(dict.fromkeys(current_estimator(name, notes) for name in methods or ()))
    announce("of estimators", notes)
    for name in wanted:
        if name not in METHODS:
            raise InputError(f"unknown estimator {name!r}; {nearest(name, METHODS)}")
    check_workers(workers)
    check_seed(seed)
    folder = RunFolder(card_or_run) if not isinstance(card_or_run, Card) and Path(card_or_run).is_dir() else None
    card = card_or_run if isinstance(card_or_run, Card) else Card.load(card_or_run)
    if folder is not None and folder.calls() is not None:
        require_code(folder.manifest(), card, folder.path)
    place = Path(out) if out is not None else (folder.path if folder is not None else None)
    number = card.sampler.seed if seed is None else seed
    if card.sampled:
        card = decided(card, lambda message: report(message, 0, 1, float("nan"), float("nan")))
    few = card.sampler.calls == "few"
    wanted = wanted or list(METHODS[1:2] if few else METHODS[:2])
    if not card.sampled:
        found = _without_parameters(card, wanted, number)
    else:
        elsewhere = nullcontext(None) if scheduler is None else open_executor(scheduler, 1)
        with one_blas_thread(), elsewhere as executor:
            open_runner = partial(_task_runner, place, workers or available_cores(), executor)
            own = partial(from_evaluations, folder=folder, place=place, seed=number, scheduler=scheduler, report=report)
            cheap = partial(own, workers=workers or available_cores()) if few else None
            found = _estimate_all(card, folder, wanted, number, open_runner, report, cheap)
    if place is not None:
        write_sealed(place / "evidence.json", found.to_dict())
    return found


@contextmanager
def _task_runner(
    place: Path | None, workers: int, executor: Executor | None, name: str, key: str
) -> Iterator[TaskRunner]:
    """Task runner of an estimator; it holds the folder of its results, if these are kept at a `place`."""
    store = None if place is None else Checkpoints(place / PARTS / name, key)
    with nullcontext() if store is None else store.held(f"{place}: another process is computing this evidence"):
        yield TaskRunner(workers, executor=executor, store=store)


def _without_parameters(card: Card, wanted: Sequence[str], seed: int) -> Evidence:
    """Evidence of a model without free parameters, such as the Standard Model: its likelihood."""
    log_z = float(Posterior(card).log_likelihood(np.empty((1, 0)))[0])
    zeros = ("information_gain", "information_gain_error", "effective_dimension", "mean_log_likelihood_error")
    details = {**dict.fromkeys(zeros, 0.0), "mean_log_likelihood": log_z}
    method = "likelihood (no free parameter)"
    estimates = {name: Estimate(name, method, log_z, 0.0, 0.0, 1, 1.0, 1.0, details=details) for name in wanted}
    return Evidence(card, estimates, (), None, seed)


def _estimate_all(
    card: Card,
    folder: RunFolder | None,
    wanted: list[str],
    number: int,
    open_runner: Callable[[str, str], AbstractContextManager[TaskRunner]],
    report: Report,
    from_exploration: Callable[[Posterior], Importance] | None,
) -> Evidence:
    posterior = chart_posterior(card)
    posterior.compile(lambda message: report(message, 0, 1, float("nan"), float("nan")))
    if from_exploration is None or wanted != ["bridge"]:  # an exploration finds out with its own evaluations
        posterior.require_allowed(np.random.default_rng(number))
    target = PosteriorTarget(posterior)
    seeds = {name: np.random.SeedSequence(number, spawn_key=(BRANCH, i)) for i, name in enumerate(METHODS)}

    def key(name: str, *more: Any) -> str:
        card_and_code = [card.fingerprint(), card.dataset.fingerprint, card.code(__name__)]
        return fingerprint_of([FORMAT, *card_and_code, number, name, versions(), *more])

    estimates: dict[str, Estimate] = {}
    sample: Importance | None = None
    warnings: list[str] = []
    for name in wanted:
        if name == "prior":
            with open_runner(name, key(name)) as runner:
                estimates[name] = prior_monte_carlo(target, seeds[name], runner=runner, report=report)
        elif name == "bridge" and from_exploration is not None:
            with open_runner(name, key(name)):  # it holds the folder, in which the evaluations are recorded
                sample = from_exploration(posterior)
            estimates[name] = sample.estimate
        elif name == "bridge":
            mixtures, chain, steps = _from_run(posterior, card, folder)
            with open_runner(name, key(name, steps, len(mixtures))) as runner:
                sample = importance_sampling(
                    target, seeds[name], mixtures=mixtures, chain=chain, runner=runner, report=report
                )
            estimates[name] = sample.estimate
        else:
            estimates[name] = nested_sampling(target, seeds[name], report=report)
        warnings += estimates[name].warnings
    found = Evidence(card, estimates, (), sample, number)
    agreement = found.agreement()
    if agreement is not None and not agreement["consistent"]:
        difference = f"{agreement['difference']:+.3f} ± {agreement['error']:.3f}"
        warnings.append(f"prior Monte Carlo and bridge sampling differ by {difference}: trust neither")
    return replace(found, warnings=tuple(warnings))


def chart_posterior(card: Card) -> Posterior:
    """Posterior in the coordinates of the chart, in which the prior is about a standard normal, for any card."""
    return Posterior(card.replace(coordinates="auto") if card.sampler.coordinates == "raw" else card)


def _from_run(
    posterior: Posterior, card: Card, folder: RunFolder | None
) -> tuple[list[Mixture], FloatArray | None, int]:
    """Mixtures and draws of a run, if there is one, and the number of steps used."""
    if folder is None:
        return [], None, 0
    chains = [folder.chain(i) for i in range(card.sampler.ensembles)]
    steps = min(chain.steps for chain in chains)
    if not steps:  # a run whose draws are weighted has none
        explored = folder.load_exploration()
        if explored is None or explored.efficiencies.min() < USEFUL:
            return [], None, 0
        return [mixture.defended() for mixture in explored.mixtures], None, 0
    discard = steps // 5
    if steps - discard < 20:
        return [], None, 0
    part = part_to_keep(discard, steps, 1, card.walkers, CHAIN_DRAWS // len(chains))
    z = np.stack([chain.read("chain", discard, steps, part.steps.step, part.walkers) for chain in chains])
    stored = np.stack([chain.read("log_prob", steps - 1, steps) for chain in chains])
    last = np.concatenate([chain.read("chain", steps - 1, steps)[0] for chain in chains])
    if card.sampler.coordinates == "raw":
        flat = posterior.coordinates.from_parameters(z.reshape(-1, z.shape[-1]))
        return [], np.ascontiguousarray(flat).reshape(z.shape), steps
    check_density(posterior, last, stored.ravel(), folder.path)
    proposals = [proposal for proposal in (chain.proposal() for chain in chains) if proposal is not None]
    return [proposal.mixture for proposal in proposals if proposal.efficiency >= USEFUL], z, steps


def load_evidence(folder: str | Path) -> dict[str, Any]:
    """Read ``evidence.json`` of a run; former names of estimators are replaced.

    Raises
    ------
    G2fitError
        If there is none.
    """
    path = Path(folder) / "evidence.json"
    if not path.exists():
        raise G2fitError(f"{path}: there is no evidence yet; see `g2fit evidence`")
    data = read_sealed(path, "`g2fit evidence` makes it again", former=range(1, SEALED))
    if isinstance(data.get("estimators"), dict):
        data["estimators"] = {current_estimator(name): row for name, row in data["estimators"].items()}
        data["best"] = current_estimator(str(data.get("best")))
    return data

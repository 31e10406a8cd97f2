"""Runs: ensembles are advanced until effective sample size and R-hat reach the targets of the card."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.cost import updates_per_step
from g2fit.sampling.diagnostics import Verdict, diagnose
from g2fit.sampling.evaluator import Recorded, shared_by_threads
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.pool import EnsemblePool
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.task_board import TaskBoard

__all__ = ["Progress", "Runner", "load_draws", "quantities_of", "solution_stream"]

#: Steps before convergence is checked for the first time.
FIRST_CHECK = 100

#: Journal of the evaluations of the exploration, in the run folder.
JOURNAL = ".evaluations-exploration"

#: Most steps per ensemble that a check of convergence uses; more would cost time and add hardly any precision.
CHECK_STEPS = 256

#: Seconds between two updates of ``status.json``.
HEARTBEAT = 1.0


@dataclass
class Progress:
    """State of a run, as ``status.json`` and the live display show it."""

    state: str
    steps: list[int]
    target_ess: float
    target_rhat: float
    checks: list[dict[str, Any]] = field(default_factory=list)
    elapsed: float = 0.0
    rate: float = 0.0
    eta: float | None = None
    message: str = ""
    stage: str = ""
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        last = self.checks[-1] if self.checks else {}
        return {
            "state": self.state,
            "steps": self.steps,
            **{key: last.get(key) for key in ("ess", "ess_name", "rhat", "rhat_name")},
            "target": {"ess": self.target_ess, "rhat": self.target_rhat},
            "evaluations_per_second": self.rate,
            "elapsed_seconds": round(self.elapsed, 2),
            "eta_seconds": None if self.eta is None else round(self.eta, 1),
            "updated": datetime.now(UTC).isoformat(timespec="seconds"),
            "pid": os.getpid(),
            "message": self.stage or self.message,
            "warnings": self.warnings,
            "checks": self.checks,
        }


def load_draws(
    posterior: Posterior, folder: RunFolder, start: int, stop: int, thin: int, *, derived: bool = True
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Draws of a run: the steps ``start:stop:thin`` of its chains, mapped to parameters, and the derived quantities.

    Returns
    -------
    theta : (ensembles, steps, walkers, D) array
        Sampled parameters.
    quantities : dict of str to (ensembles, steps, walkers) array
        Every sampled parameter and, if `derived`, every derived quantity, by name.
    """
    ensembles = posterior.card.sampler.ensembles
    chains = np.stack([folder.chain(i).read("chain", start, stop, thin) for i in range(ensembles)])
    flat = np.ascontiguousarray(chains.reshape(-1, posterior.dimension))
    theta = np.empty_like(flat)
    posterior.coordinates.to_parameters(flat, theta, np.empty(len(flat)))
    draws = theta.reshape(*chains.shape[:3], -1)
    return draws, quantities_of(posterior, draws, derived=derived)


def quantities_of(posterior: Posterior, draws: FloatArray, *, derived: bool = True) -> dict[str, FloatArray]:
    """Every sampled parameter of draws (..., D) and, if `derived`, every derived quantity, by name, shape (...)."""
    shape, theta = draws.shape[:-1], draws.reshape(-1, posterior.dimension)
    quantities = {name: theta[:, j].reshape(shape) for j, name in enumerate(posterior.names)}
    if derived:
        predictions = posterior.predict_drawn(theta, solution_stream(posterior.card.sampler.seed))
        for quantity in posterior.model.observables:
            if quantity.derived:
                quantities[quantity.name] = predictions[quantity.name].reshape(shape)
    return quantities


def solution_stream(seed: int) -> np.random.Generator:
    """Random numbers that choose among the solutions of each draw, independent of those of the chains."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2**31,)))


class Runner:
    """A run in an opened folder, advanced until it has converged.

    By default, one process per core works on it; for a scheduler see `g2fit.core.parallel.open.open_executor`. `report`
    is called with the `Progress` whenever it changes. The run has at least `least` steps: those of the result that
    there is, so that a command with lower targets never shortens it.
    """

    def __init__(
        self,
        posterior: Posterior,
        folder: RunFolder,
        *,
        workers: int | None = None,
        scheduler: str | None = None,
        report: Callable[[Progress], None] = lambda progress: None,
        least: int = 0,
    ) -> None:
        self.posterior = posterior
        self.least = least
        self.folder = folder
        self.workers = workers or available_cores()
        self.scheduler = scheduler
        self.report = report
        sampler, before = posterior.card.sampler, folder.status()
        self.progress = Progress("running", [0] * sampler.ensembles, sampler.stop.ess, sampler.stop.rhat)
        self._remembered = {check["steps"]: check for check in before.get("checks", [])}
        self._before = float(before.get("elapsed_seconds") or 0.0)
        self._start = time.monotonic()
        self._beat = 0.0
        self._explored_calls = 0

    def run(self) -> Verdict:
        """Run to convergence or ``max_steps``, and return the last verdict.

        Raises
        ------
        KeyboardInterrupt
            After an interruption; everything has been saved.
        """
        sampler = self.posterior.card.sampler
        self.posterior.compile(lambda message: self._tell("running", message))
        self._tell("running", "")
        slots = self.workers if sampler.calls == "few" else min(self.workers, sampler.ensembles)
        with open_executor(self.scheduler, slots) as executor:
            pool = EnsemblePool(self.posterior, self.folder, executor)
            with _graceful(pool.stop):
                return self._guarded(pool)

    def _guarded(self, pool: EnsemblePool) -> Verdict:
        """Explore, and run the loop; however it ends, record the state and tell the workers to stop."""
        try:
            self._explore(pool)
            self._remark()
            return self._loop(pool)
        except KeyboardInterrupt:
            self.progress.steps = pool.lengths()
            self._tell("interrupted")
            raise
        except Exception as error:
            with suppress(G2fitError):  # the folder may be what failed
                self._tell("failed", str(error))
            raise
        finally:
            pool.stop.set()

    def _explore(self, pool: EnsemblePool) -> None:
        """Explore the posterior, unless that has been done, or the ensembles start from the prior."""
        sampler = self.posterior.card.sampler
        if self.posterior.coordinates.name == "raw" or sampler.proposal == "local" or self.folder.exploration.exists():
            return
        lengths = pool.lengths()
        if all(lengths) and sampler.calls == "many":
            return  # a run of a former version; its chains hold their proposals
        if any(lengths):
            raise StoreError(
                f"{self.folder.path}: exploration.npz is missing; remove the folder and run the card again"
            )
        settings = settings_for(sampler.calls, self.posterior.dimension, sampler.max_calls)

        begun = time.monotonic()

        def tick(ladders: Sequence[Ladder] = ()) -> None:
            if pool.stop.is_set():
                raise KeyboardInterrupt
            if time.monotonic() - self._beat > HEARTBEAT:
                if ladders:
                    self._describe(ladders, time.monotonic() - begun)
                self._tell("running")

        self._tell("running", "exploring the posterior")
        evaluate: Callable[[int, FloatArray], FloatArray] = shared_by_threads(self.posterior, self.workers)
        if sampler.calls == "few":
            evaluate = Recorded(self.posterior, pool.executor, self.folder.path / JOURNAL, tick)
        found = explore(self.posterior.dimension, seeds_of(sampler.seed), settings, evaluate, tick)
        if not np.isfinite(found.log_z).any():
            theta = self.posterior.sample_prior(np.random.default_rng(sampler.seed), 64)
            raise self.posterior.nearly_empty(theta, 0, int(found.calls.sum()))
        found.save(self.folder.exploration)
        (self.folder.path / JOURNAL).unlink(missing_ok=True)
        self.progress.stage = ""
        self._tell("running", "")

    def _describe(self, ladders: Sequence[Ladder], spent: float) -> None:
        """Describe where the ladders stand after so many seconds, and how long they will take."""
        calls, worth = sum(ladder.calls for ladder in ladders), [ladder.effective_draws() for ladder in ladders]
        betas = " and ".join(f"{ladder.beta:.2g}" for ladder in ladders)
        self.progress.rate = calls / max(spent, 1e-3)
        self.progress.stage = (
            f"exploring: inverse temperature {betas}, {calls} evaluations, worth {sum(worth):.0f} independent draws"
        )
        if all(ladder.beta == 1.0 and ladder.efficiency > 0.0 for ladder in ladders):
            pairs = zip(ladders, worth, strict=True)
            missing = sum(max(0.0, own.settings.target - have) / own.efficiency for own, have in pairs)
            self.progress.eta = missing / self.progress.rate

    def _loop(self, pool: EnsemblePool) -> Verdict:
        sampler = self.posterior.card.sampler
        target = min(FIRST_CHECK, sampler.max_steps)
        while True:
            self._advance(pool, target)
            if pool.stop.is_set():
                raise KeyboardInterrupt
            verdict = self._check(target)
            converged = verdict.converged(sampler.stop.ess, sampler.stop.rhat)
            limit = self._limit(pool, target)
            if (converged or limit) and target < self.least:  # a former command asked for more: that is kept
                target = self.least
                continue
            if converged or limit:
                self._tell("converged" if converged else "not converged", None if converged else limit)
                return verdict
            # where the target should be reached, but at most 2.5 times the present length
            growth = min(max(1.1 * sampler.stop.ess / max(verdict.ess, 1.0), 1.25), 2.5)
            target = min(int(np.ceil(verdict.steps * growth / 50.0)) * 50, sampler.max_steps)

    def _limit(self, pool: EnsemblePool, steps: int) -> str:
        """Limit of the card that the run has reached, if it has."""
        sampler = self.posterior.card.sampler
        if steps >= sampler.max_steps:
            return f"max_steps = {sampler.max_steps}"
        if sampler.max_hours is not None and self._elapsed() > 3600.0 * sampler.max_hours:
            return f"max_hours = {sampler.max_hours:g}"
        if sampler.max_calls is not None and self._calls(pool) >= sampler.max_calls:
            return f"max_calls = {sampler.max_calls}"
        return ""

    def _calls(self, pool: EnsemblePool) -> int:
        """Evaluations so far, those of the exploration included."""
        updates = updates_per_step(self.posterior.card.sampler.calls)
        return self._explored_calls + sum(pool.lengths()) * updates * self.posterior.card.walkers

    def _advance(self, pool: EnsemblePool, target: int) -> None:
        """Advance every ensemble to `target` steps, updating the progress in the meantime."""
        begun, first = time.monotonic(), sum(pool.steps)

        def tick() -> None:
            self.progress.steps = pool.steps
            spent = time.monotonic() - begun
            if spent > 0.2:
                made = max(0, sum(self.progress.steps) - first)
                updates = updates_per_step(self.posterior.card.sampler.calls)
                self.progress.rate = made * self.posterior.card.walkers * updates / spent
            if time.monotonic() - self._beat > HEARTBEAT:
                self._tell("running")

        pool.advance(target, tick)
        tick()

    def _remark(self) -> None:
        """Report what makes the exploration doubtful: the chains are correct, but may be long or miss a mode."""
        if self.folder.exploration.exists():
            found = Exploration.load(self.folder.exploration)
            self._explored_calls = int(found.calls.sum())
            self.progress.warnings = found.warnings()
            self.progress.message = "; ".join(self.progress.warnings)

    def _check(self, steps: int) -> Verdict:
        """Check convergence of the first `steps` steps; a verdict from before an interruption is reused."""
        known = self._remembered.get(steps)
        fields = Verdict.__dataclass_fields__
        verdict = self.judge(steps) if known is None else Verdict(**{key: known[key] for key in fields})
        self.progress.checks.append(verdict.to_dict())
        missing = max(0.0, self.progress.target_ess / max(verdict.ess, 1.0) - 1.0)
        self.progress.eta = missing * self._elapsed()
        self._tell("running")
        return verdict

    def judge(self, steps: int) -> Verdict:
        """Convergence of the first `steps` steps of all ensembles.

        Where evaluations are expensive, only the parameters are judged: predictions would have to be computed again.
        """
        derived = self.posterior.card.sampler.calls != "few"
        discard = steps // 5
        thin = max(1, (steps - discard) // CHECK_STEPS)
        with self.posterior.shared_by(self.workers):
            _, draws = load_draws(self.posterior, self.folder, discard, steps, thin, derived=derived)
        return diagnose(draws, steps=steps, discard=discard, thin=thin)

    def _elapsed(self) -> float:
        return self._before + time.monotonic() - self._start

    def _tell(self, state: str, message: str | None = None) -> None:
        self.progress.state = state
        if message is not None:
            self.progress.message = message
        self.progress.elapsed = self._elapsed()
        self._beat = time.monotonic()
        self.folder.write_status(self.progress.to_dict())
        self.report(self.progress)


@contextmanager
def _graceful(stop: TaskBoard) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM ask the workers to save and stop, and the second one interrupt at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

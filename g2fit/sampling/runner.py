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
from g2fit.core.parallel.executors import InProcess
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.cost import updates_per_step
from g2fit.sampling.diagnostics import Verdict, diagnose
from g2fit.sampling.draws import part_to_judge, quantities_in_batches
from g2fit.sampling.evaluator import Recorded, shared_by_threads, shared_by_workers
from g2fit.sampling.exploration import explore, seeds_of, settings_for
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.pool import EnsemblePool
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.task_board import TaskBoard

__all__ = ["Progress", "Runner"]

#: Steps before convergence is checked for the first time.
FIRST_CHECK = 100

#: Journal of the evaluations of the exploration, in the run folder.
JOURNAL = ".evaluations-exploration"

#: Seconds between two updates of ``status.json``.
HEARTBEAT = 1.0

#: Seconds after which workers with expensive evaluations, all of which are recorded, are ended and not waited for.
GRACE = 0.5


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
        sampler = posterior.card.sampler
        self.progress = Progress("running", [0] * sampler.ensembles, sampler.stop.ess, sampler.stop.rhat)
        self._before = folder.elapsed()
        self._start = time.monotonic()
        self._beat = 0.0
        self._explored_calls = 0
        self._advancing = False

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
            executor.impatient = sampler.calls == "few"  # every evaluation is recorded: nothing else is lost
            pool = EnsemblePool(self.posterior, self.folder, executor)
            with _graceful(pool.stop, lambda: self._advancing and isinstance(executor, InProcess)):
                return self._guarded(pool)

    def _guarded(self, pool: EnsemblePool) -> Verdict:
        """Explore, and run the loop; however it ends, record the state and tell the workers to stop."""
        try:
            self._check_densities()
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

    def _check_densities(self) -> None:
        """Check that the chains of a run that goes on, or is finished, still belong to the posterior."""
        from g2fit.sampling.ensemble import check_chains  # emcee takes long to import, and new runs do not need it

        check_chains(self.posterior, [self.folder.chain(i) for i in range(self.posterior.card.sampler.ensembles)])

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
        recorded: Recorded | None = None

        def tick(ladders: Sequence[Ladder] = ()) -> None:
            if pool.stop.is_set():
                raise KeyboardInterrupt
            if time.monotonic() - self._beat > HEARTBEAT:
                if ladders:
                    self._describe(ladders, time.monotonic() - begun)
                elif recorded is not None and recorded.total:
                    self.progress.stage = recorded.describe()
                self._tell("running")

        self._tell("running", "exploring the posterior")
        evaluate: Callable[[int, FloatArray], FloatArray] = shared_by_threads(self.posterior, self.workers)
        if sampler.calls == "few":
            journal = self.folder.path / JOURNAL
            evaluate = recorded = Recorded(self.posterior, pool.executor, journal, self.folder.key or "", tick)
        elif not self.posterior.thread_safe and pool.executor.slots > 1:
            evaluate = shared_by_workers(self.posterior, pool.executor, tick)
        found = explore(self.posterior.dimension, seeds_of(sampler.seed), settings, evaluate, tick)
        if not np.isfinite(found.log_z).any():
            theta = self.posterior.sample_prior(np.random.default_rng(sampler.seed), 64)
            raise self.posterior.nearly_empty(theta, 0, int(found.calls.sum()))
        found.save(self.folder.exploration, self.folder.key)
        self.folder.record(self.folder.exploration)
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
        few, asked = self.posterior.card.sampler.calls == "few", 0.0

        def tick() -> None:
            nonlocal asked
            if few and pool.stop.is_set():
                asked = asked or time.monotonic()
                if time.monotonic() - asked > GRACE:
                    raise KeyboardInterrupt
            self.progress.steps = pool.steps
            spent = time.monotonic() - begun
            if spent > 0.2:
                made = max(0, sum(self.progress.steps) - first)
                updates = updates_per_step(self.posterior.card.sampler.calls)
                self.progress.rate = made * self.posterior.card.walkers * updates / spent
            if time.monotonic() - self._beat > HEARTBEAT:
                self._tell("running")

        self._advancing = few
        pool.advance(target, tick)
        self._advancing = False
        tick()

    def _remark(self) -> None:
        """Report what makes the exploration doubtful: the chains are correct, but may be long or miss a mode."""
        found = self.folder.load_exploration()
        if found is not None:
            self._explored_calls = int(found.calls.sum())
            self.progress.warnings = found.warnings()
            self.progress.message = "; ".join(self.progress.warnings)

    def _check(self, steps: int) -> Verdict:
        """Check convergence of the first `steps` steps: from the draws alone, whatever ``status.json`` says."""
        verdict = self.judge(steps)
        self.progress.checks.append(verdict.to_dict())
        missing = max(0.0, self.progress.target_ess / max(verdict.ess, 1.0) - 1.0)
        self.progress.eta = missing * self._elapsed()
        self._tell("running")
        return verdict

    def judge(self, steps: int) -> Verdict:
        """Convergence of the first `steps` steps of all ensembles.

        Where evaluations are expensive, only the parameters are judged: predictions would have to be computed again.
        """
        card = self.posterior.card
        part = part_to_judge(steps, card.sampler.ensembles, card.walkers)
        with self.posterior.shared_by(self.workers):
            draws = quantities_in_batches(self.posterior, self.folder, part, derived=card.sampler.calls != "few")
            about = {"steps": steps, "discard": part.steps.start, "thin": part.steps.step, "walkers": card.walkers}
            return diagnose(draws, **about)

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
def _graceful(stop: TaskBoard, at_once: Callable[[], bool]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM ask the workers to save and stop, and the second one interrupt at once.

    The first one does, too, where `at_once` says that nobody else can.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if at_once():
            raise KeyboardInterrupt

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

"""Runs: ensembles are advanced until effective sample size and R-hat reach the targets of the card."""

import time
from collections.abc import Callable

import numpy as np

from g2fit.core.parallel.executors import InProcess
from g2fit.core.parallel.open import open_executor
from g2fit.core.parallel.threads import available_cores
from g2fit.posterior import Posterior
from g2fit.sampling.agreement import doubts
from g2fit.sampling.cost import updates_per_step
from g2fit.sampling.diagnostics import Verdict, diagnose
from g2fit.sampling.draws import part_to_judge, quantities_in_batches
from g2fit.sampling.explorer import Explorer
from g2fit.sampling.pool import EnsemblePool
from g2fit.sampling.progress import Progress, Reporter
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.signals import graceful

__all__ = ["Runner"]

#: Steps before convergence is checked for the first time.
FIRST_CHECK = 100

#: Seconds after which workers with expensive evaluations, all of which are recorded, are ended and not waited for.
GRACE = 0.5


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
        self.reporter = Reporter(folder, Progress.begin(posterior.card.sampler), report)
        self.progress = self.reporter.progress
        self._explored_calls = 0
        self._advancing = False

    def run(self) -> Verdict:
        """Run until the targets or a limit of the card are reached, and return the last verdict.

        Raises
        ------
        KeyboardInterrupt
            After an interruption; everything has been saved.
        """
        sampler = self.posterior.card.sampler
        self.posterior.compile(lambda message: self.reporter.tell("running", message))
        self.reporter.tell("running", "")
        slots = self.workers if sampler.calls == "few" else min(self.workers, sampler.ensembles)
        with open_executor(self.scheduler, slots) as executor:
            executor.impatient = sampler.calls == "few"  # every evaluation is recorded: nothing else is lost
            pool = EnsemblePool(self.posterior, self.folder, executor)
            with graceful(pool.stop, lambda: self._advancing and isinstance(executor, InProcess)):
                return self._guarded(pool)

    def _guarded(self, pool: EnsemblePool) -> Verdict:
        """Explore, and run the loop; however it ends, record the state and tell the workers to stop."""
        try:
            with self.reporter.recorded():
                return self._explore_and_run(pool)
        finally:
            pool.stop.set()

    def _explore_and_run(self, pool: EnsemblePool) -> Verdict:
        """Explore, and run the loop; an interruption leaves the lengths of the chains in the progress."""
        try:
            self._check_densities()
            explorer = Explorer(self.posterior, self.folder, pool, self.workers, self.reporter)
            explorer.explore()
            if self.posterior.card.sampler.stop.draws == "weighted":
                return explorer.weigh(lambda calls: self._limit(0, calls))
            self._remark()
            return self._loop(pool)
        except KeyboardInterrupt:
            self.progress.steps = pool.lengths()
            raise

    def _check_densities(self) -> None:
        """Check that the chains of a run that goes on, or is finished, still belong to the posterior."""
        from g2fit.sampling.ensemble import check_chains  # emcee takes long to import, and new runs do not need it

        check_chains(self.posterior, [self.folder.chain(i) for i in range(self.posterior.card.sampler.ensembles)])

    def _loop(self, pool: EnsemblePool) -> Verdict:
        sampler = self.posterior.card.sampler
        target = min(FIRST_CHECK, sampler.max_steps)
        while True:
            self._advance(pool, target)
            if pool.stop.is_set():
                raise KeyboardInterrupt
            verdict = self._check(target)
            converged = verdict.converged(sampler.stop.ess, sampler.stop.rhat)
            limit = self._limit(target, self._calls(target))
            # what a former command asked for is kept; at a limit, all steps that every ensemble has stored are used
            least = max(self.least, min(*pool.lengths(), sampler.max_steps) if limit else 0)
            if (converged or limit) and target < least:
                target = least
                continue
            if converged or limit:
                self.reporter.tell("converged" if converged else "not converged", None if converged else limit)
                return verdict
            # where the target should be reached, but at most 2.5 times the present length
            growth = min(max(1.1 * sampler.stop.ess / max(verdict.ess, 1.0), 1.25), 2.5)
            target = min(int(np.ceil(verdict.steps * growth / 50.0)) * 50, sampler.max_steps)

    def _limit(self, steps: int, calls: int) -> str:
        """Limit of the card that the run has reached, if it has."""
        sampler = self.posterior.card.sampler
        if steps >= sampler.max_steps:
            return f"max_steps = {sampler.max_steps}"
        if sampler.max_hours is not None and self.reporter.elapsed() > 3600.0 * sampler.max_hours:
            return f"max_hours = {sampler.max_hours:g}"
        if sampler.max_calls is not None and calls >= sampler.max_calls:
            return f"max_calls = {sampler.max_calls}"
        return ""

    def _calls(self, steps: int) -> int:
        """Evaluations of so many steps of all ensembles, whatever is stored beyond; the exploration's are included."""
        sampler = self.posterior.card.sampler
        updates = sampler.ensembles * steps * updates_per_step(sampler.calls)
        return self._explored_calls + updates * self.posterior.card.walkers

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
            if self.reporter.due:
                self.reporter.tell("running")

        self._advancing = few
        pool.advance(target, tick)
        self._advancing = False
        tick()

    def _remark(self) -> None:
        """Report what makes the exploration doubtful: the chains are correct, but may be long or miss a mode."""
        found = self.folder.load_exploration()
        if found is not None:
            self._explored_calls = int(found.calls.sum())
            self.progress.warnings = doubts(found)
            self.progress.message = "; ".join(self.progress.warnings)

    def _check(self, steps: int) -> Verdict:
        """Check convergence of the first `steps` steps: from the draws alone, whatever ``status.json`` says."""
        verdict = self.judge(steps)
        self.progress.checks.append(verdict.to_dict())
        missing = max(0.0, self.progress.target_ess / max(verdict.ess, 1.0) - 1.0)
        self.progress.eta = missing * self.reporter.elapsed()
        self.reporter.tell("running")
        return verdict

    def judge(self, steps: int) -> Verdict:
        """Convergence of the first `steps` steps of all ensembles.

        Where evaluations are expensive, only the parameters are judged: predictions would have to be computed again.
        """
        card = self.posterior.card
        part = part_to_judge(steps, card.sampler.ensembles, card.walkers)
        with self.posterior.shared_by(self.workers):
            draws = quantities_in_batches(self.posterior, self.folder, part, derived=card.sampler.calls != "few")
            return diagnose(draws, steps=steps, discard=part.steps.start, thin=part.steps.step, walkers=card.walkers)

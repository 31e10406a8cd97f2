"""Exploration of the posterior in a run, and further draws where its result is made from weighted ones."""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from g2fit.core.errors import NotConvergedError, StoreError
from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.draws import check_density
from g2fit.sampling.evaluator import Evaluate, Recorded, shared_by_threads, shared_by_workers
from g2fit.sampling.exploration import Exploration, explore, seeds_of, settings_for
from g2fit.sampling.further import block_draws, extended, more_blocks
from g2fit.sampling.ladder.ladder import Ladder
from g2fit.sampling.pool import EnsemblePool
from g2fit.sampling.progress import Reporter
from g2fit.sampling.run_folder import FURTHER, JOURNAL, RunFolder
from g2fit.sampling.weighted_run import blocks_needed, doubts_of_weights, hopeless, judge, reached

__all__ = ["Explorer"]

#: Draws of an exploration whose densities are computed again before others join them.
CHECKED = 2


class Explorer:
    """Explores the posterior of a run with the executor of its pool, and draws more where that is wanted."""

    def __init__(
        self, posterior: Posterior, folder: RunFolder, pool: EnsemblePool, workers: int, reporter: Reporter
    ) -> None:
        self.posterior, self.folder, self.pool = posterior, folder, pool
        self.workers, self.reporter, self.progress = workers, reporter, reporter.progress

    def explore(self) -> None:
        """Explore the posterior, unless that has been done, or the ensembles start from the prior."""
        sampler = self.posterior.card.sampler
        if self.posterior.coordinates.name == "raw" or sampler.proposal == "local" or self.folder.exploration.exists():
            return
        lengths = self.pool.lengths()
        weighted = sampler.stop.draws == "weighted"
        if all(lengths) and sampler.calls == "many" and not weighted:
            return  # a run of a former version; its chains hold their proposals
        if any(lengths) and not weighted:
            raise StoreError(
                f"{self.folder.path}: exploration.npz is missing; remove the folder and run the card again"
            )
        settings = settings_for(sampler.calls, self.posterior.dimension, sampler.max_calls)

        begun = time.monotonic()
        self.reporter.tell("running", "exploring the posterior")
        evaluate, tick = self._evaluator(JOURNAL)

        def show(ladders: Sequence[Ladder]) -> None:
            if self.reporter.due:
                self._describe(ladders, time.monotonic() - begun)
                self.reporter.tell("running")
            tick()

        found = explore(self.posterior.dimension, seeds_of(sampler.seed), settings, evaluate, show)
        if not np.isfinite(found.log_z).any():
            theta = self.posterior.sample_prior(np.random.default_rng(sampler.seed), 64)
            raise self.posterior.nearly_empty(theta, 0, int(found.calls.sum()))
        if weighted:
            self._require_useful(found)  # before it is kept: with more evaluations it may become so
        found.save(self.folder.exploration, self.folder.key)
        self.folder.record(self.folder.exploration)
        if not weighted:  # otherwise the result takes the predictions from it
            (self.folder.path / JOURNAL).unlink(missing_ok=True)
        self.progress.stage = ""
        self.reporter.tell("running", "")

    def _evaluator(self, journal: str) -> tuple[Evaluate, Callable[[], None]]:
        """Return a function that evaluates numbered batches, recorded in a journal where that is expensive, and a tick.

        The tick shows the progress, and raises KeyboardInterrupt if the run was asked to stop.
        """
        recorded: Recorded | None = None

        def tick() -> None:
            if self.pool.stop.is_set():
                raise KeyboardInterrupt
            if self.reporter.due:
                if recorded is not None and recorded.total:
                    self.progress.stage = recorded.describe()
                self.reporter.tell("running")

        if self.posterior.card.sampler.calls == "few":
            path, key = self.folder.path / journal, self.folder.key or ""
            keep = self.posterior.card.sampler.stop.draws == "weighted"
            recorded = Recorded(self.posterior, self.pool.executor, path, key, tick, keep=keep)
            return recorded, tick
        if not self.posterior.thread_safe and self.pool.executor.slots > 1:
            return shared_by_workers(self.posterior, self.pool.executor, tick), tick
        return shared_by_threads(self.posterior, self.workers), tick

    def _require_useful(self, found: Exploration) -> None:
        if not found.useful:
            raise NotConvergedError(
                f"{self.folder.path}: the posterior was not reached within {int(found.calls.sum())} evaluations, so "
                "that there are no weighted draws; allow more (sampler.max_calls), or let chains find it (stop.draws: "
                "chain)"
            )

    def weigh(self, limit: Callable[[int], str]) -> Verdict:
        """Draw from the mixtures of the exploration until all weighted draws together reach the targets.

        `limit` names the limit of the card that is reached with so many evaluations, if one is.
        """
        sampler, folder = self.posterior.card.sampler, self.folder
        base, further = folder.load_exploration(), folder.load_further()
        assert base is not None  # `explore` made it
        self._require_useful(base)
        best = np.argsort(base.log_weight)[-CHECKED:]
        check_density(self.posterior, base.z[best], base.log_density[best], folder.exploration)
        n = settings_for(sampler.calls, self.posterior.dimension, None).draws // (2 * base.streams_per_ladder)
        evaluate, tick = self._evaluator(FURTHER)

        def draw(block: int) -> FloatArray:
            tick()
            return block_draws(base, sampler.seed, block, n)

        while True:
            found = extended(base, further)
            verdict = self._check_weights(found)
            done, calls = reached(found, verdict, sampler.stop), int(found.calls.sum())
            why = hopeless(found, verdict, sampler.stop) or limit(calls)
            if done or why:
                self.reporter.tell("converged" if done else "not converged", None if done else why)
                return verdict
            left = math.inf if sampler.max_calls is None else sampler.max_calls - calls
            blocks = blocks_needed(found, verdict, sampler.stop, n * len(base.mixtures), left)
            wanted = blocks + (0 if further is None else further.blocks)
            further = more_blocks(base, further, wanted, draw, evaluate)
            folder.write_finished(folder.further, further.to_bytes(folder.key or ""))

    def _check_weights(self, found: Exploration) -> Verdict:
        """Check whether weighted draws are enough, and what makes them doubtful."""
        with self.posterior.shared_by(self.workers):
            verdict = judge(self.posterior, found)
        self.progress.steps = [verdict.steps] * len(found.mixtures)
        self.progress.checks.append({**verdict.to_dict(), "log_z_error": found.evidence[1]})
        self.progress.warnings = doubts_of_weights(found)
        self.progress.message = "; ".join(self.progress.warnings)
        self.progress.stage, self.progress.eta = "", None
        self.reporter.tell("running")
        return verdict

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

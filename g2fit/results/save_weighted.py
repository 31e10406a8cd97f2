"""From the weighted draws of an exploration to ``result.nc``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from g2fit.core.types import FloatArray
from g2fit.posterior import Posterior
from g2fit.posterior.evaluation import Evaluated
from g2fit.results.best_fit import BestFit
from g2fit.results.save import (
    KeptDraws,
    about_model,
    common_attributes,
    explored_statistics,
    weighted_group,
    write_result,
)
from g2fit.sampling.diagnostics import Verdict
from g2fit.sampling.kept_evaluations import KeptEvaluations
from g2fit.sampling.resampling import pareto_k
from g2fit.sampling.run_folder import RunFolder
from g2fit.sampling.weighted_run import doubts_of_weights, equally_likely, reached

__all__ = ["save_weighted_result"]


def save_weighted_result(
    posterior: Posterior,
    folder: RunFolder,
    verdict: Verdict,
    find_best_fits: Callable[[FloatArray, FloatArray | None], Sequence[BestFit]] | None = None,
    evaluate: Callable[[FloatArray], Evaluated] | None = None,
) -> Path:
    """Write ``result.nc`` from the weighted draws of a run.

    Its groups and the arguments are those of `g2fit.results.save.save_result`. In place of the weighted draws the group
    ``posterior`` has equally likely ones, some of them several times, whose effective sample sizes count the weights;
    the dimension ``chain`` is the stream of the exploration. Where evaluations are expensive, none is made again.
    """
    found = folder.load_weighted()
    assert found is not None  # the run has drawn from it
    theta = equally_likely(posterior, found, posterior.card.sampler.seed)
    known = KeptEvaluations(posterior, folder.journals, folder.key or "")
    kept = KeptDraws(theta, np.arange(theta.shape[1]), np.arange(theta.shape[2]), weighted_group(posterior, found))

    def attributes(slow: bool) -> dict[str, Any]:
        statistics = {
            "draws": "weighted",
            "evaluations": int(found.calls.sum()),
            "acceptance": None,
            "reasons": {},
            **about_model(posterior, slow),
            "exploration": explored_statistics(found) | {"warnings": doubts_of_weights(found)},
            "proposal_efficiency": [],
            "pareto_k": pareto_k(found.log_weight),
        }
        done = reached(found, verdict, posterior.card.sampler.stop)
        return common_attributes(posterior, folder, verdict, statistics) | {"walkers": 1, "converged": int(done)}

    def take(points: FloatArray) -> Evaluated:
        return known.evaluated(points, evaluate or posterior.evaluated)

    return write_result(posterior, folder, kept, attributes, find_best_fits, take)

"""Check of own models and likelihoods before they are used: they must give the same numbers for the same points."""

import time
from collections.abc import Sequence
from weakref import WeakSet

import numpy as np

from g2fit.core.errors import ModelError
from g2fit.core.types import FloatArray
from g2fit.likelihoods import Likelihood
from g2fit.models.contract import is_own
from g2fit.posterior.evaluation import Evaluation

__all__ = ["PATIENCE", "POINTS", "verify"]

#: Points of the check, and of its first part, after which slow models are checked no further.
POINTS, FIRST = 16, 2

#: Seconds that an evaluation may take to be called quick.
PATIENCE = 0.05

#: Relative difference of repeated numbers from which they are called noisy: far above rounding.
NOISE = 1e-9

#: Likelihoods, with their models, that have passed the check in this process.
_PASSED: WeakSet[Likelihood] = WeakSet()


def verify(evaluation: Evaluation, theta: FloatArray) -> None:
    """Evaluate points (N, D) twice, and one of them alone; shapes and kinds of what is returned are checked as always.

    Raises
    ------
    ModelError
        If a model or likelihood of the user's fails, or gives other numbers the second time or without the others.
    """
    likelihood = evaluation.likelihood
    if likelihood in _PASSED or not (is_own(evaluation.model.implementation) or likelihood.custom):
        return
    for points in (theta[:FIRST], theta[:POINTS]):
        begun = time.perf_counter()
        first = evaluation.evaluated(points)[:2]
        spent = time.perf_counter() - begun
        _compare(
            evaluation, first, evaluation.evaluated(points)[:2], "are noisy: two evaluations of the same points differ"
        )
        alone = [values[: len(values) // len(points)] for values in first]
        _compare(
            evaluation,
            alone,
            evaluation.evaluated(points[:1])[:2],
            "depend on which other points are evaluated with a point",
        )
        if spent > PATIENCE * len(points):
            break
    _PASSED.add(likelihood)


def _compare(evaluation: Evaluation, first: Sequence[FloatArray], second: Sequence[FloatArray], what: str) -> None:
    model = evaluation.model
    for index, quantity in enumerate(model.observables):
        if not _same(first[0][:, index], second[0][:, index]):
            raise ModelError(
                f"predictions of model {model.name!r} {what} ({_shown(quantity.name, first[0], second[0], index)})"
            )
    for index, name in enumerate(evaluation.likelihood.names):
        if not _same(first[1][:, index], second[1][:, index]):
            raise ModelError(f"values of the likelihood {name!r} {what} ({_shown(name, first[1], second[1], index)})")


def _same(first: FloatArray, second: FloatArray) -> bool:
    return bool(np.allclose(first, second, rtol=NOISE, atol=0.0, equal_nan=True))


def _shown(name: str, first: FloatArray, second: FloatArray, index: int) -> str:
    a, b = first[:, index], second[:, index]
    row = int(np.argmax(~np.isclose(a, b, rtol=NOISE, atol=0.0, equal_nan=True)))
    return f"{name} = {a[row]:.10g}, then {b[row]:.10g}"

"""Batches of points through the model and the likelihood of a card, chunk by chunk, without allocating memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.card import Card
from g2fit.core.errors import CardError
from g2fit.core.jit import kernel
from g2fit.core.parallel.threads import CHUNK, map_rows
from g2fit.core.types import BoolArray, FloatArray, IntArray, ReasonArray
from g2fit.models.base import UNUSED, VALID, Model, Quantity

__all__ = ["Evaluated", "Evaluation", "Workspace"]


#: Number of reason codes that fit into an int8: the loop that counts them checks no bounds.
MAX_REASONS = 128


class Workspace(threading.local):
    """Arrays for one chunk of points; each thread has its own, so that evaluation allocates nothing."""

    def __init__(self, model: Model, dimension: int, terms: int) -> None:
        self.theta = np.empty((CHUNK, dimension))
        self.inputs = np.empty((CHUNK, len(model.parameters)))
        self.predictions = np.empty((CHUNK * model.solutions, len(model.observables)))
        self.reason = np.empty(CHUNK * model.solutions, dtype=np.int8)
        self.terms = np.empty((CHUNK * model.solutions, terms))
        self.log_prior = np.empty(CHUNK)
        self.log_likelihood = np.empty(CHUNK)
        self.counts = np.zeros(MAX_REASONS, dtype=np.int64)


class Evaluated(NamedTuple):
    """All that one evaluation of N points gives, with S solutions each.

    Attributes
    ----------
    predictions, terms : (N * S, Q) and (N * S, T) arrays
        Predictions and log likelihoods of the terms, NaN and -inf where a solution is invalid.
    reason : (N * S,) array of int8
        Reason codes.
    log_prior, log_likelihood : (N,) arrays
        As `Posterior.log_prior`, without the density of the priors, and `Posterior.log_likelihood`.
    """

    predictions: FloatArray
    terms: FloatArray
    reason: ReasonArray
    log_prior: FloatArray
    log_likelihood: FloatArray

    def at(self, points: IntArray) -> Evaluated:
        """The same for points (M,) of these, which may be repeated."""
        solutions = len(self.reason) // len(self.log_prior)
        rows = (points[:, None] * solutions + np.arange(solutions)).ravel()
        return Evaluated(
            self.predictions[rows], self.terms[rows], self.reason[rows], self.log_prior[points],
            self.log_likelihood[points],
        )  # fmt: skip


class Evaluation:
    """Predictions, likelihood terms and log likelihood of points, as a card defines them; see `Posterior`."""

    def __init__(self, card: Card, threads: int = 1) -> None:
        self.card = card
        self.model = card.model
        self.likelihood = card.likelihood
        self.thread_safe = self.model.thread_safe and all(term.thread_safe for term in self.likelihood.custom)
        self.threads = threads if self.thread_safe else 1
        self.parameters = tuple(Quantity(p.name, p.latex, p.unit) for p in card.sampled)
        columns = {p.name: column for column, p in enumerate(self.parameters)}
        names = [p.same_as or p.name for p in card.parameters]
        self._source = np.array([columns.get(name, -1) for name in names], dtype=np.int64)
        values = {p.name: p.value for p in card.parameters}
        self._fixed = np.array([values[name] for name in names], dtype=float)  # NaN for None
        self._is_prior = np.array([role == "prior" for role in self.likelihood.roles])
        self._space = Workspace(self.model, self.dimension, len(self.likelihood.names))

    @property
    def names(self) -> list[str]:
        """Names of the sampled parameters."""
        return [p.name for p in self.parameters]

    @property
    def dimension(self) -> int:
        """Number of sampled parameters."""
        return len(self.parameters)

    @contextmanager
    def shared_by(self, threads: int) -> Iterator[None]:
        """Let so many threads share each batch within a ``with`` block; the results do not depend on their number.

        One thread does it all if the model or a likelihood is not thread-safe.
        """
        before, self.threads = self.threads, threads if self.thread_safe else 1
        try:
            yield
        finally:
            self.threads = before

    def _points(self, theta: ArrayLike) -> FloatArray:
        points = np.ascontiguousarray(np.atleast_2d(np.asarray(theta, dtype=float)))
        if points.ndim != 2 or points.shape[1] != self.dimension:
            raise CardError(
                f"theta must have {self.dimension} columns ({', '.join(self.names)}), got shape {np.shape(theta)}"
            )
        return points

    @property
    def cuts_prior(self) -> bool:
        """Whether terms of the role prior cut the prior."""
        return bool(self._is_prior.any())

    def inputs(self, theta: ArrayLike) -> FloatArray:
        """Parameters of the model (N, P): those that are sampled, fixed and tied."""
        return self._inputs(self._points(theta))

    def _inputs(self, points: FloatArray) -> FloatArray:
        """Inputs of the model (N, P): sampled, fixed and tied parameters."""
        inputs = np.empty((len(points), len(self.model.parameters)))
        _fill_inputs(np.ascontiguousarray(points), self._source, self._fixed, inputs)
        return inputs

    # The inner loop -------------------------------------------------------------------------------------------------

    def _evaluate(self, theta: FloatArray) -> None:
        """Fill the workspace for one chunk of points."""
        n = len(theta)
        space, m = self._space, n * self.model.solutions
        _fill_inputs(theta, self._source, self._fixed, space.inputs[:n])
        self.model.evaluate(space.inputs[:n], space.predictions[:m], space.reason[:m])
        self.likelihood.evaluate(space.inputs[:n], space.predictions[:m], space.terms[:m])
        _combine(space.terms[:m], space.reason[:m], self._is_prior, space.log_prior[:n], space.log_likelihood[:n])
        _count(space.reason[:m], space.counts)

    def _add_log_density(
        self, to_parameters: Callable[[FloatArray, FloatArray, FloatArray], None], points: FloatArray
    ) -> FloatArray:
        """Map points to parameters and log densities, and add the log likelihood and the cuts to the latter."""
        out = np.empty(len(points))

        def chunk(start: int, stop: int) -> None:
            theta, density = self._space.theta[: stop - start], out[start:stop]
            to_parameters(points[start:stop], theta, density)
            self._evaluate(theta)
            _add(self._space.log_likelihood, self._space.log_prior, density)

        map_rows(chunk, len(points), self.threads)
        return out

    def _evaluated(self, theta: ArrayLike, *names: str) -> list[NDArray[Any]]:
        """Arrays of the workspace, by name, for all points."""
        points = self._points(theta)
        arrays = (getattr(self._space, name) for name in names)
        found = [np.empty((len(points) * (len(array) // CHUNK), *array.shape[1:]), array.dtype) for array in arrays]

        def chunk(start: int, stop: int) -> None:
            self._evaluate(points[start:stop])
            for name, target in zip(names, found, strict=True):
                source = getattr(self._space, name)
                rows = len(source) // CHUNK
                target[start * rows : stop * rows] = source[: (stop - start) * rows]

        map_rows(chunk, len(points), self.threads)
        return found

    def take_counts(self) -> IntArray:
        """Number of solutions with each reason code since the last call, in the calling thread."""
        taken = self._space.counts[: len(self.model.reasons)].copy()
        self._space.counts[:] = 0
        return taken

    # What users ask for ---------------------------------------------------------------------------------------------

    def log_likelihood(self, theta: ArrayLike) -> FloatArray:
        """Log likelihood of each point, shape (N,), with all its normalisations; -inf where it is zero."""
        return self._evaluated(theta, "log_likelihood")[0]

    def terms(self, theta: ArrayLike) -> dict[str, FloatArray]:
        """Log likelihood of each term, shape (N,), or (N, solutions) for a model with several solutions per point.

        Invalid points hold -inf; a slot without a solution holds NaN. Cuts of role prior are among the terms.
        """
        table, reason = self._evaluated(theta, "terms", "reason")
        table[reason == UNUSED] = np.nan
        shape = (-1,) if self.model.solutions == 1 else (-1, self.model.solutions)
        return {name: table[:, j].reshape(shape) for j, name in enumerate(self.likelihood.names)}

    def solutions(self, theta: ArrayLike, chosen: IntArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Inputs of the model (N, P), fixed and tied parameters included, and predictions.

        The predictions of all solutions have the shape (N * solutions, Q), those of one solution of each point, if
        these are `chosen`, (N, Q).
        """
        inputs, predictions = self._evaluated(theta, "inputs", "predictions")
        if chosen is not None:
            predictions = predictions[np.arange(len(inputs)) * self.model.solutions + chosen]
        return inputs, predictions

    def predict(self, theta: ArrayLike) -> dict[str, NDArray[Any]]:
        """Every observable and the reason code ``"reason"`` of each point, as `Model.predict` gives them."""
        model, inputs = self.model.detailed, self._inputs(self._points(theta))
        parts: dict[int, dict[str, NDArray[Any]]] = {}

        def chunk(start: int, stop: int) -> None:
            parts[start] = model.predict(inputs[start:stop])

        if self.threads == 1 or len(inputs) <= CHUNK:
            return model.predict(inputs)
        map_rows(chunk, len(inputs), self.threads)
        return {name: np.concatenate([parts[start][name] for start in sorted(parts)]) for name in parts[0]}

    def evaluated(self, theta: ArrayLike) -> Evaluated:
        """Evaluate each point once, for all that can be known of it."""
        return Evaluated(*self._evaluated(theta, *Evaluated._fields))

    def evaluated_with_density(
        self, to_parameters: Callable[[FloatArray, FloatArray, FloatArray], None], points: FloatArray
    ) -> tuple[FloatArray, FloatArray, Evaluated]:
        """Parameters of points (N, D), their log densities as of `_add_log_density`, and `evaluated`."""
        theta, density = np.empty_like(points), np.empty(len(points))
        to_parameters(points, theta, density)
        found = self.evaluated(theta)
        _add(found.log_likelihood, found.log_prior, density)
        return theta, density, found

    def beyond(self, theta: ArrayLike) -> dict[str, float]:
        """Share of the points at which something matters that the model's options leave out, see `Model.beyond`."""
        found = self.model.beyond(self._inputs(self._points(theta)))
        return {text: float(where.mean()) for text, where in found.items()}

    def log_likelihood_by_solution(self, theta: ArrayLike, known: Evaluated | None = None) -> FloatArray:
        """Log likelihood of every solution of each point, shape (N, solutions); -inf where it is not allowed.

        The points are not evaluated again if what they give is `known`.
        """
        found = self.evaluated(theta) if known is None else known
        total = np.zeros(len(found.reason))
        for values in found.terms.T:
            total += values
        total[np.isnan(total) | (found.reason == UNUSED)] = -np.inf
        return total.reshape(-1, self.model.solutions)

    def most_likely_solution(self, theta: ArrayLike) -> tuple[IntArray, FloatArray]:
        """Index of the most likely solution of each point and its log likelihood; both have the shape (N,)."""
        by_solution = self.log_likelihood_by_solution(theta)
        return by_solution.argmax(axis=1), by_solution.max(axis=1)

    def draw_solutions(self, theta: ArrayLike, rng: np.random.Generator, known: Evaluated | None = None) -> IntArray:
        """Index of one solution of each point, drawn with the solutions' likelihoods as weights, shape (N,)."""
        if self.model.solutions == 1:
            return np.zeros(len(self._points(theta)), dtype=np.int64)
        weight = self.log_likelihood_by_solution(theta, known)
        return np.asarray(np.argmax(weight + rng.gumbel(size=weight.shape), axis=1), dtype=np.int64)

    def predict_drawn(self, theta: ArrayLike, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Predictions of the solutions that `draw_solutions` draws: every array has the shape (N,)."""
        chosen = self.draw_solutions(theta, rng)
        rows, shape = np.arange(len(chosen)), (len(chosen), self.model.solutions)
        return {name: values.reshape(shape)[rows, chosen] for name, values in self.predict(theta).items()}


@kernel
def _fill_inputs(theta: FloatArray, source: IntArray, fixed: FloatArray, inputs: FloatArray) -> None:
    for i in range(inputs.shape[0]):
        for j in range(inputs.shape[1]):
            inputs[i, j] = theta[i, source[j]] if source[j] >= 0 else fixed[j]


@kernel
def _combine(
    terms: FloatArray, reason: ReasonArray, is_prior: BoolArray, log_prior: FloatArray, log_likelihood: FloatArray
) -> None:
    """Sum the terms of each solution; average the likelihoods of the solutions of each point."""
    n = log_likelihood.shape[0]
    solutions = reason.shape[0] // n
    for i in range(n):
        allowed = 0.0 if not is_prior.any() else -np.inf
        largest = -np.inf
        total = 0.0
        count = 0
        for s in range(i * solutions, (i + 1) * solutions):
            if reason[s] == UNUSED:
                continue
            count += 1
            likelihood = 0.0
            prior = 0.0
            for t in range(terms.shape[1]):
                if is_prior[t]:
                    prior += terms[s, t]
                else:
                    likelihood += terms[s, t]
            if prior == 0.0 or reason[s] != VALID:
                allowed = 0.0  # an invalid point belongs to the prior, with the likelihood zero
            if reason[s] != VALID or not likelihood > -np.inf or prior != 0.0:
                continue
            if likelihood > largest:
                total = total * np.exp(largest - likelihood) + 1.0
                largest = likelihood
            else:
                total += np.exp(likelihood - largest)
        log_prior[i] = allowed
        log_likelihood[i] = largest + np.log(total / count) if total > 0.0 else -np.inf


@kernel
def _count(reason: ReasonArray, counts: IntArray) -> None:
    for s in range(reason.shape[0]):
        if reason[s] >= 0:
            counts[reason[s]] += 1


@kernel
def _add(log_likelihood: FloatArray, log_prior: FloatArray, out: FloatArray) -> None:
    for i in range(out.shape[0]):
        value = out[i] + log_likelihood[i] + log_prior[i]
        out[i] = value if value > -np.inf else -np.inf

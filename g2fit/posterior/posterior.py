"""The posterior of a card: batches of points to log prior, log likelihood by term, and predictions."""

from __future__ import annotations

import hashlib
import inspect
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.card import Card
from g2fit.card.priors import PriorSet
from g2fit.core.errors import CardError
from g2fit.core.jit import is_compiled, kernel, mark_compiled
from g2fit.core.parallel.threads import BLOCK, map_rows
from g2fit.core.types import FloatArray, IntArray
from g2fit.models.base import UNUSED, VALID, Quantity, Ridge
from g2fit.posterior.coordinates import Chart, Coordinates, Raw, Sheet

__all__ = ["Posterior"]

#: Prior draws looked at before a prior is said to allow nothing.
MAX_REJECTION = 4_000_000


class _Workspace:
    """Arrays for one block of points, one set a thread, so that evaluation allocates nothing."""

    def __init__(self, rows: int, dimension: int, inputs: int, outputs: int, solutions: int, terms: int) -> None:
        self.theta = np.empty((rows, dimension))
        self.inputs = np.empty((rows, inputs))
        self.predictions = np.empty((rows * solutions, outputs))
        self.reason = np.empty(rows * solutions, dtype=np.int8)
        self.terms = np.empty((rows * solutions, terms))
        self.log_prior = np.empty(rows)
        self.log_likelihood = np.empty(rows)
        self.counts = np.zeros(128, dtype=np.int64)


class Posterior:
    r"""Everything that a card says about a point.

    Parameters
    ----------
    card : Card
        The run card.
    threads : int
        Threads that share a batch.

    Attributes
    ----------
    card : Card
        The card.
    model, likelihood : Model, Likelihood
        What predicts and what scores.
    parameters : tuple of Quantity
        The sampled parameters, in the order of the columns of `theta`.
    priors : PriorSet
        Their priors.
    coordinates : Coordinates
        The sampler's coordinates.

    Notes
    -----
    A point of a model with several solutions (the branches of the SUSY Yukawas) has the likelihood
    :math:`L = (1/n) \sum_s L_s`, each of its `n` solutions having the same prior weight. A point without any
    solution, or whose solutions are all invalid, has the likelihood zero.
    """

    def __init__(self, card: Card, threads: int = 1) -> None:
        self.card = card
        self.threads = threads
        self.model = card.model
        self.likelihood = card.likelihood
        sampled = card.sampled
        self.parameters = tuple(Quantity(p.name, p.latex, p.unit) for p in sampled)
        self.priors = PriorSet([p.prior for p in sampled if p.prior is not None])
        columns = {p.name: column for column, p in enumerate(sampled)}
        names = [p.same_as or p.name for p in card.parameters]
        self._source = np.array([columns.get(name, -1) for name in names], dtype=np.int64)
        values = {p.name: p.value for p in card.parameters}
        self._fixed = np.array([values[name] if values[name] is not None else np.nan for name in names], dtype=float)
        self._is_prior = np.array([role == "prior" for role in self.likelihood.roles])
        self._local = threading.local()
        self.coordinates = self._make_coordinates()

    def _make_coordinates(self) -> Coordinates:
        """Coordinates of the card; ``auto`` takes the chart, with every ridge of the model that the data make thin."""
        if self.card.sampler.coordinates == "raw":
            return Raw(self.priors)
        observed = self.likelihood.observed()
        sheets = []
        for ridge in self.model.ridges:
            if ridge.parameter not in self.names or ridge.observable not in observed:
                continue
            column = self.names.index(ridge.parameter)
            prior = self.priors.priors[column]
            value, error = observed[ridge.observable]
            if prior.dist in ("uniform", "loguniform") and prior.minimum > 0.0 and abs(value) > ridge.thin * error:
                bounds = (math.log(prior.minimum), math.log(prior.maximum))
                centres = self._centres(ridge, bounds, (value, error))
                sheets.append(Sheet(column, prior, value, error, ridge.form == "power", centres))
        return Chart(self.priors, sheets)

    def _centres(
        self, ridge: Ridge, bounds: tuple[float, float], datum: tuple[float, float]
    ) -> Callable[[FloatArray, FloatArray, FloatArray], None]:
        def centres(theta: FloatArray, position: FloatArray, slope: FloatArray) -> None:
            inputs = np.empty((len(theta), len(self.model.parameters)))
            _scatter(np.ascontiguousarray(theta), self._source, self._fixed, inputs)
            position[:], slope[:] = self.model.ridge_centres(ridge, inputs, bounds, datum)

        return centres

    @property
    def names(self) -> list[str]:
        """Names of the sampled parameters."""
        return [p.name for p in self.parameters]

    @property
    def dimension(self) -> int:
        """Number of sampled parameters."""
        return len(self.parameters)

    def compile(self, announce: Callable[[str], None] = lambda message: None) -> None:
        """Compile every kernel, or load it from the disk cache; `announce` is told before a wait of some seconds."""
        folder = Path(inspect.getfile(type(self.model))).parent
        options = self.model.options.model_dump_json()
        key = f"{self.model.name}-{hashlib.sha256(options.encode()).hexdigest()[:12]}"
        if not is_compiled(key, folder):
            announce(f"compiling the kernels of model {self.model.name!r} (once on this machine)")
        theta = self.priors.sample(np.random.default_rng(0), 16)
        self.log_density(self.coordinates.from_parameters(theta))
        self.log_prior(theta)
        mark_compiled(key, folder)

    # The inner loop -------------------------------------------------------------------------------------------------

    def _workspace(self) -> _Workspace:
        space: _Workspace | None = getattr(self._local, "space", None)
        if space is None:
            model = self.model
            shape = (len(model.parameters), len(model.observables), model.solutions, len(self.likelihood.names))
            space = self._local.space = _Workspace(BLOCK, self.dimension, *shape)
        return space

    def _score(self, space: _Workspace, theta: FloatArray) -> None:
        """Predictions, terms and log likelihood of at most `BLOCK` points into the workspace."""
        n = len(theta)
        m = n * self.model.solutions
        _scatter(theta, self._source, self._fixed, space.inputs[:n])
        self.model.evaluate(space.inputs[:n], space.predictions[:m], space.reason[:m])
        self.likelihood.evaluate(space.inputs[:n], space.predictions[:m], space.terms[:m])
        _combine(space.terms[:m], space.reason[:m], self._is_prior, space.log_prior[:n], space.log_likelihood[:n])
        _count(space.reason[:m], space.counts)

    def take_counts(self) -> IntArray:
        """How many solutions had each reason code since this was last asked, in the calling thread."""
        space = self._workspace()
        counts = space.counts[: len(self.model.reasons)].copy()
        space.counts[:] = 0
        return counts

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log posterior density in the sampler's coordinates.

        Parameters
        ----------
        z : (N, D) array
            Points in the coordinates of `coordinates`.

        Returns
        -------
        (N,) array
            Log likelihood plus log prior density of `z`; -inf where the point is not allowed.
        """
        out = np.empty(len(z))
        self._map_and_score(self.coordinates.to_parameters, z, out)
        return out

    def _map_and_score(
        self, to_parameters: Callable[[FloatArray, FloatArray, FloatArray], None], points: FloatArray, out: FloatArray
    ) -> None:
        """Map points, the map filling parameters and log densities, and add log likelihood and cuts to the latter."""

        def rows(start: int, stop: int) -> None:
            space = self._workspace()
            theta, density = space.theta[: stop - start], out[start:stop]
            to_parameters(points[start:stop], theta, density)
            self._score(space, theta)
            _add(space.log_likelihood, space.log_prior, density)

        map_rows(rows, len(points), self.threads)

    def log_weight(self, u: FloatArray) -> FloatArray:
        """Log of likelihood times prior over the density of the map, from the unit cube.

        Parameters
        ----------
        u : (N, D) array
            Points of the unit cube, whose normal quantiles are the `z` of a chart.

        Returns
        -------
        (N,) array
            `log_density` less that of the standard normal; its exponential, averaged over the cube, is the integral of
            likelihood times prior.
        """
        out = np.empty(len(u))
        self._map_and_score(self.coordinates.from_uniform, u, out)
        return out

    def _over(self, theta: ArrayLike, rows: Callable[[int, int, _Workspace], None]) -> None:
        points = self._points(theta)

        def block(start: int, stop: int) -> None:
            space = self._workspace()
            self._score(space, points[start:stop])
            rows(start, stop, space)

        map_rows(block, len(points), self.threads)

    def _points(self, theta: ArrayLike) -> FloatArray:
        points = np.ascontiguousarray(np.atleast_2d(np.asarray(theta, dtype=float)))
        if points.ndim != 2 or points.shape[1] != self.dimension:
            raise CardError(
                f"theta must have {self.dimension} columns ({', '.join(self.names)}), got shape {np.shape(theta)}"
            )
        return points

    # What users ask for ---------------------------------------------------------------------------------------------

    def log_prior(self, theta: ArrayLike) -> FloatArray:
        """Log prior density of each point, shape (N,); -inf outside the priors and the cuts of role prior.

        The density is that of the card's priors: the fraction that the cuts leave is not divided out
        (see `prior_fraction`).
        """
        points = self._points(theta)
        out = np.empty(len(points))
        self.priors.log_prior(points, out)
        if self._is_prior.any():

            def add(start: int, stop: int, space: _Workspace) -> None:
                out[start:stop] += space.log_prior[: stop - start]

            self._over(points, add)
        return out

    def log_likelihood(self, theta: ArrayLike) -> FloatArray:
        """Log likelihood of each point, shape (N,), with all its normalisations; -inf where it is zero."""
        out = np.empty(len(self._points(theta)))

        def copy(start: int, stop: int, space: _Workspace) -> None:
            out[start:stop] = space.log_likelihood[: stop - start]

        self._over(theta, copy)
        return out

    def terms(self, theta: ArrayLike) -> dict[str, FloatArray]:
        """Log likelihood of each term, shape (N,), or (N, solutions) for a model with several solutions a point.

        Invalid points hold -inf; a slot without a solution holds NaN. Cuts of role prior are among the terms.
        """
        n = len(self._points(theta))
        solutions = self.model.solutions
        table = np.empty((n * solutions, len(self.likelihood.names)))

        def copy(start: int, stop: int, space: _Workspace) -> None:
            count = (stop - start) * solutions
            table[start * solutions : stop * solutions] = space.terms[:count]
            table[start * solutions : stop * solutions][space.reason[:count] == UNUSED] = np.nan

        self._over(theta, copy)
        return {name: self._shaped(table[:, j], n) for j, name in enumerate(self.likelihood.names)}

    def solutions(self, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Inputs of the model (N, P), fixed and tied parameters included, and predictions (N * solutions, Q)."""
        n = len(self._points(theta))
        inputs = np.empty((n, len(self.model.parameters)))
        table = np.empty((n * self.model.solutions, len(self.model.observables)))

        def copy(start: int, stop: int, space: _Workspace) -> None:
            count = (stop - start) * self.model.solutions
            inputs[start:stop] = space.inputs[: stop - start]
            table[start * self.model.solutions : stop * self.model.solutions] = space.predictions[:count]

        self._over(theta, copy)
        return inputs, table

    def predict(self, theta: ArrayLike) -> dict[str, NDArray[Any]]:
        """Every observable and the reason code ``"reason"`` of each point, as `Model.predict` gives them."""
        points = self._points(theta)
        inputs = np.empty((len(points), len(self.model.parameters)))
        _scatter(points, self._source, self._fixed, inputs)
        return self.model.predict(inputs)

    def _shaped(self, column: NDArray[Any], n: int) -> NDArray[Any]:
        return column if self.model.solutions == 1 else column.reshape(n, self.model.solutions)

    def draw_solutions(self, theta: ArrayLike, rng: np.random.Generator) -> IntArray:
        """For each point, one of its solutions drawn with its likelihood as weight, shape (N,)."""
        n = len(self._points(theta))
        if self.model.solutions == 1:
            return np.zeros(n, dtype=np.int64)
        weight = np.sum([self.terms(theta)[name] for name in self.likelihood.names], axis=0)
        weight = np.where(np.isnan(weight), -np.inf, weight)
        return np.asarray(np.argmax(weight + rng.gumbel(size=weight.shape), axis=1), dtype=np.int64)

    def predict_drawn(self, theta: ArrayLike, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """`predict` with one solution a point, drawn with its likelihood as weight: every array has the shape (N,)."""
        predictions = self.predict(theta)
        if self.model.solutions == 1:
            return predictions
        chosen = self.draw_solutions(theta, rng)[:, None]
        return {name: np.take_along_axis(values, chosen, axis=1)[:, 0] for name, values in predictions.items()}

    def sample_prior(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw from the prior, cuts of role prior applied.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of random numbers.
        n : int
            Number of points.

        Returns
        -------
        (n, D) array
            Points; the columns are `parameters`.

        Raises
        ------
        CardError
            If the cuts leave nothing.
        """
        if not self._is_prior.any():
            return self.priors.sample(rng, n)
        kept: list[FloatArray] = []
        found = tried = 0
        while found < n:
            theta = self.priors.sample(rng, max(n - found, 1024))
            tried += len(theta)
            kept.append(theta[np.isfinite(self.log_prior(theta))])
            found += len(kept[-1])
            if not found and tried >= MAX_REJECTION:
                raise CardError(f"the cuts of role prior left none of {tried} prior draws")
        return np.concatenate(kept)[:n]

    def prior_fraction(self, rng: np.random.Generator, n: int = 100_000) -> tuple[float, float]:
        """Fraction of the priors' mass that the cuts of role prior leave, with its standard error."""
        if not self._is_prior.any():
            return 1.0, 0.0
        p = float(np.isfinite(self.log_prior(self.priors.sample(rng, n))).mean())
        return p, float(np.sqrt(p * (1.0 - p) / n))

    def require_allowed(self, rng: np.random.Generator) -> None:
        """Look for one prior draw with a finite likelihood.

        Raises
        ------
        CardError
            If there is none: names the terms that reject.
        """
        tried, draws = 0, 16_384
        while tried < MAX_REJECTION:
            theta = self.sample_prior(rng, draws)
            tried += draws
            if np.isfinite(self.log_likelihood(theta)).any():
                return
            draws = min(2 * draws, MAX_REJECTION)
        raise self.nearly_empty(theta, 0, tried)

    def nearly_empty(self, theta: FloatArray, count: int, tried: int) -> CardError:
        """Error for a prior of which `count` in `tried` draws are allowed; `theta` shows what rejects them."""
        reasons = ", ".join(f"{name} {share:.3%}" for name, share in self.rejections(theta).items())
        return CardError(
            f"{self.card.path or 'card'}: the prior region is nearly empty: {count} of {tried} draws are allowed "
            f"(a fraction of {count / tried:.2g}). Share of the draws that each term rejects: {reasons or 'none'}. "
            "Widen the priors or loosen the cuts."
        )

    def rejections(self, theta: ArrayLike) -> dict[str, float]:
        """Fraction of the points (or of their solutions) that each term or reason forbids alone, largest first."""
        terms = self.terms(theta)
        reason = self.predict(theta)["reason"]
        valid = reason == VALID
        share = {text: float(np.mean(reason == code)) for code, text in enumerate(self.model.reasons) if code != VALID}
        for name, values in terms.items():
            share[name] = float(np.mean(valid & np.isneginf(values)))
        return dict(sorted(((k, v) for k, v in share.items() if v > 0), key=lambda item: -item[1]))


@kernel
def _scatter(theta: FloatArray, source: NDArray[Any], fixed: FloatArray, inputs: FloatArray) -> None:
    for i in range(inputs.shape[0]):
        for j in range(inputs.shape[1]):
            inputs[i, j] = theta[i, source[j]] if source[j] >= 0 else fixed[j]


@kernel
def _combine(
    terms: FloatArray, reason: NDArray[Any], is_prior: NDArray[Any], log_prior: FloatArray, log_likelihood: FloatArray
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
            score = 0.0
            prior = 0.0
            for t in range(terms.shape[1]):
                if is_prior[t]:
                    prior += terms[s, t]
                else:
                    score += terms[s, t]
            if prior == 0.0 or reason[s] != VALID:
                allowed = 0.0  # an invalid point belongs to the prior, with the likelihood zero
            if reason[s] != VALID or not score > -np.inf or prior != 0.0:
                continue
            if score > largest:
                total = total * np.exp(largest - score) + 1.0
                largest = score
            else:
                total += np.exp(score - largest)
        log_prior[i] = allowed
        log_likelihood[i] = largest + np.log(total / count) if total > 0.0 else -np.inf


@kernel
def _count(reason: NDArray[Any], counts: IntArray) -> None:
    for s in range(reason.shape[0]):
        if reason[s] >= 0:
            counts[reason[s]] += 1


@kernel
def _add(log_likelihood: FloatArray, log_prior: FloatArray, out: FloatArray) -> None:
    for i in range(out.shape[0]):
        value = out[i] + log_likelihood[i] + log_prior[i]
        out[i] = value if value > -np.inf else -np.inf

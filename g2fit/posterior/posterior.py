"""The posterior of a card: its priors, the sampler's coordinates, and densities of batches of points."""

import functools
import inspect
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from g2fit.card import Card
from g2fit.card.priors import PriorSet
from g2fit.core.errors import CardError
from g2fit.core.files import fingerprint_of
from g2fit.core.jit import is_compiled, mark_compiled
from g2fit.core.types import FloatArray
from g2fit.models.base import VALID, Ridge
from g2fit.models.contract import is_own
from g2fit.posterior.coordinates import Chart, Coordinates, Raw
from g2fit.posterior.evaluation import Evaluation
from g2fit.posterior.ridge_map import RidgeMap
from g2fit.posterior.verification import POINTS, verify

__all__ = ["Posterior"]

#: Number of prior draws after which a prior that has allowed none of them is refused.
MAX_REJECTION = 4_000_000

#: Number of prior draws that `Posterior.require_allowed` evaluates first; doubled as long as none is allowed.
FIRST_DRAWS = 16_384


class Posterior(Evaluation):
    r"""Posterior density of the sampled parameters of a card.

    Parameters
    ----------
    card : Card
        The run card.
    threads : int
        Number of threads that share a batch.

    Attributes
    ----------
    card : Card
        The card.
    model : Model
        Predicts the observables.
    likelihood : Likelihood
        Compares predictions with measurements.
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
        super().__init__(card, threads)
        self.priors = PriorSet([p.prior for p in card.sampled if p.prior is not None])
        self.coordinates = self._make_coordinates()

    def _make_coordinates(self) -> Coordinates:
        """Coordinates that the card asks for; a chart straightens every ridge that the measurements make narrow."""
        if self.card.sampler.coordinates == "raw":
            return Raw(self.priors)
        observed = self.likelihood.observed()
        ridges = []
        for ridge in self.model.ridges:
            if ridge.parameter not in self.names or ridge.observable not in observed:
                continue
            column = self.names.index(ridge.parameter)
            prior = self.priors.priors[column]
            value, error = observed[ridge.observable]
            if prior.dist in ("uniform", "loguniform") and prior.minimum > 0.0 and abs(value) > ridge.thin * error:
                bounds = math.log(prior.minimum), math.log(prior.maximum)
                centres = functools.partial(self._centres, ridge, bounds, (value, error))
                ridges.append(RidgeMap(column, prior, value, error, ridge.form == "power", centres))
        return Chart(self.priors, ridges)

    def _centres(
        self, ridge: Ridge, bounds: tuple[float, float], datum: tuple[float, float], theta: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        return self.model.ridge_centres(ridge, self._inputs(theta), bounds, datum)

    def compile(self, announce: Callable[[str], None] = lambda message: None) -> None:
        """Compile every kernel, or load it from the cache; `announce` is told before it takes a minute or two.

        Models and likelihoods of the user are checked, see `g2fit.posterior.verification`.
        """
        kind = self.model.implementation
        own = is_own(kind) or bool(self.likelihood.custom)
        if own:
            announce(f"checking model {self.model.name!r} at a few points")
            verify(self, self.priors.sample(np.random.default_rng(0), POINTS))
        if is_own(kind):
            return
        place = (Path(inspect.getfile(kind)), kind.__module__)
        key = f"{self.model.name}-{fingerprint_of(self.model.options.model_dump(mode='json'))[:12]}"
        if not is_compiled(key, *place):
            announce(f"compiling the kernels of model {self.model.name!r} (once on this machine)")
        theta = self.priors.sample(np.random.default_rng(0), 16)
        self.log_density(self.coordinates.from_parameters(theta))
        self.log_prior(theta)
        mark_compiled(key, *place)

    # Densities ------------------------------------------------------------------------------------------------------

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
        return self._add_log_density(self.coordinates.to_parameters, z)

    def log_weight(self, u: FloatArray) -> FloatArray:
        """Log importance weight (N,) of points (N, D) that are uniform on the unit cube.

        Their normal quantiles are the `z` of a chart. The weight is `log_density` minus that of the standard normal;
        the mean of its exponential over the cube is the integral of likelihood times prior.
        """
        return self._add_log_density(self.coordinates.from_uniform, u)

    def log_prior(self, theta: ArrayLike) -> FloatArray:
        """Log prior density of each point, shape (N,); -inf outside the priors and the cuts of role prior.

        The density is that of the card's priors: it is not divided by the fraction of their mass that the cuts leave
        (see `prior_fraction`).
        """
        points = self._points(theta)
        out = np.empty(len(points))
        self.priors.log_prior(points, out)
        if self._is_prior.any():
            out += self._evaluated(points, "log_prior")[0]
        return out

    # Draws of the prior ---------------------------------------------------------------------------------------------

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
        """Fraction of the priors' mass that the cuts of role prior leave, with its standard error, from `n` draws."""
        if not self._is_prior.any():
            return 1.0, 0.0
        p = float(np.isfinite(self.log_prior(self.priors.sample(rng, n))).mean())
        return p, float(np.sqrt(p * (1.0 - p) / n))

    def require_allowed(self, rng: np.random.Generator) -> None:
        """Check that prior draws can have a finite likelihood; else a `CardError` names the terms that reject them."""
        tried, draws = 0, FIRST_DRAWS
        while tried < MAX_REJECTION:
            theta = self.sample_prior(rng, draws)
            tried += draws
            if np.isfinite(self.log_likelihood(theta)).any():
                return
            draws = min(2 * draws, MAX_REJECTION)
        raise self.nearly_empty(theta, 0, tried)

    def nearly_empty(self, theta: FloatArray, count: int, tried: int) -> CardError:
        """Error for a prior that allows `count` of `tried` draws; the draws `theta` show what rejects them."""
        reasons = ", ".join(f"{name} {share:.3%}" for name, share in self.rejections(theta).items())
        return CardError(
            f"{self.card.path or 'card'}: the prior region is nearly empty: {count} of {tried} draws are allowed "
            f"(a fraction of {count / tried:.2g}). Fraction of the draws that each term rejects: {reasons or 'none'}. "
            "Widen the priors or loosen the cuts."
        )

    def rejections(self, theta: ArrayLike) -> dict[str, float]:
        """Fraction of the points (or of their solutions) that each term or reason rejects on its own, largest first."""
        reason = self.predict(theta)["reason"]
        share = {text: float(np.mean(reason == code)) for code, text in enumerate(self.model.reasons) if code != VALID}
        for name, values in self.terms(theta).items():
            share[name] = float(np.mean((reason == VALID) & np.isneginf(values)))
        return dict(sorted(((k, v) for k, v in share.items() if v > 0), key=lambda item: -item[1]))

"""Averages of the likelihood in the chart, which are the evidence of a card: over Sobol points, and over a mixture."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from g2fit import Posterior
from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.em import fit_mixture, nearest_centres
from g2fit.sampling.ladder.mixture import Mixture, log_normal
from g2fit.sampling.ladder.weights import effective_draws, weighted_rows

#: Draws of the prior, and of every round, from which a mixture is fitted.
DRAWS = 2**20

#: Rounds of fits after the likelihood has its full power, and most rounds altogether.
ROUNDS, MOST_ROUNDS = 4, 60

#: Smallest effective number of the draws for which the likelihood's power is chosen.
EFFECTIVE = 4000

#: Resampled draws to which a mixture is fitted, and its most components.
POINTS, COMPONENTS = 100_000, 48

#: Share of the standard normal in the last mixture, and factor of the covariances.
DEFENSIVE, INFLATION = 0.1, 1.2

#: Draws in a batch of the average.
BATCH = 2**17


class Quadrature:
    """Average of the likelihood over draws of a standard normal in the chart, weighted with the prior's density."""

    method = "chart"

    def __init__(self, posterior: Posterior, rng: np.random.Generator, replicates: int) -> None:
        self.posterior = posterior
        self.sequences = [qmc.Sobol(posterior.dimension, scramble=True, rng=rng) for _ in range(replicates)]

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log weights of a batch, and the number of evaluations."""
        u = self.sequences[replicate].random(BATCH // 4) + 2.0**-31  # the middle of a cell of Sobol points
        z = np.ascontiguousarray(ndtri(u))
        return self.posterior.log_density(z) - log_normal(z), len(z)


class Fitted:
    """Average of likelihood times prior over the density of a mixture, at draws of it.

    The mixture is fitted to draws whose likelihood is raised to a power, which grows from zero to one. It is then kept,
    and the average is over new draws: it is unbiased however good the fit is.
    """

    method = "fitted"

    def __init__(self, posterior: Posterior, rng: np.random.Generator) -> None:
        self.posterior, self.rng = posterior, rng
        z = rng.standard_normal((DRAWS, posterior.dimension))
        log_q, rounds = log_normal(z), ROUNDS
        for _ in range(MOST_ROUNDS):
            density, rest = posterior.log_density(z), log_normal(z) - log_q
            allowed = np.isfinite(density)
            z, rest = z[allowed], rest[allowed]
            log_likelihood = density[allowed] - log_normal(z)
            power = largest_power(log_likelihood, rest)
            rows = weighted_rows(power * log_likelihood + rest, POINTS, rng)
            self.mixture = fitted(np.ascontiguousarray(z[rows]), rng)
            rounds -= power == 1.0
            if not rounds:
                return
            z = self.draws(DRAWS)
            log_q = self.mixture.log_density(z)
        raise RuntimeError(f"the likelihood has the power {power:.3g} only after {MOST_ROUNDS} rounds of fits")

    def draws(self, n: int) -> FloatArray:
        """Independent draws (n, D) of the mixture."""
        return self.mixture.draw(self.rng.random(n), self.rng.standard_normal((n, self.posterior.dimension)))

    def batch(self, replicate: int) -> tuple[FloatArray, int]:
        """Log weights of a batch, and the number of evaluations."""
        z = self.draws(BATCH)
        return self.posterior.log_density(z) - self.mixture.log_density(z), BATCH


def fitted(x: FloatArray, rng: np.random.Generator) -> Mixture:
    """Mixture fitted to equally weighted points (N, D), somewhat wider than they are, with a part like the prior."""
    w = np.full(len(x), 1.0 / len(x))
    labels = nearest_centres(x, w, rng.random(COMPONENTS))
    found = fit_mixture(x, w, float(len(x)), np.eye(COMPONENTS)[labels]).mixture()
    return Mixture(found.weights, found.means, np.sqrt(INFLATION) * found.cholesky).defended(DEFENSIVE)


def largest_power(log_likelihood: FloatArray, rest: FloatArray) -> float:
    """Largest power of the likelihood for which enough of the draws are effective, at most 1 and at least 0.

    The log weight of a draw is its log likelihood times the power, plus `rest`.

    For ln L = -z^2 and draws of a standard normal, the effective fraction is p^-1/2 at a large power p. With 10^6 draws
    4000 are effective at p = 62500:

    >>> z = np.random.default_rng(1).standard_normal(10**6)
    >>> round(largest_power(-1e6 * z**2, 0.0 * z) * 1e6 / 62500, 2)
    1.0
    """

    def enough(power: float) -> bool:
        log_weight = power * log_likelihood + rest
        return bool(effective_draws(log_weight) >= EFFECTIVE)

    if enough(1.0):
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-4 * high and high > 1e-12:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if enough(middle) else (low, middle)
    return low

"""Gaussian mixtures, in coordinates that may be warped, as proposals of importance sampling and of ensembles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from g2fit.core.jit import embedded, kernel
from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.warp import Warp

__all__ = ["Mixture", "log_normal"]

_LOG_2PI = math.log(2.0 * math.pi)

#: Weight of a component like the prior in mixtures that are proposed from or compared.
DEFENSIVE = 0.05

#: Smallest eigenvalue of a precision in units of the component's: cooling hardly widens.
LEAST_PRECISION = 0.9


@dataclass(frozen=True)
class Mixture:
    """Mixture of Gaussians.

    Attributes
    ----------
    weights : (K,) array
        Weights of the components.
    means : (K, D) array
        Their means.
    cholesky : (K, D, D) array
        Lower Cholesky factors of their covariance matrices.
    warp : Warp or None
        Map to the coordinates in which the components are Gaussian.
    """

    weights: FloatArray
    means: FloatArray
    cholesky: FloatArray
    warp: Warp | None = None

    def __post_init__(self) -> None:
        inverse = np.linalg.inv(self.cholesky)  # exactly triangular, as the inverse of a triangular matrix is
        object.__setattr__(self, "_inverse", np.ascontiguousarray(inverse.transpose(1, 2, 0)))
        object.__setattr__(self, "_centres", np.ascontiguousarray(self.means.T))
        heights = np.log(self.weights) - np.log(np.einsum("kii->ki", self.cholesky)).sum(1)
        object.__setattr__(self, "_norm", heights - 0.5 * self.dimension * _LOG_2PI)
        object.__setattr__(self, "_cumulative", np.cumsum(self.weights))

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return int(self.means.shape[1])

    def arrays(self) -> dict[str, FloatArray]:
        """Return what defines the mixture, to be stored."""
        warp = {} if self.warp is None else self.warp.arrays()
        return {"weights": self.weights, "means": self.means, "cholesky": self.cholesky, **warp}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, FloatArray]) -> Mixture:
        """Mixture of arrays that `arrays` gave."""
        gaussian = (arrays["weights"], arrays["means"], arrays["cholesky"])
        return cls(*gaussian, warp=Warp.from_arrays(arrays) if "xi" in arrays else None)

    def log_density(self, x: FloatArray) -> FloatArray:
        """Log density of the rows of `x` (N, D), shape (N,)."""
        y, log_jacobian = (x, 0.0) if self.warp is None else self.warp.forward(x)
        result = np.empty(len(x))
        _log_density(np.ascontiguousarray(y), self._norm, self._centres, self._inverse, result)  # type: ignore[attr-defined]
        return np.asarray(result + log_jacobian)

    def log_components(self, x: FloatArray) -> FloatArray:
        """Log of each component's weight times its density in the warped coordinates, shape (N, K)."""
        y = x if self.warp is None else self.warp.forward(x)[0]
        result = np.empty((len(x), len(self.weights)))
        _log_components(np.ascontiguousarray(y), self._norm, self._centres, self._inverse, result)  # type: ignore[attr-defined]
        return result

    def draw(self, uniform: FloatArray, normal: FloatArray) -> FloatArray:
        """Turn random numbers into draws (N, D): uniform ones (N,) choose components, normal ones (N, D) are moved."""
        y = np.empty_like(normal)
        _draw(uniform, normal, self._cumulative, self.means, self.cholesky, y)  # type: ignore[attr-defined]
        return y if self.warp is None else self.warp.inverse(y)

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw `n` points, shape (n, D); the number from each component differs by less than one from its share."""
        uniform = (rng.random() + np.arange(n)) / n
        rng.shuffle(uniform)
        return self.draw(uniform, rng.standard_normal((n, self.dimension)))

    def crank_nicolson(self, x: FloatArray, rho: float, rng: np.random.Generator) -> FloatArray:
        r"""Propose moves that leave the mixture itself invariant.

        A component is chosen by its responsibility for the point, and
        :math:`x' = m_k + \sqrt{1 - \rho^2}\,(x - m_k) + \rho L_k \xi` (preconditioned Crank-Nicolson). A move is
        accepted with the ratio of target over mixture density at both points, as in independence sampling, which is
        :math:`\rho = 1`.
        """
        y = x if self.warp is None else self.warp.forward(x)[0]
        k = np.argmax(self.log_components(x) + rng.gumbel(size=(len(x), len(self.weights))), axis=1)
        step = np.einsum("nij,nj->ni", self.cholesky[k], rng.standard_normal(x.shape))
        moved = self.means[k] + math.sqrt(1.0 - rho * rho) * (y - self.means[k]) + rho * step
        return moved if self.warp is None else self.warp.inverse(moved)

    def defended(self, share: float = DEFENSIVE) -> Mixture:
        """Add a component like the prior, with a weight of `share`: weights and proposals then have no empty tails."""
        d = self.dimension
        mean, variance = (np.zeros(d), np.ones(d)) if self.warp is None else self.warp.prior_moments()
        return Mixture(
            np.append(self.weights * (1.0 - share), share),
            np.vstack([self.means, mean]),
            np.concatenate([self.cholesky, np.diag(np.sqrt(variance))[None]]),
            self.warp,
        )

    def cooled(self, factor: float) -> Mixture:
        """Extrapolate from an inverse temperature to `factor` times it.

        Each component N_k becomes proportional to N_k^c N(0, 1)^(1 - c), which is exact for a Gaussian likelihood. Its
        weight is half the extrapolated one and half the old one, so that small modes are not lost.
        """
        k, d = self.means.shape
        mean, variance = (np.zeros(d), np.ones(d)) if self.warp is None else self.warp.prior_moments()
        means, cholesky, log_weight = np.empty((k, d)), np.empty((k, d, d)), np.empty(k)
        for j in range(k):
            root, old = self.cholesky[j], self.means[j] - mean
            precision = factor * np.eye(d) + (1.0 - factor) * root.T @ (root / variance[:, None])
            value, vector = np.linalg.eigh(precision)  # in the frame of the component
            value = np.clip(value, LEAST_PRECISION, None)
            half = root @ vector / np.sqrt(value)
            covariance = half @ half.T
            cholesky[j] = np.linalg.cholesky(covariance)
            new = covariance @ (factor * np.linalg.solve(root.T, np.linalg.solve(root, old)))
            log_det, r = np.log(np.diag(root)).sum(), np.linalg.solve(root, new - old)
            height = factor * (np.log(self.weights[j]) - log_det - 0.5 * r @ r)
            log_weight[j] = height - 0.5 * (1.0 - factor) * (new**2 / variance).sum() + log_det
            log_weight[j] -= 0.5 * np.log(value).sum()
            means[j] = new + mean
        weights = np.exp(log_weight - log_weight.max())
        weights = 0.5 * (weights / weights.sum() + self.weights)
        return Mixture(weights / weights.sum(), means, cholesky, self.warp)


def log_normal(z: FloatArray) -> FloatArray:
    """Log density of the standard normal distribution at the rows of `z` (..., D).

    >>> round(float(log_normal(np.zeros((1, 2)))[0]), 6)
    -1.837877
    """
    return np.asarray(-0.5 * (z * z).sum(-1) - 0.5 * z.shape[-1] * _LOG_2PI)


@embedded
def _log_of_components(
    x: FloatArray,
    i: int,
    norm: FloatArray,
    means: FloatArray,
    inverse: FloatArray,
    work: tuple[FloatArray, FloatArray],
    value: FloatArray,
) -> None:
    """Log of each component's weight times its density at row `i` of `x` (N, D); `value` is (K,).

    `means` (D, K) and `inverse` (D, D, K) have the components innermost, for vector instructions; `work`, of shapes
    (D, K) and (K,), is overwritten.
    """
    dimension, count = means.shape
    offset, y = work
    for a in range(dimension):
        for k in range(count):
            offset[a, k] = x[i, a] - means[a, k]
    for k in range(count):
        value[k] = norm[k]
    for a in range(dimension):
        for k in range(count):
            y[k] = inverse[a, a, k] * offset[a, k]
        for b in range(a):
            for k in range(count):
                y[k] += inverse[a, b, k] * offset[b, k]
        for k in range(count):
            value[k] -= 0.5 * y[k] * y[k]


@kernel
def _log_density(x: FloatArray, norm: FloatArray, means: FloatArray, inverse: FloatArray, out: FloatArray) -> None:
    """Log density of the rows of `x` (N, D), see `_log_of_components`."""
    count = means.shape[1]
    work, value = (np.empty(means.shape), np.empty(count)), np.empty(count)
    for i in range(x.shape[0]):
        _log_of_components(x, i, norm, means, inverse, work, value)
        top = value[0]
        for k in range(count):
            top = max(top, value[k])
        total = 0.0
        for k in range(count):
            if value[k] > top - 40.0:
                total += math.exp(value[k] - top)
        out[i] = top + math.log(total)


@kernel
def _log_components(x: FloatArray, norm: FloatArray, means: FloatArray, inverse: FloatArray, out: FloatArray) -> None:
    """Log of each component's weight times its density at the rows of `x` (N, D); `out` is (N, K)."""
    work = (np.empty(means.shape), np.empty(means.shape[1]))
    for i in range(x.shape[0]):
        _log_of_components(x, i, norm, means, inverse, work, out[i])


@kernel
def _draw(
    uniform: FloatArray,
    normal: FloatArray,
    cumulative: FloatArray,
    means: FloatArray,
    cholesky: FloatArray,
    out: FloatArray,
) -> None:
    dimension = normal.shape[1]
    for i in range(normal.shape[0]):
        k = 0
        while k < len(cumulative) - 1 and uniform[i] > cumulative[k]:
            k += 1
        for a in range(dimension):
            value = means[k, a]
            for b in range(a + 1):
                value += cholesky[k, a, b] * normal[i, b]
            out[i, a] = value

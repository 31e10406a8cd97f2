"""Sinh-arcsinh map of each coordinate: a skewed or long-tailed distribution becomes nearly normal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from g2fit.core.jit import kernel
from g2fit.core.types import FloatArray
from g2fit.sampling.ladder.weights import systematic_rows

__all__ = ["Warp"]

#: Most points to which a map is fitted.
MOST_POINTS = 1_500

#: Bounds of the standardised centre, the log scale, the skewness and the log tail weight.
BOUNDS = ((-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0), (-1.0, 1.0))

#: Strength of the pull towards the identity, in effective draws.
PULL = 4.0

#: Nodes of the quadrature over the prior.
NODES = 15


@dataclass(frozen=True)
class Warp:
    r"""Map of each coordinate to one in which its distribution is nearly normal.

    .. math:: y = \sinh\left(\delta\, \mathrm{asinh}\frac{z - \xi}{\eta} - \epsilon\right)

    (Jones & Pewsey 2009, doi:10.1093/biomet/asp053): :math:`\epsilon` is the skewness and :math:`\delta` the weight of
    the tails. Both directions and the Jacobian are closed formulas.

    Attributes
    ----------
    xi, eta, epsilon, delta : (D,) array
        Centre, scale, skewness and tail weight of each coordinate.

    Examples
    --------
    >>> warp = Warp(np.array([1.0]), np.array([2.0]), np.array([0.3]), np.array([0.8]))
    >>> y, _ = warp.forward(np.array([[0.5]]))
    >>> round(float(warp.inverse(y)[0, 0]), 12)
    0.5
    """

    xi: FloatArray
    eta: FloatArray
    epsilon: FloatArray
    delta: FloatArray

    def arrays(self) -> dict[str, FloatArray]:
        """Return the numbers of the map, to be stored."""
        return {"xi": self.xi, "eta": self.eta, "epsilon": self.epsilon, "delta": self.delta}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, FloatArray]) -> Warp:
        """Map of arrays that `arrays` gave."""
        return cls(arrays["xi"], arrays["eta"], arrays["epsilon"], arrays["delta"])

    def forward(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map points (N, D); return their images and the log of the Jacobian determinant (N,)."""
        y, log_jacobian = np.empty(z.shape), np.empty(len(z))
        _forward(np.ascontiguousarray(z), self.xi, self.eta, self.epsilon, self.delta, y, log_jacobian)
        return y, log_jacobian

    def inverse(self, y: FloatArray) -> FloatArray:
        """Points (N, D) with the images `y`."""
        exponent = np.clip((np.arcsinh(y) + self.epsilon) / self.delta, -300.0, 300.0)
        return np.asarray(self.xi + self.eta * np.sinh(exponent))

    def prior_moments(self) -> tuple[FloatArray, FloatArray]:
        """Mean (D,) and variance (D,) of each image of a standard normal coordinate."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        y, _ = self.forward(np.repeat(nodes[:, None], len(self.xi), axis=1))
        y, weights = y.clip(-1e3, 1e3), weights / weights.sum()
        mean = weights @ y
        return mean, weights @ (y - mean) ** 2 + 1e-12

    @classmethod
    def fit(cls, x: FloatArray, w: FloatArray, n_eff: float, start: Warp | None = None) -> Warp:
        """Fit the map to weighted points.

        Parameters
        ----------
        x, w : (N, D) array, (N,) array
            Points and their weights, which sum to 1.
        n_eff : float
            Number of independent points that they are worth: the fewer, the closer the map stays to a shift and scale.
        start : Warp, optional
            Map to begin with.
        """
        if len(x) > MOST_POINTS:
            x, w = x[systematic_rows(w, MOST_POINTS, 0.5)], np.full(MOST_POINTS, 1.0 / MOST_POINTS)
        mean = w @ x
        scale = np.sqrt(w @ (x - mean) ** 2) + 1e-12
        low, high = np.array(BOUNDS).T
        found = np.zeros((x.shape[1], 4))
        for j in range(x.shape[1]):
            begin = np.zeros(4)
            if start is not None:
                centre, width = (start.xi[j] - mean[j]) / scale[j], start.eta[j] / scale[j]
                begin = np.array([centre, np.log(width), start.epsilon[j], np.log(start.delta[j])]).clip(low, high)
            z = np.ascontiguousarray((x[:, j] - mean[j]) / scale[j])
            fit = minimize(
                _loss, begin, (z, w, PULL / n_eff), jac=True, method="L-BFGS-B", bounds=BOUNDS, options={"maxiter": 40}
            )
            found[j] = fit.x
        return cls(mean + scale * found[:, 0], scale * np.exp(found[:, 1]), found[:, 2].copy(), np.exp(found[:, 3]))


@kernel
def _forward(
    z: FloatArray,
    xi: FloatArray,
    eta: FloatArray,
    epsilon: FloatArray,
    delta: FloatArray,
    y: FloatArray,
    log_jacobian: FloatArray,
) -> None:
    for i in range(z.shape[0]):
        total = 0.0
        for j in range(z.shape[1]):
            t = (z[i, j] - xi[j]) / eta[j]
            v = min(max(delta[j] * math.asinh(t) - epsilon[j], -300.0), 300.0)
            size = abs(v)
            log_cosh = size + math.log1p(math.exp(-2.0 * size)) - math.log(2.0)
            y[i, j] = math.sinh(v)
            total += log_cosh - 0.5 * math.log1p(t * t) + math.log(delta[j] / eta[j])
        log_jacobian[i] = total


@kernel
def _loss(p: FloatArray, z: FloatArray, w: FloatArray, pull: float) -> tuple[float, FloatArray]:
    """Minus the mean log likelihood of a map, with its pull towards the identity, and the gradient."""
    xi, eta, epsilon, delta = p[0], math.exp(p[1]), p[2], math.exp(p[3])
    loss = pull * (0.5 * p[2] ** 2 + 2.0 * p[3] ** 2)
    gradient = np.zeros(4)
    gradient[2], gradient[3] = pull * p[2], pull * 4.0 * p[3]
    for i in range(len(z)):
        t = (z[i] - xi) / eta
        root = math.sqrt(1.0 + t * t)
        a = math.asinh(t)
        v = min(max(delta * a - epsilon, -50.0), 50.0)
        e = math.exp(v)
        sinh, cosh = 0.5 * (e - 1.0 / e), 0.5 * (e + 1.0 / e)
        loss += w[i] * (0.5 * sinh * sinh - math.log(cosh) + 0.5 * math.log(1.0 + t * t) - p[3] + p[1])
        by_v = sinh * cosh - sinh / cosh
        by_t = by_v * delta / root + t / (1.0 + t * t)
        gradient[0] -= w[i] * by_t / eta
        gradient[1] += w[i] * (1.0 - by_t * t)
        gradient[2] -= w[i] * by_v
        gradient[3] += w[i] * (by_v * delta * a - 1.0)
    return loss, gradient

"""The sampler's coordinates: maps to the parameters with their Jacobians, so that the card's prior is exact in each."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import scipy.special

from g2fit.card.priors import PriorSet
from g2fit.core.types import FloatArray
from g2fit.posterior.ridge_map import RidgeMap

__all__ = ["Chart", "Coordinates", "Raw"]


class Coordinates(ABC):
    """A map from sampler coordinates `z` to parameters `theta`."""

    name: str

    def __init__(self, priors: PriorSet) -> None:
        self.priors = priors

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.priors)

    @abstractmethod
    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Fill `theta` (N, D) from `z` (N, D), and `log_density` (N,) with the prior's log density in `z`.

        That density is the card's prior times the Jacobian of the map.
        """

    @abstractmethod
    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Inverse map, shape (N, D)."""

    def from_uniform(self, u: FloatArray, theta: FloatArray, log_weight: FloatArray) -> None:
        """Fill `theta` (N, D) from `u` (N, D), uniform on the unit cube, and `log_weight` (N,).

        Points with these importance weights follow the prior, whatever the map is.
        """
        self.priors.from_uniform(u, theta)
        log_weight[:] = 0.0


class Raw(Coordinates):
    """The parameters themselves."""

    name = "raw"

    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Copy `z`; the density is the prior's own."""
        theta[:] = z
        self.priors.log_prior(theta, log_density)

    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Copy `theta`."""
        return np.array(theta)


class Chart(Coordinates):
    r"""Coordinates in which the prior is a standard normal, or nearly so: :math:`z_j = \Phi^{-1}(F_j(\theta_j))`.

    As a chart of a manifold maps a curved surface to a flat one, it maps the prior to a standard normal and straightens
    curved ridges of the posterior. The support has no edges in these coordinates, scales over decades become equal, and
    the same proposal serves every prior.

    A parameter on a narrow ridge has the map of its `RidgeMap` in place of the prior's cumulative distribution.

    Parameters
    ----------
    priors : PriorSet
        The card's priors.
    ridges : sequence of RidgeMap
        Ridges to straighten; without any the prior is exactly a standard normal.
    """

    name = "chart"

    def __init__(self, priors: PriorSet, ridges: Sequence[RidgeMap] = ()) -> None:
        super().__init__(priors)
        self.ridges = tuple(ridges)

    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Map through the normal distribution, and the priors' quantiles or the maps of the ridges."""
        self.priors.from_probit(z, theta, log_density)
        for ridge in self.ridges:
            ridge.to_parameter(scipy.special.ndtr(z[:, ridge.column]), theta, log_density)

    def from_uniform(self, u: FloatArray, theta: FloatArray, log_weight: FloatArray) -> None:
        """As `to_parameters` of the normal quantiles of `u`, without the density of these."""
        super().from_uniform(u, theta, log_weight)
        for ridge in self.ridges:
            ridge.to_parameter(u[:, ridge.column], theta, log_weight)

    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Map through the cumulative distributions; the last ridge first, as each lies where those before it are."""
        points = np.array(theta, dtype=float)
        z = self.priors.to_probit(points)
        for ridge in reversed(self.ridges):
            u = ridge.from_parameter(points)
            z[:, ridge.column] = scipy.special.ndtri(u)
            points[:, ridge.column] = ridge.prior.ppf(u)
        return z

"""Sampler space and parameter space: maps with their log-Jacobians, the card's prior being exact in each."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from g2fit.priors import PriorSet

__all__ = ["Chart", "Coordinates", "Raw", "make_coordinates"]

FloatArray = NDArray[np.float64]


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
    r"""Coordinates in which the prior is a standard normal: :math:`z_j = \Phi^{-1}(F_j(\theta_j))`.

    The support has no edges in these coordinates, scales over decades become equal, and the same proposal serves
    every prior.
    """

    name = "chart"

    def to_parameters(self, z: FloatArray, theta: FloatArray, log_density: FloatArray) -> None:
        """Map through the normal distribution and the priors' quantiles."""
        self.priors.from_probit(z, theta, log_density)

    def from_parameters(self, theta: FloatArray) -> FloatArray:
        """Map through the priors' cumulative distributions."""
        return self.priors.to_probit(np.ascontiguousarray(theta, dtype=float))


def make_coordinates(name: str, priors: PriorSet) -> Coordinates:
    """Coordinates of a card: ``auto`` takes the chart."""
    return Raw(priors) if name == "raw" else Chart(priors)

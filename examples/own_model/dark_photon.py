"""An example of a model in a package of its own: a dark photon that mixes with the photon (Pospelov, 0811.1030)."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from g2fit.models import Model, Options, Quantity
from g2fit.models.constants import get_constants

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
T = 0.5 * (1.0 + NODES)


class DarkPhotonOptions(Options):
    """Options on the card, beside the model's name; anything else there is refused."""

    electron: bool = True  # whether it couples to electrons too


def loop(r: np.ndarray) -> np.ndarray:
    """Loop function F(r), r = m_A/m_l: the integral over z of 2 z (1-z)^2/[(1-z)^2 + r^2 z]; F(0) = 1.

    >>> loop(np.array([1e-4, 1.0, 100.0])).round(6).tolist()
    [0.999686, 0.2092, 6.7e-05]
    """
    z, rest, dz = (
        T**2 * (3.0 - 2.0 * T),
        (1.0 - T) ** 2 * (1.0 + 2.0 * T),
        6.0 * T * (1.0 - T),
    )  # nodes are dense at both ends
    return (WEIGHTS * dz * z * rest**2 / (rest**2 + np.asarray(r)[..., None] ** 2 * z)).sum(axis=-1)


class DarkPhoton(Model):
    """Delta a_l = alpha epsilon^2 F(m_A/m_l)/(2 pi), positive for both leptons."""

    name = "dark_photon"
    Options: ClassVar[type[Options]] = DarkPhotonOptions
    references = ("0811.1030",)
    reasons = ("valid", "mass_not_positive")
    parameters = (
        Quantity("m_A", "m_{A'}", "GeV", "mass of the dark photon"),
        Quantity("epsilon", r"\epsilon", "", "kinetic mixing"),
    )
    observables = (
        Quantity("delta_a_e", r"\Delta a_e", sm=0.0),
        Quantity("delta_a_mu", r"\Delta a_\mu", sm=0.0),
    )

    def predict(self, theta: ArrayLike) -> dict[str, Any]:
        """Every observable, shape (N,), and the reason code; NaN where a point is invalid."""
        m_A, epsilon = self.as_points(theta).T
        m_A = np.where(m_A > 0.0, m_A, np.nan)
        sm = get_constants()
        factor = sm.alpha_0 / (2.0 * np.pi) * epsilon**2
        electron = factor * loop(m_A / sm.m_e) if self.options.electron else np.where(np.isnan(m_A), np.nan, 0.0)
        return {"delta_a_e": electron, "delta_a_mu": factor * loop(m_A / sm.m_mu), "reason": np.int8(np.isnan(m_A))}

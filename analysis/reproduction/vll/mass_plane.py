"""The plane of the two masses in Figs 5 and 6 of 2106.01373: couplings, limits and predictions at its points.

Eqs (4), (12) and (14) contain the product P = Y_L Y_R only, while the limits are on t_L = (Y_L v/m_S)^2 and
t_R = (Y_R v/m_L)^2. A point of the plane is allowed if some couplings within the limits give the required Delta a_mu
(or Delta m_mu), hence if the largest allowed couplings, the corner of the limits, can do so. The exact formula needs
both couplings; they are taken in the ratio that they have at the corner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.types import FloatArray
from g2fit.models.vll.model import VectorLikeLeptons

__all__ = [
    "DELTA_A_LOW",
    "GIGAZ",
    "GIGAZ_READINGS",
    "ILC",
    "ILC_READINGS",
    "Corner",
    "GigaZReading",
    "ILCReading",
    "MassPlane",
    "future_corners",
    "paper_corners",
]

#: Measured Delta a_mu, the centre of the band of Fig 6: 2.51(59)e-9, eq (1) of 2106.01373.
DELTA_A = 2.51e-9
#: Its standard deviation.
DELTA_A_ERROR = 0.59e-9
#: Delta a_mu of Fig 5, one standard deviation below.
DELTA_A_LOW = 1.92e-9
#: Relative precision of W universality at the ILC (1908.11299, as quoted by 2106.01373).
ILC = 6e-4
#: Precision of the Z coupling of the muon at GigaZ (likewise).
GIGAZ = 2e-4

ILCReading = Literal["ratio", "coupling"]
GigaZReading = Literal["absolute", "relative"]
#: Readings of the two numbers, see `future_corners`.
ILC_READINGS: tuple[ILCReading, ...] = ("ratio", "coupling")
GIGAZ_READINGS: tuple[GigaZReading, ...] = ("absolute", "relative")


@dataclass(frozen=True)
class Corner:
    """The corner of a limit: the largest mixings that it allows, with couplings of at most `coupling`.

    Attributes
    ----------
    t_L, t_R : float
        Limits on (Y_L v/m_S)^2 and (Y_R v/m_L)^2.
    label : str
        Text in the legend of a figure.
    coupling : float
        Largest |Y_L| and |Y_R|.
    """

    t_L: float
    t_R: float
    label: str = ""
    coupling: float = 1.0

    def couplings(self, m_S: ArrayLike, m_L: ArrayLike, v: float) -> tuple[FloatArray, FloatArray]:
        """Return the largest Y_L and Y_R for masses in GeV.

        >>> Y_L, Y_R = Corner(0.016, 0.0056).couplings(500.0, 1000.0, 174.0)
        >>> round(float(Y_L), 4), round(float(Y_R), 4)
        (0.3635, 0.4301)
        """
        Y_L = np.minimum(self.coupling, np.sqrt(self.t_L) * np.asarray(m_S) / v)
        Y_R = np.minimum(self.coupling, np.sqrt(self.t_R) * np.asarray(m_L) / v)
        return Y_L, Y_R


def paper_corners() -> dict[str, Corner]:
    """Return the limits of eqs (17) and (18) of 2106.01373: by the electroweak fit, and by tau decays in addition.

    >>> paper_corners()["tau"].t_L
    0.0057
    """
    return {"ew": Corner(1.6e-2, 5.6e-3, "EW fit, eq (17)"), "tau": Corner(5.7e-3, 5.6e-3, r"$\tau$ decays, eq (18)")}


def future_corners(ew: Corner, ilc: ILCReading, gigaz: GigaZReading, s2: float = 0.2312) -> dict[str, Corner]:
    """Return the expected limits of future lepton colliders on one mixing, the other one being limited by `ew`.

    Parameters
    ----------
    ew : Corner
        Present limits.
    ilc : "ratio" or "coupling"
        Whether 6e-4 is the precision of the ratio of widths Gamma(W -> mu)/Gamma(W -> e) = 1 - t_L, or of the coupling
        dgL_W = -t_L/2; the paper does not say.
    gigaz : "absolute" or "relative"
        Whether 2e-4 is the precision of dgR_Z = -t_R/2, or of dgR_Z/s_W^2.
    s2 : float
        The right-handed Z coupling of the muon.

    Examples
    --------
    >>> corners = future_corners(Corner(0.016, 0.0056), "coupling", "relative")
    >>> corners["ilc"].t_L, round(corners["gigaz"].t_R * 1e5, 3)
    (0.0012, 9.248)
    """
    t_L = ILC if ilc == "ratio" else 2.0 * ILC
    t_R = 2.0 * GIGAZ * (1.0 if gigaz == "absolute" else s2)
    return {
        "ilc": Corner(t_L, ew.t_R, rf"ILC, $W$ ({ilc})", ew.coupling),
        "gigaz": Corner(ew.t_L, t_R, rf"GigaZ ({gigaz})", ew.coupling),
    }


@dataclass(frozen=True)
class MassPlane:
    """Predictions over (m_S, m_L) at fixed Y_V and Y_V'.

    Attributes
    ----------
    Y_V, Y_Vp : float
        (1, 0) and (0, 1) are the two panels of the paper's figures.
    options : dict
        Options of `VectorLikeLeptons`.

    Examples
    --------
    The required product of couplings where the direct search ends:

    >>> plane = MassPlane(1.0, 0.0)
    >>> round(float(plane.product_for_moment(650.0, 650.0, 1.92e-9)), 5)
    0.03883
    """

    Y_V: float
    Y_Vp: float
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", VectorLikeLeptons(**self.options))

    model: VectorLikeLeptons = field(init=False, repr=False, compare=False)

    @property
    def v(self) -> float:
        """Vacuum expectation value, GeV."""
        return self.model.constants.v

    def predict(self, name: str, m_S: ArrayLike, m_L: ArrayLike, Y_L: ArrayLike, Y_R: ArrayLike) -> FloatArray:
        """Return one observable at points of the plane; all arguments broadcast."""
        arrays = np.broadcast_arrays(m_L, m_S, Y_L, Y_R, self.Y_V, self.Y_Vp)
        theta = np.stack([np.asarray(array, dtype=float).ravel() for array in arrays], axis=1)
        value: FloatArray = self.model.predict(theta)[name].reshape(arrays[0].shape)
        return value

    def moment_at(self, corner: Corner, m_S: ArrayLike, m_L: ArrayLike) -> FloatArray:
        """Return the largest Delta a_mu within the limits of a corner."""
        return self.predict("delta_a_mu", m_S, m_L, *corner.couplings(m_S, m_L, self.v))

    def product_at(self, corner: Corner, m_S: ArrayLike, m_L: ArrayLike) -> FloatArray:
        """Return the largest Y_L Y_R within the limits of a corner."""
        Y_L, Y_R = corner.couplings(m_S, m_L, self.v)
        return Y_L * Y_R

    def tuning(self, m_S: ArrayLike, m_L: ArrayLike, P: ArrayLike) -> FloatArray:
        """Return Delta m_mu/m_mu of eq (4) for the product P of the couplings, in which it is linear."""
        return np.asarray(P) * self.predict("dm_mu_over_m_mu", m_S, m_L, 1.0, 1.0)

    def couplings_of(
        self, P: ArrayLike, m_S: ArrayLike, m_L: ArrayLike, corner: Corner
    ) -> tuple[FloatArray, FloatArray]:
        """Split a product into Y_L and Y_R, in the ratio that they have at a corner."""
        Y_L, Y_R = corner.couplings(m_S, m_L, self.v)
        root = np.sqrt(np.asarray(P) / (Y_L * Y_R))
        return root * Y_L, root * Y_R

    def product_for_moment(
        self, m_S: ArrayLike, m_L: ArrayLike, delta_a: float, corner: Corner | None = None
    ) -> FloatArray:
        """Return the product Y_L Y_R > 0 that gives Delta a_mu = `delta_a`; NaN where none does.

        Parameters
        ----------
        m_S, m_L : array_like
            GeV.
        delta_a : float
            The required Delta a_mu.
        corner : Corner, optional
            Determines Y_L/Y_R, on which the exact formula depends; by default the paper's electroweak limits.
        """
        ratio = paper_corners()["ew"] if corner is None else corner
        P = np.full(np.broadcast_shapes(np.shape(m_S), np.shape(m_L)), 1e-3)
        for _ in range(60):  # Delta a_mu is nearly linear in P
            found = self.predict("delta_a_mu", m_S, m_L, *self.couplings_of(P, m_S, m_L, ratio))
            found = np.where(found > 0.0, found, np.nan)
            P = P * np.clip(delta_a / found, 0.05, 20.0)
            if np.nanmax(np.abs(found / delta_a - 1.0), initial=0.0) < 1e-12:
                break
        return np.where(np.abs(found / delta_a - 1.0) < 1e-9, P, np.nan)

    def product_for_tuning(self, m_S: ArrayLike, m_L: ArrayLike, dm_over_m: float) -> FloatArray:
        """Return the product Y_L Y_R that gives Delta m_mu/m_mu = `dm_over_m`."""
        return dm_over_m / self.tuning(m_S, m_L, 1.0)

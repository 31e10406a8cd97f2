"""Data of Figs 2, 5 and 6 of 2106.01373, and of a map that shows where eq (12) fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from analysis.reproduction.vll.mass_plane import DELTA_A_LOW, Corner, MassPlane, paper_corners
from g2fit.core.types import FloatArray

__all__ = ["PANELS", "failure_of_eq12", "fixed_moment", "fixed_tuning", "loop_integrand", "mass_axis"]

#: (Y_V, Y_V') of the left and right panels of Figs 5 and 6.
PANELS = ((1.0, 0.0), (0.0, 1.0))


def mass_axis(low: float = 100.0, high: float = 4000.0, n: int = 241) -> FloatArray:
    """Return `n` masses in GeV, equally spaced in their logarithm."""
    return np.geomspace(low, high, n)


def loop_integrand(ratio: float = 1e3, n: int = 801) -> xr.Dataset:
    """Fig 2: the integrand u f'(u) of eq (7) against ln u, for m_L = `ratio` m_S, in units of m_S.

    f(u) = u/((u + m_L^2)(u + m_S^2)) vanishes at both ends, so that the lobes at m_S^2 and m_L^2, which have areas
    +-1/(m_S + m_L)^2 and meet at u = m_S m_L, cancel.

    Returns
    -------
    xarray.Dataset
        Over ``u``: ``f`` and ``integrand`` = u df/du, in units of m_S^-2.

    Examples
    --------
    >>> data = loop_integrand(10.0, n=4001)
    >>> abs(float(np.trapezoid(data.integrand, np.log(data.u)))) < 1e-6
    True
    """
    L2 = ratio * ratio
    u = np.geomspace(1e-4, 1e4 * L2, n)
    f = u / ((u + L2) * (u + 1.0))
    slope = (L2 - u * u) / ((u + L2) * (u + 1.0)) ** 2
    return xr.Dataset(
        {"f": ("u", f), "integrand": ("u", u * slope)},
        coords={"u": u},
        attrs={"m_L_over_m_S": ratio, "zero": ratio, "lobe_area": 1.0 / (1.0 + ratio) ** 2},
    )


def _dataset(
    m_S: FloatArray, m_L: FloatArray, plane: MassPlane, fields: Mapping[str, FloatArray], **more: Any
) -> xr.Dataset:
    attributes = {"Y_V": plane.Y_V, "Y_Vp": plane.Y_Vp, "formula": plane.model.options.formula}
    attributes |= {"top_loop": int(plane.model.options.top_loop)} | more
    return xr.Dataset(
        {name: (("m_L", "m_S"), value) for name, value in fields.items()},
        coords={"m_S": ("m_S", m_S, {"unit": "GeV"}), "m_L": ("m_L", m_L, {"unit": "GeV"})},
        attrs=attributes,
    )


def _limits(corners: Mapping[str, Corner]) -> dict[str, float]:
    return {f"{side}_{name}": getattr(corner, side) for name, corner in corners.items() for side in ("t_L", "t_R")}


def fixed_moment(
    plane: MassPlane, m_S: FloatArray, m_L: FloatArray, corners: Mapping[str, Corner], delta_a: float = DELTA_A_LOW
) -> xr.Dataset:
    """Fig 5: couplings and tuning that a fixed Delta a_mu requires at each point of the plane.

    Parameters
    ----------
    plane : MassPlane
        Couplings Y_V, Y_V' and formula.
    m_S, m_L : array
        Axes, GeV.
    corners : mapping of str to Corner
        Limits; ``"ew"`` also determines Y_L/Y_R, on which the exact formula depends.
    delta_a : float
        Delta a_mu.

    Returns
    -------
    xarray.Dataset
        Over (m_L, m_S): ``product`` = Y_L Y_R, ``tuning`` = Delta m_mu/m_mu, and for each corner ``room_NAME``, the
        largest Delta a_mu within its limits divided by `delta_a`, which is at least 1 at allowed points.

    Examples
    --------
    >>> data = fixed_moment(MassPlane(1.0, 0.0), np.array([1000.0]), np.array([1000.0]), paper_corners())
    >>> round(data.product.item(), 4), round(data.tuning.item(), 1), data.room_ew.item() > 1, data.room_tau.item() > 1
    (0.1582, -13.5, True, True)
    """
    S, L = np.meshgrid(m_S, m_L)
    P = plane.product_for_moment(S, L, delta_a, corners["ew"])
    fields = {"product": P, "tuning": plane.tuning(S, L, P)}
    fields |= {f"room_{name}": plane.moment_at(corner, S, L) / delta_a for name, corner in corners.items()}
    return _dataset(m_S, m_L, plane, fields, delta_a=delta_a, **_limits(corners))


def fixed_tuning(
    plane: MassPlane, m_S: FloatArray, m_L: FloatArray, corners: Mapping[str, Corner], dm_over_m: float = -3.0
) -> xr.Dataset:
    """Fig 6: Delta a_mu for a fixed Delta m_mu/m_mu; arguments and result as for `fixed_moment`.

    Examples
    --------
    >>> data = fixed_tuning(MassPlane(1.0, 0.0), np.array([553.4]), np.array([553.4]), paper_corners())
    >>> round(data.moment.item() * 1e9, 2)
    2.51
    """
    S, L = np.meshgrid(m_S, m_L)
    P = plane.product_for_tuning(S, L, dm_over_m)
    Y_L, Y_R = plane.couplings_of(P, S, L, corners["ew"])
    fields = {"product": P, "moment": plane.predict("delta_a_mu", S, L, Y_L, Y_R)}
    fields |= {f"room_{name}": plane.product_at(corner, S, L) / P for name, corner in corners.items()}
    return _dataset(m_S, m_L, plane, fields, dm_over_m=dm_over_m, **_limits(corners))


def failure_of_eq12(
    Y_V: float, Y_Vp: float, m_S: FloatArray, m_L: FloatArray, delta_a: float = DELTA_A_LOW
) -> xr.Dataset:
    """Relative difference between the exact one-loop Delta a_mu and eq (12), for couplings that give `delta_a` in (12).

    Returns
    -------
    xarray.Dataset
        Over (m_L, m_S): ``distance`` = exact/eq12 - 1, ``product`` = Y_L Y_R and ``room_ew`` as in `fixed_moment`.

    Examples
    --------
    >>> data = failure_of_eq12(1.0, 0.0, np.array([200.0]), np.array([200.0]))
    >>> round(data.distance.item(), 2)
    -0.13
    """
    leading_order, exact = MassPlane(Y_V, Y_Vp), MassPlane(Y_V, Y_Vp, {"formula": "exact"})
    corner = paper_corners()["ew"]
    S, L = np.meshgrid(m_S, m_L)
    P = leading_order.product_for_moment(S, L, delta_a)
    moment = exact.predict("delta_a_mu", S, L, *leading_order.couplings_of(P, S, L, corner))
    room = leading_order.moment_at(corner, S, L) / delta_a
    fields = {"distance": moment / delta_a - 1.0, "product": P, "room_ew": room}
    return _dataset(m_S, m_L, leading_order, fields, delta_a=delta_a)

"""Checks of the equations and identities of 2106.01373, by numerical integration and differentiation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import quad

from analysis.reproduction.anomalies import rows_2021
from analysis.reproduction.records import Record, identity, magnitude
from analysis.reproduction.vll.mass_plane import DELTA_A
from analysis.reproduction.vll.operators import effective_operators, loop_integrals, mass_matrices
from g2fit.models.vll.leading_order import mixing
from g2fit.models.vll.loops import L4, F
from g2fit.models.vll.model import VectorLikeLeptons

__all__ = ["equations"]


def _line(integrand: Callable[[float], float], low: float = -40.0, high: float = 40.0) -> float:
    """Integrate over u from exp(low) to exp(high), with ln u as variable."""
    value, _ = quad(lambda t: integrand(math.exp(t)) * math.exp(t), low, high, epsabs=1e-12, epsrel=1e-11, limit=400)
    return float(value)


def _f(u: Any, S: float, L: float) -> Any:
    """f(u) of eq (5), for squared masses S and L."""
    return u / ((u + L) * (u + S))


def _f_slope(u: float, S: float, L: float) -> float:
    return (S * L - u * u) / ((u + L) * (u + S)) ** 2


def _printed_F(x: float, y: float) -> float:
    """F of eq (12) as it is printed, which is accurate away from x = y, x = 1 and y = 1 only."""
    logs = x**3 * y * math.log(x) / ((y - x) * (x - 1) ** 3) + x * y**3 * math.log(y) / ((x - y) * (y - 1) ** 3)
    return logs - x * y * (3 * x * y - x - y - 1) / (2 * (y - 1) ** 2 * (x - 1) ** 2)


def equations() -> list[Record]:
    """Check eqs (1) to (16) and the identities (19) to (21) numerically.

    >>> [record.place for record in equations() if not record.agrees]
    ['eq (14)', 'eq (14)']
    """
    model, exact = VectorLikeLeptons(), VectorLikeLeptons(formula="exact")
    c = model.constants
    alpha_2 = (math.sqrt(2.0) * c.m_W / c.v) ** 2 / (4.0 * math.pi)
    scale = c.m_mu / math.sqrt(DELTA_A)
    S, L, Lambda = 500.0, 1000.0, 1e5
    L4_printed = (S**2 * math.log((Lambda / S) ** 2) - L**2 * math.log((Lambda / L) ** 2)) / (S**2 - L**2)
    integral, _ = quad(lambda t: _f(math.exp(t), S**2, L**2) * math.exp(t), 0.0, 2 * math.log(Lambda), epsrel=1e-12)
    r = 1e3
    first = _line(lambda u: _f_slope(u, 1.0, r * r), high=math.log(r)) * (1.0 + r) ** 2
    total = _line(lambda u: _f_slope(u, 1.0, r * r)) * (1.0 + r) ** 2
    u = np.geomspace(0.1, 1e8, 50)
    parts = (r * r / (u + r * r) - 1.0 / (u + 1.0)) / ((r * r - 1.0) * _f(u, 1.0, r * r))
    slope = (F(2e5, 1e12) - F(1e5, 1e12)) / math.log(2.0)
    plus, minus = (exact.predict([[8e5, 5e5, s * 0.3, 0.4, 1.0, 0.0]])["delta_a_mu"][0] for s in (1, -1))
    odd = float(0.5 * (plus - minus))
    eq12 = model.predict([[8e5, 5e5, 0.3, 0.4, 1.0, 0.0]])["delta_a_mu"][0]
    log_weighted = _line(lambda u: _f_slope(u, 1.0, 9.0) * math.log(u))
    small = {name: value[0] for name, value in exact.predict([[900.0, 700.0, 1e-3, 1e-3, 0.0, 0.7]]).items()}
    operator, power = "from the first operator of eq (15)", "corrections of second order in the mixing"
    records = [
        *rows_2021(),
        magnitude("eq (2)", "M for dm = alpha_2 m_mu/(4 pi), GeV", 100.0, scale * math.sqrt(alpha_2 / (4 * math.pi)),
                  0.2,
                  "around 100 GeV"),
        Record("eq (2)", "M for dm = m_mu, GeV", 2000.0, scale, 0.1, "printed", "the paper: ~, taken as 10 per cent"),
        *mass_matrices(),
        identity("eq (4)", "L4(500, 1000, 1e5 GeV)", L4_printed, float(L4(S, L, Lambda)), 1e-12),
        identity("eq (4)", "the same as integral of f up to Lambda^2", L4_printed, integral, 1e-3,
                 reason="corrections of order m_L^2/Lambda^2"),
        *loop_integrals(),
        identity("eq (7)", "integral of f' over its lobe area", 0.0, total, 1e-9),
        identity("eq (7), Fig 2", "area of the first lobe times (m_S + m_L)^2", 1.0, first, 1e-9),
        identity("eq (8)", "partial fractions over f, deviation from 1", 0.0, float(abs(parts - 1).max()), 1e-9,
                 reason="rounding of floating-point numbers"),
        *effective_operators(),
        identity("eq (11)", "coefficient of ln(m_S^2/m_W^2) in F", 1.0, float(slope), 1e-3, "F has ln x - 3/2",
                 "corrections of order m_W^2/m_S^2 and m_S^2/m_L^2"),
        identity("eq (12)", "F(3.7, 25)", _printed_F(3.7, 25.0), float(F(3.7, 25.0)), 1e-12),
        identity("eq (12)", "odd part of the exact one loop over (12), 500/800 TeV", 1.0, odd / eq12, 1e-6,
                 "factor 6 and sign", "corrections of order m_W^2/m_S^2"),
        identity("eq (13)", "integral of f' ln u, m_L = 3 m_S", -math.log(9.0) / 8.0, log_weighted, 1e-9),
        *(Record("eq (14)", f"(14)/(12) at m_S = m_L = {m:.0f} GeV", 0.0, _top_over_flip(m), 0.1, "statement",
                 "the paper: significantly smaller, taken as below 10 per cent",
                 "it grows with the masses as m^2/m_W^2") for m in (650.0, 1e3, 1.5e3)),
        *_light_states(),
        identity("eq (16)", "exact dgL_W over -t_L/2, small mixing", 1.0, float(-2 * small["dgL_W_mu"] / small["t_L"]),
                 1e-5, operator, power),
        identity("eq (16)", "exact dgR_Z over -t_R/2, small mixing", 1.0, float(-2 * small["dgR_Z_mu"] / small["t_R"]),
                 1e-5, operator.replace("first", "second"), power),
    ]  # fmt: skip
    return records + _total_derivatives()


def _light_states() -> list[Record]:
    """Check the coefficients of eq (15), times v^2, with the null vectors of the mass matrices (Y v, m)."""
    v = VectorLikeLeptons().constants.v

    def admixture(Y: float, m: float) -> float:
        light, heavy = np.linalg.svd(np.array([[Y * v, m]]))[2][1]
        return float((heavy / light) ** 2)

    return [
        identity("eq (15)", "Y_L^2 v^2/m_S^2 from the share of S in nu", admixture(0.4, 500.0),
               float(mixing(0.4, 500.0, v)), 1e-11),
        identity("eq (15)", "Y_R^2 v^2/m_L^2 from the share of L^c in mu_R", admixture(0.3, 900.0),
               float(mixing(0.3, 900.0, v)), 1e-11),
    ]  # fmt: skip


def _top_over_flip(mass: float) -> float:
    point = [[mass, mass, 0.3, 0.3, 1.0, 0.0]]
    flip = VectorLikeLeptons().predict(point)["delta_a_mu"][0]
    return float(VectorLikeLeptons(top_loop=True).predict(point)["delta_a_mu"][0] / flip - 1.0)


def _total_derivatives() -> list[Record]:
    """Check eqs (19) to (21), with f(u) = 1/[(u + 1)(u + 3)] = [1/(u + 1) - 1/(u + 3)]/2 and its derivatives."""

    def f(u: float, n: int) -> float:
        return 0.5 * (-1.0) ** n * math.factorial(n) * ((u + 1.0) ** (-n - 1) - (u + 3.0) ** (-n - 1))

    second = _line(lambda u: f(u, 1) + 0.5 * u * f(u, 2))
    fourth = _line(lambda u: 0.5 * f(u, 2) + 0.5 * u * f(u, 3) + u * u * f(u, 4) / 12.0)
    p, u = 1e-2, 2.0  # average of f((k + p)^2) over directions in four dimensions, weight sin^2
    average, _ = quad(
        lambda a: (f(u + p * p + 2 * p * math.sqrt(u) * math.cos(a), 0) - f(u, 0)) * math.sin(a) ** 2, 0.0, math.pi,
        epsabs=1e-16, epsrel=1e-13,
    )  # fmt: skip
    alpha = 0.7

    def toy(eps: float) -> float:
        return _line(lambda u: (1.0 - eps * u * u) / (1.0 + alpha * u + eps * u * u) ** 2)

    return [
        identity("eq (19)", "p^2 term of the angular average at u = 2", f(u, 1) + 0.5 * u * f(u, 2),
               average * 2.0 / math.pi / p**2, 1e-3, reason="corrections of order p^2"),
        identity("eq (19)", "coefficient of p^2", -0.5 * f(0.0, 0), second, 1e-9, "-f(0)/2: total derivative"),
        identity("eq (19)", "coefficient of p^4", -f(0.0, 1) / 6.0, fourth, 1e-9, "-f'(0)/6: total derivative"),
        identity("eq (20)", "toy integral at eps = 0", 1.0 / alpha, toy(0.0), 1e-9),
        *(identity("eq (20)", f"toy integral at eps = {eps:g}", 0.0, toy(eps), 1e-9) for eps in (1e-6, 1.0)),
        identity("eq (21)", "f(u -> oo) at eps = 0", 1.0 / alpha, 1e15 / (1.0 + alpha * 1e15), 1e-11),
    ]  # fmt: skip

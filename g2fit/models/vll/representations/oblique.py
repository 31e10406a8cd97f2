r"""Oblique parameters S, T, U of a pair of vector-like leptons that mix with a lepton, at one loop.

They are differences of self-energies, since light states take part in the loops: Maksymyk, Burgess and London
(hep-ph/9306267), for all representations as in Lavoura and Silva, Phys. Rev. D 47 (1993) 2046. With s^2, c^2 of the
weak mixing angle, D_XY = [Pi_XY(M^2) - Pi_XY(0)]/M^2 at the mass of the boson and Pi' the derivatives at q^2 = 0,

    S = 16 pi [D_ZZ - (c^2 - s^2) (Pi_3Q' - s^2 Pi_QQ') - s^2 c^2 Pi_QQ']
    U = 16 pi [D_11 - D_ZZ - s^4 Pi_QQ' - 2 s^2 (Pi_3Q' - s^2 Pi_QQ')]
    T = 4 pi [Pi_11(0) - Pi_33(0)]/(s^2 c^2 m_Z^2),

minus the Standard Model. The loops of two fermions are those of `g2fit.models.vll.representations.self_energies`. Only
real parts are taken, and the heavy states have to be heavier than m_Z/2. Two light leptons are massless here.

The weak mixing angle is a matter of definition at this order. All representations take the effective one, since S, T
and U enter `g2fit.models.vll.electroweak.oblique_shifts` with this angle and alpha(m_Z): the shift alpha T is
4 sqrt(2) G_F [Pi_11(0) - Pi_33(0)] to 0.7 %, because s^2 c^2 = pi alpha/(sqrt(2) G_F m_Z^2), but to 3 % with the
on-shell angle, which contains the contribution of the top quark to m_W.
"""

from collections.abc import Callable
from math import log, pi
from typing import NamedTuple

from g2fit.core.jit import inlined, scalar
from g2fit.models.vll.representations.self_energies import (
    MASSLESS,
    Loop,
    heavy_loop,
    lepton_loop,
    loop_of_one,
    neutrino_loop,
)
from g2fit.models.vll.representations.states import Charges, Components, Sector, State, States

__all__ = ["from_self_energies", "oblique_parameters"]


class _Sum(NamedTuple):
    """A part of 16 pi^2 Pi(0) and of 16 pi^2 [Pi(q^2) - Pi(0)]/q^2."""

    zero: float
    slope: float


@scalar
def _couplings(t: Components, a: State, b: State) -> tuple[float, float]:
    """Couplings of two left- and two right-handed states, from those of their components."""
    return t.l * a.l * b.l + t.D * a.D * b.D + t.X * a.X * b.X, t.D * a.D_R * b.D_R + t.X * a.X_R * b.X_R


@scalar
def _weighted(L: float, R: float, of: Loop) -> _Sum:
    """Loop with left- and right-handed couplings."""
    same, opposite = L * L + R * R, 2.0 * L * R
    return _Sum(same * of.zero_same + opposite * of.zero_opposite, same * of.slope_same + opposite * of.slope_opposite)


@scalar
def _with_neutrino(t: Components, nu: State, sector: Sector, q2: float) -> _Sum:
    """Loops of the neutrino with heavy states."""
    zero, slope = 0.0, 0.0
    if sector.heavy > 0:
        L, _ = _couplings(t, nu, sector.two)
        of = neutrino_loop(sector.two.squared, sector.two.log, q2)
        zero, slope = L * L * of.zero_same, L * L * of.slope_same
    if sector.heavy > 1:
        L, _ = _couplings(t, nu, sector.one)
        of = neutrino_loop(sector.one.squared, sector.one.log, q2)
        zero, slope = zero + L * L * of.zero_same, slope + L * L * of.slope_same
    return _Sum(zero, slope)


@inlined
def _with_state(loop: Callable[..., Loop], t: Components, a: State, sector: Sector, q2: float) -> _Sum:
    """Loops of the state a with the heavy states of a charge; `loop` is the one of two such states."""
    zero, slope = 0.0, 0.0
    if sector.heavy > 0:
        L, R = _couplings(t, a, sector.two)
        zero, slope = _weighted(L, R, loop(a.squared, sector.two.squared, a.log, sector.two.log, q2))
    if sector.heavy > 1:
        L, R = _couplings(t, a, sector.one)
        of = _weighted(L, R, loop(a.squared, sector.one.squared, a.log, sector.one.log, q2))
        zero, slope = zero + of.zero, slope + of.slope
    return _Sum(zero, slope)


@scalar
def _with_lepton(t: Components, l: State, sector: Sector, q2: float) -> _Sum:
    """Loops of the charged lepton with heavy states."""
    return _with_state(lepton_loop, t, l, sector, q2)


@scalar
def _with_heavy(t: Components, a: State, sector: Sector, q2: float) -> _Sum:
    """Loops of a heavy state with the heavy states of another charge."""
    return _with_state(heavy_loop, t, a, sector, q2)


@inlined
def _between_charges(t: Components, upper: Sector, lower: Sector, W2: float) -> _Sum:
    """Loops of heavy states of two charges with each other in 2 Pi_11(0) and 2 D_11."""
    zero, slope = 0.0, 0.0
    if upper.heavy > 0:
        zero, slope = _with_heavy(t, upper.two, lower, W2)
    if upper.heavy > 1:
        of = _with_heavy(t, upper.one, lower, W2)
        zero, slope = zero + of.zero, slope + of.slope
    return _Sum(zero, slope)


@scalar
def _of_one(L: float, R: float, Z: float, a: float, log_a: float) -> _Sum:
    """Loop of a heavy state with itself in Pi_33(0) and D_ZZ; `Z` is -s^2 Q."""
    of, difference = loop_of_one(a, log_a, 1.0), L - R
    L, R = L + Z, R + Z
    return _Sum(
        difference * difference * of.zero_same, (L * L + R * R) * of.slope_same + 2.0 * L * R * of.slope_opposite
    )


@scalar
def _within_charge(t: Components, sector: Sector, Z: float) -> _Sum:
    """Loops of heavy states of a charge with each other in Pi_33(0) and D_ZZ; `Z` is -s^2 Q."""
    zero, slope, two, one = 0.0, 0.0, sector.two, sector.one
    if sector.heavy > 0:
        L, R = _couplings(t, two, two)
        zero, slope = _of_one(L, R, Z, two.squared, two.log)
    if sector.heavy > 1:
        L, R = _couplings(t, one, one)
        of = _of_one(L, R, Z, one.squared, one.log)
        zero, slope = zero + of.zero, slope + of.slope
        L, R = _couplings(t, one, two)
        of = _weighted(L, R, heavy_loop(one.squared, two.squared, one.log, two.log, 1.0))
        zero, slope = zero + 2.0 * of.zero, slope + 2.0 * of.slope
    return _Sum(zero, slope)


@inlined
def _neutral_currents(states: States, T3: Charges, s2: float) -> _Sum:
    """Return Pi_33(0) and D_ZZ, times 16 pi^2, minus the Standard Model."""
    nu, l = states.zero.light, states.minus.light
    L, _ = _couplings(T3.zero, nu, nu)
    slope = (L * L - 0.25) * MASSLESS
    L, R = _couplings(T3.minus, l, l)
    slope += ((L + 0.5) * (L + 2.0 * s2 - 0.5) + R * (R + 2.0 * s2)) * MASSLESS
    zero = -2.0 * l.squared * l.log * ((L - R) * (L - R) - 0.25)
    mixed = _with_neutrino(T3.zero, nu, states.zero, 1.0)
    zero, slope = zero + 2.0 * mixed.zero, slope + 2.0 * mixed.slope
    mixed = _with_lepton(T3.minus, l, states.minus, 1.0)
    zero, slope = zero + 2.0 * mixed.zero, slope + 2.0 * mixed.slope
    plus, neutral = _within_charge(T3.plus, states.plus, -s2), _within_charge(T3.zero, states.zero, 0.0)
    minus, double = _within_charge(T3.minus, states.minus, s2), _within_charge(T3.double, states.double, 2.0 * s2)
    zero += plus.zero + neutral.zero + minus.zero + double.zero
    return _Sum(zero, slope + plus.slope + neutral.slope + minus.slope + double.slope)


@inlined
def _charged_currents(states: States, up: Charges, W2: float) -> _Sum:
    """Return Pi_11(0) and D_11, times 16 pi^2, minus the Standard Model; W2 is m_W^2/m_Z^2."""
    nu, l = states.zero.light, states.minus.light
    L, _ = _couplings(up.minus, nu, l)
    change = L * L - 1.0
    zero, slope = change * l.squared * (0.5 - l.log), change * (MASSLESS + 2.0 / 3.0 * log(W2))
    to_plus, to_minus = _with_neutrino(up.zero, nu, states.plus, W2), _with_neutrino(up.minus, nu, states.minus, W2)
    to_zero, to_double = _with_lepton(up.minus, l, states.zero, W2), _with_lepton(up.double, l, states.double, W2)
    zero += to_plus.zero + to_minus.zero + to_zero.zero + to_double.zero
    slope += to_plus.slope + to_minus.slope + to_zero.slope + to_double.slope
    plus = _between_charges(up.zero, states.plus, states.zero, W2)
    minus = _between_charges(up.minus, states.zero, states.minus, W2)
    double = _between_charges(up.double, states.minus, states.double, W2)
    zero += plus.zero + minus.zero + double.zero
    return _Sum(0.5 * zero, 0.5 * (slope + plus.slope + minus.slope + double.slope))


@inlined
def _photon_slopes(t: Components, states: Sector, Q: float) -> tuple[float, float]:
    """Heavy states of a charge in the derivatives of Pi_3Q and Pi_QQ at q^2 = 0, times 16 pi^2."""
    mixed, logs = 0.0, 0.0
    if states.heavy > 0:
        L, R = _couplings(t, states.two, states.two)
        mixed, logs = (L + R) * states.two.log, states.two.log
    if states.heavy > 1:
        L, R = _couplings(t, states.one, states.one)
        mixed, logs = mixed + (L + R) * states.one.log, logs + states.one.log
    return 2.0 / 3.0 * Q * mixed, 4.0 / 3.0 * Q * Q * logs


@scalar
def from_self_energies(
    P33: float, ZZ: float, P11: float, D11: float, mixed: float, QQ: float, s2: float
) -> tuple[float, float, float]:
    """Return S, T and U from Pi_33(0), D_ZZ, Pi_11(0), D_11, Pi_3Q' and Pi_QQ', all times 16 pi^2; m_Z is the unit."""
    c2 = 1.0 - s2
    mixed -= s2 * QQ
    S = (ZZ - (c2 - s2) * mixed - s2 * c2 * QQ) / pi
    return S, (P11 - P33) / (4.0 * pi * s2 * c2), (D11 - ZZ - s2 * s2 * QQ - 2.0 * s2 * mixed) / pi


@scalar
def oblique_parameters(states: States, T3: Charges, up: Charges, W2: float, s2: float) -> tuple[float, float, float]:
    """Return S, T and U of the states of a point.

    `T3` are the isospins of the components, `up` their couplings to the W boson, W2 is m_W^2/m_Z^2, and s2 the
    effective weak mixing angle.
    """
    l = states.minus.light
    P33, ZZ = _neutral_currents(states, T3, s2)
    P11, D11 = _charged_currents(states, up, W2)
    L, R = _couplings(T3.minus, l, l)
    plus, minus = _photon_slopes(T3.plus, states.plus, 1.0), _photon_slopes(T3.minus, states.minus, -1.0)
    double = _photon_slopes(T3.double, states.double, -2.0)
    QQ = plus[1] + minus[1] + double[1]
    mixed = plus[0] + minus[0] + double[0] - 2.0 / 3.0 * (L + R + 0.5) * l.log
    return from_self_energies(P33, ZZ, P11, D11, mixed, QQ, s2)

"""Parameters for which the tree-level masses are given pole masses: the on-shell scheme of GM2Calc (1510.08071).

A spectrum file has parameters of the DRbar scheme, and pole masses. The moment is to be computed with the latter:
M2 and mu are those that give the charginos, M1 the one that gives the neutralino most like a bino, mL the one of the
sneutrino, and mR the one of the smuon most like a right-handed one.
"""

import math
from typing import NamedTuple

import numpy as np

from g2fit.core.errors import InputError
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos, Lepton, heavy_direction, higgs_vevs, sleptons_of
from g2fit.models.mssm.threshold_corrections import delta_decoupled, tree_yukawa

__all__ = ["PoleMasses", "on_shell_electroweakinos", "on_shell_lepton"]

#: Accuracy of the neutralino's mass, GeV, and the number of Newton steps that may be needed.
ACCURACY, MAX_STEPS = 1e-9, 100


class PoleMasses(NamedTuple):
    """Pole masses in GeV: charginos, neutralinos, a sneutrino, and its charged sleptons; each by size."""

    charginos: tuple[float, float]
    neutralinos: tuple[float, float, float, float]
    sneutrino: float
    sleptons: tuple[float, float]


def on_shell_electroweakinos(poles: PoleMasses, guess: Electroweakinos, couplings: Couplings) -> Electroweakinos:
    """M1, M2 and mu of the given masses; the `guess`, in the DRbar scheme, fixes signs and which particle is which.

    From X of `electroweakinos.charginos`, ``M2 mu = +-m_1 m_2 + g_2^2 v_u v_d`` and ``M2^2 + mu^2 = m_1^2 + m_2^2 -
    g_2^2 v^2``. M1 follows by Newton's method, the derivative of a neutralino's mass being its bino fraction.

    Raises
    ------
    InputError
        If there are no such parameters.
    """
    v_d, v_u = higgs_vevs(guess.tan_beta, couplings.v)
    mixing = couplings.g_2**2 * v_u * v_d
    light, heavy = poles.charginos
    product = math.copysign(light * heavy, guess.M2 * guess.mu - mixing) + mixing
    squares = light**2 + heavy**2 - (couplings.g_2 * couplings.v) ** 2
    if squares < 2.0 * abs(product):
        raise InputError(f"charginos of {light:g} and {heavy:g} GeV are too close to each other for any M2 and mu")
    plus, minus = math.sqrt(squares + 2.0 * product), math.sqrt(squares - 2.0 * product)
    larger = 0.5 * (plus + minus)
    smaller = product / larger
    M2, mu = (larger, smaller) if abs(guess.M2) > abs(guess.mu) else (smaller, larger)
    if mu * guess.mu < 0.0:
        M2, mu = -M2, -mu
    M1, which = guess.M1, -1
    for _ in range(MAX_STEPS):
        masses, vectors = np.linalg.eigh(_neutralino_matrix(Electroweakinos(M1, M2, mu, guess.tan_beta), couplings))
        order = np.argsort(np.abs(masses))
        bino = int(np.argmax(vectors[0, order] ** 2))
        which = bino if which < 0 else which
        mass, fraction = float(masses[order[bino]]), float(vectors[0, order[bino]] ** 2)
        missing = math.copysign(poles.neutralinos[which], mass) - mass
        if abs(missing) < ACCURACY:
            return Electroweakinos(M1, M2, mu, guess.tan_beta)
        M1 += missing / fraction
    raise InputError(f"no M1 gives the neutralino most like a bino its mass, {poles.neutralinos[which]:g} GeV")


def _neutralino_matrix(point: Electroweakinos, couplings: Couplings) -> np.ndarray:
    """Mass matrix of the neutralinos in the basis B, W3, Hd, Hu, GeV (hep-ph/0609168)."""
    v_d, v_u = (v * math.sqrt(0.5) for v in higgs_vevs(point.tan_beta, couplings.v))
    g_Y, g_2, mu = couplings.g_Y, couplings.g_2, point.mu
    return np.array(
        [
            [point.M1, 0.0, -g_Y * v_d, g_Y * v_u],
            [0.0, point.M2, g_2 * v_d, -g_2 * v_u],
            [-g_Y * v_d, g_2 * v_d, 0.0, -mu],
            [g_Y * v_u, -g_2 * v_u, -mu, 0.0],
        ]
    )


def on_shell_lepton(
    poles: PoleMasses,
    guess: Lepton,
    electroweakinos: Electroweakinos,
    couplings: Couplings,
    bosons: tuple[float, float],
) -> Lepton:
    """Soft masses of the given sneutrino and slepton; the `guess` fixes which slepton is the right-handed one.

    From ``(M_LL - m^2)(M_RR - m^2) = m_LR^4``, with the Yukawa coupling of `delta_decoupled` for the guess of mR, as in
    GM2Calc. `bosons` are the masses of W and Z in GeV.

    Raises
    ------
    InputError
        If there are no such soft masses.
    """
    massless = sleptons_of(Lepton(guess.m, 0.0, 0.0, guess.A), electroweakinos, couplings)
    m2_L = poles.sneutrino**2 - massless.m2_nu
    if not m2_L > 0.0:
        raise InputError(f"no mL gives the sneutrino its mass, {poles.sneutrino:g} GeV")
    lepton = Lepton(guess.m, math.sqrt(m2_L), guess.mR, guess.A)
    Delta = delta_decoupled(lepton, electroweakinos, couplings, *bosons)
    y = tree_yukawa(guess.m, electroweakinos.tan_beta, couplings.v) / (1.0 + Delta)
    sleptons = sleptons_of(lepton, electroweakinos, couplings)
    heavy_is_left = abs(heavy_direction(0.5 * (sleptons.m2_L - sleptons.m2_R), y * sleptons.mixing)[0]) > math.sqrt(0.5)
    right = poles.sleptons[0 if heavy_is_left else 1]
    y2_vd2 = y * y * sleptons.vd2
    gap = sleptons.m2_L + y2_vd2 - right**2
    m2_R = right**2 + (y * sleptons.mixing) ** 2 / gap - y2_vd2 - massless.m2_R if gap != 0.0 else math.nan
    if not m2_R > 0.0:
        raise InputError(f"no mR gives the right-handed slepton its mass, {right:g} GeV")
    return Lepton(guess.m, lepton.mL, math.sqrt(m2_R), guess.A)

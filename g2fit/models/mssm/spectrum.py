"""Couplings and slepton masses of one generation of leptons, at tree level."""

import math
from typing import NamedTuple

from g2fit.core.jit import embedded, scalar
from g2fit.models.constants import LOOP_FACTOR, Constants
from g2fit.models.mssm.logarithm import log

__all__ = ["Couplings", "Electroweakinos", "Lepton", "Sleptons", "slepton_masses", "sleptons_of", "yukawa_edge"]


class Couplings(NamedTuple):
    """Gauge couplings (g_Y in the normalisation of the Standard Model) and v = sqrt(v_u^2 + v_d^2) in GeV."""

    g_Y: float
    g_2: float
    v: float


class Electroweakinos(NamedTuple):
    """Parameters of neutralinos and charginos: M1, M2 and mu in GeV, tan(beta) = v_u/v_d."""

    M1: float
    M2: float
    mu: float
    tan_beta: float


class Lepton(NamedTuple):
    """A lepton: pole mass, soft masses of its sleptons and trilinear coupling A, all in GeV."""

    m: float
    mL: float
    mR: float
    A: float


class Sleptons(NamedTuple):
    """Coefficients of the slepton mass matrix of one generation, a function of the Yukawa coupling y, in GeV^2.

    ``[[m2_L + y^2 vd2, y mixing], [y mixing, m2_R + y^2 vd2]]``; `m2_nu` is the sneutrino's mass squared and
    ``mixing = A v_d - mu v_u``.
    """

    m2_L: float
    m2_R: float
    m2_nu: float
    vd2: float
    mixing: float


def couplings_of_scheme(scheme: str, constants: Constants) -> Couplings:
    """Couplings of a scheme: ``weak_scale`` (MSbar at m_Z), or ``on_shell`` from alpha(m_Z), m_W, m_Z as in GM2Calc.

    ``running`` starts from ``weak_scale``, see `run_couplings`.

    >>> from g2fit.models.constants import get_constants
    >>> on_shell = couplings_of_scheme("on_shell", get_constants("paper_2019"))
    >>> [round(x, 6) for x in on_shell]
    [0.35413, 0.661225, 171.925777]
    """
    if scheme != "on_shell":
        return Couplings(constants.g_Y, constants.g_2, constants.v)
    e = math.sqrt(4.0 * math.pi * constants.alpha_mZ)
    g_2 = e / math.sqrt(constants.s2_on_shell)
    return Couplings(e * constants.m_Z / constants.m_W, g_2, math.sqrt(2.0) * constants.m_W / g_2)


@embedded
def run_couplings(couplings: Couplings, ratio: float) -> Couplings:
    """Run g_Y and g_2 from m_Z to `ratio` m_Z with the one-loop SM beta functions, 41/6 and -19/6.

    >>> run_couplings(Couplings(0.3574, 0.652, 174.1), 1.0).v
    174.1
    """
    t = 2.0 * LOOP_FACTOR * log(ratio)
    g_Y = couplings.g_Y / math.sqrt(1.0 - 41.0 / 6.0 * t * couplings.g_Y**2)
    g_2 = couplings.g_2 / math.sqrt(1.0 + 19.0 / 6.0 * t * couplings.g_2**2)
    return Couplings(g_Y, g_2, couplings.v)


@embedded
def couplings_between(scheme: float, on_shell: Couplings, weak_scale: Couplings, running: Couplings) -> Couplings:
    """Couplings between three schemes: 0 is `on_shell`, 1 `weak_scale`, 2 `running`, and linear between them.

    >>> schemes = Couplings(0.354, 0.661, 171.9), Couplings(0.357, 0.652, 174.1), Couplings(0.365, 0.640, 174.1)
    >>> [round(couplings_between(scheme, *schemes).g_Y, 4) for scheme in (0.0, 0.5, 1.0, 1.75, 2.0)]
    [0.354, 0.3555, 0.357, 0.363, 0.365]
    """
    low, high, share = (on_shell, weak_scale, scheme) if scheme <= 1.0 else (weak_scale, running, scheme - 1.0)
    return Couplings(
        low.g_Y + share * (high.g_Y - low.g_Y),
        low.g_2 + share * (high.g_2 - low.g_2),
        low.v + share * (high.v - low.v),
    )


@embedded
def higgs_vevs(tan_beta: float, v: float) -> tuple[float, float]:
    """Vacuum expectation values v_d and v_u of the Higgs doublets, in GeV.

    >>> [round(x, 3) for x in higgs_vevs(70.0, 174.1)]
    [2.487, 174.082]
    """
    v_d = v / math.sqrt(1.0 + tan_beta * tan_beta)
    return v_d, tan_beta * v_d


@embedded
def sleptons_of(lepton: Lepton, electroweakinos: Electroweakinos, couplings: Couplings) -> Sleptons:
    """Soft masses, D-terms and left-right mixing of one generation (tree level).

    D-terms are ``(g_2^2 - g_Y^2) D`` for left, ``2 g_Y^2 D`` for right and ``-(g_Y^2 + g_2^2) D`` for the sneutrino,
    with ``D = (v_u^2 - v_d^2)/4``.

    >>> sleptons = sleptons_of(Lepton(0.1, 700.0, 700.0, 0.0), Electroweakinos(1.5e3, 600.0, -5e5, 70.0),
    ...                       Couplings(0.3574, 0.652, 174.1))
    >>> round(sleptons.m2_nu**0.5, 3)
    697.002
    """
    v_d, v_u = higgs_vevs(electroweakinos.tan_beta, couplings.v)
    D = 0.25 * (v_u * v_u - v_d * v_d)
    g2_Y = couplings.g_Y * couplings.g_Y
    g2_2 = couplings.g_2 * couplings.g_2
    m2_L = lepton.mL * lepton.mL
    return Sleptons(
        m2_L + (g2_2 - g2_Y) * D,
        lepton.mR * lepton.mR + 2.0 * g2_Y * D,
        m2_L - (g2_Y + g2_2) * D,
        v_d * v_d,
        lepton.A * v_d - electroweakinos.mu * v_u,
    )


@embedded
def slepton_masses(y2: float, sleptons: Sleptons) -> tuple[float, float]:
    """Eigenvalues m_1^2 <= m_2^2 (GeV^2) of the slepton mass matrix at y^2; m_1^2 <= 0 is a tachyon.

    The light one is determinant over heavy one: the difference of the closed form loses its digits near a tachyon.

    >>> slepton_masses(0.0, Sleptons(4.0, 9.0, 1.0, 1.0, -50.0))
    (4.0, 9.0)
    """
    a = sleptons.m2_L + y2 * sleptons.vd2
    b = sleptons.m2_R + y2 * sleptons.vd2
    half = 0.5 * (a - b)
    m4_LR = y2 * sleptons.mixing * sleptons.mixing
    heavy = 0.5 * (a + b) + math.sqrt(half * half + m4_LR)
    return (a * b - m4_LR) / heavy, heavy


@scalar
def are_physical(sleptons: Sleptons, y2: float) -> bool:
    """Whether all sleptons have positive masses squared."""
    m2_1, _ = slepton_masses(y2, sleptons)
    return m2_1 > 0.0 and sleptons.m2_L > 0.0 and sleptons.m2_nu > 0.0


@embedded
def heavy_direction(half: float, off: float) -> tuple[float, float]:
    """Cosine and sine of the eigenvector of ``[[half, off], [off, -half]]`` with the larger eigenvalue.

    The heavier slepton is ``cos L + sin R`` and the lighter one ``-sin L + cos R``, with half the difference of the
    diagonal elements of the mass matrix.

    >>> heavy_direction(1.0, 0.0)
    (1.0, 0.0)
    """
    radius = math.sqrt(half * half + off * off)
    if radius == 0.0:
        return 1.0, 0.0
    if half >= 0.0:
        cosine = math.sqrt(0.5 * (1.0 + half / radius))
        return cosine, 0.5 * off / (radius * cosine)
    sine = math.copysign(math.sqrt(0.5 * (1.0 - half / radius)), off)
    return 0.5 * off / (radius * sine), sine


@embedded
def yukawa_edge(sleptons: Sleptons) -> float:
    """|y| at which the lighter slepton becomes massless; infinity if it never does, NaN if it is a tachyon at y = 0.

    >>> round(yukawa_edge(Sleptons(1.0e6, 1.0e6, 1.0e6, 0.0, -1.0e6)), 9)
    1.0
    """
    product = sleptons.m2_L * sleptons.m2_R
    if sleptons.m2_L <= 0.0 or sleptons.m2_R <= 0.0:
        return math.nan
    b = sleptons.mixing * sleptons.mixing - sleptons.vd2 * (sleptons.m2_L + sleptons.m2_R)
    discriminant = b * b - 4.0 * sleptons.vd2 * sleptons.vd2 * product
    if b <= 0.0 or discriminant < 0.0:
        return math.inf
    return math.sqrt(2.0 * product / (b + math.sqrt(discriminant)))

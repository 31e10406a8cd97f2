"""Loops over the points of a batch, for complex couplings and for leptons that share partners."""

from cmath import exp
from math import inf, log, sqrt
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import ComplexArray, FloatArray, IntArray, ReasonArray
from g2fit.models.vll import predictions as at
from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour import predictions as own
from g2fit.models.vll.flavour.arrays import square
from g2fit.models.vll.flavour.couplings import neutrino_shift, w_width_shift, z_shifts
from g2fit.models.vll.flavour.decays import Widths, edm, higgs_branching_ratio, photon_branching_ratio
from g2fit.models.vll.flavour.dipoles import WW, Flavours, fill_h, fill_W, fill_WW, fill_Z
from g2fit.models.vll.flavour.oblique import fill_states, oblique_parameters
from g2fit.models.vll.flavour.photons import photon_couplings
from g2fit.models.vll.flavour.spectrum import Couplings, Spectrum, fill_spectrum
from g2fit.models.vll.kernels import clear, clear_sums, finish
from g2fit.models.vll.loops import higgs_F, higgs_G
from g2fit.models.vll.partners import VALID, Setting
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.functions import higgs_loop, w_loop_doubly, w_loop_neutral, z_loop
from g2fit.models.vll.representations.generation import NOT_FINITE, NOT_POSITIVE, TOO_LIGHT
from g2fit.models.vll.representations.kernels import content_from

__all__ = ["Layout", "predict", "predict_amplitudes"]


class Layout(NamedTuple):
    """What distinguishes the sets of partners, one row for each, and which predictions are computed.

    Every set has n leptons; `columns` are those of M_D, M_X, lambda, lambda_bar and the phase of lambda, and for each
    lepton of lambda_X, lambda_D and the phase of lambda_D; -1 for what does not exist.
    """

    masses: FloatArray  # (sets, n), of the leptons, GeV
    leptons: IntArray  # (sets, n): 0, 1, 2 for e, mu, tau
    columns: IntArray  # (sets, 5 + 3 n)
    contents: FloatArray  # (sets, ...): the fields of `Content`
    charges: FloatArray  # (sets, 3, 4, N), see `charges_of`
    wanted: IntArray  # indices of the observables in the row of values
    standard: float  # amplitude of h -> gamma gamma in the Standard Model
    alpha: float  # at q^2 = 0
    widths: Widths
    self_energies: bool  # whether S, T and U are computed


@scalar
def _value(point: FloatArray, column: int) -> float:
    return point[column] if column >= 0 else 0.0


@scalar
def _read(point: FloatArray, columns: IntArray, v: float, work: ComplexArray) -> tuple[int, Couplings]:
    """Read the parameters of a set of partners: reason code, and what the leptons share."""
    lambda_X, lambda_D = work[arrays.LAMBDA_X, 0], work[arrays.LAMBDA_D, 0]
    M_D = point[columns[0]] if columns[0] >= 0 else point[columns[1]]
    M_X = point[columns[1]] if columns[1] >= 0 else point[columns[0]]
    total = abs(M_D) + abs(M_X)
    for k in range(2, len(columns)):
        total += abs(_value(point, columns[k]))
    for i in range(work.shape[1] - 2):
        X, D, phase = columns[5 + 3 * i], columns[6 + 3 * i], columns[7 + 3 * i]
        lambda_X[i] = v * _value(point, X)
        lambda_D[i] = v * _value(point, D) * exp(1j * _value(point, phase))
    lambda_ = v * _value(point, columns[2]) * exp(1j * _value(point, columns[4]))
    lambda_bar = v * _value(point, columns[3]) + 0j
    code = (VALID if M_D > 0.0 and M_X > 0.0 else NOT_POSITIVE) if total < inf else NOT_FINITE
    return code, Couplings(lambda_, lambda_bar, M_D, M_X)


@scalar
def _fill_amplitudes(
    work: ComplexArray, states: Spectrum, content: Content, flavours: Flavours, setting: Setting
) -> None:
    """Fill the one-loop dipole amplitudes and the overlaps of the leptons."""
    masses, own_states = flavours.masses, states.leptons
    W2, Z2, h2 = 1.0 / setting.m_W**2, 1.0 / setting.m_Z**2, 1.0 / setting.m_h**2
    log_1, log_2 = log(states.n1_2), log(states.n2_2)
    neutral = w_loop_neutral(states.n1_2 * W2, states.n2_2 * W2, log_1 - setting.log_W2, log_2 - setting.log_W2)
    fill_W(work, content, neutral, masses, setting.m_W, setting.v)
    if content.WW_D != 0.0 or content.WW_X != 0.0:
        log_1, log_2 = log(states.e1_2), log(states.e2_2)
        doubly = w_loop_doubly(states.e1_2 * W2, states.e2_2 * W2, log_1 - setting.log_W2, log_2 - setting.log_W2)
        fill_WW(work, content, doubly, masses, setting.m_W, setting.v)
    else:
        for i in range(len(masses)):
            for j in range(len(masses)):
                work[arrays.AMPLITUDES + WW, i, j] = 0.0
    m1_2, m2_2 = own_states.m1_2, own_states.m2_2
    log_1, log_2 = log(m1_2), log(m2_2)
    to_Z = z_loop(m1_2 * Z2, m2_2 * Z2, log_1 - setting.log_Z2, log_2 - setting.log_Z2)
    fill_Z(work, content, to_Z, masses, setting.m_Z, setting.s2, setting.v)
    to_h = higgs_loop(m1_2 * h2, m2_2 * h2, log_1 - setting.log_h2, log_2 - setting.log_h2)
    fill_h(work, to_h, states.charged.p, states.charged.t, flavours, setting.m_h, setting.v)


@scalar
def _amplitude(work: ComplexArray, i: int, j: int) -> complex:
    total = 0j
    for part in range(arrays.AMPLITUDES, arrays.AMPLITUDES + 4):
        total += work[part, i, j]
    return total


@scalar
def _fill_leptons(
    values: FloatArray, leptons: IntArray, work: ComplexArray, states: Spectrum, content: Content, masses: FloatArray
) -> None:
    """Fill the blocks of the leptons that share partners, and their electric dipole moments."""
    charged, overlap = work[arrays.CHARGED], work[arrays.OVERLAP]
    for i in range(len(masses)):
        base, m, A = leptons[i] * at.PER_LEPTON, masses[i], _amplitude(work, i, i)
        change = w_width_shift(work, states, content, i)
        kappa = 1.0 - overlap[i, i] * (1.0 / m)
        values[base + at.DELTA_A] = m * A.real
        values[own.EDM + leptons[i]] = edm(A)
        values[base + at.WIDTH] = 1.0 + change
        values[base + at.DGL_W] = change / (1.0 + sqrt(1.0 + change))
        values[base + at.DGL_ZNU] = neutrino_shift(work, states, content, i)
        values[base + at.DGL_Z], values[base + at.DGR_Z] = z_shifts(work, content, i)
        values[base + at.KAPPA], values[own.KAPPA_ODD + leptons[i]] = kappa.real, kappa.imag
        values[base + at.MU_H] = square(kappa)
        values[base + at.TREE_MASS] = 1.0 - charged[i, i].real / m
        values[base + at.M_E1], values[base + at.M_E2] = sqrt(states.leptons.m1_2), sqrt(states.leptons.m2_2)
        values[base + at.M_N1], values[base + at.M_N2] = sqrt(states.n1_2), sqrt(states.n2_2)
        values[base + at.M_EE1], values[base + at.M_EE2] = sqrt(states.e1_2), sqrt(states.e2_2)


@scalar
def _fill_decays(
    values: FloatArray, leptons: IntArray, work: ComplexArray, masses: FloatArray, layout: Layout, setting: Setting
) -> None:
    """Fill the branching ratios of decays that change flavour."""
    overlap = work[arrays.OVERLAP]
    for j in range(len(masses)):
        for i in range(j):
            pair, m = leptons[i] + leptons[j] - 1, masses[j]
            A2 = square(_amplitude(work, i, j)) + square(_amplitude(work, j, i))
            width = layout.widths.mu if leptons[j] == 1 else layout.widths.tau
            values[own.TO_PHOTON + pair] = photon_branching_ratio(A2, m, layout.alpha, width)
            lam2 = (square(overlap[i, j]) + square(overlap[j, i])) / (setting.v * setting.v)
            values[own.FROM_HIGGS + pair] = higgs_branching_ratio(lam2, setting.m_h, layout.widths.h)


@scalar
def _light_loops(masses: FloatArray, m_h: float) -> tuple[FloatArray, FloatArray]:
    """F and G of the Higgs boson for the leptons in the loop."""
    F, G = np.empty(masses.shape), np.empty(masses.shape)
    for s in range(masses.shape[0]):
        for i in range(masses.shape[1]):
            x = (masses[s, i] / m_h) ** 2
            G[s, i] = higgs_G(x, log(x))
            F[s, i] = higgs_F(x, G[s, i])
    return F, G


@kernel
def predict(
    theta: FloatArray,
    out: FloatArray,
    reason: ReasonArray,
    setting: Setting,
    layout: Layout,
    work: ComplexArray,
    levels: FloatArray,
) -> None:
    """Compute the predictions of a batch of points, see `g2fit.models.base.Model.evaluate`.

    `work` and `levels` (of the shape (2, 4, N), see `g2fit.models.vll.flavour.oblique`) are overwritten.
    """
    sets, n = layout.masses.shape
    values, d = np.empty(own.SIZE), np.empty(n)
    clear(values)
    F, G = _light_loops(layout.masses, setting.m_h)
    for point in range(len(theta)):
        clear_sums(values)
        even, even_imaginary, odd, odd_imaginary, code = 1.0, 0.0, 0.0, 0.0, VALID
        for s in range(sets):
            content, masses = content_from(layout.contents[s]), layout.masses[s]
            code, shared = _read(theta[point], layout.columns[s], setting.v, work)
            if code != VALID:
                break
            states = fill_spectrum(work, masses, d, shared, content)
            if not states.exists:
                code = TOO_LIGHT
                break
            _fill_amplitudes(work, states, content, Flavours(masses, F[s], G[s]), setting)
            _fill_leptons(values, layout.leptons[s], work, states, content, masses)
            _fill_decays(values, layout.leptons[s], work, masses, layout, setting)
            photons = photon_couplings(work, states, masses, content, setting.m_h, layout.standard)
            even, even_imaginary = even + photons.even, even_imaginary + photons.even_imaginary
            odd, odd_imaginary = odd + photons.odd, odd_imaginary + photons.odd_imaginary
            if layout.self_energies:
                fill_states(work, levels, states, masses, shared.M_X, setting.m_Z)
                S, T, U = oblique_parameters(work, levels, layout.charges[s], setting.m_W, setting.m_Z, setting.s2_eff)
                values[at.S], values[at.T], values[at.U] = values[at.S] + S, values[at.T] + T, values[at.U] + U
        if code == VALID:
            values[at.KAPPA_GAMMA] = even
            values[at.MU_GAMMA] = even**2 + even_imaginary**2 + odd**2 + odd_imaginary**2
            code = finish(values, layout.wanted, out[point], setting)
        if code != VALID:
            out[point] = np.nan
        reason[point] = code


@kernel
def predict_amplitudes(
    theta: FloatArray, out: FloatArray, setting: Setting, layout: Layout, work: ComplexArray
) -> None:
    """Fill ``out[n, s]`` with the amplitudes (part, i, j) of set s at point n in 1/GeV, NaN where it is invalid.

    `out` has real and imaginary parts in its last dimension.
    """
    sets, n = layout.masses.shape
    d = np.empty(n)
    F, G = _light_loops(layout.masses, setting.m_h)
    for point in range(len(theta)):
        for s in range(sets):
            out[point, s] = np.nan
            content, masses = content_from(layout.contents[s]), layout.masses[s]
            code, shared = _read(theta[point], layout.columns[s], setting.v, work)
            if code != VALID:
                continue
            states = fill_spectrum(work, masses, d, shared, content)
            if not states.exists:
                continue
            _fill_amplitudes(work, states, content, Flavours(masses, F[s], G[s]), setting)
            for part in range(4):
                for i in range(n):
                    for j in range(n):
                        A = work[arrays.AMPLITUDES + part, i, j]
                        out[point, s, part, i, j, 0], out[point, s, part, i, j, 1] = A.real, A.imag

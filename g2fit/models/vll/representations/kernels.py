"""Loops over the points of a batch, for vector-like leptons in any representation."""

from math import exp, log
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray, IntArray, ReasonArray
from g2fit.models.vll import predictions as at
from g2fit.models.vll.exact import light_higgs_loop
from g2fit.models.vll.kernels import clear, clear_sums, finish
from g2fit.models.vll.partners import VALID, Setting
from g2fit.models.vll.representations.fields import Content, Point
from g2fit.models.vll.representations.generation import check, delta_a_parts, fill_generation, read, spectrum
from g2fit.models.vll.representations.oblique import oblique_parameters
from g2fit.models.vll.representations.photons import photon_coupling
from g2fit.models.vll.representations.states import isospins, mass_eigenstates, raising

__all__ = ["Layout", "content_from", "predict", "predict_parts", "ridge_centres"]

#: Distance beyond the range of the prior, in the logarithm of the coupling, at which the search for a ridge stops.
MARGIN = 0.7
#: Smallest d ln Delta a_l/d ln lambda of a ridge.
MIN_SLOPE = 0.2


class Layout(NamedTuple):
    """What distinguishes the generations, one row for each, and which predictions are computed."""

    masses: FloatArray  # of the leptons, GeV
    blocks: IntArray  # starts of the blocks in the row of values
    columns: IntArray  # of the parameters, see `read`
    contents: FloatArray  # the fields of `Content`
    wanted: IntArray  # indices of the observables in the row of values
    standard: float  # amplitude of h -> gamma gamma in the Standard Model
    self_energies: bool  # whether S, T and U are computed


@scalar
def content_from(row: FloatArray) -> Content:
    """Return the numbers of a pair from a row of an array."""
    return Content(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        row[12],
        row[13] > 0.0,
        row[14] > 0.0,
        row[15] > 0.0,
        row[16] > 0.0,
        row[17] > 0.0,
        row[18] > 0.0,
        row[19] > 0.0,
    )


@kernel
def predict(theta: FloatArray, out: FloatArray, reason: ReasonArray, setting: Setting, layout: Layout) -> None:
    """Compute the predictions of a batch of points, see `g2fit.models.base.Model.evaluate`."""
    values, generations = np.empty(at.SIZE), len(layout.masses)
    clear(values)
    light = np.empty(generations)
    for g in range(generations):
        light[g] = light_higgs_loop(layout.masses[g], setting.m_h)
    for n in range(len(theta)):
        clear_sums(values)
        photon, imaginary, code = 1.0, 0.0, VALID
        for g in range(generations):
            content, base = content_from(layout.contents[g]), layout.blocks[g]
            p = read(theta[n], layout.columns[g], layout.masses[g], setting.v)
            code = check(p)
            if code != VALID:
                break
            code, states = spectrum(p, content)
            if code != VALID:
                break
            fill_generation(values, base, states, content, light[g], setting)
            charged, neutral, doubly = states
            real, phase = photon_coupling(
                charged, doubly, values[base + at.KAPPA], content, setting.m_h, layout.standard
            )
            photon, imaginary = photon + real, imaginary + phase
            if layout.self_energies:
                heavy = mass_eigenstates(charged, neutral, doubly, p.M_X, content, setting.m_Z)
                W2 = (setting.m_W / setting.m_Z) ** 2
                S, T, U = oblique_parameters(heavy, isospins(content), raising(content), W2, setting.s2_eff)
                values[at.S] += S
                values[at.T] += T
                values[at.U] += U
        if code == VALID:
            values[at.KAPPA_GAMMA] = photon
            values[at.MU_GAMMA] = photon * photon + imaginary * imaginary
            code = finish(values, layout.wanted, out[n], setting)
        if code != VALID:
            out[n] = np.nan
        reason[n] = code


@kernel
def predict_parts(theta: FloatArray, out: FloatArray, setting: Setting, layout: Layout) -> None:
    """Fill ``out[n, g]`` with the four `delta_a_parts` of generation g at point n, NaN where the point is invalid."""
    for g in range(len(layout.masses)):
        content = content_from(layout.contents[g])
        light = light_higgs_loop(layout.masses[g], setting.m_h)
        for n in range(len(theta)):
            p = read(theta[n], layout.columns[g], layout.masses[g], setting.v)
            out[n, g] = np.nan
            if check(p) == VALID:
                code, states = spectrum(p, content)
                if code == VALID:
                    out[n, g] = delta_a_parts(states, content, light, setting)


@scalar
def _moment(p: Point, size: float, content: Content, light: float, setting: Setting) -> float:
    """Delta a_l if lambda_X, or lambda_D where there is no X, has the value `size`; NaN at an invalid point."""
    X = content.X_charged or content.X_neutral
    value = size * setting.v
    q = Point(value if X else 0.0, p.lambda_D if X else value, p.lambda_, p.lambda_bar, p.M_D, p.M_X, p.m)
    if check(q) != VALID:
        return np.nan
    code, states = spectrum(q, content)
    if code != VALID:
        return np.nan
    W, WW, Z, h = delta_a_parts(states, content, light, setting)
    return W + WW + Z + h


@kernel
def ridge_centres(
    theta: FloatArray, g: int, low: float, high: float, datum: float, setting: Setting, layout: Layout
) -> tuple[FloatArray, FloatArray]:
    """Locate the ridge of generation number `g` for each point.

    Returned are ln lambda at the centre and d ln Delta a_l/d ln lambda, of shape (N,); both are 0 if there is no ridge.
    The range of ln lambda under the prior is from `low` to `high`, and the measured value of Delta a_l is `datum`.
    """
    position, slope = np.zeros(len(theta)), np.zeros(len(theta))
    content, light = content_from(layout.contents[g]), light_higgs_loop(layout.masses[g], setting.m_h)
    for i in range(len(theta)):
        p = read(theta[i], layout.columns[g], layout.masses[g], setting.v)
        middle = 0.5 * (low + high)
        first = _moment(p, exp(middle), content, light, setting) / datum
        if not first > 0.0:
            continue
        s, n = min(max(middle - log(first), low - MARGIN), high + MARGIN), 1.0
        second = _moment(p, exp(s), content, light, setting) / datum
        if not second > 0.0:
            continue
        if abs(s - middle) > 1e-3:
            n = log(second / first) / (s - middle)
        if n < MIN_SLOPE:
            continue
        position[i], slope[i] = s - log(second) / n, n
    return position, slope

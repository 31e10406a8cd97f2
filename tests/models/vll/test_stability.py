"""Scales of vacuum instability and of Landau poles, against a calculation with other equations and methods."""

import json
from itertools import pairwise
from math import exp, inf, log, pi
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from g2fit.core.jit import kernel
from g2fit.models.vll import rge, running, stability
from g2fit.models.vll.model import VectorLikeLeptons

LEPTONS = ("e", "mu", "tau")
NAMES = ("m_L", "m_S", "Y_L", "Y_R", "Y_V", "Y_Vp")


@kernel
def scales_of_batch(theta, masses, setting, run_to, out):
    stored, marks, series = stability.prepare(masses, setting.v, run_to, None)
    for n in range(len(theta)):
        stability.fill_scales(theta[n], masses, setting, stored, marks, series, out[n], None)


@kernel
def couplings_at_the_end(point, masses, setting, run_to):
    stored, marks, series = stability.prepare(masses, setting.v, run_to, None)
    stability.run_couplings(point, masses, setting, stored, marks, series, np.empty(3), None)
    return series[0]


def scales(theta, run_to=1e19, generations=("mu",), masses=None):
    """The three scales of a batch of points, shape (N, 3)."""
    model = VectorLikeLeptons(generations=list(generations))
    theta = np.atleast_2d(np.asarray(theta, dtype=float))
    out = np.empty((len(theta), 3))
    scales_of_batch(
        theta, model._masses if masses is None else masses, model._setting._replace(run_to=run_to), run_to, out
    )
    return out


def draws(n, generations, rng, largest=3.5):
    """Points with log-uniform masses and couplings of both signs."""
    masses = 10.0 ** rng.uniform(2, 4, (n, generations, 2))
    couplings = np.exp(rng.uniform(log(0.01), log(largest), (n, generations, 4)))
    couplings *= rng.choice([-1, 1], couplings.shape)
    return np.concatenate([masses, couplings], axis=2).reshape(n, -1)


@pytest.fixture(scope="module")
def data():
    """Runs with adaptive Runge-Kutta steps and 50-digit arithmetic, independent of this package."""
    return json.loads(Path(__file__).with_name("stability.json").read_text())


def mass(data):
    """The mass of the muon of the reference points, whose y_mu is m_mu/(174 GeV)."""
    return np.array([174.0 * float(data["doc"]["start"]["ymu"])])


def test_reference_scales(data):
    points = data["points"]
    theta = [[point["input"][name] for name in NAMES] for point in points]
    expected = [[float(point[name] or 1e19) for name in ("zero", "tunnel", "landau")] for point in points]
    np.testing.assert_allclose(scales(theta, masses=mass(data)), expected, rtol=2e-8)


def test_reference_couplings_at_the_end(data):
    (point,) = (point for point in data["points"] if point.get("end"))
    end = {name: float(value) for name, value in point["end"].items()}
    theta = np.array([point["input"][name] for name in NAMES])
    # 1e19 GeV without events has to be reached for all, and nothing ends early
    row = couplings_at_the_end(theta, mass(data), VectorLikeLeptons()._setting, 1e19)
    first = row[rge.FIRST :]
    assert row[rge.TOP] == pytest.approx(end["yt"] ** 2, rel=1e-8)
    assert row[rge.LAMBDA] == pytest.approx(end["lam"], rel=1e-8)
    np.testing.assert_allclose(row[[rge.G1, rge.G2, rge.G3]], [end[f"g{i}"] ** 2 for i in (1, 2, 3)], rtol=1e-8)
    assert first[rge.A] == pytest.approx(end["ymu"] ** 2 + end["Y_R"] ** 2, rel=1e-8)
    assert first[rge.B] == pytest.approx(end["Y_L"] ** 2 + end["Y_Vp"] ** 2, rel=1e-8)
    assert first[rge.C] == pytest.approx(-end["ymu"] * end["Y_L"] + end["Y_R"] * end["Y_Vp"], rel=1e-8)
    assert first[rge.D] == pytest.approx(end["Y_V"] ** 2, rel=1e-8)


# The same equations in matrix form: Yukawa matrices of all doublets, events of scipy's integrator.


def beta(t, state, shape, active, doublets):
    """Derivatives by ln(mu) from the matrix form of the beta functions, 1/(16 pi^2) included."""
    g1, g2, g3, y_t, quartic = state[:5]
    generations = shape
    y, n, V = np.split(state[5:], [2 * generations, 4 * generations])
    y, n = y.reshape(generations, 2), n.reshape(generations, 2)
    T = 3 * y_t**2 + (y**2).sum() + (n**2).sum() + (V**2).sum()
    fourth = 3 * y_t**4
    dy, dn = np.empty_like(y), np.empty_like(n)
    for g in range(generations):
        charged, neutral = np.outer(y[g], y[g]), np.outer(n[g], n[g])
        fourth += np.trace(charged @ charged) + np.trace(neutral @ neutral) + V[g] ** 4
        dy[g] = 1.5 * (charged - neutral) @ y[g] + (T - 15 / 4 * g1**2 - 9 / 4 * g2**2) * y[g]
        dn[g] = 1.5 * (neutral - charged) @ n[g] + (T - 3 / 4 * g1**2 - 9 / 4 * g2**2) * n[g]
    dV = V * (1.5 * V**2 + T - 3 / 4 * g1**2 - 9 / 4 * g2**2)
    gauge = 3 / 8 * g1**4 + 3 / 4 * g1**2 * g2**2 + 9 / 8 * g2**4
    d_quartic = 24 * quartic**2 + 4 * quartic * T - 2 * fourth - 3 * quartic * (g1**2 + 3 * g2**2) + gauge
    head = [
        (41 / 6 + 2 / 3 * doublets) * g1**3,
        (-19 / 6 + 2 / 3 * doublets) * g2**3,
        -7 * g3**3,
        y_t * (1.5 * y_t**2 + T - 17 / 12 * g1**2 - 9 / 4 * g2**2 - 8 * g3**2),
        d_quartic if active else 0.0,
    ]
    return np.concatenate([head, dy.ravel(), dn.ravel(), dV]) / (16 * pi**2)


def independent_scales(point, masses, v, run_to):
    """mu_zero, mu_tunnel and mu_landau of a point by `scipy.integrate.solve_ivp`."""
    point = np.reshape(point, (-1, 6))
    generations = len(point)
    start, end = log(173.34), log(run_to)
    y, n, V = np.zeros((generations, 2)), np.zeros((generations, 2)), np.zeros(generations)
    y[:, 0] = masses / v
    state = np.concatenate([[0.35830, 0.64779, 1.1666, 0.93690, 0.12604], y.ravel(), n.ravel(), V])
    thresholds = np.maximum(np.log(point[:, :2]), start)
    marks = sorted({start, end, *(t for t in thresholds.ravel() if t < end)})
    tau_U = 13.8e9 * 31557600 / 6.582119569e-25

    def zero(t, s, *rest):
        return s[4]

    def tunnel(t, s, *rest):
        return s[4] + 2 * pi**2 / 3 / log(tau_U * exp(t))

    def landau(t, s, *rest):
        return 4 * pi - np.abs(np.append(s[5:], s[3])).max()

    def stop(event):
        event.terminal, event.direction = True, -1
        return event

    found = {zero: inf, tunnel: inf, landau: inf}
    for low, high in pairwise(marks):
        y, n = (
            state[5 : 5 + 2 * generations].reshape(-1, 2),
            state[5 + 2 * generations : 5 + 4 * generations].reshape(-1, 2),
        )
        V = state[5 + 4 * generations :]
        for g, (_, _, Y_L, Y_R, Y_V, Y_Vp) in enumerate(point):
            if thresholds[g, 0] == low:
                y[g, 1] = Y_R
            if thresholds[g, 1] == low:
                n[g, 0] = -Y_L
            if thresholds[g].max() == low:
                n[g, 1], V[g] = Y_Vp, Y_V
        doublets = int((thresholds[:, 0] <= low).sum())
        t = low
        while t < high:
            wanted = [stop(event) for event in (zero, tunnel, landau) if found[event] == inf]
            arguments = (generations, found[tunnel] == inf, doublets)
            run = solve_ivp(
                beta, (t, high), state, "DOP853", events=wanted, args=arguments, rtol=1e-12, atol=1e-14, max_step=0.5
            )
            t, state = run.t[-1], run.y[:, -1]
            for event, times in zip(wanted, run.t_events, strict=True):
                if len(times):
                    found[event] = times[0]
            if found[landau] < inf:
                return np.exp(np.minimum([found[zero], found[tunnel], found[landau]], end))
    return np.exp(np.minimum([found[zero], found[tunnel], found[landau]], end))


@pytest.mark.parametrize("generations", [1, 2, 3])
def test_against_an_independent_integration(generations):
    rng = np.random.default_rng(generations)
    leptons = LEPTONS[3 - generations :]
    model = VectorLikeLeptons(generations=list(leptons))
    theta = np.concatenate([draws(6, generations, rng), draws(4, generations, rng, 0.5)])
    run_to = 1e12
    expected = [independent_scales(point, model._masses, model.constants.v, run_to) for point in theta]
    np.testing.assert_allclose(scales(theta, run_to, leptons), expected, rtol=1e-7)


def test_scales_beyond_the_end_are_the_end():
    theta = draws(20_000, 1, np.random.default_rng(5))
    full = scales(theta)
    for run_to in (100.0, 1e3, 1e4, 1e6):
        short = scales(theta, run_to)
        np.testing.assert_allclose(short, np.minimum(full, run_to), rtol=3e-8)
        assert (short <= run_to * (1 + 1e-14)).all()
    assert ((full[:, 0] < full[:, 1]) | (full[:, 1] >= 1e19 * (1 - 1e-14))).all()


def test_a_second_generation_without_couplings_changes_little_and_its_order_nothing():
    rng = np.random.default_rng(6)
    one = draws(200, 1, rng)
    heavy = np.array([1e15, 1e15, 0.0, 0.0, 0.0, 0.0])
    both = np.hstack([one, np.broadcast_to(heavy, one.shape)])
    np.testing.assert_allclose(scales(both, 1e12, ("mu", "tau")), scales(one, 1e12), rtol=3e-3)  # y_tau takes part
    two = draws(200, 2, rng)
    masses = np.array([0.1, 0.1])
    swapped = np.hstack([two[:, 6:], two[:, :6]])
    ours, theirs = (scales(theta, 1e19, ("mu", "tau"), masses) for theta in (two, swapped))
    np.testing.assert_allclose(ours, theirs, rtol=1e-7)


def test_signs_of_the_couplings():
    theta = draws(300, 1, np.random.default_rng(7))
    plain = scales(theta)
    for flipped in ([3, 5], [2, 5], [4]):  # fields whose sign can be changed, but for the tiny y_mu
        changed = theta.copy()
        changed[:, flipped] *= -1
        np.testing.assert_allclose(scales(changed), plain, rtol=2e-2)
    changed = theta.copy()
    changed[:, 4] *= -1
    np.testing.assert_array_equal(scales(changed), plain)


def test_extreme_points():
    large = [12.0, -12.0, 12.0, 12.0]
    theta = np.array(
        [
            [1e3, 1e3, *large],
            [1e6, 1e6, *large],
            [50.0, 20.0, 0.1, 0.1, 1.0, 1.0],
            [1e3, 1e3, 0.0, 0.0, 0.0, 0.0],
            [1e3, 2e3, 4 * pi, 0.0, 0.0, 0.0],
            [1e3, 1e3, 1e-200, 1e-200, 1e-200, 1e-200],
            [1e3, 1e3, 300.0, 300.0, 300.0, 300.0],
            [1e30, 1e-30, 1.0, 1.0, 1.0, 1.0],
        ]
    )
    result = scales(theta)
    assert np.isfinite(result).all()
    assert (result[:2, 2] > theta[:2, 0]).all()
    assert (result[:2, 2] < theta[:2, 0] * exp(0.01)).all()
    assert result[4, 2] == pytest.approx(2e3, rel=1e-12)  # at its threshold
    assert result[6, 2] == pytest.approx(1e3, rel=1e-12)
    np.testing.assert_allclose(result[3], result[5], rtol=1e-9)
    start = theta[2].copy()
    start[:2] = 173.34
    np.testing.assert_allclose(result[2], scales(start)[0], rtol=1e-9)
    many = draws(1_000_000, 1, np.random.default_rng(11))
    cut_off = scales(many, 1e4)
    assert not np.isnan(cut_off).any()
    assert (cut_off[:, 0] <= cut_off[:, 1]).all()
    wild = 10.0 ** np.random.default_rng(8).uniform(-6, 8, (2000, 6))
    assert not np.isnan(scales(wild, 1e12)).any()


def test_one_scale_does_not_depend_on_what_ran_before():
    theta = draws(50, 2, np.random.default_rng(9))
    together = scales(theta, 1e10, ("e", "mu"))
    alone = np.concatenate([scales(point, 1e10, ("e", "mu")) for point in theta])
    np.testing.assert_array_equal(together, alone)


def test_tunnelling_bound_is_the_usual_one():
    for mu in (1e4, 1e10, 1e18):
        assert running.tunnelling_bound(log(mu)) == pytest.approx(-0.065 / (1 - 0.01 * log(246 / mu)), rel=0.02)

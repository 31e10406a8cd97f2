"""The mixing itself: bare Yukawa couplings, masses, and amplitudes of a numerical diagonalisation."""

import mpmath as mp
import numpy as np
import pytest

from g2fit.models.vll.flavour import arrays
from g2fit.models.vll.flavour.arrays import complete, new_work
from g2fit.models.vll.flavour.leptons import Partners, fill_leptons
from g2fit.models.vll.flavour.spectrum import Couplings, fill_spectrum
from g2fit.models.vll.representations.fields import PAIRS, content_of

MASSES = np.array([0.00051099895, 0.1056583745, 1.77686])
V = 174.0


def spectrum(content, masses, lambda_X, lambda_D, shared, M):
    n = len(masses)
    work = new_work(n)
    work[arrays.LAMBDA_X, 0, :n], work[arrays.LAMBDA_D, 0, :n] = V * np.array(lambda_X), V * np.array(lambda_D)
    states = fill_spectrum(work, masses, np.empty(n), Couplings(V * shared[0], V * shared[1], *M), content)
    return work, states


def matrix(array):
    return mp.matrix([[mp.mpc(complex(z)) for z in row] for row in array])


def test_yukawa_couplings(reference):
    for point in reference["mixing"]:
        names, leptons = tuple(point["representations"]), point["leptons"]
        masses = np.array([reference["constants"][f"m_{lepton}"] for lepton in leptons])
        zeros, M = [0.0, 0.0], point["masses"]
        couplings = point["lambda_X"] or zeros, point["lambda_D"] or zeros
        shared = complex(point["lambda"] or 0.0), complex(point["lambda_bar"] or 0.0)
        work, states = spectrum(content_of(names), masses, *couplings, shared, (M[0], M[-1]))
        assert states.exists
        np.testing.assert_allclose(work[arrays.CHARGED, :2, :2] / V, np.array(point["y"]), rtol=1e-12)


@pytest.mark.parametrize("size", [1e-3, 0.3, 3.5])
@pytest.mark.parametrize("M", [(60.0, 90.0), (800.0, 800.0), (1e3, 1e6)])
def test_masses_of_the_leptons(size, M):
    random, heaviest = np.random.default_rng(5), 0.0
    for _ in range(4):
        lambda_X, lambda_D, shared = (
            size * random.uniform(0.1, 1.0, n) * np.exp(1j * random.uniform(0.0, 6.0, n)) for n in (3, 3, 2)
        )
        work, states = spectrum(PAIRS["L", "Sigma1"], MASSES, lambda_X, lambda_D, shared, M)
        assert states.exists
        with mp.workdps(60):
            charged = matrix(work[arrays.CHARGED])
            singular = sorted(mp.svd_c(charged, compute_uv=False))
            u, w = matrix(work[arrays.U, :, :3]), matrix(work[arrays.W, :, :3])
            residue = charged * w - u * mp.diag([mp.mpf(m) for m in MASSES])
        rounding = 1e-15 * abs(work[arrays.CHARGED, :3, :3]).max()  # of the bare masses, whose parts nearly cancel
        np.testing.assert_allclose(np.array(singular[:3], dtype=float), MASSES, rtol=1e-14, atol=rounding)
        heavy = np.sqrt([states.leptons.m1_2, states.leptons.m2_2])
        np.testing.assert_allclose(np.array(singular[3:], dtype=float), heavy, rtol=1e-7 if M[0] == M[1] else 1e-12)
        for leptons in (work[arrays.U, :, :3], work[arrays.W, :, :3]):
            np.testing.assert_allclose(leptons.conj().T @ leptons, np.eye(3), atol=1e-14)
        heaviest = max(heaviest, max(float(abs(r)) for r in residue) / max(M))
    assert heaviest < 1e-14


def test_one_lepton_and_several_agree():
    """The definitions of the bare Yukawa couplings differ by m^2/M^2, all that is physical by less."""
    content, shared, M = PAIRS["L", "E"], (0.3j, -0.5 + 0j), (900.0, 700.0)
    one, _ = spectrum(content, MASSES[1:2], [0.2], [0.1], shared, M)
    two, _ = spectrum(content, MASSES[:2], [0.0, 0.2], [0.0, 0.1], shared, M)
    np.testing.assert_allclose(two[arrays.CHARGED, 1, 1], one[arrays.CHARGED, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(two[arrays.U, 1:, 1], one[arrays.U, :, 0], rtol=1e-6)


@pytest.mark.parametrize("h", [Partners(1.0, 0j, 0j, 1.0), Partners(1000.0, 1000.0 + 0j, 1000.0 + 0j, 1000.0)])
def test_no_solution(h):
    """One partner is lighter than the tau, or the determinant of the masses of the partners vanishes."""
    for n in (1, 3):
        work = new_work(n)
        work[arrays.LAMBDA_X, 0, :n], work[arrays.LAMBDA_D, 0, :n] = 1.0, 2.0
        assert not fill_leptons(work, MASSES[-n:], np.empty(n), 1.0, h).exists


def test_completed_basis():
    random = np.random.default_rng(1)
    for size, count in ((3, 1), (5, 3), (5, 2)):
        vectors = random.normal(size=(size, size)) + 1j * random.normal(size=(size, size))
        basis = np.linalg.qr(vectors)[0]
        complete(basis, count, size)
        np.testing.assert_allclose(basis.conj().T @ basis, np.eye(size), atol=1e-15)

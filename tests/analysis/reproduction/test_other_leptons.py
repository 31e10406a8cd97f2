"""Numbers of the literature on other vector-like leptons: cross sections at a muon collider, and what the rows say."""

from math import pi

import pytest

from analysis.reproduction.vll import other_leptons as others
from g2fit.models.vll.representations.fields import PAIRS, REPRESENTATIONS

#: A mass from the mixing, the vacuum expectation value, and the mass of the Higgs boson, GeV.
M_MIXING, V, M_H = -0.1136, 174.0, 125.1


@pytest.fixture(scope="module")
def records():
    return others.other_leptons()


def test_nothing_differs(records):
    assert [record for record in records if not record.agrees] == []


def test_every_representation_and_every_pair_has_rows(records):
    codes = [record.quantity.split(":")[0] for record in records if record.place.startswith("code")]
    assert set(codes) == {*REPRESENTATIONS, *map(" + ".join, PAIRS)}


def test_rows_of_triplets_state_their_normalisation(records):
    triplets = [record for record in records if "Sigma" in record.quantity]
    assert len(triplets) == 13
    assert all("sigma^a" in record.note for record in triplets)


@pytest.mark.parametrize("factor", [2.0, 4.0, -1.0])
def test_another_normalisation_of_a_triplet_would_show(records, factor):
    """A factor in the coefficients of a triplet, which is what another normalisation is, makes its rows differ."""
    rows = [record for record in records if "Sigma1" in record.quantity and record.printed != 0.0]
    assert len(rows) == 6
    for record in rows:
        moved = type(record)(**{**vars(record), "ours": factor * record.ours})
        assert not moved.agrees, record


def test_cross_sections_of_massless_higgs_bosons():
    """(3 m/v^2)^2/(64 pi), whatever the energy; (9/2)(m/v^3)^2 s/(24 256 pi^3)."""
    for energy in (1e3, 3e4):
        two, three = (f(energy, M_MIXING, V, 0.0) / others.ATTOBARN for f in (others.di_higgs, others.tri_higgs))
        assert two == pytest.approx((3 * M_MIXING / V**2) ** 2 / (64 * pi), rel=1e-12)
        assert three == pytest.approx(4.5 * (M_MIXING / V**3) ** 2 * energy**2 / (24 * 256 * pi**3), rel=1e-9)


def test_cross_sections_vanish_at_threshold():
    for n, cross_section in ((2, others.di_higgs), (3, others.tri_higgs)):
        near = cross_section(n * M_H * (1.0 + 1e-9), M_MIXING, V, M_H)
        assert 0.0 <= near < 1e-4 * cross_section(1e3, M_MIXING, V, M_H)


def test_attobarn():
    """(hbar c)^2 = 0.389379372 GeV^2 mb."""
    assert pytest.approx(0.389379372e15, rel=1e-8) == others.ATTOBARN

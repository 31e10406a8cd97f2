"""Limits of the LHC on the doublet: for any decay, and for direct decays only."""

from __future__ import annotations

import numpy as np
import pytest

from g2fit.core.errors import DataError
from g2fit.data import DataSection, load, resolve
from g2fit.likelihoods import build_terms
from g2fit.models import get_model

ANY = ("vll_mu_doublet_atlas2024", "vll_e_doublet_atlas2024")
DIRECT = tuple(f"{name}_direct" for name in ANY)


def allowed(theta, name, **options):
    """Whether each point passes the limits of one entry."""
    model = get_model("vll", **options)
    section = DataSection(vintage="paper_2019", include=name, limits={"role": "likelihood"})
    likelihood = build_terms(resolve(section), model)
    theta = np.asarray(theta, dtype=float)
    predictions, reason = np.empty((len(theta), len(model.observables))), np.empty(len(theta), dtype=np.int8)
    model.evaluate(theta, predictions, reason)
    out = np.empty((len(theta), len(likelihood.names)))
    likelihood.evaluate(theta, predictions, out)
    names = [name for name in likelihood.names if name.startswith("m_L")]
    return [bool(np.isfinite(row).all()) for row in out[:, [likelihood.names.index(n) for n in names]]], len(names)


@pytest.mark.parametrize("lepton", ["mu", "e"])
def test_direct_decays_are_assumed_only_of_a_doublet_that_is_the_lighter_one(lepton):
    bound = {"mu": 1270.0, "e": 1220.0}[lepton]
    rest = [0.1, 0.1, 0.5, 0.0]
    theta = [[m_L, m_S, *rest] for m_L, m_S in ((bound - 1, 2000), (bound + 1, 2000), (bound - 1, 400), (800, 800))]
    one = {"generations": [lepton]}
    assert allowed(theta, f"vll_{lepton}_doublet_atlas2024", **one) == ([False, True, False, False], 1)
    assert allowed(theta, f"vll_{lepton}_doublet_atlas2024_direct", **one) == ([False, True, True, True], 1)


def test_each_generation_has_its_own_singlet():
    rest = [0.1, 0.1, 0.5, 0.0]
    theta = [[1000, 2000, *rest, 2000, 500, *rest], [1000, 500, *rest, 2000, 5000, *rest]]
    assert allowed(theta, DIRECT[1], generations=["e", "mu"]) == ([False, True], 1)


@pytest.mark.parametrize(("entry", "direct"), list(zip(ANY, DIRECT, strict=True)))
def test_both_are_one_search(entry, direct):
    entries = load().entries
    assert (entries[entry].value, entries[entry].reference) == (entries[direct].value, entries[direct].reference)
    choice = {"vintage": "latest_2026_11", "delta_a_e": "rb", "include": direct}
    with pytest.raises(DataError, match=f"{entry} and {direct} cannot enter one fit"):
        resolve(DataSection(**choice))
    dataset = resolve(DataSection(**choice, exclude=entry))
    assert direct in dataset.entry_ids
    assert entry not in dataset.entry_ids

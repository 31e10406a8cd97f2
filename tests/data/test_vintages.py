"""Choosing data: vintages, and what is refused."""

from __future__ import annotations

import pytest

from g2fit.card import Card
from g2fit.core.errors import DataError
from g2fit.data import DataSection, load, resolve


def data(**section):
    return resolve(DataSection(**section))


def test_the_papers_as_printed():
    numbers = {d.entry.id: (d.value, d.plus) for d in data(vintage="paper_2019").data}
    assert numbers == {"damu_seed2019": (2.74e-9, 7.3e-10), "dae_seed2019_cs": (-8.7e-13, 3.6e-13)}
    dataset = data(vintage="paper_2021")
    numbers = {d.entry.id: (d.value, d.plus) for d in dataset.all_data}
    assert numbers == {
        "damu_seed2021": (2.51e-9, 5.9e-10),
        "Rtau_mue_seed": (0.9762160037, 0.002774907),
        "dgL_W_mu_bfg2021": (-2.7e-3, 2.6e-3),
        "dgR_Z_mu_bfg2021": (0.0, 1.4e-3),
    }
    assert [(limit.entry.id, limit.bound, limit.role) for limit in dataset.limits] == [
        ("mL_seed2021", 650.0, "likelihood")
    ]
    assert dataset.options == {"gf_shift": False, "R_tau_SM": 0.9726}


def test_joint_vintage_holds_both_papers():
    assert set(data(vintage="paper_joint").entry_ids) == {
        "dae_seed2019_cs", "damu_seed2021", "Rtau_mue_seed", "dgL_W_mu_bfg2021", "dgR_Z_mu_bfg2021", "mL_seed2021",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ({"vintage": "paper_2012"}, ["did you mean 'paper_2021'"]),
        ({"vintage": "latest_2026_11"}, ["dae_2024_rb", "dae_2024_cs", "dae_2024_avg_S"]),
        ({"vintage": "latest_2026_11", "delta_a_e": ["cs", "rb"]}, ["dae_2024_cs", "dae_2024_rb"]),
        ({"vintage": "paper_2019", "delta_a_e": "dae_2024_rb"}, ["dae_seed2019_cs", "dae_2024_rb"]),
        ({"vintage": "paper_2019", "include": ["dae_2020_rb"]}, ["dae_seed2019_cs", "dae_2020_rb"]),
        ({"vintage": "paper_2021", "include": ["RW_mue_pdg2026"]}, ["RW_mue_pdg2026", "dgL_W_mu_bfg2021"]),
        ({"vintage": "paper_2021", "include": ["A_mu_sld"]}, ["A_mu_sld", "dgL_W_mu_bfg2021"]),
        ({"vintage": "paper_2021", "include": ["ewlimit_YL_seed"]}, ["ewlimit_YL_seed", "dgL_W_mu_bfg2021"]),
        (
            {"vintage": "latest_2026_11", "delta_a_e": "cs", "include": ["gtauge_tau_2026"]},
            ["gtaugmu_tau_2026", "gtauge_tau_2026", "gmuge_tau_2026"],
        ),
        ({"vintage": "paper_2019", "include": ["dae_2020_rbb"]}, ["did you mean 'dae_2020_rb'"]),
        ({"vintage": "paper_2021", "replace": {"Rtau_mue_seed": "mL_seed2021"}}, ["mL_seed2021 is a limit"]),
    ],
)
def test_refused_with_one_clear_message(section, names):
    with pytest.raises(DataError) as error:
        data(**section)
    for name in names:
        assert name in str(error.value)


def test_file_is_read_quickly_enough_to_be_no_nuisance():
    assert len(load().entries) > 250
    assert load() is load()


def test_resolved_card_holds_the_users_file(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "measurements:\n  mine: {observable: R_W_mu_e, value: 0.999, error: 0.004, reference: thesis}\n"
    )
    raw = {
        "model": {"name": "sm"},
        "data": {"vintage": "paper_2019", "extra_file": "own.yaml"},
    }
    card = Card.from_dict(raw, tmp_path)
    again = Card.from_dict(card.resolved(), tmp_path / "elsewhere")
    assert again.dataset.fingerprint == card.dataset.fingerprint
    assert "mine" in again.dataset.entry_ids


def test_small_overlaps_are_allowed_and_said():
    dataset = data(vintage="wp2025", delta_a_e="cs")
    assert any("Z ratio of LEP" in text for text in dataset.warnings)
    assert not data(vintage="wp2025", delta_a_e="cs", electroweak="off").warnings


TRIPLES = [
    *([f"{ratio}_tau_hflav{year}" for ratio in ("gtaugmu", "gtauge", "gmuge")] for year in (2018, 2021)),
    *([f"RW_{ratio}_{source}" for ratio in ("mue", "taue", "taumu")] for source in ("cms2022", "lep2013", "pdg2026")),
]


@pytest.mark.parametrize("triple", TRIPLES, ids=lambda triple: triple[0])
def test_only_two_of_three_ratios_are_independent(triple):
    with pytest.raises(DataError, match=f"{', '.join(triple)}: only 2 of them are independent"):
        data(vintage="paper_2019", include=triple)
    assert not data(vintage="paper_2019", include=triple[:1]).warnings
    for left_out in triple:
        pair = [name for name in triple if name != left_out]
        chosen = data(vintage="paper_2019", include=pair)
        assert set(pair) < set(chosen.entry_ids)
        assert len(chosen.warnings) == 1
        assert "two of three" in chosen.warnings[0]
    given = {"mine": {"members": pair, "matrix": [[1, 0.6], [0.6, 1]]}}
    assert not data(vintage="paper_2019", include=pair, extra_correlations=given).warnings


def test_own_entries_do_not_count_among_the_ratios():
    mine = {"gtaugmu_tau_hflav2021x": {"observable": "g_tau_over_g_mu", "value": 1, "error": 0.1, "reference": "me"}}
    mine["RW_own_pdg2026"] = {"observable": "R_W_mu_e", "value": 1, "error": 0.1, "reference": "me"}
    mine["gown_tau_hflav2021"] = mine["gtaugmu_tau_hflav2021x"]
    dataset = data(vintage="paper_2019", include=TRIPLES[1][:2], extra_measurements=mine)
    assert set(mine) < set(dataset.entry_ids)


def test_first_row_and_heavy_neutral_leptons_are_options_of_every_vintage():
    for name in load().vintages:
        choice = "rb" if "rb" in str(load().vintages[name].choose_one) or load().vintages[name].inherits else None
        dataset = data(vintage=name, delta_a_e=choice)
        assert not any(entry.startswith(("ckm_row1", "hnl_")) for entry in dataset.entry_ids)
    chosen = data(vintage="latest_2026_11", delta_a_e="rb", include=["ckm_row1_pdg2026", "hnl_mu_cms2024"])
    assert "CKM_row_1" in {datum.observable for datum in chosen.data}
    assert chosen.limits[-1].entry.id == "hnl_mu_cms2024"


#: SHA-256 of the data of the papers before there were limits that are curves.
FINGERPRINTS = {"paper_2019": "34f5758345bb", "paper_2021": "ebfc6f84bc81", "paper_joint": "de5c2c551325"}


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_data_of_the_papers_keep_their_fingerprint(name):
    assert data(vintage=name).fingerprint.startswith(FINGERPRINTS[name])

"""Entries that were computed from others: recomputed here."""

from __future__ import annotations

from math import hypot, sqrt

import numpy as np
import pytest

from g2fit.core.errors import DataError
from g2fit.data import DataSection, load, resolve
from g2fit.likelihoods import sm_value

#: |V_ub|: its square is 1.5e-5, below the error of the sum.
V_UB = 3.82e-3

ENTRIES = load().entries


def of(name: str) -> tuple[float, float]:
    return ENTRIES[name].value, ENTRIES[name].error


def row(v_ud: tuple[float, float], v_us: tuple[float, float]) -> tuple[float, float]:
    """|V_ud|^2 + |V_us|^2 + |V_ub|^2 with its error, the two elements independent."""
    return v_ud[0] ** 2 + v_us[0] ** 2 + V_UB**2, hypot(2 * v_ud[0] * v_ud[1], 2 * v_us[0] * v_us[1])


def test_first_row_of_the_pdg():
    total, error = row(of("Vud_superallowed_pdg2026"), of("Vus_kaon_pdg2026"))
    assert (round(total, 4), round(error, 4)) == (0.9984, 0.0007)
    # printed one unit of the last digit lower, from elements before rounding
    assert total == pytest.approx(of("ckm_row1_pdg2026")[0], abs=1e-4)
    assert error == pytest.approx(of("ckm_row1_pdg2026")[1], abs=5e-5)
    parts = [2 * v * e for v, e in (of("Vud_superallowed_pdg2026"), of("Vus_kaon_pdg2026"))]
    assert [round(part, 4) for part in parts] == [0.0006, 0.0004]


def test_first_row_with_one_kaon_decay_alone():
    total, error = row(of("Vud_superallowed_pdg2026"), of("Vus_Kl3_pdg2026"))
    assert (total, error) == pytest.approx(of("ckm_row1_Kl3_2026"), abs=1e-6)
    assert round((1 - total) / error, 1) == 3.1
    (v_ud, e_ud), (r, e_r) = of("Vud_superallowed_pdg2026"), of("Vus_over_Vud_Kl2_pdg2026")
    total = v_ud**2 * (1 + r**2) + V_UB**2
    error = hypot(2 * v_ud * (1 + r**2) * e_ud, 2 * v_ud**2 * r * e_r)
    assert (total, error) == pytest.approx(of("ckm_row1_Kl2_2026"), abs=1e-6)
    assert round((1 - total) / error, 1) == 1.9


def test_scale_factor_of_the_first_row():
    """S = sqrt(chi2/(N - 1)) of two numbers: the measured sum, and one."""
    value, error = of("ckm_row1_pdg2026")
    scale = sqrt(((value - 1) / error) ** 2)
    assert round(scale, 2) == 2.43
    assert of("ckm_row1_pdg2026_scaled") == pytest.approx((value, scale * error), abs=1e-12)


def limit_on_mixing(value: float, error: float) -> float:
    """t_L of the muon with Delta chi2 = 4 from t = 0: the row is 1 + |V_ud|^2 t, since w_mu = 1/(1 + t)."""
    v_ud = of("Vud_superallowed_pdg2026")[0]
    best = (value - 1) / error
    return (error * sqrt(best**2 + 4) + value - 1) / v_ud**2


def test_limit_on_mixing_from_the_first_row():
    assert limit_on_mixing(0.9985, 0.0007) == pytest.approx(5.8e-4, abs=5e-6)
    assert limit_on_mixing(*of("ckm_row1_pdg2026")) == pytest.approx(5.3e-4, abs=5e-6)
    assert limit_on_mixing(*of("ckm_row1_pdg2026_scaled")) == pytest.approx(2.2e-3, abs=5e-5)
    t = np.linspace(0.0, 1e-3, 100001)
    chi2 = ((0.9985 - 1 - of("Vud_superallowed_pdg2026")[0] ** 2 * t) / 0.0007) ** 2
    assert t[np.searchsorted(chi2 - chi2[0], 4.0)] == pytest.approx(limit_on_mixing(0.9985, 0.0007), abs=2e-8)


def test_moment_of_the_tau():
    low, high = -0.0024, 0.0047
    value, error = of("atau_atlas2025")
    assert value == pytest.approx((low + high) / 2, abs=1e-12)
    assert error == pytest.approx((high - low) / 2 / 1.96, abs=5e-6)
    difference, total = of("delta_a_tau_2026")
    assert difference == pytest.approx(value - of("atau_sm_2007")[0], abs=1e-12)
    assert total == pytest.approx(hypot(error, of("atau_sm_2007")[1]), abs=1e-11)


def test_w_mass_against_the_other_prediction():
    (mass, error), (sm, sm_error) = of("MW_pdg2026"), of("MW_sm_globalfit")
    value, total = of("dm_W_2026_sm80353")
    assert value == pytest.approx(mass / sm - 1, abs=1e-7)
    assert total == pytest.approx(hypot(error, sm_error) / sm, abs=1e-7)


def test_correlation_of_the_beta_decays():
    block = load().correlations["vud_radiative_2026"]
    errors = [of(name)[1] for name in block.members]
    assert block.matrix[0][1] == pytest.approx(0.00013**2 / (errors[0] * errors[1]), abs=5e-3)


@pytest.mark.parametrize(
    "pair",
    [
        ("ckm_row1_pdg2026", "ckm_row1_pdg2026_scaled"),
        ("ckm_row1_pdg2026_scaled", "ckm_row1_Kl3_2026"),
        ("ckm_row1_pdg2026", "Vud_superallowed_pdg2026"),
        ("ckm_row1_Kl2_2026", "Vus_tau_pdg2026"),
        ("Vud_neutron_pdg2026", "Vud_neutron_best_pdg2026"),
        ("Vus_kaon_pdg2026", "Vus_Kl3_pdg2026"),
        ("S_ST_pdg2024", "T_STU_pdg2024"),
        ("S_ST_pdg2024", "A_mu_sld"),
        ("U_STU_pdg2024", "MW_pdg2026"),
        ("MW_cms2026", "MW_pdg2026"),
        ("MW_cms2026", "dm_W_2026"),
        ("dm_W_2026", "dm_W_2026_sm80353"),
        ("mu_hmumu_atlas2025", "mu_hmumu_atlas2025_run3"),
        ("RW_mue_lep2013", "RW_mue_pdg2026"),
    ],
)
def test_the_same_data_twice_are_refused(pair):
    with pytest.raises(DataError, match="cannot enter one fit"):
        resolve(DataSection(vintage="paper_2019", include=pair))


@pytest.mark.parametrize("name", ["S_ST_pdg2024", "T_STU_pdg2024"])
def test_oblique_parameters_never_stand_beside_the_couplings(name):
    with pytest.raises(DataError, match=f"{name} cannot enter one fit: the oblique fits"):
        resolve(DataSection(vintage="wp2025", delta_a_e="rb", include=name))


def test_oblique_parameters_are_one_block():
    (group,) = resolve(DataSection(vintage="paper_2019", include=("S_ST_pdg2024", "T_ST_pdg2024"))).groups
    assert group.term == "oblique"
    assert group.covariance[0, 1] == pytest.approx(0.93 * 0.07 * 0.06)


def test_standard_model_values_of_the_new_observables():
    assert [sm_value(f"{name}_oblique") for name in "STU"] == [0.0, 0.0, 0.0]
    assert [sm_value(name) for name in ("CKM_row_1", "V_ud_ratio", "delta_a_tau")] == [1.0, 1.0, 0.0]
    with pytest.raises(DataError, match="neither by the model nor by the Standard Model"):
        sm_value("V_us")

"""Drift of the shipped numbers against the PDG database and the `particle` tables (development packages).

Shipped entries never change, so a drift is not an error of the file: it says that a newer edition has a newer number,
which then deserves a new entry. Known drifts are listed with their reason; anything else fails, by name.
"""

from __future__ import annotations

import math
import re
import sqlite3
from pathlib import Path

import pytest

from g2fit.data import Measurement, load
from g2fit.models.constants import Constants

EDITION = "2026"

#: PDG identifier of what an observable is, where the entry does not carry one itself.
PROPERTY = {
    "a_e": "S003MM", "a_mu": "S004MM", "m_e": "S003M", "m_mu": "S004M", "m_tau": "S035M", "R_tau": "S035R5",
    "R_W_mu_e": "S043R3", "R_W_tau_e": "S043R7", "R_W_tau_mu": "S043R16", "B_W_e": "S043R1",
    "B_W_mu": "S043R9", "B_W_tau": "S043R11", "mu_h_mumu": "S126SMU", "mu_h_gammagamma": "S126SGG",
    "Gamma_Z": "S044W", "sigma_had": "S044SH", "R_Z_e": "S044R11", "R_Z_mu": "S044R9", "R_Z_tau": "S044R12",
    "Gamma_Z_ee": "S044W1", "Gamma_Z_mumu": "S044W2", "Gamma_Z_tautau": "S044W3", "Gamma_Z_ll": "S044W4",
    "Gamma_Z_inv": "S044W6", "gV_e": "S044GEV", "gV_mu": "S044GMV", "gV_tau": "S044GTV", "gA_e": "S044GEA",
    "gA_mu": "S044GMA", "gA_tau": "S044GTA", "m_wino": "S046SWN", "m_selectron_R": "S046SE", "m_smuon_R": "S046SMU",
    "m_slepton": "S046SE", "m_selectron_compressed": "S046SE", "m_smuon_compressed": "S046SMU",
    "m_smuon_displaced": "S046SMU", "m_chargino": "S046WNO",
}  # fmt: skip

#: Entries whose property or publication cannot be told from observable and reference.
SPECIAL = dict.fromkeys(("vll_L3_lep", "vll_charged_lep_l3"), ("S025MS", "559674")) | {
    f"BW_{lepton}_cms2022": (PROPERTY[f"B_W_{lepton}"], "2014153") for lepton in ("e", "mu", "tau")
}

#: Entries that are not compared: LEP without its INSPIRE record, and an error that follows from an interval.
SPECIAL |= dict.fromkeys(("RW_mue_lep2013", "RW_taue_lep2013", "RW_taumu_lep2013", "atau_atlas2025"), ("", ""))

#: Drifts with their reason.
KNOWN = {
    "amu_exp_bnl2006_rescaled": "with a later ratio of magnetic moments; the database has the published number",
    "Rtau_mue_seed": "edition of 2020",
    "MW_pdg2024": "edition of 2024",
    "BW_tau_cms2022": "abstract 0.0021; the database adds its parts to 0.00216",
    "R_mu_lep": "table of the combination; the database rounds to 20.785(33)",
}


@pytest.fixture(scope="module")
def database():
    pdg = pytest.importorskip("pdg", reason="PyPI package pdg is not installed")
    connection = sqlite3.connect(f"file:{Path(pdg.__file__).with_name('pdg.sqlite')}?mode=ro", uri=True)
    (edition,) = connection.execute("SELECT value FROM pdginfo WHERE name = 'edition'").fetchone()
    if edition != EDITION:
        pytest.skip(f"pdg {EDITION}.x is needed, found edition {edition}")
    yield connection
    connection.close()


def rows(connection, entry: Measurement):
    """Value, errors and unit of what the database holds for an entry: its own publication, else the average."""
    identifier, inspire = SPECIAL.get(
        entry.id, (entry.reference.pdgid or PROPERTY.get(entry.observable), str(entry.reference.inspire))
    )
    query = (
        "SELECT v.value, v.error_positive, v.error_negative, v.unit_text, v.value_text FROM pdgmeasurement m"
        " JOIN pdgreference r ON m.pdgreference_id = r.id"
        " JOIN pdgmeasurement_values v ON v.pdgmeasurement_id = m.id"
        " WHERE m.pdgid = ? AND r.inspire_id = ?"
    )
    published = [edge(row) for row in connection.execute(query, (identifier, inspire))]
    if published:
        return published
    query = (
        "SELECT value, error_positive, error_negative, unit_text, value_text FROM pdgdata"
        " WHERE pdgid = ? AND edition = ?"
    )
    return [edge(row) for row in connection.execute(query, (identifier, EDITION))]


def edge(row):
    """Row with the upper edge of an excluded range in place of a value that the database leaves empty."""
    value, plus, minus, unit, text = row
    found = re.fullmatch(r"none ([\d.]+) *- *([\d.]+)", text or "")
    return (float(found[2]) if value is None and found else value, plus, minus, unit)


def last_digit(number: float) -> float:
    """Unit of the last decimal of a number as it is written."""
    mantissa, _, exponent = repr(number).partition("e")
    decimals = len(mantissa.partition(".")[2].rstrip("0"))
    return 10.0 ** (int(exponent or 0) - decimals)


def agrees(entry: Measurement, row) -> bool:
    """Whether the numbers are the same up to the rounding of the shipped ones."""
    value, plus, minus, unit = row
    if value is None:
        return False
    scale = {("GeV", "MeV"): 1e3, ("MeV", "GeV"): 1e-3}.get((unit, entry.unit), 1.0)
    pairs = [(entry.value, value * scale)]
    if not entry.is_limit:
        if plus is None:
            return False
        pairs += [(entry.plus, plus * scale), (entry.minus, minus * scale)]
    slack = 0.0 if entry.is_limit else 0.015 * entry.error  # components in quadrature against a rounded total
    return all(math.isclose(a, b, rel_tol=1e-12, abs_tol=max(0.51 * last_digit(a), slack)) for a, b in pairs)


def test_shipped_numbers_against_the_pdg_database(database):
    compared, drift = [], {}
    for entry in load().entries.values():
        known = rows(database, entry)
        if not known or entry.kind not in ("measurement", "lower_limit"):
            continue
        compared.append(entry.id)
        if not any(agrees(entry, row) for row in known):
            drift[entry.id] = f"{entry.value} +{entry.plus} -{entry.minus} {entry.unit}; database: {known}"
    print(f"{len(compared)} entries compared; drift: {drift}")
    assert len(compared) >= 60
    assert {name: text for name, text in drift.items() if name not in KNOWN} == {}
    assert set(KNOWN) == set(drift)


def test_masses_against_particle():
    particle = pytest.importorskip("particle", reason="PyPI package particle is not installed")
    entries = load().entries
    shipped = {11: "me_pdg2026", 13: "mmu_pdg2026", 15: "tau_mass_pdg2026", 23: "MZ_pdg2026", 24: "MW_pdg2026",
               25: "mh_pdg2026", 6: "mt_pdg2026"}  # fmt: skip
    drift = []
    for number, name in shipped.items():
        entry = entries[name]
        scale = 1.0 if entry.unit == "MeV" else 1e-3
        mass = particle.Particle.from_pdgid(number).mass * scale
        if abs(mass - entry.value) > 0.5 * entry.error:
            drift.append(f"{name}: {entry.value}, particle has {mass}")
    assert not drift


def test_constants_are_those_of_the_entries():
    entries, c = load().entries, Constants()
    assert c.m_e == pytest.approx(entries["me_pdg2026"].value * 1e-3, rel=1e-12)
    assert c.m_mu == pytest.approx(entries["mmu_pdg2026"].value * 1e-3, rel=1e-12)
    assert c.m_tau == pytest.approx(entries["tau_mass_pdg2026"].value * 1e-3, rel=1e-12)
    assert (c.m_W, c.m_Z, c.m_h) == tuple(entries[f"{name}_pdg2026"].value for name in ("MW", "MZ", "mh"))

"""Full one loop, threshold correction and photonic two-loop correction against GM2Calc and 60-digit arithmetic."""

import math

import numpy as np
import pytest

from g2fit.models.constants import LOOP_FACTOR
from g2fit.models.mssm.gminus2 import chargino_loops, neutralino_loops
from g2fit.models.mssm.lepton_solutions import prepare
from g2fit.models.mssm.spectrum import Electroweakinos, Lepton, slepton_masses, sleptons_of
from g2fit.models.mssm.workspace import BARR_ZEE, CHARGINOS, NEUTRALINOS, WORK_SHAPE
from tests.support.mssm_points import muon_at_one_loop


def test_every_point(gm2calc):
    assert len(gm2calc["points"]) == 160
    for point in gm2calc["points"]:
        _, muon = muon_at_one_loop(point)
        theirs = point["gm2calc"]
        assert theirs["tachyon"] == (muon["status"] == "tachyon_mu")
        if theirs["tachyon"]:
            continue
        assert muon["delta_a"] == pytest.approx(point["exact"]["amu_1l"], rel=1e-9), point
        assert muon["delta_a"] == pytest.approx(theirs["amu_1l"], rel=2e-7)
        assert muon["Delta"] == pytest.approx(theirs["delta_mu"], rel=1e-10)
        assert muon["y"] == pytest.approx(point["exact"]["y_used"], rel=1e-11)
        assert [muon["m_1"], muon["m_2"]] == pytest.approx(theirs["m_slepton"], rel=1e-9)


def test_photonic_correction(gm2calc):
    for point in gm2calc["points"]:
        theirs = point["gm2calc"]
        if theirs["tachyon"]:
            continue
        model, muon = muon_at_one_loop(point)
        theta = point["theta"]
        couplings = model.setting.couplings
        electroweakinos = Electroweakinos(*(float(theta[name]) for name in ("M1", "M2", "mu", "tan_beta")))
        lepton = Lepton(point["m"], theta["mL"], theta["mR"], theta["A"])
        sleptons = sleptons_of(lepton, electroweakinos, couplings)
        work = np.empty(WORK_SHAPE)
        prepare(electroweakinos, couplings, work, None)
        y = muon["y"]
        m2_1, m2_2 = slepton_masses(y * y, sleptons)
        neutralino_table, chargino_table = work[NEUTRALINOS:CHARGINOS], work[CHARGINOS:BARR_ZEE]
        neutral = neutralino_loops(y, lepton.m, m2_1, m2_2, sleptons, neutralino_table, point["Q"])
        charged = chargino_loops(y, lepton.m, sleptons.m2_nu, couplings.g_2, chargino_table, point["Q"])
        neutralino_masses = sorted(np.abs(neutralino_table[::6, 0]))
        chargino_masses = sorted(np.abs(chargino_table[::5, 0]))
        assert neutralino_masses == pytest.approx(sorted(map(abs, theirs["m_neutralino"])), rel=1e-9)
        assert chargino_masses == pytest.approx(theirs["m_chargino"], rel=1e-9)
        assert math.sqrt(sleptons.m2_nu) == pytest.approx(theirs["m_sneutrino"], rel=1e-11)
        scale = LOOP_FACTOR * lepton.m**2
        assert scale * (neutral[0] + charged[0]) == pytest.approx(muon["delta_a"], rel=1e-14)
        two_loop = 4 * math.pi * point["constants"]["alpha_0"] * LOOP_FACTOR * scale
        tolerance = 1e-6 * abs(theirs["amu_1l"])
        assert two_loop * neutral[1] == pytest.approx(theirs["photonic_chi0"], abs=tolerance)
        assert two_loop * charged[1] == pytest.approx(theirs["photonic_chipm"], abs=tolerance)

"""Barr-Zee diagrams of points side by side: first what multiplies the loop functions, then loop by loop."""

import numpy as np

from g2fit.core.jit import kernel, scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.lanes import COUPLINGS, ELECTROWEAKINOS, LANES, LeptonLanes, rounded_up
from g2fit.models.mssm.rows import put, take
from g2fit.models.mssm.setting import OK
from g2fit.models.mssm.spectrum import Couplings, Electroweakinos
from g2fit.models.mssm.two_loop.barr_zee import chargino_loops, higgs_sector, moments_of, sfermion_loops
from g2fit.models.mssm.two_loop.loop_functions import barr_zee_loops, f_f_over_z_difference
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting
from g2fit.models.mssm.workspace import BARR_ZEE

__all__ = ["add_barr_zee", "new_loops"]

#: Squared masses of h, H and A.
HIGGS = 0
#: First of the 4 rows of each `CharginoLoop`, and of each `SfermionLoop`.
CHARGINOS = 3
SFERMIONS = 11
#: Sums over charginos and over sfermions.
CHARGINO_SUM, SFERMION_SUM = 23, 24
#: 1 for points at which the diagrams are asked for, 0 elsewhere.
WANTED = 25
LOOP_ROWS = 26


@scalar
def new_loops() -> FloatArray:
    """Allocate the array of the diagrams."""
    return np.empty((LOOP_ROWS, LANES))


@kernel
def _prepare(rows: FloatArray, inos: FloatArray, two_loop: TwoLoopSetting, n: int) -> None:
    """Compute masses and coefficients."""
    if rows.shape[1] != LANES or inos.shape[1] != LANES:
        return
    for lane in range(n):
        electroweakinos = Electroweakinos(*take(inos, ELECTROWEAKINOS, lane, 4))
        couplings = Couplings(*take(inos, COUPLINGS, lane, 3))
        higgs = higgs_sector(electroweakinos.tan_beta, two_loop.heavy.m_A, two_loop.m_Z)
        put(rows, HIGGS, lane, (higgs.m2_h, higgs.m2_H, higgs.m2_A))
        light, heavy = chargino_loops(electroweakinos, couplings, higgs)
        put(rows, CHARGINOS, lane, light)
        put(rows, CHARGINOS + 4, lane, heavy)
        stop, sbottom, stau = sfermion_loops(electroweakinos.mu, electroweakinos.tan_beta, couplings, higgs, two_loop)
        put(rows, SFERMIONS, lane, stop)
        put(rows, SFERMIONS + 4, lane, sbottom)
        put(rows, SFERMIONS + 8, lane, stau)
        put(rows, CHARGINO_SUM, lane, (0.0, 0.0))


@kernel
def _add_chargino(rows: FloatArray, chargino: int, higgs: int, n: int) -> None:
    """Add the loop of the chargino that begins at this row, with h, H or A (`higgs` 0, 1, 2)."""
    if rows.shape[1] != LANES:
        return
    pseudoscalar = higgs == 2
    for lane in range(n):
        loops = barr_zee_loops(rows[chargino, lane] / rows[HIGGS + higgs, lane])
        value = loops.f_PS if pseudoscalar else loops.f_S
        rows[CHARGINO_SUM, lane] += rows[chargino + 1 + higgs, lane] * value


@kernel
def _add_sfermion(rows: FloatArray, sfermion: int, higgs: int, n: int) -> None:
    """Add the loop of the sfermion that begins at this row, with h or H (`higgs` 0, 1)."""
    if rows.shape[1] != LANES:
        return
    for lane in range(n):
        m2 = rows[HIGGS + higgs, lane]
        value = f_f_over_z_difference(rows[sfermion, lane] / m2, rows[sfermion + 1, lane] / m2)
        rows[SFERMION_SUM, lane] += rows[sfermion + 2 + higgs, lane] * value


@kernel
def _write(rows: FloatArray, inos: FloatArray, two_loop: TwoLoopSetting, n: int) -> None:
    """Write the moments where they are asked for, and zero elsewhere."""
    if rows.shape[1] != LANES or inos.shape[1] != LANES:
        return
    for lane in range(n):
        v = inos[COUPLINGS + 2, lane]
        charginos, sfermions = moments_of(rows[CHARGINO_SUM, lane], rows[SFERMION_SUM, lane], v, two_loop)
        wanted = rows[WANTED, lane] != 0.0
        put(inos, BARR_ZEE, lane, (charginos if wanted else 0.0, sfermions if wanted else 0.0))


@kernel
def _has_solution(lepton: LeptonLanes, lane: int, branches: int) -> bool:
    """Whether one of the solutions of a point is valid."""
    found = False
    if lepton.problem[lane] == OK:
        for branch in range(min(lepton.number[lane], branches)):
            found |= bool(lepton.codes[branch, lane] == OK)
    return found


@kernel
def add_barr_zee(
    rows: FloatArray,
    e: LeptonLanes,
    mu: LeptonLanes,
    count: int,
    branches: int,
    running: bool,
    two_loop: TwoLoopSetting,
) -> None:
    """Compute the Barr-Zee diagrams of the points at which both leptons have a solution; zero elsewhere."""
    n = rounded_up(count)
    wanted = 0
    for lane in range(n):
        asked = two_loop.barr_zee and lane < count
        is_wanted = asked and _has_solution(e, lane, branches) and _has_solution(mu, lane, branches)
        rows[WANTED, lane] = 1.0 if is_wanted else 0.0
        wanted += is_wanted
    for k in range(2 if running else 1):
        inos = e.inos if k == 0 else mu.inos
        if wanted > 0:
            _prepare(rows, inos, two_loop, n)
            for i in range(6):
                _add_chargino(rows, CHARGINOS + 4 * (i // 3), i % 3, n)
                _add_sfermion(rows, SFERMIONS + 4 * (i // 2), i % 2, n)
        _write(rows, inos, two_loop, n)

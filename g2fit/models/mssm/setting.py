"""What the kernels of the MSSM need besides the points: constants and options, and the codes of levels and reasons."""

import math
from typing import NamedTuple

from g2fit.core.types import FloatArray
from g2fit.models.mssm.spectrum import Couplings
from g2fit.models.mssm.two_loop.sector import TwoLoopSetting
from g2fit.models.mssm.vacuum import ETA_LIGHT

#: Levels of the option `delta`, and their codes.
DELTA_LEVELS = ("mia", "bino", "decoupled", "full")
MIA, BINO, DECOUPLED, FULL = range(4)
#: Levels of the option `amu`, and their codes.
AMU_LEVELS = ("mia", "bino", "full")
AMU_MIA, AMU_BINO, AMU_FULL = range(3)
#: Levels of the option `two_loop`, and the codes of their QED part; ``full`` has the photonic one.
TWO_LOOP_LEVELS = ("none", "leading_log", "photonic", "full")
QED_NONE, QED_LEADING_LOG, QED_PHOTONIC = range(3)

_PROBLEMS = ("tachyon", "sneutrino", "no_yukawa", "no_natural_branch", "vacuum", "two_loop", "not_perturbative")
#: Meaning of the reason codes. Those below are the electron's; a problem of the muon has the next one.
REASONS = ("valid", "bad_parameters", *(f"{problem}_{lepton}" for problem in _PROBLEMS for lepton in ("e", "mu")))
OK = 0
BAD = 1
TACHYON = 2
SNEUTRINO = 4
NO_YUKAWA = 6
NO_NATURAL = 8
VACUUM = 10
#: The two-loop part does not exist: m_S = 0, or for Barr-Zee diagrams tan(beta) = 1 (so that m_h = 0) or a stop,
#: sbottom or stau that is a tachyon.
TWO_LOOP = 12
#: The Yukawa coupling is larger than `PERTURBATIVE`.
NOT_PERTURBATIVE = 14

#: Largest |y| for which loops are computed.
PERTURBATIVE = 4.0 * math.pi

#: Workspace of the levels ``full``; kernels are compiled without these levels if it is None.
Work = FloatArray | None

#: What ``two_loop: full`` needs besides the workspace; kernels are compiled without it if it is None.
TwoLoop = TwoLoopSetting | None

#: Couplings on shell, for points with a `coupling_scheme`; kernels are compiled without schemes if it is None.
OnShell = Couplings | None


class Setting(NamedTuple):
    """Constants (masses in GeV), levels of approximation, and switches."""

    m_e: float
    m_mu: float
    m_W: float
    m_Z: float
    couplings: Couplings
    alpha: float  # fine-structure constant at zero momentum
    delta: int
    amu: int
    qed: int
    vacuum: bool
    eta: float = ETA_LIGHT  # factor of the vacuum bound
    running: bool = False  # whether the couplings differ between the leptons
    all_branches: bool = True
    trilinear: bool = False
    qed_lightest: bool = False
    d_terms: bool = True

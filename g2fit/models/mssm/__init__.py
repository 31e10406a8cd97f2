"""The MSSM of 1906.08768: sleptons, threshold corrections to Yukawa couplings, anomalous magnetic moments."""

from g2fit.models.mssm.loops import I, f_N
from g2fit.models.mssm.model import Mssm

__all__ = ["I", "Mssm", "f_N"]

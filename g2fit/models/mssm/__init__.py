"""The MSSM of 1906.08768: sleptons, threshold corrections to Yukawa couplings, anomalous magnetic moments."""

from g2fit.models.mssm.loops import F1C, F1N, F2C, F2N, F3C, F3N, F4C, F4N, I, Li2, f_N
from g2fit.models.mssm.model import Mssm

__all__ = ["F1C", "F1N", "F2C", "F2N", "F3C", "F3N", "F4C", "F4N", "I", "Li2", "Mssm", "f_N"]

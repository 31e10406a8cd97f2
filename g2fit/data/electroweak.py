"""Levels of the electroweak likelihood, and the couplings that each compares."""

from __future__ import annotations

from g2fit.core.errors import DataError, nearest
from g2fit.data.measurement import Vintage
from g2fit.data.section import DataSection

__all__ = ["BLOCKS", "LEVELS", "PAPER_CUTS", "electroweak_level"]

#: Couplings of the fit of 2103.12074 that can be compared.
BLOCKS = {
    "paper_pair": "bfg2021_seed_pair",
    "conditional3": "bfg2021_conditional3",
    "leptonic10": "bfg2021_leptonic10",
    "pole20": "bfg2021_pole20",
}

#: Level to block of couplings, and to whether the couplings include the shift of G_F.
#:
#: - `paper`: the Gaussian of dgL_W_mu and dgR_Z_mu, behind the limits (17) of 2106.01373;
#: - `paper_cuts`: these limits themselves, as cuts;
#: - `conditional`: dgL_Z_mu joins them, which vanishes for vector-like leptons and tightens dgR_Z_mu (rho = 0.91);
#: - `gf_shift`: all lepton couplings and the W mass, with the shift of G_F that comes with a smaller W coupling;
#: - `off`: none.
LEVELS: dict[str, tuple[str, bool]] = {
    "off": ("", False),
    "paper": ("paper_pair", False),
    "paper_cuts": ("", False),
    "conditional": ("conditional3", False),
    "gf_shift": ("leptonic10", True),
}

#: The limits (17).
PAPER_CUTS = ("ewlimit_YL_seed", "ewlimit_YR_seed")


def electroweak_level(section: DataSection, vintage: Vintage) -> tuple[str, str, bool]:
    """Level, block of couplings, and whether the couplings include the shift of G_F.

    What the card says comes before the vintage; a block alone, on top of a vintage without any, means `gf_shift`.
    """
    given = section.electroweak
    level = given or str(vintage.options.get("electroweak", "off"))
    if level not in LEVELS:
        raise DataError(f"data.electroweak = {level!r}; {nearest(level, LEVELS)}")
    block, shift = LEVELS[level]
    if given is None:
        shift = bool(vintage.options.get("gf_shift", shift))
    if section.ew_block is not None:
        if section.ew_block not in BLOCKS:
            raise DataError(f"data.ew_block = {section.ew_block!r}; {nearest(section.ew_block, BLOCKS)}")
        if given in ("off", "paper_cuts"):
            raise DataError(f"data.electroweak = {given!r} compares no block of couplings: leave data.ew_block out")
        if level in ("off", "paper_cuts"):
            level, shift = "gf_shift", True
        block = section.ew_block
    if section.gf_shift is not None:
        if given == "gf_shift" and not section.gf_shift:
            raise DataError("data.electroweak = 'gf_shift' contradicts data.gf_shift = false")
        shift = section.gf_shift
    return level, block, shift

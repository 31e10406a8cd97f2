"""Variants of the electroweak likelihood, and the couplings that each compares with data."""

from g2fit.core.errors import DataError, nearest
from g2fit.data.measurement import Vintage
from g2fit.data.section import DataSection

__all__ = ["BLOCKS", "PAPER_CUTS", "VARIANTS", "electroweak_variant"]

#: Names on a card of the correlation blocks of couplings, from the fit of 2103.12074.
BLOCKS = {
    "paper_pair": "bfg2021_seed_pair",
    "conditional3": "bfg2021_conditional3",
    "leptonic10": "bfg2021_leptonic10",
    "pole20": "bfg2021_pole20",
}

#: Variant to its correlation block, and to whether the couplings include the shift of G_F.
#:
#: - `off`: no electroweak likelihood;
#: - `paper`: the Gaussian of dgL_W_mu and dgR_Z_mu from which the limits (17) of 2106.01373 follow;
#: - `paper_cuts`: these limits themselves, as cuts;
#: - `conditional`: with dgL_Z_mu, which vanishes for vector-like leptons and tightens dgR_Z_mu (correlation 0.91);
#: - `gf_shift`: all lepton couplings and the W mass, with the shift of G_F that comes with a smaller W coupling.
VARIANTS: dict[str, tuple[str, bool]] = {
    "off": ("", False),
    "paper": ("paper_pair", False),
    "paper_cuts": ("", False),
    "conditional": ("conditional3", False),
    "gf_shift": ("leptonic10", True),
}

#: Entries of the limits (17) of 2106.01373.
PAPER_CUTS = ("ewlimit_YL_seed", "ewlimit_YR_seed")


def electroweak_variant(section: DataSection, vintage: Vintage) -> tuple[str, str, bool]:
    """Return the variant, its correlation block, and whether the couplings include the shift of G_F.

    The card overrides the vintage. A block on a card whose vintage has none selects the variant `gf_shift`.
    """
    given = section.electroweak
    variant = given or str(vintage.options.get("electroweak", "off"))
    if variant not in VARIANTS:
        raise DataError(f"data.electroweak = {variant!r}; {nearest(variant, VARIANTS)}")
    block, shift = VARIANTS[variant]
    if given is None:
        shift = bool(vintage.options.get("gf_shift", shift))
    if section.ew_block is not None:
        if section.ew_block not in BLOCKS:
            raise DataError(f"data.ew_block = {section.ew_block!r}; {nearest(section.ew_block, BLOCKS)}")
        if given in ("off", "paper_cuts"):
            raise DataError(f"data.electroweak = {given!r} compares no block of couplings: leave data.ew_block out")
        if variant in ("off", "paper_cuts"):
            variant, shift = "gf_shift", True
        block = section.ew_block
    if section.gf_shift is not None:
        if given == "gf_shift" and not section.gf_shift:
            raise DataError("data.electroweak = 'gf_shift' contradicts data.gf_shift = false")
        shift = section.gf_shift
    return variant, block, shift

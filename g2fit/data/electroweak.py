"""Variants of the electroweak likelihood, and the couplings that each compares with data."""

from typing import NamedTuple

from g2fit.core.errors import DataError, nearest
from g2fit.data.measurement import Vintage
from g2fit.data.section import DataSection

__all__ = ["BLOCKS", "PAPER_CUTS", "VARIANTS", "Electroweak", "electroweak_variant"]

#: Names on a card of the correlation blocks: of couplings, from the fit of 2103.12074, and of S and T, from that of the
#: Review of Particle Physics 2024.
BLOCKS = {
    "paper_pair": "bfg2021_seed_pair",
    "conditional3": "bfg2021_conditional3",
    "leptonic10": "bfg2021_leptonic10",
    "pole20": "bfg2021_pole20",
    "oblique2": "oblique_ST_pdg2024",
}


class Electroweak(NamedTuple):
    """An electroweak likelihood.

    Attributes
    ----------
    block : str
        Name of its correlation block, see `BLOCKS`; empty if it compares no couplings.
    gf_shift, oblique : bool
        Whether the couplings include the shift of G_F, and the oblique parameters S, T, U.
    """

    block: str
    gf_shift: bool
    oblique: bool


#: Electroweak likelihood by the name of its variant.
#:
#: - `off`: no electroweak likelihood;
#: - `paper`: the Gaussian of dgL_W_mu and dgR_Z_mu from which the limits (17) of 2106.01373 follow;
#: - `paper_cuts`: these limits themselves, as cuts;
#: - `conditional`: with dgL_Z_mu, which vanishes for vector-like leptons and tightens dgR_Z_mu (correlation 0.91);
#: - `gf_shift`: all lepton couplings and the W mass, with the shift of G_F that comes with a smaller W coupling;
#: - `oblique`: the same with the loops in the self-energies of W and Z, the parameters S, T, U;
#: - `oblique_fit`: S and T themselves, from a fit without any change of the couplings (U = 0).
VARIANTS: dict[str, Electroweak] = {
    "off": Electroweak("", gf_shift=False, oblique=False),
    "paper": Electroweak("paper_pair", gf_shift=False, oblique=False),
    "paper_cuts": Electroweak("", gf_shift=False, oblique=False),
    "conditional": Electroweak("conditional3", gf_shift=False, oblique=False),
    "gf_shift": Electroweak("leptonic10", gf_shift=True, oblique=False),
    "oblique": Electroweak("leptonic10", gf_shift=True, oblique=True),
    "oblique_fit": Electroweak("oblique2", gf_shift=False, oblique=False),
}

#: Entries of the limits (17) of 2106.01373.
PAPER_CUTS = ("ewlimit_YL_seed", "ewlimit_YR_seed")


def electroweak_variant(section: DataSection, vintage: Vintage) -> tuple[str, Electroweak]:
    """Return the name of the variant that vintage and card choose, and its likelihood.

    The card overrides the vintage. Where a vintage includes the shift of G_F, which all do but those of the papers,
    S, T and U are included, too, unless the card names the variant or says ``oblique: false``. A block on a card whose
    vintage has none selects the variant `oblique`.
    """
    given = section.electroweak
    variant = given or str(vintage.options.get("electroweak", "off"))
    if variant not in VARIANTS:
        raise DataError(f"data.electroweak = {variant!r}; {nearest(variant, VARIANTS)}")
    block = section.ew_block
    if block is not None:
        if block not in BLOCKS:
            raise DataError(f"data.ew_block = {block!r}; {nearest(block, BLOCKS)}")
        if given in ("off", "paper_cuts"):
            raise DataError(f"data.electroweak = {given!r} compares no block of couplings: leave data.ew_block out")
        if given is not None and (block == "oblique2") != (given == "oblique_fit"):
            raise DataError(
                f"data.ew_block = {block!r} contradicts data.electroweak = {given!r}: the variant oblique_fit compares "
                "S and T (oblique2), the others compare couplings"
            )
        if block == "oblique2":
            variant = "oblique_fit"
        elif variant in ("off", "paper_cuts", "oblique_fit"):
            variant = "oblique"
    choice = VARIANTS[variant]
    changes: dict[str, bool] = {}
    for name in ("gf_shift", "oblique"):
        if given is None and "gf_shift" in vintage.options:
            changes[name] = bool(vintage.options["gf_shift"])
        asked = getattr(section, name)
        if asked is not None:
            if given == name and not asked:
                raise DataError(f"data.electroweak = {given!r} contradicts data.{name} = false")
            changes[name] = asked
    return variant, choice._replace(block=block or choice.block, **changes)

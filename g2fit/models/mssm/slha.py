"""Points of the MSSM from SUSY Les Houches Accord files (hep-ph/0311123, 0801.0045): spectra and inputs of programs."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from g2fit.core.errors import InputError
from g2fit.models.mssm.gm2calc_input import is_gm2calc, read_gm2calc
from g2fit.models.mssm.slha_blocks import read_blocks
from g2fit.models.mssm.slha_entries import Blocks, Places, entry_of, numbers
from g2fit.models.mssm.two_loop.options import unused_names

__all__ = ["Moment", "SlhaPoint", "read_slha", "read_soft_parameters"]

#: Parameter of the model `mssm`: block and entry in a spectrum file, then block and entry in the input of a spectrum
#: generator, which need not contain the blocks of its output.
PLACES = {
    "M1": ("MSOFT", 1, "EXTPAR", 1),
    "M2": ("MSOFT", 2, "EXTPAR", 2),
    "mu": ("HMIX", 1, "EXTPAR", 23),
    "tan_beta": ("HMIX", 2, "MINPAR", 3),
    "mL_e": ("MSOFT", 31, "EXTPAR", 31),
    "mR_e": ("MSOFT", 34, "EXTPAR", 34),
    "mL_mu": ("MSOFT", 32, "EXTPAR", 32),
    "mR_mu": ("MSOFT", 35, "EXTPAR", 35),
}
SPECTRUM: Places = {name: (block, entry) for name, (block, entry, _, _) in PLACES.items()}
GENERATOR_INPUT: Places = {name: (block, entry) for name, (_, _, block, entry) in PLACES.items()}
#: The same for the trilinear couplings, in either file.
TRILINEAR: Places = {"A_e": ("AE", (1, 1)), "A_mu": ("AE", (2, 2))}
#: Moments that other programs write: block, entry, entry of the uncertainty if there is one, and our name.
MOMENTS = (
    ("GM2CALCOUTPUT", 0, 1, "delta_a_mu"),
    ("SPHENOLOWENERGY", 20, None, "delta_a_e"),
    ("SPHENOLOWENERGY", 21, None, "delta_a_mu"),
    ("FLEXIBLESUSYLOWENERGY", 20, None, "delta_a_e"),
    ("FLEXIBLESUSYLOWENERGY", 21, None, "delta_a_mu"),
    ("LOWEN", 6, None, "delta_a_mu"),
)


class Moment(NamedTuple):
    """A moment that stands in a file: block and entry, our name of the quantity, value, and uncertainty or None."""

    source: str
    quantity: str
    value: float
    error: float | None


class SlhaPoint(NamedTuple):
    """A point of the model `mssm`: parameters in GeV, options to compute it with, and the file's own moments."""

    parameters: dict[str, float]
    options: dict[str, Any]
    moments: tuple[Moment, ...]


def read_soft_parameters(path: str | Path, trilinear: bool = False) -> dict[str, float]:
    """Read the parameters of the model ``mssm``, by name and in GeV, from an SLHA file.

    They are those of the blocks MSOFT and HMIX; or, in a file without either (the input of a spectrum generator), of
    EXTPAR and MINPAR. For the model's option `trilinear`, A_e and A_mu are read from the block AE, too. All are taken
    as they stand, at the scale of their block. Signs are the same in the accord and in this package: the higgsino
    element of the neutralino mass matrix is -mu, and the left-right mixing of sleptons m_l (A - mu tan(beta)) at tree
    level. The scenario of 1906.08768 has mu < 0 for M1 > 0.

    Raises
    ------
    InputError
        For an unreadable file, and for missing or ambiguous blocks and entries, which it names.
    """
    return _soft_parameters(path, read_blocks(Path(path)).blocks, trilinear, ())


def read_slha(
    path: str | Path, options: Mapping[str, Any], given: Collection[str] = (), scale: float | None = None
) -> SlhaPoint:
    """Read a point of the model ``mssm`` from an SLHA file.

    An input of GM2Calc, see `g2fit.models.mssm.gm2calc_input.is_gm2calc`, is evaluated as GM2Calc does, with the
    constants of the file. Other files have soft parameters only, see `read_soft_parameters`.

    Parameters
    ----------
    path : path
        The file.
    options : mapping
        Options of the model; they have precedence over those of GM2Calc. Numbers of the file that the level of
        `two_loop` does not use are left out.
    given : collection of str
        Parameters whose values are known already, so that a file of soft parameters need not have them.
    scale : float, optional
        Scale in GeV of the blocks to read, where the file gives them at several.

    Raises
    ------
    InputError
        As `read_soft_parameters`.
    """
    blocks, scales = read_blocks(Path(path), scale)
    moments = _moments(path, blocks)
    if not is_gm2calc(blocks):
        trilinear = bool(options.get("trilinear", False))
        return SlhaPoint(_soft_parameters(path, blocks, trilinear, given), dict(options), moments)
    parameters, choices = read_gm2calc(path, blocks, scales)
    if not options.get("trilinear", True):
        parameters = {name: value for name, value in parameters.items() if name not in TRILINEAR}
    unused = unused_names(str({**choices, **options}["two_loop"]))
    choices = {name: value for name, value in choices.items() if name not in unused}
    return SlhaPoint(parameters, choices | dict(options), moments)


def _moments(path: Any, blocks: Blocks) -> tuple[Moment, ...]:
    found = []
    for block, entry, uncertainty, quantity in MOMENTS:
        if entry in blocks.get(block, {}):
            places: Places = {quantity: (block, entry)}
            if uncertainty is not None and uncertainty in blocks[block]:
                places = {**places, "uncertainty": (block, uncertainty)}
            values = numbers(path, blocks, places)
            found.append(Moment(f"{block} {entry}", quantity, values[quantity], values.get("uncertainty")))
    return tuple(found)


def _soft_parameters(path: str | Path, blocks: Blocks, trilinear: bool, given: Collection[str]) -> dict[str, float]:
    places = SPECTRUM if "MSOFT" in blocks or "HMIX" in blocks or "EXTPAR" not in blocks else GENERATOR_INPUT
    places = {**places, **(TRILINEAR if trilinear else {})}
    places = {name: place for name, place in places.items() if name not in given}
    missing = sorted({block for block, _ in places.values() if block not in blocks})
    if missing:
        there = ", ".join(sorted(blocks)) or "none"
        raise InputError(f"{path}: missing blocks {', '.join(missing)} (needed: {_listed(places)}; there are: {there})")
    return numbers(path, blocks, places)


def _listed(places: Places) -> str:
    return ", ".join(f"{name} = {block} {entry_of(index)}" for name, (block, index) in places.items())

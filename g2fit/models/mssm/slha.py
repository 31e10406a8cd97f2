"""Soft parameters from SUSY Les Houches Accord files (hep-ph/0311123, 0801.0045), read by the optional pyslha."""

from collections.abc import Mapping
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from g2fit.core.errors import InputError
from g2fit.models.mssm.gm2calc_input import CONFIG, read_gm2calc
from g2fit.models.mssm.slha_entries import Places, entry_of, numbers

__all__ = ["read_slha", "read_soft_parameters"]

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
        Without pyslha, for an unreadable file, and for missing blocks or entries, which it names.
    """
    return _soft_parameters(path, _read_blocks(Path(path))[0], trilinear)


def read_slha(path: str | Path, options: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, Any]]:
    """Read a point of the model ``mssm`` from an SLHA file, with the options to compute it with.

    An input of GM2Calc, which is recognised by its block GM2CalcConfig, is evaluated as GM2Calc does, with the
    constants of the file; see `g2fit.models.mssm.gm2calc_input`. Other files have soft parameters only, see
    `read_soft_parameters`. The given `options` have precedence.

    Raises
    ------
    InputError
        As `read_soft_parameters`.
    """
    blocks, scales = _read_blocks(Path(path))
    if CONFIG not in blocks:
        return _soft_parameters(path, blocks, bool(options.get("trilinear", False))), dict(options)
    parameters, choices = read_gm2calc(path, blocks, scales)
    if not options.get("trilinear", True):
        parameters = {name: value for name, value in parameters.items() if name not in TRILINEAR}
    return parameters, choices | dict(options)


def _soft_parameters(path: str | Path, blocks: dict[str, Any], trilinear: bool) -> dict[str, float]:
    places = SPECTRUM if "MSOFT" in blocks or "HMIX" in blocks or "EXTPAR" not in blocks else GENERATOR_INPUT
    places = {**places, **(TRILINEAR if trilinear else {})}
    missing = sorted({block for block, _ in places.values() if block not in blocks})
    if missing:
        there = ", ".join(sorted(blocks)) or "none"
        raise InputError(f"{path}: missing blocks {', '.join(missing)} (needed: {_listed(places)}; there are: {there})")
    return numbers(path, blocks, places)


def _read_blocks(path: Path) -> tuple[dict[str, Any], dict[str, float | None]]:
    """Map block names (upper case) to their entries, and to their scales."""
    try:
        import pyslha
    except ImportError:
        raise InputError(
            "reading SLHA files needs the package pyslha, the extra 'slha' of g2fit: pip install 'g2fit[slha]'"
        ) from None
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from None
    try:
        with redirect_stderr(StringIO()):  # pyslha writes what it does not know to the terminal
            blocks = pyslha.readSLHA(text, ignorenomass=True).blocks
    except Exception as error:  # noqa: BLE001 (pyslha raises whatever int(), float() and its parser raise)
        raise InputError(f"{path}: not an SLHA file: {error}") from None
    entries = {str(name).upper(): dict(block.items()) for name, block in blocks.items()}
    return entries, {str(name).upper(): block.q for name, block in blocks.items()}


def _listed(places: Places) -> str:
    return ", ".join(f"{name} = {block} {entry_of(index)}" for name, (block, index) in places.items())

"""Sixty SLHA files: a spectrum, an input of a spectrum generator and two of GM2Calc, each in fifteen writings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.support import ROOT
from tests.support.mssm_points import spectrum_text

__all__ = ["slha_files"]

SPECTRUM = (
    "Block SPINFO\n     1   generator\nBlock HMIX Q= 1.0E+03\n     1    -5.0E+05   # mu(Q)\n     2     7.0E+01\n"
    "Block MSOFT Q= 1.0E+03\n     1     1.5E+03\n     2     6.0E+02\n    31     6.0E+03\n    32     7.0E+02\n"
    "    34     6.0E+03\n    35     7.1E+02\nBlock AE Q= 1.0E+03\n  1  1    -1.0E+02\n  2  2    -2.0E+02\n"
)

GENERATOR_INPUT = (
    "Block MODSEL\n  1  0\nBlock MINPAR\n  3  4.0E+01\nBlock EXTPAR\n  0  1.0E+03\n  1  5.0E+02\n  2  6.0E+02\n"
    "  23  7.0E+02\n  31  8.0E+02\n  32  8.1E+02\n  34  9.0E+02\n  35  9.1E+02\n"
)


def _number(change: Callable[[float], float]) -> Callable[[str], str]:
    """Change the last number of each line that has a point in it."""

    def changed(text: str) -> str:
        found = re.sub(r"(?m)(\s)(-?\d+\.\d+(?:[eE][+-]?\d+)?)(\s*(?:#.*)?)$", apply, text)
        assert found != text
        return found

    def apply(match: re.Match[str]) -> str:
        return f"{match[1]}{change(float(match[2])):.10g}{match[3]}"

    return changed


def _reversed_blocks(text: str) -> str:
    return "".join(reversed(re.split(r"(?m)^(?=Block)", text)))


#: Writings of a file by what is special about them.
WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "tabs": lambda text: re.sub(" +", "\t", text),
    "exponents of Fortran": lambda text: re.sub(r"(?<=\d)E(?=[+-]\d)", "D", text),
    "no scales": lambda text: re.sub(r" Q= \S+", "", text),
    "two scales": lambda text: text + re.sub(r" Q= \S+", " Q= 2.0E+03", text),
    "comments": lambda text: "# head\n\n" + text.replace("\n", "  # comment\n\n"),
    "twice": lambda text: text + text,
    "twice, other numbers": lambda text: text + _number(lambda x: 2.0 * x)(text),
    "blocks reversed": _reversed_blocks,
    "other signs": _number(lambda x: -x),
    "huge numbers": _number(lambda x: 1e300 * x),
    "decays and moments": lambda text: (
        text
        + "DECAY   36  1.0E+00\n     1.0E+00   2   5  -5\nBlock SPhenoLowEnergy\n  20  5.0E-14\n  21  2.2E-09\n"
        + "Block GM2CalcOutput\n  0  2.3E-09\n  1  2.0E-10\n"
    ),
}


def slha_files() -> dict[str, str]:
    """All files by the names of the original and of the writing."""
    examples = json.loads((ROOT / "tests/models/mssm/gm2calc_examples.json").read_text())
    originals = {
        "spectrum": SPECTRUM,
        "generator input": GENERATOR_INPUT,
        "gm2": spectrum_text(examples["gm2"]),
        "slha": spectrum_text(examples["slha"]),
    }
    return {
        f"{name}, {writing}": change(text) for name, text in originals.items() for writing, change in WRITINGS.items()
    }

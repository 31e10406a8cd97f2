"""Soft parameters from SLHA files."""

import sys

import pytest

from g2fit.core.errors import InputError
from g2fit.models.mssm import Mssm
from g2fit.models.mssm.slha import read_soft_parameters

pytest.importorskip("pyslha")

SPECTRUM = """\
# a spectrum generator's output
Block SPINFO
     1   someone's generator
Block HMIX Q= 1.00000000E+03
     1    -5.00000000E+05   # mu(Q)
     2     7.00000000E+01   # tan(beta)
Block MSOFT Q= 1.00000000E+03
     1     1.50000000E+03   # M1
     2     6.00000000E+02   # M2
    31     6.04500000E+03
    32     7.00000000E+02
    33     9.00000000E+03
    34     6.00000000E+03
    35     7.10000000E+02
    36     9.00000000E+03
Block AE Q= 1.00000000E+03
  1  1    -1.00000000E+02
  2  2    -2.00000000E+02
"""
EXPECTED = {
    "M1": 1500.0, "M2": 600.0, "mu": -5e5, "tan_beta": 70.0,
    "mL_e": 6045.0, "mR_e": 6000.0, "mL_mu": 700.0, "mR_mu": 710.0,
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "point.slha"
        path.write_text(text)
        return path

    return write


def test_spectrum_file(write):
    values = read_soft_parameters(write(SPECTRUM))
    assert values == EXPECTED
    model = Mssm(vacuum="off")
    assert list(values) == [p.name for p in model.parameters]
    assert model.predict(list(values.values()))["reason"][0] == 0


def test_trilinear_couplings(write):
    values = read_soft_parameters(write(SPECTRUM), trilinear=True)
    assert values == EXPECTED | {"A_e": -100.0, "A_mu": -200.0}
    assert list(values) == [p.name for p in Mssm(trilinear=True).parameters]


def test_input_of_a_generator(write):
    lines = {1: 1500.0, 2: 600.0, 23: -5e5, 31: 6045.0, 32: 700.0, 34: 6000.0, 35: 710.0}
    text = "Block MINPAR\n  3  70.0\nBlock EXTPAR\n" + "".join(f"  {k}  {v}\n" for k, v in lines.items())
    assert read_soft_parameters(write(text)) == EXPECTED


def test_missing_blocks_are_named(write):
    without_msoft = SPECTRUM[: SPECTRUM.index("Block MSOFT")]
    with pytest.raises(InputError, match=r"missing blocks MSOFT .*M1 = MSOFT 1.*there are: HMIX"):
        read_soft_parameters(write(without_msoft))
    with pytest.raises(InputError, match=r"missing blocks HMIX, MSOFT .*there are: none"):
        read_soft_parameters(write("# nothing\n"))
    without_ae = SPECTRUM[: SPECTRUM.index("Block AE")]
    with pytest.raises(InputError, match="missing blocks AE"):
        read_soft_parameters(write(without_ae), trilinear=True)


def test_missing_and_unusable_entries_are_named(write):
    with pytest.raises(InputError, match=r"missing entries MSOFT 35 \(mR_mu\)"):
        read_soft_parameters(write(SPECTRUM.replace("    35 ", "    37 ")))
    with pytest.raises(InputError, match=r"MSOFT, entry 1 \(M1\) = 'light'"):
        read_soft_parameters(write(SPECTRUM.replace("1.50000000E+03", "light")))
    with pytest.raises(InputError, match=r"entry 2 \(tan_beta\)"):
        read_soft_parameters(write(SPECTRUM.replace("7.00000000E+01", "NaN")))


def test_unreadable_files(write, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_soft_parameters(tmp_path / "absent.slha")
    with pytest.raises(InputError, match="not an SLHA file"):
        read_soft_parameters(write("DECAY 25 1.0\n  word 2 11 -11\n"))
    binary = tmp_path / "binary.slha"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="cannot be read"):
        read_soft_parameters(binary)


def test_without_pyslha(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyslha", None)
    with pytest.raises(InputError, match=r"the extra 'slha'"):
        read_soft_parameters(write(SPECTRUM))

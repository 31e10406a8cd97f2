"""Soft parameters from SLHA files, and input files of GM2Calc."""

import json
from pathlib import Path

import numpy as np
import pytest

from g2fit.core.errors import InputError
from g2fit.models.mssm import Mssm
from g2fit.models.mssm.slha import read_slha, read_soft_parameters
from g2fit.models.mssm.slha_blocks import read_blocks
from tests.support.mssm_points import spectrum_text
from tests.support.slha_variants import slha_files

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
        read_soft_parameters(write("  word 2 11 -11\n"))
    binary = tmp_path / "binary.slha"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="cannot be read"):
        read_soft_parameters(binary)


def test_blocks_are_those_of_another_reader(write):
    pyslha = pytest.importorskip("pyslha")
    theirs = pyslha.readSLHA(SPECTRUM, ignorenomass=True).blocks
    ours, scales = read_blocks(write(SPECTRUM))
    assert set(ours) == set(theirs)
    for name, entries in ours.items():
        assert scales[name] == theirs[name].q
        assert entries == dict(theirs[name].items())


def test_decays_comments_and_other_notations(write):
    text = SPECTRUM.replace("Q= 1.00000000E+03", "q=1.D+03").replace("Block", "BLOCK").replace("E+0", "d+0")
    text += "DECAY 25 4.0E-03\n   5.0E-01  2  5  -5\n"
    assert read_soft_parameters(write(text)) == EXPECTED


def test_an_entry_given_twice_is_refused_unless_it_is_the_same(write):
    again = SPECTRUM.replace("    32 ", "    31     6.04500000E+03\n    32 ")
    assert read_soft_parameters(write(again)) == EXPECTED
    with pytest.raises(InputError, match=r"block MSOFT, entry 31 \(mL_e\) is given twice, as 6046.0 and 6045.0"):
        read_soft_parameters(write(again.replace("6.04500000E+03", "6.04600000E+03", 1)))
    apart = SPECTRUM + "Block MSOFT Q= 1.0E+03\n    31     6.04600000E+03\n"
    with pytest.raises(InputError, match="given twice"):
        read_soft_parameters(write(apart))
    harmless = SPECTRUM.replace("     1   someone's", "     3   a warning\n     3   another\n     1   someone's")
    assert read_soft_parameters(write(harmless)) == EXPECTED


def test_of_several_scales_one_must_be_chosen(write):
    end = SPECTRUM.index("Block HMIX")
    other = SPECTRUM[end:].replace("1.00000000E+03\nBlock", "X").replace("Q= 1.00000000E+03", "Q= 2.00000000E+03")
    path = write(SPECTRUM + other.replace("-5.00000000E+05", "-6.00000000E+05"))
    with pytest.raises(InputError, match=r"block HMIX is given at several scales, Q = 1000, 2000: choose one"):
        read_slha(path, {})
    assert read_slha(path, {}, scale=1000.0).parameters == EXPECTED
    assert read_slha(path, {}, scale=2000.0).parameters == EXPECTED | {"mu": -6e5}
    with pytest.raises(InputError, match=r"not given at the scale 3000, but at Q = 1000, 2000"):
        read_slha(path, {}, scale=3000.0)
    with pytest.raises(InputError, match=r"not given at the scale 2000, but at Q = 1000"):
        read_slha(write(SPECTRUM), {}, scale=2000.0)


def test_a_trilinear_coupling_that_the_file_lacks_can_be_given(write):
    path = write(SPECTRUM.replace("  1  1 ", "  3  3 "))
    with pytest.raises(InputError, match=r"missing entries AE 1 1 \(A_e\)"):
        read_slha(path, {"trilinear": True})
    point = read_slha(path, {"trilinear": True}, given={"A_e": 0.0})
    assert point.parameters == EXPECTED | {"A_mu": -200.0}


def test_moments_of_other_programs(write):
    text = SPECTRUM + "Block GM2CalcOutput\n  0  2.3E-09\n  1  2.0E-10\n"
    text += "Block SPhenoLowEnergy\n  20  5.0E-14\n  21  2.2E-09\n"
    assert read_slha(write(SPECTRUM), {}).moments == ()
    assert read_slha(write(text), {}).moments == (
        ("GM2CALCOUTPUT 0", "delta_a_mu", 2.3e-9, 2e-10),
        ("SPHENOLOWENERGY 20", "delta_a_e", 5e-14, None),
        ("SPHENOLOWENERGY 21", "delta_a_mu", 2.2e-9, None),
    )


def test_what_is_no_file_is_refused():
    with pytest.raises(InputError, match=r"/dev/zero: cannot be read: it is no file"):
        read_soft_parameters("/dev/zero")


@pytest.fixture(scope="module")
def examples():
    return json.loads((Path(__file__).parent / "gm2calc_examples.json").read_text())


@pytest.mark.parametrize("name", ["gm2", "slha"])
def test_example_inputs_of_gm2calc(name, examples, write):
    """Its one-loop and two-loop sum and uncertainty, from its own format and from pole masses of a spectrum file."""
    values, options, _ = read_slha(write(spectrum_text(examples[name])), {})
    model = Mssm(**options)
    assert list(values) == [p.name for p in model.parameters]
    prediction = model.predict(list(values.values()))
    assert prediction["delta_a_mu"][0] == pytest.approx(examples[name]["a_mu"], rel=1e-8, abs=0)
    assert prediction["error_gm2calc_mu"][0] == pytest.approx(examples[name]["uncertainty"], rel=1e-8, abs=0)


VARIANTS = json.loads((Path(__file__).parent / "gm2calc_photonic.json").read_text())["points"]


@pytest.mark.parametrize("variant", VARIANTS, ids=[variant["name"] for variant in VARIANTS])
def test_one_loop_and_photonic_part_of_gm2calc(variant, examples, write):
    path = write(spectrum_text(examples[variant["example"]], **variant["changes"]))
    values, options, _ = read_slha(path, {"two_loop": "photonic"})
    ours = float(Mssm(**options).predict(list(values.values()))["delta_a_mu"][0])
    assert ours == pytest.approx(variant["one_loop"] + variant["photonic"], rel=1e-8, abs=0)


def test_own_format_needs_no_choices(examples, write):
    example = {"blocks": [b for b in examples["gm2"]["blocks"] if b["block"] != "GM2CalcConfig"]}
    assert read_slha(write(spectrum_text(example)), {}) == read_slha(write(spectrum_text(examples["gm2"])), {})


def test_spectrum_of_gm2calc_without_its_choices(examples, write):
    """Its soft parameters in the complete one loop: near GM2Calc's sum, ten times what the bino alone gives."""
    example = {"blocks": [b for b in examples["slha"]["blocks"] if not b["block"].startswith("GM2Calc")]}
    path = write(spectrum_text(example))
    values, options, _ = read_slha(path, {})
    theirs = examples["slha"]["a_mu"]
    assert float(Mssm(**options).predict(list(values.values()))["delta_a_mu"][0]) == pytest.approx(theirs, rel=0.1)
    bino = Mssm(delta="bino", amu="bino")
    point = np.array([list(values.values())])
    assert float(bino.predict(point)["delta_a_mu"][0]) == pytest.approx(0.1 * theirs, rel=0.1)
    assert [where.tolist() for where in bino.beyond(point).values()] == [[True]]
    assert Mssm().beyond(point) == {}


def test_choices_of_gm2calc_can_be_changed(examples, write):
    path = write(spectrum_text(examples["gm2"], **{"GM2CalcConfig 1": 1}))
    values, options, _ = read_slha(path, {})
    assert options["two_loop"] == "none"
    one_loop = Mssm(**options).predict(list(values.values()))["delta_a_mu"][0]
    values, options, _ = read_slha(path, {"two_loop": "full"})
    full = Mssm(**options).predict(list(values.values()))
    assert full["one_loop_mu"][0] == pytest.approx(one_loop, rel=1e-14, abs=0)
    values, options, _ = read_slha(path, {"trilinear": False})
    assert list(values) == [p.name for p in Mssm(**options).parameters]
    assert read_slha(write(SPECTRUM), {"delta": "mia"}) == (EXPECTED, {"delta": "mia"}, ())


def test_pole_masses_are_those_of_the_parameters(examples, write):
    values, options, _ = read_slha(write(spectrum_text(examples["slha"])), {})
    masses = {
        entry[0]: float(entry[1]) for b in examples["slha"]["blocks"] if b["block"] == "MASS" for entry in b["entries"]
    }
    muon = next(b for b in Mssm(**options).branches(list(values.values())) if b["lepton"] == "mu")
    # but for the Yukawa coupling, which follows last; the heavier smuon is not an input
    assert muon["m_1"] == pytest.approx(masses["2000013"], rel=1e-8)
    assert muon["m_2"] == pytest.approx(masses["1000013"], rel=1e-3)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("gm2", {"GM2CalcInput 4": None}, r"missing entries GM2CALCINPUT 4 \(mu\)"),
        ("gm2", {"SMINPUTS 6": "heavy"}, r"block SMINPUTS, entry 6 \(m_t\) = 'heavy' is not a number"),
        ("gm2", {"GM2CalcConfig 1": 0}, "loop order"),
        ("gm2", {"GM2CalcConfig 2": 0}, "resummation"),
        ("slha", {"MASS 1000024": None}, r"missing entries MASS 1000024 \(cha0\)"),
        ("slha", {"MASS 1000037": 410.0}, "too close to each other"),
        ("slha", {"MASS 1000022": 1e7}, "no M1"),
        ("slha", {"MASS 2000013": 1.0}, "no mR"),
    ],
)
def test_bad_inputs_of_gm2calc_are_named(name, changes, message, examples, write):
    with pytest.raises(InputError, match=message):
        read_slha(write(spectrum_text(examples[name], **changes)), {})


def test_photonic_part_at_a_scale_in_every_solution(examples, write):
    """Single solutions, sparticles and the bound on the EDM agree with the batch; the default is the lighter smuon."""
    values, options, _ = read_slha(write(spectrum_text(examples["gm2"])), {"two_loop": "photonic", "sparticles": True})
    theta = list(values.values())
    model = Mssm(**options)
    row = model.predict(theta)
    (muon,) = (b for b in model.branches(theta) if b["lepton"] == "mu")
    assert muon["delta_a"] == pytest.approx(row["delta_a_mu"][0], rel=1e-12)
    assert "parts" not in muon
    scale = options["scale"]
    lightest = min(values[name] for name in ("mL_mu", "mR_mu"))
    without = Mssm(**{**options, "scale": None}).predict(theta)
    at_lightest = Mssm(**{**options, "scale": lightest}).predict(theta)
    assert scale != lightest
    assert at_lightest["delta_a_mu"][0] == pytest.approx(without["delta_a_mu"][0], rel=1e-12)
    for name in ("m_N1", "m_smu_1", "tau_C1", "Delta_mu"):
        assert row[name][0] == pytest.approx(without[name][0], rel=1e-12)
    bounded = Mssm(**options, d_e_max=4e-30).predict(theta)
    assert np.isfinite(bounded["arg_mu_M1_max"][0])
    assert bounded["delta_a_mu"][0] == row["delta_a_mu"][0]


def test_writings_of_a_file(write):
    """A valid writing gives the same point; an ambiguous one is refused."""
    files = slha_files()
    assert len(files) == 60
    for original in ("spectrum", "generator input", "gm2", "slha"):
        expected = read_slha(write(files[f"{original}, as it is"]), {})
        for writing in (
            "lower case", "upper case", "line ends of Windows", "tabs", "exponents of Fortran", "comments", "twice",
            "blocks reversed", "decays and moments",
        ):  # fmt: skip
            assert read_slha(write(files[f"{original}, {writing}"]), {})[:2] == expected[:2], (original, writing)
        with pytest.raises(InputError, match=r"different values|given twice|several"):
            read_slha(write(files[f"{original}, twice, other numbers"]), {})


@pytest.mark.parametrize("name", ["gm2", "slha"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SMINPUTS 3": 1e-5}, r"block SMINPUTS, entry 3 \(alpha_s\) = 1e-05 must be between 0.08 and 0.16"),
        ({"SMINPUTS 4": -91.0}, r"block SMINPUTS, entry 4 \(m_Z\) = -91 must be between"),
        ({"SMINPUTS 5": 1e300}, r"block SMINPUTS, entry 5 \(m_b\)"),
    ],
)
def test_constants_out_of_range_are_refused(name, change, message, examples, write):
    with pytest.raises(InputError, match=message):
        read_slha(write(spectrum_text(examples[name], **change)), {})


def test_a_sneutrino_that_is_too_light_for_its_d_term(examples, write):
    """Below tan(beta) = 1 the D-term raises its mass."""
    changes = {"HMIX 2": 0.5, "MINPAR 3": 0.5, "MASS 1000014": 20.0, "MASS 1000037": 900.0}
    path = write(spectrum_text(examples["slha"], **changes))
    with pytest.raises(InputError, match="no mL gives the sneutrino its mass, 20 GeV"):
        read_slha(path, {})


def test_numbers_that_a_level_does_not_use_are_left_out(examples, write):
    path = write(spectrum_text(examples["gm2"]))
    assert {"heavy", "delta_b", "scale"} <= set(read_slha(path, {"two_loop": "full"}).options)
    assert {"heavy", "delta_b", "scale"} & set(read_slha(path, {"two_loop": "photonic"}).options) == {"scale"}


@pytest.mark.parametrize("digits", [400, 5000])
def test_integers_beyond_all_numbers_are_refused(digits, write):
    """As a value they are infinite, as an index they belong to no entry."""
    huge = "9" * digits
    with pytest.raises(InputError, match=r"block HMIX, entry 2 .* = inf is not a number"):
        read_slha(write(SPECTRUM.replace("7.00000000E+01", huge)), {})
    assert read_slha(write(SPECTRUM + f"Block X\n  {huge}  1\n"), {}) == read_slha(write(SPECTRUM), {})

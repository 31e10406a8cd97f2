"""Input files of GM2Calc (1510.08071), in its own format or as spectrum files: the point and the choices of GM2Calc.

What GM2Calc computes is `Mssm` with couplings from alpha(m_Z), Delta_l for v -> 0, the
full one loop and the complete two loops; `read_gm2calc` returns those options with the numbers of the file.
"""

from collections.abc import Mapping
from typing import Any

from g2fit.core.errors import InputError
from g2fit.models.constants import Constants, get_constants
from g2fit.models.mssm.pole_masses import PoleMasses, on_shell_electroweakinos, on_shell_lepton
from g2fit.models.mssm.slha_entries import Blocks, Places, numbers
from g2fit.models.mssm.spectrum import Electroweakinos, Lepton, couplings_of_scheme
from g2fit.models.mssm.threshold_corrections import delta_decoupled
from g2fit.models.mssm.two_loop.third_generation import bottom_mass_drbar, delta_bottom

__all__ = ["is_gm2calc", "read_gm2calc"]

#: Blocks of the choices and, in GM2Calc's own format, of the parameters.
CONFIG, INPUT = "GM2CALCCONFIG", "GM2CALCINPUT"
#: Options of `Mssm` that compute what GM2Calc does.
OPTIONS = {"delta": "decoupled", "amu": "full", "couplings": "on_shell", "trilinear": True, "vacuum": "off"}

#: Name to block and entry of the constants of the Standard Model; `m_b` is m_b(m_b).
STANDARD_MODEL = {
    "alpha_s": ("SMINPUTS", 3),
    "m_Z": ("SMINPUTS", 4),
    "m_b": ("SMINPUTS", 5),
    "m_t": ("SMINPUTS", 6),
    "m_tau": ("SMINPUTS", 7),
    "m_mu": ("SMINPUTS", 13),
}
#: The same, for what has a default in `Constants`.
WITH_DEFAULT = {
    "m_e": ("SMINPUTS", 11),
    "alpha_mZ": (INPUT, 1),
    "alpha_0": (INPUT, 2),
}
#: Ranges that constants of the Standard Model must lie in; the formulas of the bottom mass hold only there.
RANGES = {
    "alpha_s": (0.08, 0.16),
    "m_Z": (80.0, 100.0),
    "m_W": (70.0, 90.0),
    "m_b": (2.0, 8.0),
    "m_t": (100.0, 300.0),
    "m_tau": (1.0, 3.0),
    "m_mu": (0.05, 0.2),
    "m_e": (1e-4, 1e-3),
    "alpha_mZ": (0.005, 0.01),
    "alpha_0": (0.005, 0.01),
}
#: Largest mass or other number, in GeV.
LARGEST = 1e15
_FIELDS = [(field, i) for field in "LEQUD" for i in (1, 2, 3)]
#: Soft parameters of GM2Calc's own format.
OWN_FORMAT = {
    "Q": (INPUT, 0),
    **{name: (INPUT, 3 + k) for k, name in enumerate(("tan_beta", "mu", "M1", "M2", "M3", "m_A"))},
    **{f"m_{field}{i}": (INPUT, 9 + k) for k, (field, i) in enumerate(_FIELDS)},
}
#: Its trilinear couplings, which are zero if they are missing.
OWN_TRILINEAR = {name: (INPUT, k) for k, name in ((24, "A_e"), (25, "A_mu"), (26, "A_tau"), (29, "A_b"), (32, "A_t"))}
#: Soft parameters of a spectrum file.
SPECTRUM = {
    "mu": ("HMIX", 1),
    "tan_beta": ("HMIX", 2),
    **{name: ("MSOFT", k) for k, name in enumerate(("M1", "M2", "M3"), 1)},
    **{
        f"m_{field}{i}": ("MSOFT", k + i - 1)
        for field, k in zip("LEQUD", (31, 34, 41, 44, 47), strict=True)
        for i in (1, 2, 3)
    },
    "m_A": ("MASS", 36),
}
SPECTRUM_TRILINEAR = {
    "A_e": ("AE", (1, 1)),
    "A_mu": ("AE", (2, 2)),
    "A_tau": ("AE", (3, 3)),
    "A_b": ("AD", (3, 3)),
    "A_t": ("AU", (3, 3)),
}
#: Pole masses of a spectrum file.
POLES = {
    **{f"chi{k}": ("MASS", code) for k, code in enumerate((1000022, 1000023, 1000025, 1000035))},
    **{f"cha{k}": ("MASS", code) for k, code in enumerate((1000024, 1000037))},
    "sneutrino": ("MASS", 1000014),
    "smuon0": ("MASS", 1000013),
    "smuon1": ("MASS", 2000013),
}


def is_gm2calc(blocks: Blocks) -> bool:
    """Whether the blocks are an input of GM2Calc: they have GM2CalcConfig, or no parameters but those of GM2CalcInput.

    >>> is_gm2calc({"GM2CALCINPUT": {3: 10.0}}), is_gm2calc({"GM2CALCINPUT": {3: 10.0}, "MSOFT": {1: 200.0}})
    (True, False)
    """
    return CONFIG in blocks or (3 in blocks.get(INPUT, {}) and not {"MSOFT", "HMIX", "EXTPAR"} & set(blocks))


def read_gm2calc(
    path: Any, blocks: Blocks, scales: Mapping[str, float | None]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Parameters and options of `Mssm` for an input file of GM2Calc.

    Parameters
    ----------
    path : path
        The file, for messages.
    blocks : mapping
        Its blocks by name in upper case, each a mapping of entries to values.
    scales : mapping
        The scale Q of each block, GeV, or None.

    Raises
    ------
    InputError
        For missing or unusable entries, for choices of the file that are not offered, and for pole masses that no
        parameters give.
    """
    loops, resummed = (blocks.get(CONFIG, {}).get(key, default) for key, default in ((1, 2), (2, 1)))
    if loops not in (1, 2) or resummed != 1:
        raise InputError(
            f"{path}: block GM2CalcConfig: loop order (entry 1) = {loops!r}, tan(beta) resummation (entry 2) = "
            f"{resummed!r}; allowed: 1 or 2, and 1"
        )
    own = 3 in blocks.get(INPUT, {}) and "MSOFT" not in blocks
    places = STANDARD_MODEL | (OWN_FORMAT if own else SPECTRUM | POLES)
    values = numbers(path, blocks, places)
    values |= numbers(path, blocks, OWN_TRILINEAR if own else SPECTRUM_TRILINEAR, dict.fromkeys(OWN_TRILINEAR, 0.0))
    default = get_constants("paper_2019")
    values |= numbers(path, blocks, WITH_DEFAULT, {name: getattr(default, name) for name in WITH_DEFAULT})
    w_place = ("MASS", 24) if not own and 24 in blocks.get("MASS", {}) else ("SMINPUTS", 9)
    values |= numbers(path, blocks, {"m_W": w_place})
    if not own:
        scale = scales.get("HMIX")
        if scale is None:
            raise InputError(f"{path}: block HMIX has no scale Q=")
        values["Q"] = float(scale)
    _require_ranges(path, values, {**places, **WITH_DEFAULT, "m_W": w_place})
    return _model_of(path, values, not own, "full" if loops == 2 else "none")


def _require_ranges(path: Any, values: Mapping[str, float], places: Places) -> None:
    """Raise an `InputError` for the first number that is out of its range, with its block and entry if it has one."""
    for name, value in values.items():
        low, high = RANGES.get(name, (-LARGEST, LARGEST))
        if not low <= value <= high:
            place = f"block {places[name][0]}, entry {places[name][1]} ({name})" if name in places else name
            raise InputError(f"{path}: {place} = {value:g} must be between {low:g} and {high:g}")


def _model_of(path: Any, v: dict[str, float], poles: bool, level: str) -> tuple[dict[str, float], dict[str, Any]]:
    """Parameters and options from the numbers of the file; with `poles` converted to the on-shell scheme."""
    m_b = bottom_mass_drbar(v["m_b"], v["alpha_s"], v["m_Z"])
    names = ("m_e", "m_mu", "m_tau", "m_t", "m_W", "m_Z", "alpha_0", "alpha_mZ", "alpha_s")
    changes = {name: v[name] for name in names} | {"m_b_mZ": m_b}
    constants: Constants = get_constants("paper_2019", **changes)
    couplings, bosons = couplings_of_scheme("on_shell", constants), (v["m_W"], v["m_Z"])
    point = Electroweakinos(v["M1"], v["M2"], v["mu"], v["tan_beta"])
    muon = Lepton(v["m_mu"], v["m_L2"], v["m_E2"], v["A_mu"])
    if poles:
        found = PoleMasses(
            charginos=_sorted(v["cha0"], v["cha1"]),
            neutralinos=_sorted(*(v[f"chi{k}"] for k in range(4))),
            sneutrino=v["sneutrino"],
            sleptons=_sorted(v["smuon0"], v["smuon1"]),
        )
        try:
            point = on_shell_electroweakinos(found, point, couplings)
            muon = on_shell_lepton(found, muon, point, couplings, bosons)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    tau = Lepton(v["m_tau"], v["m_L3"], v["m_E3"], 0.0)
    parameters = {
        **point._asdict(),
        "mL_e": v["m_L1"],
        "mR_e": v["m_E1"],
        "mL_mu": muon.mL,
        "mR_mu": muon.mR,
        "A_e": v["A_e"],
        "A_mu": v["A_mu"],
    }
    heavy = {f"m_{field}{i}": v[f"m_{field}{i}"] for field in "QUD" for i in (1, 2, 3)}
    heavy |= {name: v[name] for name in ("m_L3", "m_E3", "m_A", "A_t", "A_b", "A_tau")}
    options = OPTIONS | {
        "two_loop": level,
        "constants": {"preset": "paper_2019", **changes},
        "heavy": heavy,
        "delta_b": delta_bottom((v["m_Q3"], v["m_D3"]), v["M3"], v["alpha_s"], point, couplings),
        "delta_tau": delta_decoupled(tau, point, couplings, *bosons),
        "scale": v["Q"],
    }
    return parameters, options


def _sorted(*masses: float) -> Any:
    return tuple(sorted(abs(mass) for mass in masses))

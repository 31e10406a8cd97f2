"""Points of an MSSM run as files of the SUSY Les Houches Accord (hep-ph/0311123, 0801.0045) and of GM2Calc."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from g2fit.core.errors import InputError
from g2fit.core.files import write_text
from g2fit.inference.profile.run_best_fits import best_fits_of
from g2fit.models.constants import Constants, get_constants
from g2fit.output.export.tables import draws_table
from g2fit.results import Result

__all__ = ["remove_former", "slha_text", "write_slha"]

#: Soft parameters that a file needs.
SOFT = ("M1", "M2", "mu", "tan_beta", "mL_e", "mR_e", "mL_mu", "mR_mu")

#: Draws that are written beside the best fit.
DRAWS = 10

#: How a file begins that this program wrote.
PROGRAM = "# g2fit "

#: Mass of gluino, squarks, staus and heavy Higgs bosons, which the model leaves out, in GeV.
HEAVY = 1e5

# Inputs of spectrum generators on which nothing here depends (PDG).
#: Fermi constant, in GeV^-2.
G_F = 1.1663788e-5
#: Running mass of the bottom quark m_b(m_b), in GeV.
M_B = 4.183
#: Pole mass of the top quark, in GeV.
M_T = 172.56

#: Predictions in the block G2FIT.
PREDICTIONS = (
    *(f"{name}_{lepton}" for name in ("delta_a", "Delta", "y") for lepton in ("e", "mu")),
    *(f"m_{slepton}_{i}" for slepton in ("sel", "smu") for i in (1, 2)),
)

Entry = tuple[str, float, str]


def write_slha(
    result: Result, folder: Path, draws: int | None = None, rows: Sequence[int] | None = None, heavy: float = HEAVY
) -> list[Path]:
    """Write the best fit and some draws, each as a file of its own.

    The files are ``best-fit.slha`` and ``draw-000123.slha``, with the row of the draw in the table of draws. The draws
    (`draws` of them) are chosen at random by the run's seed; `rows` are written instead, without the best fit, if they
    are given. What the model leaves out has the mass `heavy` in GeV, which must be large: mu tan(beta) mixes staus and
    sbottoms. Models without soft masses, and impossible rows, numbers or masses are refused.
    """
    if not (math.isfinite(heavy) and heavy > 0.0):
        raise InputError(f"heavy = {heavy!r} must be a positive mass in GeV")
    table = draws_table(result)
    model_name, run = result.card.model_name, result.folder.path
    missing = [name for name in SOFT if name not in table and not (name == "mu" and "m_bar" in table)]
    if missing:
        raise InputError(f"{run}: model {model_name!r} has no {', '.join(missing)}; SLHA files need them")
    points: dict[str, Mapping[str, float]] = {}
    if rows is None:
        number = DRAWS if draws is None else draws
        if not 0 <= number <= len(table):
            raise InputError(f"draws = {number} must be between 0 and {len(table)}")
        rng = np.random.default_rng(result.card.sampler.seed)
        rows = sorted(map(int, rng.choice(len(table), size=number, replace=False)))
        points["best-fit"] = _best_fit(result)
    elif draws is not None:
        raise InputError("give either draws (how many) or rows (which), not both")
    for row in rows:
        if not 0 <= row < len(table):
            raise InputError(f"rows: there is no row {row}; they go from 0 to {len(table) - 1}")
        points[f"draw-{row:06d}"] = table.iloc[row].astype(float).to_dict()
    constants = getattr(result.card.model, "constants", get_constants())
    paths = []
    for name, values in points.items():
        origin = f"{name} of the run {re.sub(r'[^ -~]', '?', run.resolve().name)}, model {model_name}"
        program = f"g2fit {result.manifest['versions'].get('g2fit', '')}: {origin}"
        remarks = [program, f"fingerprint {result.manifest['fingerprint']}"]
        if "mu" not in values:  # in Higgs mediation mu is not a parameter: mu = -m_bar (1906.08768, sec. 3)
            values = {**values, "mu": -values["m_bar"]}
        paths.append(folder / f"{name}.slha")
        write_text(paths[-1], slha_text(values, constants, remarks, heavy))
    return paths


def remove_former(folder: Path, paths: Sequence[Path]) -> None:
    """Remove draws that an earlier export has left in a folder, where `paths` have been written now."""
    for path in folder.glob("draw-*.slha"):
        if path not in paths and re.fullmatch(r"draw-\d{6,}\.slha", path.name) and _is_own(path):
            path.unlink(missing_ok=True)


def _is_own(path: Path) -> bool:
    """Whether this program wrote a spectrum file."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(PROGRAM)) == PROGRAM.encode()


def _best_fit(result: Result) -> dict[str, float]:
    """All parameters, fixed ones included, and predictions of the best fit."""
    best = best_fits_of(result)[0]
    posterior = result.posterior
    inputs, _ = posterior.solutions(np.array([[best.parameters[name] for name in posterior.names]]))
    names = [p.name for p in posterior.model.parameters]
    return best.predictions | dict(zip(names, map(float, inputs[0]), strict=True))


def slha_text(
    values: Mapping[str, float], constants: Constants, remarks: Sequence[str] = (), heavy: float = HEAVY
) -> str:
    r"""Format one point.

    The blocks MODSEL, SMINPUTS, MINPAR and EXTPAR are the input of spectrum generators; HMIX, MSOFT and AE hold the
    same parameters as programs that read spectra expect them; GM2CalcInput is that of GM2Calc's option
    ``--gm2calc-input-file``. Parameters stand as the model has them, at the scale sqrt(mL_mu mR_mu). What the model
    leaves out is heavy. The block G2FIT lists predictions.

    The `values` are the soft parameters of `SOFT`, and perhaps A_e, A_mu and predictions, in GeV; `remarks` are
    comments at the top.

    Examples
    --------
    >>> point = dict(M1=1500, M2=600, mu=-5e5, tan_beta=70, mL_e=6e3, mR_e=6e3, mL_mu=700, mR_mu=700)
    >>> lines = slha_text(point, Constants()).splitlines()
    >>> lines[lines.index("BLOCK HMIX Q= 7.0000000000000000E+02  # Higgsino mass and Higgs fields") + 1]
    '    1 -5.0000000000000000E+05  # mu'
    """
    scale = math.sqrt(values["mL_mu"] * values["mR_mu"])
    mu, tan_beta = ("23", values["mu"], "mu"), ("3", values["tan_beta"], "tan(beta)")
    gauginos = [("1", values["M1"], "M1"), ("2", values["M2"], "M2"), ("3", heavy, "M3")]
    sfermions = _sfermions(values, heavy)
    third = [(str(11 + i), 0.0, f"A_{name}") for i, name in enumerate(("t", "b", "tau"))]
    input_ = [("0", scale, "input scale"), *gauginos, *third, mu, ("26", heavy, "m_A, pole"), *sfermions]
    higgs = [("1", *mu[1:]), ("2", *tan_beta[1:]), ("4", heavy**2, "m_A^2")]
    trilinear = [values.get("A_e", 0.0), values.get("A_mu", 0.0), 0.0]
    sleptons = [(f"{i}  {i}", trilinear[i - 1], f"A_{name}") for i, name in enumerate(("e", "mu", "tau"), 1)]
    predictions = [name for name in PREDICTIONS if name in values]
    at_scale = f"Q= {scale:.16E}"
    blocks: list[tuple[str, str, Iterable[Entry]]] = [
        ("MODSEL", "model", [("1", 0, "general MSSM")]),
        ("SMINPUTS", "Standard Model inputs", _standard_model(constants)),
        ("MINPAR", "tan(beta)", [tan_beta]),
        ("EXTPAR", "soft parameters as input of spectrum generators", input_),
        (f"HMIX {at_scale}", "Higgsino mass and Higgs fields", higgs),
        (f"MSOFT {at_scale}", "soft masses", [*gauginos, *sfermions]),
        (f"AE {at_scale}", "trilinear couplings of sleptons", sleptons),
        (f"AU {at_scale}", "trilinear couplings of squarks", [("3  3", 0.0, "A_t")]),
        (f"AD {at_scale}", "trilinear couplings of squarks", [("3  3", 0.0, "A_b")]),
        ("GM2CalcInput", "input of GM2Calc", _gm2calc(values, constants, scale, heavy)),
        ("G2FIT", "predictions", [(str(i), values[name], name) for i, name in enumerate(predictions, 1)]),
    ]
    lines = [f"# {remark}" for remark in remarks]
    for name, what, entries in blocks:
        lines.append(f"BLOCK {name}  # {what}")
        for index, value, remark in entries:
            number = f"{value:d}" if isinstance(value, int) and name == "MODSEL" else f"{value: .16E}"
            lines.append(f"{index:>5} {number}  # {remark}")
    return "\n".join(lines) + "\n"


def _sfermions(values: Mapping[str, float], heavy: float) -> list[Entry]:
    """Soft masses with the numbers that EXTPAR and MSOFT share."""
    sleptons = [f"m{side}_{lepton}" for side in "LR" for lepton in ("e", "mu", "tau")]
    squarks = ("mqL1", "mqL2", "mqL3", "muR", "mcR", "mtR", "mdR", "msR", "mbR")
    entries = [(str(i), heavy if name.endswith("tau") else values[name], name) for i, name in enumerate(sleptons, 31)]
    return entries + [(str(i), heavy, name) for i, name in enumerate(squarks, 41)]


def _standard_model(constants: Constants) -> list[Entry]:
    return [
        ("1", 1.0 / constants.alpha_mZ_msbar, "1/alpha(m_Z), MSbar"),
        ("2", G_F, "G_F"),
        ("3", constants.alpha_s, "alpha_s(m_Z), MSbar"),
        ("4", constants.m_Z, "m_Z, pole"),
        ("5", M_B, "m_b(m_b), MSbar"),
        ("6", M_T, "m_t, pole"),
        ("7", constants.m_tau, "m_tau, pole"),
        ("9", constants.m_W, "m_W, pole"),
        ("11", constants.m_e, "m_e, pole"),
        ("13", constants.m_mu, "m_mu, pole"),
    ]


def _gm2calc(values: Mapping[str, float], constants: Constants, scale: float, heavy: float) -> list[Entry]:
    """Entries of GM2Calc's own input format, 0 to 32."""
    entries = [
        (scale, "renormalisation scale"),
        (constants.alpha_mZ, "alpha(m_Z)"),
        (constants.alpha_0, "alpha(0)"),
        (values["tan_beta"], "tan(beta)"),
        (values["mu"], "mu"),
        (values["M1"], "M1"),
        (values["M2"], "M2"),
        (heavy, "M3"),
        (heavy, "m_A, pole"),
        *((mass, name) for _, mass, name in _sfermions(values, heavy)),
        (values.get("A_e", 0.0), "A_e"),
        (values.get("A_mu", 0.0), "A_mu"),
        *((0.0, f"A_{name}") for name in ("tau", "d", "s", "b", "u", "c", "t")),
    ]
    return [(str(number), value, remark) for number, (value, remark) in enumerate(entries)]

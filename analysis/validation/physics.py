"""Predictions against references of higher precision and against GM2Calc, at the points that lie beside the tests.

    python -m analysis.validation.physics [--record FILE]

For each quantity the largest difference over all points is printed, relative to the reference value or to what the row
names. Where the reference is a sum of terms that cancel, the difference is relative to the largest term.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from benchmarks import recording
from g2fit.models import get_model
from g2fit.models.constants import get_constants
from g2fit.models.mssm import Mssm, loops
from g2fit.models.mssm.slha import read_slha
from g2fit.models.mssm.two_loop import loop_functions
from g2fit.models.vll import VectorLikeLeptons
from g2fit.models.vll.representations.model import VectorLikeRepresentations
from tests.support.mssm_points import model_at_two_loops, muon_at_one_loop, muon_of, solutions_at, spectrum_text

TESTS = Path(__file__).resolve().parents[2] / "tests/models"

#: Parts of the moment in models of vector-like leptons.
PARTS = ("da_W", "da_WW", "da_Z", "da_h")


class Row(NamedTuple):
    """Largest difference between ours and a reference.

    Attributes
    ----------
    group, quantity : str
        What was compared.
    reference : str
        What it was compared with.
    points : int
        Number of values.
    difference : float
        The largest, relative to `scale`.
    scale : str
        ``"value"``, ``"largest part"`` or ``"absolute"``.
    tolerance : float
        Largest difference that passes; that of the test beside the reference values, or tighter.
    file : str
        File of the reference values, below ``tests/models``.
    """

    group: str
    quantity: str
    reference: str
    points: int
    difference: float
    scale: str
    tolerance: float
    file: str


class Reference(NamedTuple):
    """Where reference values come from: what to call them in the table, their group and their file."""

    group: str
    name: str
    file: str

    def load(self) -> Any:
        """Content of the file."""
        return json.loads((TESTS / self.file).read_text(encoding="utf-8"))

    def row(
        self, quantity: str, tolerance: float, ours: ArrayLike, exact: ArrayLike, largest: ArrayLike | None = None
    ) -> Row:
        """Compare values; relative to `exact`, or to the `largest` part if it is given.

        >>> Reference("g", "r", "f").row("x", 0.1, [1.0, 2.2], [1.0, 2.0]).difference.__round__(3)
        0.1
        """
        a, b = np.asarray(ours, dtype=float).ravel(), np.asarray(exact, dtype=float).ravel()
        unit = np.abs(b) if largest is None else np.broadcast_to(np.abs(np.asarray(largest, dtype=float)), b.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(a == b, 0.0, np.abs(a - b) / unit)
        kind = "value" if largest is None else "absolute" if np.all(unit == 1.0) else "largest part"
        return Row(self.group, quantity, self.name, len(a), float(relative.max()), kind, tolerance, self.file)


def mssm_exactly() -> Iterator[Row]:
    """The MSSM against arithmetic of 25 to 110 digits."""
    source = Reference("MSSM", "25 to 60 digits", "mssm/reference.json")
    content = source.load()
    for name in ("I", "f_N"):
        off = [float(Fraction(float(getattr(loops, name)(*x))) / Fraction(value) - 1)
               for *x, value in content["loops"][name]]  # fmt: skip
        yield source.row(f"loop function {name}", 1e-12, off, np.zeros(len(off)), 1.0)._replace(scale="value")
    for delta in ("mia", "bino", "decoupled", "full"):
        found: dict[str, list[float]] = {key: [] for key in ("y", "Delta", "one loop", "y'", "Delta'", "one loop'")}
        for point in content["points"]:
            ours = solutions_at(point, delta=delta, amu="full", two_loop="none")
            for mine, theirs in zip(ours, point["branches"][delta], strict=True):
                found["y"].append(mine["y"])
                found["y'"].append(theirs["y"])
                found["Delta"].append(mine["Delta"])
                found["Delta'"].append(theirs["Delta"])
                if not mine["tachyon"]:
                    found["one loop"].append(mine["delta_a"])
                    found["one loop'"].append(theirs["a_full"])
        yield source.row(f"Yukawa coupling, all solutions, `delta: {delta}`", 1e-9, found["y"], found["y'"])
        yield source.row(f"threshold correction, `delta: {delta}`", 1e-10, found["Delta"], found["Delta'"])
        yield source.row(f"one-loop moment, `delta: {delta}`", 1e-9, found["one loop"], found["one loop'"])
    source = Reference("MSSM", "110 digits", "mssm/two_loop.json")
    content = source.load()
    for name, key in (("f_PS", "f_ps"), ("f_S", "f_s"), ("f_f", "f_f")):
        rows = content["functions"]
        values = [getattr(loop_functions, name)(row["z"]) for row in rows]
        yield source.row(f"Barr-Zee function {name}", 1e-13, values, [row[key] for row in rows])
    points = [(two_loops(content["sm"], point), point["exact"]) for point in content["points"]]
    for label, key, names, tolerance in (
        ("fermion/sfermion loops", "fermion_sfermion", ("a2L_FSf",), 1e-11),
        ("Barr-Zee diagrams", "barr_zee", ("a2L_aCha", "a2L_aSferm"), 1e-10),
    ):
        ours_now = [muon["parts"][key] for muon, _ in points]
        yield source.row(label, tolerance, ours_now, [sum(exact[n] for n in names) for _, exact in points])


def two_loops(sm: dict[str, float], point: dict[str, Any]) -> dict[str, Any]:
    """The muon at a point with two loops."""
    return muon_of(*model_at_two_loops(sm, point))


def vll_exactly() -> Iterator[Row]:
    """Vector-like leptons against arithmetic of 50 and 130 digits."""
    source = Reference("vector-like leptons L + N", "50 digits", "vll/reference.json")
    content = source.load()
    for lepton in ("e", "mu"):
        points = [point for point in content["points"] if point["lepton"] == lepton]
        theta = np.array([point["at"] for point in points])
        exact = dict(zip(content["quantities"], np.array([p["values"] for p in points]).T, strict=True))
        for formula, key, label in (
            ("leading_order", "eq12", "eq (12) of 2106.01373"),
            ("exact", "total", "sum over mass eigenstates"),
        ):
            model = VectorLikeLeptons(generations=[lepton], formula=formula)
            predicted = model.predict(theta)
            yield source.row(f"Δa_{lepton}, {label}", 1e-12, predicted[f"delta_a_{lepton}"], exact[key])
        for name, key in ((f"dgL_W_{lepton}", "dgL_W"), ("dgL_Z_nu", "dgL_Z_nu"), (f"dgR_Z_{lepton}", "dgR_Z")):
            yield source.row(f"coupling {name}", 1e-12, predicted[name], exact[key])
    source = Reference("vector-like leptons L + N", "high precision", "vll/oblique.json")
    points = source.load()["points"]
    theta = np.array([[point[name] for name in ("m_L", "m_S", "Y_L", "Y_R", "Y_V", "Y_Vp")] for point in points])
    predicted = VectorLikeLeptons(formula="exact").predict(theta)
    for name in ("S", "T", "U"):
        exact_values = [float(point[name]) for point in points]
        yield source.row(f"oblique parameter {name}", 1e-12, predicted[f"{name}_oblique"], exact_values, 1.0)
    yield from representations()
    yield from flavours()


def representations() -> Iterator[Row]:
    """Twelve choices of representations, for the muon and the tau."""
    source = Reference("other representations", "130 digits", "vll/representations/reference.json")
    content = source.load()
    collected: dict[str, tuple[list[float], list[float], list[float]]] = {}
    for names in sorted({tuple(point["representations"]) for point in content["points"]}):
        for lepton in ("mu", "tau"):
            points = [p for p in content["points"] if tuple(p["representations"]) == names and p["lepton"] == lepton]
            constants = {"m_tau": 1.77686, "s2_eff": get_constants("paper_2021").s2_on_shell}
            model = VectorLikeRepresentations(
                representations=names, generations=[lepton], self_energies=True, constants=constants
            )
            exact = dict(zip(content["quantities"], np.array([p["values"] for p in points]).T, strict=True))
            predicted = model.predict(np.array([p["at"] for p in points]))
            ours = {name.removesuffix(f"_{lepton}"): value for name, value in predicted.items()}
            largest = np.max([abs(exact[part]) for part in PARTS], axis=0)
            hierarchic = np.array([p["kind"] == "hierarchy" for p in points])
            for name in ("delta_a", "dgL_W", "dgL_Z", "dgR_Z", "kappa", "kappa_gamma"):
                split = {"": ~hierarchic, ", hierarchic masses": hierarchic}
                for label, chosen in split.items() if name == "delta_a" else [("", slice(None))]:
                    a, b, unit = collected.setdefault(name + label, ([], [], []))
                    a.extend(ours[name][chosen])
                    b.extend(exact[name][chosen])
                    unit.extend(largest[chosen] if name == "delta_a" else abs(exact[name][chosen]))
    tolerances = {"delta_a": 1e-11, "delta_a, hierarchic masses": 1e-8, "kappa_gamma": 1e-10}
    for name, (a, b, unit) in collected.items():
        relative_to = unit if name.startswith("delta_a") else None
        yield source.row(name.replace("delta_a", "Δa"), tolerances.get(name, 1e-12), a, b, relative_to)


def flavours() -> Iterator[Row]:
    """Leptons that share partners: moments, and the rates of radiative decays."""
    source = Reference("leptons that share partners", "130 digits", "vll/flavour/reference.json")
    moments, exact = [], []
    for point in source.load()["mixing"]:
        names, leptons = point["representations"], point["leptons"]
        constants = {"m_tau": 1.77686}
        model = get_model("vll", representations=names, flavour_mixing=True, generations=leptons, constants=constants)
        couplings = [*point["lambda_D"], *point["lambda_X"]]
        couplings += [point["lambda"], point["lambda_bar"]] if len(names) == 2 else []
        values = model.predict([[*point["masses"], *couplings]])
        moments += [float(values[f"delta_a_{lepton}"][0]) for lepton in leptons]
        exact += point["delta_a"]
    yield source.row("Δa of both leptons", 1e-8, moments, exact)


def gm2calc() -> Iterator[Row]:
    """The MSSM against the numbers that GM2Calc printed."""
    name = "GM2Calc 2.3.1"
    source = Reference("GM2Calc", name, "mssm/gm2calc.json")
    ours, theirs = [], []
    for point in source.load()["points"]:
        if not point["gm2calc"]["tachyon"]:
            ours.append(muon_at_one_loop(point)[1])
            theirs.append(point["gm2calc"])
    yield source.row("one-loop moment", 2e-7, [b["delta_a"] for b in ours], [t["amu_1l"] for t in theirs])
    yield source.row("threshold correction Δ", 1e-10, [b["Delta"] for b in ours], [t["delta_mu"] for t in theirs])
    masses = [[b["m_1"], b["m_2"]] for b in ours]
    yield source.row("slepton masses", 1e-9, masses, [t["m_slepton"] for t in theirs])
    source = Reference("GM2Calc", name, "mssm/two_loop.json")
    content = source.load()
    points = [(two_loops(content["sm"], point), point["gm2calc"]) for point in content["points"]]
    for label, key, parts, tolerance in (
        ("fermion/sfermion loops", "fermion_sfermion", ("a2L_FSf",), 1e-9),
        ("photonic two loops", "photonic", ("a2L_phot_chi0", "a2L_phot_chipm"), 1e-6),
        ("Barr-Zee diagrams", "barr_zee", ("a2L_aCha", "a2L_aSferm"), 1e-6),
    ):
        values = [muon["parts"][key] for muon, _ in points]
        exact = [math.fsum(t[part] for part in parts) for _, t in points]
        sizes = [sum(abs(t[part]) for part in parts) for _, t in points] if len(parts) > 1 else None
        yield source.row(label, tolerance, values, exact, sizes)
    yield source.row("one and two loops", 1e-6, [m["delta_a"] for m, _ in points], [t["total"] for _, t in points])
    errors = [muon["parts"]["error_gm2calc"] for muon, _ in points]
    yield source.row("its estimate of the uncertainty", 1e-8, errors, [t["unc_2L"] for _, t in points])


def example_files() -> Iterator[dict[str, Any]]:
    """Moments from GM2Calc's own example files and variants of them, ours and theirs."""
    examples = json.loads((TESTS / "mssm/gm2calc_examples.json").read_text(encoding="utf-8"))
    variants = json.loads((TESTS / "mssm/gm2calc_photonic.json").read_text(encoding="utf-8"))["points"]
    for name in ("gm2", "slha"):
        ours = moment_of_file(spectrum_text(examples[name]), {})
        yield {"file": f"example.{name}", "level": "two loops", "ours": ours, "gm2calc": examples[name]["a_mu"]}
    for variant in variants:
        text = spectrum_text(examples[variant["example"]], **variant["changes"])
        theirs = variant["one_loop"] + variant["photonic"]
        ours = moment_of_file(text, {"two_loop": "photonic"})
        file = f"example.{variant['example']}" + (
            "" if not variant["changes"] else f", {variant['name'].partition(', ')[2]}"
        )
        yield {"file": file, "level": "one loop, photonic", "ours": ours, "gm2calc": theirs}


def moment_of_file(text: str, options: dict[str, Any]) -> float:
    """Moment of the muon from the text of a spectrum file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "point.slha"
        path.write_text(text, encoding="utf-8")
        values, found, _ = read_slha(path, options)
    return float(Mssm(**found).predict(list(values.values()))["delta_a_mu"][0])


def line(row: Row) -> str:
    """A row as a line of text."""
    good = "" if row.difference <= row.tolerance else "   OFF"
    return f"{row.group:28s} {row.quantity:48s} {row.points:5d} {row.difference:9.1e} of the {row.scale}{good}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all rows; the exit code is 1 if a difference exceeds its tolerance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    recording.add_option(parser)
    options = parser.parse_args(arguments)
    begun, rows = time.monotonic(), []
    for compare in (mssm_exactly, vll_exactly, gm2calc):
        for row in compare():
            rows.append(row)
            print(line(row), flush=True)
    files = list(example_files())
    for file in files:
        print(f"{file['file']:28s} {file['level']:20s} {file['ours']:.9e} {file['gm2calc']:.9e}")
    passed = all(row.difference <= row.tolerance for row in rows)
    passed &= all(abs(file["ours"] / file["gm2calc"] - 1.0) < 1e-8 for file in files)
    found = {"passed": passed, "seconds": time.monotonic() - begun, "rows": [r._asdict() for r in rows], "files": files}
    recording.write(options.record, found)
    raise SystemExit(0 if passed else 1)


if __name__ == "__main__":
    main()

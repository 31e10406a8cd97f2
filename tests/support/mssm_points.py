"""Models of the MSSM at the reference points that lie beside its tests, with the choices of GM2Calc."""

from __future__ import annotations

from typing import Any

from g2fit.models.mssm import Mssm


def muon_at_one_loop(point: dict[str, Any]) -> tuple[Mssm, dict[str, Any]]:
    """Model and muon at a point of ``gm2calc.json``; the lepton of the point is in the slot of the muon."""
    theta = point["theta"]
    model = Mssm(
        delta="decoupled",
        amu="full",
        two_loop="none",
        couplings="on_shell",
        trilinear=True,
        vacuum="off",
        constants={"preset": "paper_2019", **point["constants"], "m_mu": point["m"]},
    )
    row = [theta[name] for name in ("M1", "M2", "mu", "tan_beta", "mL", "mR", "mL", "mR", "A", "A")]
    return model, muon_of(model, row)


def model_at_two_loops(sm: dict[str, float], point: dict[str, Any], **options: Any) -> tuple[Mssm, list[float]]:
    """Model and parameters at a point of ``two_loop.json``, whose Standard Model is `sm`."""
    inputs, theirs = point["inputs"], point["gm2calc"]
    constants = {
        "preset": "paper_2019",
        "m_mu": inputs["m_l"],
        "m_tau": sm["m_tau"],
        "m_t": sm["mt"],
        "m_b_mZ": theirs["mb_DRbar_MZ"],
        "m_W": sm["m_W"],
        "m_Z": sm["m_Z"],
        "alpha_0": sm["alpha_0"],
        "alpha_mZ": sm["alpha_MZ"],
    }
    heavy = {f"m_{field}{i}": inputs[f"m{field}{i}"] for field in "QUD" for i in (1, 2, 3)}
    heavy |= {"m_L3": inputs["mL3"], "m_E3": inputs["mE3"]} | {k: inputs[k] for k in ("m_A", "A_t", "A_b", "A_tau")}
    chosen = {
        "two_loop": "full",
        "heavy": heavy,
        "delta_b": theirs["Delta_b"],
        "delta_tau": theirs["Delta_tau"],
        "scale": inputs["Q"],
    }
    model = Mssm(
        delta="decoupled",
        amu="full",
        couplings="on_shell",
        trilinear=True,
        vacuum="off",
        constants=constants,
        **(chosen | options),
    )
    masses = [inputs[name] for name in ("mL1", "mE1", "mL2", "mE2")]
    return model, [inputs[k] for k in ("M1", "M2", "mu", "tan_beta")] + masses + [0.0, inputs["A_l"]]


def muon_of(model: Mssm, theta: list[float]) -> dict[str, Any]:
    """First solution of the muon."""
    return next(branch for branch in model.branches(theta) if branch["lepton"] == "mu")


def solutions_at(point: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """Solutions of the lepton of a point of ``reference.json``, with the levels of the options."""
    model = Mssm(constants={"preset": "paper_2019", **point["constants"]}, vacuum="off", **options)
    theta = point["theta"]
    masses = [theta["mL"], theta["mR"]]
    row = [theta[name] for name in ("M1", "M2", "mu", "tan_beta")] + 2 * masses
    found = [branch for branch in model.branches(row) if branch["lepton"] == point["lepton"]]
    return [] if "y" not in found[0] else found


def spectrum_text(example: dict[str, Any], **changes: str | None) -> str:
    """Input file of ``gm2calc_examples.json``; `changes` are new values by "BLOCK entry", or None to leave it out."""
    lines = []
    for block in example["blocks"]:
        lines.append(f"Block {block['block']}" + (f" Q= {block['Q']}" if block["Q"] else ""))
        for *entry, value in block["entries"]:
            new = changes.get(f"{block['block']} {' '.join(entry)}", value)
            lines += [] if new is None else [f"  {'  '.join(entry)}  {new}"]
    return "\n".join(lines) + "\n"

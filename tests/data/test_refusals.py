"""What must not enter one fit: `g2fit check` refuses it with one line that names what is wrong."""

from __future__ import annotations

import sys

import pytest

from g2fit.cli.main import main

OWN = "extra_measurements: {mine: {observable: %s, value: %s, error: %s, reference: me}}"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        # two values of delta_a_e
        ("vintage: latest_2026_11, delta_a_e: [cs, rb]", ["dae_2024_cs", "dae_2024_rb", "name exactly one"]),
        ("vintage: latest_2026_11, delta_a_e: cs, include: dae_2024_rb", ["dae_2024_cs", "dae_2024_rb"]),
        # the PDG's W average, or W mass, beside the electroweak fit that contains its data
        (
            "vintage: paper_2021, include: RW_mue_pdg2026",
            ["RW_mue_pdg2026", "dgL_W_mu_bfg2021", "cannot enter one fit"],
        ),
        ("vintage: paper_2021, include: MW_pdg2026", ["MW_pdg2026", "dgL_W_mu_bfg2021"]),
        # three ratios of which two are independent
        (
            "vintage: latest_2026_11, delta_a_e: cs, include: gtauge_tau_2026",
            ["gtaugmu_tau_2026", "gmuge_tau_2026", "gtauge_tau_2026", "only 2"],
        ),
        # unknown entries
        ("vintage: paper_2021, include: dae_2020_rbb", ["did you mean 'dae_2020_rb'"]),
        ("vintage: paper_2021, include: tau_lfu_2026", ["block", "gmuge_tau_2026"]),
        ("vintage: paper_2021, replace: {R_tau: Rtau_mue_belle2_2024}", ["is an observable", "Rtau_mue_seed"]),
        # a limit as a Gaussian
        ("vintage: paper_2021, replace: {Rtau_mue_seed: mL_seed2021}", ["mL_seed2021 is a limit"]),
        (f"vintage: paper_2021, {OWN % ('m_L', 650, 10)}", ["m_L", "a limit is a cut or a smooth step"]),
        # no numbers
        (f"vintage: paper_2021, {OWN % ('R_tau', '.nan', 1)}", ["extra_measurements.mine.value", "finite"]),
        (f"vintage: paper_2021, {OWN % ('R_tau', 1, 0)}", ["mine", "must be a positive number"]),
        ("vintage: paper_2021, error_scale: {R_tau: 0}", ["data.error_scale.R_tau", "greater than 0"]),
        # a soft edge of a prior
        ("vintage: paper_2021, limits: {kind: smooth, role: prior}", ["mL_seed2021", "role: likelihood"]),
        # nothing is chosen by default
        ("vintage: latest_2026_11", ["dae_2024_rb", "dae_2024_cs", "dae_2024_avg_S", "exclude"]),
        ("gf_shift: true", ["data.vintage is missing"]),
    ],
)
def test_check_refuses(root, tmp_path, monkeypatch, capsys, data, words):
    card = tmp_path / "card.yaml"
    card.write_text(f"model: {{name: vll}}\ndata: {{{data}}}\npriors: {root}/priors/vll-log.yaml\n")
    monkeypatch.setattr(sys, "argv", ["g2fit", "check", str(card)])
    with pytest.raises(SystemExit) as leaving:
        main()
    printed = capsys.readouterr()
    assert leaving.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith(f"g2fit: {card}")
    assert printed.err.count("\n") == 1
    for word in words:
        assert word in printed.err

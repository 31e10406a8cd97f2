"""Names of former versions: cards with them run with one note, and the runs of former versions go on."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from g2fit import Card, get_model, run
from g2fit.core.aliases import (
    DATA,
    ESTIMATORS,
    MODEL_NAMES,
    MODEL_OPTIONS,
    current_card,
    current_identity,
    former_card,
)
from g2fit.core.errors import DataError, ModelError, NotConvergedError, StoreError
from g2fit.data import BLOCKS, VARIANTS, DataSection, load, resolve
from g2fit.results import Result
from g2fit.sampling.run_folder import RunFolder
from tests.support.runs import as_by_a_former_version

#: Card, manifest and status of a run of version 0.1.0 before names were changed.
OLD_RUN = Path(__file__).parent.parent / "data" / "old_run"

CARD = """
model: {name: vll, formula: FORMULA}
data: {vintage: VINTAGE, gf_shift: false}
priors: PRIORS
sampler: {ensembles: 4, walkers: 32, proposal: local, seed: 7, stop: {ess: 1.0e+9, rhat: 1.01}, max_steps: STEPS}
output: out
"""


def write_card(folder: Path, root: Path, steps: int, *, old: bool) -> Path:
    text = CARD.replace("PRIORS", str(root / "priors/vll-log.yaml")).replace("STEPS", str(steps))
    text = text.replace("FORMULA", "seed" if old else "leading_order")
    text = text.replace("VINTAGE", "seed_2021" if old else "paper_2021")
    folder.mkdir(exist_ok=True)
    (folder / "card.yaml").write_text(text)
    return folder / "card.yaml"


def run_unconverged(card: Path) -> Path:
    with pytest.raises(NotConvergedError):
        run(card, workers=1)
    return card.parent / "out"


def assert_same_chains(one: Path, other: Path) -> None:
    for index in range(4):
        with h5py.File(one / f"ensemble-{index}.h5") as first, h5py.File(other / f"ensemble-{index}.h5") as second:
            for name in ("chain", "log_prob"):
                np.testing.assert_array_equal(first["mcmc"][name][...], second["mcmc"][name][...])


def test_every_present_name_exists() -> None:
    allowed = {"vintage": load().vintages, "electroweak": VARIANTS, "ew_block": BLOCKS}
    for key, table in DATA.items():
        assert set(table.values()) <= set(allowed[key])
        assert not set(table) & set(allowed[key])
    for model, options in MODEL_OPTIONS.items():
        for option, table in options.items():
            for former, present in table.items():
                assert get_model(model, **{option: former}).options == get_model(model, **{option: present}).options
    assert set(ESTIMATORS.values()) == {"prior", "bridge", "nested"}


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_a_former_name_of_an_option(model: str) -> None:
    """The option is found under its present name, and cards have the hash that they had."""
    assert get_model(model, qed="none").options == get_model(model, two_loop="none").options
    raw = {"model": {"name": model, "qed": "none"}}
    notes: list[str] = []
    current = current_card(raw, notes)
    assert current["model"] == {"name": model, "two_loop": "none"}
    assert notes == ["qed is now two_loop"]
    assert former_card(current) == raw
    assert current_identity({"model.name": model, "model.qed": "none"}) == {
        "model.name": model,
        "model.two_loop": "none",
    }
    with pytest.raises(ModelError, match="unknown option 'qed'"):
        get_model(model, qed="none", two_loop="none")


def test_former_names_mean_the_present_ones() -> None:
    former = DataSection(vintage="seed_joint", electroweak="seed_cuts")
    assert former == DataSection(vintage="paper_joint", electroweak="paper_cuts")
    assert resolve(former).vintage == "paper_joint"
    with pytest.raises(DataError, match="unknown vintage 'seed_2012'"):
        resolve(DataSection(vintage="seed_2012"))


def test_notes_name_what_has_changed() -> None:
    notes: list[str] = []
    raw = {"model": {"name": "vll", "formula": "seed"}, "data": {"vintage": "seed_2021", "ew_block": "seed_pair"}}
    current = current_card(raw, notes)
    assert notes == [
        "formula: seed is now leading_order",
        "vintage: seed_2021 is now paper_2021",
        "ew_block: seed_pair is now paper_pair",
    ]
    assert former_card(current) == raw
    assert current_card(current, notes) == current
    assert len(notes) == 3
    assert current_card({"model": "vll", "data": None}) == {"model": "vll", "data": None}


def test_an_old_card_runs_with_one_note(tmp_path: Path, root: Path) -> None:
    for old in (True, False):
        card = write_card(tmp_path / str(old), root, 4, old=old)
        arguments = [sys.executable, "-m", "g2fit.cli.main", "run", card, "--quiet", "--workers", "1"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        note = (
            f"g2fit: note: old names on {card}: formula: seed is now leading_order, "
            "vintage: seed_2021 is now paper_2021\n"
        )
        assert (done.returncode, done.stderr) == (1, note if old else "")
    assert_same_chains(tmp_path / "True" / "out", tmp_path / "False" / "out")


def test_a_run_of_a_former_version_belongs_to_its_card(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "old_run"
    shutil.copytree(OLD_RUN, folder)
    card = Card.load(root / "analysis" / "vll-2021.yaml")
    manifest = RunFolder(folder).manifest()
    assert manifest["fingerprint"] == card.fingerprint() == Card.load(folder).fingerprint()
    assert manifest["data_fingerprint"] == card.dataset.fingerprint
    assert Card.load(folder).identity() == card.identity()
    with pytest.raises(StoreError, match="does not say by which code it was made"):
        RunFolder(folder).open(card)
    assert RunFolder(folder).status_or_fail()["state"] == "converged"
    with pytest.raises(StoreError, match=r"these keys differ: sampler.seed: 2021 there, 1 here\. Choose"):
        RunFolder(folder).open(card.replace(seed=1))


def test_a_result_of_a_former_version_is_read(tmp_path: Path, root: Path) -> None:
    """Its manifest and card have former names, and neither checksums nor the code that made it."""
    folder = run_unconverged(write_card(tmp_path / "old", root, 10, old=True))
    card = (folder / "card.yaml").read_text()
    assert "formula: leading_order" in card
    assert "vintage: paper_2021" in card
    (folder / "card.yaml").write_text(card.replace("leading_order", "seed").replace("paper_2021", "seed_2021"))
    manifest = json.loads((folder / "manifest.json").read_text())
    identity = manifest["card"] | {"model.formula": "seed", "data.vintage": "seed_2021"}
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    as_by_a_former_version(folder, card=identity, fingerprint=digest, vintage="seed_2021")
    result = Result(folder)
    assert (result.vintage, result.card.model_options["formula"]) == ("paper_2021", "leading_order")
    assert result.posterior.names == result.parameter_names  # the densities of its draws are the same
    assert result.other_code
    with pytest.raises(StoreError, match="does not say by which code it was made"):
        run(tmp_path / "old" / "card.yaml", workers=1)


def test_model_and_likelihood_are_built_once(root: Path) -> None:
    card = Card.load(root / "analysis" / "vll-2021.yaml")
    longer = card.replace(max_steps=7)
    assert longer.model is card.model
    assert longer.likelihood is card.likelihood
    sent = copy.copy(card)  # as pickling does
    assert "model" not in vars(sent)
    assert sent == card
    assert sent.likelihood.names == card.likelihood.names


def test_a_card_names_the_options_whose_defaults_have_changed(root: Path) -> None:
    """A run folder says how its run was computed; cards that name their options keep their hashes."""
    raw = Card.load(root / "analysis/mssm-2019.yaml").resolved()
    bino = {"delta": "bino", "amu": "bino"}
    levels = {"delta": "full", "amu": "full", "two_loop": "photonic"}
    silent, complete = (Card.from_dict({**raw, "model": {"name": "mssm", **given}}) for given in ({}, levels))
    assert silent.resolved()["model"] == {"name": "mssm", **levels}
    assert silent.fingerprint() == complete.fingerprint()
    assert Card.from_dict({**raw, "model": {"name": "mssm", **bino}}).resolved()["model"] == {"name": "mssm", **bino}

"""A short run, and a report on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from g2fit.inference.profile.plane import Axis, scan
from g2fit.output.report import report
from g2fit.results import Result
from tests.support.cards import VLL, short_run
from tests.support.shared import shared_folder

#: Text that is HTML unless it is escaped.
NASTY = "<img src=x onerror=alert(1)>&\"'"


CARD = {**VLL, "cuts": {"Y_L_Y_R": {"min": -1.0, "max": 1.0, "role": "prior"}}}


def evidence_of(result: Result, log_z: float) -> str:
    """``evidence.json`` of a run, in its layout."""
    keys = ("fingerprint", "data_fingerprint", "code", "entries", "seed", "versions")
    estimate = {"method": "bridge <sampling>", "log_z": log_z, "error": 0.004, "draws": 1000, "efficiency": 0.5}
    details = {"information_gain": 3.25, "effective_dimension": 2.5}
    content = {
        "format": 1,
        "log_z": log_z,
        "error": 0.004,
        "best": "bridge",
        "estimators": {"prior": {**estimate, "log_z": log_z + 0.001}, "bridge": {**estimate, **details}},
        "agreement": {"difference": 0.001, "error": 0.006, "consistent": True},
        "warnings": [],
        "manifest": {key: result.manifest[key] for key in keys},
    }
    return json.dumps(content)


@pytest.fixture(scope="session")
def run(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A run of a few steps with a scan and an evidence, in a folder with a nasty name."""

    def make(folder: Path) -> None:
        result = short_run(CARD, root, folder)
        scan(result.card.replace(output=folder), Axis("m_L", 4), Axis("Y_R", 4), workers=1)
        (folder / "evidence.json").write_text(evidence_of(result, 31.25))

    return Result(shared_folder(tmp_path_factory, NASTY, make))


@pytest.fixture(scope="session")
def page(run: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on it."""
    return report([run.folder.path], tmp_path_factory.mktemp("report") / "report.html")

"""For those without a clone: what is installed from the wheel can start a study."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from g2fit.cli.new_study import CARDS


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    offline = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", str(folder), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_contents(installed: Path, root: Path) -> None:
    templates = installed / "g2fit/cli/templates"
    assert {path.stem for path in (templates / "analysis").iterdir()} == set(CARDS)
    files = [path for kind in ("analysis", "priors") for path in (templates / kind).rglob("*.yaml")]
    for path in files:
        assert path.read_bytes() == (root / path.relative_to(templates)).read_bytes()
    assert set((root / "priors").rglob("*.yaml")) <= {root / path.relative_to(templates) for path in files}
    missing = [
        path for path in (root / "g2fit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not (installed / path.relative_to(root)).is_file()
    ]  # fmt: skip
    assert not missing


def test_study_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}

    def call(*arguments: str) -> str:
        command = [sys.executable, "-W", "error", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert call("-c", "import g2fit; print(g2fit.__file__)").strip() == str(installed / "g2fit/__init__.py")
    written = call("-m", "g2fit.cli.main", "init", "study").split()
    assert {path.name for path in (tmp_path / "study").iterdir()} == {"README.md", ".gitignore", "analysis", "priors"}
    assert all((tmp_path / path).is_file() for path in written)
    loading = "import g2fit, pathlib; [g2fit.Card.load(card) for card in pathlib.Path('study/analysis').iterdir()]"
    call("-c", loading)

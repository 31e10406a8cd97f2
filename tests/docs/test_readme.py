"""Every command and snippet of the README works, in its order, in a fresh copy of cards and priors.

The run ends at a fourth of the effective sample size of its card, with a fourth of its walkers.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from g2fit.cli.main import main
from tests.support.cards import shorten


def readme_commands(root: Path) -> list[str]:
    """Commands of the README: its indented lines that begin with `g2fit`."""
    text = (root / "README.md").read_text()
    return [line.split("  #")[0].strip() for line in text.splitlines() if line.startswith("    g2fit ")]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    for name in ("analysis", "priors"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("output"))
    shorten(folder / "analysis/mssm-2019.yaml", ess=1000, walkers=64)
    return folder


def test_commands(
    workplace: Path, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    commands = readme_commands(root)
    assert len(commands) >= 11
    for line in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as leaving:
            main()
        printed = capsys.readouterr()
        assert (leaving.value.code or 0) == 0, f"{line}\n{printed.out}{printed.err}"
        assert printed.out.strip(), line
    assert {p.suffix for p in (workplace / "chains/mssm-2019/figures").iterdir()} == {".png", ".pdf"}
    assert (workplace / "chains/mssm-2019/export/mssm-2019-slha/best-fit.slha").exists()


def test_snippets(workplace: Path, root: Path) -> None:
    snippets = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    assert snippets
    for code in snippets:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code], cwd=workplace, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_the_card_of_the_readme_is_the_shipped_one(root: Path) -> None:
    from g2fit import Card

    (text,) = re.findall(r"```yaml\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    shipped = Card.load(root / "analysis/vll-2026.yaml")
    from ruamel.yaml import YAML

    shown = Card.from_dict(YAML(typ="safe").load(text), root / "analysis")
    assert shown.fingerprint() == shipped.fingerprint()


def test_make_knows_what_the_readme_names(root: Path) -> None:
    targets = set(re.findall(r"(?:^    |`)make (\w+)", (root / "README.md").read_text(), re.MULTILINE))
    rules = set(re.findall(r"^(\w+):", (root / "Makefile").read_text(), re.MULTILINE))
    assert targets <= rules

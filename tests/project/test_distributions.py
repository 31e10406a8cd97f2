"""Wheel and source distribution: what they contain, and that the same sources give the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

#: What the wheel may contain.
WHEEL = re.compile(
    r"g2fit/(.*/)?\w+\.(py|yaml)|g2fit/py\.typed|g2fit/output/plots/g2fit\.mplstyle"
    r"|g2fit/output/report/\w+\.(html\.j2|css)"
    r"|g2fit/cli/templates/(README\.md|own\.yaml|analysis/[\w-]+\.yaml|priors/([\w-]+/)?[\w-]+\.yaml)"
    r"|g2fit-[\d.]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|licenses/LICENSE)"
)

#: What the source distribution may contain, below its folder.
SOURCES = re.compile(
    r"g2fit/.*\.(py|yaml|md|mplstyle|j2|css)|g2fit/py\.typed|priors/.*\.yaml|(analysis|benchmarks)/.*\.(py|yaml|json)"
    r"|examples/.*\.(py|yaml|toml)|tests/.*\.(py|json|yaml|gm2|slha|csv|md|npz|nc)"
    r"|docs/.*\.(md|ipynb|py|css|js|json)|docs/images/[\w.-]+\.(png|json)"
    r"|recipe/(meta\.yaml|README\.md)|\.github/.*\.(md|yml|yaml)|\.ci/(run|versions)"
    r"|mkdocs\.yml|Makefile|Containerfile|constraints(-lowest)?\.txt|pyproject\.toml|README\.md|LICENSE|CITATION\.cff"
    r"|codemeta\.json|paper\.(md|bib)|CHANGELOG\.md|CONTRIBUTING\.md|CODE_OF_CONDUCT\.md|PKG-INFO"
    r"|\.gitignore|\.pre-commit-config\.yaml"
)


def build(source: Path, folder: Path, mask: int) -> tuple[Path, Path]:
    """Build a wheel and a source distribution with a file mask, as any front end would, without the network."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    done = subprocess.run(command, cwd=source, env=environment, umask=mask, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(root, tmp_path_factory.mktemp("built"), 0o022)


def names(distribution: Path) -> list[str]:
    """Files in a distribution, without the folder of the version for sources."""
    if distribution.suffix == ".whl":
        with zipfile.ZipFile(distribution) as wheel:
            return wheel.namelist()
    with tarfile.open(distribution) as archive:
        return [member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()]


def test_no_stray_files(built: tuple[Path, Path]) -> None:
    wheel, sources = map(names, built)
    assert [name for name in wheel if not WHEEL.fullmatch(name)] == []
    assert [name for name in sources if not SOURCES.fullmatch(name)] == []


def test_a_stray_file_is_noticed() -> None:
    strays = ("g2fit/core/notes.txt", "chains/README.md", "analysis/output/fig.png", "tests/core/a.pyc", "docs/a.pdf")
    assert not any(WHEEL.fullmatch(name) or SOURCES.fullmatch(name) for name in strays)


def test_needed_files_are_there(root: Path, built: tuple[Path, Path]) -> None:
    wheel, sources = map(names, built)
    assert "g2fit/py.typed" in wheel
    kept = {"README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "constraints.txt", "Makefile", "paper.md"}
    assert kept <= set(sources)
    for folder in ("g2fit", "analysis", "priors", "tests", "benchmarks", "examples"):
        modules = {path.relative_to(root).as_posix() for path in (root / folder).rglob("*.py")}
        assert modules <= set(sources)


def test_same_sources_same_bytes(root: Path, built: tuple[Path, Path], tmp_path: Path) -> None:
    """Neither the time, nor the file mask, nor the way by the source distribution changes a byte of the wheel."""
    again = build(root, tmp_path / "again", 0o077)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("g2fit-*/")
    wheel, sources = build(unpacked, tmp_path / "from-sources", 0o022)
    assert wheel.read_bytes() == built[0].read_bytes()
    assert sources.read_bytes() == built[1].read_bytes()

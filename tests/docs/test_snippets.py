"""Every command and snippet on the pages works, in the order of the page, in a copy of cards, priors and examples.

``sh`` blocks are run line by line; a line that ends in ``# refused`` must be refused (exit code 2), and one that ends
in ``# not reached`` must say that a target was not reached (exit code 1). The ``python`` blocks of a page share one
namespace. A block that begins with a comment that is only a file name is written to that file. The run of the tutorial
is made once, with a fourth of its effective sample size and half of its walkers, and copied for every page.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from ruamel.yaml import YAML

from g2fit.card import Card
from g2fit.cli.main import main
from g2fit.sampling import runner
from tests.support.cards import shorten
from tests.support.shared import shared_folder

#: Pages that this file tests.
PAGES = (
    "index",
    "tutorial",
    "results",
    "after-the-run",
    "own-model",
    "notebook",
    "own-prior",
    "comparison",
    "constraints",
    "which-vll",
    "cluster",
    "run-folder",
    "theory-mssm",
    "theory-vll",
    "sampling",
    "reproduction",
    "developing",
    "faq",
    "gallery",
    "quality",
    "glossary",
    "reference",
)
#: Pages that ``test_pages.py`` and ``test_validation.py`` test.
ELSEWHERE = ("measurements", "likelihoods", "validation")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INCLUDED = re.compile(r'^--8<-- "(.*)"$', re.MULTILINE)
FILE = re.compile(r"# ([\w.-]+\.\w+)")


def blocks(root: Path, page: str) -> list[tuple[str, str]]:
    """Language and content of the fenced blocks of a page, with included files."""
    text = (root / "docs" / f"{page}.md").read_text(encoding="utf-8")
    text = INCLUDED.sub(lambda match: (root / match[1]).read_text(encoding="utf-8").rstrip(), text)
    return BLOCK.findall(text)


@pytest.fixture(scope="module", autouse=True)
def one_worker() -> Iterator[None]:
    """Use this process alone unless a page sets the number of workers: starting others takes longer than it saves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "available_cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Folder with cards, priors, examples and the run of the tutorial."""

    def make(folder: Path) -> None:
        for name in ("analysis", "priors", "examples"):
            ignored = shutil.ignore_patterns("output", "__pycache__", "chains")
            shutil.copytree(root / name, folder / name, ignore=ignored)
        shorten(folder / "analysis/vll-2021.yaml", ess=1000, walkers=128)
        with contextlib.chdir(folder):
            printed = g2fit(["run", "analysis/vll-2021.yaml"])
        assert "converged" in printed

    return shared_folder(tmp_path_factory, "pages", make)


@pytest.fixture
def workplace(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copy of that folder for one page, as working directory; its modules and figures are removed afterwards."""
    shutil.copytree(origin, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    # the home directory is replaced for what a page installs there, but compiled kernels stay where they are
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache"))
    known = set(sys.modules)
    yield tmp_path
    plt.close("all")
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    importlib.invalidate_caches()


def g2fit(arguments: list[str], code: int = 0) -> str:
    """Run the command line in this process; return what it prints."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["g2fit", *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as leaving:
            main()
    finally:
        sys.argv = before
    assert (leaving.value.code or 0) == code, f"{shlex.join(arguments)}\n{out.getvalue()}{err.getvalue()}"
    return out.getvalue() + err.getvalue()


def run_line(line: str, root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one command of a page."""
    command, _, comment = line.partition("  # ")
    words = shlex.split(command)
    match words:
        case ["g2fit", "--install-completion"]:
            completion_is_installed(folder)
        case ["g2fit", *arguments]:
            printed = g2fit(arguments, {"refused": 2, "not reached": 1}.get(comment, 0))
            assert printed.strip()
            if "--json" in arguments:
                json.loads(printed)
        case ["make", target]:
            done = subprocess.run(["make", "-n", target], cwd=root, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        case ["source", ".venv/bin/activate"]:
            assert "VENV ?= .venv" in (root / "Makefile").read_text()
        case ["pip", "install", "-e", ".[docs]"] | ["mkdocs", "build", "--strict"]:
            pass  # test_site.py
        case ["pip", "install", "-e", package]:
            monkeypatch.syspath_prepend(str(pip_install(package, folder)))
        case ["python", *arguments]:
            place = root if arguments[0] == "-m" else folder
            done = subprocess.run([sys.executable, *arguments], cwd=place, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        case ["export", setting]:
            assert setting.partition("=")[0] in (root / "g2fit/core/cache.py").read_text()
        case _:
            pytest.fail(f"no way to test: {line}")


def pip_install(package: str, folder: Path) -> Path:
    """Install a package into a folder of the test, without network; return that folder."""
    site = folder / "site"
    offline = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(site), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


def completion_is_installed(folder: Path) -> None:
    """Check that completion is installed for the shell that runs the command."""
    script = Path(sys.executable).with_name("g2fit")
    home = folder / "home"
    home.mkdir(exist_ok=True)
    shell = ["bash", "-c", f"{shlex.quote(str(script))} --install-completion; true"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert "bash completion installed" in done.stdout, done.stdout + done.stderr
    assert "g2fit" in (home / ".bashrc").read_text()
    asked = {"_G2FIT_COMPLETE": "complete_bash", "COMP_WORDS": "g2fit su", "COMP_CWORD": "1"}
    done = subprocess.run([script], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["summary"]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, root: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: dict[str, Any] = {}
    for language, text in blocks(root, page):
        head = FILE.fullmatch(text.splitlines()[0])
        if head:
            (workplace / head[1]).write_text(text, encoding="utf-8")
            if language == "sh":
                subprocess.run(["bash", "-n", workplace / head[1]], check=True)
        elif language == "sh":
            for line in text.splitlines():
                run_line(line, root, workplace, monkeypatch)
        elif language == "python":
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("error")
                exec(compile(text, f"{page}.md", "exec"), namespace)  # noqa: S102
        elif language == "yaml":
            Card.from_dict(YAML(typ="safe").load(text), workplace / "analysis")
        else:
            assert language in ("toml", "text")


def test_no_page_is_forgotten(root: Path) -> None:
    assert {path.stem for path in (root / "docs").glob("*.md")} == {*PAGES, *ELSEWHERE}


def test_card_of_the_tutorial_is_the_shipped_one(root: Path) -> None:
    (text,) = [text for language, text in blocks(root, "tutorial") if language == "yaml"]
    shown = Card.from_dict(YAML(typ="safe").load(text), root / "analysis")
    assert shown.fingerprint() == Card.load(root / "analysis/vll-2021.yaml").fingerprint()


def test_own_model_is_short(root: Path) -> None:
    lines = (root / "examples/own_model/dark_photon.py").read_text().splitlines()
    assert len(lines) < 60


def test_numbers_of_the_tutorial(root: Path) -> None:
    """The number in the sentence about the first point is that of the command."""
    page = (root / "docs/tutorial.md").read_text()
    (line,) = re.findall(r"^g2fit (point vll .*paper_2021)$", page, re.MULTILINE)
    printed = g2fit([*shlex.split(line), "--json"])
    point = json.loads(printed)
    text = json.dumps(point)
    moment = float(re.findall(r'"delta_a_mu": ([\d.e-]+)', text)[0])
    assert f"{moment * 1e10:.1f}·10⁻¹⁰" in page

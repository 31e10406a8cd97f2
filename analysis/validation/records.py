"""Record of a check: its numbers, and by which code, on which machine and when they were found."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from g2fit.core.errors import StoreError
from g2fit.core.files import write_text
from g2fit.core.fingerprint import Code, code_of, differing, package_stamp

__all__ = ["Record", "commit_of_the_package", "machine", "present_code"]

ROOT = Path(__file__).resolve().parents[2]

#: Libraries that results or times can depend on.
LIBRARIES = ("numpy", "scipy", "numba", "emcee")


@dataclass(frozen=True)
class Record:
    """What a check found.

    Attributes
    ----------
    check : str
        Name of the check.
    command : list of str
        Its command line behind ``python -m``, without the file of the record.
    commit : str
        Last commit that changed the package, 40 hexadecimal digits.
    code : dict of str to str
        Hash of each part of the package that the check depends on; for all of it, ``g2fit``, with the version.
    date : str
        Day and time at which it was recorded, UTC.
    seconds : float
        How long it took; that of all parts, where it was interrupted and continued.
    machine : dict of str to str
        Processor, cores, operating system, versions.
    results : dict
        What the command wrote; ``passed`` says whether all of it is as it should be.
    """

    check: str
    command: list[str]
    commit: str
    code: Code
    date: str
    seconds: float
    machine: dict[str, str]
    results: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether everything is as it should be."""
        return bool(self.results["passed"])

    def is_of(self, command: Sequence[str], code: Code) -> bool:
        """Whether the same command, run with this code, gave it."""
        return list(command) == self.command and not differing(self.code, code)

    def save(self, folder: Path) -> None:
        """Write it to ``FOLDER/CHECK.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / f"{self.check}.json", json.dumps(asdict(self), indent=1, allow_nan=False) + "\n")

    @classmethod
    def load(cls, folder: Path, check: str) -> Record | None:
        """Read what `save` wrote; None if there is nothing."""
        file = folder / f"{check}.json"
        if not file.exists():
            return None
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise StoreError(f"{file}: is no record of a check ({error}); delete it and run the check again") from None


def now() -> str:
    """Day and time, UTC, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


def present_code(modules: Sequence[str]) -> Code:
    """Hash of each part of the package that these modules belong to or import; ``"g2fit"`` stands for every file of it.

    Parts of `g2fit.core` that only read, write and distribute count if every file does.

    >>> sorted(present_code(["g2fit.models.sm"])), sorted(present_code(["g2fit", "g2fit.models.sm"]))
    (['g2fit.models'], ['g2fit', 'g2fit.models'])
    """
    whole = {"g2fit": package_stamp()} if "g2fit" in modules else {}
    return whole | code_of([], [name for name in modules if name != "g2fit"])


def commit_of_the_package() -> str:
    """Last commit that changed the package.

    Raises
    ------
    StoreError
        If there is no repository, or the package has changes that are not committed: nobody could tell by which code
        the numbers were found.
    """
    changed = _git("status", "--porcelain", "--", "g2fit")
    if changed:
        raise StoreError(
            f"g2fit has changes that are not committed:\n{changed}\ncommit them before a check is recorded"
        )
    return _git("log", "-1", "--format=%H", "--", "g2fit")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StoreError(f"a record needs the git repository of g2fit: {error}") from None
    return done.stdout.strip()


def machine(packages: Mapping[str, str] | None = None) -> dict[str, str]:
    """Processor, cores, operating system and versions of Python and of libraries.

    Parameters
    ----------
    packages : dict of str to str, optional
        Further packages whose versions matter, by the name to show; those that are not installed are left out.
    """
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for name, package in ({library: library for library in LIBRARIES} | dict(packages or {})).items():
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """Name of the processor."""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()

"""Start a study without a clone of the repository: a folder with cards, priors and a README."""

import itertools
import re
import shutil
import string
import tempfile
from pathlib import Path

from g2fit.core.errors import InputError, StoreError
from g2fit.core.files import read_yaml

__all__ = ["CARDS", "init_study"]

#: Shipped cards that a study starts with, beside the template ``own.yaml``.
CARDS = (
    "vll-2026",
    "vll-2021",
    "vll-exact-2021",
    "vll-emu-joint",
    "mssm-2019",
    "mssm-full-2019",
    "joint-mssm",
    "joint-vll",
)

#: Folder of the README and of ``own.yaml``; in an installed package also of the cards and priors.
TEMPLATES = Path(__file__).with_name("templates")


def init_study(folder: str | Path) -> list[Path]:
    """Write a folder with cards (``analysis``), priors (``priors``) and a README.

    The folder is complete from the moment it appears.

    Parameters
    ----------
    folder : path
        The folder of the study; it must not exist, or be empty.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        If the folder is not empty or is a file, or if this installation has no templates.
    StoreError
        If the folder cannot be written.
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file; choose another name")
    if target.is_dir() and any(target.iterdir()):
        raise InputError(f"{target}: is not empty, and nothing is overwritten; choose another name")
    cards, priors = (_source(kind) for kind in ("analysis", "priors"))
    place = target.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as temporary:
            study = Path(temporary) / "study"
            _write(study, cards, priors, place.name)
            study.chmod(0o755)
            if place.exists():  # it is empty, and stays the same folder: a shell may be in it
                for part in sorted(study.iterdir(), reverse=True):
                    part.replace(place / part.name)
            else:
                study.replace(place)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror or error})") from None
    return sorted(path for path in target.rglob("*") if path.is_file())


def _source(kind: str) -> Path:
    """Folder of the cards or prior files: in the package, or beside it in a clone."""
    for place in (TEMPLATES / kind, Path(__file__).resolve().parents[2] / kind):
        if any(place.glob("*.yaml")):
            return place
    raise InputError(f"this installation of g2fit has no templates ({TEMPLATES / kind}); install it again")


def _write(study: Path, cards: Path, priors: Path, name: str) -> None:
    shipped = [cards / f"{card}.yaml" for card in CARDS]
    (study / "analysis").mkdir(parents=True)
    for card in (*shipped, TEMPLATES / "own.yaml"):
        shutil.copyfile(card, study / "analysis" / card.name)
    about = {}
    for path in sorted(priors.rglob("*.yaml")):
        file = path.relative_to(priors)
        (study / "priors" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, study / "priors" / file)
        about[file.as_posix()] = str(read_yaml(path)[0].get("description", ""))
    (study / ".gitignore").write_text("chains/\n", encoding="utf-8")
    rows = {
        "study": name,
        "cards": "\n".join(f"| `analysis/{path.name}` | {_comment(path)} |" for path in shipped),
        "priors": "\n".join(f"| `priors/{file}` | {_cell(text)} |" for file, text in about.items()),
    }
    text = string.Template((TEMPLATES / "README.md").read_text(encoding="utf-8")).substitute(rows)
    (study / "README.md").write_text(text, encoding="utf-8")


def _comment(card: Path) -> str:
    """Comment at the top of a card, as one line."""
    lines = itertools.takewhile(lambda line: line.startswith("#"), card.read_text(encoding="utf-8").splitlines())
    return _cell(" ".join(line.lstrip("# ") for line in lines))


def _cell(text: str) -> str:
    r"""Text as a cell of a Markdown table.

    >>> _cell("log-uniform in |mu|\n")
    'log-uniform in \\|mu\\|'
    """
    return re.sub(r"\s+", " ", text).strip().replace("|", r"\|")

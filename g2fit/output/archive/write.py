"""Writing of the archive of a run."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from importlib.metadata import distributions
from pathlib import Path
from typing import IO, Any

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write, finite, require_replaceable
from g2fit.core.versions import versions
from g2fit.output.archive.contents import BLOCK, FORMAT, LISTING, RUN, checksum
from g2fit.output.citations import bibtex_of_fits
from g2fit.output.plots.several_runs import draw_request
from g2fit.results import Result

__all__ = ["write_archive"]

#: Date of every member: the same run gives the same archive.
DATE = (1980, 1, 1, 0, 0, 0)

#: Attributes of every member: a plain file that its owner may write.
ATTRIBUTES = 0o100644 << 16

README = """\
A run of g2fit, a program for Bayesian inference of the leptons' anomalous magnetic moments.

run/               the run folder: card with priors (card.yaml), versions and seed (manifest.json), chains
                   (ensemble-N.h5, exploration.npz, further-draws.npz), result (result.nc), figures and everything else
data.json          every measurement and limit of the fit: value, error, date, status, reference
versions.json      versions of all Python packages when this file was written
references.bib     what to cite for the model, the formulas, the data and the software
archive.json       SHA-256 and length of every file

g2fit restore FILE unpacks it, checks the checksums, and computes densities of some draws again.
g2fit run FOLDER continues or repeats the run.
"""


def write_archive(run: str | Path, out: str | Path | None = None, *, force: bool = False) -> dict[str, Any]:
    """Write one file with all of a run: card, priors, data, chains, result, versions, figures and BibTeX.

    Parameters
    ----------
    run : path
        Folder of a run with a result. Its figures are drawn if there are none.
    out : path, optional
        File to write, which ends in ``.zip``; by default named as the run, beside it.
    force : bool
        Whether to replace a file of that name.

    Returns
    -------
    dict
        ``file``, number of ``files``, ``bytes``, and the ``sha256`` of the file. The same run gives the same file with
        the same packages.

    Raises
    ------
    StoreError
        If the folder has no result, is in use, holds a link, or the file is there already or cannot be written.
    """
    result = Result(run)
    target = Path(out) if out is not None else _beside(result.folder.path)
    if target.suffix != ".zip":
        raise StoreError(f"{target}: an archive must end in .zip")
    require_replaceable(target, force)
    folder = result.folder.path.resolve()
    if folder == target.resolve().parent or folder in target.resolve().parents:
        raise StoreError(f"{target}: an archive cannot lie in the folder that it holds")
    if not any(result.folder.figures.glob("*")):
        draw_request([result.folder.path])
    with result.folder.lock():
        members = {f"{RUN}/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
        texts = _texts(result)
        with atomic_write(target) as temporary:
            _write(temporary, members, texts, result)
    with target.open("rb") as stream:
        digest, size = checksum(stream)
    return {"file": str(target), "files": len(members) + len(texts) + 1, "bytes": size, "sha256": digest}


def _beside(run: Path) -> Path:
    """File beside a run with the name that was given; ``.`` and ``..`` stand for the name of their folder."""
    place = run if run.name not in ("", "..") else run.resolve()
    return place.with_name(f"{place.name}.zip")


def _files(folder: Path) -> list[Path]:
    """Files of a run; hidden ones are locks, journals and unfinished files."""
    found = []
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.is_symlink():
            raise StoreError(f"{path}: is a link; an archive holds plain files only")
        if path.is_file():
            found.append(path)
    return found


def _texts(result: Result) -> dict[str, str]:
    """What is written about the run, by name in the archive."""
    card = result.card
    packages = {item.metadata["Name"]: item.version for item in distributions() if item.metadata["Name"]}
    about = {"g2fit": versions(), "packages": dict(sorted(packages.items()))}
    return {
        "README.txt": README,
        "data.json": json.dumps(finite(card.dataset.table()), indent=1) + "\n",
        "versions.json": json.dumps(about, indent=1) + "\n",
        "references.bib": bibtex_of_fits([(card.model, card.dataset)]) + "\n",
    }


def _write(path: Path, members: dict[str, Path], texts: dict[str, str], result: Result) -> None:
    listed: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted({*members, *texts}):
            with io.BytesIO(texts[name].encode()) if name in texts else members[name].open("rb") as source:
                listed[name] = _add(archive, name, source)
        content = {
            "format": FORMAT,
            "run": result.folder.path.resolve().name,
            "model": result.model_name,
            "vintage": result.vintage,
            "fingerprint": result.manifest.get("fingerprint"),
            "data_fingerprint": result.manifest.get("data_fingerprint"),
            "files": listed,
        }
        text = json.dumps(content, indent=1).encode() + b"\n"
        with archive.open(_member(LISTING, len(text)), "w") as target:
            target.write(text)


def _add(archive: zipfile.ZipFile, name: str, source: IO[bytes]) -> dict[str, Any]:
    """Add a member, which is read once; return the checksum and length of what was added."""
    expected = source.seek(0, io.SEEK_END)  # decides how lengths are stored
    source.seek(0)
    digest, size = hashlib.sha256(), 0
    with archive.open(_member(name, expected), "w") as target:
        while block := source.read(BLOCK):
            digest.update(block)
            size += len(block)
            target.write(block)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _member(name: str, size: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, DATE)
    member.compress_type, member.external_attr, member.file_size = zipfile.ZIP_DEFLATED, ATTRIBUTES, size
    member.create_system = 3
    return member

"""The archive of a run: complete, the same each time, restored bit for bit, and refused if anybody changed it."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import ArrayLike

from g2fit.core.errors import StoreError
from g2fit.core.types import FloatArray
from g2fit.output.archive import restore
from g2fit.output.archive.contents import LISTING
from g2fit.output.archive.restore import restore_archive, verified
from g2fit.output.archive.write import write_archive
from g2fit.posterior import Posterior
from tests.support.cards import VLL, short_run


@pytest.fixture(scope="module")
def run(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive") / "run"
    short_run(VLL, root, folder)
    (folder / "figures").mkdir()
    (folder / "figures/corner.png").write_bytes(b"a figure")
    (folder / ".leftover").write_text("not kept")
    return folder


@pytest.fixture(scope="module")
def archive(run: Path) -> Path:
    return Path(write_archive(run)["file"])


def test_archive_is_complete_and_the_same_each_time(run: Path, archive: Path, tmp_path: Path) -> None:
    again = write_archive(run, tmp_path / "again.zip")
    assert archive.name == "run.zip"
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    with zipfile.ZipFile(archive) as content:
        names = set(content.namelist())
        listing = json.loads(content.read(LISTING))
        assert b"@article" in content.read("references.bib")
        assert {row["entry"] for row in json.loads(content.read("data.json"))} >= {"damu_seed2021"}
        assert json.loads(content.read("versions.json"))["packages"]["numpy"]
    assert names == {*listing["files"], LISTING}
    kept = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file() and path.name[0] != "."}
    assert {f"run/{name}" for name in kept} == {name for name in names if name.startswith("run/")}
    assert {"card.yaml", "result.nc", "manifest.json", "ensemble-0.h5", "figures/corner.png"} <= kept
    assert again["files"] == len(names)


def test_archive_has_the_name_of_the_run_as_it_was_given(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run, tmp_path / "study/one")
    (tmp_path / "link").symlink_to(tmp_path / "study/one")
    assert write_archive(tmp_path / "link")["file"] == str(tmp_path / "link.zip")
    for given, folder in ((".", "study/one"), ("..", "study/one/figures")):
        monkeypatch.chdir(tmp_path / folder)
        assert write_archive(given, force=True)["file"] == str(tmp_path / "study/one.zip")


def test_restored_run_is_the_same_and_verified(run: Path, archive: Path, tmp_path: Path) -> None:
    digest = write_archive(run, force=True)["sha256"]
    report = restore_archive(archive, tmp_path / "back", sha256=digest)
    assert all(check["agrees"] for check in report["checks"].values())
    assert list(report["checks"]) == ["card", "data", "densities"]
    for path in run.rglob("*"):
        if path.is_file() and path.name[0] != ".":
            assert (tmp_path / "back" / path.relative_to(run)).read_bytes() == path.read_bytes()
    assert (tmp_path / "back/archive/references.bib").exists()
    with pytest.raises(StoreError, match="exists already"):
        restore_archive(archive, tmp_path / "back")
    with pytest.raises(StoreError, match="has the SHA-256"):
        restore_archive(archive, tmp_path / "other", sha256="0" * 64)


def test_what_this_version_computes_otherwise_is_noticed(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run, tmp_path / "run")
    path = tmp_path / "run/card.yaml"
    path.write_text(path.read_text().replace("m_S:\n    value: 500", "m_S:\n    value: 501"))
    assert path.read_bytes() != (run / "card.yaml").read_bytes()
    checks = verified(tmp_path / "run")
    assert not checks["card"]["agrees"]
    assert "card.yaml" in checks["card"]["text"]

    class Other(Posterior):
        def log_likelihood(self, theta: ArrayLike) -> FloatArray:
            return super().log_likelihood(theta) + 1e-4

    monkeypatch.setattr(restore, "Posterior", Other)
    checks = verified(run)
    assert [check["agrees"] for check in checks.values()] == [True, True, False]
    assert checks["densities"]["text"].endswith("largest difference 1.0e-04")


def test_each_file_is_read_once(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What replaces a file while the archive is written does not get the checksum of another content."""
    shutil.copytree(run, tmp_path / "run")
    figure = tmp_path / "run/figures/corner.png"
    as_it_is = Path.open

    def replaced_later(self: Path, *arguments: Any, **options: Any) -> Any:
        opened = as_it_is(self, *arguments, **options)
        if self == figure:
            new = figure.with_name("new")
            new.write_bytes(b"another, longer figure")
            new.replace(figure)
        return opened

    monkeypatch.setattr(Path, "open", replaced_later)
    write_archive(tmp_path / "run")
    monkeypatch.undo()
    restore_archive(tmp_path / "run.zip", tmp_path / "back")
    assert (tmp_path / "back/figures/corner.png").read_bytes() == b"a figure"


@pytest.mark.parametrize("failing", ["write", "close"])
def test_a_full_disk_is_not_blamed_on_the_archive(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    class Full(io.BytesIO):
        def no_space(self, *_: Any) -> Any:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    setattr(Full, failing, Full.no_space)
    as_it_is = Path.open
    monkeypatch.setattr(Path, "open", lambda p, mode="r", **o: Full() if mode == "wb" else as_it_is(p, mode, **o))
    with pytest.raises(StoreError, match=r"/back: cannot be written \(No space left on device\)"):
        restore_archive(archive, tmp_path / "back")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_cannot_be_read_is_named(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    opened = zipfile.ZipFile.open

    def failing(self: zipfile.ZipFile, name: Any, *arguments: Any, **options: Any) -> Any:
        stream = opened(self, name, *arguments, **options)
        if name != LISTING:
            stream.read = fail  # type: ignore[method-assign]
        return stream

    monkeypatch.setattr(zipfile.ZipFile, "open", failing)
    with pytest.raises(StoreError, match=r"run\.zip: cannot be read \(Input/output error\)"):
        restore_archive(archive, tmp_path / "back")


def rewritten(source: Path, target: Path, change: Callable[[dict[zipfile.ZipInfo, bytes]], None]) -> Path:
    """Copy of an archive with changed members."""
    with zipfile.ZipFile(source) as old:
        members = {member: old.read(member) for member in old.infolist()}
    change(members)
    with zipfile.ZipFile(target, "w") as new:
        for member, content in members.items():
            new.writestr(member, content)
    return target


def member(members: dict[zipfile.ZipInfo, bytes], name: str) -> zipfile.ZipInfo:
    return next(one for one in members if one.filename == name)


def listed(members: dict[zipfile.ZipInfo, bytes], name: str, content: bytes, mode: int = stat.S_IFREG | 0o644) -> None:
    """Add a member, and list it with the right checksum."""
    import hashlib

    added = zipfile.ZipInfo(name)
    added.external_attr = mode << 16
    members[added] = content
    place = member(members, LISTING)
    listing = json.loads(members[place])
    listing["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    members[place] = json.dumps(listing).encode()


def changed_file(members: dict[zipfile.ZipInfo, bytes]) -> None:
    place = member(members, "run/figures/corner.png")
    members[place] = b"b figure"


def longer_file(members: dict[zipfile.ZipInfo, bytes]) -> None:
    members[member(members, "run/figures/corner.png")] += b"!"


def missing_file(members: dict[zipfile.ZipInfo, bytes]) -> None:
    del members[member(members, "run/card.yaml")]


def unlisted_file(members: dict[zipfile.ZipInfo, bytes]) -> None:
    members[zipfile.ZipInfo("run/more.py")] = b"import os"


def no_list(members: dict[zipfile.ZipInfo, bytes]) -> None:
    del members[member(members, LISTING)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed_file, "run/figures/corner.png was changed or is damaged"),
        (longer_file, "run/figures/corner.png has 9 bytes, listed are 8"),
        (missing_file, "'run/card.yaml' is not both in the list and in the archive"),
        (unlisted_file, "'run/more.py' is not both in the list and in the archive"),
        (no_list, "has no archive.json"),
        (lambda m: listed(m, "../outside", b"x"), "'../outside' is not a plain path"),
        (lambda m: listed(m, "run/../../outside", b"x"), "is not a plain path"),
        (lambda m: listed(m, "/etc/outside", b"x"), "is not a plain path"),
        (lambda m: listed(m, "run\\outside", b"x"), "is not a plain path"),
        (lambda m: listed(m, "c:outside", b"x"), "is not a plain path"),
        (lambda m: listed(m, "run/link", b"/etc/passwd", stat.S_IFLNK | 0o777), "'run/link' is not a plain file"),
        (lambda m: listed(m, "run/folder/", b""), "is not a plain"),
        (lambda m: listed(m, "run/CARD.yaml", b"x"), "two members have the same name"),
    ],
)
def test_changed_archives_are_refused(
    archive: Path, tmp_path: Path, change: Callable[[dict[zipfile.ZipInfo, bytes]], None], words: str
) -> None:
    bad = rewritten(archive, tmp_path / "bad.zip", change)
    with pytest.raises(StoreError, match=words):
        restore_archive(bad, tmp_path / "place/back")
    assert {path.name for path in tmp_path.rglob("*")} <= {"bad.zip", "place"}


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\0b", "\ud800", None])
def test_names_of_runs_that_lead_elsewhere(archive: Path, tmp_path: Path, name: str | None) -> None:
    def renamed(members: dict[zipfile.ZipInfo, bytes]) -> None:
        place = member(members, LISTING)
        members[place] = json.dumps(json.loads(members[place]) | {"run": name}).encode()

    bad = rewritten(archive, tmp_path / "bad.zip", renamed)
    with pytest.raises(StoreError, match="names no run; say where to restore it"):
        restore_archive(bad)


def test_damaged_archives_are_refused(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    for name, damaged in (
        ("cut.zip", content[: len(content) // 2]),
        ("empty.zip", b""),
        ("text.zip", b"no archive at all"),
        ("bits.zip", content[:3000] + bytes([content[3000] ^ 255]) + content[3001:]),
    ):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(StoreError, match=name):
            restore_archive(tmp_path / name, tmp_path / "back")
        assert not (tmp_path / "back").exists()


def test_what_cannot_be_archived(run: Path, archive: Path, tmp_path: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(StoreError, match="exists; choose another name"):
        write_archive(run)
    assert archive.read_bytes() == before
    with pytest.raises(StoreError, match=r"must end in \.zip"):
        write_archive(run, tmp_path / "run.tar")
    with pytest.raises(StoreError, match="cannot lie in the folder"):
        write_archive(run, run / "figures/run.zip")
    with pytest.raises(StoreError, match="there is no result"):
        write_archive(tmp_path)
    shutil.copytree(run, tmp_path / "copy")
    (tmp_path / "copy/link").symlink_to("/etc/hosts")
    with pytest.raises(StoreError, match="is a link"):
        write_archive(tmp_path / "copy")
    assert not (tmp_path / "copy.zip").exists()

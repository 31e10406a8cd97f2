"""Files that are changed in place: old or new whatever happens, and never a byte of one with one of the other."""

from __future__ import annotations

import errno
import os
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from g2fit.core.errors import StoreError
from g2fit.core.journaled import PAGE, Content, changed, journal_of, opened
from tests.support.killed import Killed, killed_at


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process needs no `fsync`: what it has written is there."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def read(path: Path) -> bytes:
    with opened(path) as source:
        if isinstance(source, Path):
            return source.read_bytes()
        source.seek(0)
        buffer = bytearray(source.size)
        source.readinto(buffer)
        return bytes(buffer)


def edit(path: Path, edits: list[tuple[int, bytes]], size: int | None = None) -> None:
    with changed(path) as content:
        for place, data in edits:
            content.seek(place)
            content.write(data)
        if size is not None:
            content.truncate(size)


def after(before: bytes, edits: list[tuple[int, bytes]], size: int | None = None) -> bytes:
    content = bytearray(before)
    for place, data in edits:
        content.extend(bytes(max(0, place - len(content))))
        content[place : place + len(data)] = data
    return bytes(content[:size])


def random_edits(rng: random.Random, length: int) -> list[tuple[int, bytes]]:
    edits = [(rng.randrange(length), rng.randbytes(rng.randrange(1, 3 * PAGE))) for _ in range(rng.randrange(1, 6))]
    return [*edits, (length + rng.choice([0, 0, 17, 2 * PAGE]), rng.randbytes(rng.randrange(1, 2 * PAGE)))]


def test_edits_are_those_of_a_plain_file(tmp_path: Path) -> None:
    """Random edits within the file, across its end and beyond, and shortening, are read before and after the change."""
    rng, path = random.Random(1), tmp_path / "file"
    content = rng.randbytes(3 * PAGE + 100)
    path.write_bytes(content)
    for trial in range(60):
        edits = random_edits(rng, len(content))
        size = rng.randrange(1000, len(content)) if trial % 5 == 0 else None
        content = after(content, edits, size)
        with changed(path) as file:
            for place, data in edits:
                file.seek(place)
                file.write(data)
            if size is not None:
                file.truncate(size)
            seen = bytearray(file.size)
            file.seek(0)
            file.readinto(seen)
        assert bytes(seen) == content
        assert path.read_bytes() == content
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_a_change_is_made_or_not_wherever_it_is_killed(tmp_path: Path) -> None:
    rng, path = random.Random(2), tmp_path / "file"
    old = rng.randbytes(5 * PAGE + 10)
    seen = {"old": 0, "new": 0}
    for trial in range(12):
        edits = random_edits(rng, len(old))
        new = after(old, edits)
        finished = False
        number = 0
        while not finished:
            number += 1
            path.write_bytes(old)
            with suppress(Killed), killed_at(number) as count:
                edit(path, edits)
            finished = count[0] < number
            found = read(path)
            assert found.startswith(old) or found == new
            seen["new" if found == new else "old"] += 1
            edit(path, [(0, b"x")])  # goes on from there
            expected = b"x" + (new[1:] if found == new else old[1:])
            assert path.read_bytes()[: len(expected)] == expected
            for item in tmp_path.iterdir():
                if item != path:
                    assert item.name.startswith("."), f"{item} is left after trial {trial}"
                    item.unlink()
    assert min(seen.values()) > 12


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    old = random.Random(3).randbytes(2 * PAGE)
    path.write_bytes(old)

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(StoreError, match=r"file: cannot be written \(No space left on device\); what was there"):
            edit(path, [(0, b"new"), (len(old), b"more")])
    with pytest.raises(KeyboardInterrupt):
        stop_after_writing(path)
    assert path.read_bytes() == old
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def stop_after_writing(path: Path) -> None:
    with changed(path) as content:
        content.seek(PAGE)
        content.write(bytes(3 * PAGE))
        raise KeyboardInterrupt


def interrupted(path: Path) -> None:
    """Leave a file with a journal: killed when the first page is written to its place."""
    size = path.stat().st_size
    with suppress(Killed), changed(path) as content:
        content.seek(0)
        content.write(b"new" * PAGE)
        content.seek(size)
        content.write(b"more")
        write, fsync = os.pwrite, os.fsync

        def kill(*_: Any) -> int:
            raise Killed

        def dead(descriptor: int) -> None:
            if journal_of(path).exists():
                os.pwrite = kill  # type: ignore[assignment]
            fsync(descriptor)

        os.fsync = dead  # type: ignore[assignment]
    os.fsync, os.pwrite = fsync, write  # type: ignore[assignment]


def test_damaged_and_foreign_journals_are_refused(tmp_path: Path) -> None:
    path, rng = tmp_path / "file", random.Random(4)
    old = rng.randbytes(4 * PAGE)
    path.write_bytes(old)
    interrupted(path)
    journal = journal_of(path)
    assert journal.exists()
    good = journal.read_bytes()
    new = read(path)
    assert new.startswith(b"newnew")
    assert new.endswith(b"more")
    for _ in range(200):
        harmed = bytearray(good)
        harmed[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
        journal.write_bytes(harmed)
        try:
            assert read(path) == new
        except StoreError as error:
            assert str(journal) in str(error)  # noqa: PT017 (both are allowed)
    journal.write_bytes(good[: len(good) // 2])
    with pytest.raises(StoreError, match=r"file\.journal: cannot be read or is damaged"):
        read(path)
    journal.write_bytes(good)
    path.write_bytes(rng.randbytes(4 * PAGE))
    for act in (read, lambda path: edit(path, [(0, b"x")])):
        with pytest.raises(StoreError, match=r"file\.journal: belongs to another file than the one that is there"):
            act(path)


def test_links_are_not_followed(tmp_path: Path) -> None:
    shutil.copyfile(__file__, tmp_path / "target")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(StoreError, match="symbolic link"):
        edit(tmp_path / "link", [(0, b"x")])


def test_as_a_file_object(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with path.open("rb") as stream:
        content = Content(stream.fileno())
        assert content.readable()
        assert content.writable()
        assert content.seekable()
        assert content.seek(-4, os.SEEK_END) == 6
        assert content.seek(1, os.SEEK_CUR) == content.tell() == 7
        assert content.read() == b"789"


def test_a_change_of_nothing_that_is_killed_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * PAGE)
    whole = path.read_bytes()

    def die(_: Path, descriptor: int, change: object) -> None:
        if change is not None:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("g2fit.core.journaled._complete", die)
        with suppress(Killed), changed(path) as content:
            content.seek(0)
            content.write(whole[:100])
    assert journal_of(path).exists()
    assert read(path) == whole
    with changed(path):
        pass
    assert path.read_bytes() == whole
    assert not journal_of(path).exists()

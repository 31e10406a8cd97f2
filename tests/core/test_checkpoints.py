"""Checkpoints: parts are reused under their own key only, and nothing of another key is taken for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g2fit.core.checkpoints import Checkpoints
from g2fit.core.errors import StoreError
from g2fit.core.files import fingerprint_of
from g2fit.core.sealed import read_sealed


def test_parts_are_kept_under_their_key_and_deleted_under_another(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path / "parts", "one")
    with store.held("busy"):
        store.save("a", {"x": np.arange(3)})
    (store.folder / ".a-left.npz").write_bytes(b"of a killed process")
    with store.held("busy"):
        assert store.parts() == ["a"]
        np.testing.assert_array_equal(store.load("a")["x"], np.arange(3))  # type: ignore[index]
        with pytest.raises(StoreError, match="busy"), Checkpoints(store.folder, "one").held("busy"):
            pass
    assert not list(store.folder.glob(".a-*"))
    other = Checkpoints(store.folder, "two")
    with other.held("busy"):
        assert other.parts() == []
        assert other.load("a") is None


@pytest.mark.parametrize("record", [None, "", "[]", "{}", '{"key": 1}', "\ufeff"])
def test_parts_without_a_readable_key_are_not_used(record: str | None, tmp_path: Path) -> None:
    store = Checkpoints(tmp_path, "one")
    store.save("a", {"x": np.ones(1)})
    if record is not None:
        (tmp_path / store.record).write_text(record)
    with store.held("busy"):
        assert store.parts() == []
    assert read_sealed(tmp_path / store.record, "") == {"key": "one"}


def test_refused_parts_stay(tmp_path: Path) -> None:
    mine = Checkpoints(tmp_path, "one", refusal="points of another card", about={"seed": 1})
    with mine.held("busy"):
        mine.save("a", {"x": np.ones(1)})
    assert read_sealed(tmp_path / mine.record, "") == {"key": "one", "seed": 1}
    other = Checkpoints(tmp_path, "two", refusal="points of another card")
    with pytest.raises(StoreError, match="holds points of another card; choose another folder"), other.held("busy"):
        pass
    (tmp_path / mine.record).write_text("{}")
    with pytest.raises(StoreError, match="is not what was written"), mine.held("busy"):
        pass
    (tmp_path / mine.record).unlink()
    with pytest.raises(StoreError, match=r"holds \.npz files but no checkpoints\.json"), mine.held("busy"):
        pass
    assert mine.load("a") is not None


def test_fingerprints_tell_contents_apart() -> None:
    values = np.arange(4.0)
    assert fingerprint_of([1], values) == fingerprint_of([1], values[::-1][::-1])
    assert (
        len({fingerprint_of([1]), fingerprint_of([2]), fingerprint_of([1], values), fingerprint_of([1], -values)}) == 4
    )

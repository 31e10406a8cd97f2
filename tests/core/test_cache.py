"""The folder of what can be computed again."""

from pathlib import Path

import pytest

from g2fit.core import cache


def test_an_empty_setting_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the folder that the program runs in."""
    monkeypatch.setenv("G2FIT_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_root.__wrapped__() == tmp_path / "g2fit"

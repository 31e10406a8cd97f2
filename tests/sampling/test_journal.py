"""Journals of evaluations: what was recorded is known again, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g2fit.core.errors import StoreError
from g2fit.sampling.journal import Journal


def test_parts_in_any_order(tmp_path: Path) -> None:
    z = np.random.default_rng(0).normal(size=(7, 2))
    journal = Journal(tmp_path / "journal")
    journal.add(3, 4, z[4:], z[4:, 0], np.array([1.0, 2.0]))
    journal.add(3, 0, z[:2], z[:2, 0], np.array([1.0, 0.0]))
    values, done = Journal(tmp_path / "journal").known(3, z)
    assert done.tolist() == [True, True, False, False, True, True, True]
    np.testing.assert_array_equal(values[done], z[done, 0])
    assert Journal(tmp_path / "journal").counts(3).tolist() == [2.0, 2.0]
    assert not Journal(tmp_path / "journal").known(4, z)[1].any()


@pytest.mark.parametrize("lost", [1, 8, 40, 60])
def test_an_entry_that_was_cut_is_dropped_and_others_follow(tmp_path: Path, lost: int) -> None:
    z = np.random.default_rng(0).normal(size=(4, 1))
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.add(0, 0, z[:2], z[:2, 0])
    journal.add(0, 2, z[2:], z[2:, 0])
    path.write_bytes(path.read_bytes()[:-lost])
    again = Journal(path)
    assert again.known(0, z)[1].tolist() == [True, True, False, False]
    again.add(0, 2, z[2:], z[2:, 0])
    values, done = Journal(path).known(0, z)
    assert done.all()
    np.testing.assert_array_equal(values, z[:, 0])


def test_values_of_other_points_are_refused(tmp_path: Path) -> None:
    z = np.random.default_rng(0).normal(size=(4, 1))
    journal = Journal(tmp_path / "journal")
    journal.add(0, 0, z, z[:, 0])
    with pytest.raises(StoreError, match="another version"):
        journal.known(0, z + 1e-9)


def test_a_damaged_value_is_not_used(tmp_path: Path) -> None:
    z = np.random.default_rng(0).normal(size=(4, 1))
    path = tmp_path / "journal"
    Journal(path).add(0, 0, z, z[:, 0])
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    assert not Journal(path).known(0, z)[1].any()

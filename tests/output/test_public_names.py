"""What ``import g2fit`` offers."""

import pytest

import g2fit


@pytest.mark.parametrize("name", ["run", "evidence", "compare", "scan", "plot", "report", "post", "bestfit"])
def test_verbs_are_functions_of_the_package(name: str) -> None:
    assert name in dir(g2fit)
    assert callable(getattr(g2fit, name))


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(g2fit, name) is not None for name in dir(g2fit))

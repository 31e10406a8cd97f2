"""Numbers of a report: whatever their size, what is printed is the number, to the digits that are shown."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from g2fit.output.report.numbers import interval, number, spread

#: Larger ones are beyond the largest number when they are rounded.
SMALLEST, LARGEST = 5e-324, 1.7e308
SIZES = st.floats(-LARGEST, LARGEST)


def read(text: str) -> float:
    """Number that is printed."""
    plain = text.replace("\N{MINUS SIGN}", "-").replace("\xa0", "")
    return float(re.sub(r"\N{MULTIPLICATION SIGN}10<sup>(.*?)</sup>", r"e\1", plain))


def read_pair(text: str, between: str) -> tuple[float, float]:
    """Two numbers that are printed, with a common power of ten or one each."""
    common = re.fullmatch(r"\((.*)\)(.*)", text)
    inside, power = common.groups() if common else (text, "")
    one, other = inside.split(between)
    return read(one.strip() + power), read(other.strip() + power)


@given(SIZES, st.sampled_from((3, 4)))
@example(SMALLEST, 4)
@example(-LARGEST, 3)
@example(9.99996e-5, 4)
def test_number(value: float, digits: int) -> None:
    # the smallest numbers have few digits themselves
    assert read(str(number(value, digits))) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=SMALLEST)


@given(SIZES, SIZES)
@example(SMALLEST, 1e-320)
@example(-LARGEST, LARGEST)
@example(0.0, SMALLEST)
def test_interval(one: float, other: float) -> None:
    low, high = sorted((one, other))
    tolerance = 5.1e-3 * max(abs(low), abs(high))
    assert read_pair(str(interval(low, high)), "\N{HORIZONTAL ELLIPSIS}") == pytest.approx((low, high), abs=tolerance)


@given(st.floats(1e-280, 1e280), st.floats(1e-280, 1e280))
@example(1.2e-4, 0.3)
@example(1e-9, 2.5e-4)
@example(3.456, 1e5)
def test_ends_of_an_interval_over_decades_are_seen(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ends = read_pair(str(interval(low, high)), "\N{HORIZONTAL ELLIPSIS}")
    assert ends == pytest.approx((low, high), rel=5.1e-3)
    ends = read_pair(str(interval(-high, -low)), "\N{HORIZONTAL ELLIPSIS}")
    assert ends == pytest.approx((-high, -low), rel=5.1e-3)


@given(SIZES, st.floats(0.0, LARGEST))
@example(SMALLEST, 1e-320)
@example(1e300, 1e-10)
@example(-LARGEST, LARGEST)
def test_spread(mean: float, deviation: float) -> None:
    shown = read_pair(str(spread(mean, deviation)), "\N{PLUS-MINUS SIGN}")
    assert shown[1] == pytest.approx(deviation, rel=0.051, abs=SMALLEST)
    assert shown[0] == pytest.approx(mean, rel=5.1e-4, abs=max(0.051 * deviation, SMALLEST))


def test_zero_has_no_sign() -> None:
    assert str(number(-0.0)) == "0"
    assert str(spread(-1e-7, 0.5)) == "0.00 ± 0.50"


def test_what_is_no_number() -> None:
    assert [str(number(value)) for value in (None, math.nan, -math.inf)] == ["–", "–", "\N{MINUS SIGN}∞"]
    assert str(interval(1.0, math.inf)) == "1 … ∞"
    assert str(spread(1.0, math.nan)) == "1 ± –"

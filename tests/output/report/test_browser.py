"""The report in headless Chromium: no request, no message, nothing cut off, enough contrast; phone, desktop, print."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from g2fit.card import Card
from g2fit.output.report import report
from tests.support.browser import Browser
from tests.support.cards import SAMPLER, short_run
from tests.support.page_checks import cut_off, faint

PROGRAM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed (Debian package 'chromium')")

PHONE, LAPTOP, DESKTOP, PAPER = (390, 844), (1200, 800), (1280, 900), (688, 1000)

CUT_OFF, FAINT = cut_off(), faint()

#: Boxes whose content is wider than they are.
SCROLLING = """
[...document.querySelectorAll('.wide, .picture, .box')].filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => e.getAttribute('aria-label'))
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("size", [PHONE, LAPTOP, DESKTOP], ids=["phone", "laptop", "desktop"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page_is_silent_whole_and_legible(
    browser: Browser, page: Path, tmp_path: Path, size: tuple[int, int], dark: bool
) -> None:
    browser.open(page, *size, dark=dark)
    assert browser.messages() == []
    assert browser.requests() == [page.resolve().as_uri()]
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.evaluate(CUT_OFF) == []
    assert browser.evaluate(FAINT) == []
    assert browser.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 500)")
    assert browser.evaluate(SCROLLING) == []
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(v) for v in background[4:-1].split(",")) < 150) == dark
    browser.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 5000


def test_the_longest_data_and_many_solutions_fit(
    browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No column is cut with the data of today, and with the parameters and solutions of the MSSM."""
    folder = tmp_path_factory.mktemp("large")
    for number, name in enumerate(("latest-rb-vll", "joint-mssm")):
        card = Card.load(root / f"analysis/{name}.yaml").resolved()
        run = short_run({**card, "sampler": SAMPLER}, root, folder / str(number))
        file = report([run.folder.path], folder / f"{number}.html")
        for size in (LAPTOP, (1000, 800)):
            browser.open(file, *size)
            assert browser.evaluate(SCROLLING) == []
            assert browser.evaluate(CUT_OFF) == []


def test_a_figure_grows_on_a_phone(browser: Browser, page: Path) -> None:
    browser.open(page, *PHONE)
    width = "document.images[0].getBoundingClientRect().width"
    before = browser.evaluate(width)
    assert before <= PHONE[0]
    browser.evaluate("document.querySelector('.enlarge input').click()")
    assert browser.evaluate(width) > 1.8 * before
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")  # it scrolls within its frame
    browser.open(page, *DESKTOP)
    assert browser.evaluate("getComputedStyle(document.querySelector('.enlarge')).display") == "none"


def test_print_is_black_on_white_and_complete(browser: Browser, page: Path) -> None:
    browser.open(page, *PAPER, dark=True, media="print")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.evaluate(FAINT) == []
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.evaluate(CUT_OFF) == []
    # what scrolls on the screen is whole on paper
    assert browser.evaluate("[...document.querySelectorAll('.box')].every(e => e.scrollHeight <= e.clientHeight + 1)")
    browser.open(page, *DESKTOP, media="")
    pdf = browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert pdf.startswith("JVBER")  # %PDF


def test_page_without_figures_still_names_them(browser: Browser, page: Path) -> None:
    browser.open(page, *PHONE)
    names = browser.evaluate("[...document.images].map(image => image.alt)")
    assert any(name.startswith("Corner figure: marginal density of each parameter (m_L, Y_R, Y_V)") for name in names)


def test_the_browser_would_notice(browser: Browser, tmp_path: Path) -> None:
    """Requests, messages, cut-off and faint text are seen where they are."""
    file = tmp_path / "bad.html"
    file.write_text(
        "<!DOCTYPE html><html lang=en><body style='background:#fff'><p style='color:#aaa;width:5000px'>faint</p>"
        "<img src='missing.png' alt=''><script>console.error('oh')</script></body></html>"
    )
    with pytest.raises(RuntimeError, match="image"):
        browser.open(file, *DESKTOP)
    assert any("missing.png" in url for url in browser.requests())
    assert any("oh" in message for message in browser.messages())
    assert not browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(browser.evaluate(CUT_OFF)) == 1
    assert [text for text, _ in browser.evaluate(FAINT)] == ["faint"]

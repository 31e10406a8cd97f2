"""The site in headless Chromium, from disk: nothing loaded from elsewhere, no message, nothing cut off or faint."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.page_checks import cut_off, faint

PROGRAM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed (Debian package 'chromium')"),
]

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}

#: Lets everything that moves be at its end at once, such as drawers when the size of the window changes.
STILL = """
document.head.appendChild(Object.assign(document.createElement("style"),
  {textContent: "*, *::before, *::after { transition: none !important; animation: none !important }"})) && true
"""

#: Texts and boxes of these parts are judged: the page itself, its title and its foot, not drawers that are closed.
PARTS = ".md-content, .md-header__title, .md-footer"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("profile")) as started:
        yield started


def is_dark(browser: Browser) -> bool:
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(value) for value in background[4:-1].split(",")) < 200


def open_page(browser: Browser, page: Path, size: str, dark: bool) -> None:
    """Open a page and let its scripts end; once more, if a choice was written down after the page before had ended."""
    for _ in range(2):
        browser.open(page, *SIZES[size], dark=dark)
        for _ in range(20):
            browser.evaluate("new Promise(done => setTimeout(done, 50))")
            if is_dark(browser) == dark:
                return
        browser.evaluate("localStorage.clear()")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_silent_whole_and_legible(browser: Browser, site: Path, dark: bool) -> None:
    """Light pages are opened on a phone and dark ones on a desktop; then the window gets the other size."""
    pages = sorted(path for path in site.glob("*.html") if path.stem != "404")
    assert len(pages) > 20
    sizes = sorted(SIZES, reverse=not dark)
    for page in pages:
        open_page(browser, page, sizes[0], dark)
        browser.evaluate(STILL)
        for size in sizes:
            browser.resize(*SIZES[size])
            assert browser.evaluate("innerWidth") == SIZES[size][0]
            assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.name, size)
            for script in (cut_off(PARTS), faint(PARTS)):
                found = browser.evaluate(script)
                assert found == [], (page.name, size, found[:5])
            assert is_dark(browser) == dark, (page.name, size)
        assert browser.messages() == [], page.name
        assert [url for url in browser.requests() if not url.startswith("file:")] == [], page.name
        browser.evaluate("localStorage.clear()")  # a choice of light or dark is remembered


def test_search_finds_what_is_there(browser: Browser, site: Path) -> None:
    browser.open(site / "index.html", *SIZES["desktop"])
    box = browser.evaluate(
        "(({x, y, width, height}) => [x + width / 2, y + height / 2])"
        "(document.querySelector('.md-search__input').getBoundingClientRect())"
    )
    for kind in ("mousePressed", "mouseReleased"):
        browser.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
    for letter in "caesium":
        browser.call("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
        browser.call("Input.dispatchKeyEvent", type="keyUp", key=letter)
    deadline = time.monotonic() + 30.0
    links: list[str] = []
    while not links and time.monotonic() < deadline:
        time.sleep(0.2)
        links = browser.evaluate("[...document.querySelectorAll('.md-search-result__link')].map(link => link.href)")
    assert any("constraints.html" in link for link in links), links
    assert browser.messages() == []


def test_checks_find_faults(browser: Browser, tmp_path: Path) -> None:
    """Grey text on a half-transparent background, and a box that leaves the window; not what is hidden or scrolls."""
    page = tmp_path / "page.html"
    page.write_text(
        """<body style="background: white"><div style="background: rgba(0, 0, 0, 0.5)">
        <p style="color: #777">faint</p> <p style="color: black">clear</p></div>
        <p style="color: #999">pale</p> <p style="opacity: 0; color: #eee">hidden <b>within</b></p>
        <div style="overflow-x: auto"><pre style="width: 3000px">scrolls</pre></div>
        <div style="width: 3000px">too wide</div></body>"""
    )
    browser.open(page, *SIZES["desktop"])
    assert [text for text, _ in browser.evaluate(faint())] == ["faint", "pale"]
    assert browser.evaluate(cut_off()) == ['<div style="width: 3000px">too wide</div>']

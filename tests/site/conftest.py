"""The built site, served as a static host would, and a real browser."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path

import pytest

from docs.book.printer import browser_path

from .visits import Host as Site
from .visits import served

ROOT = Path(__file__).parents[2]
LANGUAGES = {"zh": "", "en": "en/"}  # where each lives, in the site
both = pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
each_language = pytest.mark.parametrize(
    ("language", "prefix"), LANGUAGES.items()
)
SECONDS = 60  # to wait; lessons may be running at the same time
WIDGETS = "assets/javascripts/widgets/"  # the modules of all
POLICY = "Content Security Policy"  # in what Chromium says it has refused
NO_BROWSER = (
    "no Chromium or Chrome found, so nothing was tried in a browser; "
    "install one (Debian, Ubuntu: apt install chromium)"
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both languages, built by one `mkdocs build --strict`."""
    with served(tmp_path_factory.mktemp("site")) as host:
        command = ["mkdocs", "build", "--strict", "-d", host.folder]
        built = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "SITE_URL": host.address},
            capture_output=True,
            text=True,
        )
        assert built.returncode == 0, built.stderr[-3000:]
        yield host


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Headless Chromium."""
    path = browser_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # No sandbox: containers forbid the one that Chromium builds. The
        # browser opens nothing but our own pages.
        opened = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
            ],
        )
        yield opened
        opened.close()


def wait_for(page: object, expression: str) -> None:
    """Wait until an expression holds in a page.

    Playwright's `wait_for_function` evaluates it there again and again, which
    the policy of the page refuses; asked from outside, the page answers.
    """
    end = time.monotonic() + SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"it never holds: {expression}"
        page.wait_for_timeout(50)


def settle(page: object) -> None:
    """What was asked for is shown with the next frame."""
    page.evaluate(
        "new Promise(done => requestAnimationFrame(() =>"
        " requestAnimationFrame(done)))"
    )


def drag(page: object, places: Iterable[tuple[float, float]]) -> None:
    """As a finger does; Playwright itself can only tap."""
    session = page.context.new_cdp_session(page)
    kinds = chain(["touchStart"], repeat("touchMove"))
    moves = [
        (kind, [{"x": x, "y": y}])
        for kind, (x, y) in zip(kinds, places, strict=False)
    ]
    for kind, points in [*moves, ("touchEnd", [])]:
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )


@contextmanager
def window(
    browser: object, own: str, **settings: object
) -> Iterator[tuple[object, list[str]]]:
    """A window, and its troubles: in the end there must be none.

    Such are errors of scripts, what the policy of a page refuses, and requests
    to addresses that do not begin with `own`.
    """
    desktop = {"viewport": {"width": 1280, "height": 900}}
    context = browser.new_context(**{**desktop, **settings})
    context.set_default_timeout(1000 * SECONDS)
    page = context.new_page()
    page.wait_for_function = functools.partial(wait_for, page)
    troubles: list[str] = []

    def note(trouble: str, is_one: bool = True) -> None:
        if is_one:
            troubles.append(trouble)

    near = (own, "data:", "blob:")
    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda said: note(said.text, POLICY in said.text))
    page.on(
        "request", lambda sent: note(sent.url, not sent.url.startswith(near))
    )
    yield page, troubles
    context.close()
    assert not troubles


@pytest.fixture
def page(browser: object, site: Site) -> Iterator[object]:
    """A window on the site."""
    with window(browser, site.address) as (page, _):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield page
        assert not page.context.cookies()

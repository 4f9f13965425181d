"""The built site, served as a static host would, and a real browser."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs.book.printer import browser_path

ROOT = Path(__file__).parents[2]
# Below a path, as project pages on a shared host are.
PREFIX = "/course/"
LANGUAGES = {"zh": "", "en": "en/"}  # where each lives, below that
SECONDS = 60  # to wait; lessons may be running at the same time
POLICY = "Content Security Policy"  # in what Chromium says it has refused
NO_BROWSER = (
    "no Chromium or Chrome found, so nothing was tried in a browser; "
    "install one (Debian, Ubuntu: apt install chromium)"
)


@dataclass(frozen=True)
class Site:
    """A built site: its folder and the address that it is served at."""

    folder: Path
    address: str


class StaticHost(http.server.SimpleHTTPRequestHandler):
    """Serve the files of a folder, and a 404 page for the rest.

    It leads nobody to the slash that a link to a folder forgot.
    """

    below = PREFIX  # the path that the folder is at
    missing: bytes | None = None  # the page; else the folder's own

    def translate_path(self, path: str) -> str:
        found = super().translate_path("/" + path.removeprefix(self.below))
        is_folder = path.partition("?")[0].endswith("/")
        if not path.startswith(self.below) or (
            Path(found).is_dir() and not is_folder
        ):
            return str(Path(self.directory) / "no-such-file")
        return found

    def send_error(self, code: int, *args: object, **kwargs: object) -> None:
        own = Path(self.directory) / "404.html"
        page = self.missing or own.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both languages, built by one `mkdocs build --strict`."""
    folder = tmp_path_factory.mktemp("site")
    handler = functools.partial(StaticHost, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}{PREFIX}"
        built = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder],
            cwd=ROOT,
            env={**os.environ, "SITE_URL": address},
            capture_output=True,
            text=True,
        )
        assert built.returncode == 0, built.stderr[-3000:]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, address)
        server.shutdown()


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


@contextmanager
def window(browser: object) -> Iterator[tuple[object, list[str]]]:
    """A desktop window, and its troubles: in the end there must be none."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(1000 * SECONDS)
    page = context.new_page()
    page.wait_for_function = functools.partial(wait_for, page)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page, troubles
    context.close()
    assert not troubles


@pytest.fixture
def page(browser: object, site: Site) -> Iterator[object]:
    """A window free of foreign requests, and of what the policy refuses."""
    with window(browser) as (page, troubles):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((site.address, "data:", "blob:"))
                else troubles.append(f"request to {request.url}")
            ),
        )
        page.on(
            "console",
            lambda said: (
                troubles.append(said.text) if POLICY in said.text else None
            ),
        )
        yield page
        assert not page.context.cookies()

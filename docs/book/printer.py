"""Chromium as a printer: HTML in, PDF out, the same for the same HTML."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright
from pypdf import PdfReader

from .files import Trouble

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
NO_BROWSER = (
    "No Chromium or Chrome is found, which prints the book. Install one "
    "(Debian, Ubuntu: apt install chromium) and run the same command again."
)
NO_FONT = (
    "No font with Chinese characters is found, and the book has some in both "
    "languages. Install one (Debian, Ubuntu: apt install fonts-noto-cjk) and "
    "run the same command again."
)
# Two characters that no font lacks alone: without one, both are a box.
SEEN = """() => {
  const drawn = (text) => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    context.font = "40px sans-serif";
    context.fillText(text, 10, 60);
    return canvas.toDataURL();
  };
  return drawn("深") !== drawn("卷");
}"""
DATE = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}[^)]*\)")
PART = re.compile(rb"\(node\d{8}\)")


def browser_path() -> str | None:
    """The Chromium or Chrome that is installed here."""
    found = (shutil.which(name) for name in BROWSERS)
    installed = (path for path in ELSEWHERE if Path(path).exists())
    return next((path for path in (*found, *installed) if path), None)


class Printer:
    """A headless browser, which a `with` block opens and closes.

    Raises:
        Trouble: there is no browser, or it does not start; or no font of this
            computer has Chinese characters.
    """

    def __init__(self) -> None:
        self._path = browser_path()
        if self._path is None:
            raise Trouble(NO_BROWSER)

    def __enter__(self) -> Printer:
        self._playwright = sync_playwright().start()
        # No sandbox: containers forbid the one that Chromium builds. The
        # browser opens nothing but our own pages.
        arguments = ["--no-sandbox", "--disable-gpu"]
        try:
            self._browser = self._playwright.chromium.launch(
                executable_path=self._path, args=arguments
            )
        except Error as error:
            self._playwright.stop()
            first = str(error).strip().partition("\n")[0]
            raise Trouble(f"{self._path} does not start: {first}") from None
        try:
            self.check()
        except Trouble:
            self.__exit__()
            raise
        return self

    def check(self) -> None:
        """See that the browser has all that the book needs.

        Raises:
            Trouble: no font of this computer has Chinese characters.
        """
        page = self._browser.new_page()
        has_font = page.evaluate(SEEN)
        page.close()
        if not has_font:
            raise Trouble(NO_FONT)

    def __exit__(self, *_: Any) -> None:
        self._browser.close()
        self._playwright.stop()

    def to_pdf(self, html: Path, pdf: Path, day: str) -> None:
        """Print a file.

        Args:
            html: the file.
            pdf: to write.
            day: that the PDF says it is of, such as "2026-11-26".
        """
        page = self._browser.new_page(color_scheme="light")
        page.set_default_timeout(600_000)
        try:
            page.goto(html.as_uri())
            data = page.pdf(
                prefer_css_page_size=True,
                print_background=True,
                outline=True,
                tagged=True,
            )
        except Error as error:
            first = str(error).strip().partition("\n")[0]
            raise Trouble(f"The browser cannot print: {first}") from None
        finally:
            page.close()
        pdf.write_bytes(steady(data, day))


def steady(data: bytes, day: str) -> bytes:
    """A PDF without what differs between prints of the same.

    That is the time, and the number from which parts of the text are counted.

    >>> steady(b"(node00000107) (node00000108)", "")
    b'(node00000000) (node00000001)'
    """
    stamp = f"{day.replace('-', '')}000000+00'00')".encode()
    found = sorted(set(PART.findall(data)))
    names = {old: b"(node%08d)" % new for new, old in enumerate(found)}
    data = PART.sub(lambda part: names[part[0]], data)
    return DATE.sub(rb"\g<1>" + stamp, data)


def pages(pdf: Path) -> Mapping[str, int]:
    """On which page, from 1, each place is that a link of a PDF leads to."""
    reader = PdfReader(pdf)
    numbers = {
        page.indirect_reference.idnum: number
        for number, page in enumerate(reader.pages, start=1)
        if page.indirect_reference
    }
    return {
        name.removeprefix("/"): numbers[place.raw_get("/Page").idnum]
        for name, place in reader.named_destinations.items()
    }

"""A book of two chapters, printed and as EPUB, in English and Chinese."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from docs.book import __main__ as made_by
from docs.book import book, chapters, copied, printer
from docs.book.files import Trouble
from docs.hooks import editions

from .conftest import Site

NAMES = ("padding_strides", "input_speed")
EPUBCHECK = Path("/usr/share/java/epubcheck.jar")
WIDE = """width => [...document.querySelectorAll("pre, table, img, p, li")]
  .filter((part) => part.getBoundingClientRect().right > width + 1
    || (part.matches("pre") && part.scrollWidth > part.clientWidth + 1))
  .map((part) => part.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def opened(browser: object) -> Iterator[printer.Printer]:
    """A printer that has the browser of the other tests."""
    made = printer.Printer()
    made._browser = browser
    try:
        made.check()
    except Trouble as trouble:
        pytest.skip(str(trouble))
    yield made


@pytest.fixture(scope="module")
def made(
    site: Site,
    opened: printer.Printer,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("book")
    return {
        path.name: path
        for path in book.write(site.folder, folder, opened, NAMES)
    }


@cache
def texts(path: Path) -> list[str]:
    """What can be read of each printed page."""
    return [plain(page.extract_text()) for page in PdfReader(path).pages]


def plain(text: str) -> str:
    """A text as it is compared: without spaces, which end lines, too."""
    return "".join(text.split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_contents_have_the_pages(
    made: dict[str, Path], site: Site, language: str
) -> None:
    path = made[f"vision-{language}.pdf"]
    places, read = printer.pages(path), PdfReader(path)
    reader = chapters.Reader(site.folder, language, NAMES)
    listed = reader.chapters()
    text = texts(path)
    assert [chapter.name for chapter in listed] == list(NAMES)
    for chapter in listed:
        on = places[chapter.name]
        assert f"{plain(chapter.title)}{on}" in text[1]
        assert plain(chapter.title) in text[on - 1]
        answers = places[f"{chapter.name}--answers"]
        assert plain(reader.words["book"]["answers"]) in text[answers - 1]
        assert answers == max(
            page
            for name, page in places.items()
            if name in {f"{chapter.name}--{id_}" for id_ in ("answers", "next")}
        )
    titles = [
        entry.title for entry in read.outline if not isinstance(entry, list)
    ]
    assert [c.title for c in listed] == titles[-2:]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_printed_is_read_as_it_was_written(
    made: dict[str, Path], site: Site, language: str
) -> None:
    text, solved = "".join(texts(made[f"vision-{language}.pdf"])), 0
    assert not [each for each in text if ord(each) in copied.RADICALS]
    for chapter in chapters.Reader(site.folder, language, NAMES).chapters():
        for part in chapter.body.select(".solution p, .solution li"):
            solved += 1  # the end of a line could part it from the next page
            assert plain(part.get_text())[:10] in text, part.get_text()
    assert solved > 5


@pytest.mark.parametrize("language", ["en", "zh"])
def test_links_and_fonts_are_inside(
    made: dict[str, Path], language: str
) -> None:
    read = PdfReader(made[f"vision-{language}.pdf"])
    targets, fonts = set(), []
    for page in read.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            if "/Dest" in note:
                targets.add(str(note["/Dest"]).removeprefix("/"))
        for font in page["/Resources"].get("/Font", {}).values():
            fonts.append(font.get_object())
    assert len(targets) > 20
    assert targets <= printer.pages(made[f"vision-{language}.pdf"]).keys()
    for font in fonts:
        inner = font.get("/DescendantFonts", [font])[0].get_object()
        kept = str(inner.get("/FontDescriptor", {}))
        assert font["/Subtype"] == "/Type3" or "FontFile" in kept


def test_nothing_runs_off_the_page(
    site: Site, browser: object, tmp_path: Path
) -> None:
    reader = chapters.Reader(site.folder, "en", NAMES)
    made = book.Book(site.folder, reader, reader.chapters())
    path = made.lay_out(tmp_path, {})
    page = browser.new_page(viewport={"width": 643, "height": 900})
    page.emulate_media(media="print")
    page.goto(path.as_uri())
    assert not page.evaluate(WIDE, 643)
    assert not page.locator("details, nav, button, .headerlink").count()
    page.close()


def test_the_same_site_makes_the_same_bytes(
    made: dict[str, Path], site: Site, opened: printer.Printer, tmp_path: Path
) -> None:
    reader = chapters.Reader(site.folder, "en", NAMES)
    again = book.Book(site.folder, reader, reader.chapters())
    again.print(opened, tmp_path / "again.pdf")
    book.epub.write(tmp_path / "again.epub", again)
    for kind in ("pdf", "epub"):
        first = made[f"vision-en.{kind}"].read_bytes()
        assert first == (tmp_path / f"again.{kind}").read_bytes()


def test_code_that_no_page_can_hold_leaves_none_empty(
    site: Site, opened: printer.Printer, tmp_path: Path
) -> None:
    reader = chapters.Reader(site.folder, "en", ("pretrained",))
    made = book.Book(site.folder, reader, reader.chapters())
    assert made.chapters[0].body.select(".highlight.long")
    opened.to_pdf(made.lay_out(tmp_path, {}), tmp_path / "a.pdf", made.day)
    pages = texts(tmp_path / "a.pdf")
    assert len(pages) > 20
    for number, page in enumerate(pages, start=1):
        assert len(page) > 150, number


def test_a_print_says_nothing_of_its_time() -> None:
    made = [
        b"/ModDate (D:%d+00'00') /ID (node%08d) (node%08d)" % numbers
        for numbers in [(20261126090807, 18, 41), (20261127010203, 19, 42)]
    ]
    first, again = (printer.steady(each, "2026-11-26") for each in made)
    assert first == again
    assert b"(D:20261126000000+00'00') /ID (node00000000)" in first


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_epub_is_whole(made: dict[str, Path], language: str) -> None:
    path = made[f"vision-{language}.epub"]
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert first.filename == "mimetype"
        assert first.compress_type == zipfile.ZIP_STORED
        files = {name: archive.read(name) for name in archive.namelist()}
    ids = {}
    for name in files:
        if name.endswith((".xhtml", ".svg", ".opf")):
            tree = ElementTree.fromstring(files[name])
            ids[name] = {tag.get("id") for tag in tree.iter()}
    links = 0
    for name in ids:
        for tag in ElementTree.fromstring(files[name]).iter():
            target = tag.get("href") or tag.get("src") or ""
            if not name.endswith(".xhtml") or not target or ":" in target:
                continue
            path_, _, section = target.partition("#")
            to = posixpath.join(posixpath.dirname(name), path_)
            assert to in files
            assert not section or section in ids[to], (name, target)
            links += 1
    assert links > 50


@pytest.mark.skipif(not EPUBCHECK.is_file(), reason="epubcheck is not here")
def test_epubcheck_accepts_it(made: dict[str, Path]) -> None:
    """One of them: it takes seconds, and both have the same parts."""
    java = shutil.which("java")
    assert java
    said = subprocess.run(
        [java, "-jar", EPUBCHECK, made["vision-zh.epub"]],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr[-3000:]


def test_what_is_missing_is_named(
    opened: printer.Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "SEEN", "() => false")
    with pytest.raises(Trouble, match="fonts-noto-cjk"):
        opened.check()
    monkeypatch.setattr(printer, "BROWSERS", ())
    monkeypatch.setattr(printer, "ELSEWHERE", ())
    with pytest.raises(Trouble, match="apt install chromium"):
        printer.Printer()


@pytest.mark.skipif(os.name == "nt", reason="it stands in for Python in sh")
def test_a_full_disk_leaves_no_half_of_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, python = tmp_path / "site", tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\nmkdir {site}\ntouch {site}/half\n"
        f"echo 'Traceback\nOSError: [Errno 28] {os.strerror(28)}' >&2\nexit 1"
    )
    python.chmod(0o755)
    monkeypatch.setattr(made_by, "SITE", site)
    monkeypatch.setattr(made_by.sys, "executable", str(python))
    with pytest.raises(Trouble, match=r"^The site was not built in .*full\."):
        made_by.build()
    assert not site.exists()


def test_the_home_page_offers_what_was_made(tmp_path: Path) -> None:
    made = tmp_path / "vision-en.pdf"
    made.write_bytes(bytes(1_250_000))
    assert editions.found(str(tmp_path), ("zh", "en")) == {made.name: made}
    assert editions.size(made) == "1.2 MB"
    assert editions.found("", ("zh", "en")) == {}
    with pytest.raises(editions.PluginError, match="make book offline"):
        editions.found(str(tmp_path / "none"), ("zh", "en"))

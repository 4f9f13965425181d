"""The book as EPUB 3: its chapters as XHTML in an archive."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from docs.hooks import sharing

from .files import archive

if TYPE_CHECKING:
    from .book import Book

SHEET = Path(__file__).parent / "epub.css"
KINDS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css",
}
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0"
 xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/book.opf"
 media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"
 xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}"
 xml:lang="{language}">
<head><title>{title}</title>
<link rel="stylesheet" type="text/css" href="book.css"/></head>
<body>{body}</body>
</html>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0"
 unique-identifier="id" xml:lang="{language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:description>{about}</dc:description>
<dc:language>{language}</dc:language>
<dc:rights>{imprint}</dc:rights>
<meta property="dcterms:modified">{day}T00:00:00Z</meta>
</metadata>
<manifest>
{manifest}
</manifest>
<spine>
{spine}
</spine>
</package>
"""
LINK = re.compile(r'(?<= href=")#([^"]*)')


def write(path: Path, book: Book) -> None:
    """Write it: the same bytes for the same book."""
    archive(path, [*_entries(book)], first="mimetype")


def _entries(book: Book) -> Iterator[tuple[str, bytes]]:
    texts = dict(_texts(book))
    files = {
        "book.css": SHEET.read_bytes(),
        "mark.svg": sharing.MARK.read_bytes(),
        **{f"figures/{name}": data for name, data in book.reader.files.items()},
        **{name: text.encode() for name, text in texts.items()},
    }
    yield "mimetype", b"application/epub+zip"
    yield "META-INF/container.xml", CONTAINER.encode()
    yield "book/book.opf", _package(book, list(files), list(texts)).encode()
    for name, data in files.items():
        yield f"book/{name}", data


def _texts(book: Book) -> Iterator[tuple[str, str]]:
    """The files of text, in the order in which they are read."""
    cover = (
        f'<section class="cover"><img src="mark.svg" alt=""/>'
        f"<h1>{escape(book.title)}</h1><p>{escape(book.about)}</p>"
        f"<p>{escape(book.imprint)}</p></section>"
    )
    contents = (
        f'<nav epub:type="toc" id="toc"><h1>{book.words["contents"]}</h1>'
        f"<ol>{''.join(_contents(book))}</ol></nav>"
    )
    yield "cover.xhtml", _text(book, book.title, cover)
    yield "contents.xhtml", _text(book, book.words["contents"], contents)
    for chapter in book.chapters:
        body = LINK.sub(lambda link: _place(link[1]), str(chapter.body))
        yield f"{chapter.name}.xhtml", _text(book, chapter.title, body)


def _text(book: Book, title: str, body: str) -> str:
    return XHTML.format(
        language=_language(book), title=escape(title), body=body
    )


def _language(book: Book) -> str:
    return "zh-Hans" if book.reader.language == "zh" else "en"


def _place(name: str) -> str:
    """Where an id of the book is, which begins with its chapter's name."""
    chapter = name.partition("--")[0]
    return f"{chapter}.xhtml#{name}"


def _contents(book: Book) -> Iterator[str]:
    for chapter in book.chapters:
        listed = "".join(
            f'<li><a href="{_place(name)}">{escape(title)}</a></li>'
            for name, title in chapter.sections
        )
        below = f"<ol>{listed}</ol>" if listed else ""
        link = f'<a href="{chapter.name}.xhtml">{escape(chapter.title)}</a>'
        yield f"<li>{link}{below}</li>"


def _package(book: Book, files: list[str], texts: list[str]) -> str:
    """The list of all files, and the order of those of text."""
    items = []
    for number, name in enumerate(files):
        kind = KINDS[Path(name).suffix]
        more = ' properties="nav"' if name == "contents.xhtml" else ""
        more = ' properties="cover-image"' if name == "mark.svg" else more
        items.append(
            f'<item id="file-{number}" href="{name}" '
            f'media-type="{kind}"{more}/>'
        )
    spine = [f'<itemref idref="file-{files.index(name)}"/>' for name in texts]
    address = f"{book.reader.address}{book.reader.language}"
    return PACKAGE.format(
        language=_language(book),
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, address),
        title=escape(book.title),
        about=escape(book.about),
        imprint=escape(book.imprint),
        day=book.day,
        manifest="\n".join(items),
        spine="\n".join(spine),
    )

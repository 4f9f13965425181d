"""Each language of the site as a book: one PDF and one EPUB.

The PDF is printed twice or more: only then is known on which page a chapter
begins, which the contents and the references say.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag

from docs.hooks import sharing
from tests.harness.record import Record

from . import copied, epub
from .chapters import ROOT, Chapter, Reader
from .files import Trouble, complete
from .printer import Printer, pages

NAME = "vision-{}"  # of the files, with the language
SHEET = Path(__file__).parent / "book.css"
SITE_SHEET = "assets/stylesheets/all.css"
REFERENCE = re.compile(r'<a class="ref" href="#([^"]*)">.*?</a>', re.DOTALL)
SECTIONS = 20  # of a chapter, at most, for the contents to list them
END = re.compile("--(next|what-was-run|sources)$")  # of all lessons; not listed
TRIES = 4  # until the numbers stand still


def write(
    site: Path, folder: Path, printer: Printer, names: tuple[str, ...] = ()
) -> list[Path]:
    """Write both forms in both languages.

    Args:
        site: the folder of the built site.
        folder: for the files.
        printer: that is open.
        names: of the pages that are chapters; all, if there are none.

    Raises:
        Trouble: something cannot be printed or written.
    """
    made = []
    for language in ("zh", "en"):
        reader = Reader(site, language, names)
        book = Book(site, reader, reader.chapters())
        path = folder / f"{NAME.format(language)}.pdf"
        with complete(path) as part:
            book.print(printer, part)
        made.append(path)
        path = path.with_suffix(".epub")
        with complete(path) as part:
            epub.write(part, book)
        made.append(path)
    return made


class Book:
    """A language's book.

    Attributes:
        title, about: of the site.
        imprint: licenses, and the version.
        day: of the last record, which stands for the day of the book.
    """

    def __init__(
        self, site: Path, reader: Reader, chapters: list[Chapter]
    ) -> None:
        self.reader, self.chapters, self._site = reader, chapters, site
        self.words = reader.words["book"]
        config = "mkdocs.yml" if reader.language == "zh" else "mkdocs.en.yml"
        text = (ROOT / config).read_text(encoding="utf-8")
        lines = re.findall(r"^(site_name|site_description): (.*)$", text, re.M)
        found = {name: str(yaml.safe_load(value)) for name, value in lines}
        self.title, self.about = found["site_name"], found["site_description"]
        home = site / reader.words["prefix"] / "index.html"
        soup = BeautifulSoup(home.read_text(encoding="utf-8"), "html.parser")
        imprint = soup.select_one(".md-copyright__highlight")
        assert imprint
        self.imprint = " ".join(imprint.get_text().split())
        evidence = (Record(ROOT, name).evidence() for name in reader.order)
        self.day = max(each.get("date", "2000-01-01") for each in evidence)
        parts = [chapter.part for chapter in chapters]
        for chapter in chapters:
            if not chapter.body.select_one(".place"):
                self._name(chapter.body, parts[-1])

    def _name(self, body: Tag, part: str) -> None:
        """Say above a chapter that is no lesson what it is."""
        kicker = BeautifulSoup(
            f'<p class="place">{self.words["appendix"]} · {escape(part)}</p>',
            "html.parser",
        )
        body.insert(0, kicker)

    def print(self, printer: Printer, pdf: Path) -> None:
        """Print it until each page number in it is right.

        Raises:
            Trouble: they do not stand still.
        """
        numbers: Mapping[str, int] = {}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(TRIES):
                html = self.lay_out(Path(folder), numbers)
                printer.to_pdf(html, pdf, self.day)
                before, numbers = numbers, pages(pdf)
                if numbers == before:
                    copied.mend(pdf)
                    return
        raise Trouble(f"The pages of {pdf} have other numbers at each print.")

    def lay_out(self, folder: Path, numbers: Mapping[str, int]) -> Path:
        """Write the book as HTML, which a browser prints.

        Args:
            folder: for it and its figures.
            numbers: of the pages of what links lead to, as far as known.
        """
        for name, data in self.reader.files.items():
            path = folder / "figures" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        html = folder / "book.html"
        html.write_text(self._html(numbers), encoding="utf-8")
        return html

    def _html(self, numbers: Mapping[str, int]) -> str:
        def numbered(link: re.Match[str]) -> str:
            page = self.words["page"].format(numbers.get(link[1], 100))
            return f'{link[0]}<span class="on-page">{page}</span>'

        css = (self._site / SITE_SHEET).read_text(encoding="utf-8")
        sheets = [css, SHEET.read_text(encoding="utf-8"), *self._heads()]
        mark = sharing.MARK.read_text(encoding="utf-8")
        text = "".join(str(chapter.body) for chapter in self.chapters)
        language = "zh-Hans" if self.reader.language == "zh" else "en"
        return (
            f'<!doctype html><html lang="{language}"><head>'
            f'<meta charset="utf-8"><title>{escape(self.title)}</title>'
            f'<style>{"".join(sheets)}</style></head><body class="book" '
            'dir="ltr" data-md-color-scheme="default" '
            'data-md-color-primary="custom">'
            f'<div class="md-typeset"><section class="cover">{mark}'
            f'<p class="cover__title">{escape(self.title)}</p>'
            f"<p>{escape(self.about)}</p>"
            f'<p class="cover__imprint">{escape(self.imprint)}</p></section>'
            f'<section class="contents"><h1>{self.words["contents"]}</h1>'
            f"{''.join(self._contents(numbers))}</section>"
            f"{REFERENCE.sub(numbered, text)}</div></body></html>"
        )

    def _heads(self) -> Iterator[str]:
        """The running heads: the book on the left, the chapter on the right."""
        book = _string(self.title)
        for number, chapter in enumerate(self.chapters):
            head = f"@top-right {{ content: {_string(chapter.title)}; }}"
            yield (
                f"@page chapter-{number} {{ @top-left {{ content: {book}; }} "
                f"{head} }}\n#{chapter.name} {{ page: chapter-{number}; }}\n"
            )

    def _contents(self, numbers: Mapping[str, int]) -> Iterator[str]:
        def line(kind: str, name: str, title: str) -> str:
            return (
                f'<p class="{kind}"><a href="#{name}">{escape(title)}</a>'
                f"<span></span><b>{numbers.get(name, 100)}</b></p>"
            )

        part = ""
        for chapter in self.chapters:
            if chapter.part != part:
                part = chapter.part
                yield f'<p class="contents__part">{escape(part)}</p>'
            yield line("contents__chapter", chapter.name, chapter.title)
            sections = [s for s in chapter.sections if not END.search(s[0])]
            if len(sections) <= SECTIONS:
                for name, title in sections:
                    yield line("contents__section", name, title)


def _string(text: str) -> str:
    """A string of a style sheet."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

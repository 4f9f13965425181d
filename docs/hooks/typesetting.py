"""Typeset the text of a page: terms that explain themselves, whole equations.

The first use of each term of docs/terms.yml in a lesson leads to the glossary
and carries what that says of it; site.js shows it to mouse, keyboard and
touch. The theme's `abbr` looks for the borders of words, which Chinese does
not have. A line breaks in an equation only before an operator, and only if
the equation is long. A cell of a table knows its column: on a phone, a row
becomes a list.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from docs.hooks import frame, glossary, reading_time, store
from docs.hooks.store import ROOT

# Elements in which nothing is typeset.
LEFT = {
    *("a", "button", "code", "nav", "pre", "script", "style", "summary"),
    *("svg", "h1", "h2", "h3", "h4", "h5", "h6"),
}
INLINE = r"</?(?:em|su[bp])>"  # may stand in an equation
TAG = re.compile(rf"((?!{INLINE})<[^>]+>)")
NAME = re.compile(r"</?(\w+)")
# Names and spaces in code have no color of their own, but make up a third of
# a page's elements, each of which takes a phone time.
UNCOLORED = re.compile(r'<span class="[nw]">([^<]*)</span>')
HEADING = re.compile(r'<h\d id="([^"]+)"')
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
CELL = re.compile(r"<(th|td)(|\s[^>]*)>(.*?)</\1>", re.DOTALL)

FLAT = rf"\((?:[^()<>]|{INLINE})*\)"
OPERAND = rf"(?:[\w.%√⌊⌋−×·/]|,(?=\d{{3}})|{INLINE}|{FLAT})+"
EQUATION = re.compile(
    rf"(?<![\w(]){OPERAND}(?:\s[+−×·/÷=≈]\s{OPERAND})+", re.ASCII
)
# Words with an everyday meaning as well, in which pages use them, too.
EVERYDAY = {"closing", "loss", "metric", "score"}
WHOLE = 34  # characters of an equation that fit on a phone's line
# Where a longer one may break: the fewer, the better.
BREAKS = [
    re.compile(rf"\s(?=[{signs}]\s)(?![^(]*\))")
    for signs in ("=≈", "=≈+−", "=≈+−×·/÷")
]


@event_priority(-90)  # after the search, which wants the text as it was
def on_page_content(
    html: str, page: Page, config: MkDocsConfig, **kwargs: Any
) -> str:
    """Typeset a page; on lessons, link terms as well."""
    content = UNCOLORED.sub(r"\1", html)
    if not page.file.src_uri.endswith(".md") or page.is_homepage:
        return content  # home.py takes that page apart as it is
    name = page.file.src_uri.removesuffix(".md")
    language = config.theme["language"]
    place = get_relative_url("glossary/", page.url)
    is_lesson = name in frame.recorded()

    def make() -> str:
        terms = _Terms(language, name, place)
        return _typeset(content, terms if is_lesson else None)

    parts = (content, place, is_lesson, store.digest(ROOT / glossary.TABLE))
    return str(store.kept(f"{language}/{name}.typeset", parts, make))


def _typeset(content: str, terms: "_Terms | None") -> str:
    """The HTML of a page, with links at its terms if it has any."""
    parts = []
    for text, section in _texts(content):
        if section is not None:
            text = text.replace(" ± ", "\u00a0±\u00a0")
            text = EQUATION.sub(_whole, text)
            if terms and section != reading_time.SOURCES:
                text = terms.linked(text, section)
        parts.append(text)
    return TABLE.sub(_labeled, "".join(parts))


def _texts(html: str) -> Iterator[tuple[str, str | None]]:
    """The parts of a page, with the id of the section for those of prose."""
    section, left, depth = "", "", 0
    for part in TAG.split(html):
        if not TAG.match(part):
            yield part, None if left else section
            continue
        if heading := HEADING.match(part):
            section = heading[1]
        found = NAME.match(part)
        name = found[1] if found else ""
        if left:
            depth += (name == left) * (-1 if part[1] == "/" else 1)
            left = left if depth else ""
        elif part[1] != "/" and (name in LEFT or "data-search-ex" in part):
            left, depth = name, 1
        yield part, None


class _Terms:
    """The terms of which a page has not used one yet.

    Args:
        language: of the page.
        lesson: its name; where it teaches a term, the text itself explains.
        address: of the glossary, from the page.
    """

    def __init__(self, language: str, lesson: str, address: str) -> None:
        self._pattern, self._terms = _pattern(language)
        self._language, self._lesson = language, lesson
        self._address, self._seen = address, set[str]()

    def linked(self, text: str, section: str) -> str:
        """A text with a link at the first use of each term."""

        def link(found: re.Match[str]) -> str:
            term = self._terms[str(found.lastgroup)]
            if term.key in self._seen:
                return found[0]
            self._seen.add(term.key)
            if term.taught == f"{self._lesson}#{section}":
                return found[0]
            says = escape(term.says[self._language].replace("`", ""))
            return (
                f'<a class="term" href="{self._address}#{term.key}" '
                f'title="{says}">{found[0]}</a>'
            )

        return self._pattern.sub(link, text)


@store.once
def _pattern(language: str) -> tuple[re.Pattern[str], dict[str, glossary.Term]]:
    """Any term in a text, the longest name first, and the term of each group.

    A Chinese name of one character is a part of too many words. What a name
    begins with is looked at first, or each place would be tried for all names.
    """
    known = [
        term
        for term in glossary.read(ROOT)[0].values()
        if term.taught
        and term.key not in EVERYDAY
        and len(term.names[language]) > 1
    ]
    known.sort(key=lambda term: -len(term.names[language]))
    groups = {f"t{number}": term for number, term in enumerate(known)}
    begun: dict[str, list[str]] = {}
    for group, term in groups.items():
        start = re.escape(re.split("[ -]", term.names[language])[0][:2])
        pattern = f"(?P<{group}>{term.pattern(language)})"
        begun.setdefault(start.lower(), []).append(pattern)
    choices = "|".join(
        f"(?={start})(?:{'|'.join(each)})" for start, each in begun.items()
    )
    edge = r"\b" if language == "en" else ""
    edge += f"(?=[{''.join(start[0] for start in begun)}])"
    return re.compile(f"{edge}(?:{choices})", re.IGNORECASE), groups


def _whole(found: re.Match[str]) -> str:
    """An equation in pieces that do not break."""
    equation = found[0]
    if not re.search(rf"\d|{INLINE}", equation):
        return equation  # words
    pieces = [equation]
    for breaks in BREAKS:
        if max(map(_length, pieces)) <= WHOLE:
            break
        pieces = breaks.split(equation)
    return " ".join(
        f'<span class="whole">{piece}</span>'
        if _length(piece) <= WHOLE and re.search(r"\s", piece)
        else piece
        for piece in pieces
    )


def _length(piece: str) -> int:
    return len(re.sub(INLINE, "", piece))


def _labeled(found: re.Match[str]) -> str:
    """A table of three columns or more whose cells name their column."""
    head, body = found[0].partition("</thead>")[::2]
    names = [re.sub(r"<[^>]+>", "", cell[2]) for cell in CELL.findall(head)]
    if len(names) < 3:
        return found[0]
    columns = iter(range(len(CELL.findall(body))))

    def label(cell: re.Match[str]) -> str:
        name = names[next(columns) % len(names)]
        return (
            f'<td role="cell" data-label="{escape(name)}"{cell[2]}>'
            f"{cell[3]}</td>"
        )

    rows = CELL.sub(label, body).replace("<tr>", '<tr role="row">')
    head = head.replace("<table>", '<table role="table">')
    head = head.replace("<tr>", '<tr role="row">')
    head = head.replace("<th", '<th role="columnheader"')
    head = head.replace('<th role="columnheader"ead', '<thead role="rowgroup"')
    rows = rows.replace("<tbody>", '<tbody role="rowgroup">')
    return f"{head}</thead>{rows}"

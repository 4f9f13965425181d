"""Text of a page in the Markdown that Jupyter reads, which is CommonMark.

The site's own reader sees emphasis where CommonMark sees none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from urllib.parse import urljoin

import markdown

CODE_SPAN = re.compile(r"(`+)(?:(?!`).)+?\1|data:image/[^)]*")
FENCED = re.compile(r"^(> )?```.*?^(> )?```$", re.DOTALL | re.MULTILINE)
EMPHASIS = re.compile(
    r"(?<![*\\])(?P<mark>\*{1,2})(?P<text>[^\s*](?:[^*\n]*[^\s*])?)(?P=mark)(?!\*)"
)
LINK = re.compile(r"(?P<text>\]\()(?P<target>[^)\s]+)(?P<end>\))")
HEADING = "heading-"  # begins the id of a cell that begins with a heading
CELL = "#cell-id="  # begins a link to a cell
CONVERTER = markdown.Markdown()  # of what stands on one line


def text_of(lines: list[str], cells: Set[str], url: str) -> str:
    """Text of a cell, with links and emphasis that notebooks understand.

    Args:
        lines: of the page, in Markdown.
        cells: ids of the cells in the notebook.
        url: address of the page on the site.
    """

    def lead(match: re.Match[str]) -> str:
        return match["text"] + _target(match["target"], cells, url) + ")"

    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return "".join(
        piece if is_code else emphasis(LINK.sub(lead, piece))
        for piece, is_code in pieces(text)
    )


def _target(target: str, cells: Set[str], url: str) -> str:
    """Where a link of a page leads in a notebook."""
    if target.startswith("#"):
        # Jupyter makes the anchor of a heading from its text, and JupyterLab
        # finds none that an address has to encode, as Chinese ones; of a cell,
        # it finds the id.
        name = f"{HEADING}{target[1:]}"
        return f"{CELL}{name}" if name in cells else url + target
    if re.match(r"[a-z]+:", target):
        return target
    name, mark, section = target.partition("#")
    name = re.sub(r"(^|/)index\.md$", r"\1", name)
    name = re.sub(r"\.md$", "/", name)
    return urljoin(url, f"../{name}{mark}{section}" if name else target)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Text in turn with code, which stays as it is: fences and code spans."""
    position = 0
    for fence in FENCED.finditer(text):
        yield from _spans(text[position : fence.start()])
        yield fence[0], True
        position = fence.end()
    yield from _spans(text[position:])


def _spans(text: str) -> Iterator[tuple[str, bool]]:
    position = 0
    for span in CODE_SPAN.finditer(text):
        yield text[position : span.start()], False
        yield span[0], True
        position = span.end()
    yield text[position:], False


def emphasis(text: str) -> str:
    """Emphasis that CommonMark would not see, as it is in Chinese text.

    `是**“边界”**的` is bold on the site. By CommonMark's rules, which Jupyter
    follows, the first stars open nothing, since a mark follows them and
    something other than a mark stands before them.
    """

    def tagged(match: re.Match[str]) -> str:
        before = text[match.start() - 1 : match.start()]
        after = text[match.end() : match.end() + 1]
        inner = match["text"]
        opens = not _is_mark(inner[0]) or not before or _separates(before)
        closes = not _is_mark(inner[-1]) or not after or _separates(after)
        if opens and closes:
            return match[0]
        tag = "strong" if len(match["mark"]) == 2 else "em"
        return f"<{tag}>{inner}</{tag}>"

    return EMPHASIS.sub(tagged, text)


def _is_mark(character: str) -> bool:
    return not (character.isalnum() or character.isspace())


def _separates(character: str) -> bool:
    return character.isspace() or _is_mark(character)


def inline_html(text: str) -> str:
    return re.sub(r"^<p>|</p>$", "", CONVERTER.reset().convert(text))

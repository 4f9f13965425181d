"""Text of a page in the Markdown that Jupyter reads, which is CommonMark.

The site's own reader sees emphasis where CommonMark sees none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import markdown

CODE_SPAN = re.compile(r"(`+)(?:(?!`).)+?\1|data:image/[^)]*")
EMPHASIS = re.compile(
    r"(?<![*\\])(?P<mark>\*{1,2})(?P<text>[^\s*](?:[^*\n]*[^\s*])?)(?P=mark)(?!\*)"
)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Text in turn with code, which stays as it is: fences and code spans."""
    fenced = re.compile(r"^(> )?```.*?^(> )?```$", re.DOTALL | re.MULTILINE)
    position = 0
    for fence in fenced.finditer(text):
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


def plain(text: str) -> str:
    """Markdown as a reader sees it: no marks of code or emphasis."""
    heading = markdown.markdown(f"# {text}")  # "2. Strides" is no list
    return html.unescape(re.sub(r"<[^>]*>", "", heading))


def inline_html(text: str) -> str:
    return re.sub(r"^<p>|</p>$", "", markdown.markdown(text))

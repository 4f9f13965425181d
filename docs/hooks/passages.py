"""Let a browser leave alone what is far from where a page is read.

What stands between two headings becomes a passage, and lesson.css says of
passages that they need no layout until the reader comes near: a phone lays out
three screens of a lesson instead of thirty before it answers. Each passage
says about how tall it will be, for the length of the scroll bar. The headings
stay outside, where links and the table of contents measure.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from mkdocs.structure.pages import Page

LEAST = 1500  # characters of HTML; less is no work
# A heading, or the border of an element that may have headings in it.
BORDER = re.compile(
    r"<h(?P<level>[1-6])\b|</h[1-6]>"
    r"|<(?P<ends>/?)(?:article|aside|blockquote|details|div|figure|footer|form"
    r"|nav|ol|section|table|ul)\b[^>]*>"
)
CLOSED = re.compile(r"(?<=</summary>).*?(?=</details>)", re.DOTALL)
CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
FIGURE = re.compile(
    r'<svg class="figure"[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)".*?</svg>'
    r'|<img class="figure"[^>]* width="([\d.]+)" height="([\d.]+)"[^>]*>',
    re.DOTALL,
)
TAG = re.compile(r"<[^>]+>")
BLOCK = re.compile(r"<(?:p|li|summary)\b")
# Pixels on a phone, as measured: of a line of code, of a block of text, of a
# row of a table, of a figure as high as wide, of what can be played with, of a
# field for an answer; of a letter or a character.
LINE, TEXT, ROW, SQUARE = 20, 25, 60, 340
PARTS = {' data-widget="': 800, "<input ": 70}
LETTER = {"en": 0.5, "zh": 0.85}
# Rather too tall than too low: to those who look at a page without drawing it,
# such as Lighthouse, what has no room seems to lie on what follows.
ROOM = 1.2
SMALLEST, STEP, TALLEST = 200, 1.5, 8  # pixels; as lesson.css has them


def on_page_context(
    context: Any, page: Page, config: Any, **kwargs: Any
) -> None:
    """Wrap the passages of a page; of a notebook's, cells are such."""
    if page.file.src_uri.endswith(".md") and not page.is_homepage:
        language = config.theme["language"]
        page.content = "".join(_wrapped(page.content or "", language))


def _wrapped(html: str, language: str) -> Iterator[str]:
    """A page in parts: headings, and what follows each."""
    above = ""  # the heading; what follows the title is on the first screen
    for number, part in enumerate(_parts(html)):
        if number % 2:
            above = part
        elif above and not above.startswith("<h1") and len(part) >= LEAST:
            name = f"passage passage--{height(part, language)}"
            part = f'\n<div class="{name}">{part}</div>\n'
        yield part


def _parts(html: str) -> Iterator[str]:
    """Headings that stand in no box, and what is between them, in turns."""
    start, depth = 0, 0
    for border in BORDER.finditer(html):
        if border["level"]:
            if not depth:
                yield html[start : border.start()]
                start = border.start()
        elif border[0].startswith("</h"):
            if not depth:
                yield html[start : border.end()]
                start = border.end()
        else:
            depth += -1 if border["ends"] else 1
    yield html[start:]


def height(html: str, language: str) -> int:
    """About how tall a passage is on a phone, as a step from small to tall."""
    html = CLOSED.sub("", html)
    pixels = 0.0
    for figure in FIGURE.finditer(html):
        width, tall = (float(each) for each in figure.groups() if each)
        pixels += SQUARE * tall / width
    html = FIGURE.sub("", html)
    pixels += sum(LINE * (2 + code.count("\n")) for code in CODE.findall(html))
    html = CODE.sub("", html)
    pixels += TEXT * len(BLOCK.findall(html)) + ROW * html.count("<tr")
    pixels += sum(tall * html.count(part) for part, tall in PARTS.items())
    pixels += LETTER[language] * len(TAG.sub("", html))
    steps = math.log(max(ROOM * pixels, SMALLEST) / SMALLEST, STEP)
    return min(TALLEST, math.ceil(steps))

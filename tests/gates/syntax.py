"""Markdown is written as the site and the checks read it, block by block.

What no extension in mkdocs.yml reads stands on the page as it was typed: the
built page is asked for that, in tests/site/test_left_over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.harness.block import Block
from tests.harness.page import CODE, MACRO

from .site import Finding, Site

Fault = tuple[int, str, str]  # line, what, what was expected
# What the site makes something of, and the reader of pages sees as words: HTML
# but for spans, a heading without a space, a line below that makes one.
UNREAD = re.compile(
    r"</?(?!span\b)[A-Za-z][\w-]*(?=[\s/>])[^>]*>?|^#+|^[-=:| ]{3,}$|^__+$",
    re.M,
)
WORDLESS = re.compile(rf"{CODE.pattern}|{MACRO.pattern}", re.DOTALL)
OPENING = {  # how a block begins, and an example
    "box": (
        r"\s*(?:!!!|\?\?\?\+?) (?:note|abstract|info|tip|success|question|"
        r'warning|failure|danger|bug|example|quote)(?: "[^"]*")?\s*|'
        r'\s*=== "[^"]+"\s*',
        '!!! note "title", of a kind that the theme has, or === "tab"',
    ),
    "fence": (
        r"\s*(?:`{3,}|~{3,}) *(?:[\w+#-]*(?: +[\w-]+=([\"']).*?\1)*|"
        r"\{ *\.[\w+#-]+(?: +(?:[.#][\w-]+|[\w-]+=([\"']).*?\2))* *\}) *",
        '```python, ```text title="…" or ``` { .text .wrap }',
    ),
    "caption": (r"\s*/// caption\s*", "/// caption, and /// below it"),
}


def gate(site: Site) -> Iterator[Finding]:
    """Where the site would show something else than what is meant."""
    for page in (*site.pages, *site.explanations.values()):
        for index, block in enumerate(page.blocks):
            place = _place(page.blocks, index)
            faults = [*_form(block), *place, *_unread(block)]
            if faults and not site.waived(block, "markdown"):
                do = "write it so, or <!-- waived markdown: reason -->"
                yield Finding(page.path, *faults[0], do)


def _unread(block: Block) -> Iterator[Fault]:
    """What a text has for the site alone."""
    if block.is_prose and block.kind != "figure":
        text = WORDLESS.sub(lambda m: "x" + "\n" * m[0].count("\n"), block.text)
        for found in UNREAD.finditer(text):
            what = f"the checks cannot read “{found[0]}”"
            expected = "words, code in backticks, ## Title {#id}, a table"
            yield block.line_at(found.start()), what, expected


def _form(block: Block) -> Iterator[Fault]:
    """How a block stands on its lines."""
    if not block.lines or block.kind in {"blank", "comment", "front", "macro"}:
        return
    first, line = block.lines[0], block.line
    opening, example = OPENING.get(block.kind, ("", ""))
    if opening and not re.fullmatch(opening, first):
        what = f"the site does not read “{first.strip()}” as a {block.kind}"
        yield line, what, example
    if _indent(first) % 4:
        yield line, "this is indented by half a level", "a multiple of 4 spaces"
    if block.kind == "fence" and _indent(block.lines[-1]) != _indent(first):
        last = line + len(block.lines) - 1
        yield last, "this does not close the fence", "spaces as it opens with"
    if block.box and block.kind != "fence":
        inside = _indent(block.box.lines[0]) + 4
        for number, each in enumerate(block.lines):
            if _indent(each) < inside:
                what = "this line is not in the box, nor outside of it"
                yield line + number, what, f"{inside} spaces before it"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _place(blocks: list[Block], index: int) -> Iterator[Fault]:
    """What the blocks below a block make of it."""
    block = blocks[index]
    after = [each for each in blocks[index + 1 :][:3] if each.kind != "blank"]
    if block.kind == "box" and not (after and after[0].box is block):
        expected = "its text below, 4 spaces further in"
        yield block.line, "nothing stands in this box", expected
    if block.kind == "caption" and not (after and after[0].kind == "mark"):
        yield block.line, "nothing closes this caption", "/// below it"

"""Markdown is written as the site reads it, and nothing of it is left over.

What no extension in mkdocs.yml reads stands on the page as it was typed, and
no build complains. Marks are looked for where the reader of pages sees prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.harness.block import Block
from tests.harness.page import CODE, IMAGE, LINK, MACRO

from .site import Finding, Site

Fault = tuple[int, str, str]  # line, what, what was expected
AS_IT_IS = re.compile(  # code, macros, comments, escaped marks
    rf"{CODE.pattern}|{MACRO.pattern}|"
    r"<!--.*?-->|</?span\b[^>]*>|\\[\\`*_{}\[\]()#+.!|-]|"
    r"(?m:^\{ *\.[\w -]+\}$)",
    re.DOTALL,
)
ATTRIBUTES = r"(?:\{ *[.#][^}\n]*\})?"  # of a link
LINKS = re.compile(f"(?:{IMAGE.pattern}|{LINK.pattern}){ATTRIBUTES}")
EMPHASIS = [
    re.compile(
        rf"(?s){mark}(?![\s*])(?P<text>(?:(?!{mark}).)+)(?<![\s*]){mark}"
    )
    for mark in (r"\*\*\*", r"\*\*", r"\*")
]
OTHER = "other words, code in backticks, or Markdown that the site reads"
# What is left after that, what it may be meant as, and how that is written.
LEFT = {
    r"\*+": ("emphasis", "*…* or **…**, without spaces inside"),
    r"`+": ("code", "the same number of backticks on both sides"),
    r"\]\s?\(|\]\[|\[\[|\)\[|^\[[^\]\n]+\]:": ("a link", "[text](address)"),
    r"\[\^": ("a footnote", "a sentence, or a link"),
    r"\[![A-Za-z]+\]|!!!|\?\?\?|^///": ("a box", '!!! note "title"'),
    r"\{:?\s*[#.][^}\n]*\}?": ("attributes", "## Title {#id}"),
    r"(?<![\w:]):[a-z][\w+-]*:(?![\w:])": ("an icon", OTHER),
    r"~~|==(?=\S)|\^\^|\+\+(?=[\w+])|\{[-+~=]": ("a mark of an edit", OTHER),
    r"\$[^\s$][^$\n]*\$|\\[(\[]": ("a formula", "*n* × *s*, or code"),
    r"</?[A-Za-z][\w-]*(?=[\s/>])[^>]*>?": ("what checks can read", OTHER),
    r"^#+|^[-=:| ]{3,}$|^__+$": ("a heading or a table", "## Title {#id}"),
    r"^(?:===|:::|: |\[[ xX]\] |[-+]\w|\d+\) |\d+\.[^\W\d]|•)": (
        "a list or a tab",
        OTHER,
    ),
    r"&\w+;": ("a character", "the character itself"),
}
LEFTOVER = re.compile(
    rf"(?=[*`\][)!?/{{:~=^+$\\<#_&•\d-])(?:{'|'.join(f'({p})' for p in LEFT)})",
    re.M,
)
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
# What stands directly above a list or a table takes it in, if it is no such.
OWN = {"item": {"item"}, "row": {"row", "mark"}}
SPACED = {"blank", "comment", "control", "front", "heading", "box", "macro"}


def gate(site: Site) -> Iterator[Finding]:
    """Where the site would show something else than what is meant."""
    for page in (*site.pages, *site.explanations.values()):
        for index, block in enumerate(page.blocks):
            place = _place(page.blocks, index)
            faults = [*_form(block), *place, *_leftover(block)]
            if faults and not site.waived(block, "markdown"):
                do = "write it so, or <!-- waived markdown: reason -->"
                yield Finding(page.path, *faults[0], do)


def _leftover(block: Block) -> Iterator[Fault]:
    """Marks that are left in a text once all that is read is taken out."""
    if not block.is_prose or block.kind == "figure":
        return
    text = AS_IT_IS.sub(lambda m: "x" + "\n" * m[0].count("\n"), block.text)
    text = LINKS.sub(lambda link: link["text"] or "x", text)
    if block.kind != "front":  # which is shown as it is
        for emphasis in EMPHASIS:
            text = emphasis.sub(lambda match: f"x{match['text']}x", text)
    for left in LEFTOVER.finditer(text):
        meant, expected = [*LEFT.values()][(left.lastindex or 1) - 1]
        what = f"“{left[0].strip()}” is left as it stands, and is not {meant}"
        yield block.line_at(left.start()), what, expected


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
    """What the blocks above and below a block make of it."""
    block, before = blocks[index], blocks[index - 1] if index else None
    after = [each for each in blocks[index + 1 :][:3] if each.kind != "blank"]
    if block.kind == "box" and not (after and after[0].box is block):
        expected = "its text below, 4 spaces further in"
        yield block.line, "nothing stands in this box", expected
    if block.kind == "caption" and not (after and after[0].kind == "mark"):
        yield block.line, "nothing closes this caption", "/// below it"
    own = OWN.get(block.kind)
    if not own or before is None or before.kind in own:
        return
    # In a box, a comment is text, too.
    if before.kind not in SPACED or (block.box and before.kind == "comment"):
        what = "without a blank line above, this goes on with the text there"
        yield block.line, what, "a blank line above a list or a table"
    below = after[0].lines[0] if after else ""
    if block.kind == "row" and before.kind != "macro" and "---" not in below:
        what = "the site does not read this as a table"
        yield block.line, what, "|---|---| below the first row"

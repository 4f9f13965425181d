"""The text of a page in plain Markdown, for machines that read.

It has what the site shows: numbers, code and outputs are put in, a figure
says what it shows and where it is. What is for authors is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.harness.block import Block, Page
from tests.harness.page import RULE
from tests.harness.snippet import included

from .commonmark import LINK, pieces
from .parts import margin

LEFT_OUT = {"front", "comment", "control", "macro"}
TITLE = re.compile(r'title="([^"]*)"')
TICKS = re.compile(r"^\s*(`{3,}|~{3,})")
# Classes of a link or a paragraph, which other readers would show.
ATTRIBUTES = re.compile(r"(?<=[)\n])\{:? ?[.#][^}\n]*\}|^\{:? ?[.#][^}\n]*\}$")
# The dots of the page on verification say in words where they are.
DOTS = re.compile(r'<svg [^>]*aria-label="([^"]*)".*?</svg>', re.DOTALL)
SPAN = re.compile(r"</?span[^>]*>")


def text_of(page: Page, root: Path, lead: Callable[[str], str]) -> str:
    """A page, as its source or with numbers put in, as plain Markdown.

    Args:
        page: its code has the comments of its language.
        root: the project's folder.
        lead: gives the address for what a link of the page leads to.
    """
    writer = _Writer(root)
    for block in page.blocks:
        if block.kind not in LEFT_OUT:
            writer.add(block)
    writer.leave(None)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(writer.lines)).strip("\n")

    def led(piece: str) -> str:
        piece = SPAN.sub("", DOTS.sub(r"(\1)", ATTRIBUTES.sub("", piece)))
        return LINK.sub(
            lambda link: f"{link['text']}{lead(link['target'])})", piece
        )

    return "".join(
        piece if is_code else led(piece) for piece, is_code in pieces(text)
    )


class _Writer:
    """One pass over the blocks of a page.

    Attributes:
        lines: those of the text so far, or of the innermost box.
    """

    def __init__(self, root: Path) -> None:
        self.lines: list[str] = []
        self._root = root
        self._boxes: list[tuple[Block, list[str]]] = []  # with what is above

    def add(self, block: Block) -> None:
        if block.kind != "blank":  # a blank line may stand in a box, or not
            self.leave(block.box)
        lines = [line[margin(self._inner) :] for line in block.lines]
        if block.kind == "heading":
            self.lines += ["", f"{'#' * block.level} {block.text}"]
        elif block.kind == "box":
            self._boxes.append((block, self.lines))
            self.lines = []
        elif block.kind == "fence":
            self.lines += self._fence(block, lines)
        elif block.kind == "caption":
            self.lines += ["", *lines[1:]]
        elif block.kind == "mark":
            self.lines += [line for line in lines if RULE.match(line)]
        elif block.kind == "blank":
            self.lines.append("")
        else:
            self.lines += lines

    @property
    def _inner(self) -> Block | None:
        return self._boxes[-1][0] if self._boxes else None

    def leave(self, inside: Block | None) -> None:
        """Close the boxes that what comes next does not stand in."""
        depth = inside.depth + 1 if inside else 0
        while len(self._boxes) > depth:
            box, above = self._boxes.pop()
            self.lines = [*above, "", *_boxed(box, self.lines), ""]

    def _fence(self, block: Block, lines: list[str]) -> list[str]:
        ticks, title = TICKS.match(lines[0]), TITLE.search(lines[0])
        assert ticks
        named = f" {title[0]}" if title else ""
        made = [f"{ticks[0]}{block.detail}{named}"]
        targets = dict(block.includes)
        for number, line in enumerate(lines[1:], start=block.line + 1):
            target = targets.get(number)
            found = included(target, self._root) if target else None
            margin = line[: len(line) - len(line.lstrip())]
            made += (
                [f"{margin}{each}".rstrip() for each in found[2].splitlines()]
                if found
                else [line]
            )
        return made


def _boxed(box: Block, lines: list[str]) -> list[str]:
    """A box with its title: folded, if it opens with a click."""
    text = "\n".join(lines).strip("\n").split("\n")
    if box.lines[0].lstrip()[0] == "?":
        title = f"<summary>{box.text}</summary>"
        return ["<details>", title, "", *text, "", "</details>"]
    if box.detail == "tab":
        return [f"**{box.text}**", "", *text]
    quoted = [f"**{box.text}**", "", *text] if box.text else text
    return [f"> {line}".rstrip() for line in quoted]

"""How long a lesson takes to read, and how much code it shows.

What is folded is not counted: a reader opens it or does not. Sources are
looked up, not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mkdocs.utils.meta import get_data

from docs.hooks.accounts import prose
from tests.harness import snippet
from tests.harness.block import Page
from tests.harness.page import MACRO

WORDS_A_MINUTE = 200  # English, or Latin between Chinese
CHARACTERS_A_MINUTE = 350  # Chinese
# A line of our code has six names and numbers on average: at half the speed
# of prose, since a reader follows each to where it comes from, four seconds.
LINES_A_MINUTE = 15
CHARACTER = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z0-9][\w'’.,-]*")
SOURCES = "sources"  # id of the section
UNSEEN = {"front", "figure"}  # titles for searches, texts for screen readers
QUOTED = " 0 "  # a number that a macro puts in, one word


@lru_cache(maxsize=512)  # a build asks four times for each page
def is_looked_up(text: str) -> bool:
    """Whether a page says of itself that nobody reads it from end to end.

    It then has no reading time, nor a number among the lessons.
    """
    return bool(get_data(text)[1].get("looked_up"))


def code(page: Page, root: Path) -> Iterator[tuple[str, list[str]]]:
    """Each block of code that stands open on a page: its section, its lines.

    Of a block that is written on the page itself, the section is the id of
    the heading above it.
    """
    for block in page.code():
        if block.folded:
            continue
        targets = [target for _, target in block.includes]
        found = [snippet.included(target, root) for target in targets]
        texts = [each[2] for each in found if each] or [block.text]
        names = [target.rpartition(":")[2] for target in targets]
        yield " ".join(names) or block.heading, "\n".join(texts).splitlines()


def minutes(page: Page, root: Path) -> float:
    """Minutes that it takes to read a page, without what is folded."""
    shown = (line for _, lines in code(page, root) for line in lines)
    lines = sum(bool(line.strip()) for line in shown)
    return _of_prose(page) + lines / LINES_A_MINUTE


@lru_cache(maxsize=512)  # a build asks twice, and the next one again
def _of_prose(page: Page) -> float:
    words = characters = 0
    for block in page.prose():
        if block.folded or block.heading == SOURCES or block.kind in UNSEEN:
            continue
        text = prose(MACRO.sub(QUOTED, block.text))
        characters += len(CHARACTER.findall(text))
        words += len(WORD.findall(text))
    return words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE

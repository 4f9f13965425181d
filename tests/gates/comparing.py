"""Sentences that say how one result stands to another, by comparing.yml."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from docs.hooks.accounts import prose
from docs.hooks.numerals import ENGLISH, NAME, equations, numerals
from docs.hooks.tables import LOADER
from tests.harness.block import Block
from tests.harness.page import MACRO

TABLE = Path(__file__).with_suffix(".yml")
# Whole words: 找不到 TensorFlow has no ten in it.
ENGLISH_NUMBER = rf"(?<![a-z])(?:{'|'.join(ENGLISH)})(?![a-z])"
NUMBER = rf"(?:\{{\{{|\d[\d,.]*%?|{ENGLISH_NUMBER})"
# By language: what surrounds a word, and what a space of the table is.
AROUND = {"en": (r"(?<![\w-])(?:{})(?![\w-])", r"\s+"), "zh": ("{}", r"\s*")}
END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")  # of a sentence


@dataclass(frozen=True, eq=False)
class Comparison:
    """A sentence that compares.

    Attributes:
        block: in which it stands.
        line: of its first word that compares.
        word: the same as written.
        text: of the sentence, in lower case.
        quoted: the metrics that it quotes.
        has: these, and its numbers: what an annotation can share with it.
    """

    block: Block
    line: int
    word: str
    text: str
    quoted: set[str]
    has: set[Any]

    def has_words(self, subject: str) -> bool:
        """Whether it has one of these, separated by commas; not a digit."""
        words = filter(re.compile(r"[^\W\d]").search, subject.split(", "))
        return any(each.lower() in self.text for each in words)


def comparisons(
    block: Block, language: str, measured: Collection[str]
) -> Iterator[Comparison]:
    """The sentences of a block that compare; `measured` names all metrics."""
    if language not in AROUND or not comparing(block.text, language):
        return
    start = 0
    for text in END.split(block.text):
        position = block.text.index(text, start)
        start = position + len(text)
        match = comparing(text, language)
        # A question claims nothing, and a formula is worked out.
        if match and text[-1] not in "?？" and not equations(prose(text)):
            macros = " ".join(MACRO.findall(text))
            names = NAME.findall(re.sub(r"\|\s*\w+", "", macros))
            quoted = {name for name in names if name in measured}
            numbers = {numeral.key for numeral in numerals(prose(text))}
            line = block.line_at(position + match.start())
            word = " ".join(text[slice(*match.span())].split())
            said = " ".join(text.lower().split())
            yield Comparison(block, line, word, said, quoted, quoted | numbers)


def comparing(text: str, language: str) -> re.Match[str] | None:
    """The first word that says how one thing stands to another."""

    def blank(match: re.Match[str]) -> str:
        return " " * len(match[0])

    words, plain = _words(language)
    text = re.sub(r"`[^`]*`|\*", blank, text.lower())
    # Few have a word that compares; only there is time spent on the others.
    found = words.search(text)
    return found and words.search(plain.sub(blank, text), found.start())


@cache
def _words(language: str) -> list[re.Pattern[str]]:
    """What compares, and what looks like it."""
    table = yaml.load(TABLE.read_text(encoding="utf-8"), LOADER)[language]
    around, space = AROUND[language]
    patterns = []
    for listed in table["comparing"].values(), table["plain"]:
        either = ", ".join(listed).replace(", ", "|").replace(" ", space)
        pattern = around.format(either.replace("NUMBER", NUMBER))
        patterns.append(re.compile(pattern))
    return patterns

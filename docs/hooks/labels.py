"""Words inside figures, in the language of the page.

A figure is drawn once, with English labels, and its text stays text. On a
Chinese page each label is replaced by its entry in docs/labels.yml, where #
stands for a number: `"# read as #": "# 认成 #"`. A label without a word, such
as 0.95 or k = 3, needs no entry. The site and the gates agree on this module.

What can be played with says more of such texts, in the calls of its scripts:
`say("Row #, column #", 3, 4)`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from tests.harness import settings

LABELS = Path("docs/labels.yml")
SCRIPTS = Path("docs/assets/javascripts/widgets")
QUOTED = re.compile(r'"([^"\\\n]+)"')
SAYS = re.compile(
    r"(?<!function )\b(?:say|trouble)\("
    rf"(?:\s*(?P<text>{QUOTED.pattern}(?:\s*\+\s*{QUOTED.pattern})*)\s*[,)])?"
)
WITHIN = "words.js"  # passes on what others say
TEXT = re.compile(r"(?P<tag><text\b[^>]*>)(?P<label>[^<]*)(?=</text>)")
NUMBER = re.compile(r"[-−]?\d+(?:,\d{3})*(?:\.\d+)?")
WORD = re.compile(r"[A-Za-z]{2,}")


@lru_cache(maxsize=256)  # two gates ask for each figure
def keys(svg: str) -> frozenset[str]:
    """What docs/labels.yml calls the labels of a drawing."""
    shown = (html.unescape(text["label"]) for text in TEXT.finditer(svg))
    return frozenset(filter(None, map(key_of, shown)))


def key_of(label: str) -> str | None:
    """What docs/labels.yml calls a label; None if it needs no translation.

    >>> key_of("7 read as 2"), key_of("0.95"), key_of("k = 3")
    ('# read as #', None, None)
    """
    label = label.strip()
    return NUMBER.sub("#", label) if WORD.search(label) else None


def translated(svg: str, table: Mapping[str, str]) -> str:
    """A drawing with its labels in Chinese; what has no entry stays."""

    def translate(match: re.Match[str]) -> str:
        label = html.unescape(match["label"])
        entry = table.get(key_of(label) or "")
        if entry is None:
            return match[0]
        numbers = iter(NUMBER.findall(label))
        filled = re.sub("#", lambda _: next(numbers, "#"), entry)
        return match["tag"] + html.escape(filled, quote=False)

    return TEXT.sub(translate, svg)


def of(language: str, root: Path) -> dict[str, str]:
    """What a site puts in the place of labels; nothing on the English one."""
    return settings.chinese(root / LABELS) if language == "zh" else {}


def within(
    drawings: Iterable[Path], table: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The entries of a table that drawings have; other files have none."""
    found = {
        key
        for path in drawings
        if path.suffix == ".svg" and path.is_file()
        for key in keys(path.read_text(encoding="utf-8"))
    }
    return sorted((key, table[key]) for key in found & table.keys())


def said(root: Path) -> Iterator[tuple[Path, int, str | None]]:
    """What scripts say: the file, the line, and the text as it is written.

    None for what stands in no quotes, which nobody could look for.
    """
    for path in sorted((root / SCRIPTS).glob("*.js")):
        script = path.read_text(encoding="utf-8")
        for call in SAYS.finditer(script) if path.name != WITHIN else ():
            line = script.count("\n", 0, call.start()) + 1
            parts = QUOTED.findall(call["text"] or "")
            yield path.relative_to(root), line, "".join(parts) or None

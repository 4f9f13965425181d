"""Terms, Chinese typesetting and English spelling.

docs/terms.yml holds one translation for each term and the variants that the
site does not use; docs/words.txt the names that no dictionary has.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

import autocorrect_py
from spellchecker import SpellChecker

from .numbers import prose
from .reading import MACRO, Page, Unit
from .site import Finding, Site

CODE = re.compile(r"`[^`]*`")
ADDRESS = re.compile(r"https?://\S+")
INTRODUCED = re.compile(
    r"(?P<zh>[\u4e00-\u9fff]+)\**（\**(?P<en>[a-z][a-z -]+[a-z])(?=[）,，;；])"
)
WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


def gate(site: Site) -> list[Finding]:
    """What is wrong with the wording of any page."""
    found = _misspelled(site)
    known = _words(site)
    for page in site.pages:
        for unit in page.prose():
            found += _rejected(site, page, unit)
            if page.language == "zh":
                found += _introduced(site, page, unit)
                found += _typesetting(site, page, unit)
            else:
                found += _unknown_words(site, page, unit, known)
    return found


def _rejected(site: Site, page: Page, unit: Unit) -> list[Finding]:
    """Variants that the glossary rejects."""
    text = _plain(unit.text)
    found = []
    for term in site.terms.values():
        for variant in term.value.get(f"not_{page.language}", []):
            pattern = re.escape(variant)
            if page.language == "en":
                pattern = rf"(?i)\b{pattern}s?\b"
            match = re.search(pattern, text)
            if not match or site.waived(unit, f"term {variant}"):
                continue
            found.append(
                Finding(
                    page.path,
                    unit.line_at(match.start()),
                    f"the term {match[0]}",
                    f"{term.value[page.language]}, as docs/terms.yml has it",
                    f"use the glossary's term, or "
                    f"<!-- waived term {variant}: reason -->",
                )
            )
    return found


def _introduced(site: Site, page: Page, unit: Unit) -> list[Finding]:
    """中文（English) introduces a term: the glossary has to have that pair."""
    pairs = {term.value["en"]: term.value["zh"] for term in site.terms.values()}
    found = []
    for match in INTRODUCED.finditer(_plain(unit.text)):
        english = match["en"]
        chinese = pairs.get(english)
        if chinese and match["zh"].endswith(chinese):
            continue
        if site.waived(unit, f"term {english}"):
            continue
        near = difflib.get_close_matches(english, pairs, n=1)
        expected = f"{chinese}（{english}）" if chinese else "a glossary entry"
        if not chinese and near:
            expected += f", such as {pairs[near[0]]}（{near[0]}）"
        found.append(
            Finding(
                page.path,
                unit.line_at(match.start("en")),
                f"the term {match['zh'][-8:]}（{english}） is not in the "
                f"glossary so",
                expected,
                f"correct it, add it to docs/terms.yml, or "
                f"<!-- waived term {english}: reason -->",
            )
        )
    return found


def _typesetting(site: Site, page: Page, unit: Unit) -> list[Finding]:
    # A number stands for a macro, so that spaces around it are checked too.
    lines = MACRO.sub("9", unit.text)
    checked = autocorrect_py.lint_for(lines, "markdown")
    found = []
    for line in checked.lines:
        if not line.old or line.old == line.new:
            continue
        if site.waived(unit, "typesetting"):
            break
        was, wanted = _changed_part(line.old, line.new)
        found.append(
            Finding(
                page.path,
                unit.line + line.line - 1,
                f"typesetting: “{was}”",
                f"“{wanted}”",
                "correct it, or <!-- waived typesetting: reason -->",
            )
        )
    return found


def _changed_part(old: str, new: str) -> tuple[str, str]:
    """Two texts without what they share at both ends, and some context."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while (
        end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]
    ):
        end += 1
    before = max(0, start - 4)
    after = max(0, end - 4)
    return old[before : len(old) - after], new[before : len(new) - after]


def _unknown_words(
    site: Site, page: Page, unit: Unit, known: set[str]
) -> list[Finding]:
    found = []
    text = ADDRESS.sub(lambda m: " " * len(m[0]), _plain(unit.text))
    for match in WORD.finditer(text):
        word = match[0]
        plain = word.lower().removesuffix("'s")
        if len(plain) < 2 or plain in known or _dictionary().known([plain]):
            continue
        if site.waived(unit, f"spelling {word}"):
            continue
        better = _dictionary().correction(plain)
        found.append(
            Finding(
                page.path,
                unit.line_at(match.start()),
                f"no dictionary has the word “{word}”",
                f"{better}?" if better != plain and better else "a known word",
                "correct it; a name or a term goes into docs/words.txt or "
                "docs/terms.yml",
            )
        )
    return found


def _misspelled(site: Site) -> list[Finding]:
    """What `typos` finds, British spellings among it, in prose and code."""
    command = Path(sysconfig.get_path("scripts")) / "typos"
    done = subprocess.run(
        [
            *[command, "--locale", "en-us", "--format", "json", "--no-ignore"],
            *["docs/en", "snippets", "--exclude", "outputs"],
        ],
        cwd=site.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    found = []
    for line in done.stdout.splitlines():
        fault = json.loads(line)
        if fault.get("type") != "typo":
            continue
        corrections = fault.get("corrections") or ["another spelling"]
        found.append(
            Finding(
                Path(fault["path"]).as_posix(),
                fault.get("line_num", 1),
                f"the spelling “{fault['typo']}”",
                " or ".join(corrections),
                "correct it",
            )
        )
    return found


def _words(site: Site) -> set[str]:
    """Words that are right here though no dictionary has them."""
    path = site.root / "docs" / "words.txt"
    listed = path.read_text(encoding="utf-8") if path.is_file() else ""
    terms = " ".join(term.value["en"] for term in site.terms.values())
    words = {word.lower() for word in WORD.findall(f"{listed} {terms}")}
    return words | {f"{word}s" for word in words}


@cache
def _dictionary() -> SpellChecker:
    return SpellChecker(language="en")


def _plain(text: str) -> str:
    """Prose without macros, addresses and inline code; lines as they are."""
    return CODE.sub(lambda match: " " * len(match[0]), prose(text))

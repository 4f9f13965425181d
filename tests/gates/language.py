"""Chinese typesetting and English spelling.

docs/words.txt holds the names that no dictionary has; the glossary's terms are
words as well, and its explanations are prose.
"""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

import autocorrect_py
from spellchecker import SpellChecker

from .glossary import TABLE, explanations
from .reading import MACRO, Page, Unit
from .site import LANGUAGES, Finding, Site
from .terms import wording

ADDRESS = re.compile(r"https?://\S+")
WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


def gate(site: Site) -> list[Finding]:
    """What is wrong with the wording of any page."""
    found = _misspelled(site)
    known = _words(site)
    explained = [explanations(site, language) for language in LANGUAGES]
    for page in [*site.pages, *explained]:
        for unit in page.prose():
            if page.language == "zh":
                found += _typesetting(site, page, unit)
            else:
                found += _unknown_words(site, page, unit, known)
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
    text = ADDRESS.sub(lambda m: " " * len(m[0]), wording(unit.text))
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
            *["docs/en", TABLE, "snippets", "--exclude", "outputs"],
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
    terms = " ".join(term.names["en"] for term in site.terms.values())
    words = {word.lower() for word in WORD.findall(f"{listed} {terms}")}
    words.add("todo")  # the gate `complete` says what is to be done
    return words | {f"{word}s" for word in words}


@cache
def _dictionary() -> SpellChecker:
    return SpellChecker(language="en")

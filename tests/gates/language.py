"""Chinese typesetting and address, and English spelling."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import autocorrect_py

from docs.hooks.glossary import TABLE
from tests.harness.block import Block, Page
from tests.harness.page import MACRO

from .site import Finding, Site

FORMAL = "您"
CHINESE = (  # what has Chinese for readers
    *("docs/zh/**/*.md", "docs/partials/zh/*.md", "docs/*.yml", "mkdocs.yml"),
    *("docs/overrides/**/*.html", "*.zh.md", "docs/hooks/*.py"),
)


def gate(site: Site) -> Iterator[Finding]:
    """What is wrong with the wording of any page."""
    yield from _misspelled(site)
    yield from _formal(site)
    for page in (*site.pages, *site.words):
        if page.language == "zh":
            for block in page.prose():
                yield from _typesetting(site, page, block)


def _formal(site: Site) -> Iterator[Finding]:
    """Readers are 你 to us, wherever something is said to them."""
    for path in sorted(p for each in CHINESE for p in site.root.glob(each)):
        where = path.relative_to(site.root).as_posix()
        for number, line in enumerate(site.file(where).split("\n"), start=1):
            if FORMAL in line:
                yield Finding(where, number, FORMAL, "你", "correct it")


def _typesetting(site: Site, page: Page, block: Block) -> Iterator[Finding]:
    # A number stands for a macro, so that spaces around it are checked too.
    lines = MACRO.sub("9", block.text)
    for line in autocorrect_py.lint_for(lines, "markdown").lines:
        if not line.old or line.old == line.new:
            continue
        if site.waived(block, "typesetting"):
            break
        was, wanted = _changed_part(line.old, line.new)
        yield Finding(
            page.path,
            block.line + line.line - 1,
            f"typesetting: “{was}”",
            f"“{wanted}”",
            "correct it, or <!-- waived typesetting: reason -->",
        )


def _changed_part(old: str, new: str) -> tuple[str, str]:
    """Two texts without what they share at both ends, and some context."""
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    before, after = max(0, start - 4), max(0, end - 4)
    return old[before : len(old) - after], new[before : len(new) - after]


def _shared(one: str, two: str) -> int:
    """With how many characters both begin."""
    pairs = zip(one, two, strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _misspelled(site: Site) -> Iterator[Finding]:
    """What `typos` finds, British spellings among it, in prose and code."""
    command = Path(sysconfig.get_path("scripts")) / "typos"
    done = subprocess.run(
        [
            *[command, "--locale", "en-us", "--format", "json", "--no-ignore"],
            *["docs/en", TABLE, "snippets", "--exclude", "outputs"],
            *["--exclude", "*.json"],  # others' words, such as class names
        ],
        cwd=site.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    for fault in map(json.loads, done.stdout.splitlines()):
        if fault.get("type") != "typo":
            continue
        path, line = Path(fault["path"]).as_posix(), fault.get("line_num", 1)
        right = fault.get("corrections") or ["another spelling"]
        what, expected = f"the spelling “{fault['typo']}”", " or ".join(right)
        yield Finding(path, line, what, expected, "correct it")

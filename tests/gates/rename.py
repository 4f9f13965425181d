"""Give a section's heading another id, everywhere it is named.

In headings, links, the table of terms, reviews and texts for contributors.
Tests are not changed, and neither is the history.
"""

from __future__ import annotations

import re

from tests.harness.record import write

from .finding import near
from .links import anchors
from .site import Site

ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
NAMING = ("docs/**/*.md", "docs/**/*.yml", "docs/**/*.json", "*.md", "Makefile")
HISTORY = "CHANGELOG.md"


def rename(site: Site, section: str, new: str) -> list[str]:
    """Give "page#section" a new id; return the paths of what changed.

    Raises:
        ValueError: it cannot be done, and nothing was changed.
    """
    name, _, old = section.partition("#")
    pages = site.both(name) or ()
    ids = [{heading.detail for heading in page.of("heading")} for page in pages]
    known = [f"{name}#{each}" for each in set.intersection(*ids or [set()])]
    if section not in known or "{" in old:
        expected = near(section, known, "page#section, in both languages")
        raise ValueError(f"there is no section {section}; expected {expected}")
    if not ID.fullmatch(new):
        raise ValueError(f"{new!r} is no id; expected one such as by-hand")
    if any(new in anchors(site, page) for page in pages):
        raise ValueError(f"#{new} stands there already; expected another id")
    named = rf"(?<![\w-])({name}(?:\.md|\.html|/)?)#{old}(?![\w-])"
    within = rf"(?<=[({{\"'])#{old}(?![\w-])"
    changed = {}
    for path in {path for each in NAMING for path in site.root.glob(each)}:
        where = path.relative_to(site.root).as_posix()
        text = path.read_text(encoding="utf-8")
        after = re.sub(named, rf"\1#{new}", text)
        if where in {page.path for page in pages}:
            after = re.sub(within, f"#{new}", after)
        if where == f"docs/reviews/{name}.json":
            after = after.replace(f'"{old}": {{', f'"{new}": {{')
        if after != text and where != HISTORY:
            changed[where] = after
    for where, after in changed.items():
        write(site.root / where, after)
    return sorted(changed)

"""Give a section's heading another id, everywhere it is named.

In headings, links, the table of terms, reviews and texts for contributors.
Tests are not changed, and neither is the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.harness.record import write

from .links import anchors
from .reviews import REVIEWS
from .site import Site

ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
WHERE = (
    "docs/**/*.md",
    "docs/*.yml",
    "docs/reviews/*.json",
    "*.md",
    "Makefile",
)
HISTORY = "CHANGELOG.md"


def rename(site: Site, section: str, new: str) -> list[str]:
    """Give "page#section" a new id; return the paths of what changed.

    Raises:
        ValueError: it cannot be done, and nothing was changed.
    """
    name, _, old = section.partition("#")
    if not (both := site.both(name)):
        raise ValueError(f"no page {name!r}; expected one of {site.names}")
    if not ID.fullmatch(new):
        raise ValueError(f"{new!r} is no id; expected one such as by-hand")
    for page in both:
        ids = [heading.detail for heading in page.of("heading")]
        if old not in ids or "{" in old:
            raise ValueError(
                f"{page.path} has no #{old}; expected one of {ids}"
            )
        if new in anchors(site, page):
            raise ValueError(f"{page.path} has a heading #{new} already")
    changed = dict(_changed(site, name, re.escape(old), new))
    for path, text in changed.items():
        write(site.root / path, text)
    return list(changed)


def _changed(
    site: Site, name: str, old: str, new: str
) -> Iterator[tuple[str, str]]:
    """The files that name a section, with their new text."""
    own = rf"(?<=[({{\"'])#{old}(?![\w-])"  # within its page
    full = rf"(?<![\w-])({name}(?:\.md|\.html|/)?)#{old}(?![\w-])"
    pages = {page.path for page in site.both(name) or ()}
    for path in sorted({p for each in WHERE for p in site.root.glob(each)}):
        where = path.relative_to(site.root)
        before = path.read_text(encoding="utf-8")
        after = re.sub(full, rf"\1#{new}", before)
        if where.as_posix() in pages:
            after = re.sub(own, f"#{new}", after)
        elif where == REVIEWS / f"{name}.json":
            after = re.sub(rf'"{old}"(?=: {{)', f'"{new}"', after)
        if after != before and where.name != HISTORY:
            yield where.as_posix(), after

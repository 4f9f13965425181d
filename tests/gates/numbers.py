"""Every number in prose is accounted for, see docs/hooks/accounts.py."""

from __future__ import annotations

from collections.abc import Iterator

from docs.hooks.accounts import Accounts
from docs.hooks.tables import Fault
from tests.harness.block import Block, Page

from .site import Finding, Site


def gate(site: Site) -> Iterator[Finding]:
    """What numbers on any page are unaccounted for."""
    for page in site.pages:
        yield from unaccounted(site, page)


def unaccounted(site: Site, page: Page) -> list[Finding]:
    """What numbers of one page are unaccounted for."""
    accounts = Accounts(page, site.sources)
    site.waivers |= accounts.waivers
    faults = [*accounts.faults, *_out_of_order(page)]
    return [Finding(page.path, *fault) for fault in faults]


def _out_of_order(page: Page) -> Iterator[Fault]:
    """Numbered headings and items count 1, 2, 3."""
    before: dict[tuple[str, str, int], int] = {}
    last: Block | None = None
    for block in page.blocks:
        if block.kind in {"blank", "comment", "mark"}:
            continue  # they say nothing
        numbered = last and last.kind == "item" and last.number
        last = block
        if block.kind == "heading":
            place = (block.kind, block.chapter, block.level)
        else:
            place = (block.kind, block.heading, 0)
            if block.kind == "item" and not numbered:
                before.pop(place, None)  # a new list
        if not block.number:
            continue
        expected = before.get(place, 0) + 1
        before[place] = block.number
        if block.number != expected:
            yield (
                block.line,
                f"number {block.number} in a numbered sequence",
                f"number {expected}",
                "number in order, from 1",
            )

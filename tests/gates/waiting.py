"""Show the pairs of texts that wait for a review, side by side."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from . import reviews
from .pairs import rows
from .site import LANGUAGES, Site

WIDE = 100  # from here on, both texts have room beside one another


def show(site: Site) -> int:
    """Print them, with what changed in which language; return their number."""
    console = Console(highlight=False, markup=False, emoji=False)
    found = list(reviews.waiting(site))
    for each in found:
        console.rule(f"{each.page}#{each.section}")
        console.print(_table(each, console.width >= WIDE))
        console.print(f"They say the same? {each.command}\n", soft_wrap=True)
    return len(found)


def _table(each: reviews.Waiting, wide: bool) -> Table:
    table = Table(show_header=False, show_lines=True, expand=True)
    table.add_column("changed", width=2)
    for _ in LANGUAGES if wide else LANGUAGES[:1]:
        table.add_column(overflow="fold", ratio=1)  # Chinese has no spaces
    sides = [each.texts[language] for language in LANGUAGES]
    for row in rows(*(side.blocks for side in sides)):
        new = [
            language
            for language, blocks in zip(LANGUAGES, row, strict=True)
            if any(block in each.changed.get(language, ()) for block in blocks)
        ]
        cells = [
            "\n".join(side.said[side.blocks.index(block)] for block in blocks)
            for side, blocks in zip(sides, row, strict=True)
        ]
        shown = cells if wide else ["\n\n".join(cells)]
        table.add_row("\n".join(new), *shown, style="bold" if new else "")
    return table

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
    for command, pair in found:
        console.print(_table(pair, console.width >= WIDE))
        console.print(f"They say the same? {command}\n", soft_wrap=True)
    return len(found)


def _table(pair: reviews.Pair, wide: bool) -> Table:
    table = Table(show_header=False, show_lines=True, expand=True)
    table.add_column("changed", width=2)
    for _ in pair if wide else pair[:1]:
        table.add_column(overflow="fold", ratio=1)  # Chinese has no spaces
    for row in rows(*(text.blocks for text in pair)):
        sides = list(zip(LANGUAGES, pair, row, strict=True))
        new = [
            language
            for language, text, blocks in sides
            if any(block in text.changed for block in blocks)
        ]
        cells = [
            "\n".join(text.said[text.blocks.index(block)] for block in blocks)
            for _, text, blocks in sides
        ]
        shown = cells if wide else ["\n\n".join(cells)]
        table.add_row("\n".join(new), *shown, style="bold" if new else "")
    return table

"""Show the pairs of texts that wait for a review, side by side."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from . import reviews
from .pairs import rows
from .site import LANGUAGES, Site

WIDE = 100  # from here on, both texts have room beside one another


def show(site: Site) -> int:
    """Print them, what changed in color; return how many there are."""
    console = Console(highlight=False, markup=False)
    found = list(reviews.waiting(site))
    for each in found:
        console.rule(f"{each.page}#{each.section}")
        console.print(_table(each, console.width >= WIDE))
        console.print(f"They say the same? {each.command}\n", soft_wrap=True)
    return len(found)


def _table(each: reviews.Waiting, wide: bool) -> Table:
    table = Table(show_header=False, show_lines=True, expand=True)
    table.add_column("changed", width=3)
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
        style = "bold" if new else "dim"
        if wide:
            table.add_row("\n".join(new), *cells, style=style)
        else:
            table.add_row("\n".join(new), "\n\n".join(cells), style=style)
    return table

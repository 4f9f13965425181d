"""How a page is proven, in numbers: what `verification` and each lesson tell.

The build counts this from the sources, so it cannot be out of date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docs.hooks.accounts import HOW, Accounts, Sources, annotated
from tests.harness import cell
from tests.harness.block import Page
from tests.harness.record import OUTPUTS


def of(page: Page, sources: Sources) -> dict[str, Any]:
    """How a page is proven.

    Returns:
        title: of the page.
        blocks, outputs, figures: how many are run, shown and drawn.
        numbers: how many stand in the prose; of these are quoted, shown,
            derived, tested, facts and waived.
        claims, tests: conditions evaluated, tests named.
        waivers: [{"subject": ..., "reason": ...}, ...].

    Raises:
        cell.PageError: its code cannot be read, so it would not run.
    """
    counts = Accounts(page, sources).counts
    outputs = f"{OUTPUTS.as_posix()}/"
    named = {a.text for a in page.annotations if a.kind == "tested"}
    return {
        "title": next((h.text for h in page.of("heading")), page.name),
        "blocks": sum(c.is_run for c in cell.cells(page, sources.root)),
        "outputs": sum(t.startswith(outputs) for t in page.includes()),
        "figures": len(list(page.of("figure"))),
        "numbers": sum(counts.values()),
        **{how: counts[how] for how in HOW},
        "claims": len(annotated(page, "claim")),
        "tests": len(named),
        "waivers": [
            {"subject": annotation.subject, "reason": annotation.text}
            for annotation in page.annotations
            if annotation.kind == "waived"
        ],
    }


def published(test: Path) -> str:
    """Where the site has a test of a lesson, as text: for links from pages."""
    return f"assets/tests/{test.stem}.txt"

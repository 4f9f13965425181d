"""How a page is proven, in numbers: what `verification` and each lesson tell.

The site's build counts this from the sources, so it cannot be out of date.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.harness.records import OUTPUTS

from . import numbers
from .fences import run_blocks
from .site import Site, annotations_of


class Proofs:
    """Proofs of the pages of one site, counted once each.

    Args:
        site: the pages.
        language: of those that are asked for.
    """

    def __init__(self, site: Site, language: str) -> None:
        self._site = site
        self._language = language
        self.names = site.names
        self.of = cache(self._of)

    def _of(self, name: str) -> dict[str, Any]:
        """How a page is proven.

        Returns:
            title: of the page.
            blocks, outputs, figures: how many are run, shown and drawn.
            numbers: how many stand in the prose; of these are quoted,
                shown, derived, tested, facts and waived.
            claims, tests: conditions evaluated, tests named.
            waivers: [{"subject": ..., "reason": ...}, ...].

        Raises:
            KeyError: there is no such page.
        """
        page = self._site.page(self._language, name)
        if page is None:
            raise KeyError(f"docs/{self._language}/{name}.md")
        counts = numbers.counts(self._site, page)
        return {
            "title": next((h.text for h in page.headings()), name),
            "blocks": len(list(run_blocks(page))),
            "outputs": sum(
                include.detail.startswith(f"{OUTPUTS.as_posix()}/")
                for include in page.includes()
            ),
            "figures": sum(unit.kind == "figure" for unit in page.units),
            "numbers": sum(counts.values()),
            **{how: counts[how] for how in numbers.HOW},
            "claims": len(annotations_of(page.units, "claim")),
            "tests": len(
                {a.text for a in page.annotations if a.kind == "tested"}
            ),
            "waivers": [
                {"subject": annotation.subject, "reason": annotation.text}
                for annotation in page.annotations
                if annotation.kind == "waived"
            ],
        }

"""All gates, run over one site."""

from __future__ import annotations

from . import (
    badges,
    claims,
    complete,
    current,
    fences,
    labels,
    language,
    links,
    numbers,
    orphans,
    parity,
    quotations,
    reviews,
    terms,
)
from .site import Finding, Gate, Site

# In the order in which a lesson is written.
MODULES = (
    *(complete, fences, links, orphans, current, quotations, numbers),
    *(claims, terms, language, labels, parity, badges, reviews),
)
GATES: dict[str, Gate] = {
    module.__name__.rpartition(".")[2]: module.gate for module in MODULES
}


def check(site: Site) -> tuple[dict[str, list[Finding]], int]:
    """What every gate finds, in order, and the number of waivers in use."""
    found = {name: sorted(set(gate(site))) for name, gate in GATES.items()}
    waivers = [
        (page, annotation, (page.name, annotation.heading, annotation.subject))
        for page in site.pages
        for annotation in page.annotations
        if annotation.kind == "waived"
    ]
    # Parity wants a waiver in both languages, even if one could do without.
    needed = {key for _, waiver, key in waivers if waiver in site.waivers}
    found["waivers"] = sorted(
        Finding(
            page.path,
            waiver.line,
            f"nothing needs the waiver of {waiver.subject!r}",
            "waivers only where a gate would object",
            "delete it",
        )
        for page, waiver, key in waivers
        if waiver.text and key not in needed
    )
    found["files"] = sorted(set(site.problems))
    return found, len(waivers)

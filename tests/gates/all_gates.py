"""All gates, run over one site."""

from __future__ import annotations

from . import (
    badges,
    claims,
    complete,
    current,
    fences,
    figures,
    language,
    links,
    numbers,
    parity,
    reviews,
    terms,
)
from .site import Finding, Gate, Site

GATES: dict[str, Gate] = {  # in the order in which a lesson is written
    "complete": complete.gate,
    "fences": fences.gate,
    "links": links.gate,
    "current": current.gate,
    "numbers": numbers.gate,
    "claims": claims.gate,
    "terms": terms.gate,
    "language": language.gate,
    "figures": figures.gate,
    "parity": parity.gate,
    "badges": badges.gate,
    "reviews": reviews.gate,
}


def check(site: Site) -> tuple[dict[str, list[Finding]], int]:
    """What every gate finds, in order, and the number of waivers in use."""
    found = {name: sorted(set(gate(site))) for name, gate in GATES.items()}
    waivers = [
        annotation
        for page in site.pages
        for annotation in page.annotations
        if annotation.kind == "waived"
    ]
    # Parity wants a waiver in both languages, even if one could do without.
    needed = {
        (page.name, annotation.section, annotation.subject)
        for page in site.pages
        for annotation in page.annotations
        if annotation.used
    }
    unneeded = [
        Finding(
            page.path,
            annotation.line,
            f"nothing needs the waiver of {annotation.subject!r}",
            "waivers only where a gate would object",
            "delete it",
        )
        for page in site.pages
        for annotation in page.annotations
        if annotation.kind == "waived"
        and annotation.text
        and (page.name, annotation.section, annotation.subject) not in needed
    ]
    found["waivers"] = sorted(unneeded)
    found["files"] = sorted(set(site.problems))
    return found, len(waivers)

"""All gates, run over one site."""

from __future__ import annotations

import traceback
from pathlib import Path

from . import (
    badges,
    claims,
    complete,
    current,
    fences,
    formulas,
    labels,
    language,
    links,
    names,
    numbers,
    orphans,
    parity,
    reviews,
    syntax,
    terms,
)
from .site import Finding, Gate, Site

# In the order in which a lesson is written.
MODULES = (
    *(complete, syntax, fences, links, orphans, current, numbers, claims),
    *(formulas, names, terms, language, labels, parity, badges, reviews),
)
GATES: dict[str, Gate] = {
    module.__name__.rpartition(".")[2]: module.gate for module in MODULES
}


def check(site: Site) -> tuple[dict[str, list[Finding]], int]:
    """What every gate finds, in order, and the number of waivers in use.

    While files cannot be read, these alone are told.
    """
    if site.problems:
        empty: dict[str, list[Finding]] = {name: [] for name in GATES}
        return {**empty, "waivers": [], "files": site.problems}, 0
    found = {name: _found(name, site) for name in GATES}
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
    return {**_causes(found, site), "files": []}, len(waivers)


def _causes(
    found: dict[str, list[Finding]], site: Site
) -> dict[str, list[Finding]]:
    """Without what follows from another fault.

    Of a page that is not fenced as it is meant, most would go wrong; and
    languages are compared once each is right by itself.
    """
    lacking = (fault.path for fault in found["complete"])
    missing = [Path(p).name for p in lacking if not (site.root / p).is_file()]
    unread = {Path(fault.path).stem for fault in found["fences"]} | {
        page.name
        for page in site.pages
        if not all(map(site.included, page.includes()))
    }
    wrong = {
        part
        for gate in found.keys() - {"parity", "reviews", "waivers"}
        for fault in found[gate]
        for part in Path(fault.path).with_suffix("").parts[-1:]
    }
    told = {**found, "badges": [] if unread else found["badges"]}
    for gate in found.keys() - {"complete", "syntax", "fences", "links"}:
        silent = unread | (wrong if gate == "parity" else set())
        told[gate] = [
            fault
            for fault in told[gate]
            if not silent & {*Path(fault.path).with_suffix("").parts}
            and not any(name in fault.what for name in missing)
        ]
    return told


def _found(name: str, site: Site) -> list[Finding]:
    """What a gate finds; that it fails is a finding too."""
    try:
        return sorted(set(GATES[name](site)))
    except Exception as error:
        places = traceback.extract_tb(error.__traceback__)
        own = [
            p.lineno or 1 for p in places if p.filename.endswith(f"{name}.py")
        ]
        return [
            Finding(
                f"tests/gates/{name}.py",
                [1, *own][-1],
                f"this check fails: {type(error).__name__}: {error}",
                "a finding that names the fault in what you changed",
                "look at your last change (git diff); this is a fault of "
                "ours too: please report it",
            )
        ]

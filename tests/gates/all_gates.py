"""All gates, run over one site."""

from __future__ import annotations

import traceback
from importlib import import_module
from pathlib import Path

from .site import Finding, Gate, Site

# Their modules, in the order in which a lesson is written.
ORDER = ("complete", "syntax", "fences", "links", "orphans", "current")
ORDER += ("quotations", "numbers", "claims", "formulas", "names", "terms")
ORDER += ("language", "labels", "comments", "results", "answers", "parity")
ORDER += ("badges", "reviews")
GATES: dict[str, Gate] = {
    name: import_module(f"{__package__}.{name}").gate for name in ORDER
}
# What looks at the text of one language, whatever the other says.
ALONE = ("complete", "syntax", "fences", "links", "numbers", "claims")
ALONE += ("formulas", "names", "language")
Found = dict[str, list[Finding]]  # by gate


def check(site: Site) -> tuple[Found, int]:
    """What every gate finds, in order, and the number of waivers in use.

    While files cannot be read, these alone are told.
    """
    if site.problems:
        empty: Found = {name: [] for name in GATES}
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
    return {**_causes(found), "files": []}, len(waivers)


def _causes(found: Found) -> Found:
    """Without what follows from another fault.

    Of a page that is not fenced as it is meant, most would go wrong; and
    languages are compared once each is right by itself.
    """
    unread = {_name(fault) for fault in found["fences"]}
    wrong = {_name(fault) for gate in ALONE for fault in found[gate]}
    lacking = [f"{_name(fault)}.py::" for fault in found["complete"]]
    told = {**found, "badges": [] if unread else found["badges"]}
    for gate in found.keys() - {"complete", "syntax", "fences", "links"}:
        silent = unread | (wrong if gate == "parity" else set())
        told[gate] = [
            fault
            for fault in told[gate]
            if not silent & {*_parts(fault)}
            and not any(test in fault.what for test in lacking)
        ]
    return told


def _parts(fault: Finding) -> tuple[str, ...]:
    """Of a file's path, its name and those of its folders."""
    return Path(fault.path).with_suffix("").parts


def _name(fault: Finding) -> str:
    return _parts(fault)[-1]


def _found(name: str, site: Site) -> list[Finding]:
    """What a gate finds; that it fails is a finding too."""
    try:
        return sorted(set(GATES[name](site)))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if Path(f.filename).stem == name]
        what = f"this check fails: {type(error).__name__}: {error}"
        expected = "a finding that names the fault in what you changed"
        do = "look at your last change (git diff), and report this to us"
        line = (lines or [None])[-1] or 1
        return [Finding(f"tests/gates/{name}.py", line, what, expected, do)]

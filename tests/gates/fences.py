"""Every fence is run, or shows a recorded output, or says why it does not.

This reads the source, to name the line at once. That a fence which is meant
to run really does, as the site shows it, is checked by tests/harness/pages.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from tests.harness import records
from tests.harness.syntax import RUN_AS

from .reading import Page, Unit
from .site import Finding, Site

SKIPS = {"skip", "skipif", "importorskip", "skipfile"}
PLAIN = {"text", "txt", "output"}


def gate(site: Site) -> list[Finding]:
    """Which fences of any page are unaccounted for."""
    return [
        finding for page in site.pages for finding in _page_findings(site, page)
    ]


def is_run(unit: Unit) -> bool:
    """Whether a fence is in a language that is run."""
    return unit.kind == "fence" and unit.detail in RUN_AS


def run_blocks(page: Page) -> Iterator[Unit]:
    """The fences that are run, without those that a comment leaves out."""
    control: set[str] = set()
    for unit in page.units:
        if unit.kind == "control":
            control.add(unit.detail.partition("(")[0])
        elif unit.kind == "fence":
            if is_run(unit) and not control & SKIPS:
                yield unit
            control = set()


def _page_findings(site: Site, page: Page) -> list[Finding]:
    found: list[Finding] = []
    control: list[Unit] = []  # comments for pytest-codeblocks before a fence
    last: Unit | None = None  # the fence before
    for unit in page.units:
        if unit.kind == "control":
            control.append(unit)
            if unit.detail == "hidden":
                found += _unless_waived(site, page, unit, *HIDDEN)
        elif unit.kind == "indented":
            found += _unless_waived(site, page, unit, *INDENTED)
        elif unit.kind == "fence":
            found += _fence(site, page, unit, control, last)
            control, last = [], unit
        elif unit.is_prose and "<pre" in unit.text:
            found += _unless_waived(site, page, unit, *RAW)
    return found


HIDDEN = (
    "a code block in a comment runs, but no reader sees it",
    "code that readers can copy and that is all that runs",
    "show it, or move it into the code that is shown",
)
INDENTED = (
    "indented code without a fence is not run",
    "code in a fence that begins with ```python, ```sh or ```bash",
    "put it in a fence",
)
RAW = (
    "code in <pre> is not run",
    "code in a fence that begins with ```python, ```sh or ```bash",
    "put it in a fence",
)


def _fence(
    site: Site,
    page: Page,
    unit: Unit,
    control: list[Unit],
    last: Unit | None,
) -> list[Finding]:
    kinds = {each.detail.partition("(")[0] for each in control}
    if is_run(unit):
        if skips := kinds & SKIPS:
            return _unless_waived(
                site,
                page,
                unit,
                f"this block is left out by pytest-codeblocks:{skips.pop()}",
                "a block that runs, or a reason",
                "let it run",
            )
        if "cont" in kinds and (last is None or not is_run(last)):
            before = f"a {last.detail} fence" if last else "nothing"
            return _unless_waived(
                site,
                page,
                unit,
                f"this block continues {before}, so it would not run",
                "a block that continues a block of the same language",
                "remove the comment `cont`: blocks of a page share their "
                "variables anyway",
            )
        return []
    if kinds & {"expected-output", "expected-output-ignore-whitespace"}:
        return []  # compared with what the block before prints
    if unit.detail not in PLAIN:
        near = difflib.get_close_matches(unit.detail, RUN_AS, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        language = f"in {unit.detail!r}" if unit.detail else "of no language"
        return _unless_waived(
            site,
            page,
            unit,
            f"a fence {language} is neither run nor compared{meant}",
            f"{', '.join(sorted(RUN_AS))} for code, text for its output",
            "name the language",
        )
    outputs = f"{records.OUTPUTS.as_posix()}/"
    lines = [line for line in unit.text.split("\n") if line.strip()]
    shown = [
        each.detail
        for each in page.includes()
        if unit.line < each.line <= unit.line + unit.text.count("\n") + 1
    ]
    if shown and len(shown) == len(lines):
        if all(target.startswith(outputs) for target in shown):
            return []
        what = f"this output is no recorded one: {shown[0]}"
    else:
        what = "this text was typed in by hand"
    return _unless_waived(
        site,
        page,
        unit,
        what,
        f'one line, --8<-- "{outputs}{page.name}/<section>.txt"',
        "run the code and include what it printed",
    )


def _unless_waived(
    site: Site, page: Page, unit: Unit, what: str, expected: str, do: str
) -> list[Finding]:
    if site.waived(unit, "fence"):
        return []
    advice = f"{do}, or say why not: <!-- waived fence: reason -->"
    return [Finding(page.path, unit.line, what, expected, advice)]

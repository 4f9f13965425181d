"""Every fence is run, or shows a recorded output, or says why it does not.

An output or a figure stands below the code that made it, before other code.
What no code of the page made, such as a drawing, is bound by its review.

This reads the source, to name the line at once. That a fence which is meant
to run really does, as the site shows it, is checked by tests/harness/shown.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.harness.block import RUN_AS, Block, Page
from tests.harness.cell import PageError, cells
from tests.harness.record import DRAWINGS, FIGURES, OUTPUTS

from .site import Finding, Site

PLAIN = {"text", "txt", "output"}
Fault = tuple[str, str, str]  # what, what was expected, what to do

FENCED = "code in a fence that begins with ```python, ```sh or ```bash"
INDENTED = ("indented code without a fence is not run", FENCED, "fence it")
RAW = ("code in <pre> is not run", FENCED, "put it in a fence")
LEFT_OUT = (
    "this block is left out by a comment, so nothing runs it",
    "a block that runs, or a reason",
    "delete the comment",
)
HIDDEN = (
    "a code block in a comment runs, but no reader sees it",
    "code that readers can copy and that is all that runs",
    "show it, or move it into the code that is shown",
)


def gate(site: Site) -> Iterator[Finding]:
    """Which fences of any page are unaccounted for."""
    for page in site.pages:
        found = [
            Finding(
                page.path,
                block.line,
                what,
                expected,
                f"{do}, or say why not: <!-- waived fence: reason -->",
            )
            for block, (what, expected, do) in _unaccounted(site, page)
            if not site.waived(block, "fence")
        ]
        yield from found or _unreadable(site, page)


def _unaccounted(site: Site, page: Page) -> Iterator[tuple[Block, Fault]]:
    code = site.code(page)
    running = {cell.line: cell.name for cell in code or ()}
    made, shown = "", []  # name of the cell above, and what of it was shown
    for block in page.blocks:
        if block.detail == "hidden" and block.kind == "control":
            yield block, HIDDEN
        elif block.kind == "indented":
            yield block, INDENTED
        elif block.is_prose and "<pre" in block.text:
            yield block, RAW
        elif block.is_code:
            made, shown = running.get(block.line, ""), []
            if not made and code is not None:
                yield block, LEFT_OUT
        elif block.kind == "fence" and (fault := _typed(page, block)):
            yield block, fault
        elif code is not None and (target := _recorded(page, block)):
            right = _next(page.name, made, target, shown)
            if target == right:
                shown.append(target)
            else:
                yield block, _misplaced(site, running, target, right)


def _recorded(page: Page, block: Block) -> str:
    """What a block shows of what code made; a drawing is made by no page's."""
    if block.kind == "fence":
        return " ".join(target for _, target in block.includes)
    path = PurePosixPath(posixpath.normpath(f"docs/{block.detail}"))
    made = path.is_relative_to(FIGURES) and any(page.code())
    drawn = path.is_relative_to(FIGURES / DRAWINGS.name)
    return str(path) if block.kind == "figure" and made and not drawn else ""


def _next(lesson: str, made: str, target: str, shown: list[str]) -> str:
    """What a cell made that would come next in this place, of this sort."""
    folder, suffix = (OUTPUTS.as_posix(), ".txt")
    if not target.startswith(folder):
        folder, suffix = (FIGURES.as_posix(), ".svg")
    count = sum(each.startswith(folder) for each in shown) + 1
    number = f"-{count}" if count > 1 else ""
    return f"{folder}/{lesson}/{made}{number}{suffix}"


def _misplaced(
    site: Site, running: dict[int, str], target: str, right: str
) -> Fault:
    """An output or a figure that the code above it did not make."""
    lines = {name: line for line, name in running.items()}
    its = lines.get(PurePosixPath(target).stem)
    return (
        f"the code above this did not make {target}",
        right if (site.root / right).is_file() else "nothing that code made",
        f"show it below the code of line {its}, that made it, and nowhere else"
        if its
        else "show only what the code above it made",
    )


def _typed(page: Page, block: Block) -> Fault | None:
    """What is wrong with a fence that does not run."""
    if block.detail not in PLAIN:
        near = difflib.get_close_matches(block.detail, RUN_AS, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        language = f"in {block.detail!r}" if block.detail else "of no language"
        what = f"a fence {language} is neither run nor compared{meant}"
        known = f"{', '.join(sorted(RUN_AS))} for code, text for its output"
        return what, known, "name the language"
    outputs = f"{OUTPUTS.as_posix()}/"
    what = "this text was typed in by hand"
    shown = [target for _, target in block.includes]
    if shown and len(shown) == len(list(filter(None, block.text.split("\n")))):
        if all(target.startswith(outputs) for target in shown):
            return None
        what = f"this output is no recorded one: {shown[0]}"
    expected = f'one line, --8<-- "{outputs}{page.name}/<section>.txt"'
    return what, expected, "run the code and include what it printed"


def _unreadable(site: Site, page: Page) -> Iterator[Finding]:
    """Why nothing of the page would run, unless `links` says so."""
    missing = any(not site.included(target) for target in page.includes())
    if missing or page.faults or site.code(page) is not None:
        return
    try:
        cells(page, site.root)
    except PageError as error:
        place, _, what = str(error).removeprefix(page.path).partition(": ")
        expected = "a page whose code can be read"
        line = int(place[1:] or 1)
        yield Finding(page.path, line, what, expected, "do what it says")

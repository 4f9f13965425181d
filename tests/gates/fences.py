"""Every fence is run, or shows a recorded output, or says why it does not.

An output or a figure stands below the code that made it, before other code.
What no code of the page made, such as a drawing, is bound by its review.

This reads the source, to name the line at once. That a fence which is meant
to run really does, as the site shows it, is what tests/site/test_shown_code
asks the built page.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterator

from tests.harness.block import RUN, Block, Page
from tests.harness.cell import PageError, cells
from tests.harness.record import DRAWINGS, FIGURES, OUTPUTS

from .current import again
from .site import Finding, Site

PLAIN = {"text", "txt", "output"}
MADE = ((OUTPUTS.as_posix(), ".txt"), (FIGURES.as_posix(), ".svg"))
NUMBER = re.compile(r"-\d+(?=\.svg$)")  # of a figure, if code makes several
MOVE = "show it once, below the code that made it"
Fault = tuple[str, str, str]  # what, what was expected, what to do

FENCED = "code in a fence that begins with ```python or ```sh"
INDENTED = ("indented code without a fence is not run", FENCED, "fence it")
LEFT_OUT = (
    "this block is left out by a comment, so nothing runs it",
    "a block that runs, or a reason",
    "delete the comment",
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
    made, shown = "", set()  # name of the cell above, and what of it was shown
    for block in page.blocks:
        if block.kind == "indented":
            yield block, INDENTED
        elif block.is_code:
            made, shown = running.get(block.line, ""), set()
            if not made and code is not None:
                yield block, LEFT_OUT
        elif block.kind == "fence" and (fault := _typed(page, block)):
            yield block, fault
        elif code is not None and (path := _recorded(page, block)):
            right = [
                f"{folder}/{page.name}/{made}{end}" for folder, end in MADE
            ]
            there = [each for each in right if (site.root / each).is_file()]
            if path in shown or not {path, NUMBER.sub("", path)} & {*there}:
                what = f"the code above this did not make {path}"
                do = f"{MOVE}; if it is not recorded yet, {again(page.name)}"
                yield block, (what, " or ".join(there) or "nothing", do)
            shown.add(path)


def _recorded(page: Page, block: Block) -> str:
    """What a block shows of what code made; a drawing is made by no page's."""
    if block.kind == "fence":
        return " ".join(target for _, target in block.includes)
    path = posixpath.normpath(f"docs/{block.detail}")
    folder = f"{FIGURES.as_posix()}/"
    drawn = path.startswith(f"{folder}{DRAWINGS.name}/")
    made = path.startswith(folder) and not drawn and any(page.code())
    return path if block.kind == "figure" and made else ""


def _typed(page: Page, block: Block) -> Fault | None:
    """What is wrong with a fence that does not run."""
    if block.detail not in PLAIN:
        near = difflib.get_close_matches(block.detail, RUN, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        language = f"in {block.detail!r}" if block.detail else "of no language"
        what = f"a fence {language} is neither run nor compared{meant}"
        known = f"{' or '.join(RUN)} for code, text for its output"
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
    """Why nothing of the page would run."""
    if page.faults or site.code(page) is not None:
        return
    try:
        cells(page, site.root)
    except PageError as error:
        place, _, what = str(error).removeprefix(page.path).partition(": ")
        expected = "a page whose code can be read"
        line = int(place[1:] or 1)
        yield Finding(page.path, line, what, expected, "do what it says")

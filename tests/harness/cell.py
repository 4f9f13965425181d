"""The code of a page as the cells that run, each line with its origin.

pytest-codeblocks extracts it, once, with the sections of snippets put in. A
script that draws figures for a page is read as well: its marked sections are
its cells.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest_codeblocks

from . import comments
from .block import Block, Page
from .snippet import code_digest, included, sections

# What a comment above a block can ask pytest-codeblocks for; its other words,
# and why not.
ASKED = re.compile(r"skip|importorskip\([\w.]+\)")
REFUSED = {
    "cont": "It would join the fence before, in whatever language. Remove it: "
    "the blocks of a page share their variables anyway.",
    "hidden": "No reader sees code in a comment, but it would run. Show it, "
    "or move it into the code that is shown.",
}
OTHERS = "Known are skip and importorskip(module)."


class PageError(Exception):
    """A page that cannot be run as it stands. The text says where and why."""


@dataclass(frozen=True)
class Origin:
    """Where a line of code stands: in a file, or in a section of a snippet."""

    path: str
    line: int
    section: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass
class Cell:
    """A block of code that runs.

    Attributes:
        name: its sections, joined by "+", or "line-N" for code in the page.
        language: "python" or "sh".
        code: what the reader copies.
        line: of the fence in the page.
        origins: where each line of `code` stands; as long as code.splitlines().
        importorskip: a module that it needs; `peers` runs it.
        is_run: whether anything runs it: the page, or what `peers` describes.
        block: the fence, if it stands in a page.
    """

    name: str
    language: str
    code: str
    line: int = 1
    origins: list[Origin] = field(default_factory=list)
    importorskip: str | None = None
    is_run: bool = True
    block: Block | None = None

    @property
    def source(self) -> str:
        """As a cell of a notebook."""
        magic = "" if self.language == "python" else f"%%{self.language}\n"
        return magic + self.code.rstrip("\n")

    @property
    def digest(self) -> str:
        return code_digest(self.code, self.language)

    @property
    def runs_everywhere(self) -> bool:
        """Whether it runs with its page."""
        return self.is_run and not self.importorskip


def codes(cells: Iterable[Cell]) -> list[list[str]]:
    """Name and digest of each, to tell later whether it has changed."""
    return [[cell.name, cell.digest] for cell in cells]


def cells(page: Page, root: Path, *, original: bool = False) -> list[Cell]:
    """The cells of a page as its file has it; snippets are found from `root`.

    Args:
        page: numbers need not be put in.
        root: the project's folder.
        original: leave the comments as the snippets have them, in English.

    Raises:
        PageError: a snippet or its section is missing, a fence is not closed,
            or a comment asks for what this project refuses.
    """
    _check_readable(page)
    lines: list[str] = []
    found: list[tuple[Block, list[Origin]]] = []
    for block in page.blocks:
        if block.kind == "control":
            lines.append(f"<!--{block.text}-->")
        elif block.is_code:
            body, origins = _body(page, block, root)
            if not original:
                body = _in_language(page, block, body, root)
            lines += _fenced(block, body)
            found.append((block, origins))
    extracted = _extracted("\n".join([*lines, ""]))
    return [
        _cell(code, block, origins)
        for code, (block, origins) in zip(extracted, found, strict=True)
    ]


def with_comments(page: Page, root: Path) -> str:
    """The text of a page for the site: Chinese code has Chinese comments.

    Code in which nothing changes is left to the site to include.

    Raises:
        PageError: as `cells`.
    """
    lines = page.source.split("\n")
    for block in reversed([*page.code()]):
        body, _ = _body(page, block, root)
        shown = _in_language(page, block, body, root)
        if shown != body:
            end = block.line + len(block.lines) - 2
            lines[block.line : end] = [_indent(block) + each for each in shown]
    return "\n".join(lines)


def _in_language(
    page: Page, block: Block, body: list[str], root: Path
) -> list[str]:
    """The lines inside a fence with comments in the language of the page."""
    code = "\n".join(body)
    return comments.shown(code, block.detail, page.language, root).split("\n")


def _check_readable(page: Page) -> None:
    for line, what, expected in page.faults:
        if what.startswith("nothing closes"):
            raise PageError(f"{page.path}:{line}: {what}; expected {expected}")
    for block in page.of("control"):
        if not ASKED.fullmatch(block.detail):
            raise PageError(
                f"{page.path}:{block.line}: {block.text!r} is not supported. "
                f"{REFUSED.get(block.detail, OTHERS)}"
            )


def _indent(block: Block) -> str:
    """What stands before a fence, and before each line inside."""
    return block.lines[0][: -len(block.lines[0].lstrip())]


def _body(
    page: Page, block: Block, root: Path
) -> tuple[list[str], list[Origin]]:
    """The lines inside a fence with its snippets put in, and their origins."""
    lines: list[str] = []
    origins: list[Origin] = []
    targets, indent = dict(block.includes), _indent(block)
    for number, line in enumerate(block.lines[1:-1], start=block.line + 1):
        bare = line.lstrip()
        line = line.removeprefix(indent) if line.startswith(indent) else bare
        target = targets.get(number)
        if not target:
            lines.append(line)
            origins.append(Origin(page.path, number))
            continue
        snippet = included(target, root)
        if snippet is None:
            raise PageError(
                f"{page.path}:{number}: the page asks for {bare.rstrip()}, "
                f"which is not there; correct the path or the section's name."
            )
        path, first, code = snippet
        section = target.partition(":")[2] or None
        for offset, text in enumerate(code.splitlines()):
            lines.append(line[: -len(bare)] + text)
            origins.append(Origin(path, first + offset, section))
    return lines, origins


def _fenced(block: Block, body: list[str]) -> list[str]:
    """A fence in the one form that pytest-codeblocks collects.

    It ignores any fence whose info string is not exactly `python`, `sh` or
    `bash`; a title or highlighted lines would silently leave the block out.
    """
    runs = (re.match(r"\s*(`*)", line)[1] for line in body)  # type: ignore
    ticks = "`" * max(3, 1 + max(map(len, runs), default=0))
    return [f"{ticks}{block.detail}", *body, ticks]


def _extracted(text: str) -> list[pytest_codeblocks.CodeBlock]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own words
        return pytest_codeblocks.extract_from_buffer(
            io.StringIO(text), max_num_lines=1_000_000
        )


def _cell(
    extracted: pytest_codeblocks.CodeBlock, block: Block, origins: list[Origin]
) -> Cell:
    assert extracted.code.count("\n") == len(origins)
    sections = dict.fromkeys(o.section for o in origins if o.section)
    return Cell(
        name="+".join(sections) or f"line-{block.line}",
        language=extracted.syntax or "",
        code=extracted.code,
        line=block.line,
        origins=origins,
        importorskip=extracted.importorskip,
        is_run=not extracted.marks,  # `skip` is the one that is left
        block=block,
    )


def drawing_cells(path: Path, root: Path) -> list[Cell]:
    """The sections of a script in snippets/drawings/.

    Raises:
        PageError: code stands outside of the sections, so nothing would run
            it.
    """
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    marked = sections(text)
    inside: set[int] = set()  # lines of sections, their marks among them
    for start, code in marked.values():
        inside.update(range(start - 1, start + code.count("\n") + 1))
    for number, line in enumerate(text.splitlines(), start=1):
        if number not in inside and line.strip() and line.strip()[0] != "#":
            raise PageError(
                f"{name}:{number}: {line.strip()!r} stands in no section, so "
                f"it would not run. Put it between # --8<-- [start:name] and "
                f"# --8<-- [end:name]."
            )
    found = []
    for section, (start, code) in marked.items():
        lines = range(start, start + code.count("\n"))
        origins = [Origin(name, line, section) for line in lines]
        found.append(Cell(section, "python", code, start, origins))
    return found

"""What each section says, and which blocks say the same in both languages.

Authors are free in their paragraphs: blocks of a section correspond if their
kinds come in the same order, as far as they do.
"""

from __future__ import annotations

import difflib
import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from docs.hooks import labels
from tests.harness.block import Block, Page
from tests.harness.page import LINK
from tests.harness.record import FIGURES, file_digest

from .site import Site

SILENT = {"blank", "comment", "mark"}  # they say nothing
TOP = "(top)"  # the section before the first heading
Row = tuple[list[Block], list[Block]]


@dataclass
class Text:
    """A section in one language: its blocks, and what each of them says."""

    path: str
    noted: str = ""  # its digests, when it was reviewed
    blocks: list[Block] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @cached_property
    def digests(self) -> str:
        """A short digest for each block."""
        bare = ("".join(said.split()).encode() for said in self.said)
        return " ".join(hashlib.sha256(text).hexdigest()[:6] for text in bare)

    @cached_property
    def changed(self) -> list[Block]:
        """Blocks that are not as they were noted; the first, if one is gone."""
        then, now = self.noted.split(), self.digests.split()
        if then == now:
            return []
        matcher = difflib.SequenceMatcher(None, then, now, autojunk=False)
        new = [
            block
            for tag, _, _, start, end in matcher.get_opcodes()
            if tag != "equal"
            for block in self.blocks[start:end]
        ]
        return new or self.blocks[:1]


def texts_of(
    site: Site, page: Page, noted: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Text]:
    """What a page says, by section, and how that was noted."""
    found: dict[str, Text] = {}
    for block in page.blocks:
        if block.kind in SILENT:
            continue
        name = block.heading or TOP
        if name not in found:
            then = (noted or {}).get(name, {}).get(page.language, "")
            found[name] = Text(page.path, then)
        found[name].blocks.append(block)
        found[name].said.append("\n".join(_said(site, page, block)))
    return found


def _said(site: Site, page: Page, block: Block) -> Iterator[str]:
    """How a block is proven, its words, and what it shows."""
    for each in block.annotations:
        yield f"{each.kind} {each.subject}".strip() + f": {each.text}"
    if block.kind == "fence":
        yield block.text
    elif block.kind == "figure":
        yield block.lines[0].strip()
        yield from _shown(site, page, f"docs/{block.detail}")
    else:  # the gate `parity` compares where links lead
        yield LINK.sub(_without_target, block.text).strip()


def _without_target(link: re.Match[str]) -> str:
    return link[0].replace(f"({link['target']}", "(", 1)


def _shown(site: Site, page: Page, figure: str) -> Iterator[str]:
    """What a figure shows; of one that the page's code made, its words."""
    path = PurePosixPath(posixpath.normpath(figure))
    if not (site.root / path).is_file():
        return  # the gate `links` says so
    if path.parent != PurePosixPath(FIGURES / page.name):
        yield file_digest(site.root / path)
    if path.suffix == ".svg":  # numbers may change with each recording
        chinese = labels.of(page.language, site.root)
        for key in sorted(labels.keys(site.file(str(path)))):
            yield f"{key}: {chinese[key]}" if key in chinese else key


def rows(first: list[Block], second: list[Block]) -> Iterator[Row]:
    """Blocks of a section side by side; a side may have none, or several."""
    kinds = [[(b.kind, b.level) for b in side] for side in (first, second)]
    matcher = difflib.SequenceMatcher(None, *kinds, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            both = zip(first[a1:a2], second[b1:b2], strict=True)
            yield from (([left], [right]) for left, right in both)
        else:
            yield first[a1:a2], second[b1:b2]


def beside(block: Block, here: list[Block], there: list[Block]) -> Block | None:
    """The block of `there` that corresponds to one of `here`, if any does."""
    for left, right in rows(here, there):
        if block in left and right:
            return right[min(left.index(block), len(right) - 1)]
    return None


def above(site: Site, page: Page, block: Block) -> list[str]:
    """Above which line a comment on a block goes; first on this page."""
    found = [_above(page, block)]
    name = block.heading or TOP
    for other in site.both(page.name) or ():
        here, there = (texts_of(site, each).get(name) for each in (page, other))
        same = here and there and beside(block, here.blocks, there.blocks)
        if same and other is not page:
            found.append(_above(other, same))
    return found


def _above(page: Page, block: Block) -> str:
    """Of a row the line of its table, of a caption that of its figure."""
    line, lines = block.line, page.source.split("\n")
    if block.kind in {"row", "caption"}:
        while lines[line - 2].strip() and "-->" not in lines[line - 2]:
            line -= 1
    return f"{page.path}:{line}"

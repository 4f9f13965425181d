"""What a page consists of: `Page`, `Block` and `Annotation`.

`tests.harness.page` makes them of Markdown, `tests.harness.cell` has the code
in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

RUN = ("python", "sh")  # languages of fences that are run, each written so
PROSE = {
    *("front", "heading", "paragraph", "item", "row"),
    *("caption", "box", "figure"),
}


@dataclass(frozen=True, eq=False)
class Annotation:
    """How an author says that a block is proven.

    Attributes:
        line: of the page, from 1.
        heading: id of the heading above it.
        kind: "fact", "derived", "claim", "tested" or "waived".
        subject: of a waiver, what it waives, such as "number 7"; else the
            numbers that it settles, and words of the sentence that it backs.
        text: the rest of the line.
    """

    line: int
    heading: str
    kind: str
    subject: str
    text: str


@dataclass(eq=False)
class Block:
    """A piece of a page that is checked as a whole.

    Attributes:
        kind: "front", "heading", "paragraph", "item", "row", "caption",
            "box" or "figure", which are prose; "fence", "macro", "indented"
            (code without a fence), "control" (what a comment asks of
            pytest-codeblocks, or a fence inside a comment); and "blank",
            "comment" and "mark" (the rule of a table, the end of a caption),
            which say nothing.
        line: its first line, from 1.
        lines: as they stand in the page.
        text: its words, lines as in the page but without indentation; of a
            figure, the alternative text; of a fence, the body.
        heading: id of the heading above it; "" before the first.
        chapter: the same, of the heading of level 2 above it.
        box: the innermost box that it stands in.
        detail: of a heading its id, of a figure its file, of a fence its
            language, of a box its kind, of a control what it asks.
        level: of a heading.
        number: of a numbered item or heading, such as 2; else 0.
        includes: of a fence, line and target of each include in it.
        annotations: those that hold for it.
    """

    kind: str
    line: int
    lines: list[str]
    text: str
    heading: str
    chapter: str
    box: Block | None = None
    detail: str = ""
    level: int = 0
    number: int = 0
    includes: list[tuple[int, str]] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)

    @property
    def is_prose(self) -> bool:
        return self.kind in PROSE

    @property
    def is_code(self) -> bool:
        """Whether it is a fence in a language that is run."""
        return self.kind == "fence" and self.detail in RUN

    @property
    def folded(self) -> bool:
        """Whether it is a box that opens with a click, or stands in one."""
        own = self.kind == "box" and self.lines[0].lstrip()[0] == "?"
        return own or bool(self.box and self.box.folded)

    @property
    def depth(self) -> int:
        """In how many boxes it stands."""
        return self.box.depth + 1 if self.box else 0

    def line_at(self, position: int) -> int:
        """The page's line that holds this position of the text."""
        return self.line + self.text.count("\n", 0, position)


@dataclass(eq=False)
class Page:
    """A page as its author wrote it.

    Attributes:
        path: relative to the project's folder, with slashes.
        source: its text.
        faults: what cannot be read as meant: line, what, what was expected.
    """

    path: str
    source: str
    blocks: list[Block]
    annotations: list[Annotation]
    faults: list[tuple[int, str, str]]

    @property
    def name(self) -> str:
        """The same in both languages, such as "mnist_convnet"."""
        return Path(self.path).stem

    @cached_property
    def language(self) -> str:
        """Language of a page in docs/<language> or docs/partials/<language>."""
        return Path(self.path).parent.name

    def of(self, *kinds: str) -> Iterator[Block]:
        return (block for block in self.blocks if block.kind in kinds)

    def prose(self) -> Iterator[Block]:
        return (block for block in self.blocks if block.is_prose)

    def code(self) -> Iterator[Block]:
        """The fences in a language that is run."""
        return (block for block in self.blocks if block.is_code)

    def includes(self) -> Iterator[str]:
        """Targets of all includes, in order."""
        return (t for block in self.blocks for _, t in block.includes)

    def shows(self) -> set[str]:
        """What it includes, and the files of its figures, as written."""
        return {*self.includes(), *(f.detail for f in self.of("figure"))}

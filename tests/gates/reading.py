"""Read a page's Markdown into units of prose, each with its place and section.

Gates look at what an author wrote, so they read the source and not the HTML:
a finding then names the line to edit. Nothing here imports TensorFlow, pytest
or the site's packages; reading a page takes about a millisecond.

An author can say in a comment how the next block is proven:

    <!--
    fact: chollet-2017
    derived: 98 = 100 * dense_accuracy.mean
    claim: convnet_accuracy.seeds | min > dense_accuracy.seeds | max
    tested 0, 255: test_mnist_convnet.py::test_pixels_lie_between_0_and_255
    waived number 7: any digit would do as an example of a label
    -->

The comment holds for the block below it, up to the next blank line; above a
heading, for the heading alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.syntax import FENCE, LANGUAGE, SNIPPET

HEADING = re.compile(
    r"^(?P<marks>#{1,6}) +(?P<text>.*?)\s*(?:\{#(?P<id>[\w{}-]+)\})?\s*$"
)
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<source>[^)\s]*)[^)]*\)")
LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]*)[^)]*\)(?:\{[^}]*\})?"
)
BOX = re.compile(
    r'^\s*(?:!!!|\?\?\?\+?) +(?P<kind>[\w-]+)(?: +"(?P<title>.*)")?'
)
CAPTION = re.compile(r"^\s*/// *(?P<kind>\w*)")
ITEM = re.compile(r"^\s*(?P<mark>[-*+]|\d+\.) +(?P<text>.*)")
ROW = re.compile(r"^\s*\|(?P<cells>.*)\|\s*$")
RULE = re.compile(r"^[\s|:-]+$")
MACRO = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
STATEMENT = re.compile(r"^\s*\{%.*%\}\s*$")
FRONT = re.compile(r"^(?P<key>title|description): *(?P<text>.*)$")
ANNOTATION = re.compile(
    r"^\s*(?P<kind>fact|derived|claim|tested|waived)"
    r"(?: +(?P<subject>\S.*?))?:(?: +(?P<text>.*?))?\s*$"
)


CONTROL = re.compile(r"^\s*(?:<!--)?\s*pytest-codeblocks: *(?P<what>[^ -]+)")
KINDS = ("fact", "derived", "claim", "tested", "waived")
NOT_PROSE = {"fence", "include", "macro", "control", "indented"}


@dataclass(eq=False)
class Annotation:
    """How an author says that a block is proven; `used` by a gate that asked.

    Attributes:
        kind: "fact", "derived", "claim", "tested" or "waived".
        subject: of a waiver, what it waives, such as "number 7"; of a test,
            the numbers that it settles, if any.
        text: the rest of the line.
    """

    kind: str
    subject: str
    text: str
    line: int
    section: str
    used: bool = False


@dataclass(eq=False)
class Unit:
    """A piece of a page that is checked as a whole.

    Attributes:
        kind: "front", "heading", "paragraph", "item", "row", "caption",
            "box", "figure", "fence", "include", "macro", "control" (a comment
            for pytest-codeblocks) or "indented" (code without a fence).
        line: its first line, from 1.
        text: its words, lines as in the page but without indentation; of a
            figure, the alternative text; of a fence, the body.
        section: id of the heading above it; "" before the first.
        chapter: the same, of the heading of level 2 above it.
        detail: of a heading its id, of a figure its file, of a fence its
            language, of a box its kind, of an include its target.
        level: of a heading.
        number: of a numbered item or heading, such as 2; else 0.
        annotations: those that hold for it.
    """

    kind: str
    line: int
    text: str
    section: str
    chapter: str
    detail: str = ""
    level: int = 0
    number: int = 0
    annotations: list[Annotation] = field(default_factory=list)

    @property
    def is_prose(self) -> bool:
        return self.kind not in NOT_PROSE

    def line_at(self, position: int) -> int:
        """The page's line that holds this position of the text."""
        return self.line + self.text.count("\n", 0, position)


@dataclass
class Page:
    """A page as its author wrote it.

    Attributes:
        path: relative to the project's folder, with slashes.
        language: "zh" or "en".
        name: the same in both languages, such as "mnist_convnet".
        faults: what cannot be read as meant: line, what, what was expected.
    """

    path: str
    language: str
    name: str
    units: list[Unit]
    annotations: list[Annotation]
    faults: list[tuple[int, str, str]] = field(default_factory=list)

    def headings(self) -> Iterator[Unit]:
        return (unit for unit in self.units if unit.kind == "heading")

    def prose(self) -> Iterator[Unit]:
        return (unit for unit in self.units if unit.is_prose)

    def fences(self) -> Iterator[Unit]:
        return (unit for unit in self.units if unit.kind == "fence")

    def includes(self) -> Iterator[Unit]:
        return (unit for unit in self.units if unit.kind == "include")


def read(path: Path, root: Path) -> Page:
    """Read a page in docs/<language>/ or docs/partials/<language>/."""
    name = path.relative_to(root).as_posix()
    reader = _Reader(path.read_text(encoding="utf-8"))
    return Page(
        path=name,
        language=name.split("/")[-2],
        name=path.stem,
        units=reader.units,
        annotations=reader.annotations,
        faults=reader.faults,
    )


def _misspelled(text: str) -> tuple[str, str] | None:
    """A word that was meant to be an annotation, and which one."""
    word = re.match(r"\s*(\w+)(?: [^:]*)?:", text)
    near = difflib.get_close_matches(word[1], KINDS, n=1) if word else []
    return (word[1], near[0]) if word and near else None


class _Reader:
    """One pass over the lines of a page."""

    def __init__(self, text: str) -> None:
        self.units: list[Unit] = []
        self.annotations: list[Annotation] = []
        self.faults: list[tuple[int, str, str]] = []
        self._section = self._chapter = ""
        self._held: list[Annotation] = []  # for the next block, or this one
        self._in_block = False
        self._open: Unit | None = None  # prose that the next line continues
        self._container = False  # inside a list or a box, indented
        lines = text.split("\n")
        number = self._front_matter(lines)
        while number < len(lines):
            number = self._line(lines, number)

    def _add(self, kind: str, index: int, text: str, **more: object) -> Unit:
        unit = Unit(
            kind=kind,
            line=index + 1,
            text=text,
            section=self._section,
            chapter=self._chapter,
            annotations=list(self._held),
            **more,  # type: ignore[arg-type]
        )
        self.units.append(unit)
        self._in_block = True
        return unit

    def _front_matter(self, lines: list[str]) -> int:
        if lines[0] != "---" or "---" not in lines[1:]:
            return 0
        end = lines.index("---", 1)
        for index in range(1, end):
            if entry := FRONT.match(lines[index]):
                self._add("front", index, entry["text"])
        self._end_block()
        return end + 1

    def _end_block(self) -> None:
        self._open = None
        if self._in_block:
            self._held = []
        self._in_block = False

    def _line(self, lines: list[str], index: int) -> int:
        """Read what begins on this line; return the next line's index."""
        line = lines[index]
        indented = line.startswith(("    ", "\t"))
        if line.strip() and not indented:
            self._container = bool(BOX.match(line) or ITEM.match(line))
        if not line.strip():
            self._end_block()
        elif indented and not self._container and not self._in_block:
            self._open = None
            self._add("indented", index, line.strip())
        elif fence := FENCE.match(line):
            return self._fence(lines, index, fence)
        elif line.lstrip().startswith("<!--"):
            return self._comment(lines, index)
        elif heading := HEADING.match(line):
            self._heading(index, heading)
        elif STATEMENT.match(line):
            self._open = None
            self._add("macro", index, line.strip())
        elif box := BOX.match(line):
            self._open = None
            self._add("box", index, box["title"] or "", detail=box["kind"])
        elif caption := CAPTION.match(line):
            self._open = None
            if caption["kind"]:
                self._open = self._add("caption", index, "")
        elif row := ROW.match(line):
            self._open = None
            if not RULE.match(line):
                self._add("row", index, row["cells"].strip())
        elif item := ITEM.match(line):
            mark = item["mark"].rstrip(".")
            number = int(mark) if mark.isdigit() else 0
            self._open = self._add("item", index, item["text"], number=number)
        elif (image := IMAGE.match(line.strip())) and image.end() == len(
            line.strip()
        ):
            self._open = None
            self._add("figure", index, image["alt"], detail=image["source"])
        elif self._open:
            self._open.text += "\n" + line.strip()
        else:
            self._open = self._add("paragraph", index, line.strip())
        return index + 1

    def _heading(self, index: int, heading: re.Match[str]) -> None:
        level, name = len(heading["marks"]), heading["id"] or ""
        self._open = None
        self._section = name
        if level <= 2:
            self._chapter = name
        numbered = re.match(r"(\d+)\. ", heading["text"])
        self._add(
            "heading",
            index,
            heading["text"],
            detail=name,
            level=level,
            number=int(numbered[1]) if numbered else 0,
        )
        self._end_block()

    def _fence(self, lines: list[str], index: int, fence: re.Match[str]) -> int:
        language = LANGUAGE.match(fence["info"])
        unit = self._add(
            "fence",
            index,
            "",
            detail=language["language"].lower() if language else "",
        )
        closing = re.compile(rf"^\s*{re.escape(fence['ticks'])}\s*$")
        body: list[str] = []
        index += 1
        while index < len(lines) and not closing.match(lines[index]):
            body.append(lines[index].strip())
            if include := SNIPPET.match(lines[index]):
                self._add("include", index, "", detail=include["target"])
            index += 1
        unit.text = "\n".join(body)
        if index == len(lines):
            self.faults.append(
                (unit.line, "nothing closes this fence", fence["ticks"])
            )
        self._end_block()
        return index + 1

    def _comment(self, lines: list[str], index: int) -> int:
        self._end_block()
        end = index
        while end < len(lines) - 1 and "-->" not in lines[end]:
            end += 1
        if "-->" not in lines[end]:
            self.faults.append(
                (index + 1, "nothing closes this comment", "-->")
            )
        for number in range(index, end + 1):
            text = lines[number].replace("<!--", "").replace("-->", "")
            if entry := ANNOTATION.match(text):
                annotation = Annotation(
                    kind=entry["kind"],
                    subject=entry["subject"] or "",
                    text=entry["text"] or "",
                    line=number + 1,
                    section=self._section,
                )
                self._held.append(annotation)
                self.annotations.append(annotation)
            elif near := _misspelled(text):
                word, meant = near
                self.faults.append(
                    (number + 1, f"a comment begins with {word}:", f"{meant}:")
                )
            elif control := CONTROL.match(text):
                what = control["what"]
                self._add("control", number, text.strip(), detail=what)
                self._in_block = False  # what is held is for the fence
            elif FENCE.match(text):
                self._add("control", number, text.strip(), detail="hidden")
                self._in_block = False
        return end + 1

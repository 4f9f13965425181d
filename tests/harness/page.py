"""The one reader of pages: Markdown in, a `Page` of `Block`s out.

Runs, gates, notebooks, the site's counts of proof: all take this `Page`, and
none of them reads Markdown itself; docs/hooks/commonmark only writes a block's
text in another dialect. What stands in the source is read, not the HTML, so
that a finding can name the line to edit; tests/site/test_shown_code asks the
built page whether anything was missed.

An author can say in a comment how the next block is proven:

    <!--
    fact: chollet-2017
    derived: 98 = 100 * dense_accuracy.mean
    claim wins: convnet_accuracy.seeds | min > dense_accuracy.seeds | max
    tested 0, 255: test_introduction.py::test_pixels_are_bytes_and_0_is_paper
    waived number 7: any digit would do as an example of a label
    -->

The comment holds for the block below it, up to the next blank line; above a
heading, for the heading alone.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from pathlib import Path

from .block import Annotation, Block, Page

FENCE = re.compile(
    r"^[ \t]*(?P<ticks>`{3,}|~{3,})\s*(?:\{\s*\.)?(?P<language>[\w+#-]*)"
)
INCLUDE = re.compile(r"^[ \t]*-+8<-+[ \t]+([\"'])(?P<target>.+)\1\s*$")
HEADING = re.compile(
    r"^(?P<marks>#{1,6}) +(?P<text>.*?)\s*(?:\{#(?P<id>[\w{}-]+)\})?\s*$"
)
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<source>[^)\s]*)[^)]*\)")
LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]*)[^)]*\)(?:\{[^}]*\})?"
)
BOX = re.compile(  # a tab is one, too
    r'^\s*(?:(?:!!!|\?\?\?\+?) +(?P<kind>[\w-]+)|===(?= +"))'
    r'(?: +"(?P<title>.*)")?'
)
CAPTION = re.compile(r"^\s*/// *(?P<kind>\w*)")
ITEM = re.compile(r"^\s*(?P<mark>[-*+]|\d+\.) +(?P<text>.*)")
ROW = re.compile(r"^\s*\|(?P<cells>.*)\|\s*$")
RULE = re.compile(r"^[\s|:-]+$")
CODE = re.compile(r"(?<!`)(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)", re.DOTALL)
MACRO = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
STATEMENT = re.compile(r"^\s*\{%.*%\}\s*$")
FRONT = re.compile(r"^(?P<key>title|description): *(?P<text>.*)$")
KINDS = ("fact", "derived", "claim", "tested", "waived")
ANNOTATION = re.compile(
    rf"^\s*(?P<kind>{'|'.join(KINDS)})"
    r"(?: +(?P<subject>\S.*?))?:(?: +(?P<text>.*?))?\s*$"
)
CONTROL = re.compile(
    r"^\s*pytest-codeblocks: *(?P<what>[a-z]+(?:-[a-z]+)*(?:\([^)]*\))?)"
)


def files(root: Path, language: str) -> list[Path]:
    """The pages of a language, then the partials that they share."""
    folders = (f"docs/{language}", f"docs/partials/{language}")
    return [p for each in folders for p in sorted((root / each).rglob("*.md"))]


def read(path: Path, root: Path) -> Page:
    """Read a page; the same text is read once.

    Raises:
        OSError, UnicodeDecodeError: there is no such text file.
    """
    text = path.read_text(encoding="utf-8")
    return parse(text, path.relative_to(root).as_posix())


@lru_cache(maxsize=512)  # of a page, its text with numbers put in, edited ones
def parse(text: str, path: str) -> Page:
    """Read the text of a page. Nobody changes the result: it is shared."""
    reader = _Reader(text)
    return Page(path, text, reader.blocks, reader.annotations, reader.faults)


class _Reader:
    """One pass over the lines of a page; each line goes into one block."""

    def __init__(self, text: str) -> None:
        self.blocks: list[Block] = []
        self.annotations: list[Annotation] = []
        self.faults: list[tuple[int, str, str]] = []
        self._heading = self._chapter = ""
        self._held: list[Annotation] = []  # for the next block, or this one
        self._in_block = False
        self._open: Block | None = None  # prose that the next line continues
        self._container = False  # inside a list or a box, indented
        self._boxes: list[tuple[int, Block]] = []  # with their indentation
        self._lines = text.split("\n")
        index = self._front_matter()
        while index < len(self._lines):
            index = self._read(index)

    def _silent(self, kind: str, index: int, end: int, **more: str) -> Block:
        """Add a block of the lines from `index` to before `end`."""
        block = Block(
            kind=kind,
            line=index + 1,
            lines=self._lines[index:end],
            text="",
            heading=self._heading,
            chapter=self._chapter,
            box=self._boxes[-1][1] if self._boxes else None,
            **more,  # type: ignore[arg-type]
        )
        self.blocks.append(block)
        return block

    def _add(self, kind: str, index: int, text: str, detail: str = "") -> Block:
        """Add a block, for which the annotations above it hold."""
        block = self._silent(kind, index, index + 1, detail=detail)
        block.text, block.annotations = text, list(self._held)
        self._in_block = True
        self._open = None
        return block

    def _front_matter(self) -> int:
        if self._lines[0] != "---" or "---" not in self._lines[1:]:
            return 0
        end = self._lines.index("---", 1)
        for index in range(end + 1):
            if entry := FRONT.match(self._lines[index]):
                self._add("front", index, entry["text"])
        self._end_block()
        return end + 1

    def _end_block(self) -> None:
        self._open = None
        if self._in_block:
            self._held = []
        self._in_block = False

    def _read(self, index: int) -> int:
        """Read what begins on this line; return the next line's index."""
        line = self._lines[index]
        if not line.strip():
            self._end_block()
            self._silent("blank", index, index + 1)
            return index + 1
        self._leave_boxes(line)
        indented = line.startswith(("    ", "\t"))
        if not indented:
            self._container = bool(BOX.match(line) or ITEM.match(line))
        above = self.blocks[-1].kind if self._in_block else ""
        if indented and not self._container and above in {"", "indented"}:
            if above:
                self.blocks[-1].lines.append(line)
            else:
                self._add("indented", index, line.strip())
        elif fence := FENCE.match(line):
            return self._fence(index, fence)
        elif line.lstrip().startswith("<!--"):
            return self._comment(index)
        elif heading := HEADING.match(line):
            self._add_heading(index, heading)
        elif box := BOX.match(line):
            kind = box["kind"] or "tab"
            block = self._add("box", index, box["title"] or "", kind)
            self._boxes.append((_indent(line), block))
        else:
            self._prose(index, line)
        return index + 1

    def _leave_boxes(self, line: str) -> None:
        while self._boxes and _indent(line) < self._boxes[-1][0] + 4:
            self._boxes.pop()

    def _prose(self, index: int, line: str) -> None:
        words = line.strip()
        image = IMAGE.fullmatch(words)
        if STATEMENT.match(line):
            self._add("macro", index, words)
        elif caption := CAPTION.match(line):
            if caption["kind"]:
                self._open = self._add("caption", index, "")
            else:
                self._open = None
                self._silent("mark", index, index + 1)
        elif row := ROW.match(line):
            self._open = None
            if RULE.match(line):
                self._silent("mark", index, index + 1)
            else:
                self._add("row", index, row["cells"].strip())
        elif item := ITEM.match(line):
            mark = item["mark"].rstrip(".")
            self._open = self._add("item", index, item["text"])
            self._open.number = int(mark) if mark.isdigit() else 0
        elif image:
            self._add("figure", index, image["alt"], image["source"])
        elif self._open:
            self._open.text += "\n" + words
            self._open.lines.append(line)
        else:
            self._open = self._add("paragraph", index, words)

    def _add_heading(self, index: int, heading: re.Match[str]) -> None:
        level, name = len(heading["marks"]), heading["id"] or ""
        self._heading = name
        if level <= 2:
            self._chapter = name
        block = self._add("heading", index, heading["text"], name)
        numbered = re.match(r"(\d+)\. ", heading["text"])
        block.level = level
        block.number = int(numbered[1]) if numbered else 0
        self._end_block()

    def _fence(self, index: int, fence: re.Match[str]) -> int:
        block = self._add("fence", index, "", fence["language"].lower())
        ticks = fence["ticks"]
        closing = re.compile(rf"^\s*{re.escape(ticks)}\s*$")
        end = index + 1
        while end < len(self._lines) and not closing.match(self._lines[end]):
            another = FENCE.match(self._lines[end])
            if another and another["ticks"] == ticks:
                break
            if include := INCLUDE.match(self._lines[end]):
                block.includes.append((end + 1, include["target"]))
            end += 1
        closed = end < len(self._lines) and closing.match(self._lines[end])
        body = self._lines[index + 1 : end]
        block.text = "\n".join(line.strip() for line in body)
        block.lines = self._lines[index : end + 1]
        if not closed:
            fault = (block.line, "nothing closes this fence", ticks)
            self.faults.append(fault)
        self._end_block()
        return end + 1 if closed else end

    def _comment(self, index: int) -> int:
        self._end_block()
        end = index
        while end < len(self._lines) - 1 and "-->" not in self._lines[end]:
            end += 1
            if "<!--" in self._lines[end]:
                break
        another = end > index and "<!--" in self._lines[end]
        if another or "-->" not in self._lines[end]:
            fault = (index + 1, "nothing closes this comment", "-->")
            self.faults.append(fault)
        self._silent("comment", index, end + 1)
        for number in range(index, end + 1):
            self._in_comment(number)
        return end + 1

    def _in_comment(self, index: int) -> None:
        text = self._lines[index].replace("<!--", "").replace("-->", "")
        if entry := ANNOTATION.match(text):
            said = entry.groupdict(default="")
            annotation = Annotation(index + 1, self._heading, **said)
            self._held.append(annotation)
            self.annotations.append(annotation)
        elif near := _misspelled(text):
            word, meant = near
            fault = (index + 1, f"a comment begins with {word}:", f"{meant}:")
            self.faults.append(fault)
        elif (control := CONTROL.match(text)) or FENCE.match(text):
            what = control["what"] if control else "hidden"
            self._add("control", index, text.strip(), what).lines = []
            self._in_block = False  # what is held is for the fence


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _misspelled(text: str) -> tuple[str, str] | None:
    """A word that was meant to be an annotation, and which one."""
    word = re.match(r"\s*(\w+)(?: [^:]*)?:", text)
    near = difflib.get_close_matches(word[1], KINDS, n=1) if word else []
    return (word[1], near[0]) if word and near else None

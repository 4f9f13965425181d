"""The parts of a notebook: a page's blocks in the order of its cells.

A cell is made as its file has it. Writing what nbformat would write takes less
code than its import takes time: a second of each build.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness import settings
from tests.harness.block import Block, Page
from tests.harness.cell import Cell, PageError
from tests.harness.page import CAPTION
from tests.harness.record import FIGURES, Record
from tests.harness.snippet import included

from . import commonmark, labels

PNG_SCALE = 2  # pixels of a picture for each of the figure's own
# All that matplotlib writes before the drawing, and its list of who made it.
PROLOGUE = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>\s*", re.DOTALL)

# Matplotlib's font is wider than the site's, for which drawings are made.
FONTS = re.compile(r"(?<=font-family: )[^;\"]*")
NARROW = "'Helvetica Neue', Arial, sans-serif"


@dataclass
class Part:
    """A cell in the making; `cell` is None in one of text."""

    lines: list[str] = field(default_factory=list)
    name: str = ""  # the id of the cell, if it is of text
    cell: Cell | None = None
    folded: bool = False


class Parts:
    """One pass over the blocks of a page.

    Args:
        page: with numbers put in.
        code: that of the page as it is written.
        record: of the lesson.

    Attributes:
        parts: what they make, in order.
        names: of the cells of text, which links can lead to.
        alternatives: name of a recorded figure -> what it shows.
    """

    def __init__(self, page: Page, code: list[Cell], record: Record) -> None:
        self.parts = [Part(name="about")]
        self.alternatives: dict[str, str] = {}
        self._page, self._code, self._record = page, list(code), record
        self._places = _places(page, record.root)
        self._playable: list[str] = []  # what to say below the figure
        self._run = {cell.name for cell in code if cell.runs_everywhere}
        self._boxes: list[tuple[Block, int]] = []  # open, with the first part
        blank = 0  # lines, which a box that ends leaves outside
        for block in page.blocks:
            if block.kind == "blank":
                blank += 1
            elif block.kind not in {"front", "comment", "control"}:
                self._leave_boxes(block.box)
                if not (is_caption := bool(CAPTION.match(block.lines[0]))):
                    self._say_what_is_playable()
                if len(self.parts) > 1 or self.parts[0].lines:
                    self._add(*[""] * blank)
                self._take(block)
                if is_caption:
                    self._say_what_is_playable()
                blank = 0
        self._say_what_is_playable()
        self._leave_boxes(None)
        for number, part in enumerate(self.parts):
            part.name = part.name or f"text-{number}"
        self.names = {part.name for part in self.parts}
        if self._code:
            raise PageError(
                f"{page.path}:{self._code[0].line}: a macro changes this "
                f"code or leaves it out; keep macros out of what runs."
            )

    def _take(self, block: Block) -> None:
        lines = [line[margin(block.box) :] for line in block.lines]
        if block.kind == "heading":
            if any(line.strip() for line in self.parts[-1].lines):
                self.parts.append(Part())
            self._add(f"{'#' * block.level} {block.text}")
            self.parts[-1].name = f"{commonmark.HEADING}{block.detail}"
        elif block.kind == "box":
            self._boxes.append((block, len(self.parts)))
            self.parts.append(Part())
        elif block.kind == "figure" and "assets/figures/" in block.detail:
            self._figure(block)
        elif block.kind == "fence":
            self._fence(block, lines)
        elif CAPTION.match(lines[0]):
            self._add("", *lines[1:])  # a paragraph of its own
        else:
            self._add(*lines)

    def _add(self, *lines: str) -> None:
        if lines and self.parts[-1].cell:
            self.parts.append(Part())
        self.parts[-1].lines += lines

    def _fence(self, block: Block, lines: list[str]) -> None:
        """A fence: code that runs, its output, or text."""
        fence = self._code[0].block if self._code else None
        if fence and block.lines == fence.lines:
            cell = self._code.pop(0)
            if cell.runs_everywhere:
                self.parts.append(Part(cell=cell, folded=block.folded))
            else:
                code = cell.code.splitlines()
                self._add(f"```{block.detail}", *code, "```")
            return
        targets = dict(block.includes)
        body = []
        for number, line in enumerate(lines[1:-1], start=block.line + 1):
            target = targets.get(number)
            if target in map(self._output, self._run):
                return  # its cell has it
            snippet = included(target, self._record.root) if target else None
            body += snippet[2].splitlines() if snippet else [line]
        self._add(f"```{block.detail}", *body, "```")

    def _output(self, section: str) -> str:
        path = self._record.text_path(section)
        return path.relative_to(self._record.root).as_posix()

    def _say_what_is_playable(self) -> None:
        self._add(*self._playable)
        self._playable = []

    def _figure(self, block: Block) -> None:
        file = block.detail.partition("assets/figures/")[2]
        if said := self._places.get(file):
            address = f"{self._page.name}.md#{block.heading}"
            self._playable = ["", f"[{said}]({address})"]
        path = self._record.root / FIGURES / file
        section = re.sub(r"-\d+$", "", path.stem)
        if path.parent == self._record.figures and section in self._run:
            self.alternatives[path.stem] = block.text
            return  # it is the output of its cell
        table = labels.of(self._page.language, self._record.root)
        drawing = PROLOGUE.sub("", path.read_text(encoding="utf-8"))
        drawing = FONTS.sub(NARROW, drawing)
        drawing = labels.translated(drawing, table).replace(
            "<svg ", '<svg style="background: #ffffff" ', 1
        )
        data = base64.b64encode(drawing.encode()).decode()
        self._add(f"![{block.text}](data:image/svg+xml;base64,{data})")

    def _leave_boxes(self, inside: Block | None) -> None:
        """Close the boxes that `inside` does not stand in.

        Text of a box is quoted, or folded as on the page; its code makes
        cells.
        """
        depth = inside.depth + 1 if inside else 0
        while len(self._boxes) > depth:
            box, start = self._boxes.pop()
            for part in self.parts[start:]:
                text = "\n".join(part.lines).strip("\n")
                if part.cell or not text:
                    continue
                if box.lines[0].lstrip()[0] == "?":
                    summary = commonmark.inline_html(box.text)
                    part.lines = [
                        f"<details><summary>{summary}</summary>",
                        *("", text, "", "</details>"),
                    ]
                else:
                    quoted = f"**{box.text}**\n\n{text}".split("\n")
                    part.lines = [f"> {line}".rstrip() for line in quoted]
            self.parts.append(Part())


def _places(page: Page, root: Path) -> dict[str, str]:
    """Figures below which the page on the web has something to play with.

    With what a notebook says there: docs/hooks/widgets.py has the places.
    """
    extra = settings.mkdocs(root).get("extra", {})
    entries = extra.get("widgets", {}).get(page.name, ())
    if not entries:
        return {}
    said = extra["languages"][page.language]["widgets"]["notebook"]
    return {entry["below"]: said for entry in entries}


def margin(box: Block | None) -> int:
    """Columns of indentation that a box accounts for."""
    opening = box.lines[0] if box else ""
    return len(opening) - len(opening.lstrip()) + 4 if opening else 0


def text_cell(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }


def code_cell(
    name: str, source: str, outputs: list[Any], folded: bool = False
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if folded:  # an answer: JupyterLab shows it after a click
        hidden = {"source_hidden": True, "outputs_hidden": True}
        metadata["jupyter"] = hidden
    return {
        "cell_type": "code",
        "id": re.sub(r"[^\w-]", "-", name)[:64],
        "metadata": metadata,
        "outputs": outputs,
        "source": source.splitlines(keepends=True),
    }


def outputs(
    record: Record, section: str, alternatives: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What is recorded of a cell, as a notebook's outputs."""
    found = stream(record.text(section) or "")
    for name in record.figure_names(section):
        picture = record.picture_path(name).read_bytes()
        about = {
            "alt": alternatives.get(name, ""),
            # In pixels, which a PNG has at a fixed place.
            "width": int.from_bytes(picture[16:20], "big") // PNG_SCALE,
            "height": int.from_bytes(picture[20:24], "big") // PNG_SCALE,
        }
        shown = {
            "image/png": base64.b64encode(picture).decode(),
            "text/plain": ["<Figure>"],
        }
        found.append(
            {
                "output_type": "display_data",
                "data": shown,
                "metadata": {"image/png": about},
            }
        )
    return found


def stream(text: str) -> list[dict[str, Any]]:
    """Printed text as an output; no text is none."""
    lines = text.splitlines(keepends=True)
    stream = {"output_type": "stream", "name": "stdout", "text": lines}
    return [stream] if text else []

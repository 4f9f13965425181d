"""Make the notebook and the script of a lesson from its page.

The page is the only source: its prose becomes text cells, the blocks that run
become code cells, and what is recorded becomes their outputs. The site's
build and pytest both use this module: it needs the packages of the site, and
none of those of the tests.

`python -m tests.harness.notebooks FOLDER` writes those of all lessons.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import nbformat
import yaml
from mkdocs.utils.yaml import yaml_load

from . import commonmark, labels, pages, records
from .records import Record
from .syntax import FENCE, LANGUAGE, RUN_AS, SNIPPET

CHECK = "requirements"  # the name of the first code cell
# Packages that a lesson cannot do with an older one; else any version will do.
LOWEST = {"keras": "3", "tensorflow": "2.16"}
# The package that has a module, where they have different names.
PACKAGES = {"PIL": "pillow"}
PNG_SCALE = 2  # as in tests.harness.pictures, which the site does without

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
COMMENT = re.compile(r"[ \t]*<!--.*?-->[ \t]*\n?", re.DOTALL)
HEADING = re.compile(r"^(?P<marks>#{1,6}) +(?P<text>.*?)\s*\{#(?P<id>[\w-]+)\}")
BOX = re.compile(r'^(?P<mark>!!!|\?\?\?\+?) +\w+(?: +"(?P<title>.*)")?\s*$')
IMAGE = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<source>[^)\s]+)\)\s*$")
CAPTION = re.compile(r"^///")
LINK = re.compile(r"(?P<text>\]\()(?P<target>[^)\s]+)(?P<end>\))")
# All that matplotlib writes before the drawing, and its list of who made it.
PROLOGUE = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>\s*", re.DOTALL)


@dataclass
class _Cell:
    """A cell in the making; `block` is None in one of text."""

    lines: list[str] = field(default_factory=list)
    block: pages.Block | None = None
    folded: bool = False


def lessons(root: Path) -> list[str]:
    """Names of the lessons, which have a page and a script."""
    return sorted(
        path.stem
        for path in (root / "snippets").glob("*.py")
        if (root / "docs" / "en" / f"{path.stem}.md").is_file()
    )


class Maker:
    """Makes notebooks and scripts in one language.

    Args:
        root: the project's folder.
        language: "zh" or "en".
        site_url: address of the site in this language, ending in "/"; links
            lead there.
    """

    def __init__(self, root: Path, language: str, site_url: str) -> None:
        self.root = root
        self.language = language
        self.site_url = site_url
        self.known = records.quotable(root, language)
        self._pages: dict[str, pages.Page] = {}

    def notebook(self, lesson: str) -> nbformat.NotebookNode:
        """The notebook of a lesson.

        Raises:
            pages.PageError: the page cannot be read.
        """
        page = self._page(lesson)
        url = urljoin(self.site_url, f"{lesson}/")
        text = page.path.read_text(encoding="utf-8")
        front = yaml.safe_load(text.split("---\n")[1])
        reader = _Reader(self.root, self.language, page, url)
        reader.read(self._lines(text))
        about = self._lines(
            f'{{% set lesson = "{lesson}" %}}{{% set url = "{url}" %}}\n'
            '{% include "notebook.md" %}\n'
        )
        first, *rest = reader.cells
        heading, *intro = first.lines
        evidence = Record(self.root, lesson).evidence()
        printed = check_output(page.blocks, evidence) if evidence else ""
        cells = [
            _text_cell(reader.prose([heading, "", *about]), "about"),
            _code_cell(
                CHECK,
                check_source(page.blocks),
                1,
                [_stream(printed)] if printed else [],
            ),
            _text_cell(reader.prose(intro), "text-0"),
        ]
        count = 1
        for number, cell in enumerate(rest, start=1):
            if cell.block is None:
                prose = reader.prose(cell.lines)
                cells.append(_text_cell(prose, f"text-{number}"))
                continue
            count += 1
            cells.append(
                _code_cell(
                    cell.block.name,
                    cell.block.source,
                    count,
                    reader.outputs(cell.block),
                    folded=cell.folded,
                )
            )
        notebook = nbformat.v4.new_notebook(
            cells=[cell for cell in cells if cell.source.strip()],
            metadata=_metadata(front, self.language, lesson, url, evidence),
        )
        nbformat.validate(notebook)
        return notebook

    def script(self, lesson: str) -> str:
        """The code of a lesson as one script, in the order in which it ran."""
        parts = [
            f"# {urljoin(self.site_url, f'{lesson}/')}\n"
            f"# Code: MIT License. To run: python {lesson}.py\n"
        ]
        for block in self._page(lesson).blocks:
            if not block.runs_everywhere:
                continue
            code = block.code.strip("\n")
            if block.language != "python":  # for a terminal
                code = "\n".join(f"# $ {line}" for line in code.splitlines())
            parts.append(f"# --- {block.name} ---\n\n{code}\n")
        return "\n".join(parts)

    def _page(self, lesson: str) -> pages.Page:
        if lesson not in self._pages:
            self._pages[lesson] = pages.read_page(
                self.root / "docs" / self.language / f"{lesson}.md",
                self.root,
                check=False,
                known=self.known,
            )
        return self._pages[lesson]

    def _lines(self, text: str) -> list[str]:
        """A page's lines with numbers put in and comments taken out."""
        injected = records.inject(
            text, self.root, language=self.language, known=self.known
        )
        injected = FRONT_MATTER.sub("", injected)
        return COMMENT.sub("", injected).strip("\n").split("\n")


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook's file.

    Raises:
        pages.PageError: it is no notebook; the text says what was expected.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        first = str(error).partition("\n")[0]
        raise pages.PageError(
            f"{path}: not a Jupyter notebook: {first}. Expected a file as "
            f"`make notebooks` writes it; run that again."
        ) from None
    return notebook


def page_of(notebook: nbformat.NotebookNode, path: Path) -> pages.Page:
    """A notebook's code cells as a page: the first is its opening."""
    opening, *cells = [
        cell for cell in notebook.cells if cell.cell_type == "code"
    ] or [nbformat.v4.new_code_cell()]
    blocks = []
    for cell in cells:
        first, _, rest = cell.source.partition("\n")
        shell = re.fullmatch(r"%%(sh|bash)", first)
        blocks.append(
            pages.Block(
                name=cell.metadata.get("name", cell.get("id", "")),
                language=shell[1] if shell else "python",
                code=(rest if shell else cell.source) + "\n",
                page_line=1,
                origins=[],
            )
        )
    return pages.Page(path, path.stem, blocks, opening=opening.source)


def shown_faults(notebook: nbformat.NotebookNode, record: Record) -> list[str]:
    """Where a notebook does not show the outputs that are recorded."""
    faults = []
    for cell in notebook.cells:
        name = cell.metadata.get("name", "")
        if cell.cell_type != "code" or name == CHECK:
            continue
        shown = "".join(o.get("text", "") for o in cell.outputs)
        if shown != (record.text(name) or ""):
            faults.append(f"cell {name} shows another text than the record")
        pictures = [
            base64.b64decode(o.data["image/png"])
            for o in cell.outputs
            if "image/png" in o.get("data", {})
        ]
        recorded = [
            record.picture_path(figure).read_bytes()
            for figure in record.figure_names(name)
        ]
        if pictures != recorded:
            faults.append(f"cell {name} shows other figures than the record")
    return faults


def check_source(blocks: list[pages.Block]) -> str:
    """The first code cell: is everything here that the lesson imports?

    It is the same in all languages, so that all can share one run.
    """
    needs = {package: LOWEST.get(package, "") for package in _needs(blocks)}
    listed = "".join(
        f"\n    {json.dumps(p)}: {json.dumps(v)}," for p, v in needs.items()
    )
    return f"""import re
import sys
from importlib.metadata import PackageNotFoundError, version

needs = {{  # package: the lowest version that will do
    "Python": "3.11",{listed}
}}
for name, lowest in needs.items():
    try:
        found = sys.version.split()[0] if name == "Python" else version(name)
    except PackageNotFoundError:
        print("✗", name, f"  %pip install {{name}}")
        continue
    have, need = (re.findall(r"\\d+", text) for text in (found, lowest))
    if [*map(int, have)] >= [*map(int, need)]:
        print("✓", name, found)
    else:
        print("✗", name, found)
        if name != "Python":
            print(f"  %pip install -U {{name}}")"""


def check_output(blocks: list[pages.Block], evidence: dict[str, Any]) -> str:
    """What the first cell prints where there are these versions."""
    versions = evidence["versions"]
    lines = [f"✓ Python {evidence['python']}"]
    lines += [
        f"✓ {package} {versions[package]}"
        for package in _needs(blocks)
        if package in versions
    ]
    return "\n".join(lines) + "\n"


def _needs(blocks: list[pages.Block]) -> list[str]:
    """Packages that the code imports, and TensorFlow if it imports Keras."""
    code = [block.code for block in blocks if block.runs_everywhere]
    modules = pages.imported_modules(code) - set(sys.stdlib_module_names)
    if "keras" in modules:
        modules.add("tensorflow")
    return sorted({PACKAGES.get(name, name) for name in modules})


class _Reader:
    """One pass over the lines of a page, in the order of its cells."""

    def __init__(
        self, root: Path, language: str, page: pages.Page, url: str
    ) -> None:
        self.root = root
        self.url = url
        self.record = Record(root, page.lesson)
        self.blocks = iter(page.blocks)
        self.names = {b.name for b in page.blocks if b.runs_everywhere}
        self.cells = [_Cell()]
        self.titles: dict[str, str] = {}  # id of a heading -> its text
        self.alternatives: dict[str, str] = {}  # figure's name -> what it shows
        self.table = labels.table(root) if language == "zh" else {}

    def read(self, lines: list[str], *, folded: bool = False) -> None:
        """Take lines in; `folded` inside a box that opens with a click."""
        position = 0
        while position < len(lines):
            line = lines[position]
            if match := FENCE.match(line):
                end = _end_of_fence(lines, position, match)
                self._fence(lines[position : end + 1], match, folded)
                position = end + 1
            elif match := BOX.match(line):
                end = _end_of_box(lines, position + 1)
                body = [inner[4:] for inner in lines[position + 1 : end]]
                self._box(match, body)
                position = end
            else:
                self._line(line)
                position += 1

    def _line(self, line: str) -> None:
        if match := HEADING.match(line):
            self.titles[match["id"]] = commonmark.plain(match["text"])
            self._start_text()
            self._add(f"{match['marks']} {match['text']}")
        elif match := IMAGE.match(line):
            self._image(match)
        elif CAPTION.match(line):
            self._add("")  # what stands between is a paragraph of its own
        else:
            self._add(line)

    def _add(self, *lines: str) -> None:
        if self.cells[-1].block is not None:
            self.cells.append(_Cell())
        self.cells[-1].lines += lines

    def _start_text(self) -> None:
        if any(line.strip() for line in self.cells[-1].lines):
            self.cells.append(_Cell())

    def _fence(
        self, lines: list[str], opening: re.Match[str], folded: bool
    ) -> None:
        language = LANGUAGE.match(opening["info"])
        body = lines[1:-1]
        targets = [SNIPPET.match(line) for line in body]
        if language and language["language"].lower() in RUN_AS:
            block = next(self.blocks)
            if block.runs_everywhere:
                self.cells.append(_Cell(block=block, folded=folded))
                return
            body = block.code.rstrip("\n").split("\n")
        elif len(targets) == 1 and targets[0]:
            path = self.root / targets[0]["target"]
            if path.parent == self.record.outputs and path.stem in self.names:
                return  # it is the output of its cell
            body = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
        name = language["language"] if language else ""
        self._add(f"```{name}", *body, "```")

    def _image(self, match: re.Match[str]) -> None:
        _, _, file = match["source"].partition("assets/figures/")
        path = self.root / records.FIGURES / file
        section = re.sub(r"-\d+$", "", path.stem)
        if path.parent == self.record.figures and section in self.names:
            self.alternatives[path.stem] = match["alt"]
            return  # it is the output of its cell
        drawing = PROLOGUE.sub("", path.read_text(encoding="utf-8"))
        drawing = labels.translated(drawing, self.table).replace(
            "<svg ", '<svg style="background: #ffffff" ', 1
        )
        data = base64.b64encode(drawing.encode()).decode()
        self._add(f"![{match['alt']}](data:image/svg+xml;base64,{data})")

    def _box(self, opening: re.Match[str], body: list[str]) -> None:
        """A box: quoted, or folded as on the page; its code makes cells."""
        start = len(self.cells)
        title = opening["title"] or ""
        inner = _Cell()
        self.cells.append(inner)
        self.read(body, folded=opening["mark"] != "!!!")
        for cell in self.cells[start:]:
            text = "\n".join(cell.lines).strip("\n")
            if cell.block is not None or not text:
                continue
            if opening["mark"] == "!!!":
                quoted = f"**{title}**\n\n{text}".split("\n")
                cell.lines = [f"> {line}".rstrip() for line in quoted]
            else:
                summary = commonmark.inline_html(title)
                cell.lines = [
                    f"<details><summary>{summary}</summary>",
                    *("", text, "", "</details>"),
                ]
        self.cells.append(_Cell())

    def outputs(self, block: pages.Block) -> list[nbformat.NotebookNode]:
        """What is recorded of a block, as a notebook's outputs."""
        found = []
        if text := self.record.text(block.name):
            found.append(_stream(text))
        for name in self.record.figure_names(block.name):
            picture = self.record.picture_path(name).read_bytes()
            width, height = png_size(picture)
            about = {
                "alt": self.alternatives.get(name, ""),
                "width": width // PNG_SCALE,
                "height": height // PNG_SCALE,
            }
            found.append(
                nbformat.v4.new_output(
                    "display_data",
                    data={
                        "image/png": base64.b64encode(picture).decode(),
                        "text/plain": "<Figure>",
                    },
                    metadata={"image/png": about},
                )
            )
        return found

    def prose(self, lines: list[str]) -> str:
        """Text of a cell, with links and emphasis that notebooks understand."""
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
        return "".join(
            piece if is_code else commonmark.emphasis(self._links(piece))
            for piece, is_code in commonmark.pieces(text)
        )

    def _links(self, text: str) -> str:
        def lead(match: re.Match[str]) -> str:
            target = match["target"]
            # Jupyter makes the anchor of a heading from its text. JupyterLab
            # finds none that an address has to encode, as Chinese ones: such
            # a link leads to the page on the site.
            anchor = self.titles.get(target[1:], "").replace(" ", "-")
            if (
                target.startswith("#")
                and anchor
                and anchor == quote(anchor, safe="?:,'")
            ):
                target = "#" + anchor
            elif target.startswith("#"):
                target = self.url + target
            elif not re.match(r"[a-z]+:", target):
                name, mark, section = target.partition("#")
                name = re.sub(r"(^|/)index\.md$", r"\1", name)
                name = re.sub(r"\.md$", "/", name)
                target = urljoin(
                    self.url, f"../{name}{mark}{section}" if name else target
                )
            return f"{match['text']}{target}{match['end']}"

        return LINK.sub(lead, text)


def _end_of_fence(lines: list[str], start: int, opening: re.Match[str]) -> int:
    closing = re.compile(rf"^[ \t]*{re.escape(opening['ticks'])}\s*$")
    inside = range(start + 1, len(lines))
    return next((n for n in inside if closing.match(lines[n])), len(lines) - 1)


def _end_of_box(lines: list[str], start: int) -> int:
    """The first line after a box: text that is not indented."""
    end = start
    for number in range(start, len(lines)):
        if lines[number].strip():
            if not lines[number].startswith("    "):
                break
            end = number + 1
    return end


def _text_cell(source: str, name: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_markdown_cell(source)
    cell.id = name
    return cell


def _code_cell(
    name: str,
    source: str,
    count: int,
    outputs: list[nbformat.NotebookNode],
    *,
    folded: bool = False,
) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(
        source,
        execution_count=count,
        outputs=outputs,
        metadata={"name": name},
    )
    cell.id = re.sub(r"[^\w-]", "-", name)[:64]
    if folded:  # an answer: JupyterLab shows it after a click
        cell.metadata["jupyter"] = {
            "source_hidden": True,
            "outputs_hidden": True,
        }
    return cell


def _stream(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def _metadata(
    front: dict[str, str],
    language: str,
    lesson: str,
    url: str,
    evidence: dict[str, Any],
) -> dict[str, Any]:
    return {
        "kernelspec": {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        },
        "language_info": {
            "name": "python",
            "version": evidence.get("python", "3.11"),
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "pygments_lexer": "ipython3",
        },
        "title": front["title"],
        "description": front["description"],
        "lang": language,
        "lesson": lesson,
        "source": url,
        "license": {"code": "MIT", "text": "CC-BY-4.0"},
        "colab": {"name": f"{lesson}.ipynb", "toc_visible": True},
    }


def png_size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels, which a PNG has at a fixed place."""
    return (
        int.from_bytes(picture[16:20], "big"),
        int.from_bytes(picture[20:24], "big"),
    )


@cache
def site_addresses(root: Path) -> dict[str, str]:
    """Where each language of the site is, as mkdocs.yml says."""
    with (root / "mkdocs.yml").open(encoding="utf-8") as file:
        settings = yaml_load(file)
    base = str(settings["site_url"]).rstrip("/") + "/"
    return {
        name: base + language["prefix"]
        for name, language in settings["extra"]["languages"].items()
    }


def text_of(notebook: nbformat.NotebookNode) -> str:
    """A notebook as the text of its file, the same for the same notebook."""
    return nbformat.writes(notebook) + "\n"


def write_all(root: Path, folder: Path) -> list[Path]:
    """Write notebook and script of each lesson to <folder>/<language>/."""
    written = []
    for language, address in site_addresses(root).items():
        maker = Maker(root, language, address)
        for lesson in lessons(root):
            path = folder / language / f"{lesson}.ipynb"
            records.replace_file(path, text_of(maker.notebook(lesson)))
            script = path.with_suffix(".py")
            records.replace_file(script, maker.script(lesson))
            written += [path, script]
    return written


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.harness.notebooks",
        description="Write the notebook and the script of each lesson.",
    )
    parser.add_argument("folder", type=Path, help="made if it is not there")
    folder = parser.parse_args().folder
    root = Path(__file__).parents[2]
    written = write_all(root, folder)
    print(f"{len(written)} files in {folder}/zh and {folder}/en")


if __name__ == "__main__":
    main()

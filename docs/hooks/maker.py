"""Make the notebook and the script of a lesson from its page.

The page is the only source: its prose becomes text cells, the code that runs
becomes code cells, and what is recorded becomes their outputs. The site's
build and pytest both use this module: it needs the packages of the site, and
none of those of the tests.

`python -m docs.hooks.maker FOLDER` writes those of all lessons.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import yaml

from tests.harness import comments, quote, settings
from tests.harness import page as reader
from tests.harness.block import Page
from tests.harness.cell import Cell, PageError, cells
from tests.harness.record import Record, replace_file

from . import labels, numbers, shipped
from .commonmark import text_of
from .opening import CHECK, check_output, check_source
from .parts import Parts, code_cell, outputs, stream, text_cell

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Of a script, below its address.
HEAD = {"en": "Code: MIT License. To run: ", "zh": "代码：MIT 许可证。运行："}


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
        known: all names that a page can quote, if they are at hand.
    """

    def __init__(
        self,
        root: Path,
        language: str,
        site_url: str,
        known: Mapping[str, Any] | None = None,
    ) -> None:
        self.root = root
        self.language = language
        self.site_url = site_url
        self._note = shipped.note(site_url, language)
        self._known = known or numbers.known(root, language)
        self._cells: dict[Page, list[Cell]] = {}

    def notebook(self, lesson: str) -> NotebookNode:
        """The notebook of a lesson.

        Raises:
            PageError: the page cannot be read.
        """
        import nbformat  # takes a second, which the build can do without

        made = nbformat.reads(self.text(lesson), as_version=4)
        nbformat.validate(made)
        return made

    def text(self, lesson: str) -> str:
        """The text of a notebook's file, the same for the same notebook."""
        cells = self.cells(lesson)
        page = self._injected(self._page(lesson).source, lesson)
        record = Record(self.root, lesson)
        parts = Parts(page, cells, record)
        url = urljoin(self.site_url, f"{lesson}/")
        prose = partial(text_of, cells=parts.names, url=url)
        evidence = record.evidence()
        printed = check_output(cells, evidence) if evidence else ""
        opening = check_source(cells)
        opening = comments.shown(opening, "python", self.language, self.root)
        heading, *intro = parts.parts[0].lines
        about = [heading, "", *self._about(lesson)]
        nodes = [
            text_cell(parts.parts[0].name, prose(about)),
            code_cell(CHECK, opening, stream(printed)),
            text_cell("text-0", prose(intro)),
        ]
        for part in parts.parts[1:]:
            if cell := part.cell:
                shown = outputs(record, cell.name, parts.alternatives)
                made = code_cell(cell.name, cell.source, shown, part.folded)
            else:
                made = text_cell(part.name, prose(part.lines))
            nodes.append(made)
        ran = (node for node in nodes if node["cell_type"] == "code")
        for count, node in enumerate(ran, start=1):
            node["execution_count"] = count
        notebook = {
            "cells": [node for node in nodes if node["source"]],
            "metadata": _metadata(page, url, evidence),
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        text = json.dumps(
            notebook, indent=1, sort_keys=True, ensure_ascii=False
        )
        return f"{text}\n"

    def sources(self, lesson: str) -> tuple[Any, ...]:
        """All that notebook and script are made from: texts, then files."""
        page = self._page(lesson)
        read = self._injected(page.source, lesson)
        record = Record(self.root, lesson)
        used = {target.partition(":")[0] for target in page.includes()}
        figures = {f"docs/{figure.detail}" for figure in read.of("figure")}
        table = labels.of(self.language, self.root)
        used |= figures | {comments.TABLE.as_posix()}
        return (
            *(page.source, read.source, self._about(lesson), self.site_url),
            labels.within((self.root / path for path in figures), table),
            *(self.root / path for path in sorted(used)),
            *(record.outputs, record.figures),
        )

    def script(self, lesson: str) -> str:
        """The code of a lesson as one script, in the order in which it ran."""
        head = [urljoin(self.site_url, f"{lesson}/"), self._note]
        head += [f"{HEAD[self.language]}python {lesson}.py"]
        parts = ["".join(f"# {line}\n" for line in head if line)]
        for cell in self.cells(lesson):
            if not cell.runs_everywhere:
                continue
            code = cell.code.strip("\n")
            if cell.language != "python":  # for a terminal
                code = "\n".join(f"# $ {line}" for line in code.splitlines())
            parts.append(f"# --- {cell.name} ---\n\n{code}\n")
        return "\n".join(parts)

    def _page(self, lesson: str) -> Page:
        path = self.root / "docs" / self.language / f"{lesson}.md"
        return reader.read(path, self.root)

    def cells(self, lesson: str) -> list[Cell]:
        """The code of a lesson's page."""
        page = self._page(lesson)
        if page not in self._cells:  # of the same text, it is the same page
            self._cells[page] = cells(page, self.root)
        return self._cells[page]

    def _injected(self, text: str, lesson: str) -> Page:
        """A page as the site has it, with numbers in place of their names."""
        name = f"docs/{self.language}/{lesson}.md"
        try:
            put = quote.inject(text, self.root, self.language, self._known)
            put = shipped.with_links(reader.parse(put, name), self.root)
        except quote.UnknownNumber as error:
            raise PageError(f"{name}: {error}") from None
        return reader.parse(put, name)

    def _about(self, lesson: str) -> list[str]:
        """What every notebook says of itself."""
        url = urljoin(self.site_url, f"{lesson}/")
        text = (
            f'{{% set lesson = "{lesson}" %}}{{% set url = "{url}" %}}\n'
            f'{{% include "notebook.md" %}}\n{self._note}\n'
        )
        blocks = self._injected(text, lesson).blocks
        said = (block for block in blocks if block.kind != "comment")
        return [line for block in said for line in block.lines]


def _metadata(
    page: Page, url: str, evidence: Mapping[str, Any]
) -> dict[str, Any]:
    front = "\n".join(block.lines[0] for block in page.of("front"))
    return {
        **yaml.safe_load(front),  # title and description
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
        "lang": page.language,
        "lesson": page.name,
        "source": url,
        "license": {"code": "MIT", "text": "CC-BY-4.0"},
        "colab": {"name": f"{page.name}.ipynb", "toc_visible": True},
    }


def read(path: Path) -> NotebookNode:
    """Read a notebook's file.

    Raises:
        PageError: it is no notebook; the text says what was expected.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        first = str(error).partition("\n")[0]
        raise PageError(
            f"{path}: not a Jupyter notebook: {first}. Expected a file as "
            f"`make notebooks` writes it; run that again."
        ) from None
    return notebook


def cells_of(notebook: NotebookNode) -> tuple[str, list[Cell]]:
    """The source of a notebook's first code cell, and the others as cells."""
    nodes = [node for node in notebook.cells if node.cell_type == "code"]
    found = []
    for node in nodes[1:]:
        shell = re.match(r"%%sh\n", node.source)
        code = node.source[shell.end() :] if shell else node.source
        name = node.metadata.get("name", node.get("id", ""))
        language = "sh" if shell else "python"
        found.append(Cell(name, language, f"{code}\n"))
    return nodes[0].source if nodes else "", found


def site_addresses(root: Path) -> dict[str, str]:
    """Where each language of the site is, as mkdocs.yml says."""
    site = settings.mkdocs(root)
    base = str(site["site_url"]).rstrip("/") + "/"
    return {
        name: base + language["prefix"]
        for name, language in site["extra"]["languages"].items()
    }


def write_all(root: Path, folder: Path) -> int:
    """Write notebook and script of each lesson to <folder>/<language>/.

    Returns the number of files.
    """
    names = lessons(root)
    addresses = site_addresses(root)
    for language, address in addresses.items():
        maker = Maker(root, language, address)
        for lesson in names:
            path = folder / language / f"{lesson}.ipynb"
            replace_file(path, maker.text(lesson))
            replace_file(path.with_suffix(".py"), maker.script(lesson))
    return 2 * len(addresses) * len(names)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m docs.hooks.maker",
        description="Write the notebook and the script of each lesson.",
    )
    parser.add_argument("folder", type=Path, help="made if it is not there")
    folder = parser.parse_args().folder
    written = write_all(Path(__file__).parents[2], folder)
    print(f"{written} files in {folder}/zh and {folder}/en")


if __name__ == "__main__":
    main()

"""An oracle: does the rendered page show code that does not run?

`tests.harness.cell` finds the code of a page in its source. Here the page is
rendered as the site renders it, and whatever it shows as code in a language
that we run has to be among the cells.
"""

from __future__ import annotations

from pathlib import Path

import markdown
from bs4 import BeautifulSoup
from pymdownx.snippets import SnippetMissingError

from . import settings
from .block import RUN_AS
from .cell import Cell, PageError
from .page import INCLUDE
from .record import OUTPUTS


def check(name: str, text: str, cells: list[Cell], root: Path) -> None:
    """Compare what the site shows of a text, numbers put in, with what runs.

    Raises:
        PageError: the page shows code that does not run, or cannot be shown.
    """
    try:
        blocks = shown_code(text, root)
    except SnippetMissingError as error:
        raise PageError(
            f"{name}: {error}. Correct the path or the section's name. An "
            f"output is there once its section has printed something and "
            f"`make record` has run it."
        ) from None
    runs = " ".join(" ".join(cell.code.split()) for cell in cells)
    for shown in blocks:
        if " ".join(shown.split()) in runs:
            continue
        first = shown.strip().partition("\n")[0]
        raise PageError(
            f"{name}: the site shows a code block beginning with {first!r} "
            f"that would not be run. Write it as a fence that begins with "
            f"```python, ```sh or ```bash."
        )


def without_missing_outputs(text: str, root: Path) -> str:
    """The page before it is recorded for the first time."""

    def is_missing(line: str) -> bool:
        target = (INCLUDE.match(line) or {"target": ""})["target"]
        folder = f"{OUTPUTS.as_posix()}/"
        return target.startswith(folder) and not (root / target).is_file()

    return "\n".join(
        "" if is_missing(line) else line for line in text.split("\n")
    )


def shown_code(text: str, root: Path) -> list[str]:
    """Code blocks that the site shows, in order, as a reader copies them."""
    listed = settings.mkdocs(root).get("markdown_extensions", {})
    configs = {name: dict(options or {}) for name, options in listed.items()}
    snippets = configs.setdefault("pymdownx.snippets", {})
    # MkDocs runs in the project's folder; the tests may run elsewhere.
    bases = snippets.get("base_path", ["."])
    snippets["base_path"] = [str(root / base) for base in bases]
    highlight = configs.setdefault("pymdownx.highlight", {})
    highlight["pygments_lang_class"] = True  # the HTML says the language
    html = markdown.markdown(
        text, extensions=list(configs), extension_configs=configs
    )
    blocks = BeautifulSoup(html, "html.parser").find_all(
        "div", class_=[f"language-{name}" for name in RUN_AS]
    )
    # A title or a line number stands in no <code>.
    return [
        "".join(code.get_text() for code in block.find_all("code"))
        for block in blocks
    ]

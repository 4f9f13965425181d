"""An oracle: does the rendered page show code that does not run?

`tests.harness.cell` finds the code of a page in its source. Here the page is
rendered as the site renders it, and whatever it shows as code in a language
that we run has to be among the cells.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import markdown
from pymdownx.snippets import SnippetMissingError

from . import settings
from .block import RUN_AS
from .cell import Cell, PageError
from .page import INCLUDE
from .record import OUTPUTS


def check(name: str, text: str, cells: list[Cell], root: Path) -> None:
    """Compare what the site shows with what runs.

    Args:
        name: of the page, for the message.
        text: of the page, with numbers put in.
        cells: all that runs.
        root: the project's folder.

    Raises:
        PageError: the page shows code that does not run, or cannot be shown.
    """
    if "pytest-codeblocks:skipfile" in text.partition("\n")[0]:
        return
    try:
        blocks = shown_code(text, root)
    except SnippetMissingError as error:
        raise PageError(
            f"{name}: {error}. Correct the path or the section's name, or run "
            f"`make record` if it is an output not recorded yet."
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
    converter = markdown.Markdown(
        extensions=list(configs), extension_configs=configs
    )
    parser = _ShownCode()
    parser.feed(converter.convert(text))
    return parser.shown


class _ShownCode(HTMLParser):
    """Collect the code that a rendered page shows in a language we run."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self._depth = 0  # of <div>s inside a code block
        self._in_code = False  # a title or a line number is not code

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        classes = (dict(attrs).get("class") or "").split()
        languages = {c[9:] for c in classes if c.startswith("language-")}
        if self._depth == 0 and languages & RUN_AS.keys():
            self._depth = 1
            self.shown.append("")
        elif self._depth and tag == "div":
            self._depth += 1
        elif self._depth and tag == "code":
            self._in_code = True

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag == "div":
            self._depth -= 1
        elif tag == "code":
            self._in_code = False

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.shown[-1] += data

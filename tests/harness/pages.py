"""Read a page exactly as the site does and list the code blocks in it.

A script that draws figures for a page is read as well: its marked sections
are its blocks.

A page passes through the same steps as in the build: numbers are injected by
Jinja, snippets are expanded by pymdownx, and pytest-codeblocks extracts the
blocks. Two things are added on top: where each line of code came from, and a
check that no code which the site shows is left out of what runs.
"""

from __future__ import annotations

import ast
import io
import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import markdown
import pytest_codeblocks
from mkdocs.utils.yaml import yaml_load
from pymdownx.snippets import SnippetMissingError

from . import records
from .syntax import FENCE, LANGUAGE, RUN_AS, SNIPPET, sections


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
class Block:
    """A code block that runs.

    Attributes:
        name: its section names joined by "+", or "line-N" for code in the page.
        language: "python", "sh" or "bash".
        code: what the reader copies.
        page_line: line of the fence in the page.
        origins: where each line of `code` stands; as long as code.splitlines().
    """

    name: str
    language: str
    code: str
    page_line: int
    origins: list[Origin]
    expected_output: str | None = None
    ignore_whitespace: bool = False
    importorskip: str | None = None
    marks: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The block as a cell of a notebook."""
        code = self.code.rstrip("\n")
        return (
            code if self.language == "python" else f"%%{self.language}\n{code}"
        )

    @property
    def runs_everywhere(self) -> bool:
        """Whether the page runs it whatever is installed."""
        return not self.importorskip and not any(
            "skip" in m for m in self.marks
        )


@dataclass
class Page:
    """A page and the blocks in it, in order.

    `opening` is the code of a cell that its notebook has before them.
    """

    path: Path
    lesson: str
    blocks: list[Block]
    opening: str = ""


@dataclass
class _Fence:
    """A fence in expanded text; `line` counts from 1."""

    line: int
    body: list[str]


def read_page(
    path: Path,
    root: Path,
    *,
    recording: bool = False,
    check: bool = True,
    known: dict[str, Any] | None = None,
) -> Page:
    """Read one Markdown page.

    Args:
        path: the page.
        root: the project's folder, which snippet paths count from.
        recording: accept numbers and outputs that no record holds yet.
        check: make sure that all code which the site shows is among the
            blocks; takes as long as building the page.
        known: as for `records.inject`.

    Raises:
        PageError: a number, a snippet or a section is missing, or the site
            would show code that would not be run.
    """
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    try:
        language = path.relative_to(root / "docs").parts[0]
        injected = records.inject(
            text, root, language=language, lenient=recording, known=known
        )
    except records.UnknownNumber as error:
        raise PageError(f"{name}: {error}") from None
    if recording:
        injected = _without_missing_outputs(injected, root)
    lines, origins = _expand(injected, name, root)
    lines = [_plain_info_string(line) for line in lines]
    try:
        extracted = pytest_codeblocks.extract_from_buffer(
            io.StringIO("\n".join(lines) + "\n"), max_num_lines=1_000_000
        )
    except (RuntimeError, UnboundLocalError) as error:
        raise PageError(f"{name}: pytest-codeblocks: {error}") from None
    blocks = _with_origins(extracted, lines, origins)
    skipped = "pytest-codeblocks:skipfile" in injected.partition("\n")[0]
    if check and not skipped:
        _check_nothing_left_out(blocks, injected, lines, origins, name, root)
    return Page(path=path, lesson=path.stem, blocks=blocks)


def imported_modules(code: list[str]) -> set[str]:
    """Names of the modules that the code imports, without submodules."""
    modules: set[str] = set()
    for text in code:
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue  # a shell block, or an error that the run will report
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                modules |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    return modules


def read_drawings(path: Path, root: Path) -> Page:
    """Read a script in snippets/drawings/: each section is a block.

    Raises:
        PageError: code stands outside of the sections, so nothing would run
            it.
    """
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    marked = sections(text)
    inside = {
        number
        for start, body in marked.values()
        for number in range(start - 1, start + body.count("\n") + 1)
    }
    for number, line in enumerate(text.splitlines(), start=1):
        if number not in inside and line.strip() and line.strip()[0] != "#":
            raise PageError(
                f"{name}:{number}: {line.strip()!r} stands in no section, so "
                f"it would not run. Put it between # --8<-- [start:name] and "
                f"# --8<-- [end:name]."
            )
    blocks = [
        Block(
            name=section,
            language="python",
            code=code,
            page_line=start,
            origins=[
                Origin(name, start + offset, section)
                for offset in range(code.count("\n"))
            ],
        )
        for section, (start, code) in marked.items()
    ]
    return Page(path, records.drawing_name(path.stem), blocks)


@cache
def site_extensions(root: Path) -> dict[str, dict[str, Any]]:
    """The Markdown extensions in mkdocs.yml, by name, with their settings."""
    with (root / "mkdocs.yml").open(encoding="utf-8") as file:
        listed = yaml_load(file).get("markdown_extensions", {})
    settings = {name: dict(options or {}) for name, options in listed.items()}
    if "pymdownx.snippets" in settings:
        # MkDocs runs in the project's folder; the tests may run elsewhere.
        snippets = settings["pymdownx.snippets"]
        snippets["base_path"] = [
            str(root / base) for base in snippets.get("base_path", ["."])
        ]
    return settings


def _without_missing_outputs(text: str, root: Path) -> str:
    """The page before it is recorded for the first time."""

    def is_missing(line: str) -> bool:
        target = (SNIPPET.match(line) or {"target": ""})["target"]
        folder = f"{records.OUTPUTS.as_posix()}/"
        return target.startswith(folder) and not (root / target).is_file()

    return "\n".join(
        "" if is_missing(line) else line for line in text.split("\n")
    )


def _expand(text: str, name: str, root: Path) -> tuple[list[str], list[Origin]]:
    """Expand snippets; return the lines and where each one stands."""
    settings = site_extensions(root)
    converter = markdown.Markdown(
        extensions=["pymdownx.snippets"],
        extension_configs={
            "pymdownx.snippets": settings.get("pymdownx.snippets", {})
        },
    )
    preprocessor = converter.preprocessors["snippet"]
    lines: list[str] = []
    origins: list[Origin] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            expanded = preprocessor.run([line])
        except SnippetMissingError as error:
            raise PageError(
                f"{name}:{number}: {error}. The page asks for "
                f"{line.strip()}; correct the path or the section's name, or "
                f"run `make record` if it is an output not recorded yet."
            ) from None
        target = SNIPPET.match(line)
        if target:
            origins += _snippet_origins(target["target"], len(expanded), root)
        else:
            origins += [Origin(name, number)] * len(expanded)
        lines += expanded
    if preprocessor.run(text.split("\n")) != lines:
        raise PageError(
            f"{name}: snippets that span several lines are not supported; "
            f'write one `--8<-- "path:section"` a line.'
        )
    return lines, origins


def _snippet_origins(target: str, count: int, root: Path) -> list[Origin]:
    """Origins of the `count` lines that a snippet target expands to."""
    path, _, section = target.partition(":")
    source = root / path
    start = 1
    if section and source.is_file():
        marker = re.compile(rf"\[\s*start\s*:\s*{re.escape(section)}\s*\]")
        numbered = enumerate(
            source.read_text(encoding="utf-8").splitlines(), start=1
        )
        start = next((n + 1 for n, line in numbered if marker.search(line)), 1)
    return [Origin(path, start + k, section or None) for k in range(count)]


def _plain_info_string(line: str) -> str:
    """Reduce a code fence to the one form that pytest-codeblocks collects.

    It ignores any fence whose info string is not exactly `python`, `sh` or
    `bash`; a title, highlighted lines or another spelling would silently
    leave the block out.
    """
    fence = FENCE.match(line)
    if not fence:
        return line
    language = LANGUAGE.match(fence["info"])
    run_as = RUN_AS.get(language["language"].lower()) if language else None
    ticks = fence["ticks"].replace("~", "`")
    info = run_as or fence["info"].strip()
    return f"{fence['indent']}{ticks}{info}"


def _with_origins(
    extracted: list[pytest_codeblocks.CodeBlock],
    lines: list[str],
    origins: list[Origin],
) -> list[Block]:
    """Turn extracted blocks into `Block`s, each line with its origin."""
    starts = {block.lineno: block for block in extracted}
    line_origins: dict[int, list[Origin]] = {}
    current: pytest_codeblocks.CodeBlock | None = None
    collected = ""
    for fence in _fences(lines):
        body = "".join(line + "\n" for line in fence.body)
        if fence.line in starts:
            current, collected = starts[fence.line], ""
            line_origins[current.lineno] = []
        elif current is None or not current.code.startswith(collected + body):
            continue  # the expected output of a block, not code
        elif len(collected) == len(current.code):
            continue
        collected += body
        first = fence.line  # origins count from 0, lines from 1: the next line
        line_origins[current.lineno] += origins[first : first + len(fence.body)]
    blocks = []
    for block in extracted:
        if block.syntax not in {"python", "sh", "bash"}:
            continue
        where = line_origins[block.lineno]
        page_line = _page_line(origins, block.lineno)
        sections = list(dict.fromkeys(o.section for o in where if o.section))
        blocks.append(
            Block(
                name="+".join(sections) or f"line-{page_line}",
                language=block.syntax,
                code=block.code,
                page_line=page_line,
                origins=where,
                expected_output=block.expected_output,
                ignore_whitespace=block.expected_output_ignore_whitespace,
                importorskip=block.importorskip,
                marks=list(block.marks),
            )
        )
    return blocks


def _fences(lines: list[str]) -> list[_Fence]:
    """The fences of expanded text, their bodies dedented as extracted."""
    fences: list[_Fence] = []
    opened: tuple[int, int] | None = None  # indent and number of ticks
    for number, line in enumerate(lines, start=1):
        match = FENCE.match(line)
        if opened is None:
            if match and match["ticks"][0] == "`":
                opened = len(match["indent"]), len(match["ticks"])
                fences.append(_Fence(line=number, body=[]))
        elif line.lstrip().startswith("`" * opened[1]):
            opened = None
        else:
            cut = min(opened[0], len(line) - len(line.lstrip()))
            fences[-1].body.append(line[cut:])
    return fences


def _page_line(origins: list[Origin], expanded_line: int) -> int:
    """The line of the page that holds a fence of the expanded text."""
    return origins[expanded_line - 1].line


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


def shown_code(text: str, root: Path) -> list[str]:
    """Code blocks that the site shows, in order, as a reader copies them."""
    settings = site_extensions(root)
    named = {"pygments_lang_class": True}  # the HTML says the language
    highlight = {**settings.get("pymdownx.highlight", {}), **named}
    converter = markdown.Markdown(
        extensions=list(settings),
        extension_configs={**settings, "pymdownx.highlight": highlight},
    )
    parser = _ShownCode()
    parser.feed(converter.convert(text))
    return parser.shown


def _check_nothing_left_out(
    blocks: list[Block],
    text: str,
    lines: list[str],
    origins: list[Origin],
    name: str,
    root: Path,
) -> None:
    """Compare what the site shows with what will run."""
    runs = "\n".join(block.code for block in blocks)
    squeezed_runs = re.sub(r"\s+", " ", runs)
    for shown in shown_code(text, root):
        if re.sub(r"\s+", " ", shown).strip() in squeezed_runs:
            continue
        first = shown.strip().partition("\n")[0]
        hits = (
            o for line, o in zip(lines, origins, strict=True) if first in line
        )
        raise PageError(
            f"{next(hits, name)}: the site shows a code block beginning with "
            f"{first!r} that would not be run. Write it as a fence that "
            f"begins with ```python, ```sh or ```bash; a `cont` comment joins "
            f"it to the fence before, whatever that is."
        )

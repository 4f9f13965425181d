"""Snippets: the marked sections of a script, and what code is, for a digest."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from . import comments
from .record import digest

SECTION = re.compile(
    r"^\s*# --8<-- \[(?P<edge>start|end):(?P<name>[\w-]+)\]\s*$"
)


@lru_cache(maxsize=256)
def sections(text: str) -> dict[str, tuple[int, str]]:
    """Marked sections of a script: name -> its first line, from 1, and text.

    The text is dedented, as the site shows it. Nobody changes the result.
    """
    found: dict[str, tuple[int, str]] = {}
    name = ""
    start = 0
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        edge = SECTION.match(line)
        if edge and edge["edge"] == "start":
            name, start = edge["name"], number + 1
        elif edge and name == edge["name"]:
            body = "\n".join(lines[start - 1 : number - 1])
            found[name] = start, textwrap.dedent(body) + "\n"
            name = ""
    return found


def included(target: str, root: Path) -> tuple[str, int, str] | None:
    """What an include brings in: path, first line and text.

    `target` is a path, or a path and a section. None if there is none.
    """
    path, _, section = target.partition(":")
    file = root / path
    if not file.is_file():
        return None
    about = file.stat()
    text = _text(file, about.st_mtime_ns, about.st_size, about.st_ino)
    if not section:
        return path, 1, text
    found = sections(text).get(section)
    return (path, *found) if found else None


@lru_cache(maxsize=1024)  # gates ask for the same code again and again
def code_digest(code: str, language: str = "python") -> str:
    """Digest of what code does: blank lines and comments do not count.

    >>> code_digest("a = 1  # one\\n") == code_digest("# first\\na = 1\\n")
    True
    """
    lines = comments.without(code, language).splitlines()
    return digest("\n".join(line.rstrip() for line in lines if line.strip()))


@lru_cache(maxsize=256)  # a page includes a script section by section
def _text(file: Path, *written: int) -> str:
    """The text of a file, which is read again when it was written again."""
    return file.read_text(encoding="utf-8")


def imported_modules(code: Iterable[str]) -> set[str]:
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

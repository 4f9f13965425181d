"""What cannot be read as it is meant: told first, and nothing else with it.

All gates may trust what this one has read. Each would see a damaged file in a
way of its own, and one fault would be told many times.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from docs.hooks import accounts, glossary, results
from docs.hooks.labels import LABELS
from docs.hooks.tables import LOADER, Fault
from tests.harness import comments, lesson, page

from .finding import Finding

REQUIRED = (
    *("mkdocs.yml", "requirements.txt", "pyproject.toml", "docs/names.yml"),
    *(accounts.FACTS, glossary.TABLE, results.TABLE),
    *(comments.TABLE.as_posix(), LABELS.as_posix()),
)
FILES = ("*.*", "docs/*.*", "docs/[!h]*/**/*.*", "snippets/**/*.*")
FILES += ("tests/lessons/*.*",)
KINDS = {".json": "JSON", ".toml": "TOML", ".yml": "YAML", ".py": "Python"}
TEXT = {*KINDS, ".css", ".html", ".js", ".md", ".sh", ".svg", ".txt", ".xml"}
NO_VALUE = (OSError, ValueError, SyntaxError, yaml.YAMLError, RecursionError)

SHAPES: dict[str, tuple[type, type]] = {  # of a file, and of what it holds
    **dict.fromkeys(("docs/comments.yml", "docs/labels.yml"), (dict, str)),
    **dict.fromkeys(("docs/facts.yml", "docs/terms.yml"), (dict, object)),
    **dict.fromkeys(("docs/results.yml", "mkdocs*.yml"), (dict, object)),
    "docs/answers.yml": (dict, object),
    **dict.fromkeys(("metrics.json", "reviews/*.json"), (dict, dict)),
    **dict.fromkeys(("benchmarks.json", "docs/names.yml"), (dict, dict)),
    **{"evidence.json": (dict, object), "backends.json": (list, dict)},
}
DATED = {"date", "device", "code", "files"}  # of evidence


def problems(root: Path) -> Iterator[Finding]:
    """Files that cannot be read, or not as they are meant."""
    paths = {path for each in FILES for path in root.glob(each)}
    found = [
        Finding(path.relative_to(root).as_posix(), *fault)
        for path in sorted(paths | {root / name for name in REQUIRED})
        if path.suffix in TEXT
        for fault in _faults(path)
    ]
    yield from found or (*_pages(root), *_lessons(root))


def _faults(path: Path) -> Iterator[Fault]:
    """Why a file is no text, or none of its kind, or of another shape."""
    kind = KINDS.get(path.suffix, "text")
    do = "correct it, or restore it from Git: git checkout -- file"
    try:
        value = _parsed(kind, path.read_bytes())
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        what = f"not UTF-8: byte {error.object[error.start]:#x}"
        yield line, what, "a text file in UTF-8", "save it as UTF-8"
    except NO_VALUE as error:
        why = getattr(error, "problem", getattr(error, "strerror", None))
        what = f"no {kind}: {why or error}"
        yield _line(error), what, f"{kind} that can be read", do
    else:
        if kind == "YAML" and value is None:
            yield 1, "nothing stands in this file", "its entries", do
        for pattern, (outer, inner) in SHAPES.items():
            keys = DATED if value and pattern == "evidence.json" else set()
            if path.match(pattern) and not _fits(value, outer, inner, keys):
                what = f"this {kind} is of another form than is expected here"
                yield 1, what, "entries like those of the files beside it", do


def _fits(value: Any, outer: type, inner: type, keys: set[str]) -> bool:
    if not isinstance(value, outer):
        return False
    parts = value.values() if isinstance(value, dict) else value
    known = all(key in value for key in keys)
    return known and all(isinstance(part, inner) for part in parts)


@lru_cache(maxsize=1024)  # tests look at many copies of the site
def _parsed(kind: str, content: bytes) -> Any:
    text = content.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("the file begins with a byte order mark")
    if "\0" in text:
        raise ValueError("it holds the character 0, as no text does")
    return PARSERS[kind](text)


class Loader(LOADER):  # type: ignore[misc, valid-type]
    """Reads any tag, such as !ENV in mkdocs.yml, as nothing."""


Loader.add_multi_constructor("!", lambda *_: None)


@lru_cache(maxsize=256)
def python(text: str) -> ast.Module:
    """The syntax tree of a text, whatever it would warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


PARSERS: dict[str, Callable[[str], Any]] = {
    **{"text": str, "JSON": json.loads, "TOML": tomllib.loads},
    **{"YAML": lambda text: yaml.load(text, Loader), "Python": python},
}


def _line(error: Any) -> int:
    """The line that a parser complains about."""
    if mark := getattr(error, "problem_mark", None):
        return mark.line + 1
    named = re.search(r"at line (\d+)", str(error))
    return getattr(error, "lineno", None) or int(named[1] if named else 1)


def _pages(root: Path) -> Iterator[Finding]:
    """Tables and pages of which an entry, a fence or a comment goes wrong."""
    _, facts = accounts.Sources(root, {}).table
    _, terms = glossary.read(root)
    yield from (Finding(accounts.FACTS, *fault) for fault in facts)
    yield from (Finding(glossary.TABLE, *fault) for fault in terms)
    for language in glossary.LANGUAGES:
        for file in page.files(root, language):
            where = file.relative_to(root).as_posix()
            if file.parent.name != language:
                folder = where.partition(f"/{language}/")[0]
                expected = f"{folder}/{language}/{file.name}"
                what = "a page in a folder of its own"
                yield Finding(where, 1, what, expected, "move it there")
            for fault in page.read(file, root).faults:
                yield Finding(where, *fault, "correct it here first")


def _lessons(root: Path) -> Iterator[Finding]:
    """Names that no lesson can have, and settings that it has not."""
    snippets = root / "snippets"
    for script in sorted(snippets.glob("*.py")):
        if why := lesson.misnamed(script.stem):
            what = f"no lesson can be named {script.stem!r}: {why}"
            expected = f"another name, such as {script.stem}_lesson"
            where, do = f"snippets/{script.name}", "rename its files"
            yield Finding(where, 1, what, expected, do)
    for settings in sorted(snippets.rglob("*.toml")):
        name = settings.relative_to(snippets).with_suffix("").as_posix()
        try:
            lesson.read_lesson(root, name)
        except lesson.LessonError as error:
            where, do = f"snippets/{name}.toml", "correct the entry"
            expected = "the entries that tests/harness/lesson.py lists"
            yield Finding(where, 1, str(error), expected, do)

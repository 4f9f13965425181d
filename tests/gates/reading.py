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
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from docs.hooks import accounts, glossary
from docs.hooks.labels import LABELS
from docs.hooks.tables import LOADER, Fault
from tests.harness import lesson, page

from .finding import Finding

REQUIRED = (
    *("mkdocs.yml", "requirements.txt", "pyproject.toml", "docs/names.yml"),
    *(accounts.FACTS, glossary.TABLE, LABELS.as_posix()),
)
FILES = ("*.*", "docs/*.*", "docs/[!h]*/**/*.*", "snippets/**/*.*")
FILES += ("tests/lessons/*.*",)
KINDS = {".json": "JSON", ".toml": "TOML", ".yml": "YAML", ".py": "Python"}
TEXT = {*KINDS, ".css", ".html", ".js", ".md", ".sh", ".svg", ".txt", ".xml"}
NO_VALUE = (OSError, ValueError, SyntaxError, yaml.YAMLError, RecursionError)

# A type, [shape], {str: shape} or shapes by name; those with a ? may lack.
Shape = Any
NUMBER, VALUE, TOLD = (int, float), (int, float, list), {str: str}
RUN = {"date": str, "device": str, "python": str, "versions": TOLD}
RUN |= {"system": str, "code": [[str]]}
SHAPES: dict[str, Shape] = {  # of files, by their name
    "mkdocs*.yml": dict,
    "docs/labels.yml": dict,
    "docs/names.yml": {str: dict},
    "snippets/*.toml": {
        **{"time_limit?": NUMBER, "seeds?": int, "data?": [str]},
        **{"metrics?": {str: TOLD}, "varies?": TOLD, "again?": TOLD},
    },
    "metrics.json": {
        str: {"page?": VALUE, "mean?": VALUE, "sd?": VALUE, "seeds?": list}
    },
    "evidence.json": {**RUN, "modules?": TOLD, "data": TOLD, "files": TOLD},
    "backends.json": [{**RUN, "backend": str}],
    "benchmarks.json": {str: dict},
    "reviews/*.json": {str: TOLD},
}


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
        for pattern, shape in SHAPES.items() if kind != "text" else ():
            place = path.match(pattern) and misfit(value, shape)
            if place:
                what = f"{place} is missing, or not of the kind expected there"
                yield 1, what, "entries like those of the files beside it", do


@lru_cache(maxsize=1024)  # tests look at many copies of the site
def _parsed(kind: str, content: bytes) -> Any:
    text = content.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("the file begins with a byte order mark")
    match kind:
        case "JSON":
            return json.loads(text)
        case "TOML":
            return tomllib.loads(text)
        case "YAML":
            return yaml.load(text, Loader)
        case "Python":
            return python(text)
    return text


class Loader(LOADER):  # type: ignore[misc, valid-type]
    """Reads any tag, such as !ENV in mkdocs.yml, as nothing."""


Loader.add_multi_constructor("!", lambda *_: None)


@lru_cache(maxsize=256)
def python(text: str) -> ast.Module:
    """The syntax tree of a text, whatever it would warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def misfit(value: Any, shape: Shape, place: str = "the whole file") -> str:
    """Where a value is not of a shape; "" if it is.

    >>> misfit({"date": "today"}, {"date": str, "seeds?": int})
    ''
    >>> misfit({"seeds": "five"}, {"date": str, "seeds?": int})
    'date'
    """
    if not isinstance(shape, list | dict):
        return "" if isinstance(value, shape) else place
    if not isinstance(value, type(shape)):
        return place
    if isinstance(shape, list):
        parts = [(str(n), each, shape[0]) for n, each in enumerate(value)]
    elif str in shape:
        parts = [(str(key), each, shape[str]) for key, each in value.items()]
    else:
        parts = [
            (name, value.get(name), part)
            for key, part in shape.items()
            if (name := key.rstrip("?")) in value or name == key
        ]
    found = (misfit(each, part, name) for name, each, part in parts)
    return next(filter(None, found), "")


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

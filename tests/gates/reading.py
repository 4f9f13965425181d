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
from pathlib import Path
from typing import Any

import yaml

from docs.hooks import accounts, glossary, tables
from docs.hooks.labels import LABELS
from tests.harness import lesson, page

from .finding import Finding

REQUIRED = (
    *("mkdocs.yml", "requirements.txt", "pyproject.toml"),
    *(accounts.FACTS, glossary.TABLE, LABELS.as_posix()),
)
FILES = ("*.*", "docs/**/*.*", "snippets/**/*.*", "tests/**/*_*.py")
TEXT = {*("css", "html", "js", "json", "md", "py", "sh", "svg", "toml"), "yml"}
TEXT |= {"cff", "in", "txt", "xml"}

# A type, [shape], {str: shape} or shapes by name; those with a ? may lack.
Shape = Any
NUMBER, VALUE, TOLD = (int, float), (int, float, list), {str: str}
RUN = {"date": str, "device": str, "python": str, "versions": TOLD}
RUN |= {"system": str, "code": [[str]]}
SHAPES: dict[str, Shape] = {  # of files, by their name
    "mkdocs*.yml": dict,
    "docs/labels.yml": dict,
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
    for name in REQUIRED:
        if not (root / name).is_file():
            what, expected = "this file is missing", "a file for all checks"
            yield Finding(name, 1, what, expected, _restore(name))
    damaged = False
    for path in sorted({p for each in FILES for p in root.glob(each)}):
        if path.suffix[1:] in TEXT and path.is_file():
            where = path.relative_to(root).as_posix()
            for fault in _faults(path, where):
                damaged = True
                yield Finding(where, *fault)
    if not damaged:
        yield from _pages(root)
        yield from _lessons(root)


def _faults(path: Path, where: str) -> Iterator[tables.Fault]:
    """Why a file is no text, or none of its kind, or of another shape."""
    kind, parse = PARSERS.get(path.suffix, ("text", str))
    content = b""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
        if text.startswith("\ufeff"):
            what = "the file begins with a byte order mark"
            yield 1, what, "UTF-8 without such a mark", "save it without"
            return
        value = parse(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8: byte {content[error.start]:#x}"
        yield line, what, "a text file in UTF-8", "save it as UTF-8"
    except NO_VALUE as error:
        what = f"no {kind}: {getattr(error, 'problem', None) or error}"
        expected, do = f"{kind} that can be read", "correct this line"
        yield _line(error), what, expected, f"{do}, or {_restore(where)}"
    else:
        for pattern, shape in SHAPES.items():
            place = path.match(pattern) and misfit(value, shape)
            if place:
                what = f"{place} is not of the kind that is expected there"
                expected = "entries like those of the files beside it"
                yield 1, what, expected, _restore(where)


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
        parts = [(key, each, shape[str]) for key, each in value.items()]
    else:
        parts = [
            (name, value.get(name), part)
            for key, part in shape.items()
            if (name := key.rstrip("?")) in value or name == key
        ]
    found = (misfit(each, part, name) for name, each, part in parts)
    return next(filter(None, found), "")


def _python(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(text)


def _yaml(text: str) -> type:
    """What a YAML file holds; how its tags are read is for others to say."""
    node = yaml.compose(text, Loader=tables.LOADER)
    return {"mapping": {}, "sequence": []}.get(getattr(node, "id", ""), "")


PARSERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    ".json": ("JSON", json.loads),
    ".toml": ("TOML", tomllib.loads),
    ".yml": ("YAML", _yaml),
    ".py": ("Python", _python),
}
NO_VALUE = (OSError, ValueError, SyntaxError, yaml.YAMLError, RecursionError)


def _line(error: Any) -> int:
    """The line that a parser complains about."""
    mark = getattr(error, "problem_mark", None)
    if mark:
        return mark.line + 1
    named = re.search(r"at line (\d+)", str(error))
    return getattr(error, "lineno", None) or int(named[1] if named else 1)


def _restore(name: str) -> str:
    return f"restore it from Git: git checkout -- {name}"


def _pages(root: Path) -> Iterator[Finding]:
    """Tables and pages of which an entry, a fence or a comment goes wrong."""
    facts = accounts.Sources(root, {}).table[1]
    for path, faults in (
        (accounts.FACTS, facts),
        (glossary.TABLE, glossary.read(root)[1]),
    ):
        yield from (Finding(path, *fault) for fault in faults)
    for language in glossary.LANGUAGES:
        for file in page.files(root, language):
            where = file.relative_to(root).as_posix()
            if file.parent.name != language:
                folder = where[: where.index(f"/{language}/")]
                what = "a page in a folder of its own"
                expected = f"{folder}/{language}/{file.name}"
                yield Finding(where, 1, what, expected, "move it there")
                continue
            for fault in page.read(file, root).faults:
                yield Finding(where, *fault, "correct it here first")


def _lessons(root: Path) -> Iterator[Finding]:
    """Names that no lesson can have, and settings that it has not."""
    snippets = root / "snippets"
    for script in sorted(snippets.glob("*.py")):
        if why := lesson.misnamed(script.stem):
            what = f"no lesson can be named {script.stem!r}: {why}"
            expected = f"another name, such as {script.stem}_lesson"
            do = "rename its files"
            yield Finding(f"snippets/{script.name}", 1, what, expected, do)
    for settings in sorted(snippets.rglob("*.toml")):
        name = settings.relative_to(snippets).with_suffix("").as_posix()
        try:
            lesson.read_lesson(root, name)
        except lesson.LessonError as error:
            expected = "the entries that tests/harness/lesson.py lists"
            where, do = f"snippets/{name}.toml", "correct the entry"
            yield Finding(where, 1, str(error), expected, do)

"""Modules of JavaScript as one classic script, which needs no server.

A browser loads no module from a file, `file:///…/index.html`, and asks a server
once for each. Here all that a module imports goes into one script, each module
in a function of its own. Modules are written plainly: what this does not know,
it refuses, and says what to write instead.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pygments.lexers import JavascriptLexer
from pygments.token import Comment, String, Token

IMPORT = re.compile(
    r"import\s*(?:(?:\*\s*as\s+(?P<all>\w+)|\{(?P<names>[^}]*)\})\s*from\s*)?"
    r'"(?P<path>\.{1,2}/[\w./-]+\.js)"\s*;'
)
DECLARED = re.compile(
    r"export\s+(?=(?:async\s+)?function\b|class\b|const\s+\w)"
    r"(?:(?:async\s+)?function\s*\*?|class|const)\s+(?P<name>\w+)"
)
LISTED = re.compile(r"export\s*\{(?P<names>[^}]*)\}\s*;")
META_URL = "$meta.url"  # what stands for the next
META = re.compile(r"import\s*\.\s*meta\s*\.\s*url")
WORD = re.compile(r"(?<![\w$.])(?:import|export|await)(?![\w$]|\s*:)")
NAME = re.compile(r"(?P<old>\w+)(?:\s+as\s+(?P<new>\w+))?")
HEAD = '(() => {\n"use strict";\nconst modules = {};\n'
EXPECTED = (
    'Expected: `import { a, b as c } from "./other.js";`, `import * as all '
    'from "./other.js";`, `export` before a function, a class or one const, '
    "`export { a, b as c };`, and await inside of functions"
)


class Refused(ValueError):
    """A module that is written in a way that this does not know."""


@dataclass(frozen=True)
class Module:
    """A module as the body of a function.

    Attributes:
        code: without what only modules may have.
        imports: the modules that it needs, and the names that it takes of each.
        exports: what it gives away, by the name that others use.
    """

    code: str
    imports: dict[str, list[str]]
    exports: dict[str, str]


def script(folder: Path, entries: Sequence[str]) -> str:
    """One classic script for some modules and all that they import.

    What the entries export is in `globalThis.widgets` afterwards, by their
    names: `widgets.playground.start`.

    Args:
        folder: that holds the modules. The script must be put there, too, or
            `import.meta.url` would be wrong.
        entries: names of modules there, without `.js`.

    Raises:
        Refused: for what it does not know; the message says what and where.
    """
    done: dict[str, Module] = {}
    for entry in entries:
        _collect(folder, f"{entry}.js", done, ())
    parts = [HEAD]
    if any(META_URL in module.code for module in done.values()):
        parts.append("const here = document.currentScript.src;\n")
    parts += [_as_function(name, module) for name, module in done.items()]
    shown = ", ".join(f'"{each}": modules["{each}.js"]' for each in entries)
    parts.append(f"globalThis.widgets = {{ ...globalThis.widgets, {shown} }};")
    return "".join(parts) + "\n})();\n"


def files(folder: Path) -> str:
    """A script with all files below a folder, which widgets read from it."""
    found = {
        path.relative_to(folder).as_posix(): base64.b64encode(
            path.read_bytes()
        ).decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return f"globalThis.widgetFiles = {json.dumps(found, indent=0)};\n"


def _as_function(name: str, module: Module) -> str:
    given = ", ".join(f"{new}: {old}" for new, old in module.exports.items())
    has_url = META_URL in module.code
    meta = META_URL.partition(".")[0] if has_url else ""
    url = f'{{ url: new URL("{name}", here).href }}' if has_url else ""
    return (
        f'modules["{name}"] = (({meta}) => {{\n{module.code.strip()}\n'
        f"return {{ {given} }};\n}})({url});\n"
    )


def _collect(
    folder: Path, name: str, done: dict[str, Module], above: tuple[str, ...]
) -> None:
    """Read a module after those that it imports."""
    if name in above:
        chain = " → ".join((*above[above.index(name) :], name))
        raise Refused(
            f"{folder / name}: modules import each other: {chain}. Expected: "
            f"none that needs itself. Move what both need into a third."
        )
    if name in done:
        return
    path = folder / name
    if not path.is_file():
        by = f"{folder / above[-1]} imports it" if above else "nothing is there"
        raise Refused(f"{path}: there is no such module; {by}.")
    module = read(path.read_text(encoding="utf-8"), name, path)
    for other, names in module.imports.items():
        _collect(folder, other, done, (*above, name))
        if lacking := [n for n in names if n not in done[other].exports]:
            raise Refused(
                f"{path}: it imports {lacking[0]!r} from {other}, which gives "
                f"{', '.join(done[other].exports) or 'nothing'}. {EXPECTED}."
            )
    done[name] = module


def read(text: str, name: str, path: Path) -> Module:
    """Turn the text of one module.

    Args:
        text: of the module.
        name: of its file below the folder of all; imports are relative to it.
        path: of the file, for messages.
    """
    plain = _without_strings(text)
    imports: dict[str, list[str]] = {}
    exports: dict[str, str] = {}
    kept, end = [], 0
    for found in WORD.finditer(plain):
        if found.start() < end or _is_inside(found, plain):
            continue
        kept.append(text[end : found.start()])
        new, end = _turned(text, found.start(), name, imports, exports)
        if end == found.start():
            line = text.count("\n", 0, end) + 1
            shown = text.splitlines()[line - 1].strip()
            raise Refused(
                f"{path}:{line}: no way is known to put this into a classic "
                f"script: {shown}. {EXPECTED}."
            )
        kept.append(new)
    return Module("".join(kept) + text[end:], imports, exports)


def _is_inside(found: re.Match[str], plain: str) -> bool:
    """Whether it is an `await` in a function."""
    before = plain[: found.start()]
    return found[0] == "await" and before.count("{") > before.count("}")


def _turned(
    text: str,
    start: int,
    name: str,
    imports: dict[str, list[str]],
    exports: dict[str, str],
) -> tuple[str, int]:
    """What stands for a statement, and where it ends; its start if unknown."""
    if found := META.match(text, start):
        return META_URL, found.end()
    if found := IMPORT.match(text, start):
        below = posixpath.join(posixpath.dirname(name), found["path"])
        other = posixpath.normpath(below)
        pairs = [*_names(found["names"] or "")]
        imports.setdefault(other, []).extend(old for old, _ in pairs)
        taken = ", ".join(f"{old}: {new}" for old, new in pairs)
        into = found["all"] or f"{{ {taken} }}"
        is_used = found["all"] or pairs
        new = f'const {into} = modules["{other}"];' if is_used else ""
        return new, found.end()
    if found := LISTED.match(text, start):
        exports.update((new, old) for old, new in _names(found["names"]))
        return "", found.end()
    if found := DECLARED.match(text, start):
        exports[found["name"]] = found["name"]
        return found[0].removeprefix("export").lstrip(), found.end()
    return "", start


def _names(listed: str) -> Iterator[tuple[str, str]]:
    for each in filter(None, map(str.strip, listed.split(","))):
        if not (found := NAME.fullmatch(each)):
            raise Refused(f"{each!r} in braces is no name. {EXPECTED}.")
        yield found["old"], found["new"] or found["old"]


def _without_strings(text: str) -> str:
    """The text with blanks for strings, comments and regular expressions."""
    parts = []
    for _, kind, value in JavascriptLexer(
        ensurenl=False, stripnl=False
    ).get_tokens_unprocessed(text):
        is_text = kind in Comment or kind in String or kind is Token.Error
        if is_text and kind is not String.Interpol:
            value = re.sub(r"[^\n]", " ", value)
        parts.append(value)
    return "".join(parts)

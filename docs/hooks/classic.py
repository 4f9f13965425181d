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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pygments.lexers import JavascriptLexer
from pygments.token import Comment, String, Token

STATEMENT = re.compile(
    r"import\s*\{(?P<names>(?:\s*\w+\s*(?:,|(?=\})))+)\s*\}\s*from\s*"
    r'"(?P<path>\.{1,2}/[\w./-]+\.js)"\s*;'
    r"|export\s+(?P<declared>(?:(?:async\s+)?function|const)\s+(?P<name>\w+))"
    r"|import\.meta\.url"
)
META_URL = "$meta.url"  # what stands for the last of these
WORD = re.compile(r"(?<![\w$.])(?:import|export|await)(?![\w$]|\s*:)")
HEAD = '(() => {\n"use strict";\nconst modules = {};\n'
EXPECTED = (
    'Expected: `import { a, b } from "./other.js";`, `export` before a '
    "function or one const, import.meta.url, and await inside of functions"
)


class Refused(ValueError):
    """A module that is written in a way that this does not know."""


@dataclass
class Module:
    """A module as the body of a function.

    Attributes:
        code: without what only modules may have.
        imports: the modules that it needs, and the names that it takes of each.
        exports: the names that it gives away.
    """

    code: str = ""
    imports: dict[str, list[str]] = field(default_factory=dict)
    exports: list[str] = field(default_factory=list)


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
    has_url = META_URL in module.code
    meta = META_URL.partition(".")[0] if has_url else ""
    url = f'{{ url: new URL("{name}", here).href }}' if has_url else ""
    return (
        f'modules["{name}"] = (({meta}) => {{\n{module.code.strip()}\n'
        f"return {{ {_pairs(module.exports)} }};\n}})({url});\n"
    )


def _pairs(names: Sequence[str]) -> str:
    return ", ".join(f"{name}: {name}" for name in names)


def _collect(
    folder: Path, name: str, done: dict[str, Module], above: tuple[str, ...]
) -> None:
    """Read a module after those that it imports."""
    path, chain = folder / name, (*above, name)
    if name in above:
        raise Refused(
            f"{path}: modules import each other: {' → '.join(chain)}. "
            f"Expected: none that needs itself. Move what both need into a "
            f"third."
        )
    if name in done:
        return
    if not path.is_file():
        by = f"{folder / above[-1]} imports it" if above else "nothing is there"
        raise Refused(f"{path}: there is no such module; {by}.")
    module = read(path, name)
    for other, names in module.imports.items():
        _collect(folder, other, done, chain)
        if lacking := [n for n in names if n not in done[other].exports]:
            raise Refused(
                f"{path}: it imports {lacking[0]!r} from {other}, which gives "
                f"{', '.join(done[other].exports) or 'nothing'}. {EXPECTED}."
            )
    done[name] = module


def read(path: Path, name: str) -> Module:
    """Turn one module; `name` is its path below the folder of all."""
    text = path.read_text(encoding="utf-8")
    plain, module, end = _without_strings(text), Module(), 0
    for word in WORD.finditer(plain):
        before = plain[: word.start()]
        is_inside = before.count("{") > before.count("}")
        if word.start() < end or (word[0] == "await" and is_inside):
            continue
        found = STATEMENT.match(text, word.start())
        if not found:
            line = text.count("\n", 0, word.start()) + 1
            raise Refused(
                f"{path}:{line}: no way is known to put this into a classic "
                f"script: {text.splitlines()[line - 1].strip()}. {EXPECTED}."
            )
        new = META_URL
        if found["path"]:
            below = posixpath.join(posixpath.dirname(name), found["path"])
            other = posixpath.normpath(below)
            names = re.findall(r"\w+", found["names"])
            module.imports.setdefault(other, []).extend(names)
            new = f'const {{ {_pairs(names)} }} = modules["{other}"];'
        elif found["name"]:
            module.exports.append(found["name"])
            new = found["declared"]
        module.code += text[end : word.start()] + new
        end = found.end()
    module.code += text[end:]
    return module


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

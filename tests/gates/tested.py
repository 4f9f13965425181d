"""What a test reads: its source, and that of the helpers that it calls."""

from __future__ import annotations

import ast

from docs.hooks.numerals import NAME


def texts(source: str) -> dict[str, str]:
    """The tests of a file, each with all of the file that it uses."""
    lines = source.split("\n")
    defined: dict[str, str] = {}
    for node in ast.parse(source).body:
        first = min(each.lineno for each in [node, *_decorators(node)])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        defined |= dict.fromkeys(_names(node), text)
    tests = [name for name in defined if name.startswith("test_")]
    return {name: _with_used(name, defined) for name in tests}


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])


def _names(node: ast.stmt) -> list[str]:
    """The names that a statement defines: of a function, or of constants."""
    targets = [n for n in getattr(node, "targets", []) if hasattr(n, "id")]
    return [node.name] if hasattr(node, "name") else [n.id for n in targets]


def _with_used(name: str, defined: dict[str, str]) -> str:
    used = {name: defined[name]}
    waiting = [name]
    while waiting:
        for each in set(NAME.findall(used[waiting.pop()])) & defined.keys():
            if each not in used:
                used[each] = defined[each]
                waiting.append(each)
    return "\n".join(used.values())

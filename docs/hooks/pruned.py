"""A style sheet without what no page uses.

mkdocs-jupyter brings the styles of all of JupyterLab, 570 kB. A rule stays if
elements of all classes that its selector names are in the pages; of the
variables, those that are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache
from typing import Any

import tinycss2

CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
READ = re.compile(r"var\(\s*(--[\w-]+)")
CONDITIONS = {"media", "supports"}
_parse = {"skip_comments": True, "skip_whitespace": True}


def used(css: str, classes: Set[str]) -> str:
    """The rules of a style sheet that concern elements of some classes."""
    kept = [*_rules(_parsed(css), classes)]
    before = 0
    while before != (before := sum(map(len, kept))):
        read = {*READ.findall("".join(kept))}
        kept = [_with_variables(rule, read) for rule in kept]
    return "\n".join(filter(None, kept)) + "\n"


def rules(css: str, classes: Set[str]) -> str:
    """The same, but with all variables, fonts, motions and nested rules."""
    kept = []
    for node in _parsed(css):
        if node.type == "at-rule" and node.lower_at_keyword not in CONDITIONS:
            kept.append(tinycss2.serialize([node]))
        else:
            kept += _rules([node], classes)
    return "\n".join(kept) + "\n"


@cache  # both languages have the same
def _parsed(css: str) -> list[Any]:
    return tinycss2.parse_stylesheet(css, **_parse)


def _rules(nodes: list[Any], classes: Set[str]) -> Iterator[str]:
    for node in nodes:
        if node.type == "qualified-rule":
            known = [
                tinycss2.serialize(each)
                for each in _selectors(node.prelude)
                if classes.issuperset(CLASS.findall(_outside(each)))
            ]
            if known:
                yield f"{','.join(known)}{{{tinycss2.serialize(node.content)}}}"
        elif node.type == "at-rule" and node.lower_at_keyword in CONDITIONS:
            inner = tinycss2.parse_rule_list(node.content, **_parse)
            if rules := [*_rules(inner, classes)]:
                condition = tinycss2.serialize(node.prelude)
                yield f"@{node.at_keyword}{condition}{{{''.join(rules)}}}"


def _selectors(prelude: list[Any]) -> list[list[Any]]:
    """The parts between commas."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _outside(selector: list[Any]) -> str:
    """A selector without what stands in parentheses, such as `:not(.a)`."""
    return tinycss2.serialize([x for x in selector if x.type != "function"])


def _with_variables(rule: str, read: Set[str]) -> str:
    """A rule that sets, of all variables, only those that are read."""
    if rule.startswith("@"):
        return rule
    selector, _, content = rule.removesuffix("}").partition("{")
    kept = [
        tinycss2.serialize([each])
        for each in tinycss2.parse_declaration_list(content, **_parse)
        if each.type == "declaration"
        and (not each.name.startswith("--") or each.name in read)
    ]
    return f"{selector}{{{';'.join(kept)}}}" if kept else ""

"""What the tests that pages name read: a number they settle has to be there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from docs.hooks.accounts import annotated, stands_in
from docs.hooks.numerals import NAME, numerals
from tests.harness.block import Page
from tests.harness.record import Record, drawing_name

from . import reading
from .finding import Finding

if TYPE_CHECKING:
    from .site import Site


def faults(site: Site, page: Page) -> Iterator[Finding]:
    """Tests that are not there, or have not the numbers they should settle."""
    for annotation in annotated(page, "tested"):
        file, _, name = annotation.text.partition("::")
        test = site.tests(file).get(name)
        missing = [
            numeral.text
            for numeral in numerals(annotation.subject)
            if test and not stands_in(numeral, _read_by(site, file, test))
        ]
        what, do = "", "write the test, or correct its name"
        if test is None:
            what = f"there is no test {annotation.text}"
            expected = "file::function of a test below tests/"
        elif missing:
            what = f"the test {name} has no {', '.join(missing)}"
            expected = "them in the test, or in a section's code or output"
            do = "correct the number here and below, or let the test say it"
        if what:
            yield Finding(page.path, annotation.line, what, expected, do)


@cache  # many sentences name the same test
def names(test: str) -> frozenset[str]:
    """Names that stand in a test: it may settle what is said of a metric."""
    return frozenset(NAME.findall(test))


@cache
def said(test: str) -> frozenset[str]:
    """Names and constants that stand in a test."""
    return frozenset(
        str(getattr(node, "value", getattr(node, "id", "")))
        for node in ast.walk(reading.python(test))
        if isinstance(node, ast.Constant | ast.Name)
    )


def _read_by(site: Site, file: str, test: str) -> Iterator[str]:
    """A test, then code and outputs of the lesson that it names as strings."""
    yield test
    lesson = file.removeprefix("test_").removesuffix(".py")
    if lesson not in site.lessons:
        return
    sections = site.sections(f"snippets/{lesson}.py")
    records = Record(site.root, lesson), Record(site.root, drawing_name(lesson))
    named = set(re.findall(r"[\"'](\w+)[\"']", test))
    for name in named & sections.keys():
        yield sections[name][1]
        yield records[0].text(name) or ""
    for path in (r.figure_data_path(name) for name in named for r in records):
        if path.is_file():  # its words
            yield "\n".join(re.findall(r'"([^"]*)"', path.read_text("utf-8")))


def texts(source: str) -> dict[str, str]:
    """The tests of a file, each with all of the file that it uses."""
    lines = source.split("\n")
    defined: dict[str, str] = {}
    for node in reading.python(source).body:
        decorators = getattr(node, "decorator_list", [])
        first = min(each.lineno for each in [node, *decorators])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        targets = [node, *getattr(node, "targets", [])]
        named = [getattr(n, "name", getattr(n, "id", "")) for n in targets]
        defined |= dict.fromkeys(named, text)
    defined.pop("", None)
    tests = [name for name in defined if name.startswith("test_")]
    return {name: _with_used(name, defined) for name in tests}


def _with_used(name: str, defined: dict[str, str]) -> str:
    used = {name: defined[name]}
    waiting = [name]
    while waiting:
        for each in names(used[waiting.pop()]) & defined.keys():
            if each not in used:
                used[each] = defined[each]
                waiting.append(each)
    return "\n".join(used.values())

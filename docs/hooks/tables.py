"""Tables that authors keep in YAML, such as docs/terms.yml, with line numbers.

What is wrong with an entry is told, and the rest read: gates report the one,
and the site shows the other. A file that is no table ends both: the gate
`files` says why.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.harness.settings import LOADER

Fields = Mapping[str, type]
Fault = tuple[int, str, str, str]  # line, what, what was expected, what to do
LIKE_OTHERS = "write it like those around it"


@dataclass(frozen=True)
class Entry:
    """An entry of a table; `lines` has those of its fields, and "" its own."""

    name: str
    lines: Mapping[str, int]
    value: dict[str, Any]

    @property
    def line(self) -> int:
        return self.lines[""]


def read(
    path: Path, required: Fields, optional: Fields | None = None
) -> tuple[dict[str, Entry], list[Fault]]:
    """Entries of a table by name, and what is wrong with them.

    An entry without the required fields is left out. Other fields than these
    and the optional ones are left out too, if any optional ones are given.

    Raises:
        yaml.YAMLError, TypeError: the file is no YAML, or no table.
    """
    if not path.is_file():
        return {}, []
    with path.open(encoding="utf-8") as file:  # which an error names
        loader = LOADER(file)
        node = loader.get_single_node()
    faults: list[Fault] = []
    lines, found = _lines(node, faults), {}
    for key, value in loader.construct_document(node).items():
        entry = Entry(str(key), lines.get(str(key), {"": 1}), value)
        if isinstance(value, dict) and all(
            isinstance(value.get(field), kind)
            for field, kind in required.items()
        ):
            if optional is not None:
                wrong = list(_wrong_fields(entry, {**required, **optional}))
                faults += [fault for _, fault in wrong]
                for field, _ in wrong:
                    del value[field]
            found[entry.name] = entry
            continue
        wanted = ", ".join(f"{f}: {k.__name__}" for f, k in required.items())
        what = f"the entry {key!r} is incomplete"
        expected = f"{key}: {{{wanted}}}"
        faults.append((entry.line, what, expected, LIKE_OTHERS))
    return found, faults


def _lines(
    node: yaml.MappingNode, faults: list[Fault]
) -> dict[str, dict[str, int]]:
    """Where each entry and its fields stand; one that stands twice is told."""
    found: dict[str, dict[str, int]] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.value in found:
            what = f"the entry {key.value!r} stands twice"
            first = found[key.value][""]
            expected = f"one entry; the first is in line {first}"
            faults.append((line, what, expected, "make one of both"))
        found[key.value] = {"": line}
        if isinstance(value, yaml.MappingNode):
            fields = ((k.value, k.start_mark.line + 1) for k, _ in value.value)
            found[key.value].update(fields)
    return found


def _wrong_fields(entry: Entry, known: Fields) -> Iterator[tuple[str, Fault]]:
    for field, value in entry.value.items():
        kind = known.get(field)
        if kind and isinstance(value, kind):
            continue
        sort = "a wrong" if kind else "an unknown"
        what = f"the entry {entry.name!r} has {sort} field {field!r}"
        near = difflib.get_close_matches(str(field), known, n=1)
        expected = f"{field}: {kind.__name__}" if kind else ", ".join(near)
        line = entry.lines.get(str(field), entry.line)
        yield field, (line, what, expected or ", ".join(known), LIKE_OTHERS)

"""Read the table of what is planted, faults.yml, which explains its form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

# Gives a file's new text; None deletes the file.
Change = Callable[[str], str] | None

WILD = {"…": r"([^\n]*?)", "⋮": r"([\s\S]*?)"}


@dataclass(frozen=True)
class Planted:
    """What is planted at one time, and how it has to be reported.

    Attributes:
        told: the following, as the table puts it.
        gate: which gate has to name it; of a harmless edit, only what it is.
        where: the file that the message has to name.
        says: what it has to contain.
        edits: files, each with its change; one may be changed twice.
    """

    told: str
    gate: str
    where: str
    says: str
    edits: list[tuple[str, Change]]


def read(table: Path) -> dict[str, list[Planted]]:
    """The parts of the table, such as "faults", without their kinds."""
    parts = yaml.safe_load(table.read_text(encoding="utf-8"))
    files = parts.pop("files")
    kinds = parts["faults"].values()
    parts["faults"] = [fault for faults in kinds for fault in faults]
    return {
        part: [
            _planted(told, edits, files)
            for entry in entries
            for told, edits in entry.items()
        ]
        for part, entries in parts.items()
    }


def _planted(
    told: str, edits: dict[str, str | None], files: dict[str, str]
) -> Planted:
    def path(name: str) -> str:
        folder, slash, rest = name.partition("/")
        return files.get(folder, folder) + slash + rest

    by, _, says = told.partition(" says ")
    gate, _, where = by.partition(" at ")
    changes = [
        (path(name), text if text is None else _change(text))
        for key, text in edits.items()
        for name in (("zh", "en") if key == "both" else (key,))
    ]
    return Planted(told, gate, path(where) or changes[0][0], says, changes)


def _change(text: str) -> Change:
    """Replace the first place that fits, which has to be there; or add."""
    old, arrow, new = text.partition(" → ")
    pattern = "".join(WILD.get(sign) or re.escape(sign) for sign in old)

    def change(before: str) -> str:
        after, count = re.subn(pattern, new, before, count=1)
        assert count, f"nothing to change: {old!r}"
        return after

    return change if arrow else lambda before: before + text

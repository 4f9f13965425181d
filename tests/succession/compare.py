"""Name every difference between two builds of the site."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .content import KINDS, Content

KNOWN = Path(__file__).with_name("known.toml")
SITES = ("Material", "Zensical")
# Besides those of `content.KINDS`.
OTHER_KINDS = ("page", "notebook", "broken")


@dataclass(frozen=True, order=True)
class Difference:
    """One difference: what only one of both builds has.

    Args:
        page: the page's file, such as `en/convolution/index.html`.
        kind: `headings`, `code` and so on; `page` where there is no such
            page at all, `notebook` where that page is a notebook, `broken`
            where a link leads nowhere.
        only: the build that has it.
        what: the heading, the link ...; for code and outputs, all its lines.
    """

    page: str
    kind: str
    only: str
    what: str

    def __str__(self) -> str:
        what = " ⏎ ".join(self.what.splitlines()) or "(empty)"
        what = what if len(what) <= 120 else f"{what[:119]}…"
        return f"{self.page}: {self.kind}, only with {self.only}: {what}"


@dataclass(frozen=True)
class Known:
    """An entry of known.toml; `page` and `what` are patterns, as in a shell."""

    page: str
    kind: str
    only: str
    what: str
    reason: str

    def matches(self, found: Difference) -> bool:
        return (found.kind, found.only) == (self.kind, self.only) and all(
            # Square brackets mean themselves: pages are full of them.
            fnmatchcase(value, pattern.replace("[", "[[]"))
            for value, pattern in (
                (found.page, self.page),
                (found.what, self.what),
            )
        )


def read_known(path: Path = KNOWN) -> list[Known]:
    """The differences that are expected.

    Raises:
        ValueError: an entry is not as it should be.
    """
    with path.open("rb") as file:
        entries = tomllib.load(file).get("known", [])
    wanted = set(Known.__dataclass_fields__)
    for number, entry in enumerate(entries, start=1):
        problem = (
            f"it needs {', '.join(sorted(wanted))}, and has "
            f"{', '.join(sorted(entry)) or 'nothing'}"
            if set(entry) != wanted
            else f"its kind is none of {', '.join(KINDS + OTHER_KINDS)}"
            if entry["kind"] not in KINDS + OTHER_KINDS
            else f"`only` is none of {', '.join(SITES)}"
            if entry["only"] not in SITES
            else "its reason is empty"
            if not entry["reason"].strip()
            else ""
        )
        if problem:
            raise ValueError(f"{path.name}, entry {number}: {problem}.")
    return [Known(**entry) for entry in entries]


def differences(
    material: dict[str, Content], zensical: dict[str, Content]
) -> list[Difference]:
    """All differences between the pages of both builds."""
    found: list[Difference] = []
    for name in sorted({*material, *zensical}):
        one, other = material.get(name), zensical.get(name)
        if one and other:
            found += _page_differences(name, one, other)
        else:
            there = one or other
            kind = "notebook" if there.is_notebook else "page"
            title = there.head[1] if there.head else ""
            found.append(Difference(name, kind, SITES[one is None], title))
    return found


def broken(
    material: dict[str, set[str]], zensical: dict[str, set[str]]
) -> list[Difference]:
    """Links that lead nowhere in one build alone."""
    return [
        Difference(page, "broken", site, target)
        for site, own, others in (
            (SITES[0], material, zensical),
            (SITES[1], zensical, material),
        )
        for page, targets in own.items()
        for target in sorted(targets - others.get(page, set()))
    ]


def _page_differences(
    name: str, one: Content, other: Content
) -> Iterator[Difference]:
    for kind in KINDS:
        a, b = getattr(one, kind), getattr(other, kind)
        matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
        for tag, a1, a2, b1, b2 in matcher.get_opcodes():
            if tag != "equal":
                for site, items in zip(
                    SITES, (a[a1:a2], b[b1:b2]), strict=True
                ):
                    for item in items:
                        yield Difference(name, kind, site, item)


def sort_out(
    found: list[Difference], known: list[Known]
) -> tuple[list[Difference], dict[Known, list[Difference]]]:
    """Divide differences into new ones and those that each entry explains."""
    explained: dict[Known, list[Difference]] = {entry: [] for entry in known}
    new = []
    for difference in found:
        entry = next((k for k in known if k.matches(difference)), None)
        (new if entry is None else explained[entry]).append(difference)
    return new, explained


def table(
    material: dict[str, Content], zensical: dict[str, Content]
) -> list[str]:
    """A Markdown table: for each page, how much there is of each kind.

    `12` means that both have the same twelve; `12 ≠ 11` or `12 ≠ 12` that
    something is different.
    """
    rows = [f"| Page | {' | '.join(KINDS)} |", f"|---|{'---|' * len(KINDS)}"]
    for name in sorted({*material, *zensical}):
        cells = []
        for kind in KINDS:
            a, b = (
                getattr(site[name], kind) if name in site else None
                for site in (material, zensical)
            )
            counts = ["–" if items is None else len(items) for items in (a, b)]
            cells.append(
                str(counts[0]) if a == b else f"{counts[0]} ≠ {counts[1]}"
            )
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows

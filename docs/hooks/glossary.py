"""The glossary: its table, docs/terms.yml, and what its page shows of it.

An entry is one translation, `en` and `zh`; `not_en` and `not_zh` are variants
that circulate and that the site does not use; `also_en` and `also_zh` are
names that readers look for; `asked` are words that are no names of it and
that the search answers with it, all the same. Once a lesson teaches the term,
`taught: page#section` says where, and `says_en` and `says_zh` explain it in
one sentence each: then it stands on the page, under its key as the anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs.hooks import tables
from tests.harness.block import Page

TABLE = "docs/terms.yml"
LANGUAGES = ("zh", "en")
REQUIRED = {"en": str, "zh": str}
OPTIONAL = {
    **{"not_en": list, "not_zh": list, "also_en": list, "also_zh": list},
    "asked": list,
    **{"taught": str, "says_en": str, "says_zh": str},
}
MARKS = re.compile(r"[*_`“”]")


@dataclass(frozen=True)
class Term:
    """A term in both languages.

    Attributes:
        key: its name in the table, and its anchor on the page.
        lines: field -> its line in the table; "" -> that of the entry.
        names: language -> the term.
        rejected: language -> variants that the site does not use, if any.
        also: language -> other names that readers look for, if any.
        asked: words that lead a search to it, though they do not name it.
        taught: "page#section" where it is taught first; "" if nowhere yet.
        says: language -> one sentence that explains it; empty until taught.
    """

    key: str
    lines: Mapping[str, int]
    names: Mapping[str, str]
    rejected: Mapping[str, list[str]]
    also: Mapping[str, list[str]]
    asked: list[str]
    taught: str
    says: Mapping[str, str]

    @property
    def page(self) -> str:
        """Name of the page that teaches it."""
        return self.taught.partition("#")[0]

    @property
    def section(self) -> str:
        """Id of the section that teaches it."""
        return self.taught.partition("#")[2]

    def line_of(self, field: str = "") -> int:
        """The line of a field, or of the entry if it lacks the field."""
        return self.lines.get(field, self.lines[""])

    def is_used_in(self, text: str, language: str) -> bool:
        """Whether a text uses the term; in English in any usual form."""
        text, pattern = MARKS.sub("", text), self.pattern(language)
        return bool(re.search(pattern, text, re.IGNORECASE))

    def pattern(self, language: str) -> str:
        """Matches the term in a text, whatever the case of its letters."""
        name = self.names[language]
        if language == "zh":
            return re.escape(name)
        *before, last = map(re.escape, re.split(r"[\s-]+", name))
        if last.endswith("y"):
            last = rf"{last[:-1]}(?:y|ie)"
        pattern = r"[\s-]+".join([*before, last])
        return rf"\b{pattern}(?:s|es)?\b"


def read(root: Path) -> tuple[dict[str, Term], list[tables.Fault]]:
    """The terms of the table by key, and what is wrong with it."""
    entries, faults = tables.read(root / TABLE, REQUIRED, OPTIONAL)
    return {key: term(entry) for key, entry in entries.items()}, faults


def term(entry: tables.Entry) -> Term:
    """A term from its entry in the table."""
    value = entry.value

    def of(field: str) -> dict[str, Any]:
        keys = {each: f"{field}_{each}" for each in LANGUAGES}
        return {each: value[key] for each, key in keys.items() if key in value}

    return Term(
        key=entry.name,
        lines=entry.lines,
        names={each: value[each] for each in LANGUAGES},
        rejected={k: list(map(str, names)) for k, names in of("not").items()},
        also={k: list(map(str, names)) for k, names in of("also").items()},
        asked=list(map(str, value.get("asked", []))),
        taught=value.get("taught", ""),
        says=of("says"),
    )


def shown(
    terms: Iterable[Term], pages: Mapping[str, Page], language: str
) -> list[tuple[str, dict[str, Any]]]:
    """What the page shows, in its order: key and what stands there.

    Args:
        terms: all of them; only those that are taught are shown.
        pages: those of the language, by name.
        language: of the page.

    Returns:
        For each term that is taught: its `name` in this language and its
        `other` name, the names that it has `also`, what it `says`, the titles
        of the `section` that teaches it and of the `page`, and the `link` to
        the section.
    """
    other = next(each for each in LANGUAGES if each != language)
    return [
        (
            each.key,
            {
                "name": each.names[language],
                "other": each.names[other],
                "also": each.also.get(language, []),
                "says": each.says.get(language, ""),
                **_titles(pages.get(each.page), each.section),
                "link": f"{each.page}.md#{each.section}",
            },
        )
        for each in sorted(terms, key=lambda t: order(t.names[language]))
        if each.taught
    ]


def order(name: str) -> bytes:
    """By the alphabet, and Chinese by pinyin.

    The commoner 3,755 characters of GB 2312 are in the order of their pinyin,
    so no table of readings is needed.
    """
    return name.lower().encode("gb18030")


def _titles(page: Page | None, section: str) -> dict[str, str]:
    """Titles of a page and of a section; the id, if the gate finds none."""
    titles = {h.detail: h.text for h in page.of("heading")} if page else {}
    # An exercise is numbered on its own page only.
    title = re.sub(r"^\d+\. ", "", titles.get(section, section))
    return {"page": next(iter(titles.values()), title), "section": title}

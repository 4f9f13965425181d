"""What readers can type as the answer of an exercise, from the record.

docs/answers.yml says which exercises have such an answer, and explains its
form. The answer stands in what the exercise's solution printed when it was
recorded, or in its words, which the gates prove; it is picked there by the
text around it. The site and the gate `answers` agree on this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from docs.hooks import tables
from docs.hooks.glossary import LANGUAGES
from docs.hooks.numerals import ENGLISH, numerals
from tests.harness import block, page, snippet

TABLE = "docs/answers.yml"
HINTS = {f"hint_{language}": str for language in LANGUAGES}
FIELDS = {"pick", "prose", "places", *HINTS, *LANGUAGES}
OUTPUTS = "snippets/outputs/"
# What can be an answer: an array as NumPy prints it, a shape, 4×4, a number.
ARRAY = re.compile(r"\[\[[^\]a-z]*\](?:[\s_]*\[[^\]a-z]*\])*\]")
SHAPE = r"\((?:None, )?\d+(?:, \d+)*\)|\d+(?:×\d+)+"
NUMBER = r"[-−]?\d+(?:,\d{3})*(?:\.\d*)?%?"
VALUE = rf"{ARRAY.pattern}|{SHAPE}|{NUMBER}|{'|'.join(ENGLISH)}"
DIGITS = re.compile(r"[-−]?\d+(?:\.\d+)?")
GAP = re.compile(r"([#~])")


@dataclass(frozen=True)
class Ask:
    """One field.

    Attributes:
        label, hint: by language.
        kind: "number", "shape" or "list".
        values: of a number one, of the others as many as they have.
        places: decimals to which it is rounded; None if it is exact.
        percent: it is one of a hundred parts.
    """

    label: Mapping[str, str]
    hint: Mapping[str, str]
    kind: str
    values: tuple[Decimal, ...]
    places: int | None
    percent: bool


class Unclear(ValueError):
    """A field cannot be made; as a fault tells: what, expected, to do."""


def read(root: Path) -> tuple[dict[str, list[Ask]], list[tables.Fault]]:
    """The fields of each exercise, page#id, and what is wrong with them."""
    entries, faults = tables.read(root / TABLE, {"asks": list}, {**HINTS})
    found: dict[str, list[Ask]] = {}
    for entry in entries.values():
        try:
            found[entry.name] = list(_asks(entry, root))
        except Unclear as error:
            what, expected, do = error.args
            faults.append((entry.line, f"{entry.name}: {what}", expected, do))
    return found, faults


def words(root: Path, language: str) -> Iterator[tuple[int, str, str]]:
    """Line and name of each entry, with all that it says in a language."""
    for entry in tables.read(root / TABLE, {"asks": list})[0].values():
        parts = [entry.value, *entry.value["asks"]]
        parts = [part for part in parts if isinstance(part, dict)]
        keys = (language, f"hint_{language}")
        said = (part.get(key) for part in parts for key in keys)
        texts = dict.fromkeys(text for text in said if isinstance(text, str))
        yield entry.line, entry.name, "\n\n".join(texts)


def _asks(entry: tables.Entry, root: Path) -> Iterator[Ask]:
    blocks = {each: _exercise(entry.name, each, root) for each in LANGUAGES}
    questions = {each: _numbers(blocks[each], root) for each in LANGUAGES}
    for fields in entry.value["asks"]:
        _check(fields)
        common = {k: v for k, v in entry.value.items() if k in HINTS}
        fields = {**common, **fields}
        for key in (*LANGUAGES, *HINTS):
            asked = questions[key.removeprefix("hint_")]
            _words(key, fields.get(key), asked)
        yield _ask(fields, blocks["en"], root)


def _check(fields: Any) -> None:
    """Refuse fields that docs/answers.yml does not explain."""
    known = isinstance(fields, dict) and fields.keys() <= FIELDS
    if not known or ("pick" in fields) == ("prose" in fields):
        expected = "en, zh, either pick or prose, and perhaps places and hints"
        what = f"this is not how a field is written: {fields}"
        raise Unclear(what, expected, tables.LIKE_OTHERS)
    if not isinstance(fields.get("places", 0), int):
        what = f"places: {fields['places']} is no number of decimals"
        raise Unclear(what, "a whole number, such as 2", "correct it")


def _words(key: str, said: Any, known: set[Any]) -> None:
    """Refuse a label or a hint that is missing, or has numbers of its own."""
    if not isinstance(said, str) or not said.strip():
        expected = "a label and a hint in both languages, in words"
        raise Unclear(f"{key} says nothing", expected, f"write {key}")
    for numeral in numerals(said):
        if numeral.key not in known:
            what = f"{key} has a number that the exercise has not: "
            expected = "numbers of the exercise, which are proven there"
            raise Unclear(what + numeral.text, expected, "say it in words")


def _exercise(name: str, language: str, root: Path) -> list[block.Block]:
    """The blocks of an exercise."""
    lesson, _, section = name.partition("#")
    path = root / "docs" / language / f"{lesson}.md"
    if path.is_file():
        blocks = page.read(path, root).blocks
        found = [each for each in blocks if each.heading == section]
        if any(each.folded for each in found):
            return found
    what = f"{path.relative_to(root).as_posix()} has no such exercise"
    expected = "the id of a heading with a folded solution below it"
    raise Unclear(what, expected, "correct the name, or delete the entry")


def _numbers(exercise: list[block.Block], root: Path) -> set[Any]:
    """The numbers that an exercise has in its words, or in code it shows."""
    asked = [each for each in exercise if not each.folded]
    targets = (target for each in asked for _, target in each.includes)
    code = (snippet.included(target, root) for target in targets)
    texts = [*(each.text for each in asked), *(c[2] for c in code if c)]
    return {numeral.key for numeral in numerals("\n".join(texts))}


def _ask(fields: dict[str, Any], blocks: list[block.Block], root: Path) -> Ask:
    solution = [each for each in blocks if each.folded]
    where = "its output"
    if "prose" in fields:
        where = "the words of its solution in English"
        texts = [each.text for each in solution if each.is_prose]
    else:
        texts = [
            (root / target).read_text(encoding="utf-8")
            for each in solution
            for _, target in each.includes
            if target.startswith(OUTPUTS) and (root / target).is_file()
        ]
    template = str(fields.get("pick", fields.get("prose")))
    picked = _picked(template, "\n".join(texts))
    if len(picked) != 1:
        what = f"{template!r} is at {len(picked)} places in {where}"
        expected = "one # for the answer, and text around it that is there once"
        raise Unclear(what, expected, "compare it with the record, correct it")
    kind, values = _values(picked[0])
    places = fields.get("places")
    if places is not None:
        values = tuple(round(value, places) for value in values)
    return Ask(
        label={language: fields[language] for language in LANGUAGES},
        hint={language: fields[f"hint_{language}"] for language in LANGUAGES},
        kind=kind,
        values=values,
        places=places,
        percent=picked[0].endswith("%"),
    )


def _picked(template: str, text: str) -> list[str]:
    """What stands at the # of a template, at each place that fits it.

    >>> _picked("first: ~ # parameters", "first: (24, 24) 832 parameters")
    ['832']
    >>> _picked("~ #", "[[1. 2.]] [[3.]]"), _picked("of #", "1 of 2 of 3")
    (['[[3.]]'], ['2', '3'])
    """
    if template.count("#") != 1:
        return []
    # An array is one word: its numbers are not to be found by themselves.
    text = ARRAY.sub(lambda found: re.sub(r"\s+", "_", found[0]), text)
    gaps = {"#": f"({VALUE})", "~": f"(?:{VALUE})"}
    parts = GAP.split(" ".join(template.split()))
    pattern = "".join(gaps.get(part, re.escape(part)) for part in parts)
    start = r"(?<!\S)" if not parts[0] else ""
    end = r"(?![^\s.,;:])" if not parts[-1] else ""
    return re.findall(f"(?={start}{pattern}{end})", " ".join(text.split()))


def _values(picked: str) -> tuple[str, tuple[Decimal, ...]]:
    """What kind of answer a text is, and its numbers."""
    if picked in ENGLISH:
        return "number", (Decimal(ENGLISH[picked]),)
    kind = "number"
    if picked[0] in "([" or "×" in picked:
        kind = "list" if picked[0] == "[" else "shape"
    else:
        picked = picked.replace(",", "")
    texts = (each.replace("−", "-") for each in DIGITS.findall(picked))
    return kind, tuple(Decimal(each) for each in texts)

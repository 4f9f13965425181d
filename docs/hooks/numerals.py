"""Find and read the numbers in prose: 60,000, 28×28, ５万, 99.1%, ten thousand.

Digits count always; words only from ten on, because "two layers" is a way
of speaking and "ten thousand images" is a figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import jinja2

FULL_WIDTH = str.maketrans(
    "０１２３４５６７８９．％－＋＝（）", "0123456789.%-+=()"
)
SIGN = r"(?<![\w.)\]])[−-]"  # of a number, and not between two
DIGITS = re.compile(
    # After capitals and a hyphen, as in CIFAR-10, they belong to a name.
    rf"(?P<sign>{SIGN})?(?<![\w.])(?<!\d,)(?<![A-Z]{{2}}-)"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s*(?P<scale>[万亿千百](?!分))|(?P<percent>\s?%))?"
)
SCALES = {"百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
WORD = "[零一二两三四五六七八九十百千万亿]"
CHINESE = re.compile(
    rf"(?P<percent>百分之)(?P<share>{WORD}++)(?!点)|"
    rf"{WORD}+分之{WORD}+|(?P<words>{WORD}{{2,}})"
)
ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven"),
    *("eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = [
    *("twenty", "thirty", "forty", "fifty"),
    *("sixty", "seventy", "eighty", "ninety"),
]
ENGLISH = {
    **{word: value for value, word in enumerate(ONES)},
    **{word: 10 * value for value, word in enumerate(TENS, start=2)},
    **{"hundred": 100, "thousand": 1_000},
    **{"million": 1_000_000, "billion": 1_000_000_000},
}
WORDS = re.compile(
    rf"(?<!\w)(?:{'|'.join(ENGLISH)}|a(?=[ -](?:hundred|thousand|million)))"
    rf"(?:[ \n-](?:and )?(?:{'|'.join(ENGLISH)}))*(?!\w)",
    re.IGNORECASE,
)
NAME = re.compile(r"[A-Za-z_]\w*")
SPOKEN = 9  # words up to here are a way of speaking
OPERATORS = str.maketrans({"−": "-", "–": "-", "×": "*", "÷": "/", "\n": " "})
EQUATION = re.compile(
    rf"(?<![\w.])(?P<left>(?:{SIGN})?[\d(][\d\s.,()+−×*/÷%-]*[\d)%])\s*[=≈]\s*"
    r"(?P<right>[−-]?\d[\d,]*(?:\.\d+)?\s?%?)"
)


@dataclass(frozen=True)
class Numeral:
    """A number as written, and where it stands in its text.

    Attributes:
        text: as written.
        value: what it says; of 68%, it is 68.
        percent: it is followed by a percent sign.
        decimals: how many it shows; -4 for 6万.
        position: of its first character, which may be a sign.
    """

    text: str
    value: Decimal
    percent: bool = False
    decimals: int = 0
    position: int = 0

    @property
    def in_digits(self) -> bool:
        """Written in digits; words are a matter of style in each language."""
        return any(map(str.isdigit, self.text))

    @property
    def key(self) -> tuple[Decimal, bool]:
        """The same for every way to write the same number."""
        return self.value.normalize(), self.percent

    def shows(self, value: float) -> bool:
        """Whether this is how the value looks when rounded as here."""
        exact = 100 * value if self.percent else value
        unit = 10.0**-self.decimals
        return abs(float(self.value) - exact) <= unit / 2 + 1e-9 * abs(exact)


@cache  # several gates ask about the same text
def numerals(text: str) -> tuple[Numeral, ...]:
    """All numbers in a text, in order."""
    plain = text.translate(FULL_WIDTH)
    found = [_digits(match, text) for match in DIGITS.finditer(plain)]
    taken = [range(n.position, n.position + len(n.text)) for n in found]
    for match in CHINESE.finditer(plain):
        if any(match.start() in part for part in taken):
            continue
        if (numeral := _chinese(match)) is not None:
            found.append(numeral)
    for match in WORDS.finditer(plain):
        value = _english(match[0])
        if value > SPOKEN:
            place = match.start()
            found.append(Numeral(match[0], Decimal(value), position=place))
    return tuple(sorted(found, key=lambda numeral: numeral.position))


def one(text: str) -> Numeral:
    """The number that a text consists of.

    Raises:
        ValueError: it is none, or more than that.
    """
    found = numerals(text.strip())
    if len(found) != 1 or found[0].text != text.strip():
        raise ValueError(f"expected one number, found {text.strip()!r}")
    return found[0]


def _digits(match: re.Match[str], text: str) -> Numeral:
    digits = match["digits"]
    scale = SCALES.get(match["scale"] or "", 1)
    decimals = len(digits.partition(".")[2]) - (len(str(scale)) - 1)
    return Numeral(
        text[match.start() : match.end()],
        Decimal(digits.replace(",", "")) * (-scale if match["sign"] else scale),
        bool(match["percent"]),
        decimals,
        match.start(),
    )


def _chinese(match: re.Match[str]) -> Numeral | None:
    percent = bool(match["percent"])
    words = match["share"] or match["words"]
    if words is None:
        return None  # 三分之一, 千分之一: a way of speaking
    value = _chinese_value(words)
    if value is None or (value <= SPOKEN and not percent):
        return None
    return Numeral(match[0], Decimal(value), percent, position=match.start())


def _chinese_value(words: str) -> int | None:
    """二百五十六 -> 256; None if the characters make no number."""
    digits = {word: n for n, word in enumerate("零一二三四五六七八九")}
    digits["两"] = 2
    total = section = 0
    digit: int | None = None
    for word in words:
        if word in digits:
            if digit:  # 一两, 三四: about so many
                return None
            digit = digits[word]
        elif word in "十百千":
            scale = {"十": 10, **SCALES}[word]
            section += scale * (1 if digit is None else digit)
            digit = None
        else:
            total = (total + section + (digit or 0)) * SCALES[word]
            section, digit = 0, None
    return total + section + (digit or 0)


def _english(words: str) -> int:
    """The value of number words: sixty thousand -> 60000."""
    total = section = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word == "and":
            continue
        value = 1 if word == "a" else ENGLISH[word]
        if value == 100:
            section = max(section, 1) * value
        elif value >= 1_000:
            total, section = total + max(section, 1) * value, 0
        else:
            section += value
    return total + section


@dataclass(frozen=True)
class Equation:
    """A formula written out in prose, such as 28 − 3 + 1 = 26."""

    text: str
    left: str
    right: Numeral  # its position counts in the whole text

    def value(self) -> float:
        """What the left side is.

        Raises:
            ValueError: it cannot be worked out.
        """
        return evaluate(plain(self.left), {})


def equations(text: str) -> list[Equation]:
    """The formulas of a text, in order."""
    plain = text.translate(FULL_WIDTH)
    found = []
    for match in EQUATION.finditer(plain):
        if not re.search(r"[+−×*/÷-]", match["left"]):
            continue
        right = numerals(match["right"])[0]
        position = match.start("right") + right.position
        right = replace(right, position=position)
        found.append(Equation(match[0], match["left"], right))
    return found


def plain(formula: str) -> str:
    """A typeset formula in the signs of a programming language."""
    without_commas = re.sub(r"(?<=\d),(?=\d{3})", "", formula)
    return re.sub(
        r"([\d.]+)\s?%", r"(\1/100)", without_commas.translate(OPERATORS)
    )


# The language of formulas and conditions is that of `{{ ... }}` in pages.
EXPRESSIONS = jinja2.Environment(undefined=jinja2.StrictUndefined)
NO_VALUE = (jinja2.TemplateError, ArithmeticError, TypeError, AttributeError)


@cache  # both languages of a page state the same conditions
def _compiled(expression: str) -> Callable[[dict[str, Any]], Any]:
    return EXPRESSIONS.compile_expression(expression, undefined_to_none=False)


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression over recorded numbers.

    Raises:
        ValueError: it is no expression, or it asks for what is not recorded.
    """
    try:
        # Jinja copies what it is given: a whole site's numbers take long.
        asked = set(NAME.findall(expression))
        value = _compiled(expression)(
            {name: names[name] for name in asked if name in names}
        )
    except NO_VALUE as error:
        raise ValueError(str(error)) from None
    if isinstance(value, jinja2.Undefined):
        raise ValueError(f"{expression!r} is not recorded")
    return value

"""Recorded results in words and drawings, for the page `verification`.

The words are in docs/results.yml, which explains its form. How many digits of
a result are shown follows from how far its seeds lie apart.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docs.hooks import tables
from docs.hooks.glossary import LANGUAGES

TABLE = "docs/results.yml"
REQUIRED = {"en": str, "zh": str}
OPTIONAL = {"unit": str}
NAME = re.compile(r"(?P<lesson>\w+)\.(?P<metric>\w+)(?:\[(?P<place>\d+)\])?")
WIDTH, HEIGHT, RADIUS = 160, 20, 4  # of a plot and its dots, in pixels


@dataclass(frozen=True)
class Result:
    """What a recorded result is called.

    Attributes:
        lesson, metric, place: which it is; place is that in a list, or None.
        words: language -> what it is called.
        unit: "%" for a share; else "".
        line: of the table.
    """

    lesson: str
    metric: str
    place: int | None
    words: Mapping[str, str]
    unit: str
    line: int

    @property
    def name(self) -> str:
        """As the table has it."""
        place = "" if self.place is None else f"[{self.place}]"
        return f"{self.lesson}.{self.metric}{place}"

    def is_recorded(self, results: Mapping[str, Any]) -> bool:
        """Whether it is among the metrics of its lesson."""
        try:
            return bool(self.values(results, "seeds"))
        except LookupError:
            return False

    def values(self, results: Mapping[str, Any], which: str) -> Any:
        """Its "page", or its "seeds", of the metrics of its lesson.

        Raises:
            LookupError: it was not recorded.
        """
        kept = results[self.metric][which]
        if isinstance(kept[0] if which == "seeds" else kept, list) != (
            self.place is not None
        ):
            raise LookupError(self.metric)
        if self.place is None:
            return kept
        if which == "seeds":
            return [of_seed[self.place] for of_seed in kept]
        return kept[self.place]


def read(root: Path) -> tuple[list[Result], list[tables.Fault]]:
    """The results that have words, and what is wrong with their table."""
    entries, faults = tables.read(root / TABLE, REQUIRED, OPTIONAL)
    found = []
    for entry in entries.values():
        name = NAME.fullmatch(entry.name)
        unit = entry.value.get("unit", "")
        if name is None or unit not in {"", "%"}:
            what = f"the entry {entry.name!r} names no result"
            expected = 'lesson.metric or lesson.metric[0], and unit: "%" if any'
            faults.append((entry.line, what, expected, tables.LIKE_OTHERS))
            continue
        place = int(name["place"]) if name["place"] else None
        words = {each: entry.value[each] for each in LANGUAGES}
        ids = name["lesson"], name["metric"], place
        found.append(Result(*ids, words, unit, entry.line))
    return found, faults


def shown(
    results: Iterable[Result], recorded: Mapping[str, Any], language: str
) -> list[dict[str, Any]]:
    """What stands on the page for each result of one lesson, in order.

    Args:
        results: those of the lesson that have words; one that was not
            recorded is left out, and told by the gate `results`.
        recorded: its metrics by name.
        language: of the page.

    Returns:
        For each its `words` and `metric`; whether backends are `compared` by
        it; how many `seeds`; `mean`, `spread`, `low`, `high` and `page`,
        written out, the spread of a share in percentage points; and `dots`,
        a plot of the seeds.
    """
    return [
        _shown(each, recorded, language)
        for each in results
        if each.is_recorded(recorded)
    ]


def _shown(
    result: Result, recorded: Mapping[str, Any], language: str
) -> dict[str, Any]:
    scale = 100 if result.unit else 1
    seeds = [scale * value for value in result.values(recorded, "seeds")]
    spread = statistics.stdev(seeds) if seeds[1:] else 0.0
    # Of a share measured once, as of others: 92.0% beside 67.2%.
    places = 1 if result.unit and not seeds[1:] else decimals(seeds)

    def written(value: float) -> str:
        return f"{value:,.{places}f}{result.unit}"

    return {
        "words": result.words[language],
        "metric": result.metric,
        "compared": bool(result.unit) and result.place is None,
        "seeds": len(seeds),
        "mean": written(statistics.fmean(seeds)),
        "spread": f"{spread:,.{places}f}",
        "low": written(min(seeds)),
        "high": written(max(seeds)),
        "page": written(scale * result.values(recorded, "page")),
        "dots": dots(seeds, "; ".join(map(written, sorted(seeds)))),
    }


def decimals(seeds: list[float]) -> int:
    """How many decimals say something: to the first digit of the spread.

    One more if that digit is a 1: rounding would change such a spread by half.

    >>> decimals([98.98, 99.15, 99.07]), decimals([41, 44, 49])
    (2, 0)
    >>> decimals([98.8, 99.0]), decimals([7.0]), decimals([0.12345])
    (2, 0, 3)
    """
    spread = statistics.stdev(seeds) if seeds[1:] else 0.0
    if spread:
        return max(0, -math.floor(math.log10(spread / 2)))
    size = abs(seeds[0])
    if size == round(size):
        return 0
    return max(0, 2 - math.floor(math.log10(size)))  # three digits in all


def dots(seeds: list[float], alternative: str) -> str:
    """The seeds on a line from the lowest to the highest, as SVG.

    A small upright stroke stands at their mean.
    """
    low, high = min(seeds), max(seeds)
    middle = HEIGHT / 2

    def place(value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{RADIUS + share * (WIDTH - 2 * RADIUS):.1f}"

    mean = place(statistics.fmean(seeds))
    circles = "".join(
        f'<circle cx="{place(value)}" cy="{middle:g}" r="{RADIUS}"></circle>'
        for value in seeds
    )
    return (
        f'<svg class="dots" role="img" aria-label="{escape(alternative)}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="M0 {middle:g}H{WIDTH}M{mean} 2V{HEIGHT - 2}"></path>'
        f"{circles}</svg>"
    )


def bar(ratio: Mapping[str, float], most: float) -> str:
    """A measured ratio as a bar from nothing to the median, for `benchmarks`.

    A line goes from quartile to quartile, a thin one stands at 1, where
    nothing is won or lost.

    Args:
        ratio: its `low`, `middle` and `high`.
        most: what the whole width stands for.
    """

    def place(value: float) -> str:
        return f"{WIDTH * min(value / most, 1):.1f}"

    spread = f"M{place(ratio['low'])} {HEIGHT / 2:g}H{place(ratio['high'])}"
    return (
        f'<svg class="dots bar" role="img" aria-label="{ratio["middle"]:.2f}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect y="5" width="{place(ratio["middle"])}" height="10"></rect>'
        f'<path d="M{place(1)} 0V{HEIGHT}{spread}"></path></svg>'
    )

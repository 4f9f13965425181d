"""The numbers that pages quote from records, and how they are put in.

The site, notebooks and gates put them in by the same function. Whoever calls
it hands in the names: those of `numbers`, and what only the site knows, such
as how a page is proven, see docs/hooks/numbers.py.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from .record import (
    DRAWINGS,
    OUTPUTS,
    Record,
    drawing_name,
    read_json,
    write_json,
)

PARTIALS = Path("docs/partials")  # text that several pages share, by language
BENCHMARKS = OUTPUTS / "benchmarks.json"  # what `make benchmark` found


class UnknownNumber(Exception):
    """A page asks for a number that no run has recorded.

    Attributes:
        line: of the page; 1 if that is not known.
        what: what the reader of templates says.
    """

    def __init__(self, error: Exception, known: Iterable[str]) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [f.lineno for f in frames if f.filename == "<template>"]
        self.line = getattr(error, "lineno", None) or (lines or [1])[-1] or 1
        self.what = str(error)
        super().__init__(
            f"line {self.line}: {error}. A page can quote what a run has "
            f"recorded ({', '.join(known) or 'nothing yet'}); see the lesson's "
            f"metrics.json for its names, or run `make record`."
        )


def numbers(root: Path) -> dict[str, Any]:
    """What pages can quote: for each lesson its metrics and its evidence.

    `{{ mnist_convnet.convnet_accuracy.mean | fixed(4) }}` quotes a metric,
    `{{ mnist_convnet.evidence.processor }}` where it was measured,
    `{% for entry in mnist_convnet.backends %}` goes through the backends,
    `{{ speed.peers.versions.torch }}` is of what needs other packages, and
    `{{ benchmarks.input_pipeline.rounds }}` is what a benchmark found.
    """
    found = benchmarks(root)
    quoted: dict[str, Any] = {"benchmarks": found} if found else {}
    for folder in sorted((root / OUTPUTS).glob("*/")):
        if folder.name == DRAWINGS.name:
            continue  # they measure nothing
        record = Record(root, folder.name)
        kept = record.peers()
        quoted[folder.name] = {
            **record.metrics(),
            **{n: {"page": v} for n, v in kept.get("metrics", {}).items()},
            "peers": kept,
            "evidence": record.evidence(),
            "backends": record.backends(),
        }
    return quoted


def drawings(root: Path) -> dict[str, dict[str, Any]]:
    """Evidence of the drawings of each lesson that has any, by its name."""
    names = sorted(path.stem for path in (root / DRAWINGS).glob("*.py"))
    found = {n: Record(root, drawing_name(n)).evidence() for n in names}
    return {name: evidence for name, evidence in found.items() if evidence}


def benchmarks(root: Path) -> dict[str, Any]:
    """What the benchmarks found, by name."""
    return read_json(root / BENCHMARKS) or {}


def write_benchmark(root: Path, name: str, found: dict[str, Any]) -> None:
    """Write what one benchmark found; the others stay as they are."""
    merged = {**benchmarks(root), name: found}
    write_json(root / BENCHMARKS, dict(sorted(merged.items())))


def percent(value: float, decimals: int = 2) -> str:
    """0.99134 -> "99.13%"."""
    return f"{100 * value:.{decimals}f}%"


def points(value: float, decimals: int = 2) -> str:
    """0.0353 -> "3.53": percentage points, such as a percentage's spread."""
    return f"{100 * value:.{decimals}f}"


def fixed(value: float, decimals: int = 2) -> str:
    """0.99134 -> "0.99"."""
    return f"{value:.{decimals}f}"


def thousands(value: float) -> str:
    """104202 -> "104,202"."""
    return f"{value:,.0f}"


# A filter may get what it cannot use.
NOT_FILLED_IN = (jinja2.TemplateError, ArithmeticError, TypeError, ValueError)
FILTERS = {each.__name__: each for each in (percent, points, fixed, thousands)}


def inject(
    text: str,
    root: Path,
    language: str,
    known: Mapping[str, Any],
) -> str:
    """Put recorded numbers into a page.

    Args:
        text: a page's Markdown.
        root: the project's folder.
        language: of the page; says which partials it includes.
        known: all names that a page can use between braces.

    Raises:
        UnknownNumber: the page asks for a number that no run has recorded.
    """
    try:
        return _template(text, root, language).render(known)
    except NOT_FILLED_IN as error:
        raise UnknownNumber(error, known) from None


@lru_cache(maxsize=512)  # of a page, its text; a build needs it twice
def _template(text: str, root: Path, language: str) -> jinja2.Template:
    return _environment(root, language).from_string(text)


@lru_cache(maxsize=8)
def _environment(root: Path, language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(root / PARTIALS / language),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        comment_start_string="{##",  # `{#` begins a heading's id
        comment_end_string="##}",
    )
    environment.filters.update(FILTERS)
    return environment

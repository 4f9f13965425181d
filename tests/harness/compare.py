"""Hold what a run did against what is recorded.

Text, shapes and counts must be the same. A number may differ only if it shows
a named metric, and then both must lie in the band that the recorded seeds
give. An output that a lesson declares as varying is compared by its form.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy.special import stdtrit

from .record import Record, Value, spread
from .result import Result
from .run import Run

# Share of new runs that fall inside a band, were the seeds' runs normal.
COVERAGE = 0.999

# A sign belongs to its number, but not a dash between two: 3-5.
NUMERAL = re.compile(
    r"(?:(?<![^\s(\[,:=])[+-])?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?%?"
)
# In a column, blanks in front of a number are a part of it.
PADDED = rf" *{NUMERAL.pattern}"
# As in a shape: [91,104,3] could be two numbers, but [101,81,3] has three.
LISTED = rf"{PADDED}(?:,{NUMERAL.pattern})*"
RELATIVE = 2e-5  # recorded figure data keep six significant digits


def band(values: list[float]) -> tuple[float, float]:
    """The interval that holds a new run's value, judged from earlier runs.

    A prediction interval for one more draw from a normal distribution:
    mean ± t · sd · sqrt(1 + 1/n), with t the quantile of Student's t with
    n - 1 degrees of freedom (Hahn and Meeker, Statistical Intervals, 1991).

    Args:
        values: a metric over the recorded seeds.

    Returns:
        Lower and upper end. One value gives no spread: the band is that value.
    """
    count = len(values)
    mean, deviation = spread(values).values()
    if count < 2:
        return mean, mean
    quantile = float(stdtrit(count - 1, (1 + COVERAGE) / 2))
    half = quantile * deviation * math.sqrt(1 + 1 / count)
    return mean - half, mean + half


@dataclass
class Metrics:
    """The metrics of one run beside the recorded ones.

    Attributes:
        measured: name -> value in this run; a string says why there is none.
        recorded: name -> {"page": value, "seeds": [values], ...}.
    """

    measured: dict[str, Any] = field(default_factory=dict)
    recorded: dict[str, dict[str, Any]] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """Metrics that failed, are not in both, or lie outside their band."""
        found = []
        for name, value in self.measured.items():
            if isinstance(value, str):
                found.append(f"metric {name} could not be measured: {value}")
            elif name not in self.recorded:
                found.append(
                    f"metric {name} is not recorded; run `make record`"
                )
            else:
                found += self._inconsistent(name) or self._outside(name, value)
        return found + [
            f"metric {name} is recorded, but no longer measured"
            for name in sorted(self.recorded.keys() - self.measured.keys())
        ]

    def _inconsistent(self, name: str) -> list[str]:
        """Whether what pages quote still follows from the recorded seeds."""
        kept = self.recorded[name]
        follows = {"page": kept["seeds"][0], **spread(kept["seeds"])}
        return [
            f"metric {name}: the recorded {key} does not follow from its "
            f"seeds; metrics.json was edited. Run `make record`"
            for key, value in follows.items()
            if key in kept and not np.allclose(kept[key], value, 1e-9, 1e-12)
        ]

    def _outside(self, name: str, value: Value) -> list[str]:
        now = _elements(value)
        seeds = [_elements(seed) for seed in self.recorded[name]["seeds"]]
        if len(now) != len(seeds[0]):
            return [
                f"metric {name} has {len(now)} values, "
                f"recorded were {len(seeds[0])}"
            ]
        found = []
        for index, element in enumerate(now):
            earlier = [seed[index] for seed in seeds]
            low, high = band(earlier)
            slack = RELATIVE * max(abs(low), abs(high))
            if not low - slack <= element <= high + slack:
                which = f"[{index}]" if isinstance(value, list) else ""
                found.append(
                    f"metric {name}{which} is {element:.6g}, outside its band "
                    f"{low:.6g} to {high:.6g} from {len(earlier)} recorded "
                    f"seeds"
                )
        return found

    def explains(self, recorded: str, measured: str) -> bool:
        """Whether two numerals show the same metric, then and now."""
        return any(
            shows(recorded, then) and shows(measured, now)
            for name, value in self.measured.items()
            if name in self.recorded and not isinstance(value, str)
            for then, now in zip(
                _elements(self.recorded[name]["page"]),
                _elements(value),
                strict=False,  # `faults` tells of other lengths
            )
        )


def shows(numeral: str, value: float) -> bool:
    """Whether a printed numeral is this value, rounded as it is printed.

    Of what a program printed, where a half may have gone either way; of what
    an author wrote, `Numeral.shows` of docs/hooks asks more strictly.

    >>> shows("99.1%", 0.9913), shows("104,202", 104202.0), shows("0.5", 0.6)
    (True, True, False)
    """
    digits = numeral.replace(",", "").rstrip("%")
    mantissa, _, exponent = digits.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    scale = 100 if numeral.endswith("%") else 1
    return abs(float(digits) - scale * value) <= 0.501 * unit


def run_faults(
    run: Run, results: dict[int, Result], record: Record, how: str = ""
) -> Iterator[str]:
    """Where results of some cells of a run differ from the record."""
    for index, result in sorted(results.items()):
        cell = f"cell {run.cells[index].name}{how}"
        if result.error:
            yield f"{cell}: {result.error['traceback']}"
            continue
        for fault in cell_faults(run, index, result, record):
            yield f"{cell}: {fault}"


def cell_faults(
    run: Run, index: int, result: Result, record: Record
) -> list[str]:
    """Differences between what a cell of a run did and what is recorded.

    Only metrics measured up to this cell explain a number: later ones are not
    known yet when its page is verified.
    """
    section = run.cells[index].name
    return result_faults(
        section,
        result,
        record,
        Metrics(run.metrics(index), record.metrics()),
        form_only=section in run.lesson.varies,
        classes=run.lesson.classes,
    )


def result_faults(
    section: str,
    result: Result,
    record: Record,
    metrics: Metrics,
    *,
    form_only: bool = False,
    classes: Sequence[str] = (),
) -> list[str]:
    """Differences between what a section did and what is recorded of it.

    Metrics may explain a number that differs; `form_only` takes numbers out,
    and the names of the classes that the lesson's networks answer with.
    """
    vary = "|".join([LISTED, *classes]) if form_only else ""
    compared = Compared(metrics, vary)
    recorded = record.text(section)
    if recorded is None and result.output:
        faults = [f"nothing is recorded, but it printed:\n{result.output}"]
    else:
        faults = compared.texts(recorded or "", result.output)
    figures = result.named_figures(section)
    if not figures and record.figure_data(section) is not None:
        faults.append(f"a figure is recorded, but {section} showed none")
    for name, figure in figures.items():
        data = record.figure_data(name)
        if data is None or not record.drawing_path(name).is_file():
            faults.append(f"figure {name} is not recorded")
        else:
            faults += compared.data(data, figure["data"])
    return faults


@dataclass
class Compared:
    """What differs between the record and a run, unless it may.

    Attributes:
        metrics: may explain a number.
        vary: a pattern of what may differ instead, for whatever reason.
    """

    metrics: Metrics
    vary: str = ""

    def texts(self, recorded: str, measured: str) -> list[str]:
        """Differences between two texts."""
        form = partial(re.sub, self.vary or PADDED, "" if self.vary else " #")
        if form(recorded) != form(measured):
            return [_difference(recorded, measured)]
        if self.vary:
            return []
        numbers = map(NUMERAL.findall, (recorded, measured))
        unexplained = dict.fromkeys(
            f"{then} became {now}"
            for then, now in zip(*numbers, strict=True)
            if then != now and not self.metrics.explains(then, now)
        )
        if not unexplained:
            return []
        difference = _difference(recorded, measured)
        listed = ", ".join(unexplained)
        return [f"{listed}: no named metric explains it.\n{difference}"]

    def data(
        self, recorded: Any, measured: Any, where: str = "figure"
    ) -> list[str]:
        """Differences between the data behind two figures."""
        if isinstance(recorded, dict) and isinstance(measured, dict):
            if recorded.keys() != measured.keys():
                return [f"{where}: recorded {[*recorded]}, now {[*measured]}"]
            places = {key: f"{where}.{key}" for key in recorded}
            if self.vary:
                places.pop("sha256", None)
        elif isinstance(recorded, list) and isinstance(measured, list):
            count, now = len(recorded), len(measured)
            if count != now:
                return [f"{where}: recorded {count} values, now {now}"]
            places = {n: f"{where}[{n}]" for n in range(count)}
        else:
            return self._value(recorded, measured, where)
        return [
            fault
            for key, place in places.items()
            for fault in self.data(recorded[key], measured[key], place)
        ]

    def _value(self, recorded: Any, measured: Any, where: str) -> list[str]:
        message = f"{where}: recorded {recorded!r}, now {measured!r}"
        if isinstance(recorded, str) and isinstance(measured, str):
            return [message] if self.texts(recorded, measured) else []
        if not isinstance(recorded, float) or not isinstance(measured, float):
            return [] if recorded == measured else [message]
        same = math.isclose(recorded, measured, rel_tol=RELATIVE)
        if same or self.vary or (math.isnan(recorded) and math.isnan(measured)):
            return []
        if self.metrics.explains(repr(recorded), repr(measured)):
            return []
        return [f"{message}; no named metric explains it"]


def _difference(recorded: str, measured: str) -> str:
    texts = recorded.splitlines(), measured.splitlines()
    names = "recorded", "this run"
    return "\n".join(difflib.unified_diff(*texts, *names, lineterm="", n=1))


def _elements(value: Value) -> list[float]:
    return value if isinstance(value, list) else [value]

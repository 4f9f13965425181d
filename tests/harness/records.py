"""What a run leaves behind, and the numbers that pages quote from it.

snippets/outputs/<lesson>/<section>.txt            text that a section printed
snippets/outputs/<lesson>/<section>.figure.json    data behind its figure
snippets/outputs/<lesson>/metrics.json             named metrics, all seeds
snippets/outputs/<lesson>/evidence.json            when, where, how long
snippets/outputs/<lesson>/backends.json            the same on other backends
docs/assets/figures/<lesson>/<section>.svg         the figure as shown
docs/assets/figures/<lesson>/<section>.png         the same for the notebook
snippets/outputs/drawings/<lesson>/                the same of the drawings that
docs/assets/figures/drawings/<lesson>/             snippets/drawings/ makes
snippets/outputs/benchmarks.json                   what `make benchmark` found

Only the evidence, backends.json and benchmarks.json hold what varies by chance.
The site reads this module too, so nothing here needs more than the standard
library and Jinja.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

OUTPUTS = Path("snippets/outputs")
FIGURES = Path("docs/assets/figures")
PARTIALS = Path("docs/partials")  # text that several pages share, by language
DRAWINGS = Path("snippets/drawings")  # scripts that draw for a page, by lesson
BENCHMARKS = OUTPUTS / "benchmarks.json"

# A metric is one number, or a list of them (a value for each epoch, say).
Value = float | list[float]


class UnknownNumber(Exception):
    """A page asks for a number that no run has recorded."""


class Record:
    """The recorded files of one lesson.

    Args:
        root: the project's folder.
        lesson: the lesson's name.
    """

    def __init__(self, root: Path, lesson: str) -> None:
        self.root = root
        self.outputs = root / OUTPUTS / lesson
        self.figures = root / FIGURES / lesson

    def text_path(self, section: str) -> Path:
        return self.outputs / f"{section}.txt"

    def figure_data_path(self, section: str) -> Path:
        return self.outputs / f"{section}.figure.json"

    def drawing_path(self, section: str) -> Path:
        return self.figures / f"{section}.svg"

    def picture_path(self, section: str) -> Path:
        return self.figures / f"{section}.png"

    def figure_names(self, section: str) -> list[str]:
        """Names of the recorded figures of a section, in order."""
        names = [section]
        while self.drawing_path(names[-1]).is_file():
            names.append(f"{section}-{len(names) + 1}")
        return names[:-1]

    @property
    def metrics_path(self) -> Path:
        return self.outputs / "metrics.json"

    @property
    def evidence_path(self) -> Path:
        return self.outputs / "evidence.json"

    @property
    def backends_path(self) -> Path:
        return self.outputs / "backends.json"

    def text(self, section: str) -> str | None:
        path = self.text_path(section)
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def figure_data(self, section: str) -> Any | None:
        return _read_json(self.figure_data_path(section))

    def metrics(self) -> dict[str, dict[str, Any]]:
        """Metrics by name: {"page": value, "seeds": [values], ...}."""
        return _read_json(self.metrics_path) or {}

    def evidence(self) -> dict[str, Any]:
        return _read_json(self.evidence_path) or {}

    def backends(self) -> list[dict[str, Any]]:
        """Runs on each backend and device, by `make backends`."""
        return _read_json(self.backends_path) or []

    def write_text(self, section: str, text: str) -> None:
        _write(self.text_path(section), text)

    def write_figure(
        self, section: str, data: Any, drawing: str, picture: bytes | None
    ) -> None:
        """Write a figure; `picture` is the drawing as PNG, if it needs one."""
        _write(self.figure_data_path(section), _json(data))
        _write(self.drawing_path(section), drawing)
        if picture:
            self.picture_path(section).write_bytes(picture)

    def write_metrics(self, runs: list[dict[str, Value]]) -> None:
        """Write the metrics of all runs; the first is the one pages show."""
        summary = {
            name: {"page": runs[0][name], **values}
            for name, values in summary_of(runs).items()
        }
        _write(self.metrics_path, _json(summary))

    def write_evidence(self, evidence: dict[str, Any]) -> None:
        _write(self.evidence_path, _json(evidence))

    def digests(self) -> dict[str, str]:
        """Digest of each recorded file that pages show or quote, by path."""
        files = [
            self.metrics_path,
            *self.outputs.glob("*.txt"),
            *self.outputs.glob("*.figure.json"),
            *self.figures.glob("*.svg"),
        ]
        return {
            path.relative_to(self.root).as_posix(): digest(
                path.read_text(encoding="utf-8")
            )
            for path in sorted(files)
            if path.is_file()
        }

    def write_backends(self, entries: list[dict[str, Any]]) -> None:
        _write(self.backends_path, _json(entries))

    def remove_unused(self, texts: set[str], figures: set[str]) -> list[Path]:
        """Delete recorded outputs of sections that no longer make any.

        Returns the deleted paths.
        """
        keep = {self.text_path(section) for section in texts}
        keep |= {self.figure_data_path(section) for section in figures}
        keep |= {self.drawing_path(section) for section in figures}
        keep |= {self.picture_path(section) for section in figures}
        found = [
            *self.outputs.glob("*.txt"),
            *self.outputs.glob("*.figure.json"),
            *self.figures.glob("*.svg"),
            *self.figures.glob("*.png"),
        ]
        unused = [path for path in found if path not in keep]
        for path in unused:
            path.unlink()
        return unused


def digest(text: str) -> str:
    """A short digest of a text, the same on every system."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_digest(code: str) -> str:
    """Digest of what a block does: blank lines and comments do not count."""
    lines = (line.rstrip() for line in code.splitlines())
    return digest(
        "\n".join(
            line for line in lines if line and not line.lstrip().startswith("#")
        )
    )


def summary_of(runs: list[dict[str, Value]]) -> dict[str, dict[str, Any]]:
    """Each metric's mean and spread over runs, and its value in each."""
    return {
        name: {
            **spread([run[name] for run in runs]),
            "seeds": [run[name] for run in runs],
        }
        for name in sorted(runs[0])
    }


def spread(values: list[Value]) -> dict[str, Value]:
    """Mean and sample standard deviation over runs, for each element."""
    if isinstance(values[0], list):
        columns = [spread(list(column)) for column in zip(*values, strict=True)]
        return {
            key: [column[key] for column in columns] for key in ("mean", "sd")
        }
    return {
        "mean": statistics.fmean(values),
        "sd": statistics.stdev(values) if len(values) > 1 else 0.0,
    }


def numbers(root: Path) -> dict[str, Any]:
    """What pages can quote: for each lesson its metrics and its evidence.

    `{{ mnist_convnet.convnet_accuracy.mean | fixed(4) }}` quotes a metric,
    `{{ mnist_convnet.evidence.processor }}` where it was measured,
    `{% for entry in mnist_convnet.backends %}` goes through the backends, and
    `{{ benchmarks.verification.ratio | percent }}` is what a benchmark found.
    """
    folders = sorted((root / OUTPUTS).glob("*/"))
    found = benchmarks(root)
    quoted: dict[str, Any] = {"benchmarks": found} if found else {}
    for folder in folders:
        if folder.name == DRAWINGS.name:
            continue  # they measure nothing
        record = Record(root, folder.name)
        quoted[folder.name] = {
            **record.metrics(),
            "evidence": record.evidence(),
            "backends": record.backends(),
        }
    return quoted


def drawings(root: Path) -> dict[str, dict[str, Any]]:
    """Evidence of the drawings of each lesson that has any, by its name."""
    names = sorted(path.stem for path in (root / DRAWINGS).glob("*.py"))
    found = {n: Record(root, drawing_name(n)).evidence() for n in names}
    return {name: evidence for name, evidence in found.items() if evidence}


def drawing_name(lesson: str) -> str:
    """The name under which a lesson's drawings are run and recorded."""
    return f"{DRAWINGS.name}/{lesson}"


def benchmarks(root: Path) -> dict[str, Any]:
    """What the benchmarks found, by name."""
    return _read_json(root / BENCHMARKS) or {}


def write_benchmark(root: Path, name: str, found: dict[str, Any]) -> None:
    """Write what one benchmark found; the others stay as they are."""
    merged = {**benchmarks(root), name: found}
    _write(root / BENCHMARKS, _json(dict(sorted(merged.items()))))


def percent(value: float, decimals: int = 2) -> str:
    """0.99134 -> "99.13%"."""
    return f"{100 * value:.{decimals}f}%"


def points(value: float, decimals: int = 2) -> str:
    """0.0353 -> "3.53": percentage points, such as a percentage's spread."""
    return f"{100 * value:.{decimals}f}"


def fixed(value: float, decimals: int = 2) -> str:
    """0.99134 -> "0.99"."""
    return f"{value:.{decimals}f}"


def significant(value: float, digits: int = 4) -> str:
    """0.99134 -> "0.9913", 104202.0 -> "104202"."""
    short = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in short else short


def thousands(value: float) -> str:
    """104202 -> "104,202"."""
    return f"{value:,.0f}"


FILTERS = {
    "percent": percent,
    "points": points,
    "fixed": fixed,
    "significant": significant,
    "thousands": thousands,
}


def quotable(root: Path, language: str) -> dict[str, Any]:
    """All names that a page can use between braces.

    Those of `numbers`; `runs`, the same by lesson, for a page about all of
    them; `drawings`, see there; `proof(page)`, see `tests.gates.proof`;
    `other_pages()`, the names of those that are no lesson; and `glossary()`,
    see `tests.gates.glossary.shown`.
    """
    from tests.gates import glossary, proof, site  # built upon this module

    known = numbers(root)
    lessons = [name for name in known if name != "benchmarks"]

    @cache
    def pages() -> site.Site:
        read = site.Site(root, (language,))
        read.numbers = known  # not to be read again
        return read

    @cache
    def proofs() -> proof.Proofs:
        return proof.Proofs(pages(), language)

    return {
        **known,
        "runs": {name: known[name] for name in lessons},
        "drawings": drawings(root),
        "proof": lambda page: proofs().of(page),
        "other_pages": lambda: [n for n in proofs().names if n not in lessons],
        "glossary": lambda: glossary.shown(pages(), language),
    }


def inject(
    text: str,
    root: Path,
    *,
    language: str = "en",
    lenient: bool = False,
    known: dict[str, Any] | None = None,
) -> str:
    """Put recorded numbers into a page, as the site's macros plugin does.

    Args:
        text: a page's Markdown.
        root: the project's folder.
        language: of the page; says which partials it includes.
        lenient: leave a number out that is not recorded yet.
        known: what `quotable` gave, to go through many pages with it.

    Raises:
        UnknownNumber: the page asks for a number that no run has recorded.
    """
    undefined = jinja2.ChainableUndefined if lenient else jinja2.StrictUndefined
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(root / PARTIALS / language),
        undefined=undefined,
        keep_trailing_newline=True,
        comment_start_string="{##",  # as in mkdocs.yml, for `{#heading-id}`
        comment_end_string="##}",
    )
    environment.filters.update(FILTERS)
    if lenient:
        environment.filters.update(dict.fromkeys(FILTERS, lambda *_: "?"))
    known = known or quotable(root, language)
    try:
        return environment.from_string(text).render(known)
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None) or _line_of(text, str(error))
        raise UnknownNumber(
            f"line {line}: {error}. A page can quote what a run has recorded "
            f"({', '.join(known) or 'nothing yet'}); see the lesson's "
            f"metrics.json for its names, or run `make record`."
        ) from None


def _line_of(text: str, message: str) -> str:
    """The line of `text` that uses the name which a Jinja message quotes."""
    quoted = message.split("'")
    name = quoted[-2] if len(quoted) > 2 else ""
    hits = (
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if name and "{{" in line and name in line
    )
    return str(next(hits, "?"))


def _read_json(path: Path) -> Any | None:
    if not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf-8"))


def _json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a file if its content changes, creating its folder."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    replace_file(path, text)


def replace_file(path: Path, text: str) -> None:
    """Write a file in one step: no other process ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)

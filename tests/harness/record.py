"""What a run leaves behind: the recorded files of a lesson.

snippets/outputs/<lesson>/<section>.txt            text that a section printed
snippets/outputs/<lesson>/<section>.figure.json    data behind its figure
snippets/outputs/<lesson>/metrics.json             named metrics, all seeds
snippets/outputs/<lesson>/evidence.json            when, where, how long
snippets/outputs/<lesson>/backends.json            the same on other backends
snippets/outputs/<lesson>/peers.json               of what needs other packages
docs/assets/figures/<lesson>/<section>.svg         the figure as shown
docs/assets/figures/<lesson>/<section>.png         the same for the notebook
docs/assets/widgets/<lesson>/<name>.bin            numbers that the site loads
snippets/outputs/drawings/<lesson>/                the same of the drawings that
docs/assets/figures/drawings/<lesson>/             snippets/drawings/ makes

Only the evidence and backends.json hold what varies by chance. The site reads
this module too: it needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .result import Result

OUTPUTS = Path("snippets/outputs")
FIGURES = Path("docs/assets/figures")
WIDGETS = Path("docs/assets/widgets")
DRAWINGS = Path("snippets/drawings")  # scripts that draw for a page, by lesson

# A metric is one number, or a list of them (a value for each epoch, say).
Value = float | list[float]


class Record:
    """The recorded files of one lesson."""

    def __init__(self, root: Path, lesson: str) -> None:
        self.root = root
        self.outputs = root / OUTPUTS / lesson
        self.figures = root / FIGURES / lesson
        self.widgets = root / WIDGETS / lesson
        self.metrics_path = self.outputs / "metrics.json"
        self.evidence_path = self.outputs / "evidence.json"
        self.backends_path = self.outputs / "backends.json"
        self.peers_path = self.outputs / "peers.json"

    def text_path(self, section: str) -> Path:
        return self.outputs / f"{section}.txt"

    def figure_data_path(self, section: str) -> Path:
        return self.outputs / f"{section}.figure.json"

    def drawing_path(self, section: str) -> Path:
        return self.figures / f"{section}.svg"

    def picture_path(self, section: str) -> Path:
        return self.figures / f"{section}.png"

    def left_path(self, name: str) -> Path:
        """Where a lesson's numbers for the site are, such as weights.bin."""
        return self.widgets / name

    def figure_names(self, section: str) -> list[str]:
        """Names of the recorded figures of a section, in order."""
        names = [section]
        while self.drawing_path(names[-1]).is_file():
            names.append(f"{section}-{len(names) + 1}")
        return names[:-1]

    def text(self, section: str) -> str | None:
        path = self.text_path(section)
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def figure_data(self, section: str) -> Any | None:
        return read_json(self.figure_data_path(section))

    def metrics(self) -> dict[str, dict[str, Any]]:
        """Metrics by name: {"page": value, "seeds": [values], ...}."""
        return read_json(self.metrics_path) or {}

    def evidence(self) -> dict[str, Any]:
        return read_json(self.evidence_path) or {}

    def backends(self) -> list[dict[str, Any]]:
        """Runs on each backend and device, by `make backends`."""
        return read_json(self.backends_path) or []

    def peers(self) -> dict[str, Any]:
        """The run of blocks that need other packages, see `peers`."""
        return read_json(self.peers_path) or {}

    def files_of(self, section: str, done: Result | None = None) -> list[Path]:
        """What is shown of a section: as recorded, or as a run has done it."""
        figures, texts = self.figure_names(section), [section]
        if done:
            figures = [*done.named_figures(section)]
            texts = texts if done.output else []
        return [
            *map(self.text_path, texts),
            *map(self.figure_data_path, figures),
            *map(self.drawing_path, figures),
            *map(self.picture_path, figures),
        ]

    def write_figure(
        self, section: str, data: Any, drawing: str, picture: bytes | None
    ) -> None:
        """Write a figure; `picture` is the drawing as PNG, if it needs one."""
        write_json(self.figure_data_path(section), data)
        write(self.drawing_path(section), drawing)
        if picture:
            self.picture_path(section).write_bytes(picture)

    def write_left(self, name: str, value: Value) -> None:
        """Write numbers for the site: float32, the low byte first."""
        values = value if isinstance(value, list) else [value]
        path = self.left_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(struct.pack(f"<{len(values)}f", *values))

    def write_metrics(self, runs: list[dict[str, Value]]) -> None:
        """Write the metrics of all runs; the first is the one pages show."""
        summary = {
            name: {"page": runs[0][name], **values}
            for name, values in summary_of(runs).items()
        }
        write_json(self.metrics_path, summary)

    def digests(self) -> dict[str, str]:
        """Digest of each recorded file that is shown or quoted, by path."""
        return digests(self.root, [self.metrics_path, *self._shown()])

    def remove_all_but(self, kept: set[Path]) -> None:
        """Delete what was recorded once, and is made by no section now."""
        for path in {*self._shown()} - kept:
            path.unlink()

    def _shown(self) -> Iterator[Path]:
        """The files of all sections that pages and notebooks use."""
        yield from self.outputs.glob("*.txt")
        yield from self.outputs.glob("*.figure.json")
        yield from self.figures.glob("*.svg")
        yield from self.figures.glob("*.png")
        yield from self.widgets.glob("*.bin")


def drawing_name(lesson: str) -> str:
    """The name under which a lesson's drawings are run and recorded."""
    return f"{DRAWINGS.name}/{lesson}"


def digest(text: str) -> str:
    """A short digest of a text, the same on every system."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """A short digest of a file; of a text, the same on every system."""
    try:
        return digest(path.read_text("utf-8"))
    except UnicodeDecodeError:  # a picture
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def digests(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Digest of each of these files, if there, by its path."""
    return {
        path.relative_to(root).as_posix(): file_digest(path)
        for path in sorted(paths)
        if path.is_file()
    }


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


def read_json(path: Path) -> Any | None:
    if not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, data: Any) -> None:
    write(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def write(path: Path, text: str) -> None:
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

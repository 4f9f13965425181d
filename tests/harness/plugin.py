"""Pages as pytest items: one for each block of code, one for the metrics.

`pytest` finds the pages of docs/zh and docs/en by itself;
`pytest docs/en/mnist_convnet.md` verifies that page alone, and the notebook
that the site makes of it. With `--record` the same items write what they
would otherwise compare; with `--backend jax --record` they record what another
backend of Keras gives. `pytest some/folder/en/mnist_convnet.ipynb` verifies a
notebook as it lies there. What the items do is in `items` and `recording`.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pytest

from docs.hooks import maker

from . import backends, datasets, lesson, page, quote, record, settings
from .cell import Cell, PageError, cells, drawing_cells
from .progress import progress, pytest_terminal_summary
from .run import Run


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lessons")
    group.addoption(
        "--record",
        action="store_true",
        help="write what the lessons print, plot and measure, all seeds, "
        "instead of comparing it with what is recorded",
    )
    group.addoption(
        "--backend",
        choices=backends.BACKENDS,
        help="with --record: what Keras computes with, to write its results "
        "beside those of the others",
    )
    group.addoption(
        "--whole",
        action="store_true",
        help="run what [long] in a lesson's settings leaves to --record, too",
    )
    group.addoption(
        "--fresh",
        action="store_true",
        help="run every lesson again; trust no remembered run (so does CI)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SESSION] = LessonSession(config)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say once, before anything runs, what no lesson could do with."""
    backend = session.config.getoption("--backend")
    if backend and not session.config.getoption("--record"):
        raise pytest.UsageError("--backend needs --record beside it")
    if backend and not importlib.util.find_spec(backend):
        raise pytest.UsageError(
            f"{backend} is not installed; `make backends` installs what "
            f"requirements-backends.txt lists."
        )
    try:
        for name, data in datasets.DATA.items():
            if data.is_shipped:
                datasets.checked(name)
    except datasets.DamagedData as error:
        raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[SESSION].close()


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    root = parent.config.rootpath
    if file_path.is_relative_to(root / quote.PARTIALS):
        return None  # part of pages, no page
    if file_path.suffix == ".md" and file_path.is_relative_to(root / "docs"):
        return PageFile.from_parent(parent, path=file_path)
    if file_path.suffix == ".ipynb" and parent.session.isinitpath(file_path):
        return NotebookFile.from_parent(parent, path=file_path)
    # Named on the command line, it is taken for a module, see below.
    if _draws(file_path, root) and not parent.session.isinitpath(file_path):
        return DrawingsFile.from_parent(parent, path=file_path)
    return None


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    if _draws(module_path, parent.config.rootpath):
        return DrawingsFile.from_parent(parent, path=module_path)
    return None


def _draws(path: Path, root: Path) -> bool:
    return path.suffix == ".py" and path.parent == root / record.DRAWINGS


class LessonSession:
    """The runs of one pytest session, shared by the pages that need them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = config.rootpath
        self.recording = bool(config.getoption("--record"))
        self.backend: str | None = config.getoption("--backend")
        # On a backend, some of a lesson is run, and written beside the rest.
        whole = self.recording and not self.backend
        self.whole = whole or bool(config.getoption("--whole"))
        # CI must show that everything works from nothing.
        self.fresh = bool(config.getoption("--fresh") or os.environ.get("CI"))
        self._runs: dict[str, Run] = {}  # by key

    def run(
        self,
        settings: lesson.Lesson,
        cells: list[Cell],
        opening: str = "",
        seed: int | None = None,
    ) -> Run:
        """The run of some cells: pages with the same code share it.

        So does a notebook: what is the same is told by `Run.key`. What a
        lesson leaves for the site is asked only of the run that is recorded.
        """
        if not self.recording or self.backend or seed is not None:
            settings = replace(settings, leaves={})
        run = Run(
            self.root,
            settings,
            [cell for cell in cells if self.runs(settings, cell)],
            opening=opening,
            seed=seed,
            backend=self.backend,
            fresh=self.fresh,
        )
        if run.key not in self._runs:
            evidence = record.Record(self.root, settings.name).evidence()
            expected = evidence.get("sections", {})
            run.progress = progress(self.config, expected, run)
            self._runs[run.key] = run
        return self._runs[run.key]

    def runs(self, settings: lesson.Lesson, cell: Cell) -> bool:
        """Whether a cell is run here: not skipped, nor left to the record."""
        left = settings.left_to_one if self.backend else settings.long
        return cell.runs_everywhere and (self.whole or cell.name not in left)

    def close(self) -> None:
        for run in self._runs.values():
            run.close()


__all__ = ["pytest_terminal_summary"]  # a hook, too
SESSION = pytest.StashKey[LessonSession]()


class PageFile(pytest.File):
    """One page. Its first item reads it, one item a block runs it.

    Attributes:
        cells: its code; empty if `problem` says why it cannot be read.
        opening: code of a cell that its notebook has before them.
    """

    leaves_evidence = False  # even if it measures nothing
    shows: frozenset[str] = frozenset()  # see `Page.shows`

    def collect(self) -> Iterator[pytest.Item]:
        from . import items

        self.state = session = self.config.stash[SESSION]
        self.run_of_page = cache(self._run)
        self.cells: list[Cell] = []
        self.opening = ""
        self.problem = ""
        try:
            self.lesson = lesson.read_lesson(session.root, self.lesson_name)
            self.read()
        except (PageError, lesson.LessonError) as error:
            self.problem = str(error)
            self.lesson = lesson.Lesson(self.lesson_name)
        self.unfit = ""  # why the page is not run on another backend
        if session.backend and not backends.fits(self.lesson, self.cells):
            self.unfit = "needs Keras and a metric to run on each backend"
            self.cells = []
        yield items.PageItem.from_parent(self, name="page")
        numbers = itertools.count()
        for cell in self.cells:
            runs = session.runs(self.lesson, cell)
            index = next(numbers) if runs else -1
            yield items.BlockItem.from_parent(
                self, name=cell.name, cell=cell, index=index
            )
        measured = self.lesson.metrics or self.lesson.leaves
        if self.cells and (measured or self.leaves_evidence):
            yield items.MetricsItem.from_parent(self, name="metrics")
        if self.has_notebook and self.cells and not session.recording:
            yield items.NotebookItem.from_parent(self, name="notebook")

    @property
    def lesson_name(self) -> str:
        return self.path.stem

    @property
    def has_notebook(self) -> bool:
        """Whether the site shows this page as a notebook, too."""
        plugins = settings.mkdocs(self.config.rootpath).get("plugins") or {}
        return "mkdocs-jupyter" in plugins

    def read(self) -> None:
        """Read the page's code.

        Raises:
            PageError: it cannot be read.
        """
        root = self.config.rootpath
        read = page.read(self.path, root)
        self.shows, self.cells = frozenset(read.shows()), cells(read, root)
        if self.has_notebook:
            self.opening = maker.check_source(self.cells)

    def notebook(self) -> nbformat.NotebookNode:
        """The notebook that the site makes of the page."""
        root, language = self.config.rootpath, self.path.parent.name
        address = maker.site_addresses(root)[language]
        return maker.Maker(root, language, address).notebook(self.path.stem)

    def _run(self, seed: int | None = None) -> Run:
        return self.state.run(self.lesson, self.cells, self.opening, seed)


class DrawingsFile(PageFile):
    """A script that draws figures for a page, an item for each section."""

    leaves_evidence = True
    has_notebook = False

    @property
    def lesson_name(self) -> str:
        return record.drawing_name(self.path.stem)

    def read(self) -> None:
        self.cells = drawing_cells(self.path, self.config.rootpath)


class NotebookFile(PageFile):
    """A notebook on disk, as `make notebooks` wrote it or somebody edited it.

    Its file has the name of its lesson.
    """

    has_notebook = True

    def collect(self) -> Iterator[pytest.Item]:
        from . import items

        list(super().collect())
        yield items.NotebookItem.from_parent(self, name="notebook")

    def read(self) -> None:
        self.opening, self.cells = maker.cells_of(self.notebook())

    def notebook(self) -> nbformat.NotebookNode:
        return maker.read(self.path)

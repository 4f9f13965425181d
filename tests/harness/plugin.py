"""Pages as pytest items: one for each code block, one for the metrics.

`pytest` finds the pages of docs/zh and docs/en by itself;
`pytest docs/en/mnist_convnet.md` verifies that page alone, and the notebook
that the site makes of it. With `--record` the same items write what they
would otherwise compare. `pytest some/folder/en/mnist_convnet.ipynb` verifies
a notebook as it lies there.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from mkdocs.utils.yaml import yaml_load

from . import (
    compare,
    datasets,
    lessons,
    notebooks,
    pages,
    pictures,
    records,
)
from .progress import ProgressLine
from .records import Record, code_digest
from .runs import NotRun, Remembered, Result, Run, RunError


class Fault(Exception):
    """What is wrong with a page, as the report shows it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lessons")
    group.addoption(
        "--record",
        action="store_true",
        help="write what the lessons print, plot and measure, all seeds, "
        "instead of comparing it with what is recorded",
    )
    group.addoption(
        "--fresh",
        action="store_true",
        help="run every lesson again; trust no remembered run (so does CI)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SESSION] = LessonSession(config)


def pytest_sessionstart() -> None:
    """Say once, before anything runs, that shipped data are damaged."""
    try:
        for name in datasets.SHIPPED:
            datasets.checked(name)
    except datasets.DamagedData as error:
        raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[SESSION].close()


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    root = parent.config.rootpath
    partials = root / records.PARTIALS
    if file_path.is_relative_to(partials):
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
    return path.suffix == ".py" and path.parent == root / records.DRAWINGS


class LessonSession:
    """The runs of one pytest session, shared by the pages that need them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = config.rootpath
        self.recording = bool(config.getoption("--record"))
        # CI must show that everything works from nothing.
        self.fresh = bool(config.getoption("--fresh") or os.environ.get("CI"))
        self._runs: dict[str, Run] = {}  # by key
        self._asked: dict[tuple[Path, int | None], Run] = {}

    def run(self, page: pages.Page, seed: int | None = None) -> Run:
        """The run of a page's code: pages with the same code share it.

        So does a notebook: what is the same is told by `Run.key`.
        """
        if (page.path, seed) not in self._asked:
            run = self._new_run(page, seed)
            self._asked[page.path, seed] = self._runs.setdefault(run.key, run)
        return self._asked[page.path, seed]

    def _new_run(self, page: pages.Page, seed: int | None) -> Run:
        lesson = lessons.read_lesson(self.root, page.lesson)
        record = Record(self.root, page.lesson)
        progress = ProgressLine(
            self.config, record.evidence().get("sections", {})
        )
        run = run_of(
            self.root,
            lesson,
            page,
            seed=seed,
            fresh=self.fresh,
            progress=progress,
        )
        progress.run = run
        return run

    def close(self) -> None:
        for run in self._runs.values():
            run.close()


SESSION = pytest.StashKey[LessonSession]()


def run_of(
    root: Path, lesson: lessons.Lesson, page: pages.Page, **options: Any
) -> Run:
    """A run of the blocks of a page as it marks them; options as for `Run`.

    It begins as the page's notebook does: that is the same run.
    """
    return Run(
        root,
        lesson,
        [block for block in page.blocks if not _skip_reason(block)],
        opening=page.opening,
        may_fail=frozenset(
            block.name
            for block in page.blocks
            if any(mark.name == "xfail" for mark in _marks(block))
        ),
        **options,
    )


class PageFile(pytest.File):
    """One page. Its first item reads it, one item a block runs it."""

    leaves_evidence = False  # even if it measures nothing

    def collect(self) -> Iterator[pytest.Item]:
        session = self.config.stash[SESSION]
        self.page: pages.Page | None = None
        self.problem: str | None = None
        try:
            self.page = self.read(recording=session.recording)
            lesson = lessons.read_lesson(self.config.rootpath, self.page.lesson)
        except (pages.PageError, lessons.LessonError) as error:
            self.problem = str(error)
        yield PageItem.from_parent(self, name="page")
        if self.page is None or self.problem:
            return
        runs = (block for block in self.page.blocks if not _skip_reason(block))
        index = {id(block): number for number, block in enumerate(runs)}
        for block in self.page.blocks:
            yield BlockItem.from_parent(
                self,
                name=block.name,
                block=block,
                index=index.get(id(block), -1),
            )
        if self.page.blocks and (lesson.metrics or self.leaves_evidence):
            yield MetricsItem.from_parent(self, name="metrics", lesson=lesson)
        if self.has_notebook and self.page.blocks and not session.recording:
            yield NotebookItem.from_parent(self, name="notebook")

    @property
    def has_notebook(self) -> bool:
        """Whether the site shows this page as a notebook, too."""
        return _shows_notebooks(self.config.rootpath)

    def read(self, *, recording: bool) -> pages.Page:
        page = pages.read_page(
            self.path, self.config.rootpath, recording=recording
        )
        if self.has_notebook:
            page.opening = notebooks.check_source(page.blocks)
        return page

    def notebook(self) -> nbformat.NotebookNode:
        """The notebook that the site makes of the page."""
        assert self.page
        root, language = self.config.rootpath, self.path.parent.name
        address = notebooks.site_addresses(root)[language]
        return notebooks.Maker(root, language, address).notebook(
            self.page.lesson
        )

    def run_of_page(self, seed: int | None = None) -> Run:
        assert self.page
        return self.config.stash[SESSION].run(self.page, seed)


class DrawingsFile(PageFile):
    """A script that draws figures for a page, an item for each section."""

    leaves_evidence = True
    has_notebook = False

    def read(self, *, recording: bool) -> pages.Page:
        return pages.read_drawings(self.path, self.config.rootpath)


class NotebookFile(PageFile):
    """A notebook on disk, as `make notebooks` wrote it or somebody edited it.

    Its file has the name of its lesson.
    """

    def collect(self) -> Iterator[pytest.Item]:
        self.problem = None
        try:
            self.page = self.read(recording=False)
        except (pages.PageError, lessons.LessonError) as error:
            self.page, self.problem = None, str(error)
        yield NotebookItem.from_parent(self, name="notebook")

    def read(self, *, recording: bool) -> pages.Page:
        notebook = self.notebook()
        return notebooks.page_of(notebook, self.path)

    def notebook(self) -> nbformat.NotebookNode:
        return notebooks.read(self.path)


class _Item(pytest.Item):
    """What the items of a page have in common."""

    page_line = 1

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session_state = self.config.stash[SESSION]
        page = self.page_file.page
        self.record_files = Record(
            self.config.rootpath, page.lesson if page else self.path.stem
        )

    @property
    def page_file(self) -> PageFile:
        assert isinstance(self.parent, PageFile)
        return self.parent

    @property
    def page_name(self) -> str:
        return self.path.relative_to(self.config.rootpath).as_posix()

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if excinfo.errisinstance((Fault, RunError, lessons.LessonError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.page_line - 1, f"{self.page_name}::{self.name}"


class PageItem(_Item):
    """The page can be read as the site reads it, and all its code runs."""

    def runtest(self) -> None:
        if self.page_file.problem:
            raise Fault(self.page_file.problem)
        page = self.page_file.page
        assert page
        names = [block.name for block in page.blocks]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise Fault(
                f"{self.page_name}: section {', '.join(twice)} is included "
                f"more than once; its output would be recorded twice."
            )


class BlockItem(_Item):
    """One code block: it runs, and does what is recorded.

    Args:
        block: the block.
        index: its place among the blocks that are run; -1 if it is skipped.
    """

    def __init__(
        self, *, block: pages.Block, index: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.block = block
        self.index = index
        self.page_line = block.page_line
        marks = _marks(block)
        # Only an error of the block itself is expected, not a crash.
        self.may_fail = any(mark.name == "xfail" for mark in marks)
        for mark in marks:
            if mark.name != "xfail":
                self.add_marker(mark)
        if reason := _skip_reason(block):
            self.add_marker(pytest.mark.skip(reason=reason))

    def runtest(self) -> None:
        run = self.page_file.run_of_page()
        try:
            result = run.result(self.index)
        except NotRun as error:
            pytest.skip(str(error))
        except RunError as error:
            raise Fault(f"{self._where()}\n{error}") from None
        finally:
            assert isinstance(run.progress, ProgressLine)
            run.progress.clear()
        self.user_properties.append(
            ("block", [self.name, result.seconds, run.from_cache])
        )
        if result.error and self.may_fail:
            pytest.xfail("the page expects this block to fail")
        if result.error:
            run.tell()
            raise Fault(
                f"{self._where()}\n{_indented(self.block.code)}\n"
                f"{result.error['traceback']}"
            )
        if self.session_state.recording:
            self._record(result)
        else:
            self._compare(run, result)

    def _record(self, result: Result) -> None:
        files = self.record_files
        for name, figure in result.named_figures(self.name).items():
            drawing = figure["drawing"]
            picture = (
                pictures.picture_of(drawing)
                if self.page_file.has_notebook
                else None
            )
            files.write_figure(name, figure["data"], drawing, picture)
        if result.output and self.block.expected_output is None:
            files.write_text(self.name, result.output)

    def _compare(self, run: Run, result: Result) -> None:
        faults = self._expected_output_faults(result)
        metrics = compare.Metrics(
            _measured(run, self.index), self.record_files.metrics()
        )
        if self.block.expected_output is not None:
            result = dataclasses.replace(result, output="")  # compared above
        faults += compare.result_faults(
            self.name,
            result,
            self.record_files,
            metrics,
            form_only=self.name in run.lesson.varies,
        )
        if faults:
            listed = "\n".join(faults)
            raise Fault(
                f"{self._where()}\n{_indented(self.block.code)}\n{listed}\n"
                f"If the new result is right, run `make record`."
            )

    def _expected_output_faults(self, result: Result) -> list[str]:
        expected = self.block.expected_output
        if expected is None:
            return []
        printed = result.output
        if self.block.ignore_whitespace:
            expected, printed = (
                "".join(expected.split()),
                "".join(printed.split()),
            )
        if expected == printed:
            return []
        return [f"expected output:\n{expected}\nprinted:\n{printed}"]

    def _where(self) -> str:
        first = self.block.origins[0] if self.block.origins else None
        source = f" ({first})" if first and first.section else ""
        return (
            f"{self.page_name}:{self.block.page_line} · "
            f"section {self.name}{source}"
        )


class MetricsItem(_Item):
    """The named metrics lie in the bands that the recorded seeds give."""

    def __init__(self, *, lesson: lessons.Lesson, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lesson = lesson

    def runtest(self) -> None:
        run = self.page_file.run_of_page()
        try:
            finished = run.finish()
        except NotRun as error:
            pytest.skip(str(error))
        if self.session_state.recording:
            self._record(run, finished)
            return
        metrics = compare.Metrics(_measured(run), self.record_files.metrics())
        faults = metrics.faults()
        gone = self.record_files.metrics().keys() - metrics.measured.keys()
        faults += [
            f"metric {name} is recorded, but no longer measured"
            for name in sorted(gone)
        ]
        if faults:
            listed = "\n".join(faults)
            raise Fault(f"{self.page_name}:\n{listed}")

    def _record(self, run: Run, first: Remembered) -> None:
        """Run the other seeds too; write metrics and evidence of all."""
        runs = [run]
        for step in range(1, self.lesson.seeds):
            assert run.seed is not None
            other = self.page_file.run_of_page(seed=run.seed + step)
            other.finish()
            assert isinstance(other.progress, ProgressLine)
            other.progress.clear()
            runs.append(other)
        finished = [done.finish() for done in runs]
        measured = [_measured(done) for done in runs]
        if broken := [m for m in measured[0].values() if isinstance(m, str)]:
            raise Fault("\n".join(broken))
        if self.lesson.metrics:
            self.record_files.write_metrics(measured)
        sections = list(zip(run.blocks, first.results, strict=True))
        self.record_files.remove_unused(
            texts={
                block.name
                for block, result in sections
                if result.output and block.expected_output is None
            },
            figures={
                name
                for block, result in sections
                for name in result.named_figures(block.name)
            },
        )
        self.record_files.write_evidence(
            {
                **_evidence(run, finished),
                "commit": _commit(self.config.rootpath),
                "files": self.record_files.digests(),
            }
        )
        if faults := [f for other in runs[1:] for f in self._unstable(other)]:
            listed = "\n".join(faults)
            raise Fault(
                f"{self.page_name}: recorded, but these outputs would fail on "
                f"another machine. In snippets/{self.lesson.name}.toml, name "
                f"the metric that they show, or declare under [varies] why "
                f"they differ.\n{listed}"
            )

    def _unstable(self, other: Run) -> list[str]:
        """Outputs of another seed that the page's record does not allow."""
        metrics = compare.Metrics(_measured(other), self.record_files.metrics())
        return [
            f"seed {other.seed}, section {block.name}: {fault}"
            for index, block in enumerate(other.blocks)
            if block.expected_output is None
            for fault in compare.result_faults(
                block.name,
                other.result(index),
                self.record_files,
                metrics,
                form_only=block.name in self.lesson.varies,
            )
        ]


class NotebookItem(_Item):
    """The lesson's notebook is valid, runs, and shows what is recorded.

    It runs from its first cell to its last in a fresh kernel. If that is what
    the page has run already, cell for cell, it is not run again.
    """

    def runtest(self) -> None:
        if self.page_file.problem:
            raise Fault(self.page_file.problem)
        notebook = self.page_file.notebook()
        lesson = self.record_files
        faults = notebooks.shown_faults(notebook, lesson)
        page = notebooks.page_of(notebook, self.path)
        if self.page_file.page:  # which knows where each block stands
            known = {b.name: b for b in self.page_file.page.blocks}
            for block in page.blocks:
                block.marks = known.get(block.name, block).marks
        run = self.session_state.run(page)
        try:
            finished = run.finish()
        except NotRun as error:
            pytest.skip(str(error))
        expected = notebooks.check_output(
            page.blocks, {**finished.environment, "versions": finished.versions}
        )
        if finished.opening != expected:
            faults.append(
                f"the first cell printed\n{finished.opening}\n"
                f"expected:\n{expected}"
            )
        faults += self._faults(run, "", dict(enumerate(finished.results)))
        faults += self._faults(run, ", run again", finished.again)
        if faults:
            listed = "\n".join(faults)
            raise Fault(f"{self.page_name}, as a notebook:\n{listed}")

    def _faults(
        self, run: Run, how: str, results: dict[int, Result]
    ) -> Iterator[str]:
        """Where results of cells differ from the record."""
        metrics = compare.Metrics(_measured(run), self.record_files.metrics())
        for index, result in sorted(results.items()):
            name = run.blocks[index].name
            if result.error and not run.may_fail(index):
                yield f"cell {name}{how}: {result.error['traceback']}"
                continue
            for fault in compare.result_faults(
                name,
                result,
                self.record_files,
                metrics,
                form_only=name in run.lesson.varies,
            ):
                yield f"cell {name}{how}: {fault}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the blocks of each page by section, with their times."""
    pages_seen: dict[str, list[Any]] = {}
    for status in ("passed", "failed"):
        for report in terminalreporter.stats.get(status, []):
            for key, value in getattr(report, "user_properties", []):
                if key == "block" and report.when == "call":
                    page = report.nodeid.partition("::")[0]
                    pages_seen.setdefault(page, []).append(value)
    if not pages_seen:
        return
    terminalreporter.section("lessons")
    listed: dict[str, str] = {}  # what was run -> the page that lists it
    for page, blocks in pages_seen.items():
        total = sum(seconds for _, seconds, _ in blocks)
        how = "remembered" if all(b[2] for b in blocks) else "run now"
        head = f"{page}: {len(blocks)} blocks, {total:.1f} s, {how}"
        fingerprint = repr([block[1:] for block in blocks])
        if fingerprint in listed:
            terminalreporter.write_line(
                f"{head}; the same run as {listed[fingerprint]}"
            )
            continue
        listed[fingerprint] = page
        terminalreporter.write_line(head)
        for name, seconds, _ in blocks:
            terminalreporter.write_line(f"  {seconds:8.2f} s  {name}")


@cache
def _shows_notebooks(root: Path) -> bool:
    with (root / "mkdocs.yml").open(encoding="utf-8") as file:
        return "mkdocs-jupyter" in (yaml_load(file).get("plugins") or {})


def _marks(block: pages.Block) -> list[pytest.MarkDecorator]:
    """The pytest marks that stand in comments before a block."""
    names = {"pytest": pytest, "sys": sys, "os": os}
    return [eval(mark, names) for mark in block.marks]


def _skip_reason(block: pages.Block) -> str | None:
    """Why a block is not run here; None if it is."""
    if block.importorskip and not _installed(block.importorskip):
        return f"{block.importorskip} is not installed"
    for mark in _marks(block):
        if mark.name == "skip":
            return str(mark.kwargs.get("reason") or "skipped by the page")
        if mark.name == "skipif" and any(mark.args):
            return str(mark.kwargs.get("reason") or "skipped by the page")
    return None


def _installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a.b, where there is no a
        return False


def _measured(run: Run, last: int | None = None) -> dict[str, Any]:
    """Metrics of a run up to the block with this index, or of all of it."""
    last = len(run.blocks) - 1 if last is None else last
    return {
        name: value
        for index in range(last + 1)
        for name, value in run.result(index).metrics.items()
    }


def _evidence(run: Run, finished: list[Remembered]) -> dict[str, Any]:
    """When, where and how long: what the page says about its own runs."""
    first = finished[0]
    return {
        "date": max(remembered.date for remembered in finished),
        **first.environment,
        "versions": first.versions,
        "seeds": [remembered.seed for remembered in finished],
        "seconds": [round(remembered.seconds, 1) for remembered in finished],
        "sections": {
            block.name: round(result.seconds, 2)
            for block, result in zip(run.blocks, first.results, strict=True)
        },
        "code": code_digests(run.blocks),
        **({"modules": run.modules} if run.modules else {}),
        "data": {name: datasets.SHIPPED[name][1] for name in run.lesson.data},
    }


def code_digests(blocks: list[pages.Block]) -> list[list[str]]:
    """Name and digest of each block, to tell later whether it changed."""
    return [[block.name, code_digest(block.code)] for block in blocks]


def _commit(root: Path) -> str | None:
    """The commit that is checked out, marked "+" if lessons or engine differ.

    None outside of Git.
    """
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--abbrev=10", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        changed = subprocess.run(
            [
                *["git", "status", "--porcelain", "--untracked-files=no", "--"],
                *["snippets/*.py", "snippets/*.toml", "tests/harness"],
            ],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())

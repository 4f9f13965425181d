"""What only one machine prints, or no page can show, is not recorded."""

from __future__ import annotations

import json
import os
import platform
import sys

import pytest

from tests.harness import page, portable
from tests.harness.cell import cells, drawing_cells
from tests.harness.lesson import read_lesson
from tests.harness.record import DRAWINGS, Record, drawing_name

from .conftest import PROJECT, Project, run_of

OF_PROJECT = {
    **{
        path.stem: cells(page.read(path, PROJECT), PROJECT)
        for path in page.files(PROJECT, "en")
    },
    **{
        drawing_name(path.stem): drawing_cells(path, PROJECT)
        for path in (PROJECT / DRAWINGS).glob("*.py")
    },
}
SHOWS = '```text\n--8<-- "snippets/outputs/toy/work.txt"\n```\n'
# What code prints -> what is said of it.
REFUSED = {
    "'--8<-- \"mkdocs.yml\"'": "'-8<-', which would include a file",
    "'    ' + '`' * 4": "'```', which would end the fence",
    "'a\\x0cb'": "'\\x0c', which is a sign that nobody sees",
    "__import__('os').getcwd()": "made for this run",
    "__import__('getpass').getuser()": "made for this run",
    "__import__('pathlib').Path.home() / 'data'": "made for this run",
    "__import__('tempfile').gettempdir()": "a folder",
    "__import__('sys').executable": "a folder",
    "__import__('os').cpu_count()": "the number of cores",
    "__import__('platform').node()": "this machine",
    "__import__('platform').platform()": "this system",
    "__import__('sys').version": "this Python",
    "__import__('datetime').date.today()": "the day of the run",
    "__import__('time').ctime()": "a date or a time",
    "__import__('time').time()": "a date or a time",
    "__import__('os').getpid()": "a process",
    "id(object())": "an address",
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a real lesson prints, by code."""
    root = tmp_path_factory.mktemp("project")
    codes = {code: f"print({code})" for code in REFUSED}
    results = run_of(root, codes).finish().results
    return {
        code: result.output for code, result in zip(codes, results, strict=True)
    }


@pytest.mark.parametrize("code", REFUSED)
def test_what_belongs_to_a_machine_or_breaks_a_page_is_refused(
    printed: dict[str, str], code: str
) -> None:
    said = "\n".join(portable.faults(printed[code], "", f"print({code})"))
    assert said.startswith("line 1 that it printed cannot be recorded with '")
    assert REFUSED[code] in said


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("2 cores", "print(2, 'cores')"),
        (f"{os.cpu_count()} layers", "print(len(layers), 'layers')"),
        ("the root of 2", "print('the root of 2')"),
        ("runner-up", "print('runner-up')"),
        ("2012-12-13 10:30", "print(table)"),  # of some data
        ("2012-12-13", "print(date(2012, 12, 13)); datetime.now()\n2012-12-13"),
        ("/tmp/cats.zip", "download('/tmp/cats.zip')"),
        (f"{platform.system()} in {sys.version_info[0]}", "print(text)"),
        ("`x` and ``y``\n\tz", "print(text)"),
    ],
)
def test_what_merely_looks_like_it_is_not(output: str, code: str) -> None:
    assert not [*portable.faults(output, "", code)]


@pytest.mark.parametrize("lesson", [*OF_PROJECT])
def test_no_output_of_this_project_is_refused(lesson: str) -> None:
    record = Record(PROJECT, lesson)
    code = "\n".join(cell.code for cell in OF_PROJECT[lesson])
    varies = read_lesson(PROJECT, lesson).varies
    for cell in OF_PROJECT[lesson]:
        data = record.figure_data(cell.name)
        drawn = json.dumps(data, ensure_ascii=False) if data else ""
        printed = record.text(cell.name) or ""
        may_vary = cell.name in varies
        assert not [*portable.faults(printed, drawn, code, varies=may_vary)]


def test_nothing_is_written_of_what_is_refused(project: Project) -> None:
    project.lesson("import os; print(os.getcwd())", "[metrics.work]\na = '1'")
    result = project.run("--record")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "docs/en/toy.md:3 · section work (snippets/toy.py:2)",
            "line 1 that it printed cannot be recorded with *: a folder*",
            "no metrics are recorded, since an output was refused",
        ]
    )
    assert not (project.root / "snippets/outputs/toy").exists()


@pytest.mark.parametrize("code", ["x = 1", "print(' ')"])
def test_a_section_that_prints_nothing_is_told_why(
    project: Project, code: str
) -> None:
    project.lesson(code)
    with (project.root / "docs/en/toy.md").open("a") as toy:
        toy.write(f"\n{SHOWS}\n![It](assets/figures/toy/work.svg)\n")
    said = project.run("--record").stdout
    said.fnmatch_lines(["It printed nothing, but the page shows what *"])
    said.fnmatch_lines(["It drew nothing, but the page shows its figure*"])


def test_what_takes_another_time_is_told_when_recording(
    project: Project,
) -> None:
    project.has_notebooks()
    project.lesson(
        "import time\nprint(f'{time.perf_counter():.6f} s')",
        "[metrics.work]\na = '1'",
    )
    said = project.run("--record").stdout
    said.fnmatch_lines(["cell work, run again: *: no named metric explains*"])

"""What only one machine prints, or no page can show, is not recorded."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from tests.harness import portable

from .conftest import Project, run_of

SHOWS = '```text\n--8<-- "snippets/outputs/toy/work.txt"\n```\n'
# Code -> what is said of what it prints.
REFUSED = {
    "print('--8<-- \"mkdocs.yml\"')": "'-8<-' would include a file",
    "print('    ' + '`' * 4)": "'```' would end the fence",
    "print('a\\x0c')": "'\\x0c' is a sign that nobody sees",
    "import os; print(os.getcwd())": "made for this run alone",
    "from getpass import getuser; print(getuser())": "made for this run alone",
    "import pathlib; print(pathlib.Path.home())": "made for this run alone",
    "import tempfile; print(tempfile.gettempdir())": "a folder",
    "import sys; print(sys.executable)": "a folder",
    "import os; print(os.cpu_count())": "the number of cores",
    "import platform; print(platform.node())": "this machine",
    "import platform; print(platform.machine())": "this system",
    "import sys; print(sys.version_info)": "this Python",
    "import datetime; print(datetime.date.today())": "the day of the run",
    "import time; print(time.ctime())": "the day of the run",
    "import time; print(time.time())": "a date or a time",
    "import time; print(time.strftime('%A'))": "a date or a time",
    "import os; print('process', os.getpid())": "a process",
    "print(id(print))": "an address",
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a real lesson prints, by code."""
    root = tmp_path_factory.mktemp("project")
    results = run_of(root, {code: code for code in REFUSED}).finish().results
    outputs = [result.output for result in results]
    return dict(zip(REFUSED, outputs, strict=True))


@pytest.mark.parametrize("code", REFUSED)
def test_what_belongs_to_a_machine_or_breaks_a_page_is_refused(
    printed: dict[str, str], code: str
) -> None:
    (said,) = portable.faults(printed[code], "", code)
    assert said.startswith("It cannot be recorded: in line 1 of what it showed")
    assert REFUSED[code] in said
    (drawn,) = portable.faults("", printed[code].strip("\n"), code)
    assert "in its figure" in drawn


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
    assert not portable.faults(output, "", code)


def test_numbers_that_may_vary_may_be_of_a_moment() -> None:
    code = "import os, time; print(time.time())"
    assert not portable.faults("1795661527.1\n", "", code, varies=True)
    assert portable.faults(f"in {Path.cwd()}\n", "", code, varies=True)


def test_nothing_is_written_of_what_is_refused(project: Project) -> None:
    project.lesson("import os; print(os.getcwd())", "[metrics.work]\na = '1'")
    result = project.run("--record")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "docs/en/toy.md:3 · section work (snippets/toy.py:2)",
            "It cannot be recorded: in line 1 of * is a folder, which*",
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

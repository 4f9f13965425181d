"""Blocks run as a reader's script would, once, and only when they must."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from .conftest import Project


def test_both_languages_share_one_run(project: Project) -> None:
    project.page(
        f"```python\n{project.counting}\n```\n", languages=("zh", "en")
    )
    chinese = project.root / "docs/zh/toy.md"
    chinese.write_text("另一篇正文。\n\n" + chinese.read_text())
    result = project.run()
    result.assert_outcomes(passed=4)
    assert project.runs == 1
    result.stdout.fnmatch_lines(["*the same run as docs/*/toy.md"])


def test_passed_lesson_is_remembered(project: Project) -> None:
    project.lesson(project.counting)
    for _ in range(2):
        result = project.run()
    assert project.runs == 1
    result.stdout.fnmatch_lines(["docs/en/toy.md: 1 blocks, * remembered"])


def test_edit_runs_again(project: Project) -> None:
    project.lesson(project.counting)
    project.run()
    project.lesson(project.counting + "\nx = 1")
    project.run()
    assert project.runs == 2


def test_edit_of_one_lesson_leaves_the_other_alone(project: Project) -> None:
    project.lesson(project.counting)
    project.write("docs/en/other.md", "```python\nx = 1\n```\n")
    project.run()
    project.write("docs/en/other.md", "```python\nx = 2\n```\n")
    project.run()
    assert project.runs == 1


def test_edit_of_prose_runs_nothing(project: Project) -> None:
    project.lesson(project.counting)
    project.run()
    page = project.root / "docs/en/toy.md"
    page.write_text("A new beginning.\n\n" + page.read_text())
    project.run().assert_outcomes(passed=2)
    assert project.runs == 1


def test_remembered_run_is_still_compared(project: Project) -> None:
    project.lesson(f"{project.counting}\nprint(1)")
    project.run("--record")
    (project.root / "snippets/outputs/toy/work.txt").write_text("2\n")
    project.run().assert_outcomes(passed=1, failed=1)
    assert project.runs == 1


def test_failed_lesson_is_not_remembered(project: Project) -> None:
    project.lesson(f"{project.counting}\nraise SystemExit")
    for _ in range(2):
        project.run().assert_outcomes(passed=1, failed=1)
    assert project.runs == 2


def test_fresh_trusts_no_cache(project: Project) -> None:
    project.lesson(project.counting)
    project.run()
    project.run("--fresh")
    assert project.runs == 2


def test_ci_trusts_no_cache(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.lesson(project.counting)
    project.run()
    monkeypatch.setenv("CI", "true")
    project.run()
    assert project.runs == 2


def test_damaged_cache_runs_again(project: Project) -> None:
    project.lesson(project.counting)
    project.run()
    (kept,) = (project.root / ".cache/lessons/toy").glob("*.json")
    kept.write_text("{")
    project.run().assert_outcomes(passed=2)
    assert project.runs == 2


def test_blocks_share_one_namespace_in_order(project: Project) -> None:
    project.page(
        """
        ```python
        x = [1]
        ```

        ??? note "Folded"
            ```python
            x.append(2)
            ```

        ```python
        assert x == [1, 2]
        ```
        """
    )
    project.run().assert_outcomes(passed=4)


def test_lessons_share_nothing(project: Project) -> None:
    project.write("docs/en/one.md", "```python\nimport os\nshared = 1\n```\n")
    project.write(
        "docs/en/two.md", '```python\nassert "shared" not in globals()\n```\n'
    )
    project.run().assert_outcomes(passed=4)


def test_one_block_alone_runs_what_it_needs(project: Project) -> None:
    project.page(
        """
        ```python
        x = 1
        ```

        ```python
        assert x == 1
        ```
        """
    )
    result = project.run("-k", "line-5")
    result.assert_outcomes(passed=1, deselected=2)


def test_code_runs_as_in_a_notebook(project: Project) -> None:
    project.lesson(
        """
        import inspect
        import pickle
        from dataclasses import dataclass


        @dataclass
        class Point:
            x: int


        def origin():
            return Point(0)


        assert __name__ == "__main__"
        assert "return Point(0)" in inspect.getsource(origin)
        assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
        assert get_ipython().kernel.implementation == "ipython"
        """
    )
    project.run().assert_outcomes(passed=2)


def test_shell_block(project: Project) -> None:
    project.page(
        """
        ```bash
        set -o pipefail
        echo made > made.txt
        ```

        ```python
        assert open("made.txt").read() == "made\\n"
        ```

        ```sh
        exit 4
        ```
        """
    )
    result = project.run()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*returned non-zero exit status 4*"])


def test_shell_blocks_show_errors_and_no_progress_bar(
    project: Project,
) -> None:
    project.page(
        r"""
        ```sh
        echo out
        echo err >&2
        printf '\r 50%%|##   | 1/2 [00:01<00:01,  1.00it/s]' >&2
        printf '\r100%%|#####| 2/2 [00:02<00:00,  1.00it/s]\n' >&2
        command -v python
        ```
        """
    )
    project.run("--record").assert_outcomes(passed=2)
    recorded = project.root / "snippets/outputs/toy/line-1.txt"
    python = Path(sys.executable).parent / "python"
    # A notebook takes both streams as they come, in no fixed order.
    assert {*recorded.read_text().splitlines()} == {"out", "err", str(python)}


def test_a_library_that_keeps_stdout_prints_into_the_block_that_runs(
    project: Project,
) -> None:
    project.page(
        """
        ```python
        import sys; kept = sys.stdout
        ```

        ```python
        print("now", file=kept)
        ```
        """
    )
    project.run("--record").assert_outcomes(passed=3)
    recorded = [*(project.root / "snippets/outputs/toy").glob("*.txt")]
    assert [path.read_text() for path in recorded] == ["now\n"]


def test_codeblocks_comments_keep_working(project: Project) -> None:
    project.page(
        """
        ```python
        class Counter:
            start = 1
        ```

        <!--pytest-codeblocks:cont-->

        ```python
            def next(self):
                return self.start + 1

        print(Counter().next())
        ```

        <!--pytest-codeblocks:expected-output-->

        ```text
        2
        ```

        <!--pytest-codeblocks:importorskip(no_such_module.part)-->

        ```python
        import no_such_module
        ```

        <!--pytest.mark.skipif(True, reason="not on this system")-->

        ```python
        1 / 0
        ```

        <!--pytest.mark.xfail-->

        ```python
        1 / 0
        ```

        ```python
        print("goes on")
        ```

        <!--pytest-codeblocks:expected-output-->

        ```text
        goes off
        ```
        """
    )
    result = project.run()
    result.assert_outcomes(passed=2, skipped=2, xfailed=1, failed=1)
    result.stdout.fnmatch_lines(["*goes off*", "printed:", "goes on"])


def test_report_lists_sections_with_times(project: Project) -> None:
    project.lesson("import time\ntime.sleep(0.2)")
    result = project.run()
    result.stdout.re_match_lines(
        [r"docs/en/toy\.md: 1 blocks, 0\.\d s, run now"]
    )
    result.stdout.re_match_lines([r"\s+0\.2\d s  work"])


@pytest.mark.parametrize(
    ("printed", "recorded"),
    [
        (
            "938/938 - 25s - 27ms/step - accuracy: 0.9471",
            "938/938 - accuracy: 0.9471",
        ),
        ("1/938 ..\\r938/938 done", "938/938 done"),
        ("<object at 0x7f3a5c0b1d30>", "<object at 0x…>"),
        ("\\x1b[1mbold\\x1b[0m", "bold"),
    ],
)
def test_chance_never_reaches_a_record(
    project: Project, printed: str, recorded: str
) -> None:
    project.lesson(f'print("{printed}")')
    project.run("--record")
    written = project.root / "snippets/outputs/toy/work.txt"
    assert written.read_text() == recorded + "\n"


def test_record_is_what_the_next_run_is_held_against(
    project: Project,
) -> None:
    project.lesson("print('now')")
    outputs = project.root / "snippets/outputs/toy"
    old = project.write("snippets/outputs/toy/gone.txt", "stale\n")
    project.write("snippets/toy.toml", '[metrics.work]\none = "1"\n')
    project.run("--record").assert_outcomes(passed=3)
    assert (outputs / "work.txt").read_text() == "now\n"
    assert not old.exists()
    before = _contents(outputs)
    project.run("--record")
    assert _contents(outputs) == before
    project.run().assert_outcomes(passed=3)


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_long_work_shows_progress(project: Project) -> None:
    project.lesson("import time\ntime.sleep(1.2)", "[metrics.work]\none = '1'")
    project.run("--record")  # which tells how long it takes
    impatient = (
        "import sys, pytest, tests.harness.progress as progress;"
        "progress.QUIET = 0.3; progress.EVERY = 0.5;"
        "sys.exit(pytest.main(['--fresh']))"
    )
    result = project.pytester.run(sys.executable, "-c", impatient)
    result.stderr.re_match_lines(
        [r"  toy · work \(1 of 1\) · 0:0\d elapsed, about 0:01 expected"]
    )


@pytest.mark.skipif(os.name != "posix", reason="asks the system as POSIX does")
def test_lesson_that_is_stopped_leaves_no_kernel(project: Project) -> None:
    pid = project.root / "pid"
    project.lesson(
        "import os, time\n"
        f"_ = open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(120)",
        "time_limit = 6",
    )
    project.run().assert_outcomes(passed=1, failed=1)
    kernel = int(pid.read_text())
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(kernel, 0)
        except ProcessLookupError:
            return
        time.sleep(0.2)
    raise AssertionError(f"the kernel, process {kernel}, still runs")

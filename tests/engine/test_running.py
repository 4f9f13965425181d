"""Lessons run once, and only when they must; their record is what counts."""

from __future__ import annotations

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


def test_report_lists_sections_with_times(project: Project) -> None:
    project.lesson("import time\ntime.sleep(0.2)")
    result = project.run()
    result.stdout.re_match_lines(
        [r"docs/en/toy\.md: 1 blocks, 0\.\d s, run now"]
    )
    result.stdout.re_match_lines([r"\s+0\.2\d s  work"])


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


def test_a_skipped_block_is_neither_run_nor_counted(project: Project) -> None:
    project.page(
        """
        <!--pytest.mark.skipif(True, reason="not on this system")-->

        ```python
        1 / 0
        ```

        <!--pytest-codeblocks:importorskip(no_such_module.part)-->

        ```python
        import no_such_module
        ```

        ```python
        x = 1
        ```
        """
    )
    result = project.run()
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines(["docs/en/toy.md: 1 blocks, *"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--backend", "jax"], "*--backend needs --record beside it"),
        (["--backend", "mxnet", "--record"], "*invalid choice: 'mxnet'*"),
    ],
)
def test_another_backend_is_for_recording(
    project: Project, arguments: list[str], says: str
) -> None:
    project.lesson("x = 1")
    result = project.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([says])

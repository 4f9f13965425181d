"""Each fault that the engine guards against is found, and the message helps."""

from __future__ import annotations

import json

import pytest

from .conftest import Project


def test_wrong_output(project: Project) -> None:
    project.lesson('print("shape", (26, 26, 32))')
    project.run("--record").assert_outcomes(passed=2)
    recorded = project.root / "snippets/outputs/toy/work.txt"
    recorded.write_text("shape (28, 28, 32)\n")

    result = project.run()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "docs/en/toy.md:3 · section work (snippets/toy.py:2)",
            '*print("shape", (26, 26, 32))',
            "28 became 26: no named metric explains it.",
            "-shape (28, 28, 32)",
            "+shape (26, 26, 32)",
            "*make record*",
        ]
    )


def test_output_that_nobody_recorded(project: Project) -> None:
    project.lesson("print(1)")
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["nothing is recorded, but it printed:", "1"])


def test_output_that_is_no_longer_printed(project: Project) -> None:
    project.lesson("print(1)")
    project.run("--record")
    project.lesson("pass")
    project.run().assert_outcomes(passed=1, failed=1)


METRIC = """
    seeds = 5
    [metrics.work]
    accuracy = "accuracy"
"""
# The recorded seeds 1 to 5 give 0.901 to 0.905.
MEASURED = """
    class keras:
        def set_random_seed(seed):
            keras.seed = seed

    keras.set_random_seed(1)
    accuracy = 0.9 + keras.seed / 1000{nudge}
    print(f"accuracy: {{accuracy:.3f}}")
"""


@pytest.mark.parametrize(
    ("nudge", "outcome"),
    [
        ("", {"passed": 3}),
        (" + 0.004", {"passed": 3}),  # other number, explained and in band
        (" + 0.2", {"passed": 2, "failed": 1}),
    ],
)
def test_metric_in_the_band_of_its_seeds(
    project: Project, nudge: str, outcome: dict[str, int]
) -> None:
    project.lesson(MEASURED.format(nudge=""), METRIC)
    project.run("--record").assert_outcomes(passed=3)
    metrics = json.loads(
        (project.root / "snippets/outputs/toy/metrics.json").read_text()
    )
    assert metrics["accuracy"]["page"] == pytest.approx(0.901)
    assert metrics["accuracy"]["mean"] == pytest.approx(0.903)
    assert len(metrics["accuracy"]["seeds"]) == 5

    project.lesson(MEASURED.format(nudge=nudge), METRIC)
    result = project.run()

    result.assert_outcomes(**outcome)
    if "failed" in outcome:
        result.stdout.fnmatch_lines(
            ["metric accuracy is 1.101, outside its band *5 recorded seeds"]
        )


def test_output_that_differs_between_seeds_is_told_when_recording(
    project: Project,
) -> None:
    code = MEASURED.format(nudge="") + '    print("seed:", keras.seed)\n'
    project.lesson(code, METRIC)
    result = project.run("--record")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*these outputs would fail on another machine*toy.toml*",
            "seed 2, section work: 1 became 2: no named metric explains it.",
        ]
    )
    project.lesson(code, METRIC + '\n[varies]\nwork = "shows the seed"\n')
    project.run("--record").assert_outcomes(passed=3)


def test_number_that_no_metric_explains(project: Project) -> None:
    project.lesson("print(0.25)")
    project.run("--record")
    project.lesson("print(0.26)")
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["0.25 became 0.26: no named metric*"])


def test_metric_that_cannot_be_measured(project: Project) -> None:
    project.lesson("x = 1", '[metrics.work]\naccuracy = "acuracy"\n')
    result = project.run("--record")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["acuracy: NameError*"])


def test_missing_section(project: Project) -> None:
    project.lesson("x = 1")
    project.page('\n```python\n--8<-- "snippets/toy.py:wrok"\n```\n')
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["docs/en/toy.md:2: *toy.py:wrok*not there*"])


def test_exception(project: Project) -> None:
    project.lesson(
        """
        def divide(a, b):
            return a / b


        divide(1, 0)
        """
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "docs/en/toy.md:3 · section work (snippets/toy.py:2)",
            "    def divide(a, b):",
            "Traceback (most recent call last):",
            '  File "snippets/toy.py", line 6, in <module>',
            '  File "snippets/toy.py", line 3, in divide',
            "ZeroDivisionError: division by zero",
        ]
    )


def test_after_an_exception_the_rest_is_not_run(project: Project) -> None:
    project.page(
        f"```python\n1 / 0\n```\n\n```python\n{project.counting}\n```\n"
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*Not run: section line-1 failed before it*"])
    assert project.runs == 0


def test_block_chosen_alone_reports_what_failed_before_it(
    project: Project,
) -> None:
    project.page("```python\n1 / 0\n```\n\n```python\nx = 1\n```\n")
    result = project.run("-k", "line-5")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["*section line-1 failed before it*"])


def test_quoted_mean_that_does_not_follow_from_its_seeds(
    project: Project,
) -> None:
    project.lesson(MEASURED.format(nudge=""), METRIC)
    project.run("--record")
    path = project.root / "snippets/outputs/toy/metrics.json"
    metrics = json.loads(path.read_text())
    metrics["accuracy"]["mean"] += 0.01
    path.write_text(json.dumps(metrics))
    result = project.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["metric accuracy: the recorded mean *"])


def test_unknown_number_in_prose(project: Project) -> None:
    project.page("# Toy\n\nAccuracy {{ toy.acuracy.mean }}.\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["docs/en/toy.md: line 3: *toy*"])


def test_unknown_setting(project: Project) -> None:
    project.lesson("x = 1", "timelimit = 3\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["snippets/toy.toml: unknown entry timelimit*"])


def test_section_that_stands_twice(project: Project) -> None:
    project.lesson("x = 1")
    fence = '```python\n--8<-- "snippets/toy.py:work"\n```\n'
    project.page(fence + "\n" + fence)
    result = project.run()
    result.stdout.fnmatch_lines(["*section work is included more than once*"])
    assert result.ret == 1


def test_lesson_that_sets_two_seeds(project: Project) -> None:
    project.lesson(
        """
        def set_random_seed(seed):
            pass


        set_random_seed(1)
        set_random_seed(2)
        """
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*sets its seed 2 times; expected once*"])

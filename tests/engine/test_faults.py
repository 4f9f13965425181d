"""Each fault that the engine guards against is found, and the message helps."""

from __future__ import annotations

import json

import pytest

from .conftest import Project

FENCE = '```python\n--8<-- "snippets/toy.py:{}"\n```\n'
DIVIDES = """
    def divide(a, b):
        return a / b


    divide(1, 0)
    """
# Lesson -> its code, its settings, what is said of it.
LESSONS = {
    "unrecorded": ("print(1)", "", ["nothing is recorded, but it printed:"]),
    "seeds": ("# set_random_seed(1)\n" * 2, "", ["*its seed 2 times; *once*"]),
    "metric": ("", "[metrics.work]\na = 'acuracy'", ["*acuracy: NameError*"]),
    "error": (
        DIVIDES,
        "",
        [
            "docs/en/error.md:3 · section work (snippets/error.py:2)",
            "    def divide(a, b):",
            "Traceback (most recent call last):",
            '  File "snippets/error.py", line 6, in <module>',
            '  File "snippets/error.py", line 3, in divide',
            "ZeroDivisionError: division by zero",
        ],
    ),
}
# Page -> its text, what is said of it.
PAGES = {
    "open": ("```python\nx = 1\n", "*open.md:1: nothing closes this fence*"),
    "section": (FENCE.format("wrok"), "*section.md:2: *toy.py:wrok*not there*"),
    "twice": (f"{FENCE}\n{FENCE}".format("work", "work"), "*work is included*"),
}


def test_faults_of_many_lessons_are_told_in_one_run(project: Project) -> None:
    project.lesson("x = 1")
    for name, (code, settings, _) in LESSONS.items():
        project.lesson(code, settings, name)
    for name, (text, _) in PAGES.items():
        project.write(f"docs/en/{name}.md", text)
    said = project.run().stdout
    for name, (_, _, lines) in LESSONS.items():
        said.fnmatch_lines([f"FAILED docs/en/{name}.md::*"])
        said.fnmatch_lines(lines)
    for name, (_, line) in PAGES.items():
        said.fnmatch_lines([f"FAILED docs/en/{name}.md::page*"])
        said.fnmatch_lines([line])
    said.no_fnmatch_line("FAILED docs/en/toy.md*")


def test_an_output_that_differs_is_shown(project: Project) -> None:
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
    project.lesson("pass")  # prints nothing any more
    project.run().assert_outcomes(passed=1, failed=1)


METRIC = 'seeds = 5\n[metrics.work]\naccuracy = "accuracy"\n'
# The recorded seeds 1 to 5 give 0.901 to 0.905.
MEASURED = """
    class keras:
        def set_random_seed(seed):
            keras.seed = seed

    keras.set_random_seed(1)
    accuracy = 0.9 + keras.seed / 1000{nudge}
    print(f"accuracy: {{accuracy:.3f}}")
"""


def test_a_metric_stays_in_the_band_of_its_seeds(project: Project) -> None:
    project.lesson(MEASURED.format(nudge=""), METRIC)
    project.run("--record").assert_outcomes(passed=3)
    path = project.root / "snippets/outputs/toy/metrics.json"
    recorded = json.loads(path.read_text())
    accuracy = recorded["accuracy"]
    seeds = [0.901, 0.902, 0.903, 0.904, 0.905]
    assert accuracy["seeds"] == pytest.approx(seeds)
    quoted = [accuracy["page"], accuracy["mean"]]
    assert quoted == pytest.approx([0.901, 0.903])
    project.run().assert_outcomes(passed=3)
    project.lesson(MEASURED.format(nudge=" + 0.004"), METRIC)
    project.run().assert_outcomes(passed=3)  # another number, but in the band
    project.lesson(MEASURED.format(nudge=" + 0.2"), METRIC)
    project.run().stdout.fnmatch_lines(
        ["metric accuracy is 1.101, outside its band *5 recorded seeds"]
    )
    path.write_text(json.dumps({**recorded, "gone": accuracy}))
    project.run().stdout.fnmatch_lines(["metric gone is recorded, but no *"])


def test_outputs_that_differ_between_seeds_are_told_when_recording(
    project: Project,
) -> None:
    code = MEASURED.format(nudge="") + '    print("seed:", keras.seed)\n'
    project.lesson(code, METRIC)
    result = project.run("--record")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*these outputs would fail on another machine*toy.toml*",
            "cell work with seed 2: 1 became 2: no named metric explains it.",
        ]
    )
    varies = f'{METRIC}\n[varies]\nwork = "shows the seed"\n'
    project.lesson(code, varies)
    project.run("--record").assert_outcomes(passed=3)
    project.lesson(code.replace("keras.seed)", "7)"), varies)
    project.run().assert_outcomes(passed=3)
    project.lesson(code.replace("seed:", "Seed:"), varies)
    project.run().assert_outcomes(passed=2, failed=1)


def test_a_failure_is_told_once_and_nothing_runs_after_it(
    project: Project,
) -> None:
    project.write(
        "docs/en/toy.md",
        f"```python\n1 / 0\n```\n\n```python\n{project.counting}\n```\n",
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*Not run: section line-1 failed before it*"])
    # Chosen alone, the second block is the first to tell.
    result = project.run("-k", "line-5")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["*section line-1 failed before it*"])
    assert project.runs == 0

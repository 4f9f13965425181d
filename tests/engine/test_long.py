"""What takes long runs when a lesson is recorded.

That it is still the code that ran then is what the gate `current` sees.
"""

from __future__ import annotations

import pytest

from .conftest import FRONT, Project

SETTINGS = """
[metrics.work]
short = "1"

[metrics.compare]
slow = "2"

[long]
compare = "five networks, eight minutes"
"""


def write(project: Project, compare: str = "print('compared')") -> None:
    """A lesson of a short section and a long one, in both forms."""
    sections = {"work": "x = 1", "compare": f"{project.counting}\n{compare}"}
    project.sections(sections, SETTINGS, top=FRONT)


@pytest.fixture
def recorded(project: Project) -> Project:
    project.has_notebooks()
    project.write("docs/partials/en/notebook.md", "{{ url }}\n")
    write(project)
    project.run("--record").assert_outcomes(passed=4)
    assert project.runs == 1  # it is long: it does not run again at the end
    return project


def test_a_long_section_is_left_to_the_record(recorded: Project) -> None:
    result = recorded.run()
    result.assert_outcomes(passed=4, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*: five networks, eight minutes: *"])
    assert recorded.runs == 1


def test_asked_for_the_whole_it_runs_and_is_compared(recorded: Project) -> None:
    recorded.run("--whole", "--fresh").assert_outcomes(passed=5)
    assert recorded.runs == 2
    write(recorded, "print('another')")
    recorded.run("--whole").assert_outcomes(passed=3, failed=2)

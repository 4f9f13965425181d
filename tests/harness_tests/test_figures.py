"""Figures: what is plotted is recorded as data, and the data is compared."""

from __future__ import annotations

import json

import pytest

from .conftest import Project

PLOT = """
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    ax.plot([1, 2, 3], {values}, label="accuracy")
    ax.set(xlabel="epoch", title="{title}")
    plt.show()
"""


def test_figure_is_recorded_and_passes_again(project: Project) -> None:
    project.lesson(PLOT.format(values=[0.1, 0.2, 0.3], title="Curve"))
    project.run("--record").assert_outcomes(passed=2)
    data = json.loads(
        (project.root / "snippets/outputs/toy/work.figure.json").read_text()
    )
    (axes,) = data["axes"]
    assert axes["title"] == "Curve"
    assert axes["lines"] == [
        {"label": "accuracy", "x": [1.0, 2.0, 3.0], "y": [0.1, 0.2, 0.3]}
    ]
    drawing = project.root / "docs/assets/figures/toy/work.svg"
    assert ">epoch</text>" in drawing.read_text()
    project.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("values", "title", "message"),
    [
        ([0.1, 0.2, 0.4], "Curve", "figure.axes[0].lines[0].y[2]: *0.3*0.4*"),
        ([0.1, 0.2, 0.3], "Kurve", "figure.axes[0].title: *Curve*Kurve*"),
    ],
)
def test_other_data_is_found(
    project: Project, values: list[float], title: str, message: str
) -> None:
    project.lesson(PLOT.format(values=[0.1, 0.2, 0.3], title="Curve"))
    project.run("--record")
    project.lesson(PLOT.format(values=values, title=title))
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([message.replace("[", "[[]")])


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ("", {"passed": 1, "failed": 1}),
        ('[varies]\nwork = "depends on the run"\n', {"passed": 2}),
        (
            "[metrics.work]\nlast = '0.9'\n"
            "[varies]\nother = 'not this section'\n",
            {"passed": 2, "failed": 1},
        ),
    ],
)
def test_declared_variation_compares_the_form(
    project: Project, settings: str, outcome: dict[str, int]
) -> None:
    project.lesson(PLOT.format(values=[0.1, 0.2, 0.3], title="1"), settings)
    project.run("--record")
    project.lesson(PLOT.format(values=[0.7, 0.8, 0.9], title="2"), settings)
    project.run().assert_outcomes(**outcome)


def test_form_is_compared_even_if_values_vary(project: Project) -> None:
    settings = '[varies]\nwork = "depends on the run"\n'
    project.lesson(PLOT.format(values=[0.1, 0.2, 0.3], title="a"), settings)
    project.run("--record")
    project.lesson(PLOT.format(values=[0.1, 0.2, 0.3], title="b"), settings)
    project.run().assert_outcomes(passed=1, failed=1)


def test_drawing_is_the_same_bytes_again(project: Project) -> None:
    project.lesson(PLOT.format(values=[1, 2, 3], title="Curve"))
    project.run("--record")
    path = project.root / "docs/assets/figures/toy/work.svg"
    first = path.read_bytes()
    path.unlink()
    project.run("--record", "--fresh")
    assert path.read_bytes() == first

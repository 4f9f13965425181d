"""Around a lesson: its stage, its drawings, and what is said while it runs."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.harness.record import Record
from tests.harness.stage import sources

from .conftest import PROJECT, Project, run_of

STAGE = """
    import contextlib
    import os

    class Stage:
        clients = ("pytest",)
        secrets = ("open sesame",)
        typed = {"asks": "open sesame", "prints": "open sesame"}

        def start(self, home):
            (home / "given").touch()
            return {"SERVED": "here"}

        @contextlib.contextmanager
        def during(self, section):
            os.environ["SECTION"] = section
            yield
            del os.environ["SECTION"]

        def stop(self):
            pass
"""


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    """A project whose lesson `toy` has a stage."""
    stage = tmp_path / "tests/lessons/toy_stage.py"
    stage.parent.mkdir(parents=True)
    stage.write_text(textwrap.dedent(STAGE))
    return tmp_path


def test_a_stage_is_played_and_its_keys_are_withheld(staged: Path) -> None:
    leak = "print(token)"
    drawn = "import matplotlib.pyplot as plt; plt.title(token); plt.show()"
    codes = {
        "home": """
            import os
            from pathlib import Path

            Path("~/made").expanduser().touch()
            print(Path.home(), sorted(p.name for p in Path.home().iterdir()))
            print(os.environ["SERVED"])
        """,
        "asks": "token = input(); print(len(token), os.environ['SECTION'])",
        "asks_not": "print(os.environ['SECTION']); input()",
        "prints": leak,
        "raises": "raise ValueError(token)",
        "draws": drawn,
    }
    home, asks, asks_not, *leaks = run_of(staged, codes).finish().results
    assert home.output == "~ ['given', 'made']\nhere\n"
    assert asks.output == "11 asks\n"
    assert asks_not.output == "asks_not\n"
    assert asks_not.error
    assert asks_not.error["type"] == "StdinNotImplementedError"
    for result in leaks:
        assert result.error and result.error["type"] == "KeyPrinted"
    kept = [path.read_text() for path in staged.rglob("*.json")]
    assert kept and not any("open sesame" in text for text in kept)


def test_the_stage_is_part_of_what_a_run_depends_on(staged: Path) -> None:
    codes = {"asks": "1", "prints": "2"}
    run = run_of(staged, codes)
    assert "pytest" in run.versions
    assert run.modules.keys() == {"tests/lessons/toy_stage.py"}
    stage = staged / "tests/lessons/toy_stage.py"
    stage.write_text(stage.read_text() + "\nmore = 1\n")
    assert run.key != run_of(staged, codes).key
    names = [path.name for path in sources(PROJECT, "kaggle_data")]
    beside = ["kaggle_server.py", "microsoft_server.py"]
    assert names == ["kaggle_data_stage.py", *beside]


PLOT = """
    # --8<-- [start:setup]
    import matplotlib.pyplot as plt
    from snippets.drawings.parts.shapes import LENGTH
    # --8<-- [end:setup]
    # --8<-- [start:bar]
    measured = open("{root}/snippets/outputs/toy/metrics.json").read()
    figure, ax = plt.subplots()
    ax.plot([1, 2, 3], [0.1, 0.2, 0.3], label="accuracy")
    ax.text(0, 0, f"length {LENGTH}")
    plt.show()
    # --8<-- [end:bar]
"""
METRICS = "snippets/outputs/toy/metrics.json"
FIGURE = "docs/assets/figures/drawings/toy/bar.svg"


def test_drawings_are_recorded_compared_and_depend_on_modules(
    real: Project,
) -> None:
    real.write("snippets/drawings/parts/shapes.py", "LENGTH = 3\n")
    real.write(METRICS, "{}")
    script = real.write(
        "snippets/drawings/toy.py", PLOT.replace("{root}", str(real.root))
    )
    real.run("--record", "snippets").assert_outcomes(passed=4)
    drawing = (real.root / FIGURE).read_bytes()
    assert b">length 3</text>" in drawing
    record = Record(real.root, "drawings/toy")
    (axes,) = record.figure_data("bar")["axes"]
    assert axes["lines"] == [
        {"label": "accuracy", "x": [1.0, 2.0, 3.0], "y": [0.1, 0.2, 0.3]}
    ]
    evidence = record.evidence()
    assert [name for name, _ in evidence["code"]] == ["setup", "bar"]
    # When one of these changes, it is drawn again, and `current` says so.
    shapes = "snippets/drawings/parts/shapes.py"
    assert list(evidence["modules"]) == [shapes, METRICS]
    assert FIGURE in evidence["files"]
    assert not record.metrics_path.exists()  # drawings measure nothing

    (real.root / FIGURE).unlink()
    real.run("--record", "--fresh", str(script)).assert_outcomes(passed=4)
    assert (real.root / FIGURE).read_bytes() == drawing  # the same bytes

    real.write("snippets/drawings/parts/shapes.py", "LENGTH = 4\n")
    result = real.run("snippets")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*'length 3', now 'length 4'*"])


def test_long_work_shows_progress(
    real: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.harness.progress.QUIET", 0.3)
    real.lesson("import time\ntime.sleep(1.2)", "[metrics.work]\none = '1'")
    real.write("snippets/outputs/toy/evidence.json", '{"sections": {"a": 61}}')
    real.run("-k", "not metrics").stdout.re_match_lines(
        [r"  toy · work \(1 of 1\) · 0:\d\d elapsed, about 1:01 expected"]
    )

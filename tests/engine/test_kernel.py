"""What happens in a real kernel, and that nothing of it outlives it."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.harness.cell import Cell, Origin
from tests.harness.client import without_chance
from tests.harness.lesson import Lesson
from tests.harness.record import Record
from tests.harness.result import Finished
from tests.harness.run import Run, RunError
from tests.harness.stage import sources

from .conftest import PROJECT, Project


def run_of(
    root: Path,
    codes: dict[str, str],
    lesson: Lesson | None = None,
    *,
    opening: str = "",
) -> Run:
    """A run of cells by name: those in sh begin with "sh", all may fail."""
    cells = []
    for name, code in codes.items():
        text = textwrap.dedent(code).strip("\n") + "\n"
        origins = [Origin("toy.py", n + 1) for n in range(text.count("\n"))]
        language = "sh" if name.startswith("sh") else "python"
        cells.append(Cell(name, language, text, 1, origins))
    return Run(
        root,
        lesson or Lesson("toy"),
        cells,
        opening=opening,
        may_fail=frozenset(codes),
        fresh=True,
    )


CELLS = {
    "fresh": "print(sorted(n for n in dir() if n[0] != '_'))",
    "notebook": """
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
        Point(7)
    """,
    "untouched": "print(_, [name[:4] for name in In[1:]], len(Out))",
    "sh_streams": r"""
        echo out; echo err >&2; echo made > made.txt
        printf '\r 50%%|##   | 1/2 [00:01<00:01,  1.00it/s]' >&2
        printf '\r100%%|#####| 2/2 [00:02<00:00,  1.00it/s]\n' >&2
    """,
    "common": "import sys; kept = sys.stdout; print(open('made.txt').read())",
    "kept": "print('now', file=kept)",
    "sh_fails": "exit 4",
    "error": """
        def divide(a, b):
            return a / b


        divide(1, 0)
    """,
    "syntax": "a = = 1",
    "exits": "raise SystemExit",
    "asks": "input()",
    "native": "import os; _ = os.write(1, b'native\\n')",
    "again": "value = globals().get('value', 0) + 1; print(value)",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    lesson = Lesson("toy", metrics={"again": {"one": "value", "no": "valu"}})
    run = run_of(
        tmp_path_factory.mktemp("project"), CELLS, lesson, opening="print(1)"
    )
    seen: list[int] = []
    run.progress = lambda cell, elapsed: seen.append(cell)
    done = run.finish()
    assert set(seen) == set(range(len(CELLS)))  # each was told of
    return done


def outcome(finished: Finished, name: str) -> tuple[str, str]:
    """What a cell printed, and its error without the traceback's head."""
    result = finished.results[[*CELLS].index(name)]
    error = result.error["traceback"] if result.error else ""
    return result.output, error


def test_a_lesson_is_what_a_notebook_is(finished: Finished) -> None:
    names = (
        "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']\n"  # IPython's
    )
    assert outcome(finished, "fresh") == (names, "")
    assert outcome(finished, "notebook") == ("Point(x=7)\n", "")
    # The engine's questions left no name, no history and no count.
    said = "Point(x=7) ['prin', 'prin', 'impo', 'prin'] 1\n"
    assert outcome(finished, "untouched") == (said, "")


def test_shell_blocks_share_the_folder_and_show_both_streams(
    finished: Finished,
) -> None:
    output, _ = outcome(finished, "sh_streams")
    assert {*output.splitlines()} == {"out", "err"}
    assert outcome(finished, "common") == ("made\n\n", "")
    assert outcome(finished, "kept") == ("now\n", "")
    assert "exit status 4" in outcome(finished, "sh_fails")[1]


def test_errors_name_the_lines_that_a_contributor_edits(
    finished: Finished,
) -> None:
    assert outcome(finished, "error")[1].splitlines() == [
        "Traceback (most recent call last):",
        '  File "toy.py", line 5, in <module>',
        "    divide(1, 0)",
        '  File "toy.py", line 2, in divide',
        "    return a / b",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ]
    assert "SyntaxError" in outcome(finished, "syntax")[1]
    assert "SystemExit" in outcome(finished, "exits")[1]
    assert "StdinNotImplementedError" in outcome(finished, "asks")[1]


def test_the_opening_runs_first_and_cells_run_again_backward(
    finished: Finished,
) -> None:
    assert finished.opening == "1\n"
    assert [*finished.again] == [*reversed(range(len(CELLS)))]
    last = len(CELLS) - 1
    assert finished.results[last].output == "1\n"
    assert finished.again[last].output == "2\n"
    assert finished.metrics()["one"] == 1.0
    assert "NameError" in finished.metrics()["no"]
    assert finished.environment["device"] == "CPU"


@pytest.mark.parametrize(
    ("said", "recorded"),
    [
        (
            "938/938 - 25s - 27ms/step - accuracy: 0.9471",
            "938/938 - accuracy: 0.9471",
        ),
        ("1/938 ..\r938/938 done", "938/938 done"),
        ("<object at 0x7f3a5c0b1d30>", "<object at 0x…>"),
        ("\x1b[1mbold\x1b[0m  \n", "bold\n"),
        (" 50%|##   | 1/2 [00:01<00:01]\n", ""),
    ],
)
def test_chance_never_reaches_a_record(said: str, recorded: str) -> None:
    assert without_chance(said) == recorded


def test_what_ends_without_a_word_of_python_is_told(tmp_path: Path) -> None:
    dies = "import os; _ = os.write(2, b'last words\\n'); os._exit(3)"
    run = run_of(tmp_path, {"dies": dies, "after": "1"})
    with pytest.raises(RunError, match=r"(?s)In section dies.*last words"):
        run.finish()
    with pytest.raises(RunError, match="Not run: In section dies"):
        run.result(1)
    assert not list(tmp_path.rglob("*.json"))


def test_time_limit_leaves_nothing_running(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    codes = {
        "quick": f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))",
        "sh_hangs": f"echo $$ >> {pid}.sh; sleep 600",
    }
    run = run_of(tmp_path, codes, Lesson("toy", time_limit=12))
    with pytest.raises(RunError, match=r"sh_hangs, .*12 s.* time_limit in"):
        run.finish()
    processes = [int(pid.read_text()), int(Path(f"{pid}.sh").read_text())]
    deadline = time.monotonic() + 20
    while any(map(_runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(map(_runs, processes))
    assert not list(tmp_path.rglob("*.json"))  # nothing is remembered


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().split()[2]
    except OSError:
        if sys.platform == "linux":
            return False
        pytest.skip("asks the system as Linux does")
    return state != "Z"


# --- The stage ---------------------------------------------------------------

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
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose lesson `toy` has a stage; the reader has a home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
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
            print("XDG_CONFIG_HOME" in os.environ, os.environ["SERVED"])
        """,
        "asks": "token = input(); print(len(token), os.environ['SECTION'])",
        "asks_not": "print(os.environ['SECTION']); input()",
        "prints": leak,
        "raises": "raise ValueError(token)",
        "draws": drawn,
    }
    home, asks, asks_not, *leaks = run_of(staged, codes).finish().results
    assert home.output == "~ ['given', 'made']\nFalse here\n"
    assert asks.output == "11 asks\n"
    assert asks_not.output == "asks_not\n"
    assert asks_not.error
    assert asks_not.error["type"] == "StdinNotImplementedError"
    for result in leaks:
        assert result.error and result.error["type"] == "KeyPrinted"
    kept = [path.read_text() for path in staged.rglob("*.json")]
    assert kept and not any("open sesame" in text for text in kept)
    assert [p.name for p in (staged / "home").iterdir()] == ["mine"]


def test_the_stage_is_part_of_what_a_run_depends_on(staged: Path) -> None:
    codes = {"asks": "1", "prints": "2"}
    run = run_of(staged, codes)
    assert "pytest" in run.versions
    assert run.modules.keys() == {"tests/lessons/toy_stage.py"}
    stage = staged / "tests/lessons/toy_stage.py"
    stage.write_text(stage.read_text() + "\nmore = 1\n")
    assert run.key != run_of(staged, codes).key
    with pytest.raises(RunError, match="section asks, prints, which the page"):
        run_of(staged, {"other": "1"})
    names = [path.name for path in sources(PROJECT, "kaggle_data")]
    assert names == ["kaggle_data_stage.py", "kaggle_server.py"]


# --- Pages in pytest, with kernels --------------------------------------------

PLOT = """
    # --8<-- [start:setup]
    import matplotlib.pyplot as plt

    from snippets.drawings.parts.shapes import LENGTH
    # --8<-- [end:setup]

    # --8<-- [start:bar]
    figure, ax = plt.subplots()
    ax.plot([1, 2, 3], [0.1, 0.2, 0.3], label="accuracy")
    ax.text(0, 0, f"length {LENGTH}")
    plt.show()
    # --8<-- [end:bar]
"""
FIGURE = "docs/assets/figures/drawings/toy/bar.svg"


def test_drawings_are_recorded_compared_and_depend_on_modules(
    real: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(real.root))  # its own modules first
    real.write("snippets/drawings/parts/shapes.py", "LENGTH = 3\n")
    script = real.write("snippets/drawings/toy.py", PLOT)
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
    assert list(evidence["modules"]) == ["snippets/drawings/parts/shapes.py"]
    assert FIGURE in evidence["files"]
    assert not record.metrics_path.exists()  # drawings measure nothing

    (real.root / FIGURE).unlink()
    real.run("--record", "--fresh", str(script)).assert_outcomes(passed=4)
    assert (real.root / FIGURE).read_bytes() == drawing  # the same bytes

    real.write("snippets/drawings/parts/shapes.py", "LENGTH = 4\n")
    result = real.run("snippets")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*'length 3', now 'length 4'*"])


def test_long_work_shows_progress_and_a_crash_is_no_expected_failure(
    real: Project,
) -> None:
    real.lesson("import time\ntime.sleep(1.2)", "[metrics.work]\none = '1'")
    real.write(
        "docs/en/crash.md",
        "<!--pytest.mark.xfail-->\n```python\nimport os\nos._exit(3)\n```\n",
    )
    real.write("snippets/outputs/toy/evidence.json", '{"sections": {"a": 61}}')
    impatient = (
        "import sys, pytest, tests.harness.progress as progress;"
        "progress.QUIET = 0.3; progress.EVERY = 0.5;"
        "sys.exit(pytest.main(['--fresh', '-k', 'not metrics']))"
    )
    result = real.pytester.run(sys.executable, "-c", impatient)
    result.assert_outcomes(passed=3, failed=1)
    result.stderr.re_match_lines(
        [r"  toy · work \(1 of 1\) · 0:\d\d elapsed, about 1:01 expected"]
    )

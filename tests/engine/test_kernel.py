"""What happens in a real kernel, and that nothing of it outlives it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.harness.client import without_chance
from tests.harness.lesson import Lesson
from tests.harness.result import Finished
from tests.harness.run import RunError

from .conftest import run_of

NOTEBOOK = """
    import inspect, pickle
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
    """
STREAMS = r"""
    echo err >&2; echo made > made.txt
    printf '\r 50%%|##   | 1/2 [00:01<00:01,  1.00it/s]' >&2
    printf '\r100%%|#####| 2/2 [00:02<00:00,  1.00it/s]\n' >&2
    """
DIVIDES = "def divide(a, b):\n    return a / b\n\ndivide(1, 0)"
DIVIDED = """Traceback (most recent call last):
  File "toy.py", line 4, in <module>
    divide(1, 0)
  File "toy.py", line 2, in divide
    return a / b
           ~~^~~
ZeroDivisionError: division by zero
"""
# Cell -> its code, what it prints, what its error says.
CELLS = {
    "fresh": (
        "print(sorted(n for n in dir() if n[0] != '_'))",
        "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']\n",  # IPython's
        "",
    ),
    "notebook": (NOTEBOOK, "Point(x=7)\n", ""),
    # The engine's questions left no name, no history and no count.
    "untouched": (
        "print(_, [name[:4] for name in In[1:]], len(Out))",
        "Point(x=7) ['prin', 'prin', 'impo', 'prin'] 1\n",
        "",
    ),
    # Shell blocks share the folder, show both streams, and no progress bar.
    "sh_streams": (STREAMS, "err\n", ""),
    "common": (
        "import sys; kept = sys.stdout; print(open('made.txt').read())",
        "made\n\n",
        "",
    ),
    "kept": ("print('now', file=kept)", "now\n", ""),
    "sh_fails": ("echo out; exit 4", "out\n", "exit status 4"),
    # Errors name the lines that a contributor edits.
    "error": (DIVIDES, "", DIVIDED),
    "syntax": ("a = = 1", "", "SyntaxError"),
    "exits": ("raise SystemExit", "", "SystemExit"),
    "asks": ("input()", "", "StdinNotImplementedError"),
    "native": ("import os; _ = os.write(1, b'native\\n')", "", ""),
    "again": ("value = globals().get('value', 0) + 1; print(value)", "1\n", ""),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    lesson = Lesson("toy", metrics={"again": {"one": "value", "no": "valu"}})
    codes = {name: code for name, (code, _, _) in CELLS.items()}
    root = tmp_path_factory.mktemp("project")
    run = run_of(root, codes, lesson, opening="print(1)")
    seen: list[int] = []
    run.progress = lambda cell, elapsed: seen.append(cell)
    done = run.finish()
    assert set(seen) == set(range(len(CELLS)))  # each was told of
    return done


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_does_what_it_does_in_a_notebook(
    finished: Finished, name: str
) -> None:
    _, output, error = CELLS[name]
    result = finished.results[[*CELLS].index(name)]
    assert result.output == output
    assert bool(result.error) is bool(error)
    assert error in (result.error or {"traceback": ""})["traceback"]


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
        ("9/9 - 25s - 27ms/step - loss: 0.94", "9/9 - loss: 0.94"),
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


@pytest.mark.skipif(sys.platform != "linux", reason="asks as Linux does")
def test_time_limit_leaves_nothing_running(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    codes = {
        "quick": f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))",
        "sh_hangs": f"echo $$ >> {pid}.sh; sleep 60",
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
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False

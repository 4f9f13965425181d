"""The fixture `lesson`, on a lesson made up for it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from . import conftest

SCRIPT = """\
# --8<-- [start:setup]
import math

print("set up")
# --8<-- [end:setup]

# --8<-- [start:area]
sides, name = [3, 4], "triangle"


def area(a, b):
    return a * b / 2


hypotenuse = math.hypot(*sides)
print(area(*sides))
# --8<-- [end:area]
"""
SHELL = "# --8<-- [start:list]\nls\n# --8<-- [end:list]\n"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> conftest.Lesson:
    outputs = tmp_path / "snippets/outputs/toy"
    outputs.mkdir(parents=True)
    (tmp_path / "snippets/toy.py").write_text(SCRIPT)
    (tmp_path / "snippets/toy.sh").write_text(SHELL)
    (outputs / "area.txt").write_text("areas: [[6. 2.5]\n [-1 0 ]]\n")
    (outputs / "metrics.json").write_text('{"area": {"seeds": [[6], [7]]}}')
    monkeypatch.setattr(conftest, "ROOT", tmp_path)
    return conftest.Lesson("toy")


def test_sections_run_one_after_another_in_a_namespace_of_their_own(
    toy: conftest.Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    assert toy("setup", "area")["hypotenuse"] == 5
    assert capsys.readouterr().out == "set up\n6.0\n"
    with pytest.raises(NameError, match="math") as caught:
        toy("area")  # nothing is left of the run before
    assert caught.traceback[-1].lineno + 1 == 15  # of the script
    assert toy("area", math=toy("setup")["math"])["hypotenuse"] == 5


def test_definitions_neither_compute_nor_print(
    toy: conftest.Lesson, capsys: pytest.CaptureFixture[str]
) -> None:
    names = toy.definitions("setup", "area")
    assert names["area"](2, 3) == 3
    assert (names["sides"], names["name"]) == ([3, 4], "triangle")
    assert "math" in names and "hypotenuse" not in names
    assert capsys.readouterr().out == ""
    assert inspect.getsource(names["area"]).endswith("    return a * b / 2\n")


def test_code_and_records_by_section(toy: conftest.Lesson) -> None:
    assert toy.code("list") == "ls\n"
    assert toy.rows("area") == [[6, 2.5], [-1, 0]]
    assert toy.seeds("area").tolist() == [[6], [7]]
    with pytest.raises(AssertionError, match="nothing is recorded of setup"):
        toy.printed("setup")

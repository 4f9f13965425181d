"""A lesson's stage: nothing of the reader's own, no key in any record."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.harness.lessons import Lesson
from tests.harness.pages import Block, Origin
from tests.harness.runs import Run, RunError
from tests.harness.stage import sources

from .conftest import PROJECT, Project

STAGE = """
    import contextlib
    import os

    class Stage:
        clients = ("pytest",)
        secrets = ("open sesame",)
        typed = {"a": "open sesame"}

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
def staged(project: Project) -> Project:
    """The lesson `toy` with a stage."""
    project.write("tests/lessons/toy_stage.py", STAGE)
    return project


def run_of(project: Project, *codes: str) -> Run:
    """A run of blocks named a, b, c ..."""
    blocks = []
    for name, code in zip("abc", codes, strict=False):
        text = textwrap.dedent(code).strip("\n") + "\n"
        origins = [Origin("toy.py", n + 1) for n in range(text.count("\n"))]
        blocks.append(Block(name, "python", text, 1, origins))
    return Run(project.root, Lesson("toy"), blocks, fresh=True)


def outputs(project: Project, *codes: str) -> list[str]:
    finished = run_of(project, *codes).finish()
    return [result.output for result in finished.results]


def test_the_home_folder_is_an_empty_one(
    staged: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "mine").touch()
    code = """
        import os
        from pathlib import Path

        Path("~/made").expanduser().touch()
        print(Path.home(), sorted(path.name for path in Path.home().iterdir()))
        print("XDG_CONFIG_HOME" in os.environ, os.environ["SERVED"])
    """
    run = run_of(staged, code)
    (result,) = run.finish().results
    assert result.output == "~ ['given', 'made']\nFalse here\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert not Path(run._scratch).exists()
    (staged.root / "tests/lessons/toy_stage.py").unlink()
    code = "import os; print(os.environ['HOME'])"
    assert outputs(staged, code) == [f"{tmp_path}\n"]


@pytest.mark.parametrize(
    "leak",
    [
        "print(token)",
        "raise ValueError(token)",
        "import matplotlib.pyplot as plt; plt.title(token); plt.show()",
    ],
)
def test_a_key_is_withheld_and_not_recorded(staged: Project, leak: str) -> None:
    code = f"from getpass import getpass\ntoken = getpass()\n{leak}"
    with pytest.raises(Exception, match="printed a key") as caught:
        run_of(staged, code).finish()
    assert "open sesame" not in str(caught.value)
    assert not list((staged.root / ".cache").rglob("*.json"))


def test_what_is_arranged_is_for_its_section_alone(staged: Project) -> None:
    code = """
        import os
        try:
            print(len(input()), os.environ["SECTION"])
        except Exception as error:
            print(type(error).__name__, os.environ["SECTION"])
    """
    assert outputs(staged, code, code) == [
        "11 a\n",
        "StdinNotImplementedError b\n",
    ]


def test_typing_for_a_section_that_is_not_run(staged: Project) -> None:
    stage = STAGE.replace('"a": ', '"z": ')
    staged.write("tests/lessons/toy_stage.py", stage)
    with pytest.raises(RunError, match="section z, which the page does not"):
        run_of(staged, "print(1)")


def test_the_stage_is_part_of_what_a_run_depends_on(staged: Project) -> None:
    run = run_of(staged, "print(1)")
    assert "pytest" in run.versions
    assert run.modules.keys() == {"tests/lessons/toy_stage.py"}
    staged.write("tests/lessons/toy_stage.py", STAGE + "\n    more = 1\n")
    assert run.key != run_of(staged, "print(1)").key
    names = [path.name for path in sources(PROJECT, "kaggle_data")]
    assert names == ["kaggle_data_stage.py", "kaggle_server.py"]

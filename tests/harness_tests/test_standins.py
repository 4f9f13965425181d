"""Stand-ins of services: nothing of the reader's own, no key in any record."""

from __future__ import annotations

import os
import re
import socket
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from tests.harness import faults, standins
from tests.harness.lessons import Lesson, LessonError, read_lesson
from tests.harness.pages import Block, Origin
from tests.harness.runs import Run, RunError, service_modules

from .conftest import Project

TOKEN_CODE = """
    from getpass import getpass
    token = getpass("Token: ")
"""


@pytest.fixture
def settings(project: Project):
    """Write the settings of the lesson `toy` and read them."""

    def write(text: str) -> Lesson:
        project.write("snippets/toy.toml", text)
        return read_lesson(project.root, "toy")

    return write


def blocks(*codes: str, language: str = "python") -> list[Block]:
    """Blocks named a, b, c ..."""
    found = []
    for name, code in zip("abcdef", codes, strict=False):
        text = textwrap.dedent(code).strip("\n") + "\n"
        origins = [Origin("toy.py", n + 1) for n in range(text.count("\n"))]
        found.append(Block(name, language, text, 1, origins))
    return found


def outputs(project: Project, lesson: Lesson, *code: str, **more) -> list[str]:
    run = Run(project.root, lesson, blocks(*code, **more), fresh=True)
    return [result.output for result in run.finish().results]


def test_the_home_folder_is_an_empty_one(
    project: Project, settings, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / ".kaggle").mkdir()
    (tmp_path / ".kaggle" / "access_token").write_text("the reader's own")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_KEY", "the reader's own")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    (printed,) = outputs(
        project,
        settings('services = ["kaggle"]'),
        """
        import os
        from pathlib import Path
        print(Path.home(), sorted(p.name for p in Path.home().iterdir()))
        print([name for name in os.environ if name.startswith("KAGGLE")])
        Path("~/.kaggle").expanduser().mkdir()
        """,
    )
    assert printed == "~ ['Downloads']\n['KAGGLE_API_ENVIRONMENT']\n"
    kept = [path.name for path in (tmp_path / ".kaggle").iterdir()]
    assert kept == ["access_token"]


def test_without_services_the_home_folder_stays(
    project: Project, settings, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    code = "import os; print(os.environ['HOME'])"
    assert outputs(project, settings(""), code) == [f"{tmp_path}\n"]


def test_nothing_is_left_behind(project: Project, settings) -> None:
    run = Run(
        project.root,
        settings('services = ["kaggle"]'),
        blocks("import os; os.makedirs(os.path.expanduser('~/.kaggle'))"),
        fresh=True,
    )
    run.finish()
    assert not Path(run._scratch).exists()


def test_a_key_that_is_printed_is_an_error_and_not_recorded(
    project: Project, settings
) -> None:
    lesson = settings('services = ["kaggle"]\n[typed]\na = "kaggle.token"')
    secret = standins.stand_in("kaggle").typed["token"].strip()
    run = Run(
        project.root,
        lesson,
        blocks(TOKEN_CODE + "    print(token)"),
        fresh=True,
    )
    with pytest.raises(Exception, match="printed a key or a token") as caught:
        run.finish()
    assert secret not in str(caught.value)
    assert not list((project.root / ".cache").rglob("*.json"))


@pytest.mark.parametrize(
    "leak",
    [
        "raise ValueError(token)",
        "import matplotlib.pyplot as plt; plt.title(token); plt.show()",
    ],
)
def test_a_key_in_an_error_or_a_figure_is_withheld(
    project: Project, settings, leak: str
) -> None:
    lesson = settings('services = ["kaggle"]\n[typed]\na = "kaggle.token"')
    code = blocks(TOKEN_CODE + f"    {leak}")
    run = Run(project.root, lesson, code, fresh=True)
    with pytest.raises(Exception, match="printed a key or a token"):
        run.finish()


def test_what_is_typed_reaches_its_section_alone(
    project: Project, settings
) -> None:
    lesson = settings('services = ["kaggle"]\n[typed]\na = "kaggle.token"')
    printed = outputs(
        project,
        lesson,
        TOKEN_CODE + "    print(len(token))",
        """
        try:
            input()
        except Exception as error:
            print(type(error).__name__)
        """,
    )
    assert printed == ["37\n", "StdinNotImplementedError\n"]


def test_a_fault_lasts_as_long_as_its_section(
    project: Project, settings
) -> None:
    code = """
        import socket
        try:
            print(len(socket.getaddrinfo("localhost", 80)) > 0)
        except OSError as error:
            print(error)
    """
    lesson = settings('[faults]\nb = "network.down"')
    assert outputs(project, lesson, code, code, code) == [
        "True\n",
        "[Errno -2] Name or service not known\n",
        "True\n",
    ]


def test_a_full_disk(tmp_path: Path) -> None:
    with (
        faults.during("disk.full", {}),
        (tmp_path / "big").open("wb") as file,
        pytest.raises(OSError, match="No space left on device"),
    ):
        for _ in range(3):
            file.write(bytes(faults.ROOM // 2))
    with faults.during("disk.full", {}):
        assert (tmp_path / "big").open("rb").read() == bytes(faults.ROOM)
    (tmp_path / "big").write_bytes(bytes(2 * faults.ROOM))


def test_no_network_leads_nowhere_and_everything_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    before = dict(os.environ), socket.getaddrinfo
    with faults.during("network.down", {}):
        assert "http_proxy" not in os.environ
        assert "KAGGLE_API_ENVIRONMENT" not in os.environ
        with pytest.raises(socket.gaierror):
            socket.create_connection(("localhost", 80))
    assert (dict(os.environ), socket.getaddrinfo) == before


@pytest.mark.parametrize(
    "text, message",
    [
        ('services = ["kagle"]', "unknown service kagle; expected kaggle"),
        ('[faults]\na = "kaggle.late"', "unknown fault kaggle.late"),
        (
            '[faults]\na = "kaggle.cut_off"',
            "kaggle is to misbehave, but is not started",
        ),
        ('[typed]\na = "kaggle.token"', "nobody can type kaggle.token"),
        (
            'services = ["kaggle"]\n[typed]\na = "kaggle.pin"',
            "nobody can type kaggle.pin; expected kaggle.token",
        ),
    ],
)
def test_settings_that_cannot_be_meant(settings, text: str, message: str):
    with pytest.raises(LessonError, match=re.escape(message)):
        settings(text)


def test_a_fault_of_a_section_that_is_not_run(project: Project, settings):
    lesson = settings('[faults]\nz = "network.down"')
    with pytest.raises(RunError, match="section z, which the page does not"):
        Run(project.root, lesson, blocks("print(1)"))


def test_the_stand_in_is_part_of_what_a_run_depends_on(
    project: Project, settings, monkeypatch
) -> None:
    def key(text: str, *code: str) -> str:
        return Run(project.root, settings(text), blocks(*code)).key

    plain = key("", "print(1)")
    served = key('services = ["kaggle"]', "print(1)")
    broken = key(
        'services = ["kaggle"]\n[faults]\na = "kaggle.cut_off"', "print(1)"
    )
    assert len({plain, served, broken}) == 3
    run = Run(
        project.root, settings('services = ["kaggle"]'), blocks("print(1)")
    )
    assert "tests/harness/standins/kaggle.py" in run.modules
    assert "tests/harness/faults.py" in run.modules
    assert run.versions.keys() >= {"kaggle", "kagglehub", "kagglesdk"}
    edited = project.write("tests/harness/standins/kaggle.py", "# edited")
    monkeypatch.setattr("tests.harness.runs.HARNESS", edited.parents[1])
    monkeypatch.setattr(standins, "sources", lambda names: [edited])
    ((path, digest),) = service_modules(("kaggle",)).items()
    assert digest != run.modules[path]


def test_shell_blocks_show_errors_and_no_progress_bar(
    project: Project, settings
) -> None:
    code = r"""
        echo out
        echo err >&2
        printf '\r 50%%|##   | 1/2 [00:01<00:01,  1.00it/s]' >&2
        printf '\r100%%|#####| 2/2 [00:02<00:00,  1.00it/s]\n' >&2
        command -v python
    """
    (printed,) = outputs(project, settings(""), code, language="sh")
    python = Path(sys.executable).parent / "python"
    # A notebook takes both streams as they come, in no fixed order.
    assert {*printed.splitlines()} == {"out", "err", str(python)}


def test_a_library_that_keeps_stdout_prints_into_the_block_that_runs(
    project: Project, settings
) -> None:
    printed = outputs(
        project,
        settings(""),
        "import sys; kept = sys.stdout",
        "print('now', file=kept)",
    )
    assert printed == ["", "now\n"]


def test_a_full_disk_is_that_of_the_section_alone(tmp_path: Path) -> None:
    def write_much() -> None:
        (tmp_path / "much").write_bytes(bytes(2 * faults.ROOM))

    with faults.during("disk.full", {}):
        other = threading.Thread(target=write_much)
        other.start()
        other.join()
    assert (tmp_path / "much").stat().st_size == 2 * faults.ROOM

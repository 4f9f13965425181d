"""A new lesson, as CONTRIBUTING.md has it made, from `make lesson` to the site.

Each step runs the command behind its make target in a copy of the project;
toy/ is what an author would have written. Between the steps, the gates have
to name what is missing, and nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import new_lesson
from tests.new_lesson import NoLesson, create

ROOT = Path(__file__).parents[2]
TOY = Path(__file__).parent / "toy"
NAME = "column_means"
PAGES = (f"docs/zh/{NAME}.md", f"docs/en/{NAME}.md")
SCRIPTS = (f"snippets/{NAME}.py", f"tests/lessons/test_{NAME}.py")
# Not all of test_project.py: somebody may be at work on other files.
TESTS = (
    f"tests/lessons/test_{NAME}.py",
    "tests/test_project.py::test_a_lesson_has_one_name_everywhere",
)
# Rows of the toy lesson on the home pages, up to the evidence.
ROWS = {
    "docs/zh/index.md": "| [每一列的平均值](column_means.md) "
    "| 求出表格每一列的平均值，再从这一列里减去 |",
    "docs/en/index.md": "| [The mean of each column](column_means.md) "
    "| compute the mean of each column of a table, and subtract it |",
}
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".cache", ".*_cache", "__pycache__", "site"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Only the files that `create` changes, and those that it asks about."""
    for name in ("docs/zh/index.md", "docs/en/index.md", "mkdocs.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "snippets").mkdir()
    shutil.copy(ROOT / "snippets/pooling.py", tmp_path / "snippets")
    (tmp_path / "tests/lessons").mkdir(parents=True)
    return tmp_path


def _contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_files_are_created_and_listed(project: Path) -> None:
    before = _contents(project)
    written = create(project, "padded_rows")
    after = _contents(project)
    assert set(written) == {
        name for name in after if after[name] != before.get(name)
    }
    assert set(written) - set(before) == {
        "snippets/padded_rows.py",
        "snippets/padded_rows.toml",
        "docs/zh/padded_rows.md",
        "docs/en/padded_rows.md",
        "tests/lessons/test_padded_rows.py",
    }
    for name in written:
        assert b"$" not in after[name].replace(b"$$", b""), name
    assert "{#padded-rows}" in after["docs/en/padded_rows.md"].decode()
    navigation = after["mkdocs.yml"].decode()
    assert "  - pooling.md\n  - padded_rows.md\n" in navigation


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "cannot name a lesson. Expected: lower-case letters"),
        ("Pooling", "cannot name a lesson. Expected: lower-case letters"),
        ("my-lesson", "make lesson NAME=my_lesson"),
        ("../outside", "cannot name a lesson"),
        ("2d_images", "cannot name a lesson"),
        ("lambda", "such as lambda_lesson"),
        ("terms", "means something else already"),
        ("numpy", "Python has a module 'numpy'"),
        ("pooling", "snippets/pooling.py exists. Expected: a name that no"),
        ("index", "docs/zh/index.md exists. Expected: a name that no"),
    ],
)
def test_a_name_that_will_not_do(project: Path, name: str, said: str) -> None:
    before = _contents(project)
    with pytest.raises(NoLesson) as error:
        create(project, name)
    assert said in str(error.value)
    assert _contents(project) == before


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("docs/en/index.md", "# Home {#home}\n", "has no table of lessons"),
        ("mkdocs.yml", "nav:\n  - index.md\n", "has no lesson under `nav`"),
        ("docs/zh/index.md", None, "Run this in the project's folder"),
    ],
)
def test_a_file_that_will_not_do(
    project: Path, path: str, text: str | None, said: str
) -> None:
    if text is None:
        (project / path).unlink()
    else:
        (project / path).write_text(text, encoding="utf-8")
    before = _contents(project)
    with pytest.raises(NoLesson, match=re.escape(said)):
        create(project, "padded_rows")
    assert _contents(project) == before


@pytest.mark.parametrize(
    "path", ["tests/lessons/test_padded_rows.py", "mkdocs.yml"]
)
def test_when_a_file_cannot_be_written_nothing_is_left(
    project: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def full(self: Path, *args: object, **kwargs: object) -> int:
        if self == project / path:
            self.write_bytes(b"half")
            raise OSError(28, "No space left on device", str(self))
        return write(self, *args, **kwargs)

    before = _contents(project)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(NoLesson) as error:
        create(project, "padded_rows")
    assert f"{path} cannot be written: No space" in str(error.value)
    assert "Nothing was created." in str(error.value)
    assert _contents(project) == before


def test_from_nothing_to_the_site(tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)

    def run(*command: str, may_fail: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=root,
            capture_output=True,
            encoding="utf-8",
            env={
                **{k: v for k, v in os.environ.items() if "PYTEST" not in k},
                "PYTHONUTF8": "1",
            },
        )
        said = done.stdout + done.stderr
        assert may_fail or done.returncode == 0, f"{command}: {said}"
        return said

    def findings() -> set[tuple[str, str]]:
        """What the gates find: the gate, and the line that says what."""
        said = run("tests.gates", may_fail=True)
        assert re.search(r" gates: (\d+|nothing) found", said), said
        return {
            (finding[0].rsplit("gate: ", 1)[1].strip(), finding[1])
            for finding in re.finditer(
                r"(?m)^(\S+:\d+: .*)\n(?: +.*\n)* +gate: .*\n", said
            )
        }

    def gates() -> dict[str, list[str]]:
        """What each gate finds because of the new lesson."""
        found: dict[str, list[str]] = {}
        for gate, finding in sorted(findings() - before):
            found.setdefault(gate, []).append(finding)
        return found

    before = findings()  # somebody may be at work on other pages

    # Steps 2 and 5: what the templates say runs as it is.
    run("tests.new_lesson", NAME)
    found = gates()
    assert set(found) == {"complete", "links", "current", "badges"}
    assert all("TODO" in finding for finding in found["complete"])
    for path in new_lesson.FILES.values():
        path = path.replace("$name", NAME)
        assert any(each.startswith(f"{path}:") for each in found["complete"])
    for path in new_lesson.LISTS:
        assert any(each.startswith(f"{path}:") for each in found["complete"])
    run("pytest", "--record", *PAGES)
    assert set(gates()) == {"complete", "badges"}
    run("pytest", *TESTS)
    run("ruff", "check", *SCRIPTS)
    run("ruff", "format", "--check", *SCRIPTS)

    # Steps 3, 4, 6, 7 and 8: what the author writes.
    for template, path in new_lesson.FILES.items():
        shutil.copy(TOY / template, root / path.replace("$name", NAME))
    for path, row in ROWS.items():
        text = (root / path).read_text(encoding="utf-8")
        (root / path).write_text(
            re.sub(r"(?m)^\| \[TODO.*?\| TODO.*? \|", row, text),
            encoding="utf-8",
            newline="\n",
        )
    found = gates()
    assert set(found) == {"links", "current", "claims", "badges", "reviews"}
    run("pytest", "--record", *PAGES)
    run("tests.gates", "--badges")

    # Step 9: both languages are read side by side.
    found = gates()
    assert set(found) == {"reviews"}
    assert {finding.split(":")[0] for finding in found["reviews"]} == {
        PAGES[0],
        *new_lesson.LISTS,
    }
    run("tests.gates", "--reviewed", NAME, "index#lessons")

    # Step 10: everything passes, and the site has the lesson.
    assert not gates()
    run("pytest", *PAGES, *TESTS)
    run("ruff", "check", *SCRIPTS)
    run("ruff", "format", "--check", *SCRIPTS)
    run("mkdocs", "build", "--strict", "--quiet")
    for page, output in (
        (f"site/{NAME}/index.html", "输出"),
        (f"site/en/{NAME}/index.html", "Output"),
    ):
        html = (root / page).read_text(encoding="utf-8")
        assert "means: [ 3. 20.]" in html
        assert output in html
    assert f'href="{NAME}/"' in (root / "site/index.html").read_text("utf-8")

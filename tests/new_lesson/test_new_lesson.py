"""`make lesson` in a copy of the project: what it makes runs and is whole."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.hooks.results import TABLE
from tests.benchmarks.costs import not_copied
from tests.gates import all_gates, reviews
from tests.gates.site import Site

from .__main__ import LISTS, create

NAME = "padded_rows"
PAGES = (f"docs/zh/{NAME}.md", f"docs/en/{NAME}.md")
SCRIPTS = (f"snippets/{NAME}.py", f"tests/lessons/test_{NAME}.py")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("copy") / "project"
    return shutil.copytree(ROOT, root, ignore=not_copied)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my-lesson", "cannot name a lesson. .* make lesson NAME=my_lesson"),
        ("lambda", "means something else already.* such as lambda_lesson"),
        ("terms", "means something else already"),
        ("numpy", "means something else already, in Python"),
        ("pooling", "snippets/pooling.py exists. Expected: a name that no"),
        ("index", "docs/zh/index.md exists"),
    ],
)
def test_a_name_that_will_not_do(copy: Path, name: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        create(copy, name)


def test_from_the_template_to_the_site(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)  # trust the run that is recorded

    def run(*command: str) -> None:
        subprocess.run([sys.executable, "-m", *command], cwd=copy, check=True)

    def found() -> dict[str, set[str]]:
        """The files in which each gate finds something."""
        gates = all_gates.check(Site(copy))[0].items()
        return {gate: {each.path for each in f} for gate, f in gates if f}

    run("tests.new_lesson", NAME)
    written = {*PAGES, *SCRIPTS, f"snippets/{NAME}.toml", *LISTS, TABLE}
    assert found() == {"complete": written - {"mkdocs.yml"}}
    run("pytest", *PAGES, SCRIPTS[1])
    run("ruff", "check", *SCRIPTS)
    run("ruff", "format", "--check", *SCRIPTS)

    for path in written:  # as if the author had written it
        text = (copy / path).read_text("utf-8")
        (copy / path).write_text(text.replace("TODO", "Now"), "utf-8")
    assert found() == {
        "comments": {SCRIPTS[0]},
        "reviews": {PAGES[0], "docs/zh/index.md"},
    }
    reviews.mark(Site(copy), [NAME, "index#lessons"])
    assert not list(reviews.gate(Site(copy)))
    run("mkdocs", "build", "--strict", "--quiet")
    for page, output in ((NAME, "输出"), (f"en/{NAME}", "Output")):
        html = (copy / "site" / page / "index.html").read_text("utf-8")
        assert "sum: 6" in html and output in html

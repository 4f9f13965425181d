"""What the workflows run does what it says, and says what is wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
from mkdocs.config import load_config

from . import accelerator

ROOT = Path(__file__).parents[2]
MAKE = pytest.mark.skipif(
    os.name == "nt" or not shutil.which("make"), reason="there is no make here"
)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command, as a workflow runs it; with `make`, of this project.

    These tests may themselves run under a `make`, of which it knows nothing.
    """
    if command[0] == "make":
        command = ("make", "-f", str(ROOT / "Makefile"), *command[1:])
    here = {n: v for n, v in os.environ.items() if not n.startswith("MAKE")}
    return subprocess.run(
        command,
        env=here | environment,
        capture_output=True,
        encoding="utf-8",
    )


def git(*arguments: str) -> str:
    done = run("git", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- The GPU -----------------------------------------------------------------


@MAKE
@pytest.mark.parametrize(
    ("runner", "allowed", "said"),
    [
        ('["own", "gpu"]', "", "cpu_only=false\n"),
        ("gpu-t4", "true", "cpu_only=false\n"),
        ("", "true", "cpu_only=true\n"),
        ("", "perhaps", "::error::The repository variable GPU_RUNNER names no"),
    ],
)
def test_publishing_without_a_gpu_must_be_allowed(
    runner: str, allowed: str, said: str
) -> None:
    done = run("make", "runner", GPU_RUNNER=runner, ALLOW_CPU_ONLY_SITE=allowed)
    assert (done.stdout or done.stderr).startswith(said)
    assert (done.returncode == 0) is bool(done.stdout)


@pytest.mark.parametrize(("language", "file"), [("zh", ""), ("en", "en.")])
def test_a_site_without_a_gpu_says_so(
    monkeypatch: pytest.MonkeyPatch, language: str, file: str
) -> None:
    page = (ROOT / f"docs/{language}/verification.md").read_text("utf-8")
    (notice,) = re.findall(r"(?s)\{% if cpu_only .*?\{% endif %\}", page)
    for value, shown in ((None, False), ("false", False), ("true", True)):
        monkeypatch.delenv("CPU_ONLY_SITE", raising=False)
        if value:
            monkeypatch.setenv("CPU_ONLY_SITE", value)
        extra = load_config(str(ROOT / f"mkdocs.{file}yml")).extra
        assert ("GPU" in jinja2.Template(notice).render(extra)) is shown


def test_without_a_gpu_the_check_fails_in_one_sentence() -> None:
    command = (sys.executable, "-m", "tests.ci.accelerator", "cuda")
    done = run(*command, CUDA_VISIBLE_DEVICES="-1", PYTHONPATH=str(ROOT))
    assert done.returncode == 1
    *_, said = done.stderr.strip().splitlines()
    assert said.startswith("TensorFlow sees no GPU on this machine")


@pytest.mark.parametrize(
    ("kind", "devices", "said"),
    [
        ("cuda", ["NVIDIA H100"], "None"),
        ("metal", ["METAL"], "None"),
        ("metal", [], "sees no GPU"),
        ("metal", ["NVIDIA H100"], "expected an Apple GPU"),
        ("cuda", ["METAL"], "expected an NVIDIA GPU"),
    ],
)
def test_devices(kind: str, devices: list[str], said: str) -> None:
    assert said in str(accelerator.problem(kind, devices))


def test_a_gpu_is_compared_with_records_of_a_processor(tmp_path: Path) -> None:
    assert accelerator.foreign_records(ROOT) == []
    folder = tmp_path / "snippets/outputs/pooling"
    folder.mkdir(parents=True)
    (folder / "evidence.json").write_text('{"device": "NVIDIA H100"}')
    assert accelerator.foreign_records(tmp_path) == ["pooling (NVIDIA H100)"]


# --- Data --------------------------------------------------------------------


@MAKE
@pytest.mark.parametrize(
    "lane", ["test", "record", "backends", "gpu", "metal", "data"]
)
def test_a_lane_fetches_data_and_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lane: str
) -> None:
    """By the same target, which alone fails if nothing is fetched.

    On a GPU, lessons run only once it is found.
    """
    monkeypatch.chdir(tmp_path)
    lists = [f"requirements{n}.txt" for n in ("", "-gpu", "-backends")]
    for name in ("tests/check_python.py", "docs/requirements.txt", *lists):
        write(name, "")
    shutil.copy(ROOT / "Makefile", ".")  # for a make that it starts
    for name in ("", "site-", "test-", "gpu-", "backends-"):
        write(f".venv/{name}ready", "")
    # In place of Python and pytest: it writes down what it is asked.
    asks = 'echo "$@" >> told; case "$*" in *.fetch) exit 1;; esac'
    for name in ("python", "pytest"):
        write(f".venv/bin/{name}", f"#!/bin/sh\n{asks}\n")
        Path(f".venv/bin/{name}").chmod(0o755)
    done = run("make", lane)
    told = Path("told").read_text().splitlines()
    assert told[0] == "-m tests.harness.fetch"
    assert (done.returncode == 0) is (lane != "data"), done.stderr
    assert (len(told) == 1) is (lane == "data")
    if kind := {"gpu": "cuda", "metal": "metal"}.get(lane):
        look, run_lessons = told[1:]
        assert look == f"-m tests.ci.accelerator {kind}"
        assert run_lessons.startswith("--whole ")


# --- Branches ----------------------------------------------------------------


def write(path: str, content: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content.encode("latin-1"))


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone with one commit, and a bare repository that it pushes to."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    write(str(tmp_path / "config"), "[user]\nname = n\nemail = e\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    (tmp_path / "clone").mkdir()
    monkeypatch.chdir(tmp_path / "clone")
    git("init", "-q", "--bare", "-b", "main", "../remote")
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", str(tmp_path / "remote"))
    write("snippets/outputs/pooling/metrics.json", "1\n")
    write("snippets/outputs/pooling/old.txt", "old\n")
    write("docs/assets/figures/pooling/plot.png", "\x00\x89PNG\n\n")
    write("docs/assets/widgets/pooling/weights.bin", "\x00\n")
    write(".github/badges/blocks.svg", "1\n")
    write(".gitignore", "/notebooks/\n/record.patch\n")
    git("add", ".")
    git("commit", "-qm", "first")
    git("push", "-q", "origin", "main")


@MAKE
@pytest.mark.usefixtures("clone")
def test_notebooks_fill_their_branch_and_nothing_else() -> None:
    assert (
        "run `make notebooks` first" in run("make", "publish-notebooks").stdout
    )
    main = git("ls-remote", "origin", "main")
    write("notebooks/en/pooling.ipynb", "{}\n")
    write("notebooks/en/pooling.py", "pass\n")
    assert run("make", "publish-notebooks").returncode == 0
    write("notebooks/zh/pooling.ipynb", "{}\n")
    Path("notebooks/en/pooling.py").unlink()
    assert run("make", "publish-notebooks").returncode == 0
    git("fetch", "-q", "origin", "notebooks")
    files = git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split()
    assert files == ["en/pooling.ipynb", "zh/pooling.ipynb"]
    assert git("rev-list", "--count", "FETCH_HEAD") == "1"
    assert git("ls-remote", "origin", "main") == main
    assert git("status", "--porcelain") == ""
    git("remote", "set-url", "origin", "nowhere")
    assert run("make", "publish-notebooks").returncode != 0


@MAKE
@pytest.mark.usefixtures("clone")
def test_records_become_a_pull_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In place of GitHub's command: it writes down what it is asked.
    told = tmp_path / "told.txt"
    write("../bin/gh", f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    Path("../bin/gh").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    main = git("ls-remote", "origin", "main")
    assert "No record.patch" in run("make", "propose-record").stdout
    run("make", "save-record")
    assert run("make", "propose-record").stdout == "Nothing changed.\n"
    # What a job that records leaves: some files changed, one new, one gone.
    write("snippets/outputs/pooling/metrics.json", "2\n")
    write("docs/assets/figures/pooling/plot.png", "\x00\x89PNG\n\xff\n\n")
    write("docs/assets/figures/pooling/new.svg", "<svg/>\n")
    write("docs/assets/widgets/pooling/weights.bin", "\x00\x01\n")
    write(".github/badges/blocks.svg", "2\n")
    Path("snippets/outputs/pooling/old.txt").unlink()
    write("stray.txt", "not recorded\n")
    assert run("make", "save-record").returncode == 0
    git("checkout", "-q", ".")
    git("clean", "-qfd")
    done = run("make", "propose-record")
    assert done.returncode == 0, done.stderr
    asked = told.read_text().splitlines()
    branch = asked[5]
    assert asked[:5] == ["pr", "create", "--base", "main", "--head"]
    assert branch.startswith("record-") and branch.endswith("-7")
    git("fetch", "-q", "origin", branch)
    changed = git("diff", "--name-status", "main", "FETCH_HEAD").split("\n")
    assert changed == [
        "M\t.github/badges/blocks.svg",
        "A\tdocs/assets/figures/pooling/new.svg",
        "M\tdocs/assets/figures/pooling/plot.png",
        "M\tdocs/assets/widgets/pooling/weights.bin",
        "M\tsnippets/outputs/pooling/metrics.json",
        "D\tsnippets/outputs/pooling/old.txt",
    ]
    assert git("ls-remote", "origin", "main") == main

"""What the workflows run does what it says, and says what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mkdocs.config import load_config

from . import accelerator, branches, runners, shards

ROOT = Path(__file__).parents[2]


def run(
    module: str, *arguments: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`python -m tests.workflows.<module>`, as the Makefile runs it."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "GPU_", "ALLOW_"))
    }
    return subprocess.run(
        [sys.executable, "-m", f"tests.workflows.{module}", *arguments],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


# --- Shards ------------------------------------------------------------------


def make_lessons(root: Path, **seconds: float | None) -> None:
    for name, value in seconds.items():
        for path in (f"snippets/{name}.py", f"docs/en/{name}.md"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        if value is not None:
            folder = root / "snippets/outputs" / name
            folder.mkdir(parents=True)
            evidence = json.dumps({"seconds": [value, 99]})
            (folder / "evidence.json").write_text(evidence)


def parsed(text: str) -> tuple[list[dict[str, str]], list[str]]:
    """The shards and the options of the rest."""
    first, second = text.splitlines()
    assert first.startswith("shards=") and second.startswith("rest=")
    return json.loads(first[len("shards=") :]), second[len("rest=") :].split()


def test_each_lesson_has_its_own_shard_while_they_are_few() -> None:
    done = run("shards")
    found, _ = parsed(done.stdout)
    names = [shard["name"] for shard in found]
    assert sorted(names) == shards.lessons(ROOT)[: shards.MOST]


def test_many_lessons_share_shards_of_like_length(tmp_path: Path) -> None:
    make_lessons(tmp_path, a=100, b=60, c=50, d=10, e=None)
    found = shards.divide(tmp_path, most=2)
    assert [shard.lessons for shard in found] == [["a", "c"], ["b", "e", "d"]]
    assert [shard.seconds for shard in found] == [150, 130]


def test_shards_and_rest_are_all_tests_and_none_twice() -> None:
    found, rest = parsed(run("shards", "--most", "3").stdout)
    assert len(found) == 3
    taken = [test for shard in found for test in shard["pytest"].split()]
    assert len(taken) == len(set(taken))
    assert {option.partition("=")[2] for option in rest} == set(taken)
    assert all((ROOT / test).is_file() for test in taken)
    for lesson in shards.lessons(ROOT):
        for language in ("zh", "en"):
            assert f"docs/{language}/{lesson}.md" in taken


def test_pytest_collects_the_rest_without_the_lessons(tmp_path: Path) -> None:
    make_lessons(tmp_path, one=1)
    test = tmp_path / "tests/lessons/test_one.py"
    test.parent.mkdir(parents=True)
    test.write_text("def test_in_the_shard():\n    pass\n")
    other = tmp_path / "tests/test_other.py"
    other.write_text("def test_in_the_rest():\n    pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    found, rest = parsed(shards.outputs(tmp_path))
    for options, name in (
        (found[0]["pytest"].replace("docs/en/one.md ", ""), "in_the_shard"),
        (" ".join(rest), "in_the_rest"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q"],
            cwd=tmp_path,
            env={**os.environ, "PYTEST_ADDOPTS": options},
            capture_output=True,
            text=True,
        )
        assert done.stdout.count("::test_") == 1 and name in done.stdout


@pytest.mark.parametrize(
    ("most", "named"), [("0", "at least one"), ("1", "No lesson in")]
)
def test_shards_of_nothing(tmp_path: Path, most: str, named: str) -> None:
    done = run("shards", "--most", most, cwd=tmp_path)
    assert done.returncode == 1 and named in done.stderr


# --- Runners -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("gpu-t4", ["gpu-t4"]),
        ('["self-hosted", "linux", "gpu"]', ["self-hosted", "linux", "gpu"]),
        ('"gpu-t4"', ["gpu-t4"]),
        ("  ", []),
        ("", []),
    ],
)
def test_labels_of_a_runner(value: str, expected: list[str]) -> None:
    assert runners.labels("GPU_RUNNER", value) == expected


@pytest.mark.parametrize("value", ["[1]", "[", '{"a": 1}', '["gpu", " "]'])
def test_wrong_labels_are_named(value: str) -> None:
    done = run("runners", "GPU_RUNNER", GPU_RUNNER=value)
    assert done.returncode == 1
    assert f"GPU_RUNNER is {value}. Expected one label" in done.stderr


def test_a_runner_is_used_even_if_none_would_do() -> None:
    done = run(
        *["runners", "GPU_RUNNER", "--allowing", "ALLOW_CPU_ONLY_SITE"],
        GPU_RUNNER="gpu-t4",
        ALLOW_CPU_ONLY_SITE="true",
    )
    assert done.stdout == 'labels=["gpu-t4"]\ncpu_only=false\n'


def test_no_runner_stops_publishing_and_says_what_to_set() -> None:
    done = run("runners", "GPU_RUNNER", "--allowing", "ALLOW_CPU_ONLY_SITE")
    assert done.returncode == 1 and not done.stdout
    assert "the repository variable GPU_RUNNER is not set" in done.stderr
    assert "Or set ALLOW_CPU_ONLY_SITE to true" in done.stderr


def test_on_github_the_message_stands_at_the_top_of_the_run() -> None:
    done = run("runners", "METAL_RUNNER", GITHUB_ACTIONS="true")
    assert done.stderr.startswith("::error::No runner is configured")
    assert "ALLOW" not in done.stderr


def test_no_runner_may_be_allowed() -> None:
    done = run(
        *["runners", "GPU_RUNNER", "--allowing", "ALLOW_CPU_ONLY_SITE"],
        ALLOW_CPU_ONLY_SITE="true",
    )
    assert done.stdout == "labels=[]\ncpu_only=true\n"


def test_an_unclear_permission_is_none() -> None:
    with pytest.raises(runners.NotConfigured, match="Expected true or false"):
        runners.decide("G", "A", {"A": "perhaps"})


# --- The GPU -----------------------------------------------------------------


def test_without_a_gpu_the_check_fails_in_one_sentence() -> None:
    done = run("accelerator", "cuda", CUDA_VISIBLE_DEVICES="-1")
    assert done.returncode == 1
    *_, said = done.stderr.strip().splitlines()
    assert said.startswith("TensorFlow sees no GPU: expected an NVIDIA GPU")
    assert "prove nothing about the GPU" in said


@pytest.mark.parametrize(
    ("kind", "devices", "named"),
    [
        ("cuda", ["NVIDIA H100"], None),
        ("metal", ["METAL"], None),
        ("cuda", [], "sees no GPU"),
        ("metal", [], "sees no GPU"),
        ("metal", ["NVIDIA H100"], "expected an Apple GPU"),
        ("cuda", ["METAL"], "expected an NVIDIA GPU"),
    ],
)
def test_devices(kind: str, devices: list[str], named: str | None) -> None:
    said = accelerator.problem(kind, devices, "tensorflow 2.21.0", "Linux")
    assert said is None if named is None else named in str(said)


def test_a_gpu_is_compared_with_records_of_a_processor(tmp_path: Path) -> None:
    assert accelerator.foreign_records(ROOT) == []
    folder = tmp_path / "snippets/outputs/pooling"
    folder.mkdir(parents=True)
    (folder / "evidence.json").write_text('{"device": "NVIDIA H100"}')
    assert accelerator.foreign_records(tmp_path) == ["pooling (NVIDIA H100)"]


# --- Branches ----------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with one commit, and a bare repository that it pushes to."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    subprocess.run(
        ["git", "init", "-q", "--bare", "-b", "main", tmp_path / "remote"],
        check=True,
    )
    folder = tmp_path / "clone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    branches.git("init", "-q", "-b", "main")
    branches.git("remote", "add", "origin", str(tmp_path / "remote"))
    write("snippets/outputs/pooling/metrics.json", "1\n")
    write("snippets/outputs/pooling/old.txt", "old\n")
    write("docs/assets/figures/pooling/plot.png", b"\x00\x89PNG\n\n")
    write(".github/badges/blocks.svg", "1\n")
    write("Makefile", "badges:\n\t@echo 2 > .github/badges/blocks.svg\n")
    write(".gitignore", "/notebooks/\n")
    branches.git("add", ".")
    branches.git("commit", "-qm", "first", **branches._signature())
    branches.git("push", "-q", "origin", "main")
    return folder


def write(path: str, content: str | bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = content.encode()
    Path(path).write_bytes(content)


def remote(*arguments: str) -> str:
    return branches.git("-C", "../remote", *arguments)


def test_notebooks_fill_their_branch_and_nothing_else(clone: Path) -> None:
    main = remote("rev-parse", "main")
    write("notebooks/en/pooling.ipynb", "{}\n")
    write("notebooks/en/pooling.py", "pass\n")
    branches.publish_notebooks(clone, "origin")
    write("notebooks/zh/pooling.ipynb", "{}\n")
    Path("notebooks/en/pooling.py").unlink()
    branches.publish_notebooks(clone, "origin")
    files = remote("ls-tree", "-r", "--name-only", "notebooks").split()
    assert files == ["en/pooling.ipynb", "zh/pooling.ipynb"]
    assert remote("rev-list", "--count", "notebooks") == "1"
    assert remote("rev-parse", "main") == main
    assert branches.git("status", "--porcelain") == ""


def test_no_notebooks_is_told(clone: Path) -> None:
    done = run("branches", "notebooks", cwd=clone)
    assert done.returncode == 1
    assert "Run `make notebooks` first." in done.stderr


def test_a_push_that_is_refused_is_told(clone: Path) -> None:
    write("notebooks/en/pooling.ipynb", "{}\n")
    with pytest.raises(branches.Failed, match="git push --force failed"):
        branches.publish_notebooks(clone, "nowhere")


@pytest.fixture
def gh(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of GitHub's command: it writes down what it is asked."""
    folder = clone.parent / "bin"
    folder.mkdir()
    told = folder / "told.txt"
    (folder / "gh").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    (folder / "gh").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    return told


def record(clone: Path) -> None:
    """What a job that records leaves: one file each changed, new, gone."""
    write("snippets/outputs/pooling/metrics.json", "2\n")
    write("docs/assets/figures/pooling/plot.png", b"\x00\x89PNG\n\xff\n\n")
    write("docs/assets/figures/pooling/new.svg", "<svg/>\n")
    Path("snippets/outputs/pooling/old.txt").unlink()
    write("stray.txt", "not recorded\n")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for gh is for sh")
def test_records_become_a_pull_request(clone: Path, gh: Path) -> None:
    main = remote("rev-parse", "main")
    record(clone)
    assert branches.save_record() == 4
    patch = Path("record.patch").read_bytes()
    branches.git("checkout", "-q", ".")
    branches.git("clean", "-qfd")
    write("records/record-pooling/record.patch", patch)
    write("records/record-same/record.patch", b"")  # nothing changed there
    done = run("branches", "propose", cwd=clone, GITHUB_RUN_ID="7")
    assert done.returncode == 0, done.stderr
    branch = done.stdout.split()[-1]
    assert branch.startswith("record-") and branch.endswith("-7")
    changed = remote("diff", "--name-status", "main", branch).split("\n")
    assert changed == [
        "M\t.github/badges/blocks.svg",
        "A\tdocs/assets/figures/pooling/new.svg",
        "M\tdocs/assets/figures/pooling/plot.png",
        "M\tsnippets/outputs/pooling/metrics.json",
        "D\tsnippets/outputs/pooling/old.txt",
    ]
    assert remote("rev-parse", "main") == main
    told = gh.read_text().splitlines()
    assert told[:6] == ["pr", "create", "--base", "main", "--head", branch]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for gh is for sh")
def test_records_that_did_not_change_are_not_proposed(
    clone: Path, gh: Path
) -> None:
    assert branches.save_record() == 0
    write("records/a/record.patch", Path("record.patch").read_bytes())
    done = run("branches", "propose", cwd=clone)
    assert done.stdout == "Nothing changed.\n"
    assert not gh.exists()
    assert remote("branch", "--list").split() == ["*", "main"]


def test_no_patch_is_told(clone: Path) -> None:
    done = run("branches", "propose", cwd=clone)
    assert done.returncode == 1 and "No record.patch" in done.stderr


# --- The page that tells of it -----------------------------------------------


SENTENCES = {
    "": "这一版没有在 GPU 上验证过",
    "en/": "No GPU has confirmed this edition",
}


@pytest.mark.parametrize("cpu_only", ["true", "false"])
def test_a_site_without_a_gpu_says_so(tmp_path: Path, cpu_only: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "-d", tmp_path],
        cwd=ROOT,
        env={**os.environ, "CPU_ONLY_SITE": cpu_only},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for prefix, sentence in SENTENCES.items():
        page = tmp_path / prefix / "verification/index.html"
        says = sentence in page.read_text(encoding="utf-8")
        assert says is (cpu_only == "true")


def test_a_site_built_by_hand_says_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CPU_ONLY_SITE", raising=False)
    for name in ("mkdocs.yml", "mkdocs.en.yml"):
        assert load_config(str(ROOT / name)).extra["cpu_only"] is False

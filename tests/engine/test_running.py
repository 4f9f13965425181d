"""Lessons run once, and only when they must; their record is what counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import datasets, identity
from tests.harness.lesson import Lesson

from .conftest import FENCE, Project

TOY = FENCE.format("", "toy", "work")


def damage(project: Project) -> None:
    (kept,) = (project.root / ".cache/lessons/toy").glob("*.json")
    kept.write_text("{")


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        (lambda p: p.write("docs/en/toy.md", f"New.\n\n{TOY}"), 1),
        (lambda p: p.lesson("x = 2", name="other"), 1),
        (lambda p: p.lesson(f"{p.counting}\nx = 1"), 2),
        (lambda p: p.write("snippets/toy.toml", "[metrics.work]\na = '1'"), 2),
        (damage, 2),
    ],
    ids=["prose", "another lesson", "code", "metrics", "damage"],
)
def test_a_run_is_remembered_until_what_counts_changes(
    project: Project, change: Callable[[Project], None], runs: int
) -> None:
    project.lesson("x = 1", name="other")
    project.lesson(project.counting)
    project.run()
    change(project)
    how = "remembered" if runs == 1 else "run now"
    said = project.run("-k", "not metrics").stdout
    said.fnmatch_lines([f"docs/en/toy.md: 1 blocks, * {how}"])
    assert project.runs == runs


def test_fresh_and_ci_trust_no_memory(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.lesson(project.counting)
    project.run()
    project.run("--fresh")
    assert project.runs == 2
    monkeypatch.setenv("CI", "true")
    project.run()
    assert project.runs == 3


def test_a_failed_lesson_is_not_remembered(project: Project) -> None:
    project.lesson(f"{project.counting}\nraise SystemExit")
    for _ in range(2):
        project.run().assert_outcomes(passed=1, failed=1)
    assert project.runs == 2


def test_a_run_depends_on_all_that_its_results_depend_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan, toy, versions = [{"source": "1"}], Lesson("toy"), {"numpy": "1"}
    usual = (plan, toy, "jax", versions, {"a.py": "0"})
    others = [[], Lesson("toy", data=("mnist",)), "torch", {"numpy": "2"}, {}]
    keys = [identity.key_of(*usual)]
    for place, other in enumerate(others):
        arguments = [*usual[:place], other, *usual[place + 1 :]]
        keys.append(identity.key_of(*arguments))  # type: ignore[arg-type]
    for module, function in (
        (identity, "device_class"),
        *((identity.platform, name) for name in ("machine", "python_version")),
        (datasets, "sha256"),  # of the engine's own files
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, function, lambda *_: "another")
            keys.append(identity.key_of(*usual))
    for name in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "XLA_FLAGS"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "0")
            keys.append(identity.key_of(*usual))
    assert len({*keys}) == len(keys)
    monkeypatch.setenv("COLUMNS", "20")
    assert identity.key_of(*usual) == keys[0]


def test_report_lists_sections_with_times(project: Project) -> None:
    project.lesson("import time\ntime.sleep(0.2)")
    project.run().stdout.re_match_lines(
        [r"docs/en/toy\.md: 1 blocks, 0\.\d s, run now", r"\s+0\.[2-9]\d s  w"]
    )


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_record_is_what_the_next_run_is_held_against(project: Project) -> None:
    project.lesson("print('now')", "[metrics.work]\none = '1'\n")
    old = project.write("snippets/outputs/toy/gone.txt", "stale\n")
    old_drawing = project.write("docs/assets/figures/toy/gone.svg", "<svg/>")
    project.run("--record").assert_outcomes(passed=3)
    outputs = old.parent
    before = contents(outputs)
    assert before.keys() == {"work.txt", "metrics.json", "evidence.json"}
    assert before["work.txt"] == "now\n"
    assert '"snippets/outputs/toy/work.txt": "' in before["evidence.json"]
    assert not old_drawing.exists()
    project.run("--record")
    assert contents(outputs) == before
    project.run().assert_outcomes(passed=3)
    (outputs / "work.txt").write_text("then\n")  # a memory is compared, too
    result = project.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*1 blocks, * remembered"])


def test_what_a_run_leaves_for_the_site_is_recorded(project: Project) -> None:
    """float32, the low byte first; asked of no run but the recorded one."""
    project.lesson(
        "set_random_seed = int\nset_random_seed(1)\nw = [0.1, -2e-8, 3e38]",
        "seeds = 2\n[metrics.work]\none = '1'\n[leaves.work]\nw = 'w'\n",
    )
    old = project.write("docs/assets/widgets/toy/gone.bin", "stale")
    project.run("--record").assert_outcomes(passed=3)
    assert not old.exists()
    left = old.with_name("w.bin").read_bytes()
    assert left == b"\xcd\xcc\xcc\x3d\x77\xcc\xab\xb2\xe6\xb1\x61\x7f"
    record = contents(project.root / "snippets/outputs/toy")
    assert '"docs/assets/widgets/toy/w.bin": "' in record["evidence.json"]
    assert '"w' not in record["metrics.json"]
    project.run().assert_outcomes(passed=3)


def test_a_skipped_block_is_neither_run_nor_counted(project: Project) -> None:
    project.write(
        "docs/en/toy.md",
        """
        <!--pytest-codeblocks:skip-->
        ```python
        1 / 0
        ```

        ```python
        x = 1
        ```

        ```python
        assert x == 1
        ```
        """,
    )
    result = project.run()
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["docs/en/toy.md: 2 blocks, *"])
    # One block alone runs what it needs.
    project.run("--fresh", "-k", "line-10").assert_outcomes(
        passed=1, deselected=3
    )

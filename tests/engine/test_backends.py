"""Lessons run on each backend of Keras, recorded side by side.

Keras and JAX are stand-ins here; the one counts on the other's device.
"""

import json
import sys
from typing import Any

import pytest

from tests.harness import backends

from .conftest import Project

KERAS = """
    import jax  # Keras, too, imports what it computes with

    class utils:
        def set_random_seed(seed):
            global accuracy
            accuracy = seed / 10
    """
JAX = """
    class Device:
        platform, device_kind = "gpu", "JAX's"

    def devices():
        return [Device]
    """
LESSON = """
    import keras
    keras.utils.set_random_seed(1)
    accuracy = keras.accuracy
    """
METRIC = '[metrics.work]\naccuracy = "accuracy"\n'


@pytest.fixture
def lesson(real: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project for lessons that run on the stand-ins."""
    real.write("keras.py", KERAS)
    real.write("jax.py", JAX)
    monkeypatch.syspath_prepend(str(real.root))
    for name in ("keras", "jax"):  # other tests may have imported the real one
        monkeypatch.delitem(sys.modules, name, raising=False)
    return real


def entry_of(project: Project) -> dict[str, Any]:
    path = project.root / "snippets/outputs/toy/backends.json"
    [entry] = json.loads(path.read_text("utf-8"))
    return entry


@pytest.mark.usefixtures("project")
def test_a_backend_is_recorded(lesson: Project) -> None:
    lesson.lesson(LESSON, f"seeds = 2\n{METRIC}")
    lesson.lesson(LESSON.replace("accuracy =", "other ="), METRIC, "other")
    lesson.lesson(f"{LESSON}1 / 0", METRIC, "broken")
    lesson.lesson(LESSON, name="without")
    result = lesson.run("--backend", "jax", "--record")
    result.assert_outcomes(passed=6, failed=2, skipped=2)
    result.stdout.fnmatch_lines(["*needs Keras and a metric*"])
    recorded = lesson.root.glob("snippets/outputs/*")
    assert [folder.name for folder in recorded] == ["toy"]
    entry = entry_of(lesson)
    assert (entry["backend"], entry["device"]) == ("jax", "CPU")
    assert entry["seeds"] == [1, 2] and len(entry["seconds"]) == 2
    assert entry["metrics"]["accuracy"]["seeds"] == [0.1, 0.2]
    assert {"date", "versions", "code"} < entry.keys()
    result.stdout.fnmatch_lines(["accuracy: NameError: *"])


@pytest.mark.usefixtures("project")
def test_a_backend_leaves_out_what_one_backend_is_enough_for(
    lesson: Project,
) -> None:
    trial = '[metrics.trial]\ntried = "1"\n[one_backend]\ntrial = "no"'
    trial += '\n[again]\ntrial = "would continue"'
    lesson.sections({"work": LESSON, "trial": "tried = 1"}, METRIC + trial)
    lesson.run("--record").assert_outcomes(passed=4)
    result = lesson.run("--backend", "jax", "--record")
    result.stdout.fnmatch_lines(["SKIPPED*: no: run when it was recorded*"])
    assert entry_of(lesson)["metrics"].keys() == {"accuracy"}


def test_the_device_is_that_of_the_backend(lesson: Project) -> None:
    lesson.lesson(LESSON, METRIC)
    lesson.run("--backend", "jax", "--record").assert_outcomes(passed=3)
    assert entry_of(lesson)["device"] == "JAX's"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--backend", "jax"], "*--backend needs --record beside it"),
        (["--backend", "mxnet", "--record"], "*invalid choice: 'mxnet'*"),
        (["--backend", "jax", "--record"], "*jax is not installed; `make bac*"),
    ],
)
def test_another_backend_is_for_recording_and_has_to_be_there(
    lesson: Project,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    result = lesson.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([says])


def test_entries_of_other_devices_are_kept() -> None:
    new = {"backend": "jax", "device": "CPU"}
    old = {"backend": "torch", "device": "CPU"}, {**new, "seeds": [1]}
    merged = backends.merged([gpu := {**new, "device": "A GPU"}, *old], new)
    assert merged == [new, old[0], gpu]

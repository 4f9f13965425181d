"""Lessons run on each backend of Keras, recorded side by side.

Keras and JAX are stand-ins here; the one counts on the other's device.
"""

import json
import os
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
    """A project whose lesson `toy` runs on the stand-ins."""
    folder = str(real.write("stand_ins/keras.py", KERAS).parent)
    real.write("stand_ins/jax.py", JAX)
    monkeypatch.setenv("PYTHONPATH", folder, prepend=os.pathsep)
    monkeypatch.syspath_prepend(folder)
    real.lesson(LESSON, f"seeds = 2\n{METRIC}")
    return real


def entries(project: Project, *said: str) -> list[dict[str, Any]]:
    project.run("--backend", "jax", "--record").stdout.fnmatch_lines(said)
    path = project.root / "snippets/outputs/toy/backends.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


@pytest.mark.usefixtures("project")
def test_a_backend_is_recorded(lesson: Project) -> None:
    [entry] = entries(lesson, "* 3 passed in *")
    assert (entry["backend"], entry["device"]) == ("jax", "CPU")
    assert entry["seeds"] == [1, 2] and len(entry["seconds"]) == 2
    assert entry["metrics"]["accuracy"]["seeds"] == [0.1, 0.2]
    assert {"date", "versions", "code"} < entry.keys()


@pytest.mark.usefixtures("project")
def test_a_metric_that_fails_is_recorded(lesson: Project) -> None:
    lesson.lesson(LESSON.replace("accuracy =", "other ="), METRIC)
    [entry] = entries(lesson, "* 1 failed, 2 passed in *")
    assert entry["error"].startswith("metric accuracy: accuracy: NameError")
    assert "metrics" not in entry


def test_a_crash_is_recorded_with_its_device(lesson: Project) -> None:
    lesson.lesson(f"{LESSON}import os; os._exit(3)", METRIC)
    [entry] = entries(lesson, "* 2 failed, 1 passed in *")
    assert entry["error"].startswith("section work: the process ended")
    assert (entry["device"], entry["seeds"]) == ("JAX's", [1])


def test_a_lesson_without_metrics_is_left_out(lesson: Project) -> None:
    lesson.lesson(LESSON)
    assert not entries(lesson, "*needs Keras and a metric*", "* 1 skipped in *")


def test_a_backend_that_is_not_installed(
    lesson: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    said = lesson.run("--backend", "jax", "--record").stderr
    said.fnmatch_lines(["*jax is not installed; `make backends` installs*"])


def test_entries_of_other_devices_are_kept() -> None:
    new = {"backend": "jax", "device": "CPU"}
    old = {"backend": "torch", "device": "CPU"}, {**new, "seeds": [1]}
    merged = backends.merged([gpu := {**new, "device": "A GPU"}, *old], new)
    assert merged == [new, old[0], gpu]

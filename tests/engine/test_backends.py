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
LESSON = "import keras\nkeras.utils.set_random_seed(1)\n"
METRIC = '[metrics.work]\naccuracy = "keras.accuracy"\n'


@pytest.fixture
def lesson(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose lesson `toy` runs on the stand-ins."""
    folder = str(project.write("stand_ins/keras.py", KERAS).parent)
    project.write("stand_ins/jax.py", JAX)
    monkeypatch.setenv("PYTHONPATH", folder, prepend=os.pathsep)
    monkeypatch.syspath_prepend(folder)
    project.lesson(LESSON, f"seeds = 2\n{METRIC}")
    return project


def entries(project: Project, *said: str) -> list[dict[str, Any]]:
    project.run("--backend", "jax", "--record").stdout.fnmatch_lines(said)
    path = project.root / "snippets/outputs/toy/backends.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


def test_a_backend_is_recorded(lesson: Project) -> None:
    [entry] = entries(lesson, "* 3 passed in *")
    assert (entry["backend"], entry["device"]) == ("jax", "JAX's")
    assert entry["seeds"] == [1, 2] and len(entry["seconds"]) == 2
    assert entry["metrics"]["accuracy"]["seeds"] == [0.1, 0.2]
    assert {"date", "processor", "cores", "versions", "code"} < entry.keys()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os; os._exit(3)", "section work: the process ended"),
        ("del keras.accuracy", "metric accuracy: keras.accuracy: Attribute"),
    ],
)
def test_a_failure_is_recorded(lesson: Project, code: str, error: str) -> None:
    lesson.lesson(LESSON + code, METRIC)
    [entry] = entries(lesson, "*failed*")
    assert entry["error"].startswith(error)
    assert entry["device"] == "JAX's" and "metrics" not in entry


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

"""Lessons run on each backend of Keras, recorded side by side.

Keras and its backends are stand-ins here; each names its own device.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.harness import backends, records

from .conftest import Project

STAND_INS = {
    "keras": """
        import importlib
        import os

        import tensorflow  # Keras, too, imports what it finds

        backend = os.environ["KERAS_BACKEND"]
        importlib.import_module(backend)


        class utils:
            def set_random_seed(seed):
                global accuracy
                accuracy = seed / 10
        """,
    "tensorflow": """
        import os


        class config:
            def list_physical_devices(kind):
                return [kind] * ("GPU_HERE" in os.environ)

            class experimental:
                def get_device_details(device):
                    return {"device_name": "TensorFlow's"}
        """,
    "jax": """
        import os


        class Device:
            platform = "gpu" if "GPU_HERE" in os.environ else "cpu"
            device_kind = "JAX's"


        def devices():
            return [Device]
        """,
    "torch": """
        import os


        class backends:
            class mps:
                def is_available():
                    return False


        class cuda:
            def is_available():
                return "GPU_HERE" in os.environ

            def get_device_name():
                return "PyTorch's"
        """,
}
LESSON = """
import keras

keras.utils.set_random_seed(1)
accuracy = keras.accuracy
"""
SETTINGS = 'seeds = 5\n[metrics.work]\naccuracy = "accuracy"\n'


@pytest.fixture
def lesson(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose lesson `toy` runs on three stand-ins."""
    for name, code in STAND_INS.items():
        project.write(f"stand_ins/{name}.py", code)
    monkeypatch.setenv(
        "PYTHONPATH", str(project.root / "stand_ins"), prepend=os.pathsep
    )
    monkeypatch.syspath_prepend(project.root / "stand_ins")
    monkeypatch.delenv("GPU_HERE", raising=False)
    project.lesson(LESSON + project.counting, SETTINGS)
    return project


def recorded(project: Project) -> list[dict[str, Any]]:
    path = project.root / "snippets/outputs/toy/backends.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_each_backend_is_recorded(lesson: Project) -> None:
    backends.main([])
    entries = recorded(lesson)
    assert [e["backend"] for e in entries] == ["tensorflow", "jax", "torch"]
    for entry in entries:
        assert entry["device"] == "CPU"
        assert entry["seeds"] == [1, 2, 3]
        assert len(entry["seconds"]) == 3
        assert entry["metrics"]["accuracy"] == {
            "mean": pytest.approx(0.2),
            "sd": pytest.approx(0.1),
            "seeds": [0.1, 0.2, 0.3],
        }
        assert {"date", "processor", "cores", "versions"} <= entry.keys()
    assert lesson.runs == 9


def test_remembered_runs_are_trusted(lesson: Project) -> None:
    backends.main(["toy"])
    backends.main(["toy"])
    assert lesson.runs == 9
    backends.main(["toy", "--fresh", "--seeds", "1"])
    assert lesson.runs == 12
    assert recorded(lesson)[0]["seeds"] == [1]


def test_entries_of_other_devices_are_kept(
    lesson: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends.main(["--seeds", "1"])
    monkeypatch.setenv("GPU_HERE", "yes")
    backends.main(["--seeds", "1", "--fresh"])
    assert [(e["backend"], e["device"]) for e in recorded(lesson)] == [
        ("tensorflow", "CPU"),
        ("jax", "CPU"),
        ("torch", "CPU"),
        ("jax", "JAX's"),
        ("torch", "PyTorch's"),
        ("tensorflow", "TensorFlow's"),
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "raise ValueError('no such operation')",
            "section work: ValueError: no such operation",
        ),
        (
            "del accuracy",
            "section work: metric accuracy: accuracy: NameError: name "
            "'accuracy' is not defined",
        ),
        (
            "import os; os._exit(3)",
            "section work: the process ended without a Python error",
        ),
        (
            "import time; time.sleep(60)",
            "section work: the time limit of 12 s was hit",
        ),
    ],
)
def test_failing_backend_is_recorded_and_the_others_go_on(
    lesson: Project,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    error: str,
) -> None:
    monkeypatch.setenv("GPU_HERE", "yes")
    failing = f'if keras.backend == "jax":\n    {code}\n'
    lesson.lesson(LESSON + failing, "time_limit = 12\n" + SETTINGS)
    backends.main(["toy"])
    entries = {entry["backend"]: entry for entry in recorded(lesson)}
    assert entries["jax"]["error"] == error
    assert entries["jax"]["device"] == "JAX's"
    assert "metrics" not in entries["jax"]
    assert "metrics" in entries["tensorflow"] and "metrics" in entries["torch"]


def test_pages_can_quote_the_entries(lesson: Project) -> None:
    loop = "{% for e in toy.backends %}{{ e.backend }} {% endfor %}"
    backends.main(["--seeds", "1"])
    assert records.inject(loop, lesson.root) == "tensorflow jax torch "


def test_recording_the_lesson_leaves_the_entries_alone(lesson: Project) -> None:
    backends.main(["--seeds", "1"])
    before = recorded(lesson)
    lesson.run("--record").assert_outcomes(passed=3)
    assert recorded(lesson) == before


def test_unknown_lesson(lesson: Project) -> None:
    lesson.write("snippets/without_keras.py", "one = 1\n")
    lesson.write("snippets/without_keras.toml", '[metrics.a]\none = "one"\n')
    lesson.write("snippets/without_metrics.py", "import keras\n")
    with pytest.raises(SystemExit) as stop:
        backends.main(["toy", "tot"])
    assert stop.value.code == (
        "Unknown lesson: tot. Lessons that import Keras and have metrics: toy."
    )


def test_backend_that_is_not_installed(
    lesson: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "BACKENDS", ("jax", "no_such_backend"))
    with pytest.raises(SystemExit, match=r"no_such_backend\. `make backends`"):
        backends.main(["toy"])
    assert lesson.runs == 0

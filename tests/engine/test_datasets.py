"""The shipped data are the original bytes, and damage is told in a sentence."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.harness import datasets

from .conftest import Project


def _build_mnist():
    path = datasets.FOLDER / "build_mnist.py"
    specification = importlib.util.spec_from_file_location("build_mnist", path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_shipped_mnist_holds_the_bytes_of_the_four_original_files() -> None:
    build_mnist = _build_mnist()
    with np.load(datasets.checked("mnist")) as arrays:
        assert set(arrays) == set(build_mnist.ORIGINALS)
        for key, (_, shape, md5) in build_mnist.ORIGINALS.items():
            assert arrays[key].shape == shape
            assert build_mnist.md5_as_idx(arrays[key]) == md5


def test_rebuilding_refuses_other_bytes(tmp_path: Path) -> None:
    build_mnist = _build_mnist()
    name, shape, md5 = build_mnist.ORIGINALS["y_test"]
    file = tmp_path / name
    with np.load(datasets.checked("mnist")) as arrays:
        labels = arrays["y_test"]
    file.write_bytes(build_mnist.idx_header(shape) + labels.tobytes())
    assert np.array_equal(build_mnist.read_idx(file, shape, md5), labels)
    labels[0] += 1
    file.write_bytes(build_mnist.idx_header(shape) + labels.tobytes())
    with pytest.raises(ValueError, match=rf"{name}: expected MD5 {md5}"):
        build_mnist.read_idx(file, shape, md5)


def test_damaged_file_is_told_in_one_sentence(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "mnist.npz"
    damaged.write_bytes(b"PK" + bytes(1000))
    with pytest.raises(datasets.DamagedData, match="is damaged: expected"):
        datasets.checked("mnist", tmp_path)
    damaged.unlink()
    with pytest.raises(datasets.DamagedData, match="is missing"):
        datasets.checked("mnist", tmp_path)

    monkeypatch.setitem(datasets.SHIPPED, "mnist", ("mnist.npz", "0" * 64))
    project.lesson("x = 1")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: The data file *mnist.npz is damaged: *"]
    )
    result.stderr.no_fnmatch_line("Traceback*")


# Run in a process of its own, whose Keras has no copy from earlier.
DOWNLOAD = """
import sys
import keras
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
np.savez(
    sys.argv[1], x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
)
"""


@pytest.mark.network
def test_keras_downloads_the_same_arrays(tmp_path: Path) -> None:
    file = tmp_path / "downloaded.npz"
    environment = {**os.environ, "KERAS_HOME": str(tmp_path / "keras")}
    subprocess.run(
        [sys.executable, "-c", DOWNLOAD, str(file)],
        env=environment,
        check=True,
    )
    with (
        np.load(file) as downloaded,
        np.load(datasets.checked("mnist")) as shipped,
    ):
        assert set(downloaded) == set(shipped)
        for key in shipped:
            assert np.array_equal(downloaded[key], shipped[key]), key

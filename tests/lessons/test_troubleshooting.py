"""What the page `troubleshooting` claims: each remedy removes its error.

The outputs on the page are the messages; here, the same causes are arranged
again, and then taken away.
"""

from __future__ import annotations

import errno
import gzip
import io
import logging
import os
import platform
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import kagglehub
import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from PIL import Image
from tensorflow.python.eager.polymorphic_function import (
    polymorphic_function as tracing,
)

from tests.harness import datasets, page

from .troubleshooting_stage import HOST, MNIST, Stage
from .witnesses import map_sizes

ROOT = Path(__file__).parents[2]
ORIGIN = f"https://{HOST}/tensorflow/tf-keras-datasets/mnist.npz"
# Sections whose last line is what comes of the remedy.
REMEDIED = (
    *("mnist_page", "min_ndim", "too_small", "rank", "same_rank"),
    *("label_range", "input_shape", "single", "channels_first", "memory"),
    *("cut_off", "not_zip_again", "archive_check", "disk_room"),
    *("broken_repair", "extra", "no_images", "sizes"),
    *("two_classes_check", "slopes", "inner"),
)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage()
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kagglehub"))
    for name, value in made.start(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def names(lesson, mnist: dict[str, np.ndarray]) -> dict[str, Any]:
    """The small network and its digits."""
    given = {"train_images": mnist["x_train"], "train_labels": mnist["y_train"]}
    return lesson("setup", "small", "few", **given)


# --- The page: each message stands where the list leads ----------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_listed_message_stands_in_its_entry(language: str) -> None:
    """With what is printed there, or in the source that the entry names.

    Numbers and all: 401, 403, 407, ndim 3 and 4, axis -1, CRC-32, CIFAR-10,
    labels from 0 to below 1, shape (224, 224, 3), 1000 classes.
    """
    path = f"docs/{language}/troubleshooting.md"
    facts = yaml.safe_load((ROOT / "docs/facts.yml").read_text("utf-8"))
    entries: dict[str, str] = {}
    for block in page.read(ROOT / path, ROOT).blocks:
        text = "\n".join(block.lines)
        for target in re.findall(r'--8<-- "([^"]+\.txt)"', text):
            text += (ROOT / target).read_text("utf-8")
        for fact in re.findall(r"fact: ([\w-]+)", text):
            text += facts[fact]["says"]
        entries[block.heading] = entries.get(block.heading, "") + text
    link = r"\[(`[^`]+`[^]]*|[^]`]+)\]\(#([\w-]+)\)"
    listed = re.findall(link, entries["messages"])
    for message, heading in listed:
        code = re.match("`([^`]+)`", message)
        assert not code or code[1] in entries[heading], message
    source = (ROOT / path).read_text("utf-8")
    headings = re.findall(r"^### .*\{#([\w-]+)\}$", source, re.MULTILINE)
    assert {heading for _, heading in listed} == {*headings, "mnist-download"}


@pytest.mark.parametrize("section", REMEDIED)
def test_the_last_call_of_an_entry_works(lesson, section: str) -> None:
    *before, last = lesson.printed(section).splitlines()
    assert last == "works"
    alone = {"extra", "disk_room", "broken_repair"}  # the error stands above
    said = r"\w+(Error|File|Warning): "
    failed = any(re.match(said, line) for line in before)
    assert failed or section in alone


# --- Installing ---------------------------------------------------------------


def test_pip_finds_tensorflow_for_the_right_python_alone(
    stage: Stage, tmp_path: Path, lesson
) -> None:
    def download(python: str) -> str:
        asked = ["--python-version", python, "--only-binary=:all:"]
        command = [sys.executable, "-m", "pip", "download", "--no-deps", *asked]
        done = subprocess.run(
            [*command, "-d", str(tmp_path), "tensorflow"],
            capture_output=True,
            text=True,
        )
        return done.stderr

    found = "No matching distribution found for tensorflow"
    assert found in lesson.printed("pip")
    with stage.pip([f"cp{each}-none-any" for each in ("311", "312", "313")]):
        assert found in download("3.14")
        assert found not in download("3.13")
    assert list(tmp_path.glob("tensorflow*.whl"))


def test_the_other_python_has_the_packages(stage: Stage, lesson) -> None:
    ask = "from importlib.util import find_spec; print(find_spec('tensorflow'))"
    with stage.during("no_module"):
        call = ["python", "-c", ask]
        said = subprocess.run(call, capture_output=True, text=True).stdout
    assert said == "None\n"
    call[0] = sys.executable
    said = subprocess.run(call, capture_output=True, text=True).stdout
    assert "ModuleSpec" in said


HIDDEN = """
import tensorflow as tf
tf.config.set_visible_devices([], "GPU")
print((tf.ones(3) + 1).device)
"""


def test_what_tensorflow_logs_is_no_error() -> None:
    """It logs what it computes on, and computes; a hidden GPU does nothing."""
    told = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    call = [sys.executable, "-c", HIDDEN]
    done = subprocess.run(call, capture_output=True, text=True, env=told)
    assert done.returncode == 0 and done.stdout.strip().endswith("CPU:0")
    if not tf.config.list_physical_devices("GPU"):
        found = (
            "Could not find cuda drivers on your machine, GPU will not be used"
        )
        assert found in done.stderr
    if "cpu_feature_guard" in done.stderr:  # of another processor, nothing
        found = (
            "This TensorFlow binary is optimized to use available CPU "
            "instructions"
        )
        assert found in done.stderr


# --- Downloading MNIST --------------------------------------------------------


def fetch(folder: Path) -> bytes:
    """As Keras does for MNIST; it takes the file that this project ships."""
    file = keras.utils.get_file(
        "mnist.npz",
        origin=ORIGIN,
        file_hash=datasets.DATA["mnist"].digest,
        cache_dir=folder,
    )
    return Path(file).read_bytes()


By = Callable[[Stage], AbstractContextManager]


@pytest.mark.parametrize(
    ("wrong", "message", "remedy"),
    [
        (
            lambda stage: stage.download(),
            "CERTIFICATE_VERIFY_FAILED",
            lambda stage: stage.download(trusted=True),
        ),
        (
            lambda stage: stage.proxy("http://{}"),
            "407 Proxy Authentication Required",
            lambda stage: stage.proxy("http://reader:secret@{}"),
        ),
        (
            lambda stage: stage.download("half", trusted=True),
            "retrieval incomplete: got only",
            lambda stage: stage.download(trusted=True),
        ),
        (
            lambda stage: stage.download("page", trusted=True),
            "Incomplete or corrupted file detected",
            lambda stage: stage.download(trusted=True),
        ),
    ],
    ids=["certificate", "proxy", "half", "page"],
)
def test_each_download_works_after_its_remedy(
    stage: Stage,
    tmp_path: Path,
    wrong: By,
    message: str,
    remedy: By,
) -> None:
    with wrong(stage), pytest.raises(Exception, match=message):
        fetch(tmp_path)
    # Half a file is deleted; a page stays, and gives way.
    left = (tmp_path / "datasets/mnist.npz").exists()
    assert left == message.startswith("Incomplete")
    with remedy(stage):
        assert fetch(tmp_path) == MNIST.read_bytes()
    assert fetch(tmp_path)  # no server is needed anymore


@pytest.mark.skipif(os.name == "nt", reason="Windows has words of its own")
def test_other_words_for_no_connection() -> None:
    said = {
        errno.ENETUNREACH: "Network is unreachable",
        errno.ECONNREFUSED: "Connection refused",
        errno.ECONNRESET: "Connection reset by peer",
    }
    assert {number: os.strerror(number) for number in said} == said


# --- Shapes, labels, training -------------------------------------------------


def test_how_the_deep_network_shrinks(lesson) -> None:
    sizes = map_sizes(28, [(3, 1), (2, 2)] * 3)
    assert sizes == [28, 26, 13, 11, 5, 3, 1]
    assert "shape=(None, 1, 1, 8)" in lesson.printed("too_small")


def test_channels_first_as_a_setting() -> None:
    """A lesson's first layer then takes 28 rows for channels."""
    image = keras.Input(shape=(28, 28, 1))
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match="would be zero or negative"):
            keras.layers.Conv2D(8, 3)(image)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert keras.layers.Conv2D(8, 3)(image).shape == (None, 26, 26, 8)


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"},
    reason="oneDNN can be chosen where TensorFlow has it, on Intel and AMD",
)
@pytest.mark.parametrize("has_onednn", [False, True])
def test_channels_first_needs_onednn(has_onednn: bool) -> None:
    code = (
        "import numpy as np; from keras import layers; "
        "layer = layers.Conv2D(8, 3, data_format='channels_first'); "
        "print(layer(np.ones((2, 1, 28, 28), 'float32')).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": str(int(has_onednn))},
        capture_output=True,
        text=True,
    )
    assert ("(2, 8, 26, 26)" in done.stdout) == has_onednn
    said = "only supports the NHWC tensor format"
    assert (said in done.stderr) == (not has_onednn)


def test_new_networks_are_traced_anew(
    names: dict[str, Any], caplog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven in a row make TensorFlow warn; one that is used again does not.

    Lessons that ran before in the same process may have silenced its logger,
    and it warns but twice of the same function: here the count begins anew.
    """
    counts = type(tracing._frequent_tracing_detector_manager)()
    monkeypatch.setattr(tracing, "_frequent_tracing_detector_manager", counts)
    network, images = names["small"](), names["images"]
    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.WARNING, logger.name):
            for number in range(1, 8):
                network.predict(images[:number], verbose=0)
            assert "triggered tf.function retracing" not in caplog.text
            for _ in range(7):
                names["small"]().predict(images, verbose=0)
        found = (
            "triggered tf.function retracing. Tracing is expensive and the "
            "excessive number of tracings could be due to"
        )
        assert found in caplog.text
    finally:
        logger.removeHandler(caplog.handler)


def test_the_first_loss_tells_how_pixels_are_scaled(names) -> None:
    """Over 20 networks: near ln 10 = 2.3 if scaled, otherwise far above."""
    images, labels = names["images"], names["labels"]
    loss = keras.losses.SparseCategoricalCrossentropy()
    for seed in range(20):
        keras.utils.set_random_seed(seed)
        network = names["small"]()
        assert abs(loss(labels, network(images)) - 2.3) < 0.7
        assert loss(labels, network(images * 255)) > 8


def test_bytes_of_a_number() -> None:
    sizes = {"float64": 8, "float32": 4, "uint8": 1}
    assert {name: np.zeros(1, name).nbytes for name in sizes} == sizes


# --- Kaggle and images --------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("token_unknown", "401 Client Error"),
        ("rules_not_accepted", "403 Client Error"),
        ("cut_off", "Connection broken: IncompleteRead"),
    ],
)
def test_kaggle_works_once_the_cause_is_gone(
    stage: Stage, what: str, message: str
) -> None:
    with (
        stage.kaggle_wrong(what),
        pytest.raises(Exception, match=message),
    ):
        kagglehub.competition_download("dogs-vs-cats")
    folder = Path(kagglehub.competition_download("dogs-vs-cats"))
    assert (folder / "train.zip").is_file()


def test_the_command_without_a_token(stage: Stage) -> None:
    command = [str(Path(sys.executable).with_name("kaggle"))]
    with stage.during("no_token"):
        done = subprocess.run(
            [*command, "competitions", "list"], capture_output=True, text=True
        )
    said = done.stdout + done.stderr
    assert said.startswith("Authentication required to call the Kaggle API.")
    assert done.returncode


def test_other_words_for_a_broken_archive() -> None:
    with pytest.raises(
        EOFError,
        match="Compressed file ended before the end-of-stream marker was "
        "reached",
    ):
        gzip.decompress(gzip.compress(b"a photo")[:-9])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat.0.jpg", bytes(9000))
    broken = bytearray(file.getvalue())
    broken[39:43] = b"\xff" * 4  # the first bytes after head and name
    with (
        zipfile.ZipFile(io.BytesIO(broken)) as archive,
        pytest.raises(zlib.error, match="Error -3 while decompressing data"),
    ):
        archive.read("cat.0.jpg")


def test_extra_bytes_change_no_pixel(tmp_path: Path, capfd) -> None:
    """Nor does another version in the head, of which TensorFlow warns."""
    pixels = np.random.default_rng(0).integers(0, 255, (40, 40, 3), "uint8")
    path = tmp_path / "photo.jpg"
    Image.fromarray(pixels).save(path)
    data = path.read_bytes()
    extra = data[:-2] + bytes(228) + data[-2:]
    version = data.replace(b"JFIF\0\1\1", b"JFIF\0\0\0", 1)
    for decode in (tf.io.decode_jpeg, tf.io.decode_image):
        np.testing.assert_array_equal(decode(extra), decode(data))
        np.testing.assert_array_equal(decode(version), decode(data))
    said = capfd.readouterr().err
    assert "Corrupt JPEG data" in said
    assert "Warning: unknown JFIF revision number 0.00" in said

"""What the lesson `tf_data` claims, checked by other means.

Orders of events, counts and shapes are checked by running small pipelines.
Of times, only what was recorded is looked at, and in wide bounds.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from PIL import Image

from tests.benchmarks import input_pipeline as benchmark
from tests.harness import quote

from .conftest import ROOT, Lesson
from .kaggle_server import PER_CLASS, drawn

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

# Sizes of buffers, and in what bounds the rank correlation then lies.
BUFFERS = {1: (1, 1), 100: (0.95, 1), 1000: (0.2, 0.6), 2000: (-0.15, 0.15)}


# --- A pipeline by hand, a Dataset, batches -----------------------------------


def test_batches_by_hand_against_numpy(lesson) -> None:
    names = lesson("setup", "by_hand", "first", "batch")
    vectors = np.random.default_rng(0).normal(size=(1000, 16))
    by_numpy = np.split(vectors, range(32, 1000, 32))
    for pieces in (names["batches_by_hand"](vectors, 32), names["batched"]):
        for piece, expected in zip(pieces, by_numpy, strict=True):
            np.testing.assert_array_equal(piece, expected)
    assert (len(by_numpy), len(by_numpy[-1]), len(names["full"])) == (32, 8, 31)


def test_parallel_calls_keep_the_order() -> None:
    """The first call sleeps, and its element still comes out first."""
    finished = []

    def sleep(number):
        time.sleep(0.3 if number == 0 else 0)
        finished.append(int(number))
        return number

    dataset = tf.data.Dataset.range(4).map(
        lambda number: tf.py_function(sleep, [number], tf.int64),
        num_parallel_calls=4,
    )
    # py_function holds the interpreter's lock, but not while it sleeps.
    assert [int(number) for number in dataset] == [0, 1, 2, 3]
    assert finished[0] != 0


# --- shuffle ------------------------------------------------------------------


@pytest.mark.parametrize("buffer", [1, 7, 200])
def test_no_element_comes_more_than_buffer_minus_one_places_early(
    lesson, buffer: int
) -> None:
    names = lesson.definitions("setup", "shuffle_by_hand")
    shuffle, rng = names["shuffle_by_hand"], np.random.default_rng(1)
    by_hand = [list(shuffle(range(200), buffer, rng)) for _ in range(30)]
    dataset = tf.data.Dataset.range(200).shuffle(buffer, seed=3).batch(200)
    library = np.concatenate([list(dataset) for _ in range(30)])
    for found in (library, np.array(by_hand)):
        assert (np.sort(found) == np.arange(200)).all()
        early = found - np.arange(200)
        assert early.max() <= buffer - 1
        if buffer == 7:  # the bound is reached; lateness knows no such bound
            assert early.max() == 6 and -early.min() > 3 * 7


def test_the_drawn_buffer_is_what_the_code_did(lesson) -> None:
    """Replay the recorded order with a buffer of three."""
    order = ast.literal_eval(lesson.printed("shuffle_by_hand"))
    texts = iter(lesson.drawn("buffer")["texts"])
    assert [next(texts) for _ in range(3)] == ["enters", "buffer", "leaves"]
    buffer = [0, 1]
    for step, leaving in enumerate(order[:4]):
        entering = 2 + step
        buffer.append(entering)
        shown = "0, 1, 2" if step == 0 else str(entering)
        found = [text for text in (next(texts) for _ in range(7)) if text]
        assert found == [shown, *map(str, buffer), str(leaving)]
        buffer.remove(leaving)


def test_a_full_shuffle_moves_a_third_of_the_length(lesson) -> None:
    """E|i - j| of two independent places is (n² - 1) / 3n."""
    exact = (2000**2 - 1) / (3 * 2000)
    moved = lesson.seeds("moved")
    assert moved[:, 0].max() == 0
    assert moved[:, 3] == pytest.approx(exact, rel=0.08)
    # In a stream, the wait in the buffer is geometric with mean b, and the
    # mean distance of such a wait from its own mean is about 2 b / e.
    assert moved[:, 1] == pytest.approx(2 * 100 / np.e, rel=0.1)
    by_hand = lesson.seeds("moved_by_hand")
    np.testing.assert_allclose(moved[:, 1:], by_hand[:, 1:], rtol=0.15)
    early = lesson.seeds("most_early")
    assert (early <= np.array([*BUFFERS]) - 1).all()
    assert (early[:, 1] == 99).all()


def test_the_figure_shows_the_four_orders(lesson) -> None:
    figure = lesson.record.figure_data("shuffle_figure")
    for axes, (buffer, (low, high)) in zip(
        figure["axes"], BUFFERS.items(), strict=True
    ):
        assert axes["title"] == f"buffer {buffer}"
        (line,) = axes["lines"]
        x, y = np.array(line["x"]), np.array(line["y"])
        np.testing.assert_array_equal(x, np.arange(0, 2000, 5))
        assert (y - x).max() <= buffer - 1
        rank = scipy.stats.spearmanr(x, y).statistic
        assert low - 1e-9 <= rank <= high + 1e-9


def test_sorted_labels_stay_together(lesson, mnist) -> None:
    labels = np.sort(mnist["y_train"][:20_000])
    counts = np.bincount(labels)
    assert counts.min() > 1700 and counts.max() < 2300
    kinds = lesson.seeds("kinds")
    batches = np.split(labels, range(64, 20_000, 64))
    unshuffled = np.mean([len(np.unique(batch)) for batch in batches])
    assert kinds[:, 0] == pytest.approx(unshuffled)
    assert (np.diff(kinds, axis=1) > 0).all()
    # 64 independent draws miss a given digit with probability 0.9^64.
    assert kinds[:, 3] == pytest.approx(10 * (1 - 0.9**64), abs=0.05)


def test_training_on_sorted_data_unlearns(lesson, mnist) -> None:
    accuracies = lesson.seeds("sorted_accuracies")
    nines = (mnist["y_test"] == 9).mean()
    assert accuracies[:, 0] == pytest.approx(nines, abs=0.02)
    assert (accuracies[:, 2] < accuracies[:, 3] - 0.2).all()


def test_shuffling_labels_and_paths_is_enough() -> None:
    names = [f"{number:03}" for number in range(200)]
    pairs = tf.data.Dataset.from_tensor_slices((names, np.arange(200) // 100))
    found = [(int(n.numpy()), int(k)) for n, k in pairs.shuffle(200, seed=1)]
    assert sorted(found) == [(n, n // 100) for n in range(200)]
    assert 30 < sum(label for _, label in found[:100]) < 70


# --- Seeds and cache ----------------------------------------------------------


def repeated_noise() -> list[bool]:
    """Whether two passes have the same noise.

    For tf.random.uniform, tf.image.random_brightness; Generator, a layer.
    """
    zeros = tf.data.Dataset.from_tensor_slices(tf.zeros(20))
    generator = tf.random.Generator.from_seed(1)
    layer = keras.layers.RandomBrightness(0.2, value_range=(0, 1))
    half = tf.fill((4, 4, 1), 0.5)
    repeated = []
    for noise in (
        lambda number: number + tf.random.uniform(()),
        lambda number: tf.reduce_mean(tf.image.random_brightness(half, 0.2)),
        lambda number: number + generator.uniform(()),
        lambda number: tf.reduce_mean(layer(half, training=True)),
    ):
        noisy = zeros.map(noise)
        first, second = (list(noisy.as_numpy_iterator()) for _ in "ab")
        repeated.append(first == second)
    return repeated


def seeded_orders() -> list[list[int]]:
    keras.utils.set_random_seed(5)
    dataset = tf.data.Dataset.range(50).shuffle(20, seed=1)
    return [[int(n) for n in dataset] for epoch in range(3)]


@pytest.fixture(scope="module")
def elsewhere() -> tuple[list[bool], list[list[int]]]:
    """What both give in a process of its own, where no seed has been set."""
    code = (
        "import json; from tests.lessons.test_tf_data import *\n"
        "print(json.dumps([repeated_noise(), seeded_orders()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_without_a_global_seed_the_noise_is_new_in_every_epoch(
    elsewhere,
) -> None:
    assert elsewhere[0] == [False] * 4
    keras.utils.set_random_seed(1)
    assert repeated_noise() == [True, True, False, False]


def test_a_seed_gives_the_same_orders_run_after_run(lesson, elsewhere) -> None:
    assert elsewhere[1] == seeded_orders() == seeded_orders()
    first, second, third = elsewhere[1]
    assert first != second != third != first
    lines = lesson.printed("epochs").splitlines()
    listed = [line.partition("[")[2] for line in lines]
    assert listed[0] != listed[1] and listed[2] == listed[3]


def test_a_cache_on_disk_outlives_the_dataset(tmp_path: Path) -> None:
    file = str(tmp_path / "kept")
    assert len(list(tf.data.Dataset.range(7).cache(file))) == 7
    assert list(tmp_path.glob("kept*"))
    other = tf.data.Dataset.range(100, 107).cache(file)
    assert [int(number) for number in other] == list(range(7))


# --- prefetch -----------------------------------------------------------------


def most_ahead(options: tf.data.Options) -> int:
    """How many elements a slow producer has made and not yet been rid of."""
    ahead = [0]

    def produce():
        for number in range(6):
            time.sleep(0.02)
            ahead.append(ahead[-1] + 1)
            yield number

    stream = tf.data.Dataset.from_generator(
        produce, output_signature=tf.TensorSpec((), tf.int32)
    )
    for _ in stream.with_options(options):
        time.sleep(0.06)
        ahead.append(ahead[-1] - 1)
    return max(ahead)


def test_tensorflow_prefetches_by_itself() -> None:
    assert most_ahead(tf.data.Options()) > 1
    off = tf.data.Options()
    off.experimental_optimization.inject_prefetch = False
    assert most_ahead(off) == 1


def test_prefetched_elements_lie_in_host_memory() -> None:
    for element in tf.data.Dataset.range(3).prefetch(2):
        assert element.device.endswith("device:CPU:0")


def test_the_timeline_alternates_without_prefetch_and_overlaps_with_it(
    lesson,
) -> None:
    """And bars grow when input and training share the cores."""
    overlap, filled = [], []
    figure = lesson.record.figure_data("timeline_figure")
    assert [a["title"] for a in figure["axes"]] == ["in turn", "prefetch"]
    for axes in figure["axes"]:
        bars = [[x, x + width] for x, _, width, _ in axes["rectangles"]]
        training, inputs = np.split(np.array(bars), 2)
        assert len(training) == len(inputs) == 10
        assert (inputs[:, 1] <= training[:, 0]).all()  # made before used
        begin = np.maximum(training[:, None, 0], inputs[:, 0])
        end = np.minimum(training[:, None, 1], inputs[:, 1])
        overlap.append((end - begin).clip(min=0).sum())
        filled.append(np.diff(bars).sum())
    assert overlap[0] == 0 < overlap[1]
    assert filled[0] < filled[1]


# --- What each call buys ------------------------------------------------------


@pytest.fixture(scope="module")
def prepared(lesson, mnist) -> dict:
    """The lesson's functions, and files for them."""
    names = lesson("setup", "cache_random")
    names["pngs"] = [
        tf.io.encode_png(pixels[..., None]).numpy()
        for pixels in mnist["x_train"][:5]
    ]
    return lesson("prepare", "prepare_by_hand", **names)


def test_both_ways_to_decode_agree(prepared: dict) -> None:
    for png in prepared["pngs"]:
        library = prepared["decode"](png).numpy()
        by_hand = prepared["decode_by_hand"](png)
        assert library.shape == by_hand.shape == (180, 180, 1)
        assert np.abs(library - by_hand).max() * 255 < 1


def test_augmentation_really_crops_and_brightens(prepared: dict) -> None:
    rows, columns = np.mgrid[:180, :180]
    image = (1000 * rows + columns)[..., None].astype("float32")
    for augment in (prepared["augment"], prepared["augment_by_hand"]):
        results = np.array([augment(image) for _ in range(60)], "float64")
        first = results[:, :1, :1]
        assert np.abs(results - first - image[:160, :160]).max() < 0.25
        tops = np.round(first) // 1000
        assert tops.min() >= 0 and tops.max() <= 20 and len({*tops.flat}) > 5
        shifts = first - np.round(first)
        assert np.abs(shifts).max() < 0.21 and np.std(shifts) > 0.03


def test_the_benchmark_measured_this_code() -> None:
    recorded = quote.benchmarks(ROOT)["input_pipeline"]
    assert recorded["code"] == benchmark.digests(ROOT)
    assert recorded["cores"] == 2
    found = benchmark.ratio([2.0, 4.0, 6.0], [1.0, 1.0, 1.0])
    assert found == {"low": 3.0, "middle": 4.0, "high": 5.0}


# --- fit ----------------------------------------------------------------------


def test_the_same_batches_give_the_same_weights() -> None:
    """A small linear model, fed from arrays and from a Dataset."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(50, 3)).astype("float32")
    targets = rng.normal(size=(50, 1)).astype("float32")
    pairs = tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(16)
    trained = []
    for given in ({"x": inputs, "y": targets, "batch_size": 16}, {"x": pairs}):
        layer = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([keras.Input(shape=(3,)), layer])
        model.compile(optimizer="rmsprop", loss="mse")
        model.fit(**given, shuffle=False, epochs=2, verbose=0)
        trained.append(model.get_weights())
    for first, second in zip(*trained, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)


def test_fit_does_not_shuffle_a_dataset() -> None:
    """A model that notes which batches it saw."""
    seen: list[float] = []

    class Spy(keras.Model):
        def train_step(self, data):
            seen.extend(data[0].numpy().ravel())
            return {"loss": 0.0}

    numbers = np.arange(64, dtype="float32")[:, None]
    pairs = tf.data.Dataset.from_tensor_slices((numbers, numbers)).batch(16)
    model = Spy()
    model.compile(run_eagerly=True)
    with pytest.warns(UserWarning, match="`shuffle=True` was passed"):
        model.fit(pairs, verbose=0)
    assert seen == list(range(64))
    seen.clear()
    model.fit(numbers, numbers, batch_size=16, verbose=0)
    assert sorted(seen) == list(range(64)) != seen


# --- Folders and bad input ----------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pale images a class, of different sizes."""
    for kind, value in (("cat", 0), ("dog", 255)):
        (tmp_path / kind).mkdir()
        for number in range(3):
            pixels = np.full((40 + number, 50, 3), value, "uint8")
            path = tmp_path / kind / f"{kind}.{number}.jpg"
            Image.fromarray(pixels).save(path)
    return tmp_path


def load(folder: Path, **options):
    return keras.utils.image_dataset_from_directory(
        folder, image_size=(32, 32), batch_size=4, **options
    )


def labels_of(dataset) -> list[int]:
    return np.concatenate([labels for _, labels in dataset]).tolist()


def test_pixels_from_folders_are_not_scaled(folder: Path) -> None:
    ((images, labels),) = load(folder, shuffle=False).unbatch().batch(6)
    assert images.dtype == tf.float32
    assert labels.numpy().tolist() == [0, 0, 0, 1, 1, 1]
    assert (images[:, 0, 0, 0] == [0, 0, 0, 255, 255, 255]).numpy().all()


def test_file_paths_match_only_an_unshuffled_dataset(tmp_path: Path) -> None:
    (tmp_path / "gray").mkdir()
    for number in range(40):
        path = tmp_path / "gray" / f"{number:02}.png"
        Image.new("RGB", (8, 8), (number, number, number)).save(path)
    for shuffle in (False, True):
        dataset = load(tmp_path, labels=None, shuffle=shuffle, seed=1)
        named = [int(Path(path).stem) for path in dataset.file_paths]
        found = [int(image[0, 0, 0]) for batch in dataset for image in batch]
        assert sorted(found) == sorted(named) == list(range(40))
        assert (found == named) == (not shuffle)


def test_the_split_of_the_kaggle_lesson_is_loaded_as_shown(
    lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That lesson's own `split` makes the folder, this one's code loads it."""
    train = tmp_path / "train"
    train.mkdir()
    for kind in ("cat", "dog"):
        for number in range(PER_CLASS):
            path = train / f"{kind}.{number}.jpg"
            path.write_bytes(drawn(kind, number))
    monkeypatch.chdir(tmp_path)
    Lesson("kaggle_data")("setup", "split", train_folder=train, broken={})
    made = {path: path.read_bytes() for path in tmp_path.rglob("*.jpg")}
    loaded = lesson("setup", "folder_draw", "folder_load")
    # Nothing was drawn into the folder that was there.
    assert made == {path: path.read_bytes() for path in tmp_path.rglob("*.jpg")}
    for name, count in (("train", 40), ("validation", 20), ("test", 40)):
        paths = [Path(path) for path in loaded[f"{name}_folder"].file_paths]
        assert [path.parts[-3] for path in paths] == [name] * count


def test_half_a_file_is_no_image(lesson, folder: Path) -> None:
    # Noise, so that the cut is far behind the headers, which are intact.
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3), "uint8")
    cut = folder / "dog" / "dog.2.jpg"
    Image.fromarray(noise).save(cut)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    is_image = lesson.definitions("setup", "bad_check")["is_image"]
    broken = [p.name for p in folder.rglob("*.jpg") if not is_image(p)]
    assert broken == ["dog.2.jpg"]


def test_an_empty_folder_is_a_class_and_shifts_the_labels(
    folder: Path,
) -> None:
    (folder / "bird").mkdir()
    dataset = load(folder, shuffle=False)
    assert dataset.class_names == ["bird", "cat", "dog"]
    assert labels_of(dataset) == [1, 1, 1, 2, 2, 2]
    chosen = load(folder, class_names=["cat", "dog"], shuffle=False)
    assert labels_of(chosen) == [0, 0, 0, 1, 1, 1]

"""What the lesson `tf_data` claims, checked by other means.

Orders of events, counts and shapes are checked by running small pipelines.
"""

from __future__ import annotations

import ast
import itertools
import json
import subprocess
import sys
import warnings
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from PIL import Image

from .conftest import ROOT, Lesson
from .formulas import holds
from .kaggle_server import PER_CLASS, drawn

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


# --- shuffle ------------------------------------------------------------------


@pytest.mark.parametrize("buffer", [1, 7, 200])
def test_no_element_comes_more_than_buffer_minus_one_places_early(
    names, buffer: int
) -> None:
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
    early = lesson.seeds("most_early")
    assert (early <= np.array([*BUFFERS]) - 1).all()
    assert (early[:, 1] == 99).all()


def test_both_buffers_shuffle_alike(lesson, names) -> None:
    """The lesson's own buffer moves as far as that of the Dataset."""
    rng, places = np.random.default_rng(1), np.arange(2000)
    for column, buffer in enumerate(BUFFERS):
        by_hand = np.array(list(names["shuffle_by_hand"](places, buffer, rng)))
        library = lesson.seeds("moved")[:, column]
        assert library == pytest.approx(abs(by_hand - places).mean(), rel=0.15)


def test_share_that_comes_late(lesson, names) -> None:
    """All sequences of draws from a buffer of b, and one long shuffle."""

    def survives(b: int) -> Fraction:
        draws = [*itertools.product(range(b), repeat=b)]
        missed = sum(0 not in drawn for drawn in draws)  # 0: our element
        return Fraction(missed, len(draws))

    def misses_once(b: int) -> Fraction:
        return Fraction(len([place for place in range(b) if place]), b)

    def early(b: int) -> int:
        newest = [*range(b)][-1]
        return newest - 0  # from there to the first place, if drawn now

    holds("(1 − 1 / b)^b", survives, 6)
    holds("1 − 1 / b", misses_once, 6)
    holds("b − 1", early, 6)
    rng = np.random.default_rng(2)
    order = [*names["shuffle_by_hand"](range(20_000), 50, rng)]
    late = np.mean(np.arange(20_000) > order)
    assert late == pytest.approx((1 - 1 / 50) ** 50, abs=0.02)
    assert np.exp(-1) == pytest.approx(0.37, abs=0.005)
    shares = lesson.seeds("late_shares")
    for share, buffer in zip(shares.T, (10, 100, 1000), strict=True):
        assert share == pytest.approx((1 - 1 / buffer) ** buffer, abs=0.02)
        assert share == pytest.approx(0.37, abs=0.03)


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
    nines = (mnist["y_train"][50_000:] == 9).mean()
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
    assert len({*listed}) == 3
    assert all(sorted(ast.literal_eval(f"[{o}")) == [*range(8)] for o in listed)


def test_shuffle_then_cache_keeps_the_first_order(names, capsys) -> None:
    ten = tf.data.Dataset.range(10)
    names["two_epochs"]("late", ten.cache().shuffle(10, seed=1))
    names["two_epochs"]("early", ten.shuffle(10, seed=1).cache())
    printed = [
        line.split()[-1] for line in capsys.readouterr().out.split("\n")[:2]
    ]
    assert printed == ["False", "True"]


def test_a_cache_on_disk_outlives_the_dataset(tmp_path: Path) -> None:
    file = str(tmp_path / "kept")
    assert len(list(tf.data.Dataset.range(7).cache(file))) == 7
    assert list(tmp_path.glob("kept*"))
    other = tf.data.Dataset.range(100, 107).cache(file)
    assert [int(number) for number in other] == list(range(7))


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


class Spy(keras.Model):
    """A model that notes which numbers it saw, and where an epoch ended."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []
        self.compile(run_eagerly=True)

    def train_step(self, data):
        self.seen.extend(data[0].numpy().ravel())
        return {"loss": 0.0}


def test_fit_does_not_shuffle_a_dataset() -> None:
    numbers = np.arange(64, dtype="float32")[:, None]
    pairs = tf.data.Dataset.from_tensor_slices((numbers, numbers)).batch(16)
    model = Spy()
    with pytest.warns(UserWarning, match="`shuffle=True` was passed"):
        model.fit(pairs, verbose=0)
    assert model.seen == list(range(64))
    again = Spy()
    again.fit(numbers, numbers, batch_size=16, verbose=0)
    assert sorted(again.seen) == list(range(64)) != again.seen


def test_epochs_of_so_many_steps(lesson) -> None:
    """Four elements, epochs of three steps: each goes on where one stopped."""
    numbers = np.arange(4, dtype="float32")[:, None]
    pairs = tf.data.Dataset.from_tensor_slices((numbers, numbers)).batch(1)
    asked = {"steps_per_epoch": 3, "epochs": 3, "shuffle": False, "verbose": 0}
    endless, short = Spy(), Spy()
    said = "Your input ran out of data; interrupting training"
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=said)
        endless.fit(pairs.repeat(), **asked)
        Spy().fit(pairs, epochs=3, shuffle=False, verbose=0)
    assert endless.seen == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    with pytest.warns(UserWarning, match=said):
        short.fit(pairs, **asked)
    assert short.seen == [0, 1, 2, 3, 0, 1, 2]  # the second epoch was short

    def generator():
        yield from pairs.as_numpy_iterator()

    with pytest.warns(UserWarning, match=said):
        Spy().fit(generator(), **asked)
    assert int(lesson.printed("steps").split()[-1]) == 3 * 10


def test_the_held_out_digits(lesson, mnist) -> None:
    names = lesson(
        *("setup", "mnist", "held_out"),
        train_pixels=mnist["x_train"],
        train_labels=mnist["y_train"],
    )
    batches = [*names["validation_dataset"].as_numpy_iterator()]
    pixels, labels = map(np.concatenate, zip(*batches, strict=True))
    assert len(labels) == 10_000
    np.testing.assert_array_equal(labels, mnist["y_train"][-10_000:])
    expected = mnist["x_train"][-10_000:, ..., None] / np.float32(255)
    np.testing.assert_allclose(pixels, expected, rtol=1e-6)


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


def test_folders_go_into_fit(folder: Path) -> None:
    """And the layer that divides gives a map's numbers; names are lost."""
    validation_folder = load(folder, shuffle=False)
    inputs = keras.Input(shape=(32, 32, 3))
    layer = eval("layers.Rescaling(1 / 255)", {"layers": keras.layers})
    rescaled = layer(inputs)
    flat = keras.layers.Flatten()(rescaled)
    outputs = keras.layers.Dense(2, activation="softmax")(flat)
    model = keras.Model(inputs, outputs)
    model.compile(loss="sparse_categorical_crossentropy")
    done = eval(
        "model.fit(train_folder, validation_data=validation_folder)",
        {
            "model": model,
            "train_folder": load(folder),
            "validation_folder": validation_folder,
        },
    )
    assert {"loss", "val_loss"} <= {*done.history}
    divided = validation_folder.map(lambda images, labels: images / 255)
    for ours, (images, _) in zip(divided, validation_folder, strict=True):
        np.testing.assert_allclose(ours, layer(images), rtol=1e-6)
    assert hasattr(validation_folder, "class_names")
    assert not hasattr(divided, "class_names")


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
    images = {"Cat": [], "Dog": []}
    for label, paths in images.items():
        (tmp_path / "PetImages" / label).mkdir(parents=True)
        for number in range(PER_CLASS):
            paths.append(tmp_path / "PetImages" / label / f"{number}.jpg")
            paths[-1].write_bytes(drawn(label.lower(), number))
    monkeypatch.chdir(tmp_path)
    code = Lesson("kaggle_data").definitions()
    code["split"](images, Path("dogs_vs_cats_small"))
    made = {path: path.read_bytes() for path in tmp_path.rglob("*.jpg")}
    loaded = lesson("setup", "folder_draw", "folder_load")
    # Nothing was drawn into the folder that was there.
    assert made == {path: path.read_bytes() for path in tmp_path.rglob("*.jpg")}
    for name, count in (("train", 40), ("validation", 20), ("test", 40)):
        paths = [Path(path) for path in loaded[f"{name}_folder"].file_paths]
        assert [path.parts[-3] for path in paths] == [name] * count


def test_half_a_file_is_no_image(names, folder: Path) -> None:
    # Noise, so that the cut is far behind the headers, which are intact.
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3), "uint8")
    cut = folder / "dog" / "dog.2.jpg"
    Image.fromarray(noise).save(cut)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    photos = folder.rglob("*.jpg")
    broken = [p.name for p in photos if not names["is_image"](p)]
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

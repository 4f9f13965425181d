"""What the lesson `tf_data` claims, checked by other means.

Orders of events, counts and shapes are checked by running small pipelines.
Of times, only what was recorded is looked at, and in wide bounds.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from tests.benchmarks import input_pipeline as benchmark
from tests.harness import datasets, records
from tests.harness.pages import read_page
from tests.harness.records import Record

from .kaggle_server import drawn

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "tf_data")
BUFFERS = (1, 100, 1000, 2000)


@pytest.fixture(scope="module")
def code() -> dict[str, str]:
    """The lesson's code, by section."""
    page = read_page(ROOT / "docs/en/tf_data.md", ROOT)
    return {block.name: block.code for block in page.blocks}


@pytest.fixture(scope="module")
def as_written():
    """Options that switch TensorFlow's own rearrangements off."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    return options


def run(code: dict[str, str], *sections: str) -> dict:
    """The lesson's names after these sections."""
    namespace: dict = {}
    for section in sections:
        exec(code[section], namespace)
    return namespace


# --- A pipeline by hand, a Dataset, batches -----------------------------------


def test_batches_by_hand_against_numpy(code) -> None:
    names = run(code, "setup", "by_hand", "first", "batch")
    vectors = np.random.default_rng(0).normal(size=(1000, 16))
    by_numpy = np.split(vectors, range(32, 1000, 32))
    for pieces in (names["batches_by_hand"](vectors, 32), names["batched"]):
        pieces = list(pieces)
        assert len(pieces) == len(by_numpy) == 32
        for piece, expected in zip(pieces, by_numpy, strict=True):
            np.testing.assert_array_equal(piece, expected)
    assert by_numpy[-1].shape == (8, 16)
    assert len(names["full"]) == 1000 // 32 == 31


def test_a_dataset_is_an_iterable_and_no_iterator() -> None:
    dataset = tf.data.Dataset.range(3)
    with pytest.raises(TypeError, match="is not an iterator"):
        next(dataset)
    assert [int(n) for n in dataset] == [int(n) for n in dataset] == [0, 1, 2]
    iterator = iter(dataset)
    assert int(next(iterator)) == 0
    assert [int(n) for n in iterator] == [1, 2]
    assert list(iterator) == []


def test_break_at_two_shows_three() -> None:
    shown = []
    for index, _ in enumerate(tf.data.Dataset.range(100).batch(10)):
        shown.append(index)
        if index >= 2:
            break
    assert shown == [0, 1, 2]
    assert len((RECORD.text("three") or "").splitlines()) == 3


def test_a_backslash_joins_the_next_line() -> None:
    """One line after `:\\` is a valid body; with a second, it is not."""
    header = "for i in range(2):\\\n"
    seen: list[int] = []
    exec(header + "    seen.append(i)\n", {"seen": seen})
    assert seen == [0, 1]
    with pytest.raises(SyntaxError, match="unexpected indent"):
        compile(header + "    print(i)\n    print(i)\n", "x", "exec")


# --- map ----------------------------------------------------------------------


def test_python_runs_once_and_tensorflow_a_thousand_times(code) -> None:
    names = run(code, "setup", "by_hand", "first", "trace")
    assert names["python_calls"] == ["SymbolicTensor"]
    assert names["calls"].numpy() == 1000


def test_numpy_noise_is_a_single_number(code) -> None:
    assert (RECORD.text("answer_frozen") or "").splitlines() == [
        "NumPy: one value",
        "Generator: many values",
    ]
    drawn = iter(range(100))
    frozen = tf.data.Dataset.range(5).map(lambda n: 0 * n + next(drawn))
    assert len({int(n) for n in frozen}) == 1


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


def orders(buffer: int, count: int, times: int) -> np.ndarray:
    """Orders in which a shuffled range comes out, (times, count)."""
    dataset = tf.data.Dataset.range(count).shuffle(buffer, seed=3)
    return np.array([list(dataset.as_numpy_iterator()) for _ in range(times)])


@pytest.mark.parametrize("buffer", [1, 2, 7, 50, 200])
def test_no_element_comes_more_than_buffer_minus_one_places_early(
    code, buffer: int
) -> None:
    names = run(code, "setup", "shuffle_by_hand")
    rng = np.random.default_rng(1)
    by_hand = [
        list(names["shuffle_by_hand"](range(200), buffer, rng))
        for _ in range(30)
    ]
    for order in (*orders(buffer, 200, 30), *np.array(by_hand)):
        assert sorted(order) == list(range(200))
        early = order - np.arange(200)
        assert early.max() <= buffer - 1
    if buffer == 7:  # the bound is reached, and lateness knows no such bound
        found = orders(buffer, 200, 30) - np.arange(200)
        assert found.max() == 6
        assert -found.min() > 3 * buffer


def test_by_hand_and_tensorflow_shuffle_alike(code) -> None:
    """Displacements of both come from one distribution."""
    names = run(code, "setup", "shuffle_by_hand")
    rng = np.random.default_rng(2)
    place = np.arange(300)
    by_hand = np.array(
        [list(names["shuffle_by_hand"](range(300), 20, rng)) for _ in range(20)]
    )
    library = orders(20, 300, 20)
    test = scipy.stats.ks_2samp(
        (library - place)[:, ::15].ravel(), (by_hand - place)[:, ::15].ravel()
    )
    assert test.pvalue > 1e-3


def test_a_full_shuffle_moves_a_third_of_the_length() -> None:
    """E|i - j| of two independent places is (n² - 1) / 3n."""
    count = 2000
    place = np.arange(count)
    exact = np.abs(place[:, None] - place).mean()
    assert exact == pytest.approx((count**2 - 1) / (3 * count))
    moved = np.array(RECORD.metrics()["moved"]["seeds"])
    assert moved[:, 0].max() == 0
    assert moved[:, 3] == pytest.approx(exact, rel=0.08)
    # In a stream, the wait in the buffer is geometric with mean b, and the
    # mean distance of such a wait from its own mean is about 2 b / e.
    assert moved[:, 1] == pytest.approx(2 * 100 / np.e, rel=0.1)
    by_hand = np.array(RECORD.metrics()["moved_by_hand"]["seeds"])
    np.testing.assert_allclose(moved[:, 1:], by_hand[:, 1:], rtol=0.15)
    early = np.array(RECORD.metrics()["most_early"]["seeds"])
    assert (early <= np.array(BUFFERS) - 1).all()
    assert (early[:, 1] == 99).all()


def test_the_figure_shows_the_four_orders() -> None:
    figure = RECORD.figure_data("shuffle_figure")
    for buffer, axes in zip(BUFFERS, figure["axes"], strict=True):
        assert axes["title"] == f"buffer {buffer}"
        (line,) = axes["lines"]
        x, y = np.array(line["x"]), np.array(line["y"])
        np.testing.assert_array_equal(x, np.arange(0, 2000, 5))
        assert (y - x).max() <= buffer - 1
        rank = scipy.stats.spearmanr(x, y).statistic
        low, high = {1: (1, 1), 100: (0.95, 1), 1000: (0.2, 0.6)}.get(
            buffer, (-0.15, 0.15)
        )
        assert low - 1e-9 <= rank <= high + 1e-9


def test_sorted_labels_stay_together() -> None:
    with np.load(datasets.checked("mnist")) as arrays:
        labels = np.sort(arrays["y_train"][:20_000])
    counts = np.bincount(labels)
    assert counts.min() > 1700 and counts.max() < 2300
    kinds = np.array(RECORD.metrics()["kinds"]["seeds"])
    batches = np.split(labels, range(64, 20_000, 64))
    unshuffled = np.mean([len(np.unique(batch)) for batch in batches])
    assert kinds[:, 0] == pytest.approx(unshuffled)
    assert (np.diff(kinds, axis=1) > 0).all()
    # 64 independent draws miss a given digit with probability 0.9^64.
    assert kinds[:, 3] == pytest.approx(10 * (1 - 0.9**64), abs=0.05)


def test_shuffling_labels_and_paths_is_enough() -> None:
    names = np.array([f"{number:03}" for number in range(200)])
    pairs = tf.data.Dataset.from_tensor_slices((names, np.arange(200) // 100))
    read = pairs.shuffle(200, seed=1).map(
        lambda name, label: (tf.strings.to_number(name), label)
    )
    found = [(int(number), int(label)) for number, label in read]
    assert sorted(found) == [(n, n // 100) for n in range(200)]
    assert 30 < sum(label for _, label in found[:100]) < 70


SERIES = """
import keras, tensorflow as tf
keras.utils.set_random_seed(5)
dataset = tf.data.Dataset.range(50).shuffle(20, seed=1)
print([[int(n) for n in dataset] for epoch in range(3)])
"""


def test_a_seed_gives_the_same_orders_run_after_run() -> None:
    """In a process of its own, and twice in this one."""
    done = subprocess.run(
        [sys.executable, "-c", SERIES], capture_output=True, check=True
    )
    series = eval(done.stdout)
    for _ in range(2):
        keras.utils.set_random_seed(5)
        dataset = tf.data.Dataset.range(50).shuffle(20, seed=1)
        assert series == [[int(n) for n in dataset] for _ in range(3)]
    first, second, third = series
    assert first != second != third != first


def test_epochs_are_reshuffled_unless_told_otherwise() -> None:
    lines = (RECORD.text("epochs") or "").splitlines()
    listed = [line.partition("[")[2] for line in lines]
    assert listed[0] != listed[1] and listed[2] == listed[3]


def test_training_on_sorted_data_unlearns() -> None:
    accuracies = np.array(RECORD.metrics()["sorted_accuracies"]["seeds"])
    with np.load(datasets.checked("mnist")) as arrays:
        nines = (arrays["y_test"] == 9).mean()
    assert accuracies[:, 0] == pytest.approx(nines, abs=0.02)
    assert (accuracies[:, 3] > 0.88).all()
    assert (accuracies[:, 2] < accuracies[:, 3] - 0.2).all()


# --- cache and random numbers -------------------------------------------------


def test_cache_calls_the_function_once_for_each_element() -> None:
    calls = []

    def count(number):
        calls.append(int(number))
        return number

    dataset = tf.data.Dataset.range(7).map(
        lambda number: tf.py_function(count, [number], tf.int64)
    )
    for pipeline, expected in ((dataset, 21), (dataset.cache(), 7)):
        calls.clear()
        for _ in range(3):
            assert [int(n) for n in pipeline] == list(range(7))
        assert len(calls) == expected
    assert RECORD.metrics()["cache_calls"]["page"] == [3000, 1000]


def test_a_cache_on_disk_outlives_the_dataset(tmp_path: Path) -> None:
    file = str(tmp_path / "kept")
    assert len(list(tf.data.Dataset.range(7).cache(file))) == 7
    assert list(tmp_path.glob("kept*"))
    other = tf.data.Dataset.range(100, 107).cache(file)
    assert [int(number) for number in other] == list(range(7))


EPOCHS = """
import sys, keras, tensorflow as tf
if sys.argv[1] == "seed":
    keras.utils.set_random_seed(1)
zeros = tf.data.Dataset.from_tensor_slices(tf.zeros(20))
generator = tf.random.Generator.from_seed(1)
layer = keras.layers.RandomBrightness(0.2, value_range=(0, 1))
half = tf.fill((4, 4, 1), 0.5)
for noise in (
    lambda number: number + tf.random.uniform(()),
    lambda number: tf.reduce_mean(tf.image.random_brightness(half, 0.2)),
    lambda number: number + generator.uniform(()),
    lambda number: tf.reduce_mean(layer(half, training=True)),
):
    noisy = zeros.map(noise)
    first, second = (list(noisy.as_numpy_iterator()) for epoch in "ab")
    print(int(first == second), end="")
"""


@pytest.mark.parametrize(
    ("seed", "repeats"), [("seed", b"1100"), ("none", b"0000")]
)
def test_without_a_global_seed_the_noise_is_new_in_every_epoch(
    seed: str, repeats: bytes
) -> None:
    """tf.random.uniform, tf.image.random_brightness; Generator, a layer."""
    done = subprocess.run(
        [sys.executable, "-c", EPOCHS, seed], capture_output=True, check=True
    )
    assert done.stdout == repeats


# --- prefetch -----------------------------------------------------------------


def events(change) -> list[tuple[str, int]]:
    """What a slow producer and a slow consumer did, in order."""
    log: list[tuple[str, int]] = []

    def produce():
        for number in range(8):
            time.sleep(0.02)
            log.append(("make", number))
            yield number

    stream = tf.data.Dataset.from_generator(
        produce, output_signature=tf.TensorSpec((), tf.int32)
    )
    for number in change(stream):
        time.sleep(0.06)
        log.append(("use", int(number)))
    return log


def most_ahead(log: list[tuple[str, int]]) -> int:
    steps = [1 if what == "make" else -1 for what, _ in log]
    return int(np.cumsum(steps).max())


def test_prefetch_lets_the_producer_run_ahead(as_written) -> None:
    without = events(lambda stream: stream.with_options(as_written))
    assert [what for what, _ in without] == ["make", "use"] * 8
    ahead = events(lambda stream: stream.prefetch(2).with_options(as_written))
    assert most_ahead(ahead) == 3  # two ready, one in use
    assert (RECORD.text("ahead") or "").splitlines() == [
        "without prefetch: [1, 1, 1, 1, 1, 1]",
        "prefetch(2):      [3, 3, 3, 3, 2, 1]",
    ]


def test_tensorflow_prefetches_by_itself() -> None:
    assert most_ahead(events(lambda stream: stream)) > 1
    off = tf.data.Options()
    off.experimental_optimization.inject_prefetch = False
    assert most_ahead(events(lambda stream: stream.with_options(off))) == 1


def test_prefetched_elements_lie_in_host_memory() -> None:
    for element in tf.data.Dataset.range(3).prefetch(2):
        assert element.device.endswith("device:CPU:0")
    to_device = tf.data.experimental.prefetch_to_device
    documented = " ".join((to_device.__doc__ or "").split())
    assert "prefetches dataset values to the given `device`" in documented


def bars(axes: dict) -> tuple[np.ndarray, np.ndarray]:
    """Begin and end of the training and of the input bars, (batches, 2)."""
    spans = np.array(
        [[left, left + width] for left, _, width, _ in axes["rectangles"]]
    )
    training, inputs = np.split(spans, 2)
    return training, inputs


def test_the_timeline_alternates_without_prefetch_and_overlaps_with_it() -> (
    None
):
    figure = RECORD.figure_data("timeline_figure")
    in_turn, prefetch = figure["axes"]
    assert (in_turn["title"], prefetch["title"]) == ("in turn", "prefetch")
    for axes in (in_turn, prefetch):
        training, inputs = bars(axes)
        assert len(training) == len(inputs) == 10
        assert (inputs[:, 1] <= training[:, 0]).all()  # made before used
    training, inputs = bars(in_turn)
    assert (training[:-1, 1] <= inputs[1:, 0]).all()
    training, inputs = bars(prefetch)
    overlap = [
        max(0, min(a[1], b[1]) - max(a[0], b[0]))
        for a in training
        for b in inputs
    ]
    assert sum(overlap) > 0


def test_bars_grow_when_input_and_training_share_the_cores() -> None:
    figure = RECORD.figure_data("timeline_figure")
    alone, shared = (
        sum((spans[:, 1] - spans[:, 0]).sum() for spans in bars(axes))
        for axes in figure["axes"]
    )
    assert shared > alone


# --- What each call buys ------------------------------------------------------


def test_both_ways_to_decode_agree(code) -> None:
    from PIL import Image

    names = run(code, "setup", "cache_random", "prepare")
    names |= {"pngs": []}
    source = code["prepare_by_hand"].partition("difference =")[0]
    exec(source, names)
    rng = np.random.default_rng(4)
    for _ in range(5):
        pixels = rng.integers(0, 256, (28, 28)).astype("uint8")
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "png")
        library = names["decode"](buffer.getvalue()).numpy()
        by_hand = names["decode_by_hand"](buffer.getvalue())
        assert library.shape == by_hand.shape == (180, 180, 1)
        assert np.abs(library - by_hand).max() * 255 < 1
        for prepare in (names["prepare"], names["prepare_by_hand"]):
            assert prepare(buffer.getvalue()).shape == (160, 160, 1)


def test_augmentation_really_crops_and_brightens(code) -> None:
    names = run(code, "setup", "cache_random", "prepare")
    exec(code["prepare_by_hand"].partition("difference =")[0], names)
    rows, columns = np.mgrid[:180, :180]
    image = (1000 * rows + columns)[..., None].astype("float32")
    for augment in (names["augment"], names["augment_by_hand"]):
        corners, shifts = set(), []
        for _ in range(60):
            result = np.asarray(augment(image), dtype="float64")
            corner = round(result[0, 0, 0])
            corners.add(corner)
            shift = result - corner
            expected = 1000 * rows[:160, :160] + columns[:160, :160]
            np.testing.assert_allclose(
                shift[..., 0], expected, atol=0.25, rtol=0
            )
            shifts.append(result[0, 0, 0] - corner)
        tops = {corner // 1000 for corner in corners}
        assert min(tops) >= 0 and max(tops) <= 20 and len(tops) > 5
        assert np.abs(shifts).max() < 0.21 and np.std(shifts) > 0.03


def test_every_contender_delivers_all_images(code) -> None:
    names = run(code, "setup", "cache_random", "as_written", "prepare")
    exec(code["prepare_by_hand"].partition("difference =")[0], names)
    with np.load(datasets.checked("mnist")) as arrays:
        pixels = arrays["x_train"][:120]
    names["pngs"] = [
        tf.io.encode_png(image[..., None]).numpy() for image in pixels
    ]
    exec(code["contenders"] + code["race"], names)
    for name, batches in names["contenders"].items():
        shapes = [tuple(np.shape(batch)) for batch in batches()]
        expected = 100 if name == "loop, TensorFlow" else 120
        assert sum(shape[0] for shape in shapes) == expected
        assert {shape[1:] for shape in shapes} == {(160, 160, 1)}
    times = names["race"](names["contenders"], rounds=2)
    assert {len(values) for values in times.values()} == {2}


def test_the_benchmark_measured_this_code() -> None:
    recorded = records.benchmarks(ROOT)["input_pipeline"]["code"]
    assert recorded == benchmark.digests(ROOT)


def test_what_the_benchmark_found_fits_two_cores() -> None:
    """No more than a factor of two can come from working at the same time."""
    recorded = records.benchmarks(ROOT)["input_pipeline"]
    assert recorded["cores"] == 2
    gains = [recorded[key]["to_map"] for key in ("parallel", "rearranged")]
    gains += [recorded[key] for key in ("waiting", "training")]
    for gain in gains:
        assert 1 < gain["middle"] < 2
    assert recorded["map"]["ratio"]["low"] > 3  # tracing


def test_quartiles_of_ratios() -> None:
    found = benchmark.ratio([2.0, 4.0, 6.0], [1.0, 1.0, 1.0])
    assert found == {"low": 3.0, "middle": 4.0, "high": 5.0}


def test_batches_are_resized_alike(code) -> None:
    images = np.random.default_rng(0).random((6, 28, 28, 1), dtype="float32")
    whole = tf.image.resize(images, (180, 180))
    for image, resized in zip(images, whole, strict=True):
        np.testing.assert_array_equal(
            tf.image.resize(image, (180, 180)), resized
        )


# --- fit ----------------------------------------------------------------------


def test_arrays_and_dataset_train_alike() -> None:
    metrics = RECORD.metrics()
    dataset = np.array(metrics["dataset_accuracy"]["seeds"])
    arrays = np.array(metrics["arrays_accuracy"]["seeds"])
    assert (dataset > 0.94).all() and (arrays > 0.94).all()
    assert abs(dataset.mean() - arrays.mean()) < 0.015


def test_the_same_batches_give_the_same_weights() -> None:
    """A small linear model, fed from arrays and from a Dataset."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(50, 3)).astype("float32")
    targets = rng.normal(size=(50, 1)).astype("float32")
    pairs = tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(16)
    trained = []
    for arguments in (
        {"x": inputs, "y": targets, "batch_size": 16, "shuffle": False},
        {"x": pairs, "shuffle": False},
    ):
        model = keras.Sequential(
            [
                keras.Input(shape=(3,)),
                keras.layers.Dense(1, kernel_initializer="ones"),
            ]
        )
        model.compile(optimizer="rmsprop", loss="mse")
        model.fit(**arguments, epochs=2, verbose=0)
        trained.append(model.get_weights())
    for first, second in zip(*trained, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)


def test_fit_does_not_shuffle_a_dataset() -> None:
    """A model whose loss is the sum of a batch tells which batch it saw."""
    seen: list[list[float]] = []

    class Spy(keras.Model):
        def train_step(self, data):
            tf.py_function(
                lambda x: seen.append(x.numpy().ravel().tolist()),
                [data[0]],
                [],
            )
            return {"loss": tf.constant(0.0)}

    numbers = np.arange(64, dtype="float32")[:, None]
    pairs = tf.data.Dataset.from_tensor_slices((numbers, numbers)).batch(16)
    model = Spy()
    model.compile()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(pairs, verbose=0)
    np.testing.assert_array_equal(np.concatenate(seen), numbers.ravel())
    assert any("`shuffle=True` was passed" in str(w.message) for w in caught)
    seen.clear()
    model = Spy()
    model.compile()
    model.fit(numbers, numbers, batch_size=16, verbose=0)
    order = np.concatenate(seen)
    assert order.tolist() != sorted(order)


# --- Folders and bad input ----------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pale images a class, of different sizes."""
    from PIL import Image

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


def test_pixels_from_folders_are_not_scaled(folder: Path) -> None:
    dataset = load(folder, shuffle=False)
    assert dataset.class_names == ["cat", "dog"]
    images = np.concatenate([images for images, _ in dataset])
    labels = np.concatenate([labels for _, labels in dataset])
    assert images.dtype == np.float32
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_array_equal(images[:, 0, 0, 0], 255 * labels)


def test_file_paths_match_only_an_unshuffled_dataset(tmp_path: Path) -> None:
    from PIL import Image

    for number in range(40):
        path = tmp_path / "gray" / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (number, number, number)).save(path)

    def values(dataset) -> list[int]:
        return [int(image[0, 0, 0]) for batch in dataset for image in batch]

    still = load(tmp_path, labels=None, shuffle=False)
    named = [int(Path(path).stem) for path in still.file_paths]
    assert values(still) == named == list(range(40))
    shuffled = load(tmp_path, labels=None, shuffle=True, seed=1)
    named = [int(Path(path).stem) for path in shuffled.file_paths]
    assert sorted(values(shuffled)) == list(range(40))
    assert values(shuffled) != named


def test_the_split_of_the_kaggle_lesson_is_loaded_as_shown(
    code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That lesson's own `split` makes the folder, this one's code loads it."""
    train = tmp_path / "train"
    train.mkdir()
    for kind in ("cat", "dog"):
        for number in range(250):
            path = train / f"{kind}.{number}.jpg"
            path.write_bytes(drawn(kind, number))
    page = read_page(ROOT / "docs/en/kaggle_data.md", ROOT)
    sections = {block.name: block.code for block in page.blocks}
    monkeypatch.chdir(tmp_path)
    made = {"train_folder": train, "broken": {}}
    exec(sections["setup"] + sections["split"], made)

    loaded: dict = {}
    exec(code["setup"] + code["folder_draw"], loaded)  # draws nothing
    exec(code["folder_load"], loaded)
    assert loaded["train_folder"].class_names == ["cat", "dog"]
    for name, count in (("train", 20), ("validation", 10), ("test", 20)):
        paths = [Path(p) for p in loaded[f"{name}_folder"].file_paths]
        assert len(paths) == 2 * count
        assert {p.parent.parent.name for p in paths} == {name}
        for path in paths:
            original = train / path.name
            assert path.read_bytes() == original.read_bytes()


def test_a_broken_file_is_found_and_costs_its_batch(code, folder: Path) -> None:
    from PIL import Image

    (folder / "cat" / "cat.1.jpg").write_text("<html>")
    # Noise, so that the cut is far behind the headers, which are intact.
    noise = np.random.default_rng(0).integers(0, 256, (90, 90, 3), "uint8")
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "jpeg")
    cut = buffer.getvalue()[: len(buffer.getvalue()) // 2]
    (folder / "dog" / "dog.2.jpg").write_bytes(cut)
    names = run(code, "setup")
    exec(code["bad_check"].partition("for path")[0], names)
    broken = [p.name for p in folder.rglob("*.jpg") if not names["is_image"](p)]
    assert sorted(broken) == ["cat.1.jpg", "dog.2.jpg"]

    dataset = load(folder, shuffle=False)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        list(dataset)
    assert "cat.1.jpg" not in str(caught.value)  # it does not say which
    left = sum(len(images) for images, _ in dataset.ignore_errors())
    assert left in (0, 2)  # dog.2 may decode in part


def test_ignore_errors_before_batch_loses_the_file_alone() -> None:
    numbers = tf.data.Dataset.range(8).map(
        lambda n: tf.debugging.check_numerics(
            1 / (tf.cast(n, "float32") - 5), ""
        )
    )
    assert sum(len(b) for b in numbers.ignore_errors().batch(4)) == 7
    assert sum(len(b) for b in numbers.batch(4).ignore_errors()) == 4
    assert (RECORD.text("bad_ignore") or "").splitlines() == [
        "before batch: 7 images left",
        "after batch:  4 images left",
    ]


def test_an_empty_folder_is_a_class_and_shifts_the_labels(
    folder: Path,
) -> None:
    (folder / "bird").mkdir()
    dataset = load(folder, shuffle=False)
    assert dataset.class_names == ["bird", "cat", "dog"]
    labels = np.concatenate([labels for _, labels in dataset])
    assert set(labels.tolist()) == {1, 2}
    chosen = load(folder, class_names=["cat", "dog"], shuffle=False)
    labels = np.concatenate([labels for _, labels in chosen])
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_the_stand_in_is_drawn_only_where_nothing_is(
    code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run(code, "setup", "shuffle_by_hand")
    exec(code["folder_draw"], names)
    files = list(Path("dogs_vs_cats_small").rglob("*.jpg"))
    assert len(files) == 2 * (40 + 20 + 20)
    for file in files[1:]:
        file.unlink()
    exec(code["folder_draw"], names)
    assert list(Path("dogs_vs_cats_small").rglob("*.jpg")) == files[:1]


def test_squares_are_squares_and_disks_are_disks(code) -> None:
    names = run(code, "setup", "shuffle_by_hand")
    exec(code["folder_draw"].partition("folder =")[0], names)
    for kind, area in (("dog", 49**2), ("cat", np.pi * 25**2)):
        image = names["draw"](kind, size=(100, 110))
        inside = (image != 200).any(axis=-1)
        assert inside.sum() == pytest.approx(area, rel=0.02)


# --- The drawing --------------------------------------------------------------


def test_the_drawn_buffer_is_what_the_code_did() -> None:
    """Replay the recorded order with a buffer of three."""
    order = eval((RECORD.text("shuffle_by_hand") or "").strip())
    figure = Record(ROOT, "drawings/tf_data").figure_data("buffer")
    (axes,) = figure["axes"]
    texts = iter(axes["texts"])
    assert [next(texts) for _ in range(3)] == ["enters", "buffer", "leaves"]
    buffer = [0, 1]
    for step, leaving in enumerate(order[:4]):
        entering = 2 + step
        buffer.append(entering)
        shown = "0, 1, 2" if step == 0 else str(entering)
        drawn = [next(texts) for _ in range(7)]
        drawn = [text for text in drawn if text]
        assert drawn == [shown, *map(str, buffer), str(leaving)]
        buffer.remove(leaving)

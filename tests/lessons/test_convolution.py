"""What the lesson `convolution` claims, checked by other means.

Nothing here trains: the claims about training are held against all recorded
seeds, those about layers against NumPy, SciPy and a pencil.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from tests.harness import datasets, figures
from tests.harness.pages import read_page
from tests.harness.records import Record

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "convolution")
DRAWINGS = Record(ROOT, "drawings/convolution")
LAYERS = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]  # window and stride


@pytest.fixture(scope="module")
def metrics() -> dict[str, dict]:
    return RECORD.metrics()


@pytest.fixture(scope="module")
def digit() -> np.ndarray:
    """The first training image, (28, 28), 0 to 255."""
    with np.load(datasets.checked("mnist")) as arrays:
        assert arrays["y_train"][0] == 5
        return arrays["x_train"][0].astype(float)


@pytest.fixture(scope="module")
def lesson() -> dict:
    """The functions that the reader writes."""
    page = read_page(ROOT / "docs/en/convolution.md", ROOT)
    code = {block.name: block.code for block in page.blocks}
    namespace: dict = {}
    for section in ("setup", "tiny", "by_hand", "channels", "shift"):
        exec(code[section], namespace)
    return namespace


def drawn(section: str) -> dict:
    """The data behind a drawing that has one pair of axes."""
    (axes,) = DRAWINGS.figure_data(section)["axes"]
    return axes


def seeds(metrics: dict[str, dict], name: str) -> np.ndarray:
    """A metric over the recorded seeds, shape (seeds, ...)."""
    return np.array(metrics[name]["seeds"])


# --- One channel --------------------------------------------------------------


def test_patches_are_cut_from_the_digit(digit) -> None:
    """Four patches of 3×3; level, upright, and two opposite slants."""
    assert digit.size == 28 * 28
    images = drawn("patches")["images"]
    assert images[0] == figures.numbers(digit)
    level, upright, one, other = map(np.array, images[1:])
    views = np.lib.stride_tricks.sliding_window_view(digit, (3, 3))
    for patch in (level, upright, one, other):
        assert (views == patch).all(axis=(2, 3)).any()

    def slope(patch: np.ndarray) -> tuple[float, float]:
        """How ink grows downward and to the right."""
        down = patch[-1].sum() - patch[0].sum()
        right = patch[:, -1].sum() - patch[:, 0].sum()
        return down, right

    down, right = slope(level)
    assert down > 3 * abs(right)
    down, right = slope(upright)
    assert right > 3 * abs(down)
    assert slope(one)[0] < 0 < slope(one)[1]
    assert slope(other)[0] < 0 and slope(other)[1] < 0


def test_drawing_by_hand_shows_every_product(lesson) -> None:
    """Each row of the drawing, reckoned anew from its own text."""
    texts = drawn("by_hand")["texts"]
    sums = [text for text in texts if "+" in text]
    values = []
    for text in sums:
        assert text.count("×") == 4
        values.append(eval(text.replace("×", "*").replace("−", "-")))
    assert values == [-1, 8, 1, 2]
    image, kernel = lesson["image"], lesson["kernel"]
    for text, (i, j) in zip(sums, np.ndindex(2, 2), strict=True):
        factors = re.findall(r"(\d)×\(?(−?\d)\)?", text)
        pairs = [(int(a), int(b.replace("−", "-"))) for a, b in factors]
        window = image[i : i + 2, j : j + 2]
        assert pairs == list(zip(window.flat, kernel.flat, strict=True))
    windows = [
        (x, y)
        for x, y, width, height in drawn("by_hand")["rectangles"]
        if width == height == 2
    ]
    left, tops = windows[0][0], [windows[0][1] + 3.5 * n for n in range(4)]
    np.testing.assert_allclose(
        [
            (y - top, x - left)
            for (x, y), top in zip(windows, tops, strict=True)
        ],
        list(np.ndindex(2, 2)),
    )
    # Behind each "=", the output filled in up to that place.
    places = [place for place, text in enumerate(texts) if text == "="]
    assert len(places) == 4
    for number, place in enumerate(places, start=1):
        shown = texts[place + 1 : place + 1 + number]
        assert shown == ["−1", "8", "1", "2"][:number]
    np.testing.assert_array_equal(
        scipy.signal.correlate2d(image, kernel, "valid").ravel(), values
    )


@pytest.mark.parametrize("case", range(8))
def test_the_loop_is_scipys_correlation(lesson, case: int) -> None:
    random = np.random.default_rng(case)
    image = random.integers(-9, 10, random.integers(3, 9, 2))
    kernel = random.integers(-9, 10, random.integers(1, 4, 2))
    np.testing.assert_array_equal(
        lesson["correlate"](image, kernel),
        scipy.signal.correlate2d(image, kernel, "valid"),
    )


@pytest.mark.parametrize("case", range(8))
def test_the_layer_computes_cross_correlation(case: int) -> None:
    """Keras agrees with correlate2d, and with convolve2d once flipped."""
    import keras

    random = np.random.default_rng(case)
    image = random.normal(size=random.integers(4, 9, 2))
    kernel = random.normal(size=(3, 2))
    layer = keras.layers.Conv2D(1, (3, 2), use_bias=False)
    layer.build((None, *image.shape, 1))
    layer.set_weights([kernel[:, :, None, None]])
    result = keras.ops.convert_to_numpy(layer(image[None, :, :, None]))
    found = result[0, :, :, 0]
    for expected in (
        scipy.signal.correlate2d(image, kernel, "valid"),
        scipy.signal.convolve2d(image, kernel[::-1, ::-1], "valid"),
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    convolved = scipy.signal.convolve2d(image, kernel, "valid")
    assert np.abs(found - convolved).max() > 0.1


def test_flipping_changes_the_printed_example(lesson) -> None:
    image, kernel = lesson["image"], lesson["kernel"]
    printed = np.array(
        re.findall(r"-?\d+", RECORD.text("flip") or ""), dtype=int
    ).reshape(2, 2)
    by_pencil = [
        [
            sum(
                image[i + a, j + b] * kernel[1 - a, 1 - b]
                for a in (0, 1)
                for b in (0, 1)
            )
            for j in (0, 1)
        ]
        for i in (0, 1)
    ]
    np.testing.assert_array_equal(printed, by_pencil)
    assert (printed != lesson["correlate"](image, kernel)).any()


def test_kernels_made_by_hand_do_what_the_page_says(digit) -> None:
    upright = np.array([[-1, 0, 1]] * 3)
    level = upright.T
    blur = np.full((3, 3), 1 / 9)
    sharpen = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])

    def response(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return scipy.signal.correlate2d(image, kernel, "valid")

    flat = np.full((5, 6), 0.7)
    assert np.abs(response(flat, upright)).max() < 1e-12
    assert np.abs(response(flat, level)).max() < 1e-12
    np.testing.assert_allclose(response(flat, blur), 0.7)
    np.testing.assert_allclose(response(flat, sharpen), 0.7)
    # From left to right, and from top to bottom, ink begins and then ends.
    for answers in (response(digit, upright), response(digit, level).T):
        for row in answers:
            if row.any():
                first, *_, last = row[row != 0]
                assert first > 0 > last
    # Blurring lessens the steps between neighbors, sharpening enlarges them.
    step = {
        name: np.abs(np.diff(response(digit, kernel))).sum()
        for name, kernel in (("blur", blur), ("sharpen", sharpen))
    }
    steps = np.abs(np.diff(digit[1:-1, 1:-1])).sum()
    assert step["blur"] < steps < step["sharpen"]

    recorded = RECORD.figure_data("kernels")["axes"]
    assert [axes["title"] for axes in recorded] == [
        "input", "upright edges", "level edges", "blur", "sharpen"
    ]  # fmt: skip
    kernels = [np.eye(1), upright, level, blur, sharpen]
    for axes, kernel in zip(recorded, kernels, strict=True):
        expected = figures.numbers(response(digit / 255, kernel))
        assert axes["images"] == [expected]


# --- Many channels ------------------------------------------------------------


def test_mechanism_has_the_shapes_it_names() -> None:
    import keras

    layer = keras.layers.Conv2D(filters=4, kernel_size=3)
    output = layer(np.zeros((1, 5, 5, 2)))
    texts = drawn("mechanism")["texts"]
    shapes = {"input": (5, 5, 2), "patch": (3, 3, 2)}
    shapes["4 kernels"] = tuple(layer.kernel.shape[:3])
    shapes["vector"] = (layer.kernel.shape[3],)
    shapes["output"] = tuple(output.shape[1:])
    for name, shape in shapes.items():
        assert f"{name} {shape}" in texts
    assert layer.kernel.shape[3] == 4


@pytest.mark.parametrize("case", range(12))
def test_loop_keras_and_scipy_agree(lesson, case: int) -> None:
    """Random sizes, depths and windows; biases too."""
    import keras

    random = np.random.default_rng(case)
    size = int(random.integers(1, 5))
    height, width = random.integers(size, 10, 2)
    depth, filters = (int(n) for n in random.integers(1, 5, 2))
    maps = random.normal(size=(height, width, depth))
    layer = keras.layers.Conv2D(filters, size, bias_initializer="normal")
    found = keras.ops.convert_to_numpy(layer(maps[None]))[0]
    kernels, biases = layer.get_weights()
    by_scipy = np.stack(
        [
            biases[n]
            + sum(
                scipy.signal.correlate2d(
                    maps[:, :, c], kernels[:, :, c, n], "valid"
                )
                for c in range(depth)
            )
            for n in range(filters)
        ],
        axis=-1,
    )
    by_loop = lesson["conv_layer"](maps, kernels, biases)
    np.testing.assert_allclose(found, by_scipy, atol=1e-5)
    np.testing.assert_allclose(by_loop, by_scipy, atol=1e-5)


def test_patch_slices() -> None:
    """`valid` begins at (i, j), `same` is centered there; -1:+1 is 2×2."""
    import keras

    random = np.random.default_rng(0)
    maps = random.normal(size=(7, 6, 2)).astype("float32")
    for padding, before in (("valid", 0), ("same", 1)):
        layer = keras.layers.Conv2D(3, 3, padding=padding, use_bias=False)
        output = keras.ops.convert_to_numpy(layer(maps[None]))[0]
        (kernels,) = layer.get_weights()
        inner = range(1, 4)  # no window here reaches over the border
        for i in inner:
            for j in inner:
                top, left = i - before, j - before
                patch = maps[top : top + 3, left : left + 3, :]
                np.testing.assert_allclose(
                    output[i, j, :],
                    np.einsum("ijc,ijcn->n", patch, kernels),
                    atol=1e-5,
                )
    assert maps[0:2, 0:2].shape == maps[1 - 1 : 1 + 1, 1 - 1 : 1 + 1].shape
    assert "wrong: (2, 2)" in (RECORD.text("slices") or "")


def test_response_maps_are_never_negative(digit) -> None:
    """Eight kernels of the first layer, and a map of 26×26 for each."""
    import keras

    layer = keras.layers.Conv2D(32, 3, activation="relu")
    maps = keras.ops.convert_to_numpy(layer(digit[None, :, :, None]))
    assert maps.shape == (1, 26, 26, 32)
    assert maps.min() == 0 < maps.max()
    recorded = RECORD.figure_data("responses")["axes"]
    shapes = [
        axes["images"][0]["shape"]
        if isinstance(axes["images"][0], dict)
        else list(np.shape(axes["images"][0]))
        for axes in recorded
    ]
    assert shapes == [[3, 3]] * 8 + [[26, 26]] * 8


# --- When the image moves -----------------------------------------------------


def test_shift_against_scipy(lesson) -> None:
    images = np.random.default_rng(0).random((2, 28, 28, 1))
    for down, right in [(0, 0), (4, 0), (-4, 0), (0, 3), (0, -1), (2, -4)]:
        np.testing.assert_array_equal(
            lesson["shift"](images, down, right),
            scipy.ndimage.shift(images, (0, down, right, 0), order=0, cval=0),
        )


def test_equivariance_and_what_pooling_does_to_it(digit) -> None:
    """In NumPy and SciPy: exact for the map; for the pooled map by 2 only."""
    kernel = np.random.default_rng(1).normal(size=(3, 3))

    def pooled(image: np.ndarray) -> np.ndarray:
        maps = scipy.signal.correlate2d(image, kernel, "valid")
        return maps.reshape(13, 2, 13, 2).max(axis=(1, 3))

    def moved(image: np.ndarray, right: int) -> np.ndarray:
        return scipy.ndimage.shift(image, (0, right), order=0, cval=0)

    before = scipy.signal.correlate2d(digit, kernel, "valid")
    for right in (1, 3):
        after = scipy.signal.correlate2d(moved(digit, right), kernel, "valid")
        np.testing.assert_allclose(after[:, right:], before[:, :-right])
    by_two = pooled(moved(digit, 2))
    np.testing.assert_allclose(by_two[:, 1:], pooled(digit)[:, :-1])
    by_one = pooled(moved(digit, 1))
    for places in range(-3, 4):
        there = by_one[:, max(places, 0) : 13 + min(places, 0)]
        here = pooled(digit)[:, max(-places, 0) : 13 + min(-places, 0)]
        assert not np.allclose(there, here)

    exact = (RECORD.text("equivariance") or "").splitlines()[:2]
    exact += (RECORD.text("pooled") or "").splitlines()[:1]
    assert [line.split()[-1] for line in exact] == ["0.0%"] * 3


def test_pooled_maps_change_less(metrics) -> None:
    plain = seeds(metrics, "conv_in_place")
    pooled = seeds(metrics, "pooled_in_place")
    assert (plain > 0.5).all()  # "most of it has changed"
    assert (pooled < plain - 0.1).all()


def test_dense_layers_see_places() -> None:
    """One lit pixel brings in the weights of its own place and no others."""
    import keras

    layer = keras.layers.Dense(4, use_bias=False)
    lit = np.eye(9).reshape(9, 3, 3, 1)  # a pixel lit in each place
    outputs = keras.ops.convert_to_numpy(layer(keras.layers.Flatten()(lit)))
    (weights,) = layer.get_weights()
    np.testing.assert_allclose(outputs, weights, atol=1e-6)
    assert len(np.unique(weights[:, 0])) == 9


def test_both_networks_fall_with_the_shift_and_the_convnet_less(
    metrics,
) -> None:
    dense = seeds(metrics, "dense_shifted")  # (seeds, 5)
    convnet = seeds(metrics, "convnet_shifted")
    assert dense.shape == convnet.shape == (5, 5)
    assert (np.diff(dense, axis=1) < 0).all()
    assert (np.diff(convnet, axis=1) < 0).all()
    assert (convnet > dense).all()
    assert min(dense[:, 0].min(), convnet[:, 0].min()) > 0.95
    ratio = convnet[:, 4].mean() / dense[:, 4].mean()
    assert 1.7 < ratio < 2.5  # "about twice as high"
    np.testing.assert_allclose(
        dense[:, 0], seeds(metrics, "dense_accuracy"), atol=1e-6
    )
    (axes,) = RECORD.figure_data("shifted_plot")["axes"]
    lines = {line["label"]: line["y"] for line in axes["lines"]}
    np.testing.assert_allclose(lines["dense network"], dense[0], rtol=1e-5)
    np.testing.assert_allclose(lines["convnet"], convnet[0], rtol=1e-5)


def test_little_ink_leaves_the_image(metrics) -> None:
    with np.load(datasets.checked("mnist")) as arrays:
        images = arrays["x_test"].astype(float)
    lost = images[:, -4:].sum() / images.sum()
    assert metrics["ink_lost"]["page"] == pytest.approx(lost, abs=1e-5)


# --- Hierarchy ----------------------------------------------------------------


def seen_by(layers: list[tuple[int, int]], place: int) -> set[int]:
    """Pixels that a value depends on, in one direction, layer by layer."""
    pixels = {place}
    for window, stride in reversed(layers):
        pixels = {
            stride * pixel + offset
            for pixel in pixels
            for offset in range(window)
        }
    return pixels


def test_receptive_fields_grow() -> None:
    sizes = [len(seen_by(LAYERS[:n], 1)) for n in range(1, 6)]
    assert sizes == [3, 4, 8, 10, 18]


def test_hierarchy_shows_what_each_layer_sees(digit) -> None:
    """The crops are what one value of each convolution layer depends on."""
    images = drawn("hierarchy")["images"]
    crops = images[0::2]
    for crop, depth in zip(crops, (1, 3, 5), strict=False):
        views = [
            digit[min(rows) : max(rows) + 1, min(columns) : max(columns) + 1]
            for rows, columns in (
                (seen_by(LAYERS[:depth], r), seen_by(LAYERS[:depth], c))
                for r in range(26)
                for c in range(26)
            )
            if max(rows) < 28 and max(columns) < 28
        ]
        assert any(np.array_equal(view, crop) for view in views)
    assert crops[3] == figures.numbers(digit)
    texts = drawn("hierarchy")["texts"]
    assert texts[1::2] == ["3×3", "8×8", "18×18", "28×28"]


# --- Answers to the exercises -------------------------------------------------


def printed(section: str) -> list[float]:
    text = RECORD.text(section) or ""
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_pencil_answer() -> None:
    image = np.array([[2, 0, 1], [1, 3, 0], [0, 1, 2]])
    kernel = np.array([[0, 1], [-1, 2]])
    expected = scipy.signal.correlate2d(image, kernel, "valid")
    assert printed("answer_pencil") == expected.ravel().tolist()
    assert expected[0, 0] == 2 * 0 + 0 * 1 + 1 * -1 + 3 * 2 == 5
    assert expected[1, 1] == 3 * 0 + 0 * 1 + 1 * -1 + 2 * 2 == 3


def test_slant_answer() -> None:
    assert printed("answer_slant") == [6, 6, 6, 0, 0, 0]


def test_count_answer() -> None:
    text = RECORD.text("answer_count") or ""
    assert f"{(200 - 5 + 1, 300 - 5 + 1, 16)}"[1:] in text
    assert text.count(str((5 * 5 * 3 + 1) * 16)) == 2


def test_training_on_moved_digits_helps_both(metrics) -> None:
    for name in ("dense", "convnet"):
        moved = seeds(metrics, f"{name}_moved")
        plain = seeds(metrics, f"{name}_shifted")
        assert (moved[:, 4] > plain[:, 4] + 0.2).all()
    assert (
        seeds(metrics, "convnet_moved") > seeds(metrics, "dense_moved")
    ).all()

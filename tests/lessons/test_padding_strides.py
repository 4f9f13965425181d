"""What the lesson `padding_strides` claims, checked by other means.

Keras's layers are held against loops over single pixels, against SciPy and
against a pencil; the reader's own functions against the same.
"""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from tests.harness.pages import read_page
from tests.harness.records import Record

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "padding_strides")
DRAWINGS = Record(ROOT, "drawings/padding_strides")

IMAGE = np.array(
    [
        [1, 2, 1, 3, 2],
        [3, 1, 2, 1, 1],
        [2, 1, 3, 2, 1],
        [1, 3, 1, 1, 2],
        [2, 1, 1, 3, 1],
    ]
)
KERNEL = np.array([[1, 2, 1], [3, 1, 2], [2, 1, 3]])
SMALL_CASES = [
    (n, k, s)
    for n, k, s in itertools.product(range(1, 13), range(1, 6), range(1, 4))
]


@pytest.fixture(scope="module")
def lesson() -> dict:
    """The reader's own functions and arrays."""
    page = read_page(ROOT / "docs/en/padding_strides.md", ROOT)
    sections = {
        "setup",
        "slide",
        "slide_run",
        "keras_conv",
        "pixels_seen",
        "output_size",
        "same_padding",
        "spread",
    }
    namespace: dict = {}
    for block in page.blocks:
        if block.name in sections:
            sections.remove(block.name)
            exec(block.code, namespace)
    assert not sections
    return namespace


@pytest.fixture(scope="module")
def layers():
    import keras

    return keras.layers


# --- Witnesses ----------------------------------------------------------------


def windows(
    n: int, k: int, s: int = 1, before: int = 0, after: int = 0, d: int = 1
) -> list[list[int]]:
    """What each window along a side covers; -1 and n are padding.

    Found by trying: every start at which the last weight is still inside,
    and then every s-th of them.
    """
    inside = range(-before, n + after)
    covered = [[start + d * tap for tap in range(k)] for start in inside]
    return [pixels for pixels in covered if pixels[-1] in inside][::s]


def same_total(n: int, k: int, s: int, d: int = 1) -> int:
    """The least padding that gives ceil(n / s) windows, found by trying."""
    return next(
        total
        for total in itertools.count()
        if len(windows(n, k, s, 0, total, d)) >= math.ceil(n / s)
    )


def halves(total: int) -> tuple[int, int]:
    return total // 2, total - total // 2


def by_loops(
    image: np.ndarray, kernel: np.ndarray, rows: list, columns: list
) -> np.ndarray:
    """One product at a time: (h, w, c), (kh, kw, c, f) -> (oh, ow, f).

    `rows` and `columns` say what each window covers, see `windows`.
    """
    height, width, channels = image.shape
    filters = kernel.shape[3]
    output = np.zeros((len(rows), len(columns), filters))
    for (i, down), (j, across) in itertools.product(
        enumerate(rows), enumerate(columns)
    ):
        for (a, row), (b, column) in itertools.product(
            enumerate(down), enumerate(across)
        ):
            if not (0 <= row < height and 0 <= column < width):
                continue  # padding
            for channel in range(channels):
                for filter_ in range(filters):
                    output[i, j, filter_] += (
                        image[row, column, channel]
                        * kernel[a, b, channel, filter_]
                    )
    return output


def by_scipy(
    image: np.ndarray,
    kernel: np.ndarray,
    padding: tuple[tuple[int, int], tuple[int, int]],
    strides: tuple[int, int],
    dilation: tuple[int, int],
) -> np.ndarray:
    """The same from SciPy: pad, correlate, add up channels, then slice."""
    holes = np.zeros(dilation)
    holes[0, 0] = 1  # a weight becomes a weight with zeros after it
    maps = []
    for filter_ in range(kernel.shape[3]):
        total = 0
        for channel in range(image.shape[2]):
            weights = np.kron(kernel[:, :, channel, filter_], holes)
            weights = weights[
                : weights.shape[0] - dilation[0] + 1,
                : weights.shape[1] - dilation[1] + 1,
            ]
            padded = np.pad(image[:, :, channel], padding)
            total = total + scipy.signal.correlate2d(
                padded, weights, mode="valid"
            )
        maps.append(total[:: strides[0], :: strides[1]])
    return np.stack(maps, axis=-1)


def run_conv(layers, image: np.ndarray, kernel: np.ndarray, **options):
    """A Conv2D layer with this kernel: (h, w, c) -> (oh, ow, f)."""
    layer = layers.Conv2D(
        kernel.shape[3], kernel.shape[:2], use_bias=False, **options
    )
    batch = image[None].astype("float32")
    layer.build(batch.shape)
    layer.set_weights([kernel])
    return np.array(layer(batch))[0]


def run_pool(layer, image: np.ndarray) -> np.ndarray:
    return np.array(layer(image[None, :, :, None].astype("float32")))[
        0, :, :, 0
    ]


# --- Any layer ----------------------------------------------------------------


@pytest.mark.parametrize("case", range(96))
def test_random_layers_against_numpy_and_scipy(layers, case: int) -> None:
    """Sizes, windows, channels, filters, both modes, strides, dilation.

    Height and width have each their own size, window, stride and dilation.
    """
    rng = np.random.default_rng(case)
    mode = ("valid", "same")[case % 2]
    sizes = rng.integers(6, 13, size=2)
    kernel_size = rng.integers(1, 5, size=2)
    strides, dilation = np.array([1, 1]), np.array([1, 1])
    if case % 3:
        strides = rng.integers(1, 4, size=2)
    else:
        dilation = rng.integers(1, 4, size=2)
        sizes = sizes + 6  # room for the largest window
    channels, filters = rng.integers(1, 4, size=2)
    image = rng.integers(-9, 10, size=(*sizes, channels))
    kernel = rng.integers(-9, 10, size=(*kernel_size, channels, filters))

    keras_output = run_conv(
        layers,
        image,
        kernel,
        padding=mode,
        strides=tuple(map(int, strides)),
        dilation_rate=tuple(map(int, dilation)),
    )
    padding = [(0, 0), (0, 0)]
    if mode == "same":
        padding = [
            halves(same_total(*side))
            for side in zip(sizes, kernel_size, strides, dilation, strict=True)
        ]
    rows, columns = (
        windows(n, k, s, *pads, d)
        for n, k, s, pads, d in zip(
            sizes, kernel_size, strides, padding, dilation, strict=True
        )
    )
    loops = by_loops(image, kernel, rows, columns)
    slices = by_scipy(image, kernel, padding, strides, dilation)
    np.testing.assert_array_equal(loops, slices)
    np.testing.assert_allclose(keras_output, loops, atol=1e-3)

    # And the formula, with the padding of both ends together.
    for n, k, s, pads, d, size in zip(
        sizes,
        kernel_size,
        strides,
        padding,
        dilation,
        loops.shape[:2],
        strict=True,
    ):
        reach = d * (k - 1) + 1
        assert size == (n + sum(pads) - reach) // s + 1
        if mode == "same":
            assert size == math.ceil(n / s)


@pytest.mark.parametrize("case", range(24))
def test_random_pooling_against_loops(layers, case: int) -> None:
    """Maximum and average over those pixels of a window that exist."""
    rng = np.random.default_rng(1000 + case)
    n, k, s = int(rng.integers(5, 13)), *map(int, rng.integers(1, 5, size=2))
    mode = ("valid", "same")[case % 2]
    image = rng.integers(-9, 0, size=(n, n))  # a zero would show
    pads = halves(same_total(n, k, s)) if mode == "same" else (0, 0)
    side = [
        [pixel for pixel in window if 0 <= pixel < n]
        for window in windows(n, k, s, *pads)
    ]
    for layer, reduce in (
        (layers.MaxPooling2D, np.max),
        (layers.AveragePooling2D, np.mean),
    ):
        expected = [
            [reduce(image[np.ix_(rows, columns)]) for columns in side]
            for rows in side
        ]
        got = run_pool(layer(k, strides=s, padding=mode), image)
        np.testing.assert_allclose(got, expected, rtol=1e-5)


# --- The border effect --------------------------------------------------------


def test_places_by_trying() -> None:
    text = RECORD.text("places") or ""
    places = re.findall(r"\((\d), (\d)\)", text)
    assert [(int(i), int(j)) for i, j in places] == [
        (i, j)
        for i in range(5)
        for j in range(5)
        if max(i, j) + 2 <= 4  # the last row and column of the window
    ]
    assert len(places) == 9


def test_a_corner_pixel_is_in_one_window_and_the_middle_in_nine() -> None:
    seen = np.zeros((5, 5), int)
    for i, j in itertools.product(range(3), range(3)):
        seen[i : i + 3, j : j + 3] += 1
    assert seen[2, 2] == seen.max() == 9
    corners = seen[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.tolist() == [1, 1, 1, 1]
    assert seen.min() == 1


def test_slide_is_cross_correlation(lesson) -> None:
    np.testing.assert_array_equal(lesson["image"], IMAGE)
    np.testing.assert_array_equal(lesson["kernel"], KERNEL)
    valid = scipy.signal.correlate2d(IMAGE, KERNEL, mode="valid")
    np.testing.assert_array_equal(lesson["slide"](IMAGE, KERNEL), valid)
    assert matrix("slide_run") == valid.tolist()


def test_three_layers_lose_six_pixels_and_fourteen_do_not_fit(layers) -> None:
    import keras

    x = keras.Input((28, 28, 1))
    sizes = []
    for _ in range(13):
        x = layers.Conv2D(1, 3)(x)
        sizes.append(x.shape[1])
    assert sizes == list(range(26, 0, -2))
    assert 28 - sizes[2] == 6
    with pytest.raises(ValueError, match="zero or negative"):
        layers.Conv2D(1, 3)(x)


def matrix(section: str) -> list[list[int]]:
    """The rows of numbers that a section printed."""
    rows = re.findall(r"\[\[?([-\d ]+)\]", RECORD.text(section) or "")
    return [[int(number) for number in row.split()] for row in rows]


# --- Padding ------------------------------------------------------------------


def test_the_corner_by_pencil() -> None:
    corner = 0 * 1 + 0 * 2 + 0 * 1 + 0 * 3 + 1 * 1 + 2 * 2 + 0 * 2 + 3 * 1
    corner += 1 * 3
    shown = matrix("pad_slide")
    assert shown[0][0] == corner == 11
    assert np.shape(shown) == (5, 5)
    # The inner values are those without padding.
    inner = [row[1:-1] for row in shown[1:-1]]
    assert inner == matrix("slide_run")
    full = scipy.signal.correlate2d(IMAGE, KERNEL, mode="full")
    assert shown == full[1:-1, 1:-1].tolist()


def test_padding_that_lets_each_pixel_be_the_middle() -> None:
    """1 for a 3×3 window, 2 for 5×5, (k - 1) / 2 for odd k."""
    for k in (1, 3, 5, 7, 9):
        p = (k - 1) // 2
        middles = [window[k // 2] for window in windows(11, k, 1, p, p)]
        assert middles == list(range(11))


def test_same_keeps_the_size_only_at_stride_1(layers) -> None:
    blank = np.zeros((1, 12, 12, 1), "float32")
    for k, s in itertools.product(range(1, 6), range(1, 4)):
        layer = layers.Conv2D(1, k, strides=s, padding="same")
        assert (layer(blank).shape[1] == 12) == (s == 1)
    assert layers.Conv2D(1, 3).padding == "valid"
    assert layers.MaxPooling2D(3).padding == "valid"


def test_a_constant_image_comes_out_darker_at_the_border() -> None:
    """Each value counts the pixels of its window that exist: 4, 6 or 9."""
    real = [len([x for x in w if 0 <= x < 5]) for w in windows(5, 3, 1, 1, 1)]
    expected = np.outer(real, real) * 90 // 9
    assert {expected[0, 0], expected[0, 2]} == {40, 60}
    assert matrix("cost") == expected.tolist()
    assert (expected[1:-1, 1:-1] == 90).all()


def test_mirroring_leaves_no_frame(lesson) -> None:
    gray, blur = np.full((5, 5), 90), np.full((3, 3), 1 / 9)
    mirrored = np.pad(gray, 1, mode="reflect")
    output = lesson["keras_conv"](mirrored, blur)
    assert (output == 90).all() and output.shape == (5, 5)


def test_pooling_leaves_the_padding_out(layers) -> None:
    options = {"pool_size": 3, "strides": 1, "padding": "same"}
    gray = np.full((5, 5), 90)
    assert (run_pool(layers.AveragePooling2D(**options), gray) == 90).all()
    assert (run_pool(layers.MaxPooling2D(**options), -gray) == -90).all()
    assert "corner of the average of 90: 90" in RECORD.text("cost_pooling")
    assert "corner of the maximum of -90: -90" in RECORD.text("cost_pooling")


# --- Strides ------------------------------------------------------------------


def test_stride_keeps_every_s_th_place(layers) -> None:
    rng = np.random.default_rng(0)
    for n, k, s in SMALL_CASES:
        if k > n:
            continue
        image = rng.integers(0, 10, (n, n, 1))
        kernel = rng.integers(0, 10, (k, k, 1, 1))
        every = by_scipy(image, kernel, ((0, 0), (0, 0)), (1, 1), (1, 1))
        strided = run_conv(layers, image, kernel, strides=s)
        np.testing.assert_allclose(strided, every[::s, ::s], atol=1e-3)
    assert matrix("stride")[3:] == [
        row[::2] for row in matrix("stride")[:3][::2]
    ]


def test_a_maximum_forgets_where(layers) -> None:
    """Four images that differ in where the 1 is: one maximum."""
    images = np.eye(4).reshape(4, 2, 2)
    pooled = [run_pool(layers.MaxPooling2D(2), image) for image in images]
    assert np.unique(pooled).tolist() == [1]
    kernel = np.array([[1, 2], [3, 4]]).reshape(2, 2, 1, 1)
    strided = [
        run_conv(layers, image[:, :, None], kernel, strides=2)[0, 0, 0]
        for image in images
    ]
    assert strided == [1, 2, 3, 4]


@pytest.fixture(scope="module")
def resnet():
    import keras

    return keras.applications.ResNet50(weights=None)


def test_resnet_shrinks_by_strides_and_pads_each_side(resnet, layers) -> None:
    pooling = [
        layer
        for layer in resnet.layers
        if isinstance(layer, layers.MaxPooling2D | layers.AveragePooling2D)
    ]
    assert [layer.strides for layer in pooling] == [(2, 2)]
    strided = [
        layer
        for layer in resnet.layers
        if isinstance(layer, layers.Conv2D) and layer.strides == (2, 2)
    ]
    assert len(strided) > len(pooling)
    padding, first = resnet.layers[1:3]
    assert isinstance(padding, layers.ZeroPadding2D)
    assert padding.padding == ((3, 3), (3, 3))
    assert isinstance(first, layers.Conv2D)
    assert first.kernel_size == (7, 7) and first.strides == (2, 2)
    assert first.padding == "valid"
    assert resnet.input_shape == (None, 224, 224, 3)
    assert first.output.shape == (None, 112, 112, 64)


# --- Which pixels -------------------------------------------------------------


def responding(layers, n: int, channels: int, **options) -> np.ndarray:
    """Which outputs respond to which pixel: (oh, ow, n, n, channels)."""
    import keras

    lit = np.eye(n * n * channels, dtype="float32")
    layer = layers.Conv2D(
        1, kernel_initializer="ones", use_bias=False, **options
    )
    output = keras.ops.convert_to_numpy(layer(lit.reshape(-1, n, n, channels)))
    shape = (*output.shape[1:3], n, n, channels)
    return np.moveaxis(output[..., 0], 0, -1).reshape(shape) > 0.5


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3},
        {"kernel_size": 3, "padding": "same"},
        {"kernel_size": 3, "strides": 2},
        {"kernel_size": 3, "strides": 2, "padding": "same"},
        {"kernel_size": 4, "strides": 3, "padding": "same"},
        {"kernel_size": 2, "padding": "same"},
        {"kernel_size": 3, "dilation_rate": 2},
        {"kernel_size": 3, "dilation_rate": 2, "padding": "same"},
    ],
)
def test_which_pixels_an_output_sees(lesson, layers, options: dict) -> None:
    """The rule i · s - p to i · s - p + k - 1, in images with two channels."""
    n, k = 6, options["kernel_size"]
    s, d = options.get("strides", 1), options.get("dilation_rate", 1)
    same = options.get("padding") == "same"
    before, _ = halves(same_total(n, k, s, d)) if same else (0, 0)
    seen = responding(layers, n, channels=2, **options)
    places = seen.shape[0]
    line = np.zeros((places, n), bool)
    for i in range(places):
        first, last = i * s - before, i * s - before + d * (k - 1)
        for pixel in range(first, last + 1, d):
            if 0 <= pixel < n:
                line[i, pixel] = True
    expected = line[:, None, :, None, None] & line[None, :, None, :, None]
    expected = np.broadcast_to(expected, seen.shape)
    np.testing.assert_array_equal(seen, expected)
    # The reader's function shows the same line.
    shown = lesson["pixels_seen"](n, **options)
    np.testing.assert_array_equal(shown, line)


def test_a_pixel_may_be_in_no_window(lesson, layers) -> None:
    seen = np.array(matrix("pixels_seen_stride"))
    assert seen[:, -1].tolist() == [0, 0]
    image = np.arange(36).reshape(6, 6)
    changed = image.copy()
    changed[-1], changed[:, -1] = 99, 99
    outputs = [
        lesson["keras_conv"](each, KERNEL, strides=2)
        for each in (image, changed)
    ]
    np.testing.assert_array_equal(*outputs)


def test_recorded_pixels() -> None:
    for section, n, s, pads in (
        ("pixels_seen", 5, 1, (0, 0)),
        ("pixels_seen_same", 5, 1, (1, 1)),
        ("pixels_seen_stride", 6, 2, (0, 0)),
    ):
        assert matrix(section) == [
            [int(pixel in window) for pixel in range(n)]
            for window in windows(n, 3, s, *pads)
        ]


# --- The formula --------------------------------------------------------------


def test_formula_in_every_small_case(lesson, layers) -> None:
    """Every n up to 12, k up to 5 and s up to 3, in both modes.

    Sizes from the formula, from trying every start, and from Keras.
    """
    output_size = lesson["output_size"]
    cases = {"valid": 0, "same": 0}
    for n, k, s in SMALL_CASES:
        blank = np.zeros((1, n, n, 1), "float32")
        for mode in ("valid", "same"):
            if mode == "valid" and k > n:
                continue
            conv = layers.Conv2D(1, k, strides=s, padding=mode)(blank)
            pool = layers.AveragePooling2D(k, strides=s, padding=mode)(blank)
            if mode == "valid":
                size = output_size(n, k, s)
                assert size == len(windows(n, k, s))
            else:
                size = math.ceil(n / s)
                assert size == len(
                    windows(n, k, s, *halves(same_total(n, k, s)))
                )
            assert conv.shape[1:3] == pool.shape[1:3] == (size, size)
            cases[mode] += 1
    metrics = RECORD.metrics()
    assert cases["valid"] == metrics["valid_cases"]["page"] == 150
    assert cases["same"] == metrics["same_size_cases"]["page"] == 180


def test_formula_with_padding_on_each_side(lesson, layers) -> None:
    for n, k, s in SMALL_CASES:
        for p in range(4):
            size = lesson["output_size"](n, k, s, p)
            assert max(size, 0) == len(windows(n, k, s, p, p))
    blank = np.zeros((1, 9, 9, 1), "float32")
    for k, s, p in itertools.product(range(1, 6), range(1, 4), range(4)):
        padded = layers.ZeroPadding2D(p)(blank)
        output = layers.Conv2D(1, k, strides=s)(padded)
        assert output.shape[1] == lesson["output_size"](9, k, s, p)


def test_first_network_by_pencil(layers) -> None:
    sizes = re.findall(r"(\d+)$", RECORD.text("output_size") or "", re.M)
    assert sizes == ["26", "13", "11", "5", "3"]
    summary = Record(ROOT, "mnist_convnet").text("summary") or ""
    shown = re.findall(r"│ \(None, (\d+), \d+, \d+\)", summary)
    assert shown == ["28", *sizes]


def test_a_window_that_does_not_fit(lesson, layers) -> None:
    import keras

    for n, k, s in SMALL_CASES:
        if k <= n:
            continue
        assert lesson["output_size"](n, k, s) <= 0
        inputs = keras.Input((n, n, 1))
        for layer in (
            layers.Conv2D(1, k, strides=s),
            layers.MaxPooling2D(k, strides=s),
        ):
            with pytest.raises(ValueError, match="zero or negative"):
                layer(inputs)
    assert "would be zero or negative" in RECORD.text("too_small")


def test_pooling_a_too_small_array_may_go_wrong_silently(layers) -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("the page says it of TensorFlow")
    empty = layers.AveragePooling2D(3)(np.ones((1, 2, 2, 1), "float32"))
    assert tuple(empty.shape) == (1, 0, 0, 1)


# --- "same" -------------------------------------------------------------------


def test_same_puts_the_extra_pixel_at_the_end(lesson, layers) -> None:
    """All small cases: the least total, and the smaller half in front."""
    rng = np.random.default_rng(1)
    odd = 0
    for n, k, s in SMALL_CASES:
        total = same_total(n, k, s)
        before, after = halves(total)
        assert lesson["same_padding"](n, k, s) == (before, after)
        image = rng.integers(1, 10, (n, n, 1))
        kernel = rng.integers(1, 10, (k, k, 1, 1))
        got = run_conv(layers, image, kernel, strides=s, padding="same")
        at_end, at_start = (
            by_scipy(image, kernel, (pads, pads), (s, s), (1, 1))
            for pads in ((before, after), (after, before))
        )
        np.testing.assert_allclose(got, at_end, atol=1e-3)
        if total % 2:  # and nowhere else: the other way gives other values
            odd += 1
            assert not np.array_equal(at_end, at_start)
    assert odd > 60
    assert RECORD.metrics()["same_value_cases"]["page"] == len(SMALL_CASES)


def test_same_for_six_pixels_by_pencil() -> None:
    covered = windows(6, 3, 2, 0, 1)
    assert covered == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    symmetric = windows(6, 3, 2, 1, 1)
    assert symmetric == [[-1, 0, 1], [1, 2, 3], [3, 4, 5]]
    expected = [
        [int(pixel in window) for pixel in range(6)]
        for window in covered + symmetric
    ]
    assert matrix("two_ways") == expected
    middles = [
        [10 * row[1] + column[1] for column in side]
        for side in (covered, symmetric)
        for row in side
    ]
    assert matrix("two_results") == middles


def test_both_ways_agree_where_the_total_is_even_and_nowhere_else(
    lesson,
) -> None:
    keras_conv = lesson["keras_conv"]
    rng = np.random.default_rng(2)
    for n, k in itertools.product(range(5, 15), (3, 5, 7)):
        p = (k - 1) // 2
        image = rng.integers(1, 10, (n, n))
        kernel = rng.integers(1, 10, (k, k))
        same = keras_conv(image, kernel, strides=2, padding="same")
        symmetric = keras_conv(np.pad(image, p), kernel, strides=2)
        assert same.shape == symmetric.shape
        assert np.array_equal(same, symmetric) == (n % 2 == 1)
        assert (same_total(n, k, 2) % 2 == 0) == (n % 2 == 1)
        if n % 2 == 0:  # the windows start one pixel later
            before, _ = halves(same_total(n, k, 2))
            assert p - before == 1
    assert same_total(5, 3, 2) == same_total(7, 3, 2) == 2


def test_padding_on_each_side_and_total_padding_are_one_formula(
    lesson,
) -> None:
    """Per side: (n + 2p - k) / s + 1. In total: (n + P - k) / s + 1."""
    for n, k, s in SMALL_CASES:
        for p in range(4):
            places = len(windows(n, k, s, p, p))
            per_side = (n + 2 * p - k) // s + 1
            total = 2 * p
            in_total = (n + total - k) // s + 1
            assert per_side == in_total
            assert max(per_side, 0) == places
        for total in range(6):  # odd ones too
            places = len(windows(n, k, s, *halves(total)))
            assert max((n + total - k) // s + 1, 0) == places
    assert (5 + 2 * 1 - 3) // 1 + 1 == 5 == len(windows(5, 3, 1, 1, 1))
    assert (5 + 1 - 3) // 1 + 1 == 4 != 5  # the mix-up


def test_keras_documentation_says_evenly(layers) -> None:
    for layer in (layers.Conv2D, layers.MaxPooling2D):
        assert "padding evenly" in " ".join(layer.__doc__.split())


# --- Dilation -----------------------------------------------------------------


def test_dilation_is_a_larger_kernel_with_zeros(lesson, layers) -> None:
    rng = np.random.default_rng(3)
    for k, d in itertools.product(range(1, 5), range(1, 4)):
        kernel = rng.integers(1, 10, (k, k))
        wide = lesson["spread"](kernel, d)
        reach = d * (k - 1) + 1
        assert wide.shape == (reach, reach)
        assert np.count_nonzero(wide) == k * k
        for n in range(reach, 14):
            image = rng.integers(0, 10, (n, n))
            dilated = lesson["keras_conv"](image, kernel, dilation_rate=d)
            expected = scipy.signal.correlate2d(image, wide, mode="valid")
            np.testing.assert_array_equal(dilated, expected)
            assert len(dilated) == lesson["output_size"](n, reach)
    assert matrix("spread") == [
        [1, 0, 2, 0, 1],
        [0, 0, 0, 0, 0],
        [3, 0, 1, 0, 2],
        [0, 0, 0, 0, 0],
        [2, 0, 1, 0, 3],
    ]
    assert matrix("dilation") == [
        [int(pixel in window) for pixel in range(7)]
        for window in windows(7, 3, 1, d=2)
    ]


def test_keras_refuses_stride_and_dilation_together(layers) -> None:
    layers.Conv2D(1, 3, strides=2)
    layers.Conv2D(1, 3, dilation_rate=2)
    with pytest.raises(ValueError, match="not supported in conjunction"):
        layers.Conv2D(1, 3, strides=2, dilation_rate=2)


# --- Answers to the exercises -------------------------------------------------


def test_answer_sizes_by_pencil() -> None:
    pencil = [
        (32, 32 - 5 + 1),
        (32, math.ceil(32 / 2)),
        (13, (13 - 3) // 2 + 1),
        (32, 32 - (4 * (3 - 1) + 1) + 1),
        (224, (224 + 2 * 3 - 7) // 2 + 1),
    ]
    shown = re.findall(r"(\d+) -> (\d+)", RECORD.text("answer_sizes") or "")
    assert [(int(n), int(size)) for n, size in shown] == pencil


def test_padding_that_keeps_the_size() -> None:
    """Only (k - 1) / 2 does, whatever the size."""
    for k, n in itertools.product((3, 5, 7, 9), (9, 28, 31)):
        keeps = [p for p in range(10) if len(windows(n, k, 1, p, p)) == n]
        assert keeps == [(k - 1) // 2]
    assert "k = 7: p = [3]" in RECORD.text("answer_keep")


def test_even_windows_in_keras_and_scipy(lesson) -> None:
    rng = np.random.default_rng(4)
    for k, n in itertools.product((2, 4), (5, 6, 8)):
        for p in range(6):
            assert len(windows(n, k, 1, p, p)) != n
        image = rng.integers(1, 10, (n, n))
        kernel = rng.integers(1, 10, (k, k))
        keras_output = lesson["keras_conv"](image, kernel, padding="same")
        before, after = k // 2 - 1, k // 2
        padded = np.pad(image, (before, after))
        np.testing.assert_array_equal(
            keras_output, scipy.signal.correlate2d(padded, kernel, "valid")
        )
        np.testing.assert_array_equal(
            keras_output, scipy.signal.correlate2d(image, kernel, "same")
        )
    assert matrix("answer_even")[-5:] == [
        [int(pixel in (i, i + 1)) for pixel in range(5)] for i in range(5)
    ]


def test_the_smallest_image_by_search() -> None:
    """Through 3×3, 2×2 pooling, 3×3, 2×2 pooling, 3×3, from every size."""

    def sizes(n: int) -> list[int]:
        found = [n]
        for k, s in ((3, 1), (2, 2), (3, 1), (2, 2), (3, 1)):
            found.append(len(windows(found[-1], k, s)))
        return found

    smallest = next(n for n in range(1, 29) if sizes(n)[-1] >= 1)
    assert sizes(smallest) == [18, 16, 8, 6, 3, 1]
    text = RECORD.text("answer_smallest") or ""
    assert "18 (None, 1, 1, 128)" in text
    assert "17 Computed output size would be zero or negative" in text


def test_products_counted_one_by_one() -> None:
    counts = []
    for stride in (1, 2):
        side = windows(28, 3, stride)
        counts.append(
            sum(len(rows) * len(columns) for rows in side for columns in side)
        )
    assert counts == RECORD.metrics()["products"]["page"] == [6084, 1521]
    assert counts[0] == 4 * counts[1]


# --- The drawings -------------------------------------------------------------


def drawn(section: str) -> tuple[list[str], list[list[float]]]:
    """Texts of a drawing, and its rectangles as [x, y, width, height]."""
    (axes,) = DRAWINGS.figure_data(section)["axes"]
    return axes["texts"], axes["rectangles"]


def wide(bars: list[list[float]], width: float) -> list[float]:
    """Where the rectangles of one width begin, each once."""
    xs = [x for x, _, w, _ in bars if w == pytest.approx(width)]
    return list(dict.fromkeys(xs))


def test_drawing_of_the_places() -> None:
    texts, bars = drawn("places")
    places = list(itertools.product(range(3), range(3)))
    assert texts == [f"({i}, {j})" for i, j in places]
    # Panels are columns of cells with gaps between them.
    cells = sorted({(x, y) for x, y, w, h in bars if w == h == 1})
    starts = [
        sorted(
            {
                side
                for side in {cell[axis] for cell in cells}
                if not any(np.isclose(side - 1, c[axis]) for c in cells)
            }
        )
        for axis in (0, 1)
    ]
    windows_drawn = list(
        dict.fromkeys((x, y) for x, y, w, h in bars if w == h == 3)
    )
    corners = list(itertools.product(starts[1], starts[0]))  # row by row
    offsets = [
        (y - top, x - left)
        for (x, y), (top, left) in zip(windows_drawn, corners, strict=True)
    ]
    np.testing.assert_allclose(offsets, places, atol=1e-9)


def test_drawing_of_the_padding() -> None:
    texts, _ = drawn("pad")
    padded = np.pad(IMAGE, 1)
    result = scipy.signal.correlate2d(IMAGE, KERNEL, mode="same")
    cells = [
        *map(str, padded.flat),
        "×",
        *map(str, KERNEL.flat),
        "=",
        *map(str, result.flat),
    ]
    assert texts[: len(cells)] == cells
    products = [text for text in texts[len(cells) :] if "·" in text]
    factors = [tuple(map(int, text.split("·"))) for text in products]
    assert factors == [
        (int(a), int(b))
        for a, b in zip(padded[:3, :3].flat, KERNEL.flat, strict=True)
    ]
    assert texts[-1] == f"= {sum(a * b for a, b in factors)}" == "= 11"
    assert [a * b for a, b in factors].count(0) == 5


def test_drawing_of_the_stride() -> None:
    texts, _ = drawn("stride")
    every = scipy.signal.correlate2d(IMAGE, KERNEL, mode="valid")
    assert IMAGE.shape == (5, 5) and every.shape == (3, 3)
    second = every[::2, ::2]
    assert second.shape == (2, 2)
    numbers = [*IMAGE.flat, *every.flat, *second.flat]
    shown = [text for text in texts if text]
    assert shown[:38] == [str(number) for number in numbers]
    assert shown[38:] == ["s = 1", "s = 2"]
    # Neighboring windows overlap.
    first, after = windows(5, 3, 2)
    assert set(first) & set(after) == {2}


def test_drawing_of_the_formula() -> None:
    texts, bars = drawn("formula")
    rows = re.findall(r"n = (\d), p = (\d), k = 3, s = 2", " | ".join(texts))
    results = re.findall(r"⌋ \+ 1 = (\d)", " | ".join(texts))
    assert [len(windows(int(n), 3, 2, int(p), int(p))) for n, p in rows] == [
        int(result) for result in results
    ]
    starts = [x for x, _, w, h in bars if w == 3 and h == 0.5]
    solid = starts[::2]  # a shade and an outline each
    assert starts[1::2] == solid
    cell = min(x for x, *_ in bars)
    assert [round(x - cell) for x in solid] == [0, 2, 4, 0, 2]


def test_drawing_of_the_two_ways() -> None:
    texts, bars = drawn("two_ways")
    half = len(texts) // 2
    for side, title, pads in (
        (texts[:half], 'padding="same"', (0, 1)),
        (texts[half:], "ZeroPadding2D(1)", (1, 1)),
    ):
        assert side[0] == title
        numbered = [f"{i}{j}" for i in range(6) for j in range(6)]
        assert side[1:37] == numbered
        middles = [window[1] for window in windows(6, 3, 2, *pads)]
        picked = [f"{i}{j}" for i in middles for j in middles]
        assert [text for text in side[37:] if text] == picked
    starts = [x for x, _, w, h in bars if w == 3 and h == 0.45][::2]
    left, right = starts[:3], starts[3:]
    assert np.allclose(np.diff(left), 2) and np.allclose(np.diff(right), 2)
    # From each image's pixel 0 on: 0, 2, 4 and -1, 1, 3.
    origin = min(x for x, *_ in bars)
    assert left[0] == pytest.approx(origin)
    cells = {x for x, _, w, h in bars if w == h == 1}
    assert right[0] == pytest.approx(min(c for c in cells if c > origin + 7))


def test_drawing_of_the_dilation() -> None:
    texts, bars = drawn("dilation")
    weights = [str(weight) for weight in KERNEL.flat]
    assert texts == ["d = 1", *weights, "d = 2", *weights]
    for d, start in ((1, 0.3), (2, 8.9)):
        reach = d * (3 - 1) + 1
        assert any([x, w, h] == [start, reach, reach] for x, _, w, h in bars)

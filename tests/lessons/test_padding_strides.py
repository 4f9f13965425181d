"""What the lesson `padding_strides` claims, checked by other means.

Keras's layers are held against SciPy and against a pencil (see witnesses.py);
so are the reader's own functions.
"""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
import scipy.signal

from .conftest import Lesson
from .witnesses import convolved, map_sizes, same_padding, windows

# Sizes, windows and strides.
SMALL_CASES = [*itertools.product(range(1, 13), range(1, 6), range(1, 4))]


@pytest.fixture(scope="module")
def names(lesson: Lesson) -> dict:
    """The reader's own functions, the image and the kernel."""
    return lesson.definitions(**lesson("setup", "slide"))


@pytest.fixture(scope="module")
def layers(names: dict):
    return names["layers"]


def lit(side: list[list[int]], n: int) -> list[list[int]]:
    """What `pixels_seen` shows of windows: a row for each, 1 where it sees."""
    return [[int(pixel in window) for pixel in range(n)] for window in side]


@pytest.mark.parametrize("case", range(48))
def test_random_layers_against_numpy_and_scipy(layers, case: int) -> None:
    """Sizes, windows, channels, filters, both modes, strides, dilation.

    Height and width have each their own size, window, stride and dilation.
    SciPy computes every place and keeps every s-th.
    """
    rng = np.random.default_rng(case)
    mode = ("valid", "same")[case % 2]
    strides, dilation = np.array([[1, 1], rng.integers(1, 4, size=2)])
    if case % 3:
        strides, dilation = dilation, strides
    sizes = rng.integers(4, 10, size=2) + 3 * dilation  # holds any window
    shape = (*rng.integers(1, 5, size=2), *rng.integers(1, 4, size=2))
    image = rng.integers(-9, 10, size=(*sizes, shape[2]))
    kernel = rng.integers(-9, 10, size=shape)
    sides = list(zip(sizes, shape, strides, dilation, strict=False))
    padding = [same_padding(*s) if mode == "same" else (0, 0) for s in sides]
    slices = convolved(image, kernel, strides, padding, dilation)
    layer = layers.Conv2D(
        shape[3],
        shape[:2],
        padding=mode,
        strides=strides.tolist(),
        dilation_rate=dilation.tolist(),
    )
    layer.build((None, *image.shape))
    layer.set_weights([kernel, np.zeros(shape[3])])
    (by_keras,) = np.array(layer(image[None].astype("float32")))
    np.testing.assert_allclose(by_keras, slices, atol=1e-3)

    # And the formula, with the padding of both ends together.
    reach = dilation * np.subtract(shape[:2], 1) + 1
    expected = (sizes + np.sum(padding, axis=1) - reach) // strides + 1
    np.testing.assert_array_equal(slices.shape[:2], expected)
    if mode == "same":
        np.testing.assert_array_equal(expected, np.ceil(sizes / strides))


# --- The border effect and padding --------------------------------------------


def test_a_corner_pixel_is_in_one_window_and_the_middle_in_nine() -> None:
    seen = np.sum(lit(windows(5, 3), 5), axis=0)  # along one side
    assert np.outer(seen, seen)[2, 2] == np.outer(seen, seen).max() == 9
    assert seen[0] * seen[0] == seen[0] * seen[-1] == 1


def test_slide_is_cross_correlation(lesson, names) -> None:
    image, kernel = names["image"], names["kernel"]
    valid = scipy.signal.correlate2d(image, kernel, "valid")
    np.testing.assert_array_equal(names["slide"](image, kernel), valid)
    assert lesson.rows("slide_run") == valid.tolist()
    full = scipy.signal.correlate2d(image, kernel, "full")
    assert lesson.rows("pad_slide") == full[1:-1, 1:-1].tolist()
    np.testing.assert_array_equal(full[2:-2, 2:-2], valid)


def test_padding_that_keeps_the_size(lesson: Lesson, layers) -> None:
    """For odd windows (k - 1) / 2, whatever the size, and none for even."""
    assert [same_padding(9, k) for k in (3, 5, 7)] == [(1, 1), (2, 2), (3, 3)]
    half = layers.Conv2D(1, 3, strides=2, padding="same")
    sizes = [half.compute_output_shape((1, n, n, 1))[1] for n in (28, 7)]
    assert sizes == [14, 4]
    for k, n in itertools.product(range(1, 10), (9, 28, 31)):
        keeps = [p for p in range(10) if len(windows(n, k, 1, p, p)) == n]
        assert keeps == ([(k - 1) // 2] if k % 2 else [])
        for p in keeps:  # and each pixel is the middle of a window
            middles = [window[k // 2] for window in windows(n, k, 1, p, p)]
            assert middles == list(range(n))
    assert "k = 7: p = [3]" in lesson.printed("answer_keep")


def test_a_constant_image_comes_out_darker_at_the_border(
    lesson: Lesson, names: dict
) -> None:
    """Each value counts the pixels of its window that exist: 4, 6 or 9."""
    real = np.sum(lit(windows(5, 3, 1, 1, 1), 5), axis=1)
    expected = np.outer(real, real) * 90 // 9
    assert (expected[0, 0], expected[0, 2], expected[2, 2]) == (40, 60, 90)
    assert lesson.rows("cost") == expected.tolist()
    # Mirrored instead, all values are 90 again.
    mirrored = np.pad(np.full((5, 5), 90), 1, mode="reflect")
    output = names["keras_conv"](mirrored, np.full((3, 3), 1 / 9))
    np.testing.assert_array_equal(output, np.full((5, 5), 90))


def test_a_maximum_forgets_where(names: dict, layers) -> None:
    """Four images that differ in where the 1 is: one maximum."""
    images = np.eye(4).reshape(4, 2, 2)
    largest = np.array(layers.MaxPooling2D(2)(images[..., None]))
    assert (largest == 1).all()
    kernel = np.array([[1, 2], [3, 4]])
    strided = [names["keras_conv"](each, kernel, strides=2) for each in images]
    assert np.ravel(strided).tolist() == [1, 2, 3, 4]


def test_resnet_shrinks_by_strides_and_pads_each_side(names, layers) -> None:
    keras = names["keras"]
    with keras.StatelessScope():  # makes no weights: three times as fast
        resnet = keras.applications.ResNet50(weights=None)

    def strides(*kinds: type) -> list[tuple[int, int]]:
        return [x.strides for x in resnet.layers if isinstance(x, kinds)]

    pooling = strides(layers.MaxPooling2D, layers.AveragePooling2D)
    assert pooling == [(2, 2)]
    assert strides(layers.Conv2D).count((2, 2)) > 1
    padding, first = resnet.layers[1:3]
    assert padding.padding == ((3, 3), (3, 3))
    options = first.kernel_size, first.strides, first.padding
    assert options == ((7, 7), (2, 2), "valid")
    assert resnet.input_shape == (None, 224, 224, 3)
    assert first.output.shape == (None, 112, 112, 64)


# --- Which pixels, and how many windows ---------------------------------------


@pytest.mark.parametrize("mode", ["valid", "same"])
@pytest.mark.parametrize(
    ("k", "s", "d"),
    [(2, 1, 1), (3, 1, 1), (3, 2, 1), (4, 3, 1), (3, 1, 2)],
)
def test_which_pixels_an_output_sees(names, layers, k, s, d, mode) -> None:
    """The rule i · s - p to i · s - p + k - 1, in images with two channels."""
    n, p = 6, same_padding(6, k, s, d)[0] if mode == "same" else 0
    options = {"padding": mode, "strides": s, "dilation_rate": d}
    layer = layers.Conv2D(1, k, **options, use_bias=False)
    one_lit = np.eye(n * n * 2).reshape(-1, n, n, 2)
    layer.build(one_lit.shape)
    layer.set_weights([np.ones((k, k, 2, 1))])
    output = np.array(layer(one_lit))[..., 0]  # (images, places, places)
    seen = output.reshape(n, n, 2, *output.shape[1:]) > 0.5
    starts = [i * s - p for i in range(output.shape[1])]
    rule = [range(start, start + d * (k - 1) + 1, d) for start in starts]
    line = np.array(lit(rule, n), dtype=bool)
    expected = np.einsum("ai,bj->ijab", line, line)
    for channel in (0, 1):
        np.testing.assert_array_equal(seen[:, :, channel], expected)
    # The reader's function shows the same line.
    shown = names["pixels_seen"](n, kernel_size=k, **options)
    np.testing.assert_array_equal(shown, line)
    if (k, s, mode) == (3, 2, "valid"):
        assert not line[:, -1].any()  # the last pixel is in no window


def test_formula_in_every_small_case(lesson, names, layers) -> None:
    """Every n up to 12, k up to 5 and s up to 3, in both modes.

    Sizes from the formula, from trying every start, and from Keras, which
    has no padding unless told.
    """
    cases = {"valid": 0, "same": 0}
    for n, k, s in SMALL_CASES:
        for p in range(4):
            places = len(windows(n, k, s, p, p))
            assert max(names["output_size"](n, k, s, p), 0) == places
        found = {"same": len(windows(n, k, s, *same_padding(n, k, s)))}
        assert found["same"] == math.ceil(n / s)
        if k <= n:
            found["valid"] = len(windows(n, k, s))
        for padding, size in found.items():
            options = {"padding": padding} if padding == "same" else {}
            for layer in (
                layers.Conv2D(1, k, strides=s, **options),
                layers.AveragePooling2D(k, strides=s, **options),
            ):
                shape = layer.compute_output_shape((1, n, n, 1))
                assert shape == (1, size, size, 1)
            cases[padding] += 1
    assert lesson.metrics["valid_cases"]["page"] == cases["valid"] == 150
    assert lesson.metrics["same_size_cases"]["page"] == cases["same"] == 180


def test_first_network_by_pencil(lesson: Lesson) -> None:
    """The printed sizes are those of that lesson's summary."""
    sizes = lesson.found("output_size", r"(\d+)$")
    row = r"│ \(None, (\d+), \d+, \d+\)"
    shown = Lesson("mnist_convnet").found("summary", row)
    assert [28, *sizes] == shown == [28, 26, 13, 11, 5, 3]


@pytest.mark.parametrize(("n", "k"), [(1, 2), (2, 3), (2, 5), (4, 5)])
def test_a_window_that_does_not_fit(names, layers, n: int, k: int) -> None:
    for s in (1, 2, 3):
        assert names["output_size"](n, k, s) <= 0 == len(windows(n, k, s))
        for layer in (
            layers.Conv2D(1, k, strides=s),
            layers.MaxPooling2D(k, strides=s),
        ):
            with pytest.raises(ValueError, match="zero or negative"):
                layer(names["keras"].Input((n, n, 1)))


def test_pooling_a_too_small_array_may_go_wrong_silently(names, layers) -> None:
    if names["keras"].backend.backend() != "tensorflow":
        pytest.skip("the page says it of TensorFlow")
    empty = layers.AveragePooling2D(3)(np.ones((1, 2, 2, 1), "float32"))
    assert tuple(empty.shape) == (1, 0, 0, 1)


# --- "same" and dilation ------------------------------------------------------


def test_same_puts_the_extra_pixel_at_the_end(lesson, names) -> None:
    """The least total; if it is odd, the other way gives other values."""
    rng = np.random.default_rng(1)
    for n, k, s in SMALL_CASES:
        pads = same_padding(n, k, s)
        assert names["same_padding"](n, k, s) == pads
        if n < 10 or pads[0] == pads[1]:
            continue
        image = rng.integers(1, 10, (n, n))
        kernel = rng.integers(1, 10, (k, k))
        at_end, at_start = (
            scipy.signal.correlate2d(np.pad(image, side), kernel, "valid")
            for side in (pads, pads[::-1])
        )
        found = names["keras_conv"](image, kernel, strides=s, padding="same")
        np.testing.assert_array_equal(found, at_end[::s, ::s])
        assert not np.array_equal(found, at_start[::s, ::s])
    assert lesson.metrics["same_value_cases"]["page"] == len(SMALL_CASES)


def test_both_ways_agree_where_the_total_is_even_and_nowhere_else() -> None:
    assert sum(same_padding(5, 3, 2)) == sum(same_padding(7, 3, 2)) == 2
    for n, k in itertools.product(range(5, 15), (3, 5, 7)):
        p = (k - 1) // 2
        pads = same_padding(n, k, 2)
        same, symmetric = windows(n, k, 2, *pads), windows(n, k, 2, p, p)
        assert (same == symmetric) == (sum(pads) % 2 == 0) == (n % 2 == 1)
        if n % 2 == 0:  # every window sees what lies one pixel further
            assert [[x - 1 for x in window] for window in same] == symmetric


def test_padding_on_each_side_and_total_padding_are_one_formula(layers):
    """In total: (n + P - k) / s + 1; that per side is tested above."""
    for (n, k, s), total in itertools.product(SMALL_CASES, range(8)):
        places = len(windows(n, k, s, total // 2, total - total // 2))
        assert max((n + total - k) // s + 1, 0) == places
    assert (5 + 2 * 1 - 3) // 1 + 1 == 5 == len(windows(5, 3, 1, 1, 1))
    assert (5 + 1 - 3) // 1 + 1 == 4 != 5  # the mix-up
    for layer in (layers.Conv2D, layers.MaxPooling2D):
        assert "padding evenly" in " ".join(layer.__doc__.split())


@pytest.mark.parametrize(("k", "d"), [(1, 3), (2, 2), (3, 2), (3, 3), (4, 2)])
def test_dilation_is_a_larger_kernel_with_zeros(names, k: int, d: int) -> None:
    rng = np.random.default_rng(3)
    kernel = rng.integers(1, 10, (k, k))
    wide = names["spread"](kernel, d)
    reach = d * (k - 1) + 1
    assert (wide.shape, np.count_nonzero(wide)) == ((reach, reach), k * k)
    for n in (reach, reach + 3):
        image = rng.integers(0, 10, (n, n))
        dilated = names["keras_conv"](image, kernel, dilation_rate=d)
        expected = scipy.signal.correlate2d(image, wide, mode="valid")
        np.testing.assert_array_equal(dilated, expected)
        assert len(dilated) == names["output_size"](n, reach)


def test_keras_refuses_stride_and_dilation_together(layers) -> None:
    layers.Conv2D(1, 3, strides=2)
    layers.Conv2D(1, 3, dilation_rate=2)
    with pytest.raises(ValueError, match="not supported in conjunction"):
        layers.Conv2D(1, 3, strides=2, dilation_rate=2)


# --- Answers to the exercises -------------------------------------------------


def test_answer_sizes_by_pencil(lesson: Lesson) -> None:
    pencil = [
        len(windows(32, 5)),
        len(windows(32, 3, 2, *same_padding(32, 3, 2))),
        len(windows(13, 3, 2)),
        len(windows(32, 3, d=4)),
        len(windows(224, 7, 2, 3, 3)),
    ]
    shown = lesson.found("answer_sizes", r" -> (\d+)")
    assert shown == pencil == [28, 16, 6, 24, 112]


def test_even_windows_in_keras_and_scipy(lesson: Lesson, names: dict) -> None:
    rng = np.random.default_rng(4)
    for k, n in itertools.product((2, 4), (5, 8)):
        image = rng.integers(1, 10, (n, n))
        kernel = rng.integers(1, 10, (k, k))
        padded = np.pad(image, (k // 2 - 1, k // 2))  # more at the end
        expected = scipy.signal.correlate2d(padded, kernel, "valid")
        by_keras = names["keras_conv"](image, kernel, padding="same")
        by_scipy = scipy.signal.correlate2d(image, kernel, "same")
        np.testing.assert_array_equal(by_keras, expected)
        np.testing.assert_array_equal(by_scipy, expected)
    seen = [[i, i + 1] for i in range(5)]  # a pixel and the one after it
    assert lesson.rows("answer_even")[-5:] == lit(seen, 5)


def test_the_smallest_image_by_search(lesson: Lesson) -> None:
    """Through 3×3, 2×2 pooling, 3×3, 2×2 pooling, 3×3, from every size."""
    steps = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]
    found = [map_sizes(n, steps) for n in range(1, 29)]
    assert next(s for s in found if s[-1] >= 1) == [18, 16, 8, 6, 3, 1]
    text = lesson.printed("answer_smallest")
    assert "18 (None, 1, 1, 128)" in text
    assert "17 Computed output size would be zero or negative" in text


def test_products_counted_one_by_one(lesson: Lesson) -> None:
    counts = [sum(map(len, windows(28, 3, s))) ** 2 for s in (1, 2)]
    assert counts == lesson.metrics["products"]["page"] == [6084, 1521]


# --- The drawings -------------------------------------------------------------


def test_drawing_of_the_places(lesson: Lesson) -> None:
    drawn = lesson.drawn("places")
    places = list(itertools.product([w[0] for w in windows(5, 3)], repeat=2))
    assert drawn["texts"] == [f"({i}, {j})" for i, j in places]
    panels = np.split(np.array(drawn["rectangles"]), 9)
    for (i, j), panel in zip(places, panels, strict=True):
        left, top, *_ = panel.min(axis=0)
        cells = panel[panel[:, 2] == 1]
        assert np.round(np.ptp(cells, axis=0)[:2]).tolist() == [4, 4]
        (window,) = np.unique(panel[panel[:, 2] == 3], axis=0)
        np.testing.assert_allclose(window, [left + j, top + i, 3, 3])


def test_drawing_of_the_padding(lesson, names) -> None:
    texts = lesson.drawn("pad")["texts"]
    image, kernel = names["image"], names["kernel"]
    padded = np.pad(image, 1)
    result = scipy.signal.correlate2d(image, kernel, "same")
    cells = [*padded.flat, "×", *kernel.flat, "=", *result.flat]
    assert texts[: len(cells)] == [str(cell) for cell in cells]
    products = [text.split("·") for text in texts if "·" in text]
    factors = [(int(pixel), int(weight)) for pixel, weight in products]
    assert factors == list(zip(padded[:3, :3].flat, kernel.flat, strict=True))
    assert texts[-1] == f"= {sum(a * b for a, b in factors)}" == "= 11"
    assert [a * b for a, b in factors].count(0) == 5


def test_drawing_of_the_stride(lesson, names) -> None:
    image, kernel = names["image"], names["kernel"]
    every = scipy.signal.correlate2d(image, kernel, "valid")
    numbers = [*image.flat, *every.flat, *every[::2, ::2].flat]
    assert len(numbers) == 5 * 5 + 3 * 3 + 2 * 2
    shown = [text for text in lesson.drawn("stride")["texts"] if text]
    assert shown == [*map(str, numbers), "s = 1", "s = 2"]
    first, after = windows(5, 3, 2)  # neighboring windows overlap
    assert set(first) & set(after) == {2}


def test_drawing_of_the_formula(lesson: Lesson) -> None:
    drawn = lesson.drawn("formula")
    texts, bars = " | ".join(drawn["texts"]), drawn["rectangles"]
    rows = re.findall(r"n = (\d), p = (\d), k = 3, s = 2", texts)
    results = re.findall(r"⌋ \+ 1 = (\d)", texts)
    assert rows == [("5", "1"), ("6", "0")]
    sides = [windows(int(n), 3, 2, int(p), int(p)) for n, p in rows]
    assert [str(len(side)) for side in sides] == results
    starts = [x for x, _, width, height in bars if (width, height) == (3, 0.5)]
    cell = min(x for x, *_ in bars)  # the first one, be it padding or pixel 0
    assert [round(x - cell) for x in starts[::2]] == [
        window[0] - side[0][0] for side in sides for window in side
    ]  # every other bar is an outline


def test_drawing_of_the_two_ways(lesson: Lesson) -> None:
    drawn = lesson.drawn("two_ways")
    texts, bars = drawn["texts"], np.array(drawn["rectangles"])
    starts = bars[(bars[:, 2] == 3) & (bars[:, 3] == 0.45), 0][::2]
    cells = np.unique(bars[(bars[:, 2] == 1) & (bars[:, 3] == 1), 0])
    second = cells[cells > cells[0] + 7][0]  # where the right image begins
    assert windows(6, 3, 2, 1, 1) == [[-1, 0, 1], [1, 2, 3], [3, 4, 5]]
    for half, title, pads, begin in (
        (0, 'padding="same"', (0, 1), cells[0]),
        (1, "ZeroPadding2D(1)", (1, 1), second),
    ):
        side = windows(6, 3, 2, *pads)
        shown = texts[half * len(texts) // 2 :][: len(texts) // 2]
        numbered = [f"{i}{j}" for i, j in np.ndindex(6, 6)]
        assert shown[:37] == [title, *numbered]
        picked = [f"{i[1]}{j[1]}" for i, j in itertools.product(side, side)]
        assert [text for text in shown[37:] if text] == picked
        printed = np.array(lesson.rows("two_results"), int)[3 * half :][:3]
        assert [int(text) for text in picked] == printed.ravel().tolist()
        np.testing.assert_allclose(
            starts[3 * half :][:3] - begin, [w[0] + pads[0] for w in side]
        )


def test_drawing_of_the_dilation(lesson, names) -> None:
    drawn = lesson.drawn("dilation")
    weights = [str(weight) for weight in names["kernel"].flat]
    assert drawn["texts"] == ["d = 1", *weights, "d = 2", *weights]
    windows_drawn = [[x, w, h] for x, _, w, h in drawn["rectangles"]]
    assert [0.3, 3, 3] in windows_drawn  # d = 1, on the left
    assert [8.9, 2 * (3 - 1) + 1, 5] in windows_drawn

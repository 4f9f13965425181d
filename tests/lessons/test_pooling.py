"""What the lesson `pooling` claims, checked by other means.

Layers are held against NumPy loops and SciPy, receptive fields against index
sets and against pixels that are changed one by one, counts against a pencil,
and what the text says about training against all recorded seeds.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage

from tests.harness import datasets
from tests.harness.pages import read_page
from tests.harness.records import Record

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "pooling")
DRAWINGS = Record(ROOT, "drawings/pooling")
VARIANTS = ("max", "average", "strides", "global", "none")

IMAGE = np.array([[1, 3, 2, 5], [4, 8, 1, 0], [7, 2, 6, 1], [0, 5, 9, 4]])
POOLED = [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]  # window, stride
PLAIN = [(3, 1), (3, 1), (3, 1)]


@pytest.fixture(scope="module")
def metrics() -> dict[str, dict]:
    return RECORD.metrics()


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """The shipped test images: (10000, 28, 28)."""
    with np.load(datasets.checked("mnist")) as arrays:
        return arrays["x_test"]


@pytest.fixture(scope="module")
def lesson() -> dict:
    """The reader's own functions and networks, untrained."""
    page = read_page(ROOT / "docs/en/pooling.md", ROOT)
    code = {block.name: block.code for block in page.blocks}
    namespace: dict = {}
    for name in ("setup", "pool", "build"):
        exec(code[name], namespace)
    functions = code["multiply_adds"].partition("def describe")[0]
    exec(functions, namespace)
    return namespace


def seeds(metrics: dict[str, dict], name: str) -> np.ndarray:
    """A metric over the recorded seeds."""
    return np.array(metrics[name]["seeds"])


def printed(section: str) -> str:
    text = RECORD.text(section)
    assert text, f"nothing is recorded of {section}"
    return text


def arrays(text: str) -> list[list[float]]:
    """Rows of all matrices in a printed text."""
    rows = re.findall(r"\[+([-\d. ]+)\]", text)
    return [[float(value) for value in row.split()] for row in rows]


# --- Pooling layers -----------------------------------------------------------


def by_loops(
    maps: np.ndarray, window: int, stride: int, padding: str, choose
) -> np.ndarray:
    """Pool (height, width, channels); what is padded takes no part."""
    starts = []
    for side in maps.shape[:2]:
        if padding == "valid":
            count, before = (side - window) // stride + 1, 0
        else:
            count = -(-side // stride)
            before = max((count - 1) * stride + window - side, 0) // 2
        starts.append([place * stride - before for place in range(count)])
    pooled = np.empty((len(starts[0]), len(starts[1]), maps.shape[2]))
    for (i, top), (j, left) in itertools.product(*map(enumerate, starts)):
        patch = maps[max(top, 0) : top + window, max(left, 0) : left + window]
        pooled[i, j] = choose(patch, axis=(0, 1))
    return pooled


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_keras_pools_as_loops_do(padding: str) -> None:
    from keras import layers

    rng = np.random.default_rng(0)
    cases = itertools.product((4, 5, 9), (4, 6, 7), (1, 3), (2, 3), (1, 2, 3))
    for height, width, channels, window, stride in cases:
        maps = rng.normal(size=(height, width, channels)).astype("float32")
        for kind, choose in (
            (layers.MaxPooling2D, np.max),
            (layers.AveragePooling2D, np.mean),
        ):
            layer = kind(pool_size=window, strides=stride, padding=padding)
            np.testing.assert_allclose(
                layer(maps[None])[0],
                by_loops(maps, window, stride, padding, choose),
                atol=1e-6,
                err_msg=f"{kind.__name__} {maps.shape} {window} {stride}",
            )
            assert layer.count_params() == 0


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_keras_pools_as_scipy_filters(padding: str) -> None:
    """SciPy's filter at every cell, then every `stride`-th of them."""
    from keras import layers

    rng = np.random.default_rng(1)
    cases = itertools.product((4, 5, 8), (5, 6), (1, 2), (2, 3), (1, 2, 3))
    for height, width, channels, window, stride in cases:
        maps = rng.normal(size=(height, width, channels)).astype("float32")
        sides, before = np.array(maps.shape[:2]), np.zeros(2, int)
        counts = (sides - window) // stride + 1
        if padding == "same":
            counts = -(-sides // stride)
            total = np.maximum((counts - 1) * stride + window - sides, 0)
            before = total // 2
        wide = np.pad(
            maps,
            [(int(b), window) for b in before] + [(0, 0)],
            constant_values=-np.inf,
        )
        # Without an origin, the window around cell i begins at i - size // 2.
        filtered = scipy.ndimage.maximum_filter(
            wide, size=(window, window, 1), origin=(-(window // 2),) * 2 + (0,)
        )
        expected = filtered[::stride, ::stride][: counts[0], : counts[1]]
        layer = layers.MaxPooling2D(window, strides=stride, padding=padding)
        np.testing.assert_array_equal(layer(maps[None])[0], expected)


def test_scipys_window_of_two_is_a_cell_and_the_one_before() -> None:
    row = np.array([0.0, 5, 0, 0, 0])
    np.testing.assert_array_equal(
        scipy.ndimage.maximum_filter(row, size=2), [0, 5, 5, 0, 0]
    )
    np.testing.assert_array_equal(
        scipy.ndimage.uniform_filter(row, size=2), [0, 2.5, 2.5, 0, 0]
    )


def test_windows_move_by_their_own_size_unless_told() -> None:
    from keras import layers

    for kind in (layers.MaxPooling2D, layers.AveragePooling2D):
        assert kind(pool_size=3).strides == (3, 3)
        assert kind(pool_size=3).padding == "valid"


def test_the_four_windows_by_pencil() -> None:
    maximum, average = [[8, 5], [7, 9]], [[4, 2], [3.5, 5]]
    assert arrays(printed("by_hand")) == [*maximum, *average]
    np.testing.assert_array_equal(
        scipy.ndimage.maximum_filter(IMAGE, size=2)[1::2, 1::2], maximum
    )
    (axes,) = DRAWINGS.figure_data("windows")["axes"]
    shown = [t for t in axes["texts"] if t.replace(".", "").isdigit()]
    expected = []
    for i, j in np.ndindex(2, 2):
        patch = IMAGE[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        expected += [*patch.flat, maximum[i][j], average[i][j]]
    assert [float(text) for text in shown] == expected


def test_where_the_maximum_stands_does_not_show(lesson: dict) -> None:
    """Move the 8 to any place of its window: the same; out of it: not."""
    pool = lesson["pool"]
    before = pool(IMAGE, size=2, stride=2, choose=np.max)
    for i, j in np.ndindex(4, 4):
        moved = IMAGE.copy()
        moved[1, 1], moved[i, j] = moved[i, j], moved[1, 1]
        after = pool(moved, size=2, stride=2, choose=np.max)
        assert np.array_equal(after, before) == (i < 2 and j < 2), (i, j)


def test_padding_takes_no_part() -> None:
    """Even where all values are negative, no zero comes out."""
    from keras import layers

    maps = np.full((1, 5, 5, 1), -3, dtype="float32")
    for kind in (layers.MaxPooling2D, layers.AveragePooling2D):
        pooled = kind(pool_size=2, padding="same")(maps)
        np.testing.assert_array_equal(pooled, np.full((1, 3, 3, 1), -3))


# --- Shifts -------------------------------------------------------------------


def test_the_row_by_pencil() -> None:
    rows = arrays(printed("shift_row"))
    assert rows[1::2] == [[0, 9, 4, 0], [0, 3, 9, 0], [0, 0, 9, 4]]
    assert rows[0::2] == [
        [0, 0, 3, 9, 4, 0, 0, 0],
        [0, 0, 0, 3, 9, 4, 0, 0],
        [0, 0, 0, 0, 3, 9, 4, 0],
    ]
    (axes,) = DRAWINGS.figure_data("shift")["axes"]
    drawn = [float(text) for text in axes["texts"] if text.isdigit()]
    assert drawn == [value for row in rows for value in row]


def responses(images: np.ndarray) -> np.ndarray:
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    maps = scipy.ndimage.correlate(images.astype(int), kernel[None])
    return np.maximum(maps[:, 1:-1, 1:-1], 0)


def shrunk(maps: np.ndarray, name: str) -> np.ndarray:
    if name == "none":
        return maps
    if name == "strides":
        return maps[:, ::2, ::2]
    if name == "maximum":
        filtered = scipy.ndimage.maximum_filter(maps, size=(1, 2, 2))
        return filtered[:, 1::2, 1::2]
    n = len(maps)
    return maps.reshape(n, 13, 2, 13, 2).sum(axis=(2, 4)) / 4


def test_what_stays_after_a_shift(metrics, digits) -> None:
    maps = responses(digits)
    changes = {}
    for shift, suffix in ((1, ""), (2, "_two")):
        shifted = np.zeros_like(digits)
        shifted[:, :, shift:] = digits[:, :, :-shift]
        moved = responses(shifted)
        # What a convolution does to a shift: the map moves along.
        np.testing.assert_array_equal(moved[:, :, shift:], maps[:, :, :-shift])
        for name in ("none", "strides", "average", "maximum"):
            before, after = shrunk(maps, name), shrunk(moved, name)
            either = np.maximum(before, after) > 0
            same = 1 - np.count_nonzero(before != after) / either.sum()
            change = np.abs(before - after).sum() / before.sum()
            changes[name, shift] = same, change
            if f"same_{name}{suffix}" not in metrics:
                continue
            for kind, value in (("same", same), ("change", change)):
                recorded = seeds(metrics, f"{kind}_{name}{suffix}")
                np.testing.assert_allclose(recorded, value, rtol=1e-9)
    text = printed("shift_measure")
    for (name, shift), (same, change) in changes.items():
        shown = "no pooling" if name == "none" else name
        assert re.search(
            rf"shift {shift}, {shown} +same +{same:.1%} change +{change:.0%}",
            text,
        )
    for shift in (1, 2):
        order = [changes[n, shift][1] for n in ("maximum", "average", "none")]
        assert order == sorted(order)


# --- Receptive fields ---------------------------------------------------------


def traced(steps: list[tuple[int, int]], unit: int) -> list[set[int]]:
    """What a unit is computed from along one side, map by map, down."""
    sets = [{unit}]
    for window, stride in reversed(steps):
        sets.append(
            {
                stride * each + offset
                for each in sets[-1]
                for offset in range(window)
            }
        )
    return sets


def sizes(steps: list[tuple[int, int]]) -> list[int]:
    """How many pixels a unit sees after each step."""
    return [
        len(traced(steps[: count + 1], 0)[-1]) for count in range(len(steps))
    ]


def test_receptive_fields_by_index_sets() -> None:
    assert sizes(POOLED) == [3, 4, 8, 10, 18]
    assert sizes(PLAIN) == [3, 5, 7]
    for section, steps in (
        ("receptive_field", POOLED),
        ("receptive_field_none", PLAIN),
    ):
        rows = re.findall(r"sees +(\d+), jump (\d+)", printed(section))
        assert [int(size) for size, _ in rows] == sizes(steps)
        for count, (_, jump) in enumerate(rows, start=1):
            first, second = (
                min(traced(steps[:count], unit)[-1]) for unit in (0, 1)
            )
            assert int(jump) == second - first


def test_receptive_field_by_changing_pixels(lesson: dict) -> None:
    """Raise each pixel in turn; see whether the last map's center notices.

    With positive weights and positive inputs nothing cancels, and a pixel
    that is raised far enough is the largest of every window it stands in.
    """
    import keras

    rng = np.random.default_rng(0)
    base = rng.random((28, 28, 1), dtype="float32")
    raised = np.repeat(base[None], 28 * 28, axis=0)
    raised[np.arange(28 * 28), *np.divmod(np.arange(28 * 28), 28), 0] += 100
    for variant, last, first, size in (
        ("max", -3, 4, 18),
        ("average", -3, 4, 18),
        ("none", -3, 11, 7),
    ):
        network = lesson["build"](variant)
        for weight in network.trainable_variables:
            weight.assign(rng.random(weight.shape) / 10)
        part = keras.Model(network.inputs, network.layers[last].output)
        middle = part.output_shape[1] // 2
        after = part.predict(raised, verbose=0)[:, middle, middle]
        before = part.predict(base[None], verbose=0)[:, middle, middle]
        # Far above what another order of adding up can change.
        noticed = (~np.isclose(after, before, rtol=1e-3)).any(axis=1)
        expected = np.zeros((28, 28), dtype=bool)
        expected[first : first + size, first : first + size] = True
        np.testing.assert_array_equal(noticed.reshape(28, 28), expected)


def test_squares_that_the_gradients_confirmed(metrics) -> None:
    expected = [*sizes(POOLED)[::2], *sizes(PLAIN)]
    assert expected == [3, 8, 18, 3, 5, 7]
    assert (seeds(metrics, "square_sizes") == expected).all()
    found = re.findall(r"sees +(\d+) × (\d+)", printed("confirm"))
    assert found == [(str(size), str(size)) for size in expected]
    figure = RECORD.figure_data("squares")
    places = [26, 11, 3, 26, 24, 22]  # along a side of each map
    steps = [POOLED[:1], POOLED[:3], POOLED, PLAIN[:1], PLAIN[:2], PLAIN]
    for axes, count, path in zip(figure["axes"], places, steps, strict=True):
        seen = traced(path, count // 2)[-1]
        corner, size = min(seen) - 0.5, len(seen)
        assert axes["rectangles"] == [[corner, corner, size, size]]
        assert axes["title"].endswith(f": {len(seen)} × {len(seen)}")


def test_receptive_field_drawing() -> None:
    (axes,) = DRAWINGS.figure_data("receptive_field")["axes"]
    counts = [int(text) for text in axes["texts"] if text.isdigit()]
    polygons = iter(axes["polygons"])
    expected_counts = []
    for steps, unit in ((POOLED, 1), (PLAIN, 11)):
        sets = traced(steps, unit)
        expected_counts += [len(each) for each in sets]
        edges = []  # of what is seen, in pixels, in the middle of its pixels
        for level, each in enumerate(sets):
            below = steps[: len(steps) - level]
            jump = int(np.prod([stride for _, stride in below]))
            ends = []
            for unit_ in (min(each), max(each)):
                pixels = traced(below, unit_)[-1]
                ends.append((min(pixels) + max(pixels) + 1) / 2)
            edges.append((ends[0] - jump / 2, ends[1] + jump / 2))
        for upper, lower in itertools.pairwise(edges):
            corners = np.array(next(polygons))[:4, 0]
            np.testing.assert_allclose(
                corners - 7.5, [*upper, lower[1], lower[0]]
            )
    assert next(polygons, None) is None
    assert counts == expected_counts == [1, 3, 6, 8, 16, 18, 1, 3, 5, 7]


def test_gradient_goes_to_the_winner() -> None:
    """By finite differences: how the sum of the pooled map reacts."""

    def total(image: np.ndarray, choose) -> float:
        return choose(image.reshape(2, 2, 2, 2), axis=(1, 3)).sum()

    rows = arrays(printed("winners"))
    for choose, shown in ((np.max, rows[:4]), (np.mean, rows[4:])):
        for place in np.ndindex(4, 4):
            step = np.zeros((4, 4))
            step[place] = 1e-3
            slope = (total(IMAGE + step, choose) - total(IMAGE, choose)) / 1e-3
            assert shown[place[0]][place[1]] == pytest.approx(slope)


# --- Counts -------------------------------------------------------------------


def maps_of(variant: str) -> list[tuple[int, int]]:
    """Side and channels of the map that each convolution makes."""
    side, found = 28, []
    for filters in (32, 64, 128):
        stride = 2 if variant == "strides" and filters < 128 else 1
        side = (side - 3) // stride + 1
        found.append((side, filters))
        if variant in ("max", "average", "global") and filters < 128:
            side //= 2
    return found


def counted_by_pencil(variant: str) -> tuple[int, int, int]:
    """Parameters in Dense, parameters, multiply-adds for an image."""
    parameters = work = 0
    channels = 1
    for side, filters in maps_of(variant):
        parameters += (9 * channels + 1) * filters
        work += side * side * 9 * channels * filters
        channels = filters
    side = maps_of(variant)[-1][0]
    values = 128 if variant == "global" else side * side * 128
    dense = (values + 1) * 10
    return dense, parameters + dense, work + values * 10


def test_counts_by_pencil(metrics) -> None:
    assert counted_by_pencil("max")[:2] == (11_530, 104_202)
    assert counted_by_pencil("none")[:2] == (619_530, 712_202)
    assert counted_by_pencil("global")[1] == 93_962
    shown = {
        name: tuple(int(part.replace(",", "")) for part in parts)
        for name, *parts in re.findall(
            r"(\w+) +(\d+) × +(\d+) × (\d+) +([\d,]+) in Dense +"
            r"([\d,]+) in all +([\d,]+) multiply-adds",
            printed("describe"),
        )
    }
    assert shown.keys() == set(VARIANTS)
    for variant in VARIANTS:
        side, channels = maps_of(variant)[-1]
        counts = counted_by_pencil(variant)
        assert shown[variant] == (side, side, channels, *counts)
        assert (seeds(metrics, f"{variant}_parameters") == counts[1]).all()
        assert (seeds(metrics, f"{variant}_work") == counts[2]).all()
    first = printed("multiply_adds").splitlines()
    assert first == printed("describe").splitlines()[:2]


@pytest.mark.parametrize("variant", VARIANTS)
def test_multiply_adds_by_summing_ones(lesson: dict, variant: str) -> None:
    """With all inputs and weights 1, a layer's outputs sum to its products."""
    network = lesson["build"](variant)
    kernels = [layer for layer in network.layers if hasattr(layer, "filters")]
    assert [
        (layer.output.shape[1], layer.filters) for layer in kernels
    ] == maps_of(variant)
    total = 0.0
    for layer in network.layers:
        if not layer.weights:
            continue
        kernel, bias = layer.weights
        kernel.assign(np.ones(kernel.shape))
        bias.assign(np.zeros(bias.shape))
        ones = np.ones((1, *layer.input.shape[1:]), dtype="float32")
        activation, layer.activation = layer.activation, lambda x: x
        total += float(np.asarray(layer(ones), dtype=float).sum())
        layer.activation = activation
    assert total == counted_by_pencil(variant)[2]
    assert lesson["multiply_adds"](network) == total
    assert network.count_params() == counted_by_pencil(variant)[1]


def test_strides_look_at_every_second_place() -> None:
    """A convolution with stride 2 is one with stride 1, thinned out."""
    import keras

    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 28, 28, 3)).astype("float32")
    kernel = rng.normal(size=(3, 3, 3, 4)).astype("float32")
    np.testing.assert_allclose(
        keras.ops.conv(images, kernel, strides=2, padding="valid"),
        np.asarray(keras.ops.conv(images, kernel, padding="valid"))[
            :, ::2, ::2
        ],
        atol=1e-5,
    )


@pytest.mark.parametrize(("pooled", "side"), [(False, 174), (True, 41)])
def test_the_last_map_of_larger_images(pooled: bool, side: int) -> None:
    """Of images of 180 pixels a side, asked of Keras."""
    import keras
    from keras import layers

    x = inputs = keras.Input(shape=(180, 180, 1))
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3)(x)
        if pooled:
            x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(128, 3)(x)
    assert x.shape[1:] == (side, side, 128)
    weights = side * side * 128 * 10
    assert weights + 10 == {174: 38_753_290, 41: 2_151_690}[side]
    assert keras.Model(inputs, x).count_params() == 92_672


# --- What the runs show -------------------------------------------------------


def test_what_three_runs_of_each_can_show(metrics) -> None:
    """Six runs in random order: in 1 of 10, all of one network come first."""
    orders = list(itertools.combinations(range(6), 3))  # places of the one
    ahead = [order for order in orders if order in {(0, 1, 2), (3, 4, 5)}]
    assert len(ahead) / len(orders) == 1 / 10
    assert len(list(itertools.combinations(VARIANTS, 2))) == 10
    for variant in VARIANTS:
        assert len(metrics[f"{variant}_accuracy"]["seeds"]) == 3


def test_every_network_gets_the_same_budget() -> None:
    """One function trains them all; only the network is different."""
    page = read_page(ROOT / "docs/en/pooling.md", ROOT)
    code = {block.name: block.code for block in page.blocks}
    assert "train_images[:20_000]" in code["train"]
    assert "train_labels[:20_000]" in code["train"]
    assert "epochs=3" in code["train"]
    trained = "".join(
        code[name] for name in ("train_max", "train_none", "compare")
    )
    assert trained.count("train(networks[") == 3
    assert all(
        ".fit(" not in text for name, text in code.items() if name != "train"
    )


def test_results_figure_shows_the_accuracies(metrics) -> None:
    (axes,) = RECORD.figure_data("results")["axes"]
    assert sorted(axes["texts"]) == sorted(VARIANTS)
    for line, name in zip(axes["lines"], axes["texts"], strict=True):
        (work,), (accuracy,) = line["x"], line["y"]
        assert work == pytest.approx(counted_by_pencil(name)[2] / 1e6, rel=1e-5)
        assert accuracy == pytest.approx(
            metrics[f"{name}_accuracy"]["page"], rel=1e-5
        )


def test_printed_accuracies_are_those_of_the_metrics(metrics) -> None:
    text = "".join(map(printed, ("train_max", "train_none", "compare")))
    shown = dict(re.findall(r"(\w+) +(0\.\d{4})", text))
    assert shown.keys() == set(VARIANTS)
    for variant, accuracy in shown.items():
        page = metrics[f"{variant}_accuracy"]["page"]
        assert accuracy == f"{page:.4f}"


def test_moved_digits_stay_whole(digits) -> None:
    """Four pixels to the right, next to no ink leaves the image."""
    lost = digits[:, :, -4:].sum(dtype=float) / digits.sum(dtype=float)
    assert lost < 0.01


def test_averages_are_paler_than_maxima(digits) -> None:
    maps = responses(digits[1:2])
    maximum, average = shrunk(maps, "maximum"), shrunk(maps, "average")
    assert (average <= maximum).all()
    assert average.sum() < 0.7 * maximum.sum()
    figure = RECORD.figure_data("look")
    names = [axes["title"] for axes in figure["axes"]]
    assert names == ["input", "response", "maximum", "average"]
    for axes, expected in zip(
        figure["axes"][2:], (maximum[0], average[0]), strict=True
    ):
        np.testing.assert_allclose(axes["images"][0], expected, rtol=1e-5)


# --- Answers to the exercises -------------------------------------------------


def test_answer_pencil() -> None:
    image = np.array(
        [[-1, -4, 0, 2], [-3, -2, 5, 1], [6, 0, -7, -5], [1, 2, -6, -8]]
    )
    filtered = scipy.ndimage.maximum_filter(image, size=2)[1:, 1:]
    rows = arrays(printed("answer_pencil"))
    np.testing.assert_array_equal(rows[:2], filtered[::2, ::2])
    np.testing.assert_array_equal(rows[2:], filtered)


def test_answer_two_windows() -> None:
    text = printed("answer_two_windows")
    assert sizes([(3, 1), (3, 1)])[-1] == sizes([(5, 1)])[-1] == 5
    assert re.findall(r"sees +(\d+)", text) == ["3", "5", "5"]
    assert 2 * (9 * 64 + 1) * 64 == 73_856
    assert (25 * 64 + 1) * 64 == 102_464
    assert "73,856 and 102,464" in text


def test_answer_overlap() -> None:
    text = printed("answer_overlap")
    assert int((26 - 3) / 2) == 11
    side, sides = 28, []
    for window, stride in [(3, 1), (3, 2), (3, 1), (3, 2), (3, 1)]:
        side = len(range(0, side - window + 1, stride))  # by counting places
        sides.append(side)
    assert sides == [26, 12, 10, 4, 2]
    shapes = re.findall(r"\(None, (\d+), (\d+), \d+\)", text)
    assert shapes == [(str(s), str(s)) for s in sides]
    steps = [(3, 1), (3, 2), (3, 1), (3, 2), (3, 1)]
    assert sizes(steps) == [3, 5, 9, 13, 21]
    assert [int(s) for s in re.findall(r"sees +(\d+)", text)] == sizes(steps)


def test_answer_global() -> None:
    convolutions = [(9 * 1 + 1) * 32, (9 * 32 + 1) * 64, (9 * 64 + 1) * 128]
    assert convolutions == [320, 18_496, 73_856]
    assert sum(convolutions) + 1_290 == 93_962
    assert printed("answer_global").count("93,962") == 2


def test_answer_shift(digits) -> None:
    maps = responses(digits)
    once = shrunk(maps, "maximum")

    def again(pooled: np.ndarray) -> np.ndarray:
        filtered = scipy.ndimage.maximum_filter(pooled, size=(1, 2, 2))
        return filtered[:, 1::2, 1::2]

    expected = []
    for shift in (1, 2, 3, 4):
        shifted = np.zeros_like(digits)
        shifted[:, :, shift:] = digits[:, :, :-shift]
        moved = shrunk(responses(shifted), "maximum")
        expected.append(
            tuple(
                str(np.array_equal(after[:, :, 1:], before[:, :, :-1]))
                for before, after in (
                    (once, moved),
                    (again(once), again(moved)),
                )
            )
        )
    text = printed("answer_shift")
    assert re.findall(r"once (\w+) and twice (\w+)", text) == expected
    assert expected[1] == ("True", "False")
    assert expected[3] == ("False", "True")


def test_global_average_ignores_where_things_are() -> None:
    """Shuffle the places of a map: Flatten notices, the global mean not."""
    import keras
    from keras import layers

    rng = np.random.default_rng(0)
    maps = rng.random((1, 3, 3, 8), dtype="float32")
    shuffled = maps.reshape(1, 9, 8)[:, rng.permutation(9)].reshape(maps.shape)
    mean = layers.GlobalAveragePooling2D()
    np.testing.assert_allclose(mean(maps), mean(shuffled), atol=1e-6)
    np.testing.assert_allclose(mean(maps), maps.mean(axis=(1, 2)), atol=1e-6)
    flat = layers.Flatten()
    assert not np.allclose(flat(maps), flat(shuffled))
    network = keras.Sequential(
        [
            keras.Input(shape=(None, None, 8)),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )
    assert network(np.zeros((1, 5, 7, 8))).shape == (1, 10)
    assert network(np.zeros((1, 22, 22, 8))).shape == (1, 10)

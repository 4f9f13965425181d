"""What the lesson `pooling` claims, checked by other means.

Layers are held against NumPy loops and SciPy, receptive fields against sets
of pixels, counts against a pencil (see witnesses.py), and what the text says
about training against all recorded seeds.
"""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import scipy.ndimage
from keras import layers

from .conftest import Lesson, shows_runs
from .witnesses import (
    CONVNET,
    conv,
    dense,
    map_sizes,
    pooled,
    receptive_fields,
    traced,
)

VARIANTS = ("none", "max", "learned", "average", "strided", "global")
PLAIN = [(3, 1), (3, 1), (3, 1)]


@pytest.fixture(scope="module")
def image(lesson: Lesson) -> np.ndarray:
    """The map of the first section, (4, 4)."""
    return lesson("setup", "pool", "by_hand")["image"]


# --- Pooling layers -----------------------------------------------------------


@pytest.mark.parametrize("stride", [None, 1, 2, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_keras_pools_as_loops_do(padding: str, stride: int | None) -> None:
    """The same window by window, which moves by its own size unless told.

    All values are negative: a zero of the padding would show.
    """
    rng = np.random.default_rng(0)
    options = {"padding": padding} if padding == "same" else {}  # the default
    for height, width, size in itertools.product((5, 9), (4, 7), (2, 3)):
        maps = rng.uniform(-2, -1, (height, width, 3)).astype("float32")
        for kind, choose in (
            (layers.MaxPooling2D, np.max),
            (layers.AveragePooling2D, np.mean),
        ):
            layer = kind(pool_size=size, strides=stride, **options)
            np.testing.assert_allclose(
                layer(maps[None])[0],
                pooled(maps, size, stride or size, padding, choose),
                rtol=1e-6,
                err_msg=f"{kind.__name__} {maps.shape} {size}",
            )
            assert layer.count_params() == 0


def test_the_four_windows_by_pencil(lesson: Lesson, image: np.ndarray) -> None:
    maximum, average = [[8, 5], [7, 9]], [[4, 2], [3.5, 5]]
    assert lesson.rows("by_hand") == [*maximum, *average]
    np.testing.assert_array_equal(
        scipy.ndimage.maximum_filter(image, size=2)[1::2, 1::2], maximum
    )
    expected = []
    for i, j in np.ndindex(2, 2):
        patch = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        expected += [*patch.flat, maximum[i][j], average[i][j]]
    texts = lesson.drawn("windows")["texts"]
    shown = [float(t) for t in texts if t.replace(".", "").isdigit()]
    assert shown == expected


def test_where_the_maximum_stands_does_not_show(lesson, image) -> None:
    """Move the 8 to any place of its window: the same; out of it: not."""
    pool = lesson.definitions("setup", "pool")["pool"]
    before = pool(image, size=2, stride=2, choose=np.max)
    for i, j in np.ndindex(4, 4):
        moved = image.copy()
        moved[1, 1], moved[i, j] = moved[i, j], moved[1, 1]
        after = pool(moved, size=2, stride=2, choose=np.max)
        assert np.array_equal(after, before) == (i < 2 and j < 2), (i, j)


# --- Shifts -------------------------------------------------------------------


def test_the_row_by_pencil(lesson: Lesson) -> None:
    rows = lesson.rows("shift_row")
    assert rows == [
        *([0, 0, 3, 9, 4, 0, 0, 0], [0, 9, 4, 0]),
        *([0, 0, 0, 3, 9, 4, 0, 0], [0, 3, 9, 0]),
        *([0, 0, 0, 0, 3, 9, 4, 0], [0, 0, 9, 4]),
    ]
    texts = lesson.drawn("shift")["texts"]
    drawn = [float(text) for text in texts if text.isdigit()]
    assert drawn == list(itertools.chain(*rows))


def responses(images: np.ndarray) -> np.ndarray:
    """Sobel's response, (n, 28, 28) -> (n, 26, 26), one axis at a time."""
    smooth = scipy.ndimage.correlate1d(images.astype("int16"), [1, 2, 1], 1)
    maps = scipy.ndimage.correlate1d(smooth, [-1, 0, 1], 2)
    return np.maximum(maps[:, 1:-1, 1:-1], 0)


@pytest.fixture(scope="module")
def held_out(mnist: dict[str, np.ndarray]) -> np.ndarray:
    return mnist["x_train"][50_000:]  # the validation images


@pytest.fixture(scope="module")
def shifted(held_out: np.ndarray) -> list[np.ndarray]:
    """Responses to them, moved to the right by 0 to 4 pixels."""
    wide = np.pad(held_out, ((0, 0), (0, 0), (4, 0)))
    return [responses(wide[:, :, 4 - n : 32 - n]) for n in range(5)]


def shrunk(maps: np.ndarray, name: str) -> np.ndarray:
    """Maps after pooling by half, sides even; as they are for "none"."""
    n, side, _ = maps.shape
    squares = maps.reshape(n, side // 2, 2, side // 2, 2)
    means = {"maximum": squares.max, "average": squares.mean}
    return maps if name == "none" else means[name](axis=(2, 4))


def test_what_stays_after_a_shift(lesson: Lesson, shifted: list) -> None:
    for shift, suffix in ((1, ""), (2, "_two")):
        # What a convolution does to a shift: the map moves along.
        np.testing.assert_array_equal(
            shifted[shift][:, :, shift:], shifted[0][:, :, :-shift]
        )
        for name in ("none", "average", "maximum"):
            before, after = (shrunk(shifted[n], name) for n in (0, shift))
            either = np.count_nonzero(np.maximum(before, after))
            kept = 1 - np.count_nonzero(before != after) / either
            shown = "no pooling" if name == "none" else name
            assert re.search(
                rf"shift {shift}, {shown} +kept +{kept:.1%}\n",
                lesson.printed("shift_measure"),
            )
            metric = f"kept_{name}{suffix}"
            if metric in lesson.metrics:
                assert lesson.seeds(metric) == pytest.approx(kept)


def test_kept_values_only_moved_within_their_window(shifted: list) -> None:
    """A maximum that stays stood in the left column of its window before."""
    before, after = (shrunk(maps, "maximum") for maps in shifted[:2])
    left = np.maximum(shifted[0][:, ::2, ::2], shifted[0][:, 1::2, ::2])
    kept = (before == after) & (before > 0)
    assert (left == before)[kept].mean() > 0.99


# --- Receptive fields ---------------------------------------------------------


def test_receptive_fields_by_index_sets(lesson: Lesson) -> None:
    assert receptive_fields(CONVNET) == [3, 4, 8, 10, 18]
    assert receptive_fields(PLAIN) == [3, 5, 7]
    for section, steps in (
        ("receptive_field", CONVNET),
        ("receptive_field_none", PLAIN),
    ):
        rows = lesson.found(section, r"sees +(\d+), jump (\d+)")
        assert [size for size, _ in rows] == receptive_fields(steps)
        for count, (_, jump) in enumerate(rows, start=1):
            first, second = (
                min(traced(steps[:count], unit)[-1]) for unit in (0, 1)
            )
            assert jump == second - first


def test_squares_that_the_gradients_confirmed(lesson: Lesson) -> None:
    expected = [*receptive_fields(CONVNET)[::2], *receptive_fields(PLAIN)]
    assert expected == [3, 8, 18, 3, 5, 7]
    assert (lesson.seeds("square_sizes") == expected).all()
    found = lesson.found("confirm", r"sees +(\d+) × (\d+)")
    assert found == [[size, size] for size in expected]
    figure = lesson.record.figure_data("squares")
    places = [26, 11, 3, 26, 24, 22]  # along a side of each map
    steps = [CONVNET[:1], CONVNET[:3], CONVNET, PLAIN[:1], PLAIN[:2], PLAIN]
    for axes, count, path in zip(figure["axes"], places, steps, strict=True):
        seen = traced(path, count // 2)[-1]
        corner, size = min(seen) - 0.5, len(seen)
        assert axes["rectangles"] == [[corner, corner, size, size]]
        assert axes["title"].endswith(f": {len(seen)} × {len(seen)}")


def test_receptive_field_drawing(lesson: Lesson) -> None:
    drawn = lesson.drawn("receptive_field")
    counts = [int(text) for text in drawn["texts"] if text.isdigit()]
    expected_counts, expected_corners = [], []
    for steps, unit in ((CONVNET, 1), (PLAIN, 11)):
        sets = traced(steps, unit)
        expected_counts += [len(each) for each in sets]
        strides = [stride for _, stride in steps]
        halves = [  # of the width of what is seen in each map, in pixels
            len(each) * np.prod(strides[: len(steps) - level]) / 2
            for level, each in enumerate(sets)
        ]
        center = np.mean(list(sets[-1])) + 0.5  # of all: windows are symmetric
        expected_corners += [
            [center - upper, center + upper, center + lower, center - lower]
            for upper, lower in itertools.pairwise(halves)
        ]
    assert counts == expected_counts == [1, 3, 6, 8, 16, 18, 1, 3, 5, 7]
    corners = np.array(drawn["polygons"])[:, :4, 0] - 7.5
    np.testing.assert_allclose(corners, expected_corners)


def test_gradient_goes_to_the_winner(lesson: Lesson, image) -> None:
    """Of a maximum alone to the largest value, of a mean a quarter to each."""
    largest = np.kron([[8, 5], [7, 9]], np.ones((2, 2)))
    winners = np.array(lesson.rows("winners")[:4])
    np.testing.assert_array_equal(winners, image == largest)
    assert winners.sum() == 4
    assert lesson.rows("winners")[4:] == [[0.25] * 4] * 4


# --- Counts -------------------------------------------------------------------


def counted(variant: str) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """Each map that a 3×3 convolution makes; what Dense and all of it cost.

    Parameters in Dense, parameters, multiply-adds for an image.
    """
    side, depth, rows, maps = 28, 1, [], []
    for filters in (32, 64, 128):
        last = filters == 128
        stride = 2 if variant == "strided" and not last else 1
        rows.append(conv(side, depth, filters, 3, stride, "valid"))
        maps.append(rows[-1][0])
        side, _, depth = maps[-1]
        if variant not in ("none", "strided") and not last:
            if variant == "learned":
                rows.append(conv(side, depth, depth, 2, 2, "valid"))
            side //= 2
    rows.append(dense(depth if variant == "global" else side**2 * depth, 10))
    _, parameters, work = zip(*rows, strict=True)
    return maps, (parameters[-1], sum(parameters), sum(work))


def test_counts_by_pencil(lesson: Lesson) -> None:
    maps, counts = zip(*map(counted, VARIANTS), strict=True)
    last = {name: each[-1] for name, each in zip(VARIANTS, maps, strict=True)}
    expected = dict(zip(VARIANTS, counts, strict=True))
    assert [side for side, *_ in counted("strided")[0]] == [13, 6, 4]
    assert expected["max"][:2] == (11_530, 104_202)
    assert expected["none"][:2] == (619_530, 712_202)
    assert expected["learned"][1] - expected["max"][1] == 4_128 + 16_448
    row = r"(\w+) +(\d+) × +(\d+) × (\d+) +([\d,]+) in Dense +"
    row += r"([\d,]+) in all +([\d,]+) multiply-adds"
    shown = {name: rest for name, *rest in lesson.found("variants", row)}
    assert shown.keys() == {*VARIANTS}
    for name in VARIANTS:
        assert shown[name] == [*last[name], *expected[name]]
        assert (lesson.seeds(f"{name}_parameters") == expected[name][1]).all()
        assert (lesson.seeds(f"{name}_work") == expected[name][2]).all()
    first = lesson.printed("describe").splitlines()
    assert first == lesson.printed("variants").splitlines()[:2]
    assert last["strided"] > last["max"]


@pytest.mark.parametrize(
    ("steps", "side", "dense"),
    [(PLAIN, 174, 38_753_290), (CONVNET, 41, 2_151_690)],
)
def test_the_last_map_of_larger_images(steps, side: int, dense: int) -> None:
    """Of images of 180 pixels a side, counted window by window."""
    assert map_sizes(180, steps)[-1] == side
    assert (side * side * 128 + 1) * 10 == dense


# --- What the runs show -------------------------------------------------------


def test_what_three_runs_of_each_can_show(lesson: Lesson) -> None:
    """Six runs in random order: in 1 of 10, all of one network come first."""
    orders = list(itertools.combinations(range(6), 3))  # places of the one
    ahead = [order for order in orders if order in {(0, 1, 2), (3, 4, 5)}]
    assert len(ahead) / len(orders) == 1 / 10
    assert len(list(itertools.combinations(VARIANTS, 2))) == 15
    assert all(len(lesson.seeds(f"{name}_accuracy")) == 3 for name in VARIANTS)


def test_every_network_gets_the_same_budget(lesson: Lesson) -> None:
    """One function trains them all on the same 20,000 images."""
    for part in ("prepare(train_pixels)", "train_labels", "epochs=3"):
        assert part in lesson.code("train")
    code = "".join(map(lesson.code, lesson.sections))
    assert len(re.findall(r"(?<!def )\btrain\(", code)) == 3
    assert code.count(".fit(") == 1


def test_choices_are_made_without_the_test_set(lesson: Lesson) -> None:
    """One section reads it, after all others; the images for choices, none."""
    names = list(lesson.sections)
    assert lesson.readers("test_pixels") == ["load", "test_once"]
    assert names[names.index("test_once") + 1] == "exercise_pencil"
    assert lesson.printed("load") == "20000 to train, 10000 to compare\n"


def test_results_drawing_shows_every_run(lesson: Lesson) -> None:
    """A dot for each recorded run, and a stroke at the mean."""
    panels = lesson.drawings.figure_data("results")["axes"]
    for axes, suffix in zip(panels, ("accuracy", "moved"), strict=True):
        runs = [100 * lesson.seeds(f"{name}_{suffix}") for name in VARIANTS]
        shows_runs(axes["lines"], runs)


def test_moved_digits_stay_whole(held_out: np.ndarray) -> None:
    """Four pixels to the right, next to no ink leaves the image."""
    ink = held_out.sum(axis=(0, 1), dtype=float)
    assert ink[28 - 4 :].sum() < 0.01 * ink.sum()


def test_averages_are_paler_than_maxima(lesson: Lesson, mnist) -> None:
    maps = responses(mnist["x_train"][:1])
    maximum, average = shrunk(maps, "maximum")[0], shrunk(maps, "average")[0]
    assert (average <= maximum).all()
    assert average.sum() < 0.7 * maximum.sum()
    axes = lesson.record.figure_data("look")["axes"]
    assert lesson.titles("look")[2:] == ["maximum", "average"]
    for each, expected in zip(axes[2:], (maximum, average), strict=True):
        shown = np.squeeze(each["images"][0])
        np.testing.assert_allclose(shown, expected, rtol=1e-5)


# --- Answers to the exercises -------------------------------------------------


def test_answer_pencil(lesson: Lesson) -> None:
    exercise = lesson("setup", "exercise_pencil")["exercise"]
    every = scipy.ndimage.maximum_filter(exercise, size=2)[1:, 1:]
    assert lesson.rows("answer_pencil") == [
        *every[::2, ::2].tolist(),
        *every.tolist(),
    ]
    assert (every[0, 0], every[2, 2]) == (-1, -5)  # of negative values alone


def test_answer_relu(lesson: Lesson) -> None:
    """In any order for a maximum; −2, −2, −2, 2 shows that not for a mean."""
    relu, rng = (lambda x: np.maximum(x, 0)), np.random.default_rng(0)
    for cells in rng.integers(-3, 4, (200, 4)):  # with ties
        assert relu(cells.max()) == relu(cells).max()
    cells = np.array([-2, -2, -2, 2])
    assert (cells.mean(), relu(cells.mean())) == (-1, 0)
    assert relu(cells).mean() == 2 / 4 == 0.5
    assert lesson.printed("answer_relu").split()[1::2] == ["True", "False"]
    maps = np.zeros((6, 6, 1))  # a quarter of the values is left
    assert pooled(maps, 2, 2, "valid", np.max).size == maps.size / 4


def test_answer_overlap(lesson: Lesson) -> None:
    steps = [(3, 1), (3, 2), (3, 1), (3, 2), (3, 1)]
    sides = map_sizes(28, steps)[1:]
    assert sides == [26, 12, 10, 4, 2] and int((26 - 3) / 2) == 11
    shapes = lesson.found("answer_overlap", r"\(None, (\d+), (\d+), \d+\)")
    assert shapes == [[side, side] for side in sides]
    assert receptive_fields(steps) == [3, 5, 9, 13, 21]
    sees = lesson.found("answer_overlap", r"sees +(\d+)")
    assert sees == receptive_fields(steps)


def test_answer_design(lesson: Lesson) -> None:
    steps = [(3, 1), (2, 2)] * 3 + [(3, 1)]
    fields = receptive_fields(steps)
    assert lesson.found("answer_design", r"sees +(\d+)") == fields
    assert fields[4] == 18 and fields[5] < 32 <= fields[6]
    assert map_sizes(64, steps) == [64, 62, 31, 29, 14, 12, 6, 4]
    plain = receptive_fields([(3, 1)] * 16)
    assert plain[-2] < 32 <= plain[-1] == 16 * 2 + 1 == 33


def test_answer_global(lesson: Lesson) -> None:
    convolutions = [(9 * 1 + 1) * 32, (9 * 32 + 1) * 64, (9 * 64 + 1) * 128]
    assert convolutions == [320, 18_496, 73_856]
    assert sum(convolutions) + 1_290 == counted("global")[1][1] == 93_962
    assert lesson.printed("answer_global").count("93,962") == 2


def test_answer_shift(lesson: Lesson, shifted: list) -> None:
    once = [shrunk(maps, "maximum") for maps in shifted]
    # The last row and column of 13 have no window of their own.
    twice = [shrunk(maps[:, :12, :12], "maximum") for maps in once]
    expected = [
        [
            str(np.array_equal(maps[shift][:, :, 1:], maps[0][:, :, :-1]))
            for maps in (once, twice)
        ]
        for shift in (1, 2, 3, 4)
    ]
    row = r"once (\w+) and twice (\w+)"
    assert lesson.found("answer_shift", row) == expected
    assert expected[1] == ["True", "False"]
    assert expected[3] == ["False", "True"]


def test_global_average_ignores_where_things_are() -> None:
    """Shuffle the places of a map: Flatten notices, the global mean not."""
    rng = np.random.default_rng(0)
    maps = rng.random((1, 3, 3, 8), dtype="float32")
    shuffled = maps.reshape(1, 9, 8)[:, rng.permutation(9)].reshape(maps.shape)
    mean, flat = layers.GlobalAveragePooling2D(), layers.Flatten()
    np.testing.assert_allclose(mean(maps), mean(shuffled), atol=1e-6)
    np.testing.assert_allclose(mean(maps), maps.mean(axis=(1, 2)), atol=1e-6)
    assert not np.allclose(flat(maps), flat(shuffled))
    dense = layers.Dense(10)
    for size in ((1, 5, 7, 8), (1, 22, 22, 8)):  # maps of any size
        assert dense(mean(np.zeros(size))).shape == (1, 10)

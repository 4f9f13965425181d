"""What the lesson `what_convnets_see` claims, checked by other means.

Slopes are held against differences and against networks whose slopes are
known, Grad-CAM against sums by NumPy, patches against their squares counted
anew, and what maps are said to show against places marked by hand and against
what happens when pixels change.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from .conftest import Lesson
from .witnesses import receptive_fields

# Windows and strides along the network: the stem, then each block's
# depthwise convolution; all other windows are 1×1.
STEPS = [(3, 2)]
STEPS += [(3, 1), (3, 2), (3, 1), (5, 2), (5, 1), (3, 2), (3, 1), (3, 1)]
STEPS += [(5, 1), (5, 1), (5, 1), (5, 2), (5, 1), (5, 1), (5, 1), (3, 1)]
# Of the photos, by hand: rows and columns of pixels.
# Eyes with their rims, in whole places of the map.
EYES = [(slice(48, 144), slice(16, 112)), (slice(48, 144), slice(144, 224))]
MOUTH = (slice(144, 224), slice(24, 184))


@pytest.fixture(scope="module")
def names(lesson: Lesson, imagenet: list[str]) -> dict[str, Any]:
    """The lesson as far as the class activation maps."""
    return lesson(
        *("read", "network", "setup", "photos", "guesses", "inner"),
        *("loudest", "places", "cam"),
    )


# --- Photos and maps ----------------------------------------------------------


def test_labels(imagenet: list[str]) -> None:
    assert imagenet[1] == "goldfish"
    cats = ["tabby", "tiger_cat", "Persian_cat", "Siamese_cat", "Egyptian_cat"]
    assert imagenet[281:286] == cats and len(cats) == 5  # five
    assert not [label for label in imagenet if "astronaut" in label.lower()]
    assert len(imagenet) - 1 == 999


def test_what_a_value_sees(lesson: Lesson, names: dict) -> None:
    """3, 67, 339 and 851 of the photo's 224 pixels, before 1,280 means."""
    network, built = names["network"], []
    for layer in network.layers:
        if layer.name == "stem" or layer.name.endswith("_depthwise"):
            built.append((layer.kernel_size[0], layer.strides[0]))
    assert built == STEPS
    fields = receptive_fields(STEPS)
    assert [fields[n] for n in (0, 5, 11, 16)] == [3, 67, 339, 851]
    depths = {"block 4": 5, "block 10": 11}
    for depth, number in depths.items():
        layer = names["depths"][depth]
        assert layer == f"block{number - 1}_depthwise_relu"
    assert network.get_layer("pool").output.shape == (None, 1_280)


def test_loud_channels_answer_to_eyes_and_mouth(
    lesson: Lesson, names: dict
) -> None:
    """Channels 64, 236 and 290: most of each lies in boxes drawn by hand."""
    assert [int(n) for n in names["loudest"]] == [64, 236, 290]
    cat = np.repeat(np.repeat(names["block_10"][0], 16, 0), 16, 1)
    inside = np.zeros((224, 224), dtype=bool)
    for box in EYES:
        inside[box] = True
        for n in (64, 290):  # each eye by itself
            assert cat[*box, n].max() > 0.7 * cat[..., n].max()
    for n, share in ((64, 0.95), (290, 0.75)):
        assert cat[inside, n].sum() > share * cat[..., n].sum()
    assert cat[*MOUTH, 236].sum() > 0.85 * cat[..., 236].sum()
    astronaut = names["block_10"][2]
    assert astronaut[..., [64, 236]].max() < 0.1
    face, rest = astronaut[:6, :, 290], astronaut[6:, :, 290]
    assert 0.5 < face.max() < rest.max()


def test_silent_channels_of_the_stem(names: dict) -> None:
    """Five of them on the cat, and four of these five on every photo."""
    silent = names["maps"]["stem"].max(axis=(1, 2)) == 0
    assert silent[0].sum() == 5 and silent.all(axis=0).sum() == 4


# --- Gradient ascent ----------------------------------------------------------


def test_slopes_of_pixels_by_differences(lesson: Lesson) -> None:
    """A picture for each channel, and no picture for that of another."""
    keras.utils.set_random_seed(0)
    slopes_of = lesson("setup", "ascent")["slopes_of"]
    inputs = keras.Input((6, 6, 3))
    maps = keras.layers.Conv2D(4, 3, activation="tanh")(inputs)
    model = keras.Model(inputs, maps)
    images = np.random.default_rng(0).normal(size=(2, 6, 6, 3))
    images = images.astype("float32")
    slopes, excited = slopes_of(model, images, [2, 0])

    def means(pictures: np.ndarray) -> np.ndarray:
        return np.array(model(pictures), dtype=float).mean(axis=(1, 2))

    assert excited == pytest.approx(means(images)[[0, 1], [2, 0]], rel=1e-4)
    for picture, channel in enumerate([2, 0]):
        for place in [(0, 0, 0), (3, 2, 1), (5, 5, 2)]:
            change = np.zeros_like(images)
            change[picture, *place] = 0.01
            above, below = means(images + change), means(images - change)
            slope = (above - below)[picture, channel] / 0.02
            assert slopes[picture, *place] == pytest.approx(slope, abs=2e-4)


@pytest.mark.parametrize(("jitter", "blur"), [(0, 0), (4, 1)])
def test_climb_finds_a_picture_that_is_known(lesson, jitter, blur) -> None:
    """A channel that likes bright left halves gets one, moved or not."""
    inputs = keras.Input((96, 96, 3))
    layer = keras.layers.Conv2D(
        2, 96, use_bias=False, padding="valid", name="likes"
    )
    small = keras.Model(inputs, layer(inputs))
    left = np.ones((96, 96, 3, 2), dtype="float32") / 96**2
    left[:, 48:, :, 0] *= -1  # channel 1 likes all that is bright
    layer.set_weights([left])
    climb = lesson.definitions("setup", "ascent", "climb", small=small)
    images, excited = climb["climb"]("likes", [0, 1], jitter, blur)
    assert images.shape == (2, 64, 64, 3)
    assert excited[1] == pytest.approx(3, abs=0.02)
    assert images[1].min() == 1
    assert images[0, :, :26].min() > 0.9  # its column 42, and 6 on either side
    assert images[0, :, 38:].max() < -0.9
    if jitter == blur == 0:
        assert (images[0, :, 31] == 1).all() and (images[0, :, 32] == -1).all()


def test_figures_name_what_they_show(lesson: Lesson) -> None:
    """Blocks 2, 4, 10 and 14, and the channels that chance has drawn."""
    blocks = [2, 4, 10, 14]
    assert lesson.titles("layers_figure") == [
        f"block {block}: {n}" for block in blocks for n in range(3)
    ]
    rng = np.random.default_rng(0)
    channels = {"stem": 32, "block 4": 240, "block 10": 672, "head": 1_280}
    assert lesson.titles("maps_figure") == [
        f"{depth}: {n}"
        for depth, count in channels.items()
        for n in rng.choice(count, 3, replace=False)
    ]
    assert lesson.titles("loudest_figure") == 2 * [
        f"channel {n}" for n in (64, 236, 290)
    ]


def test_the_digit_shown(lesson: Lesson, digit: np.ndarray) -> None:
    """The first of the training images, which the fixture knows as a 5."""
    assert digit.shape == (28, 28)
    assert "digits[:1]" in lesson.code("digit_maps")
    assert "digits[:10_000" in lesson.code("digits")


# --- Class activation maps ----------------------------------------------------


def test_a_silenced_place_takes_its_part_of_the_score(names: dict) -> None:
    """Asks the network's own last layers, with one place of the map empty."""
    layer = names["network"].get_layer("classes")
    maps, index = names["last"][1].copy(), names["classes"][1]
    biases = names["biases"][index]

    def score(feature_maps: np.ndarray) -> float:
        means = feature_maps.mean(axis=(0, 1))
        answers = np.array(layer(means[None]), dtype=float)[0]
        against = np.log(answers[index]) - np.log(answers[0])
        other = means @ names["weights"][:, 0] + names["biases"][0]
        return against + other

    whole = score(maps)
    maps[2, 3] = 0
    part = (names["cams"][1][2, 3] - biases) / 49
    assert whole - score(maps) == pytest.approx(part, abs=1e-3)


def test_grad_cam_of_a_flattened_map(lesson: Lesson) -> None:
    """By NumPy: the mean of a channel's nine weights, and no other."""
    code = lesson("setup", "grad_cam")
    rng = np.random.default_rng(0)
    head = keras.Sequential(
        [keras.Input((3, 3, 8)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    head.set_weights([rng.normal(size=(72, 10)), rng.normal(size=10)])
    maps = rng.normal(size=(3, 3, 8)).astype("float32")
    kernel = head.get_weights()[0][:, 5].reshape(3, 3, 8)
    expected = np.maximum(maps @ kernel.mean(axis=(0, 1)), 0)
    found = code["grad_cam"](maps, head, 5)
    assert expected.min() == 0 < expected.max()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    exact = (maps * kernel).sum(axis=-1)
    assert not np.allclose(found / found.max(), exact / exact.max(), atol=0.1)


# --- Where maps mislead -------------------------------------------------------


def test_the_rocket_stands_in_one_column(lesson: Lesson, names: dict) -> None:
    """The fourth: what differs from the sky of its row lies in it."""
    gray = names["photos"][3].mean(axis=-1)[48:144]  # above the lights
    middle = gray[:, 64:160]  # between the towers
    stands_out = middle > np.median(middle, axis=1, keepdims=True) + 25
    columns = 64 + np.nonzero(stands_out)[1]
    assert np.mean((columns >= 96) & (columns < 128)) > 0.95
    cam = np.array(lesson.rows("rocket"))
    assert cam.max() == 23 and cam[3, 2] == 23
    assert list(cam[2, 2:5]) == [20, 13, 20]
    rows = np.array(names["cams"][3])[1:5]
    assert np.array_equal(rows.round(), cam[1:5])
    assert np.sum(rows[:, [2, 4]].min(axis=1) > rows[:, 3]) >= 3


def test_a_place_looks_elsewhere(lesson: Lesson, names: dict) -> None:
    """3% at home, 9% at the rocket: noise there, and see what moves."""
    shares = np.array(lesson.rows("cell"))
    assert shares[3, 2] == 3
    assert shares.max() == shares[2, 3] == 9
    inputs = names["preprocess_input"](names["photos"][3:])
    index, inner = names["classes"][3], names["inner"]
    weights = names["weights"][:, index]
    rng = np.random.default_rng(0)

    def moves(row: int, column: int) -> float:
        """How far the place's score moves, over noise in that square."""
        batch = np.repeat(inputs, 8, axis=0)
        square = np.s_[:, 32 * row :, 32 * column :]
        noise = rng.normal(0, 0.05, (8, 32, 32, 3))
        batch[square][:, :32, :32] += noise
        vectors = inner.predict(batch, verbose=0)[-1][:, 3, 2]
        before = names["last"][3][3, 2] @ weights
        return float(np.abs(vectors @ weights - before).mean())

    at_home, at_the_rocket = moves(3, 2), moves(2, 3)
    assert at_the_rocket > 1.5 * at_home


# --- Occlusion ----------------------------------------------------------------


@pytest.mark.parametrize("own_color", [False, True])
def test_patches_lie_where_maps_are_drawn(lesson: Lesson, own_color) -> None:
    """Center at the middle of each square of 32, 48 pixels wide, cut off."""
    given: list[np.ndarray] = []

    def predict(inputs: np.ndarray, **options: Any) -> np.ndarray:
        given.append(inputs)
        return np.arange(49_000.0).reshape(49, 1_000)

    code = lesson(
        "setup",
        "occlusion",
        network=SimpleNamespace(predict=predict),
        preprocess_input=lambda images: images.astype(float),
    )
    photo = np.random.default_rng(0).integers(0, 100, (224, 224, 3))
    photo = photo.astype("uint8")
    found = code["occlude"](photo, 7, own_color)
    assert found[2, 3] == 1_000 * (7 * 2 + 3) + 7
    (copies,) = given
    centers = np.arange(7) * 32 + 15.5
    for number, copy in enumerate(copies):
        row, column = centers[number // 7], centers[number % 7]
        near = [np.abs(np.arange(224) - c) < 24 for c in (row, column)]
        patch = np.outer(*near)
        filled = copy[patch]
        expected = photo[patch].mean(axis=0) if own_color else 127
        assert np.abs(filled - expected).max() < 1
        assert np.array_equal(copy[~patch], photo[~patch])


def test_own_color_finds_the_rocket(lesson: Lesson) -> None:
    """In its column half is left, beside it nothing happens."""
    values = lesson.found("own_color", r"(\d+)%")
    gray, own = values[:7], values[7:]
    assert lesson.found("rocket", r"(\d+)%")[0] == 27
    assert own.index(min(own)) == 3 and own[3] / 27 < 0.55  # half
    assert min(own[2], own[4]) >= 27
    assert max(gray[2], gray[4]) < 27
    others = sorted(range(7), key=own.__getitem__)
    assert set(others[1:3]) == {1, 5}  # the towers


# --- Answers to the exercises -------------------------------------------------


def test_more_table_means_less_espresso(lesson: Lesson) -> None:
    """Less than the 94% of the square; the middle alone is as good."""
    assert "94.4%" in lesson.printed("guesses")
    row = r"score ([\d.]+), probability (\d+)%"
    (score, share), (middle, middle_share) = lesson.found("answer_wide", row)
    assert score < middle and share < middle_share
    assert f"score {middle}" in lesson.printed("cam")


def test_how_much_of_the_cat_is_covered(lesson: Lesson) -> None:
    """About half of the photo, and all of what was marked by hand."""
    code = lesson.code("answer_cat")
    boxes = [
        tuple(map(int, found))
        for found in re.findall(r"s_\[(\d+):(\d+), (\d+):(\d+)\]", code)
    ]
    covered = np.zeros((3, 224, 224), dtype=bool)
    for each, (top, bottom, left, right) in zip(covered, boxes, strict=True):
        each[top:bottom, left:right] = True
    assert not covered[0].any()
    assert 0.45 < covered[2].mean() < 0.55  # about half
    values = lesson.found("answer_cat", r"(\d+)%")
    kinds, all_cats = values[::2], values[1::2]
    assert kinds[0] < min(kinds[1:])  # Egyptian cat rises
    assert min(all_cats) > 80

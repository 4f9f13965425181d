"""What the lesson `own_digit` claims, checked by other means.

The preparation is held against NumPy, and against how MNIST was made: no
network is trained here.
"""

from __future__ import annotations

import json
import re
import zipfile

import keras
import numpy as np
import pytest
import scipy.ndimage
from PIL import Image, ImageDraw, ImageOps

from .conftest import Lesson


@pytest.fixture(scope="module")
def drawings(lesson: Lesson, names: dict) -> dict[str, Image.Image]:
    """The drawings of habits and failures."""
    made = lesson("habits", **names)
    code = lesson.code("failures").partition("readings =")[0]
    exec(code, made)
    return {**made["habits"], **made["failures"]}


def small_convnet() -> keras.Model:
    """Any network that reads images of (28, 28, 1); its weights are random."""
    inputs = keras.Input(shape=(28, 28, 1))
    x = keras.layers.Conv2D(filters=2, kernel_size=3)(inputs)
    x = keras.layers.Flatten()(x)
    outputs = keras.layers.Dense(units=10, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    return model


# --- Saving -------------------------------------------------------------------


def test_what_the_file_holds(lesson: Lesson, tmp_path) -> None:
    model = small_convnet()
    images = np.random.default_rng(0).random((20, 28, 28, 1))
    model.fit(images, np.arange(20) % 10, batch_size=5, verbose=0)
    path = tmp_path / "any.keras"
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        assert str(archive.namelist()) == lesson.printed("save").strip()
        config = json.loads(archive.read("config.json"))
        metadata = json.loads(archive.read("metadata.json"))
    layers = [each["class_name"] for each in config["config"]["layers"]]
    assert layers == ["InputLayer", "Conv2D", "Flatten", "Dense"]
    assert metadata["keras_version"] == keras.__version__
    loaded = keras.models.load_model(path)
    assert int(loaded.optimizer.iterations) == 4  # training can go on
    np.testing.assert_array_equal(
        model.predict(images, verbose=0), loaded.predict(images, verbose=0)
    )


# --- What the network has seen ------------------------------------------------


def test_how_mnist_was_made(lesson: Lesson, mnist) -> None:
    """All 60,000: a box of 20×20, the center of mass at (14, 14) of 28×28."""
    images = mnist["x_train"].astype(float)
    assert images.shape[1:] == (28, 28)
    sides = []
    for axis in (1, 2):
        inked = images.any(axis=axis)  # (n, 28)
        last = 27 - inked[:, ::-1].argmax(axis=1)
        sides.append(last - inked.argmax(axis=1) + 1)
    longer = np.max(sides, axis=0)
    assert (longer[:1000] >= 19).all() and longer.max() == 20
    assert (longer == 20).mean() > 0.99  # 19, rarely
    ink = images.sum(axis=(1, 2))
    for axis in (1, 2):
        mean = (images.sum(axis=3 - axis) @ np.arange(28)) / ink
        assert np.abs(mean - 14).max() < 1
        assert np.abs(mean[:1000] - 14).max() == pytest.approx(0.5, abs=0.01)
    assert "[19 20]" in lesson.printed("seen")


def test_ones_with_a_foot(mnist) -> None:
    """Among the first 60 ones, 3 have a wide foot below a narrow stem."""
    ones = mnist["x_train"][mnist["y_train"] == 1][:60] > 128
    feet = []
    for number, one in enumerate(ones):
        rows = np.flatnonzero(one.any(axis=1))
        widths = one[rows].sum(axis=1)  # ink in each row
        if widths[-4:].max() >= 2 * np.median(widths):
            feet.append(number)
    assert feet == [5, 9, 31]  # as they look to the eye, too


# --- Photos -------------------------------------------------------------------


def test_the_first_photos(lesson: Lesson, mnist, names) -> None:
    assert mnist["y_test"][:4].tolist() == [7, 2, 1, 0]
    rng = np.random.default_rng(0)
    photos = [names["make_photo"](d, rng) for d in mnist["x_test"][:4]]
    for photo in photos:
        red, _, blue = (photo[..., c].astype(int) for c in range(3))
        assert red[:, :40].mean() > red[:, -40:].mean() + 50  # lighter left
        dark = red < 90
        assert blue[dark].mean() > red[dark].mean()  # blue ink
        assert red[~dark].mean() > blue[~dark].mean()  # yellowish paper
    assert len(lesson.record.figure_data("steps_figure")["axes"]) == 6


def test_guessing() -> None:
    """Any answers, and labels that know nothing of them: 10 of 100 agree."""
    guesses, labels = np.random.default_rng(0).integers(10, size=(2, 500, 100))
    assert (guesses == labels).sum(axis=1).mean() == pytest.approx(10, abs=0.5)


def test_the_steps_are_needed(lesson: Lesson) -> None:
    """Each seed: without box or center of mass, fewer photos are read."""
    same = lesson.seeds("same_steps")  # (seeds, steps)
    assert same.shape == (5, 5)
    assert (same[:, 4] >= 95).all() and same.max() <= 100
    assert (same[:, 3] < same[:, 4]).all()
    assert (same[:, :3] < same[:, 3:4]).all()
    np.testing.assert_array_equal(same[:, 0], lesson.seeds("same_shrunk"))
    assert (lesson.seeds("same_lying") < 50).all()


# --- Preparation --------------------------------------------------------------


def test_closing_removes_narrow_strokes(names) -> None:
    """The narrow stroke and the shade vanish, a broad stroke does not."""
    shade = np.linspace(200, 120, 60)[None].repeat(60, axis=0)
    for width, gone in ((8, True), (20, False)):
        picture = shade.copy()
        picture[:, 20 : 20 + width] -= 90
        paper = scipy.ndimage.grey_closing(picture, size=15)
        wide = scipy.ndimage.maximum_filter(picture, 15)
        np.testing.assert_allclose(
            paper, scipy.ndimage.minimum_filter(wide, 15)
        )
        stroke = np.abs(paper - shade)[:, 20 : 20 + width]
        assert (stroke.max() < 15) == gone
    ink = names["find_ink"](np.where(np.eye(60) > 0, 30, shade))
    np.testing.assert_allclose(np.diag(ink).min(), 0.4, atol=0.3)
    assert ink[0, 30:].max() < 0.2


def test_the_size_and_the_window(names) -> None:
    """128 pixels at most; strokes below a quarter of that are ink."""
    for shape in ((90, 60), (1000, 700), (3000, 4000)):
        sheet = np.full(shape, 240.0)
        sheet[:, : shape[1] // 8] = 30
        ink = names["find_ink"](sheet.astype("float32"))
        assert max(ink.shape) == min(128, max(shape))
        assert ink[:, 3].min() > 0.9 and ink[:, -3].max() < 0.1
    sheet = np.full((128, 128), 240.0, "float32")
    for width, found in ((30, True), (34, False)):
        sheet[:, 40 : 40 + width] = 30
        sheet[0, 127] = 100  # another thing to see
        assert (names["find_ink"](sheet)[60, 40 + width // 2] > 0.9) == found


def test_the_threshold_of_the_box(names) -> None:
    """What has less than a quarter of full ink does not widen the box."""
    for faint, width in ((0.2, 10), (0.3, 20)):
        ink = np.zeros((60, 60), "float32")
        ink[20:40, 30:40] = 1
        ink[20:40, 20:30] = faint
        assert names["fit_in_box"](ink).shape == (20, width)


def test_profile_of_the_photo(lesson: Lesson) -> None:
    above, below = lesson.record.figure_data("ink_figure")["axes"]
    photo, paper = (np.array(line["y"]) for line in above["lines"])
    assert (paper >= photo).all() and paper[0] > paper[-1] + 50
    dent = paper - photo > 60
    assert 20 < dent.sum() < 120 and not dent[:40].any()
    np.testing.assert_allclose(below["lines"][0]["y"], paper - photo, atol=0.1)
    assert photo[dent].max() < photo[:40].min() - 40


@pytest.mark.parametrize("shape", [(5,), (200, 200, 4), (9, 9, 2), (1, 9, 9)])
def test_other_shapes_are_refused(names, shape) -> None:
    with pytest.raises(ValueError, match=r"expected a picture of shape"):
        names["prepare"](np.zeros(shape))


@pytest.mark.parametrize("noise", [0, 3, 8])
def test_empty_sheets_are_refused(names, noise) -> None:
    rng = np.random.default_rng(0)
    sheet = np.linspace(230, 130, 300)[:, None].repeat(300, axis=1)
    with pytest.raises(ValueError, match="expected ink"):
        names["prepare"](sheet + rng.normal(0, noise, sheet.shape))
    with pytest.raises(ValueError, match="40 or more of 255"):
        names["prepare"](rng.random((100, 100)))  # 0 to 1 in place of 0 to 255


def test_both_polarities_give_one_image(names, drawings) -> None:
    for drawing in list(drawings.values())[:4]:
        values = np.asarray(drawing)
        np.testing.assert_allclose(
            names["prepare"](values), names["prepare"](255 - values), atol=1e-5
        )


def test_proportions_are_kept_and_the_center_is_the_middle(names) -> None:
    """By moments that NumPy computes, for sticks of any proportions."""
    for height, width in ((120, 20), (30, 90), (100, 100), (40, 41)):
        sheet = np.full((300, 300), 250.0)
        sheet[90 : 90 + height, 20 : 20 + width] = 20
        if height == width:  # a frame; solid, it is wider than the window
            sheet[110:170, 40:100] = 250
        image = names["prepare"](sheet)[..., 0]
        rows, columns = np.nonzero(image > 0.4)
        longer, shorter = max(height, width), min(height, width)
        found = sorted([np.ptp(rows) + 1, np.ptp(columns) + 1])
        assert found[1] == 20
        assert abs(found[0] - 20 * shorter / longer) <= 1.5
        for axis in (0, 1):
            mean = np.average(np.arange(28), weights=image.sum(1 - axis))
            assert abs(mean - 14) <= 0.51


def test_drawing_of_the_center_of_mass(lesson: Lesson) -> None:
    """Nine cells; 21 / 9 and 15 / 9 against the box's 1.5 and 2.5."""
    columns, rows = [0, 1, 2, 3] + 5 * [3], 4 * [0] + [1, 2, 3, 4, 5]
    assert len(columns) == 9 and sum(columns) == 21 and sum(rows) == 15
    assert f"{21 / 9:.2f} {15 / 9:.2f}" == "2.33 1.67"
    assert (0 + 3) / 2 == 1.5 and (0 + 5) / 2 == 2.5
    assert (round(1.5 - 21 / 9), round(2.5 - 15 / 9)) == (-1, 1)
    axes = lesson.drawn("center")
    dots = [line for line in axes["lines"] if len(line["x"]) == 1]
    (before, after) = [(dot["x"][0], dot["y"][0]) for dot in dots]
    # The squares lie 14 apart and are 12 wide, from 0.2 and 1.8 on.
    assert before[0] == pytest.approx(0.2 + 4 + 21 / 9 + 0.5, abs=1e-3)
    assert before[1] == pytest.approx(1.8 + 3 + 15 / 9 + 0.5, abs=1e-3)
    assert after[0] == pytest.approx(before[0] + 14 - 1, abs=1e-3)
    assert after[1] == pytest.approx(before[1] + 1, abs=1e-3)


# --- A reader's own -----------------------------------------------------------


def test_the_drawn_four(lesson: Lesson, names) -> None:
    """Its proportions on paper are those of the image."""
    assert (lesson.seeds("four_answer") == 4).all()
    four = lesson("draw", **names, convnet=Constant())["four"]
    dark = np.asarray(four) < 128
    tall, wide = (np.ptp(np.flatnonzero(dark.any(axis=a))) for a in (1, 0))
    ink = names["prepare"](four)[..., 0] > 0.4
    assert ink.any(axis=1).sum() == 20
    assert abs(ink.any(axis=0).sum() - 20 * wide / tall) <= 1.5
    shown = lesson.record.figure_data("draw_figure")["axes"]
    shapes = [axes["images"][0]["shape"] for axes in shown]
    assert shapes == [[200, 200], [28, 28]]


def test_load_img_does_not_turn(lesson: Lesson, tmp_path) -> None:
    path = tmp_path / "phone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = np.zeros((40, 30, 3), np.uint8)
    upright[:10] = 200  # light above
    Image.fromarray(np.rot90(upright)).save(path, exif=exif)
    for loaded in (Image.open(path), keras.utils.load_img(path)):
        assert np.asarray(loaded).shape == (30, 40, 3)
    turned = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert turned.shape == (40, 30, 3)
    assert np.abs(turned.astype(int) - upright).mean() < 10
    assert ".heic" not in Image.registered_extensions()
    assert "load_img: (220, 280, 3)" in lesson.printed("file")


def test_messages_without_the_batch_axis(lesson: Lesson) -> None:
    images = np.zeros((28, 28, 28, 1), "float32")
    fresh, used = small_convnet(), small_convnet()
    with pytest.raises(ValueError, match="Negative dimension size") as caught:
        fresh.predict(images[0], verbose=0)
    assert "[28,28,1,1]" in str(caught.value)  # 28 images of 28×1 pixels
    assert "subtracting 3 from 1" in lesson.printed("error_batch")
    for count in (28, 5, 1):
        used.predict(images[:count], verbose=0)
    message = "as_list() is not defined on an unknown TensorShape"
    with pytest.raises(ValueError) as caught:
        used.predict(images[0], verbose=0)
    assert message in str(caught.value)


# --- Why it may still fail ----------------------------------------------------


def pieces(picture: Image.Image) -> int:
    """How many connected pieces of ink a drawing has."""
    dark = np.asarray(picture) < 128
    return scipy.ndimage.label(dark, np.ones((3, 3)))[1]


def test_the_drawings_of_habits_and_failures(lesson, drawings) -> None:
    found = [pieces(each) for each in drawings.values()]
    assert found == [1, 1, 1, 1, 2, 1, 1, 1]
    titles = lesson.titles("hard_figure")
    assert [title.split("\n")[0] for title in titles] == list(drawings)
    plain = np.asarray(drawings["upside down"].rotate(180)) < 128
    barred = np.asarray(drawings["barred 7"]) < 128
    assert (barred & plain).sum() == plain.sum() < barred.sum()


def test_what_habits_and_failures_give(lesson, names, drawings) -> None:
    """A broad stroke is hollow where it was solid."""
    right = lesson.seeds("habits_right")
    assert right.shape == (5,) and right.max() <= 4
    read = r"read as \d with \d+%"
    assert len(re.findall(read, lesson.printed("failures"))) == 8
    thick = np.asarray(drawings["very thick"])
    ink = names["find_ink"](thick.astype("float32"))  # (128, 128)
    solid = np.asarray(Image.fromarray(thick).resize((128, 128))) < 50
    assert ink[solid].mean() < 0.8


class Constant:
    """Stands in for a network: it always answers 3."""

    def predict(self, images: np.ndarray, verbose: int) -> np.ndarray:
        assert images.shape[1:] == (28, 28, 1)
        return np.eye(10)[[3] * len(images)]


# --- Answers to the exercises -------------------------------------------------


def test_a_transparent_drawing(names) -> None:
    drawing = Image.new("RGBA", (100, 100))  # as the page's, smaller
    ImageDraw.Draw(drawing).line([(50, 10), (50, 90)], "black", width=8)
    with pytest.raises(ValueError, match="expected ink"):
        names["prepare"](drawing.convert("RGB"))
    white = np.asarray(names["on_white"](drawing))
    assert white.shape == (100, 100, 3)
    assert white[0, 0].tolist() == [255] * 3 and not white[50, 50].any()


def test_a_row_is_taken_apart(names, drawings) -> None:
    read_row, draw = names["read_row"], names["draw"]
    read_row.__globals__["convnet"] = Constant()
    assert read_row(drawings["two digits"]) == [3, 3]
    touching = draw([(50, 40), (50, 160)], [(50, 100), (90, 100), (90, 160)])
    assert len(read_row(touching)) == 1
    loose_five = draw(  # a 5 whose bar does not touch the rest
        [(80, 40), (130, 40)], [(70, 70), (130, 120), (70, 160)]
    )
    assert len(read_row(loose_five)) == 2
    dust = draw([(100, 40), (100, 160)], [(20, 20), (26, 20)], width=6)
    assert len(read_row(dust)) == 2


def test_the_limit_keeps_95_of_100_digits(lesson: Lesson) -> None:
    """The quantile 0.05 of any numbers has 95 of 100 above it or on it."""
    values = np.random.default_rng(0).random(100) ** 0.1
    assert (values >= np.quantile(values, 0.05)).sum() == 95
    limits = lesson.seeds("limit_of_confidence")
    passed, sure = lesson.seeds("passed_letters"), lesson.seeds("sure_letters")
    assert ((limits <= 0.9) | (passed <= sure)).all()

"""Lessons on photos take a reader's own, by changing a name in one section."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from .conftest import Lesson
from .kaggle_world import SMALL

GROUPS = ("train", "validation", "test")
BRIGHTNESS = {"Cat": 60, "Dog": 200}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """What the lesson on getting images makes of drawn photos.

    No two of them are of one size; they are JPEG and PNG.
    """
    drawn: dict[str, list[Path]] = {label: [] for label in BRIGHTNESS}
    for label, brightness in BRIGHTNESS.items():
        (tmp_path / label).mkdir()
        for number in range(25):
            size = (150 + 4 * number, 300 - 7 * number)
            kind = "png" if number % 2 else "jpg"
            path = tmp_path / label / f"{number}.{kind}"
            color = (brightness, brightness, 10 * number)
            Image.new("RGB", size, color).save(path)
            drawn[label].append(path)
    Lesson("kaggle_data").definitions()["split"](drawn, SMALL)
    return str(SMALL)


def loaded(name: str, folder: str, size: str, *more: str, **given: Any) -> dict:
    """The names after a lesson's sections, one of them as a reader changes it.

    That one is `own_photos`, where `folder` and `size` are written in; `more`
    are all sections that run, `given` names that others would have set.
    """
    lesson = Lesson(name)
    path, line, code = lesson.sections["own_photos"]
    for old, new in (('photos = ""', f'photos = "{folder}"'), ("32, 32", size)):
        assert code.count(old) == 1
        code = code.replace(old, new)
    lesson.sections["own_photos"] = path, line, code
    return lesson(*(more or ("own_photos",)), **given)


@pytest.mark.parametrize("size", ["32, 32", "128, 128"])
def test_what_kaggle_data_leaves_takes_the_place_of_cifar10(
    mine: str, size: str, capsys: pytest.CaptureFixture
) -> None:
    names = loaded("own_photos", mine, size)
    assert capsys.readouterr().out.count("['Cat', 'Dog']\n") == 3
    drawn = []
    for group, count in zip(GROUPS, (2, 1, 2), strict=True):
        images, labels = names[f"{group}_images"], names[f"{group}_labels"]
        assert images.shape == (2 * count, *eval(size), 3)
        assert images.dtype == np.uint8
        assert sorted(labels) == [0] * count + [1] * count  # 1 is a dog
        red = np.where(labels, BRIGHTNESS["Dog"], BRIGHTNESS["Cat"])
        assert (abs(images[..., 0].mean((1, 2)) - red) < 3).all()  # JPEG
        tens = (images[..., 2].mean((1, 2)) / 10).round()
        drawn += zip(labels, tens, strict=True)
    assert len({*drawn}) == 10  # no photo in two groups


def save(folder: Path, name: str, cat: np.ndarray, dog: np.ndarray) -> None:
    """A photo of each, in every group below a folder."""
    for group in GROUPS:
        for label, photo in (("cat", cat), ("dog", dog)):
            place = folder / group / label
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photo).save(place / f"{name}.png")


def test_the_first_of_them_are_of_both_classes(tmp_path: Path) -> None:
    """In one order, so that two lessons look at the same first photos."""
    for number in range(30):
        cat = np.full((32, 32, 3), number, "uint8")
        save(tmp_path / "mine", f"{number}", cat, cat + 100)
    once, again = (loaded("own_photos", "mine", "32, 32") for _ in range(2))
    for group in GROUPS:
        images, labels = once[f"{group}_images"], once[f"{group}_labels"]
        assert 3 < labels[:15].sum() < 12
        assert ((images[:, 0, 0, 0] >= 100) == labels).all()
        assert len({image.tobytes() for image in images}) == 60
        assert (images == again[f"{group}_images"]).all()


def test_a_photo_is_made_smaller_by_means(tmp_path: Path) -> None:
    """Each tenth column is white: with the default, that is all or nothing."""
    stripes = np.zeros((320, 320, 3), "uint8")
    stripes[:, ::10] = 250
    save(tmp_path / "mine", "stripes", stripes, stripes)
    names = loaded("own_photos", "mine", "32, 32")
    assert (names["test_images"] == 25).all()


def test_small_data_learns_from_them(mine: str) -> None:
    """Without the sections that load CIFAR-10; dogs are drawn brighter."""
    sections = ("setup", "own_photos", "count", "build", "parameters", "learn")
    names = loaded("small_data", mine, "32, 32", *sections, "plain", "stop")
    assert names["curves"]["accuracy"][-1] == 1


def test_pretrained_learns_from_them(mine: str) -> None:
    whole = SimpleNamespace(count_params=lambda: 0)
    names = loaded(
        *("pretrained", mine, "128, 128", "read", "network", "setup"),
        *("own_photos", "cut", "run_over", "extract", "head", "first_head"),
        network=whole,
    )
    assert names["train_features"].shape == (4, 1280)
    assert np.isfinite(names["head_accuracy"])

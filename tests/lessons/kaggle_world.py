"""A reader's machine, for tests of `kaggle_data`, and all that is done on it.

Nothing of the machine that the tests run on is read or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kagglehub
import pytest

from .conftest import Lesson
from .kaggle_data_stage import Stage
from .kaggle_server import COMPETITION, TOKEN

SMALL = Path("dogs_vs_cats_small")
TRAIN, PETS = Path("dogs_vs_cats/train"), Path("microsoft/PetImages")
ARCHIVE = Path("kagglecatsanddogs_5340.zip")
PER_CLASS = 25  # the least of which the shares are whole numbers


class World:
    """A reader's machine: an empty home, an empty folder, and the stage.

    Attributes:
        keys: the folder in the home in which the clients look for keys.
        archive: where kagglehub keeps what it downloads.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home, self.work = folder / "home", folder / "work"
        self.keys = home / ".kaggle"
        self.keys.mkdir(parents=True)
        self.work.mkdir()
        cache = home / ".cache/kagglehub"
        self.archive = cache / f"competitions/{COMPETITION}.archive"
        own = {
            **{"HOME": str(home), "USERPROFILE": str(home)},
            # kagglehub looked up the home folder when it was imported.
            "KAGGLEHUB_CACHE": str(cache),
            "KAGGLE_CONFIG_DIR": str(self.keys),
        }
        self.stage = Stage(PER_CLASS)
        for name, value in {**self.stage.start(home), **own}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.chdir(self.work)
        self.server = self.stage.server

    def give_token(self) -> None:
        (self.keys / "access_token").write_text(TOKEN)

    def left(self) -> set[str]:
        """What lies in the folder, and what kagglehub takes for complete.

        In its cache, it believes in a file `*.complete` alone.
        """
        complete = self.archive.parent.glob("*.complete")
        return {path.name for path in [*complete, *self.work.iterdir()]}


def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """As a fixture: a machine for one test."""
    made = World(tmp_path, monkeypatch)
    yield made
    made.stage.stop()
    assert {path.name for path in tmp_path.iterdir()} == {"home", "work"}


def with_token(world: World) -> World:
    """As a fixture: the machine of a reader who has saved a token."""
    world.give_token()
    return world


def functions(lesson: Lesson) -> dict[str, Any]:
    """As a fixture: the lesson's functions, with the formats of images."""
    return lesson.definitions(**lesson("setup", "images_by_class"))


def from_microsoft(code: dict[str, Any]) -> Path:
    """Downloaded and unpacked; the folder with the images."""
    code["fetch"](code["url"], ARCHIVE)
    code["unpack"](ARCHIVE, PETS.parent)
    return PETS


def from_kaggle(code: dict[str, Any]) -> Path:
    """The same from Kaggle."""
    archive = Path(kagglehub.competition_download(COMPETITION)) / "train.zip"
    code["unpack"](archive, TRAIN.parent)
    return TRAIN


def sound(code: dict[str, Any], source: Path) -> dict[str, list[Path]]:
    """What the page's section of this name makes of the images."""
    classes = code["find_images"](source)
    bad = code["bad_images"](classes)
    return {
        label: [path for path in paths if path not in bad]
        for label, paths in classes.items()
    }


def complete(code: dict[str, Any], source: Path) -> dict[str, Path]:
    """Check and split; what the split has made, by name."""
    images = sound(code, source)
    code["split"](images, SMALL)
    return check_split(images)


def check_split(images: dict[str, list[Path]]) -> dict[str, Path]:
    """8%, 4% and 8% of each class, no image twice, nothing else."""
    files = [path for path in SMALL.rglob("*") if path.is_file()]
    count = min(map(len, images.values()))
    for name, share in {"train": 8, "validation": 4, "test": 8}.items():
        for label in images:
            found = list((SMALL / name / label).iterdir())
            assert len(found) == round(count * share / 100)
    named = {f"{path.parent.name}/{path.name}": path for path in files}
    assert len(named) == len(files)
    originals = {
        f"{label}/{path.name}": path
        for label, paths in images.items()
        for path in paths
    }
    for name, copy in named.items():
        assert copy.read_bytes() == originals[name].read_bytes()
    return named

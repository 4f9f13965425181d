"""A reader's machine, for tests of `kaggle_data`, and all that is done on it.

Nothing of the machine that the tests run on is read or written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Lesson
from .kaggle_data_stage import Stage
from .kaggle_server import COMPETITION, TOKEN

TRAIN, SMALL = Path("dogs_vs_cats/train"), Path("dogs_vs_cats_small")
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
        commands = [str(Path(sys.executable).parent), os.environ["PATH"]]
        own = {
            **{"HOME": str(home), "USERPROFILE": str(home)},
            # kagglehub looked up the home folder when it was imported.
            "KAGGLEHUB_CACHE": str(cache),
            "KAGGLE_CONFIG_DIR": str(self.keys),
            "PATH": os.pathsep.join(commands),
        }
        self.stage = Stage(PER_CLASS)
        for name, value in {**self.stage.start(home), **own}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.chdir(self.work)
        self.server = self.stage.server

    def give_token(self) -> None:
        (self.keys / "access_token").write_text(TOKEN)

    def give_legacy_key(self) -> None:
        key = self.keys.parent / "Downloads/kaggle.json"
        Path(shutil.copy(key, self.keys)).chmod(0o600)

    def kaggle(self, *arguments: str) -> str:
        """What the command prints, and then its exit status."""
        command = ["kaggle", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return f"{done.stdout}{done.stderr}{done.returncode}"

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


def with_token(world: World) -> World:
    """As a fixture: the machine of a reader who has saved a token."""
    world.give_token()
    return world


def functions(lesson: Lesson) -> dict[str, Any]:
    """As a fixture: the lesson's functions."""
    steps = ("download", "unpack", "check", "split", "answer_room")
    return lesson.definitions("setup", *steps)


def unpacked(code: dict[str, Any]) -> Path:
    """The inner archive, downloaded and unpacked."""
    archive = code["download"](COMPETITION) / "train.zip"
    code["unpack"](archive, TRAIN.parent)
    return archive


def complete(code: dict[str, Any], count: int = PER_CLASS) -> None:
    """Everything that the page does; `count` images of each class come out."""
    archive = unpacked(code)
    names = {path.name for path in archive.parent.iterdir()}
    assert names >= {"sampleSubmission.csv", "test1.zip", "train.zip"}
    sizes = [path.stat().st_size for path in TRAIN.iterdir()]
    assert len(sizes) == 2 * count
    assert code["room_needed"](archive) == sum(sizes)
    broken = code["broken_images"](TRAIN)
    assert not broken
    code["split"](TRAIN, SMALL, broken)
    check_split(count)


def check_split(count: int) -> dict[str, Path]:
    """8%, 4% and 8% of each class, no image twice, nothing else."""
    files = [path for path in SMALL.rglob("*") if path.is_file()]
    for name, share in {"train": 8, "validation": 4, "test": 8}.items():
        for animal in ("cat", "dog"):
            found = list((SMALL / name / animal).glob(f"{animal}.*.jpg"))
            assert len(found) == count * share // 100
    assert len(files) == 2 * count * 20 // 100
    assert len({path.name for path in files}) == len(files)
    return {path.name: path for path in files}

"""What the lesson `kaggle_data` claims: nothing half-done passes for whole.

The lesson's own functions run against the stand-ins of Microsoft and Kaggle,
with the real clients. Nothing here leaves this machine.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import pytest
import tensorflow as tf
from keras.src.utils.image_dataset_utils import ALLOWLIST_FORMATS
from PIL import Image, UnidentifiedImageError

from .kaggle_data_stage import disk_full
from .kaggle_server import STORAGE, drawn
from .kaggle_world import (
    ARCHIVE,
    PETS,
    SMALL,
    World,
    check_split,
    complete,
    from_kaggle,
    from_microsoft,
    functions,
    play,
    sound,
    with_token,
)

world = pytest.fixture(play)
member = pytest.fixture(with_token)
names = pytest.fixture(scope="module")(functions)
WAYS = pytest.mark.parametrize("way", [from_microsoft, from_kaggle])


def image(path: Path, kind: str = "JPEG") -> Path:
    """A small sound image, whatever it is called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 9), (len(path.name), 99, 9)).save(path, kind)
    return path


# --- Download and unpack ------------------------------------------------------


@pytest.mark.parametrize(
    "fault, message",
    [
        ("network_down", "Name or service not known"),
        ("cut_off", r"got only \d+ out of \d+ bytes"),
        ("moved", "HTTP Error 404: Not Found"),
        ("disk_full", "No space left on device"),
    ],
)
def test_a_download_that_fails_says_what_to_do(
    world: World, names, fault: str, message: str
) -> None:
    """What the address was, and where a file from a browser is taken from."""
    url, how = names["url"], fault
    if fault == "moved":
        url, how = url.replace("5340", "0"), None
    with (
        world.stage.wrong(how),
        pytest.raises(OSError, match=message) as caught,
    ):
        names["fetch"](url, ARCHIVE)
    for each in (url, "in a browser", str(ARCHIVE.absolute())):
        assert each in str(caught.value)
    assert not ARCHIVE.exists()
    assert len(complete(names, from_microsoft(names))) == 10
    # What is there is taken, without asking anyone.
    world.server.requests.clear()
    names["fetch"](url, ARCHIVE)
    assert world.server.requests == []


@pytest.mark.parametrize("what", ["missing", "web page", "half", "wrong byte"])
def test_what_is_no_whole_archive_is_told(
    world: World, names, what: str
) -> None:
    with world.stage.wrong("not_a_zip" if what == "web page" else None):
        names["fetch"](names["url"], ARCHIVE)
    data = bytearray(ARCHIVE.read_bytes())
    if what == "missing":
        ARCHIVE.unlink()
    elif what == "half":
        ARCHIVE.write_bytes(data[: len(data) // 2])
    elif what == "wrong byte":
        data[len(data) // 2] ^= 1
        ARCHIVE.write_bytes(data)
    wrong = "CRC-32" if what == "wrong byte" else "whole zip file as .*delete"
    with pytest.raises((ValueError, zipfile.BadZipFile), match=wrong):
        names["unpack"](ARCHIVE, PETS.parent)
    assert world.left() <= {ARCHIVE.name}
    ARCHIVE.unlink(missing_ok=True)
    assert len(complete(names, from_microsoft(names))) == 10


def test_python_unpacks_a_member_that_points_outside_to_the_inside(
    world: World, names
) -> None:
    with zipfile.ZipFile("bad.zip", "w") as file:
        file.writestr("../../outside.jpg", b"outside")
    names["unpack"](Path("bad.zip"), Path("folder"))
    found = [path.name for path in world.work.parent.rglob("outside.jpg")]
    assert found == ["outside.jpg"] and Path("folder/outside.jpg").exists()


@WAYS
def test_the_second_run_only_asks_what_is_new(
    member: World, names, way: Any
) -> None:
    def times() -> dict[Path, int]:
        files = [*member.archive.parent.rglob("*"), *member.work.rglob("*")]
        return {file: file.stat().st_mtime_ns for file in files}

    complete(names, way(names))
    before = times()
    member.server.requests.clear()
    complete(names, way(names))
    asked = [host for _, host, *_ in member.server.requests]
    assert asked == ([] if way is from_microsoft else ["localhost", STORAGE])
    assert times() == before


# --- Half of it ---------------------------------------------------------------


@pytest.fixture(params=["unpack", "split"])
def step(request, world: World, names) -> partial:
    """A step and its goal; what has to come before it is there."""
    images = sound(names, from_microsoft(names))
    if request.param == "split":
        return partial(names["split"], images, SMALL)
    shutil.rmtree(PETS.parent)
    return partial(names["unpack"], ARCHIVE, PETS.parent)


def stopped(items: Any, **_: Any) -> Iterator[Any]:
    """In place of tqdm: Ctrl+C after a file."""
    yield next(iter(items))
    raise KeyboardInterrupt


@pytest.mark.parametrize("how", ["disk full", "Ctrl+C"])
def test_a_step_that_breaks_off_leaves_nothing(
    world: World, names, step: partial, how: str
) -> None:
    before = world.left()
    with (
        disk_full(10_000)
        if how == "disk full"
        else mock.patch.dict(names, tqdm=stopped),
        pytest.raises((OSError, KeyboardInterrupt)),
    ):
        step()
    assert world.left() == before
    complete(names, from_microsoft(names))


KILLED = """
import os, sys
from pathlib import Path
from tests.lessons.conftest import Lesson
from tests.lessons.kaggle_world import functions, sound, PETS
def tqdm(items, **_):
    yield next(iter(items))
    os._exit(9)
names = functions(Lesson("kaggle_data"))
images = sound(names, PETS) if PETS.exists() else None
names["tqdm"] = tqdm
names[sys.argv[1]](images or Path(sys.argv[2]), Path(sys.argv[3]))
"""


def test_what_is_left_when_the_process_is_killed(
    world: World, names, step: partial
) -> None:
    """A folder `.new-…`, and nothing that looks whole."""
    before = world.left()
    call = [step.func.__name__, ARCHIVE, step.args[1]]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:0] = [{str(root)!r}]\n" + KILLED,
            *call,
        ]
    )
    assert done.returncode == 9
    (new,) = world.left() - before
    assert new.startswith(".new-")
    complete(names, from_microsoft(names))


@pytest.mark.parametrize("how", ["a part", "nothing", "another's", "a file"])
def test_a_half_made_folder_is_an_error_and_is_left_as_it_is(
    world: World, names, step: partial, how: str
) -> None:
    """As an earlier split by other means, which was interrupted, leaves it."""
    step()
    goal = step.args[1]
    if how == "a part":
        paths = [path for path in goal.rglob("*") if path.is_file()]
        for path in paths[: len(paths) // 2]:
            path.unlink()
    else:
        shutil.rmtree(goal)
        goal.touch() if how == "a file" else goal.mkdir()
    if how == "another's":
        (goal / "mine.txt").write_text("mine")
    before = {path: path.stat().st_mtime_ns for path in goal.rglob("*")}
    with pytest.raises(FileExistsError) as caught:
        step()
    said = str(caught.value)
    assert f"folder {goal}, but " in said and "Delete or rename" in said
    assert before == {p: p.stat().st_mtime_ns for p in goal.rglob("*")}
    goal.unlink() if how == "a file" else shutil.rmtree(goal)
    complete(names, from_microsoft(names))


# --- Too little ---------------------------------------------------------------


@pytest.mark.parametrize(
    "made, found",
    [
        (None, r"no folder /.*/photos"),
        ([], "found none"),
        (["IMG_1.jpg", "IMG_2.jpg"], "found none"),  # whose class is unknown
        (["PetImages/Cat/0.jpg", "PetImages/Dog/0.jpg"], "found none"),
        (["Cat/0.jpg", "Cat/Thumbs.db"], r"found \{'Cat': 1\}"),
        (["Cat/0.jpg", "Dog/0.webp"], r"found \{'Cat': 1\}"),
        (["cat.0.jpg", "cat.1.jpg"], r"found \{'cat': 2\}"),
    ],
)
def test_too_little_is_an_error(
    world: World, names, made: list[str] | None, found: str
) -> None:
    source = Path("photos")
    if made is not None:
        source.mkdir()
    for name in made or []:
        image(source / name)
    with pytest.raises((ValueError, FileNotFoundError), match=found):
        names["find_images"](source)


@pytest.mark.parametrize("count, least", [(5, 0), (12, 0), (13, 1), (0, 0)])
def test_too_few_photos_are_an_error(
    world: World, names, count: int, least: int
) -> None:
    images = {"Cat": [Path(f"{n}.jpg") for n in range(99)]}
    images["Dog"] = images["Cat"][:count]
    if least:
        assert min(names["group_sizes"](images).values()) == least
        return
    with pytest.raises(ValueError, match=f"but {count} of Dog give .*'val"):
        names["split"](images, SMALL)
    assert world.left() == set()


# --- What is an image ---------------------------------------------------------


def test_every_ending_that_keras_reads(world: World, names) -> None:
    """In capitals as well, and with class names of one's own."""
    assert names["FORMATS"].keys() == set(ALLOWLIST_FORMATS)
    kinds = {".bmp": "BMP", ".gif": "GIF", ".png": "PNG"}
    for ending in ALLOWLIST_FORMATS:
        for place in (f"tabby{ending}", f"Maine Coon.1{ending.upper()}"):
            image(Path("cats/tabby") / place, kinds.get(ending, "JPEG"))
            image(Path("cats/Maine Coon") / place, kinds.get(ending, "JPEG"))
    image(Path("cats/tabby/album.jpeg"), "MPO")
    found = names["find_images"](Path("cats"))
    assert {name: len(paths) for name, paths in found.items()} == {
        "tabby": 11,
        "Maine Coon": 10,
    }
    assert names["bad_images"](found) == {}
    loaded = keras.utils.image_dataset_from_directory("cats")
    assert set(loaded.file_paths) == {
        str(path) for paths in found.values() for path in paths
    }
    assert sum(len(labels) for _, labels in loaded) == 21


def test_bad_images_are_found_and_left_out(world: World, names) -> None:
    """A file named .jpg can be of any kind, and raise any kind of error."""
    from_microsoft(names)
    buffer = io.BytesIO()
    Image.new("L", (9, 9)).save(buffer, "png")
    piece = b"\0\0\0\1IDATx" + zlib.crc32(b"IDATx").to_bytes(4)
    damaged = buffer.getvalue()[:33] + piece + b"\0\0\0\1?!?!"
    (PETS / "Cat/damaged.png").write_bytes(damaged)
    image(PETS / "Cat/scan.JPG", "TIFF")
    image(PETS / "Dog/web.jpeg", "WEBP")
    (PETS / "Dog/text.gif").write_text("This is no image.")
    bad = names["bad_images"](names["find_images"](PETS))
    found = {path.name: problem for path, problem in bad.items()}
    begins = {
        **dict.fromkeys(["9.jpg", "text.gif"], "UnidentifiedImageError"),
        **{"7.jpg": "OSError: image file is truncated"},
        **{"4.jpg": "the name says .jpg, but inside is PNG"},
        **{"scan.JPG": "the name says .JPG, but inside is TIFF"},
        **{"web.jpeg": "the name says .jpeg, but inside is WEBP"},
        **{"damaged.png": "SyntaxError"},
    }
    assert found.keys() == begins.keys()
    for name, begin in begins.items():
        assert found[name].startswith(begin)
    copies = complete(names, PETS)
    assert not found.keys() & {copy.name for copy in copies.values()}
    for copy in copies.values():
        Image.open(copy).load()


def test_what_keras_reads(world: World) -> None:
    """A PNG under a false name, but not what it has no decoder for."""
    for kind in ("PNG", "TIFF"):
        path = image(Path(f"{kind}/a/0.jpg"), kind)
        loaded = keras.utils.image_dataset_from_directory(kind, labels=None)
        assert [Path(each) for each in loaded.file_paths] == [path]
        if kind == "PNG":
            assert len(next(iter(loaded))) == 1
        else:
            with pytest.raises(tf.errors.InvalidArgumentError):
                next(iter(loaded))


def test_verify_does_not_see_that_a_jpeg_is_cut_short(
    world: World, names
) -> None:
    """However much is missing; of a text, `open` does not know the format."""
    whole = drawn("cat", 0)
    cut, text = Path("cut.jpg"), Path("text.jpg")
    cut.write_bytes(whole[:1000])  # hardly more than the header
    text.write_text("This is no image.")
    assert len(whole) > 3000
    with Image.open(cut) as opened:
        opened.verify()
    with pytest.raises(UnidentifiedImageError):  # verify() is not reached
        Image.open(text)
    assert names["problem_of"](cut) and names["problem_of"](text)


# --- The split ----------------------------------------------------------------


@WAYS
def test_the_split_is_the_same_on_every_run(
    member: World, names, way: Any
) -> None:
    first = complete(names, way(names))
    shutil.rmtree(SMALL)
    assert complete(names, way(names)) == first


def test_the_room_that_is_needed(world: World, names) -> None:
    from_microsoft(names)
    needed = names["room_needed"](ARCHIVE)
    files = PETS.parent.rglob("*")
    assert needed == sum(p.stat().st_size for p in files if p.is_file())


@pytest.mark.slow
@WAYS
def test_25_000_images(member: World, names, way: Any) -> None:
    """As many as the real ones, downloaded, unpacked, checked and split.

    `pytest -m slow`. On two cores that others used as well: 12 to 30 s for
    the lesson's steps, and 10 to 20 s to draw the images.
    """
    member.server.per_class = 12_500
    images = names["find_images"](way(names))
    assert sum(map(len, images.values())) == 25_000
    images = sound(names, way(names))
    names["split"](images, SMALL)
    check_split(images)
    for name, count in (("train", 2000), ("validation", 1000), ("test", 2000)):
        assert len(list((SMALL / name).rglob("*.jpg"))) == count

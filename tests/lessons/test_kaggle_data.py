"""What the lesson `kaggle_data` claims, with the real clients.

The lesson's own code runs against the stand-in of Kaggle, once for each thing
that can go wrong: nothing that is left looks whole, and a second run
completes. Nothing here leaves this machine.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import kagglehub
import pytest
from PIL import Image, UnidentifiedImageError

from .kaggle_data_stage import disk_full
from .kaggle_server import COMPETITION, STORAGE, Kaggle, drawn
from .kaggle_world import (
    PER_CLASS,
    SMALL,
    TRAIN,
    World,
    check_split,
    complete,
    functions,
    play,
    unpacked,
    with_token,
)

world = pytest.fixture(play)
member = pytest.fixture(with_token)
code = pytest.fixture(scope="module")(functions)


def bad_archive(member: str | None, path: Path) -> Path:
    """An archive with one more member, or with a wrong byte."""
    with zipfile.ZipFile(path, "w") as file:
        for number in range(20):
            file.writestr(f"train/cat.{number}.jpg", bytes(1000))
        if member:
            file.writestr(member, b"outside")
    if not member:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    return path


# --- What goes wrong: nothing looks whole, and the second run completes -------


def arranged(world: World, what: str) -> AbstractContextManager:
    if what == "disk full later":  # kagglehub has the archive, and unpacks it
        return disk_full(world.server.archive().stat().st_size + 20_000)
    if what == "wrong byte":
        bad = bad_archive(None, world.keys / "bad.zip")
        return mock.patch.object(Kaggle, "archive", lambda _: bad)
    return world.stage.wrong(None if what == "no token" else what)


@pytest.mark.parametrize(
    "fault, section, error, message",
    [
        ("no token", "no_token", "UnauthenticatedError", "not authenticated"),
        ("token_unknown", "error_token", "KaggleApiHTTPError", "401 Client"),
        ("rules_not_accepted", "error_rules", "KaggleApiHTTPError", "403 Cl"),
        ("network_down", "error_network", "ConnectionError", "resolve 'api.k"),
        ("disk_full", "error_disk", "OSError", "No space left on device"),
        ("disk full later", "error_disk", "OSError", "No space left on devi"),
        ("cut_off", "error_cut_off", "ChunkedEncodingError", "tion broken"),
        ("not_a_zip", "error_not_zip", "ValueError", "Unsupported archive ty"),
        ("wrong byte", None, "BadZipFile", "Bad CRC-32"),
    ],
)
def test_download_fails_and_the_second_run_completes(
    world: World, code, lesson, fault: str, section: str, error: str, message
) -> None:
    if fault != "no token":
        world.give_token()
    with (
        arranged(world, fault),
        pytest.raises(Exception, match=message) as caught,
    ):
        code["download"](COMPETITION)
    assert type(caught.value).__name__ == error
    if section:  # the page shows the same
        assert re.search(f"{error}: .*{message}", lesson.printed(section))
    assert world.left() == set()
    assert not (world.archive.exists() and fault in {"not_a_zip", "wrong byte"})
    world.give_token()
    complete(code)
    complete(code)  # and once more: everything is there


def test_a_broken_download_goes_on_where_it_broke_off(
    member: World, code, lesson
) -> None:
    """Kagglehub keeps whole pieces of 1 MiB.

    `download` leaves them whatever else goes wrong: not every ValueError is
    about the archive, as here one about the key.
    """
    member.server.per_class = 250  # more than one piece
    with (
        member.stage.wrong("cut_off"),
        pytest.raises(Exception, match="Connection broken") as caught,
    ):
        code["download"](COMPETITION)
    partly = member.archive.read_bytes()
    assert len(partly) == 1024 * 1024 == 1_048_576
    shown = lesson.printed("error_cut_off")
    assert f"Resuming download from {len(partly)} bytes" in shown
    for message in (str(caught.value), shown):
        (read,) = set(re.findall(r"(\d+) bytes read", message))
        assert len(partly) < int(read) < 2 * len(partly)
    (member.keys / "access_token").unlink()
    (member.keys / "kaggle.json").write_text("{")
    with pytest.raises(ValueError, match="Invalid Kaggle credentials"):
        code["download"](COMPETITION)
    assert member.archive.read_bytes() == partly
    member.give_token()
    member.server.requests.clear()
    complete(code, 250)
    asked = [host for _, host, *_ in member.server.requests]
    assert asked.count(STORAGE) == 2


def test_the_second_run_only_asks_what_is_new(
    member: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times() -> dict[Path, int]:
        files = [*member.archive.parent.rglob("*"), *member.work.rglob("*")]
        return {file: file.stat().st_mtime_ns for file in files}

    complete(code)
    before = times()
    member.server.requests.clear()
    complete(code)
    asked = [host for _, host, *_ in member.server.requests]
    assert asked == ["localhost", STORAGE] and times() == before
    # A newer one is fetched.
    newer = "Thu, 12 Dec 2199 00:00:00 GMT"
    monkeypatch.setattr("tests.lessons.kaggle_server.MODIFIED", newer)
    inner = code["download"](COMPETITION) / "train.zip"
    assert before[inner] != times()[inner]


def test_what_is_no_archive_must_not_stay(member: World, code) -> None:
    """Alone, kagglehub leaves it; its next call appends to it, and fails."""
    with member.stage.wrong("not_a_zip"), pytest.raises(ValueError):
        kagglehub.competition_download(COMPETITION)
    assert member.archive.read_bytes().startswith(b"<html>")
    with pytest.raises(kagglehub.exceptions.DataCorruptionError):
        kagglehub.competition_download(COMPETITION)
    with member.stage.wrong("not_a_zip"), pytest.raises(ValueError):
        code["download"](COMPETITION)
    assert not member.archive.exists()


@pytest.mark.parametrize(
    "outside, error",
    [
        ("../outside.jpg", "points outside the folder"),
        ("train/../../../outside.jpg", "points outside the folder"),
        ("/tmp/outside-of-kaggle-data.jpg", "points outside the folder"),
        (None, "Bad CRC-32"),
    ],
)
def test_a_bad_inner_archive_leaves_nothing(
    member: World, code, outside: str | None, error: str
) -> None:
    bad = bad_archive(outside, member.keys / "train.zip")
    with pytest.raises((zipfile.BadZipFile, ValueError), match=error):
        code["unpack"](bad, TRAIN.parent)
    assert member.left() == set()
    assert not list(member.work.parent.rglob("outside*"))
    assert not Path("/tmp/outside-of-kaggle-data.jpg").exists()
    complete(code)


def test_python_unpacks_a_member_that_points_outside_to_the_inside(
    world: World,
) -> None:
    with zipfile.ZipFile(bad_archive("../outside.jpg", Path("bad.zip"))) as bad:
        bad.extractall("folder")
    found = [path.as_posix() for path in Path().rglob("outside.jpg")]
    assert found == ["folder/outside.jpg"]


@pytest.fixture(params=["unpack", "split"])
def step(request, member: World, code) -> partial:
    """A step; what has to come before it is there."""
    archive = unpacked(code)
    if request.param == "split":
        return partial(code["split"], TRAIN, SMALL, {})
    shutil.rmtree(TRAIN.parent)
    return partial(code["unpack"], archive, TRAIN.parent)


def stopped(items: Any, **_: Any) -> Iterator[Any]:
    """In place of tqdm: Ctrl+C after a file."""
    yield next(iter(items))
    raise KeyboardInterrupt


@pytest.mark.parametrize("how", ["disk full", "Ctrl+C"])
def test_a_step_that_breaks_off_leaves_nothing(
    member: World, code, step: partial, how: str
) -> None:
    before = member.left()
    with (
        disk_full(10_000)
        if how == "disk full"
        else mock.patch.dict(code, tqdm=stopped),
        pytest.raises((OSError, KeyboardInterrupt)),
    ):
        step()
    assert member.left() == before
    complete(code)


KILLED = """
import os, random, shutil, sys, tempfile, zipfile
from pathlib import Path
def tqdm(items, **_):
    yield next(iter(items))
    os._exit(9)
downloaded, train_folder, broken = Path(sys.argv[1]), Path(sys.argv[2]), {}
"""


def test_what_is_left_when_the_process_is_killed(
    member: World, code, lesson, step: partial
) -> None:
    """A folder `.new-…`, and nothing that looks whole."""
    before = member.left()
    killed = KILLED + lesson.code(step.func.__name__)
    folder = code["download"](COMPETITION)
    call = [sys.executable, "-c", killed, folder, TRAIN]
    assert subprocess.run(call).returncode == 9
    (new,) = member.left() - before
    assert new.startswith(".new-")
    complete(code)


def test_a_folder_that_is_there_is_left_as_it_is(
    member: World, code, step: partial
) -> None:
    goal = {"unpack": TRAIN.parent, "split": SMALL}[step.func.__name__]
    goal.mkdir()
    (goal / "mine.txt").write_text("mine")
    assert step() == f"{goal} is there already"
    assert [path.read_text() for path in goal.iterdir()] == ["mine"]


def test_counting_finds_a_gap(world: World, lesson, capsys) -> None:
    TRAIN.mkdir(parents=True)
    for number in (0, 1, 3):
        (TRAIN / f"cat.{number}.jpg").touch()
    lesson("setup", "count")
    assert capsys.readouterr().out == (
        "cat: 3 images, 1 missing in between\n"
        "dog: 0 images, 0 missing in between\n"
    )


def test_broken_images_are_found_and_left_out(member: World, code) -> None:
    """A file named .jpg can be of any kind, and raise any kind of error."""
    member.server.per_class = 100
    with member.stage.wrong("truncated_images"):
        unpacked(code)
    buffer = io.BytesIO()
    Image.new("L", (9, 9)).save(buffer, "png")
    piece = b"\0\0\0\1IDATx" + zlib.crc32(b"IDATx").to_bytes(4)
    damaged = buffer.getvalue()[:33] + piece + b"\0\0\0\1?!?!"
    (TRAIN / "cat.90.jpg").write_bytes(damaged)
    (TRAIN / "cat.91.jpg").write_bytes(b"")
    broken = code["broken_images"](TRAIN)
    found = {path.name: type(error).__name__ for path, error in broken.items()}
    assert found == {
        **dict.fromkeys(["dog.3.jpg", "dog.30.jpg", "dog.60.jpg"], "OSError"),
        **dict.fromkeys(["cat.5.jpg", "cat.91.jpg"], "UnidentifiedImageError"),
        "cat.90.jpg": "SyntaxError",
    }
    code["split"](TRAIN, SMALL, broken)
    copies = check_split(100)
    assert not copies.keys() & found.keys()
    for copy in copies.values():
        Image.open(copy).load()


def test_verify_does_not_see_that_a_jpeg_is_cut_short(
    world: World, code
) -> None:
    """However much is missing; of a text, `open` does not know the format."""
    whole = drawn("cat", 0)
    cut, text = Path("cut.jpg"), Path("text.jpg")
    cut.write_bytes(whole[:1000])  # hardly more than the header
    text.write_text("This is no image.")
    assert len(whole) > 3000
    with Image.open(cut) as image:
        image.verify()
    with pytest.raises(UnidentifiedImageError):  # verify() is not reached
        Image.open(text)
    assert code["broken_images"](Path()).keys() == {cut, text}


def test_force_download_deletes_before_it_asks(member: World, code) -> None:
    folder = code["download"](COMPETITION)
    with member.stage.wrong("network_down"):
        assert code["download"](COMPETITION) == folder  # from the cache
        with pytest.raises(Exception, match="Failed to resolve"):
            code["download"](COMPETITION, force_download=True)
    assert not folder.exists()


def test_the_split_is_the_same_on_every_run(member: World, code) -> None:
    complete(code)
    first = check_split(PER_CLASS)
    for name, copy in first.items():
        assert copy.read_bytes() == (TRAIN / name).read_bytes()
    shutil.rmtree(SMALL)
    complete(code)
    assert check_split(PER_CLASS) == first


@pytest.mark.slow
def test_25_000_images(member: World, code) -> None:
    """As many as Kaggle has, downloaded, unpacked, checked and split.

    `pytest -m slow`. On two cores that others used as well: 12 to 30 s for
    the lesson's steps, and 10 to 20 s to draw the images.
    """
    member.server.per_class = 12_500
    complete(code, 12_500)
    assert len(list(TRAIN.iterdir())) == 25_000
    for name, count in (("train", 2000), ("validation", 1000), ("test", 2000)):
        assert len(list((SMALL / name).rglob("*.jpg"))) == count

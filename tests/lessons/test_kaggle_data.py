"""What the lesson `kaggle_data` claims, with the real clients.

The lesson's own code runs against the stand-in of Kaggle, once for each thing
that can go wrong: nothing that is left looks whole, and a second run
completes. Nothing here leaves this machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import types
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import kagglehub
import pytest
import requests
from PIL import Image, UnidentifiedImageError

from tests.harness.records import Record
from tests.harness.syntax import sections

from .kaggle_data_stage import Stage, disk_full
from .kaggle_server import LEGACY_KEY, PER_CLASS, STORAGE, TOKEN, Kaggle

ROOT = Path(__file__).parents[2]
RECORD = Record(ROOT, "kaggle_data")
SCRIPT = (ROOT / "snippets/kaggle_data.py").read_text(encoding="utf-8")
CODE = {name: code for name, (_, code) in sections(SCRIPT).items()}
SHELL = {
    name: code
    for name, (_, code) in sections(
        (ROOT / "snippets/kaggle_data.sh").read_text(encoding="utf-8")
    ).items()
}
COMPETITION = "dogs-vs-cats"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


class World:
    """A reader's machine: an empty home, an empty folder, and the stand-in.

    Attributes:
        home: where keys and downloads go.
        work: the folder that the code runs in.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.stage = Stage(per_class=50)
        self.cache = self.home / ".cache/kagglehub/competitions"
        for name in [name for name in os.environ if name.startswith("KAGGLE")]:
            monkeypatch.delenv(name)
        own = {
            **{"HOME": str(self.home), "USERPROFILE": str(self.home)},
            # kagglehub looked up the home folder when it was imported.
            "KAGGLEHUB_CACHE": str(self.cache.parent),
            "KAGGLE_CONFIG_DIR": str(self.home / ".kaggle"),
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
        }
        for name, value in {**own, **self.stage.start(self.home)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.chdir(self.work)

    def give_token(self) -> None:
        (self.home / ".kaggle").mkdir(exist_ok=True)
        (self.home / ".kaggle/access_token").write_text(TOKEN)

    def give_legacy_key(self) -> Path:
        (self.home / ".kaggle").mkdir(exist_ok=True)
        goal = self.home / ".kaggle/kaggle.json"
        shutil.copy(self.home / "Downloads/kaggle.json", goal)
        goal.chmod(0o600)
        return goal

    def kaggle(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["kaggle", *arguments], capture_output=True, text=True
        )

    def whole(self) -> set[str]:
        """Everything here that a reader or kagglehub takes for complete.

        In its cache, kagglehub believes in a file `*.complete` alone.
        """
        places = [*self.cache.glob("*.complete"), *self.work.iterdir()]
        return {path.name for path in places if path.name[0] != "."}

    def hidden(self) -> list[str]:
        """What an interrupted step has left in the reader's folder."""
        return [path.name for path in self.work.glob(".*")]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path, monkeypatch)
    yield made
    made.stage.stop()


@pytest.fixture
def code() -> dict[str, Any]:
    """The lesson's functions, as its page defines them."""
    namespace: dict[str, Any] = {}
    exec(CODE["setup"], namespace)
    for name, ends in {
        "download": "downloaded",
        "unpack": "print",
        "check": "broken =",
        "split": "print",
        "answer_room": "needed",
    }.items():
        exec(re.split(rf"^{ends}", CODE[name], flags=re.M)[0], namespace)
    return namespace


def complete(code: dict[str, Any], count: int = 50, **options: Any) -> None:
    """Everything that the page does; `count` images of each class come out."""
    downloaded = code["download"](COMPETITION, **options)
    names = {path.name for path in downloaded.iterdir()}
    assert names == {"sampleSubmission.csv", "test1.zip", "train.zip"}
    train = Path("dogs_vs_cats/train")
    code["unpack"](downloaded / "train.zip", train.parent)
    assert len(list(train.iterdir())) == 2 * count
    broken = code["broken_images"](train)
    assert not broken
    code["split"](train, Path("dogs_vs_cats_small"), broken)
    check_split(Path("dogs_vs_cats_small"), count)


def check_split(folder: Path, count: int) -> list[Path]:
    """8%, 4% and 8% of each class, no image twice, nothing else."""
    sizes = {"train": 8, "validation": 4, "test": 8}  # per cent
    assert {path.name for path in folder.iterdir()} == sizes.keys()
    copies = []
    for name, share in sizes.items():
        for animal in ("cat", "dog"):
            files = list((folder / name / animal).iterdir())
            assert len(files) == count * share // 100
            assert all(file.name.startswith(f"{animal}.") for file in files)
            copies += files
    assert len({copy.name for copy in copies}) == len(copies)
    assert len(copies) == len([f for f in folder.rglob("*") if f.is_file()])
    return copies


# --- What goes wrong: nothing looks whole, and the second run completes -------

NO_PERMISSION = "You don't have permission to access resource"


@pytest.mark.parametrize(
    "fault, error, message",
    [
        (None, "UnauthenticatedError", "User is not authenticated"),
        ("token_unknown", "KaggleApiHTTPError", NO_PERMISSION),
        ("rules_not_accepted", "KaggleApiHTTPError", NO_PERMISSION),
        ("network_down", "ConnectionError", "Failed to resolve 'api.kaggle"),
        ("disk_full", "OSError", "No space left on device"),
        ("cut_off", "ChunkedEncodingError", "Connection broken"),
        ("not_a_zip", "ValueError", "Unsupported archive type"),
    ],
)
def test_download_fails_and_the_second_run_completes(
    world: World, code, fault: str | None, error: str, message: str
) -> None:
    if fault:
        world.give_token()
    with (
        world.stage.wrong(fault),
        pytest.raises(Exception, match=message) as caught,
    ):
        code["download"](COMPETITION)
    assert type(caught.value).__name__ == error
    assert world.whole() == set()
    if not fault:
        world.give_token()
    complete(code)
    complete(code)  # and once more: everything is there


def test_recorded_messages_are_those_of_the_clients() -> None:
    """The page shows what the tests above see."""
    for section, start in {
        "no_token": "UnauthenticatedError: User is not authenticated",
        "error_token": "KaggleApiHTTPError: 401 Client Error.",
        "error_rules": "KaggleApiHTTPError: 403 Client Error.",
        "error_disk": "OSError: [Errno 28] No space left on device",
    }.items():
        assert (RECORD.text(section) or "").startswith(start)
    for section, part in {
        "error_network": "ConnectionError: HTTPSConnectionPool(host='api.",
        "error_cut_off": "ChunkedEncodingError: ('Connection broken: Incompl",
        "error_not_zip": "ValueError: Unsupported archive type.",
        "error_outside": "ValueError: ../../outside.jpg points outside",
        "error_images": "OSError: image file is truncated",
    }.items():
        assert part in (RECORD.text(section) or "")


def test_a_disk_that_fills_up_while_the_outer_archive_is_unpacked(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give_token()
    size = world.stage.server.archive().stat().st_size
    with (
        disk_full(size + 20_000),
        pytest.raises(OSError, match="No space left"),
    ):
        code["download"](COMPETITION)
    assert "dogs-vs-cats.complete" not in world.whole()
    complete(code)


def test_a_broken_download_goes_on_where_it_broke_off(
    world: World, code
) -> None:
    world.give_token()
    world.stage.server.per_class = 250  # more than one piece of 1 MiB
    with (
        world.stage.wrong("cut_off"),
        pytest.raises(Exception, match="Connection broken"),
    ):
        code["download"](COMPETITION)
    before = len(world.stage.server.requests)
    complete(code, count=250)
    again = world.stage.server.requests[before:]
    assert [host for _, host, _, _ in again].count(STORAGE) == 2


def test_kagglehub_writes_in_pieces_of_1_mib(world: World, code) -> None:
    """What has come of an unfinished piece is lost."""
    world.give_token()
    world.stage.server.per_class = 250
    archive = world.cache / f"{COMPETITION}.archive"
    with (
        world.stage.wrong("cut_off"),
        pytest.raises(Exception, match="Connection broken") as caught,
    ):
        code["download"](COMPETITION)
    (read,) = set(re.findall(r"(\d+) bytes read", str(caught.value)))
    assert archive.stat().st_size == 1024 * 1024 == 1_048_576 < int(read)
    shown = RECORD.text("error_cut_off") or ""
    assert "Resuming download from 1048576 bytes" in shown
    (read,) = set(re.findall(r"(\d+) bytes read", shown))
    assert 1_048_576 < int(read) < 2 * 1_048_576


def test_half_an_archive_stays_whatever_else_goes_wrong(
    world: World, code
) -> None:
    """Not every ValueError is about the archive; this one is about the key."""
    world.give_token()
    world.stage.server.per_class = 250
    with (
        world.stage.wrong("cut_off"),
        pytest.raises(Exception, match="Connection broken"),
    ):
        code["download"](COMPETITION)
    archive = world.cache / f"{COMPETITION}.archive"
    partly = archive.read_bytes()
    (world.home / ".kaggle/access_token").unlink()
    (world.home / ".kaggle/kaggle.json").write_text("{")
    with pytest.raises(ValueError, match="Invalid Kaggle credentials"):
        code["download"](COMPETITION)
    assert archive.read_bytes() == partly
    world.give_token()
    before = len(world.stage.server.requests)
    code["download"](COMPETITION)
    again = world.stage.server.requests[before:]
    assert [host for _, host, _, _ in again].count(STORAGE) == 2  # went on


def test_a_whole_archive_with_a_wrong_byte_must_not_stay(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give_token()
    archive = world.cache / f"{COMPETITION}.archive"
    bad_archive("a byte is wrong", world.home / "bad.zip")
    with monkeypatch.context() as patch:
        patch.setattr(Kaggle, "archive", lambda _: world.home / "bad.zip")
        with pytest.raises(zipfile.BadZipFile, match="Bad CRC-32"):
            code["download"](COMPETITION)
    assert not archive.exists() and world.whole() == set()
    assert (code["download"](COMPETITION) / "train.zip").exists()


def test_the_second_run_only_asks_what_is_new(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give_token()
    complete(code)
    files = [*world.cache.rglob("*"), *world.work.rglob("*")]
    before = {file: file.stat().st_mtime_ns for file in files}
    asked = len(world.stage.server.requests)
    complete(code)
    hosts = [host for _, host, _, _ in world.stage.server.requests[asked:]]
    assert hosts == ["localhost", STORAGE]
    files = [*world.cache.rglob("*"), *world.work.rglob("*")]
    assert before == {file: file.stat().st_mtime_ns for file in files}
    # A newer one is fetched.
    newer = "Thu, 12 Dec 2199 00:00:00 GMT"
    monkeypatch.setattr("tests.lessons.kaggle_server.MODIFIED", newer)
    folder = code["download"](COMPETITION)
    inner = folder / "train.zip"
    assert before[inner] != inner.stat().st_mtime_ns


def test_what_is_no_archive_must_not_stay(world: World, code) -> None:
    """Alone, kagglehub leaves it; its next call appends to it, and fails."""
    world.give_token()
    archive = world.cache / f"{COMPETITION}.archive"
    with world.stage.wrong("not_a_zip"), pytest.raises(ValueError):
        kagglehub.competition_download(COMPETITION)
    assert archive.read_bytes().startswith(b"<html>")
    with pytest.raises(kagglehub.exceptions.DataCorruptionError):
        kagglehub.competition_download(COMPETITION)
    with world.stage.wrong("not_a_zip"), pytest.raises(ValueError):
        code["download"](COMPETITION)
    assert not archive.exists()


def bad_archive(kind: str, path: Path) -> None:
    """An archive in which something is wrong."""
    if kind == "not a zip":
        path.write_text("<html>We will be back soon.</html>")
        return
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(20):
            file.writestr(f"train/cat.{number}.jpg", bytes(1000))
        if kind.startswith("outside"):
            file.writestr(kind.partition(" ")[2], b"outside")
    data = bytearray(buffer.getvalue())
    if kind == "a byte is wrong":
        data[len(data) // 2] ^= 1
    if kind == "the end is missing":
        del data[len(data) // 2 :]
    path.write_bytes(data)


@pytest.mark.parametrize(
    "kind, message",
    [
        ("not a zip", "File is not a zip file"),
        ("the end is missing", "File is not a zip file"),
        ("a byte is wrong", "Bad CRC-32"),
        ("outside ../outside.jpg", "points outside the folder"),
        ("outside train/../../../outside.jpg", "points outside the folder"),
        ("outside /tmp/outside-of-kaggle-data.jpg", "points outside"),
    ],
)
def test_a_bad_inner_archive_leaves_nothing(
    world: World, code, kind: str, message: str
) -> None:
    bad_archive(kind, world.home / "train.zip")
    with pytest.raises((zipfile.BadZipFile, ValueError), match=message):
        code["unpack"](world.home / "train.zip", Path("dogs_vs_cats"))
    assert world.whole() == set() and world.hidden() == []
    assert not list(world.work.parent.rglob("outside*"))
    assert not Path("/tmp/outside-of-kaggle-data.jpg").exists()
    world.give_token()
    complete(code)


def interrupt(after: int, function: Callable) -> Callable:
    """The function; its call number `after` is Ctrl+C."""
    calls = 0

    def interrupted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == after:
            raise KeyboardInterrupt
        return function(*arguments, **options)

    return interrupted


@pytest.mark.parametrize("how", ["disk_full", "Ctrl+C"])
@pytest.mark.parametrize("step", ["unpack", "split"])
def test_a_step_that_breaks_off_leaves_nothing(
    world: World, code, monkeypatch: pytest.MonkeyPatch, step: str, how: str
) -> None:
    world.give_token()
    downloaded = code["download"](COMPETITION)
    train = Path("dogs_vs_cats/train")
    if step == "split":
        code["unpack"](downloaded / "train.zip", train.parent)
    before = world.whole()
    with monkeypatch.context() as patch:
        if how == "Ctrl+C":
            owner, name = {
                "unpack": (zipfile.ZipFile, "extract"),
                "split": (shutil, "copy2"),
            }[step]
            patch.setattr(owner, name, interrupt(7, getattr(owner, name)))
        with (
            disk_full(10_000) if how != "Ctrl+C" else nullcontext(),
            pytest.raises((OSError, KeyboardInterrupt)),
        ):
            if step == "unpack":
                code["unpack"](downloaded / "train.zip", train.parent)
            else:
                code["split"](train, Path("dogs_vs_cats_small"), {})
    assert world.whole() == before and world.hidden() == []
    complete(code)


@pytest.mark.parametrize("step", ["unpack", "split"])
def test_what_is_left_when_the_process_is_killed(
    world: World, code, step: str
) -> None:
    """A folder `.new-…`, and nothing that looks whole."""
    world.give_token()
    archive = code["download"](COMPETITION) / "train.zip"
    train = Path("dogs_vs_cats/train")
    if step == "split":
        code["unpack"](archive, train.parent)
    before = world.whole()
    killed = {
        "unpack": f"""
zipfile.ZipFile.extract = lambda *_: os._exit(9)
unpack(Path({str(archive)!r}), Path("dogs_vs_cats"))
""",
        "split": f"""
shutil.copy2 = lambda *_: os._exit(9)
split(Path({str(train)!r}), Path("dogs_vs_cats_small"), {{}})
""",
    }[step]
    function = re.split(r"^print", CODE[step], flags=re.M)[0]
    done = subprocess.run(
        [sys.executable, "-c", CODE["setup"] + function + killed]
    )
    assert done.returncode == 9
    assert world.whole() == before
    (left,) = world.hidden()
    assert left.startswith(".new-")
    complete(code)


def test_a_folder_that_is_there_is_left_as_it_is(world: World, code) -> None:
    world.give_token()
    archive = code["download"](COMPETITION) / "train.zip"
    for name in ("dogs_vs_cats", "dogs_vs_cats_small"):
        Path(name).mkdir()
        Path(name, "mine.txt").write_text("mine")
    assert "there already" in code["unpack"](archive, Path("dogs_vs_cats"))
    small = Path("dogs_vs_cats_small")
    assert "there already" in code["split"](archive.parent, small, {})
    for name in ("dogs_vs_cats", "dogs_vs_cats_small"):
        assert [p.name for p in Path(name).iterdir()] == ["mine.txt"]
        assert Path(name, "mine.txt").read_text() == "mine"


def test_broken_images_are_found_and_left_out(world: World, code) -> None:
    world.give_token()
    with world.stage.wrong("truncated_images"):
        world.stage.server.per_class = 100
        downloaded = code["download"](COMPETITION)
    code["unpack"](downloaded / "train.zip", Path("damaged"))
    broken = code["broken_images"](Path("damaged/train"))
    names = {path.name for path in broken}
    assert names == {"cat.5.jpg", "dog.3.jpg", "dog.30.jpg", "dog.60.jpg"}
    code["split"](Path("damaged/train"), Path("small"), broken)
    copies = check_split(Path("small"), 100)
    assert not names & {copy.name for copy in copies}
    for copy in copies:
        Image.open(copy).load()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A piece of a PNG file."""
    check = zlib.crc32(kind + data).to_bytes(4)
    return len(data).to_bytes(4) + kind + data + check


def png(width: int, height: int, *pieces: bytes) -> bytes:
    size = width.to_bytes(4) + height.to_bytes(4)
    header = chunk(b"IHDR", size + bytes([8, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(pieces)


@pytest.mark.parametrize(
    "data, error",
    [
        (b"", "UnidentifiedImageError"),
        (
            png(2, 2, chunk(b"IDAT", b"x"), b"\x00\x00\x00\x01?!?!"),
            "SyntaxError",
        ),
        (png(50_000, 50_000, chunk(b"IDAT", b"")), "DecompressionBombError"),
    ],
    ids=["empty", "damaged PNG", "too many pixels"],
)
def test_any_error_of_pillow_is_a_broken_image(
    world: World, code, data: bytes, error: str
) -> None:
    """A file named .jpg can be of any kind, and raise any kind of error."""
    Path("cat.0.jpg").write_bytes(data)
    Image.new("RGB", (9, 9)).save("cat.1.jpg")
    broken = code["broken_images"](Path())
    assert {p.name: type(e).__name__ for p, e in broken.items()} == {
        "cat.0.jpg": error
    }


def test_verify_does_not_see_that_a_jpeg_is_cut_short(
    world: World, code, capsys
) -> None:
    """Exercise 4 needs the unpacked images alone, and can be done twice."""
    world.give_token()
    archive = code["download"](COMPETITION) / "train.zip"
    code["unpack"](archive, Path("dogs_vs_cats"))
    code["train_folder"] = Path("dogs_vs_cats/train")
    for _ in range(2):
        capsys.readouterr()
        exec(CODE["answer_verify"], code)
        assert capsys.readouterr().out == RECORD.text("answer_verify")
    with pytest.raises(UnidentifiedImageError):  # verify() is not reached
        Image.open("practice/text.jpg")
    whole = Path("dogs_vs_cats/train/cat.0.jpg").read_bytes()
    for length in range(len(whole)):
        Path("shorter.jpg").write_bytes(whole[:length])
        try:
            image = Image.open("shorter.jpg")
        except OSError:  # the header is incomplete
            continue
        with image:
            image.verify()  # raises nothing, however much is missing
            break
    assert length < 1000 < len(whole)
    assert code["broken_images"](Path()).keys() == {Path("shorter.jpg")}


def test_how_much_room_is_needed(world: World, code) -> None:
    world.give_token()
    archive = code["download"](COMPETITION) / "train.zip"
    code["unpack"](archive, Path("dogs_vs_cats"))
    sizes = [file.stat().st_size for file in Path().rglob("*.jpg")]
    assert code["room_needed"](archive) == sum(sizes)


def test_force_download_deletes_before_it_asks(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give_token()
    folder = code["download"](COMPETITION)
    asked: list[str] = []
    with world.stage.wrong("network_down"):
        fail = socket.getaddrinfo

        def noted(host: str, *more: Any, **named: Any) -> Any:
            asked.append(host)
            return fail(host, *more, **named)

        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", noted)
            assert code["download"](COMPETITION) == folder  # from the cache
        assert set(asked) == {"api.kaggle.com"}  # it did try
        with pytest.raises(Exception, match="Failed to resolve"):
            code["download"](COMPETITION, force_download=True)
    assert not folder.exists()


# --- The command --------------------------------------------------------------


DOWNLOAD = ("competitions", "download", "-c", COMPETITION, "-p", ".")


@POSIX
@pytest.mark.parametrize(
    "fault, message",
    [
        (None, "Authentication required to call the Kaggle API."),
        ("token_unknown", "Authentication required"),
        ("rules_not_accepted", "You must accept this competition's r"),
    ],
)
def test_the_command_refused(world: World, fault: str, message: str) -> None:
    if fault:
        world.give_token()
    with world.stage.wrong(fault):
        done = world.kaggle(*DOWNLOAD)
    assert done.returncode == 1
    assert (done.stdout + done.stderr).startswith(message)
    assert world.whole() == set()
    world.give_token()
    assert world.kaggle(*DOWNLOAD).returncode == 0
    assert zipfile.ZipFile("dogs-vs-cats.zip").testzip() is None


@POSIX
def test_the_command_mends_a_broken_download_by_itself(world: World) -> None:
    world.give_token()
    with world.stage.wrong("cut_off"):
        done = world.kaggle(*DOWNLOAD)
    assert done.returncode == 0
    assert zipfile.ZipFile("dogs-vs-cats.zip").testzip() is None
    assert "Retry 1/5" in done.stdout


@POSIX
def test_the_command_takes_anything_for_an_archive(world: World) -> None:
    world.give_token()
    with world.stage.wrong("not_a_zip"):
        done = world.kaggle(*DOWNLOAD)
    assert done.returncode == 0
    unpacked = subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", "dogs-vs-cats.zip", "there"],
        capture_output=True,
        text=True,
    )
    assert "BadZipFile: File is not a zip file" in unpacked.stderr
    assert not Path("there").exists()
    assert world.kaggle(*DOWNLOAD).returncode == 0
    assert zipfile.ZipFile("dogs-vs-cats.zip").testzip() is None


@POSIX
@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_does_the_same_as_python(world: World) -> None:
    world.give_token()
    world.kaggle(*DOWNLOAD)
    for command in (
        ["unzip", "-qq", "dogs-vs-cats.zip", "-d", "a"],
        [sys.executable, "-m", "zipfile", "-e", "dogs-vs-cats.zip", "b"],
    ):
        done = subprocess.run(command, capture_output=True, check=True)
        assert not done.stdout
    assert {p.name: p.read_bytes() for p in Path("a").iterdir()} == {
        p.name: p.read_bytes() for p in Path("b").iterdir()
    }


# --- Keys ---------------------------------------------------------------------


def test_no_output_of_the_lesson_holds_a_key() -> None:
    """Outputs, metrics, evidence, figures and pages, as files."""
    files = [
        *RECORD.evidence_path.parent.rglob("*"),
        *(ROOT / "docs/assets/figures/kaggle_data").rglob("*"),
        *(ROOT / "docs").glob("*/kaggle_data.md"),
        *(ROOT / "snippets").glob("kaggle_data.*"),
    ]
    texts = [
        f.read_bytes().decode("utf-8", "replace") for f in files if f.is_file()
    ]
    assert len(texts) > 30
    for text in texts:
        assert not any(secret in text for secret in Stage.secrets)
        assert "KGAT_" not in text.replace("KGAT_…", "")
        assert "Authorization" not in text and "Bearer" not in text


def test_no_file_of_the_project_is_a_key() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a Git checkout")
    key = re.compile(rb'KGAT_[0-9a-f]{16,}|"key": *"[0-9a-f]{32}"|PRIVATE KEY')
    for name in listed.stdout.splitlines():
        path = ROOT / name
        assert path.name not in {"kaggle.json", "access_token"}, name
        if path.is_file() and name != "tests/lessons/test_kaggle_data.py":
            assert not key.search(path.read_bytes()), name


@POSIX
def test_the_token_file_is_private_from_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    opened: list[tuple[int, int]] = []
    real = os.open

    def watched(path, flags, mode=0o777, **more):
        if str(path).endswith("access_token"):
            opened.append((flags, mode))
        return real(path, flags, mode, **more)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the mode is changed afterwards")

    monkeypatch.setattr(os, "open", watched)
    for name in ("chmod", "fchmod"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr("getpass.getpass", lambda prompt: TOKEN)
    code = CODE["setup"] + CODE["save_token"]
    cells: dict[str, Any] = {}  # what later cells of the notebook can see
    umask = os.umask(0)  # the most careless one
    try:
        exec(code, cells)
        assert TOKEN not in map(str, cells.values())
        ((flags, mode),) = opened
        assert flags & os.O_EXCL and mode == 0o600
        folder = world.home / ".kaggle"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        token = folder / "access_token"
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        assert token.read_text() == TOKEN
        monkeypatch.setattr("getpass.getpass", lambda prompt: "another")
        with pytest.raises(FileExistsError):  # nothing is overwritten
            exec(code, cells)
        assert "another" not in map(str, cells.values())
    finally:
        os.umask(umask)
    assert token.read_text() == TOKEN
    assert TOKEN not in capsys.readouterr().out


def modes_while_written(command: str, goal: Path) -> int:
    """The mode of a file while a command is still writing it."""
    with subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE) as busy:
        assert busy.stdin
        busy.stdin.write(b"half of a key")
        busy.stdin.flush()
        while not (goal.exists() and goal.stat().st_size):
            assert busy.poll() is None
        mode = stat.S_IMODE(goal.stat().st_mode)
        busy.stdin.close()
    return mode


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere, install reads no pipe"
)
def test_install_makes_the_file_private_from_the_start(world: World) -> None:
    assert "install -m 600 ~/Downloads/kaggle.json" in SHELL["classic_key"]
    umask = os.umask(0o022)
    try:
        private = modes_while_written(
            "install -m 600 /dev/stdin private", Path("private")
        )
        late = modes_while_written("cat > late && chmod 600 late", Path("late"))
    finally:
        os.umask(umask)
    assert private == 0o600
    assert late == 0o644  # what tightening afterwards leaves open
    assert stat.S_IMODE(Path("late").stat().st_mode) == 0o600


@POSIX
@pytest.mark.parametrize("fault", [None, "cut_off"])
@pytest.mark.parametrize("client", ["kagglehub", "kaggle"])
def test_the_key_goes_to_kaggle_alone(
    world: World, code, client: str, fault: str | None
) -> None:
    """Clients follow to a store of files; the token stays behind.

    Nor is it sent there when they go on after a break.
    """
    world.give_token()
    with world.stage.wrong(fault):
        if client == "kaggle":
            world.kaggle(*DOWNLOAD)
        elif fault:
            with pytest.raises(Exception, match="Connection broken"):
                code["download"](COMPETITION)
    code["download"](COMPETITION)
    seen = {(host, how) for _, host, _, how in world.stage.server.requests}
    assert seen == {("localhost", "token"), (STORAGE, "none")}


@POSIX
def test_no_client_calls_anyone_else(world: World, code) -> None:
    world.give_token()
    complete(code)
    assert world.kaggle(*DOWNLOAD).returncode == 0
    called = {host for _, host, _, _ in world.stage.server.requests}
    assert called == {"localhost", STORAGE}
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://api.kaggle.com")
    assert world.stage.server.requests[-1][:2] == ("CONNECT", "api.kaggle.com")


@pytest.mark.parametrize("place", ["file", "variable", "kaggle.json"])
def test_each_place_for_a_key_is_enough(
    world: World, code, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "file":
        world.give_token()
    elif place == "variable":
        monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    else:
        world.give_legacy_key()
    complete(code)
    if os.name == "posix":
        assert world.kaggle(*DOWNLOAD).returncode == 0


@POSIX
def test_which_key_the_command_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken() -> str:
        return world.kaggle("config", "view").stdout

    world.give_legacy_key()
    assert "LEGACY_API_KEY" in taken()
    world.give_token()
    assert "ACCESS_TOKEN" in taken()
    aside = SHELL["set_token_aside"]
    subprocess.run(["sh", "-c", aside], check=True)
    assert "LEGACY_API_KEY" in taken()
    with monkeypatch.context() as patch:  # why the page says to unset it
        patch.setenv("KAGGLE_API_TOKEN", TOKEN)
        assert "ACCESS_TOKEN" in taken()
    move, old, new = aside.split()  # "with the two names exchanged"
    subprocess.run(["sh", "-c", f"{move} {new} {old}"], check=True)
    assert "ACCESS_TOKEN" in taken()
    assert (world.home / ".kaggle/access_token").read_text() == TOKEN


def test_the_variable_comes_before_the_file(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give_token()
    monkeypatch.setenv("KAGGLE_API_TOKEN", "an old one")
    with pytest.raises(Exception, match="401 Client Error"):
        code["download"](COMPETITION)
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    (world.home / ".kaggle/access_token").write_text("an old one")
    complete(code)


@POSIX
def test_a_readable_key_gets_a_warning_and_works(world: World) -> None:
    world.give_legacy_key().chmod(0o644)
    done = world.kaggle(*DOWNLOAD)
    assert done.returncode == 0
    assert "readable by other users" in done.stdout
    assert LEGACY_KEY not in done.stdout + done.stderr


def test_in_colab_kagglehub_reads_the_secret_by_itself(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colab's module is not to be had here; a small one takes its place."""
    asked: list[str] = []

    def get(name: str) -> str:
        asked.append(name)
        return TOKEN

    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(get=get)  # type: ignore
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr("kagglehub.config.is_in_colab_notebook", lambda: True)
    complete(code)
    assert set(asked) == {"KAGGLE_API_TOKEN"}


# --- What else the page says --------------------------------------------------


def test_addresses_in_messages_are_kaggles_without_the_stand_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KAGGLE_API_ENVIRONMENT", raising=False)
    handle = kagglehub.handle.parse_competition_handle(COMPETITION)
    assert handle.to_url() == "https://kaggle.com/competitions/dogs-vs-cats"


def test_the_shares_of_the_full_data_are_round_numbers(code) -> None:
    full = 12_500
    sizes = [round(share * full) for share in code["shares"].values()]
    assert sizes == [1000, 500, 1000]
    assert [2 * size for size in sizes] == [2000, 1000, 2000]


def test_the_split_is_the_same_on_every_run(world: World, code) -> None:
    world.give_token()
    archive = code["download"](COMPETITION) / "train.zip"
    code["unpack"](archive, Path("dogs_vs_cats"))
    found = []
    for name in ("first", "second"):
        code["split"](Path("dogs_vs_cats/train"), Path(name), {})
        found.append(
            {path.relative_to(name) for path in Path(name).rglob("*.jpg")}
        )
        for copy in Path(name).rglob("*.jpg"):
            original = Path("dogs_vs_cats/train", copy.name)
            assert copy.read_bytes() == original.read_bytes()
    assert found[0] == found[1]


def test_two_files_of_the_stand_in_are_the_same(world: World) -> None:
    with (
        zipfile.ZipFile(world.stage.server.archive()) as outer,
        outer.open("train.zip") as inner,
        zipfile.ZipFile(inner) as train,
    ):
        digests: dict[str, list[str]] = {}
        for name in train.namelist():
            digest = hashlib.sha256(train.read(name)).hexdigest()
            digests.setdefault(digest, []).append(name)
    twins = [names for names in digests.values() if len(names) > 1]
    assert twins == [["train/dog.10.jpg", "train/dog.20.jpg"]]
    assert PER_CLASS > 20


def test_the_stand_in_has_drawings_under_the_names_of_photos(world) -> None:
    world.stage.server.per_class = PER_CLASS
    with (
        zipfile.ZipFile(world.stage.server.archive()) as outer,
        outer.open("train.zip") as inner,
        zipfile.ZipFile(inner) as train,
    ):
        names = set(train.namelist())
        assert Image.open(train.open("train/cat.0.jpg")).format == "JPEG"
    assert names == {
        f"train/{animal}.{number}.jpg"
        for animal in ("cat", "dog")
        for number in range(PER_CLASS)
    }
    assert len(names) == 500


def test_python_unpacks_a_member_that_points_outside_to_the_inside(
    world: World,
) -> None:
    bad_archive("outside ../../outside.jpg", Path("bad.zip"))
    with zipfile.ZipFile("bad.zip") as file:
        file.extractall("folder")
    found = [path.as_posix() for path in Path().rglob("outside.jpg")]
    assert found == ["folder/outside.jpg"]


def test_counting_finds_a_gap(world: World, capsys) -> None:
    train = Path("dogs_vs_cats/train")
    train.mkdir(parents=True)
    for number in (0, 1, 3):
        (train / f"cat.{number}.jpg").touch()
    exec(CODE["setup"] + CODE["count"], {})
    assert capsys.readouterr().out == (
        "cat: 3 images, 1 missing in between\n"
        "dog: 0 images, 0 missing in between\n"
    )


# --- The full size ------------------------------------------------------------

WHOLE_LESSON = """
import json, resource, sys, time
started = time.perf_counter()
exec(sys.stdin.read(), globals())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "seconds": time.perf_counter() - started,
    "MiB": peak / (1 << (20 if sys.platform == "darwin" else 10)),
    "sizes": list(sizes.values()),
    "images": len(numbers),
}))
"""


@POSIX
@pytest.mark.slow
def test_25_000_images(world: World, record_property) -> None:
    """As many as Kaggle has, downloaded, unpacked, checked and split.

    `pytest -m slow`; with `-s` it prints what it measures. On two cores that
    others used as well: 12 to 30 s for the lesson's steps, 110 MiB in memory
    at most, 434 MB on the disk in the end; and 10 to 20 s to draw the images.
    """
    world.give_token()
    world.stage.server.per_class = 12_500
    world.stage.server.archive()  # drawing them is not the lesson's work
    steps = ("setup", "download", "unpack", "count", "check", "split", "sizes")
    done = subprocess.run(
        [sys.executable, "-c", WHOLE_LESSON],
        input="\n".join(CODE[step] for step in steps),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    files = [f for f in world.home.parent.rglob("*") if f.is_file()]
    measured["MB on the disk"] = sum(f.stat().st_size for f in files) / 1e6
    print(measured)
    assert measured["images"] == 12_500
    assert measured["sizes"] == [1000, 1000, 500, 500, 1000, 1000]
    check_split(Path("dogs_vs_cats_small"), 12_500)
    assert len(list(Path("dogs_vs_cats/train").iterdir())) == 25_000
    assert measured["MiB"] < 500  # the archive is never in memory as a whole

"""What the lesson `kaggle_data` claims of keys and of the command `kaggle`."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import types
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock

import kagglehub
import pytest

from .conftest import Lesson
from .kaggle_server import COMPETITION, STORAGE, TOKEN
from .kaggle_world import World, complete, functions, play, with_token

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")

lesson = pytest.fixture(scope="module")(lambda: Lesson("kaggle_data"))
world = pytest.fixture(play)
member = pytest.fixture(with_token)
code = pytest.fixture(scope="module")(functions)


# --- The command --------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(
    "fault, message, status",
    [
        (None, "Authentication required to call the Kaggle API.", 1),
        ("token_unknown", "Authentication required to call the Kaggle API.", 1),
        ("rules_not_accepted", "You must accept this competition's rules", 1),
        ("cut_off", "Retry 1/5", 0),
        ("not_a_zip", "Downloading", 0),
    ],
)
def test_the_command_when_something_goes_wrong(
    world: World, fault: str | None, message: str, status: int
) -> None:
    """It tries again by itself, and takes anything for an archive."""
    if fault:
        world.give_token()
    with world.stage.wrong(fault):
        printed = world.kaggle("competitions", "download", COMPETITION)
    assert message in printed and printed.endswith(str(status))
    if status:
        assert printed.startswith(message)
        assert world.left() == set()
    elif fault == "cut_off":
        assert zipfile.ZipFile("dogs-vs-cats.zip").testzip() is None
        check_who_saw_the_token(world)
    else:
        with pytest.raises(zipfile.BadZipFile, match="File is not a zip file"):
            zipfile.main(["-e", "dogs-vs-cats.zip", "folder"])


@POSIX
@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_does_the_same_as_python(world: World) -> None:
    archive = str(world.server.archive())
    subprocess.run(["unzip", "-qq", archive, "-d", "a"], check=True)
    zipfile.main(["-e", archive, "b"])
    by_unzip, by_python = (
        {path.name: path.read_bytes() for path in Path(name).iterdir()}
        for name in "ab"
    )
    assert by_unzip == by_python and len(by_unzip) == 3


# --- Keys ---------------------------------------------------------------------


def check_who_saw_the_token(world: World) -> None:
    seen = {(host, how) for _, host, _, how in world.server.requests}
    assert seen == {("localhost", "token"), (STORAGE, "none")}


def test_the_key_goes_to_kaggle_alone(member: World, code) -> None:
    """Clients follow to a store of files; the token stays behind.

    Nor is it sent there when they go on after a break. The command is asked
    above.
    """
    with (
        member.stage.wrong("cut_off"),
        pytest.raises(Exception, match="Connection broken"),
    ):
        code["download"](COMPETITION)
    code["download"](COMPETITION)
    check_who_saw_the_token(member)


@POSIX
def test_the_token_file_is_private_from_the_start(
    world: World, lesson, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    world.keys.rmdir()
    for name in ("chmod", "fchmod"):  # to change the mode afterwards
        monkeypatch.delattr(os, name)
    cells: dict[str, Any] = {}  # what later cells of the notebook can see
    code = lesson.code("setup") + lesson.code("save_token")
    umask = os.umask(0)  # the most careless one
    try:
        monkeypatch.setattr("getpass.getpass", lambda prompt: TOKEN)
        exec(code, cells)
        monkeypatch.setattr("getpass.getpass", lambda prompt: "another")
        with pytest.raises(FileExistsError):  # nothing is overwritten
            exec(code, cells)
    finally:
        os.umask(umask)
    token = world.keys / "access_token"
    assert stat.S_IMODE(world.keys.stat().st_mode) == 0o700
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert token.read_text() == TOKEN
    assert not {TOKEN, "another"} & set(map(str, cells.values()))
    assert TOKEN not in capsys.readouterr().out


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere, install reads no pipe"
)
@pytest.mark.parametrize(
    "command, early",
    [
        ("install -m 600 /dev/stdin key", 0o600),
        ("cat > key && chmod 600 key", 0o644),  # open until it is tightened
    ],
)
def test_install_makes_the_file_private_from_the_start(
    world: World, lesson, command: str, early: int
) -> None:
    """The mode of a file while a command is still writing it, and then."""
    assert "install -m 600 ~/Downloads/kaggle.json" in lesson.code(
        "classic_key"
    )
    key = Path("key")
    call = ["sh", "-c", f"umask 022; {command}"]
    with subprocess.Popen(call, stdin=subprocess.PIPE) as busy:
        busy.stdin.write(b"half of a key")
        busy.stdin.flush()
        while not (key.exists() and key.stat().st_size):
            assert busy.poll() is None
        assert stat.S_IMODE(key.stat().st_mode) == early
        busy.stdin.close()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("place", ["file", "variable", "kaggle.json"])
def test_each_place_for_a_key_is_enough(
    world: World, code, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "file":
        world.give_token()
    elif place == "variable":  # it comes before the file
        (world.keys / "access_token").write_text("an old one")
        monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    else:
        world.give_legacy_key()
    complete(code)


@POSIX
def test_which_key_the_command_takes(
    member: World, lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    member.give_legacy_key()
    aside = lesson.code("set_token_aside")
    subprocess.run(["sh", "-c", aside], check=True)
    assert "LEGACY_API_KEY" in member.kaggle("config", "view")
    with monkeypatch.context() as patch:  # why the page says to unset it
        patch.setenv("KAGGLE_API_TOKEN", TOKEN)
        assert "ACCESS_TOKEN" in member.kaggle("config", "view")
    move, old, new = aside.split()  # "with the two names exchanged"
    subprocess.run(["sh", "-c", f"{move} {new} {old}"], check=True)
    assert "ACCESS_TOKEN" in member.kaggle("config", "view")


def test_in_colab_kagglehub_reads_the_secret_by_itself(
    world: World, code, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colab's module is not to be had here; a small one takes its place."""
    get = mock.Mock(return_value=TOKEN)
    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(get=get)  # type: ignore
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr("kagglehub.config.is_in_colab_notebook", lambda: True)
    code["download"](COMPETITION)
    assert {call.args for call in get.mock_calls} == {("KAGGLE_API_TOKEN",)}


def test_addresses_in_messages_are_kaggles_without_the_stand_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KAGGLE_API_ENVIRONMENT", raising=False)
    handle = kagglehub.handle.parse_competition_handle(COMPETITION)
    assert handle.to_url() == "https://kaggle.com/competitions/dogs-vs-cats"

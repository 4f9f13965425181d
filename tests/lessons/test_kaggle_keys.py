"""What the lesson `kaggle_data` claims of the token that Kaggle asks for.

Nothing leaves this machine, and nothing of the reader's own is touched.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import types
import urllib.request
from typing import Any
from unittest import mock

import kagglehub
import pytest
import requests

from .conftest import ROOT, Lesson
from .kaggle_data_stage import PROXIES
from .kaggle_server import COMPETITION, SECRETS, STORAGE, TOKEN
from .kaggle_world import World, play, with_token

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")

lesson = pytest.fixture(scope="module")(lambda: Lesson("kaggle_data"))
world = pytest.fixture(play)
member = pytest.fixture(with_token)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the stage starts, the reader has settings."""
    for name in (*PROXIES, *map(str.upper, PROXIES), "KAGGLE_KEY"):
        monkeypatch.setenv(name, "the reader's own")


def test_nothing_of_the_readers_own_is_used_and_nothing_leaves(
    own: None, world: World
) -> None:
    kept = [name for name in os.environ if name.startswith("KAGGLE_")]
    assert {*kept} == {"KAGGLE_API_ENVIRONMENT", "KAGGLE_CONFIG_DIR"}
    assert [*world.keys.parent.iterdir()] == [world.keys]
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://api.kaggle.com")
    assert world.server.requests[-1][:2] == ("CONNECT", "api.kaggle.com")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen("https://example.com")
    assert world.server.requests[-1][:2] == ("GET", "example.com")


def test_the_key_goes_to_kaggle_alone(member: World) -> None:
    """Clients follow to a store of files; the token stays behind.

    Nor is it sent there when they go on after a break.
    """
    with (
        member.stage.wrong("cut_off"),
        pytest.raises(Exception, match="Connection broken"),
    ):
        kagglehub.competition_download(COMPETITION)
    kagglehub.competition_download(COMPETITION)
    seen = {(host, how) for _, host, _, how in member.server.requests}
    assert seen == {("localhost", "token"), (STORAGE, "none")}


@POSIX
def test_the_token_file_is_private_from_the_start(
    world: World, lesson, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Also if it replaces one that all could read."""
    for name in ("chmod", "fchmod"):  # to change the mode afterwards
        monkeypatch.delattr(os, name)
    cells: dict[str, Any] = {}  # what later cells of the notebook can see
    sections = ("setup", "save_token", "give_token")
    page = "".join(map(lesson.code, sections))
    token = world.keys / "access_token"
    umask = os.umask(0)  # the most careless one
    try:
        token.write_text("an older one")
        monkeypatch.setattr("getpass.getpass", lambda prompt: TOKEN)
        exec(page, cells)
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        shutil.rmtree(world.keys)
        exec(page, cells)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(world.keys.stat().st_mode) == 0o700
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert token.read_text() == TOKEN
    assert TOKEN not in set(map(str, cells.values()))
    assert TOKEN not in capsys.readouterr().out


@pytest.mark.parametrize(
    "pasted", ["", " ", "\n", "two words", f"{TOKEN}\u200b", f"\ufeff{TOKEN}"]
)
def test_what_is_no_token_is_refused_and_asked_for_again(
    world: World, names, monkeypatch: pytest.MonkeyPatch, pasted: str
) -> None:
    """Nothing is saved, an older token stays, and the message shows none."""
    token = world.keys / "access_token"
    for older in (None, "an older one"):
        if older:
            token.write_text(older)
        monkeypatch.setitem(names, "getpass", lambda prompt: pasted)
        with pytest.raises(ValueError, match="Nothing was saved") as caught:
            names["save_token"](token)
        assert TOKEN not in str(caught.value)
        assert (token.read_text() if token.exists() else None) == older
    # strip() takes care of that.
    monkeypatch.setitem(names, "getpass", lambda prompt: f" {TOKEN}\n")
    names["save_token"](token)
    assert token.read_text() == TOKEN
    kagglehub.competition_download(COMPETITION)


def test_in_colab_kagglehub_reads_the_secret_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colab's module is not to be had here; a small one takes its place."""
    get = mock.Mock(return_value=TOKEN)
    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(get=get)  # type: ignore
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr("kagglehub.config.is_in_colab_notebook", lambda: True)
    kagglehub.competition_download(COMPETITION)
    assert {call.args for call in get.mock_calls} == {("KAGGLE_API_TOKEN",)}


def test_no_file_of_the_project_holds_a_key() -> None:
    """Neither a real one nor one of the stage: no output, page or record."""
    real = r'KGAT_[0-9a-f]{16,}|"key": *"[0-9a-f]{32}"|PRIVATE[ ]KEY'
    files = ["--cached", "--others", "--exclude-standard"]
    for asked in (
        ["grep", "--untracked", "-lE", "|".join([real, *SECRETS])],
        ["ls-files", *files, "*kaggle.json", "*access_token"],
    ):
        done = subprocess.run(["git", *asked], cwd=ROOT, capture_output=True)
        assert not done.stdout + done.stderr

"""What is arranged for `kaggle_data` goes wrong as it would for a reader.

Nothing leaves this machine, nothing of the reader's own is touched, and what
was arranged is gone afterwards.
"""

from __future__ import annotations

import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from .kaggle_data_stage import (
    PROXIES,
    Stage,
)
from .kaggle_server import COMPETITION, SECRETS, TOKEN

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stage that has started, in an environment of its own."""
    for name in (*PROXIES, *map(str.upper, PROXIES), "KAGGLE_KEY"):
        monkeypatch.setenv(name, "the reader's own")
    made = Stage(per_class=5)
    (tmp_path / "home").mkdir()
    for name, value in made.start(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    yield made
    made.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_nothing_of_the_readers_own_is_used(
    stage: Stage, tmp_path: Path
) -> None:
    kept = [name for name in os.environ if name.startswith("KAGGLE")]
    assert kept == ["KAGGLE_API_ENVIRONMENT"]
    assert list((tmp_path / "home").iterdir()) == []


def test_nothing_leaves_this_machine(stage: Stage) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://api.kaggle.com")
    assert stage.server.requests[-1][:2] == ("CONNECT", "api.kaggle.com")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen("https://example.com")
    assert stage.microsoft.requests[-1][:2] == ("GET", "example.com")


def test_what_goes_wrong_lasts_as_long_as_it_is_arranged(stage: Stage) -> None:
    def status() -> int:
        place = "competitions.CompetitionApiService/DownloadDataFiles"
        return requests.post(
            f"http://localhost/api/v1/{place}",
            json={"competitionName": COMPETITION},
            headers={"Authorization": f"Bearer {TOKEN}"},
            allow_redirects=False,
        ).status_code

    for what, expected in {
        "token_unknown": 401,
        "rules_not_accepted": 403,
        None: 302,
    }.items():
        with stage.wrong(what):
            assert status() == expected
        assert status() == 302


def test_no_file_of_the_project_holds_a_key() -> None:
    """Neither a real one nor one of the stage: no output, page or record."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    real = r'KGAT_[0-9a-f]{16,}|"key": *"[0-9a-f]{32}"|PRIVATE[ ]KEY'
    key = re.compile("|".join([real, *map(re.escape, SECRETS)]).encode())
    for name in listed.stdout.splitlines():
        path = ROOT / name
        assert path.name not in {"kaggle.json", "access_token"}, name
        assert not (path.is_file() and key.search(path.read_bytes())), name

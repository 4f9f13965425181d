"""The process that builds the English site for `make serve` can end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from unittest import mock

import pytest
from mkdocs.exceptions import Abort

from docs.hooks import english, languages

ANSWERS = "for line in open(0): print('\"\"', flush=True)"  # all is built


@pytest.fixture(autouse=True)
def others() -> Iterator[None]:
    """Processes that build nothing, and end with the test."""
    run = subprocess.Popen

    def begun(command: list[str], **options: object) -> subprocess.Popen:
        return run([sys.executable, "-c", ANSWERS], **options)

    with (
        mock.patch.object(subprocess, "Popen", begun),
        mock.patch.object(english, "_process", None),
        mock.patch.object(english, "_begun", []),
    ):
        yield
        english.end()


def test_one_that_has_ended_is_begun_again() -> None:
    english.begin(True, {})
    english.wait()
    english.end()
    english.begin(False, {})
    english.wait()


def test_one_that_ends_while_it_builds_is_told() -> None:
    english.begin(True, {})
    english.wait()
    english.end()
    english._begun.append(lambda: None)
    with pytest.raises(Abort, match="next save"):
        english.wait()


def test_what_nobody_has_waited_for_is_settled() -> None:
    english.begin(True, {})
    english.settle()
    assert not english._begun
    english.begin(False, {})
    english.wait()


def test_it_ends_with_the_server() -> None:
    english.begin(True, {})
    languages.on_shutdown()
    assert english._process
    assert english._process.poll() is not None

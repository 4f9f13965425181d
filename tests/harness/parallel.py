"""What stays in one process when `pytest -n 2` divides the tests.

pytest-xdist has `--dist=loadgroup` for this, but 3.8.0 marks groups by an
attribute that pytest 9.2 no longer reads, and then divides every lesson.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


def group(nodeid: str) -> str:
    """The name that a test shares with those that need the same process.

    >>> group("docs/zh/pooling.md::train"), group("docs/en/pooling.md::page")
    ('pooling', 'pooling')
    """
    file = PurePosixPath(nodeid.partition("::")[0])
    if file.suffix == ".md":  # both languages of a lesson share its run
        return file.stem
    if file.is_relative_to("tests/site"):  # one built site, one browser
        return "tests/site"
    if file.is_relative_to("tests/lessons"):  # Keras takes seconds to import
        return file.as_posix()
    if file.is_relative_to("snippets"):  # one run draws all its sections
        return file.as_posix()
    return nodeid


class _ByGroup(LoadScopeScheduling):
    """Gives a whole group to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


@pytest.hookimpl(optionalhook=True)  # for `-p no:xdist`
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByGroup:
    return _ByGroup(config, log)

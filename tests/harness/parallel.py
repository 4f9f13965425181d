"""How `pytest -n 2` divides the tests: what stays together, what is first.

pytest-xdist has `--dist=loadgroup` for this, but 3.8.0 marks groups by an
attribute that pytest 9.2 no longer reads, and then divides every lesson.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from .record import Record

UNKNOWN = 60.0  # seconds, of a lesson that has not been recorded yet


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


def place(nodeid: str, root: Path) -> float:
    """Where a test stands in the line: the smallest first.

    The longest lesson comes first, so that no process is left alone with it
    in the end; then other groups; and what can be divided fills the gaps.
    """
    name = group(nodeid)
    if name == nodeid:
        return 1.0
    if not nodeid.startswith("docs/"):
        return 0.0
    try:
        return -float(Record(root, name).evidence()["seconds"][0])
    except (ValueError, LookupError):  # others tell of a wrong record
        return -UNKNOWN


class _ByGroup(LoadScopeScheduling):
    """Gives a whole group to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if hasattr(config, "workerinput"):  # a process that `pytest -n` started
        places = {i.nodeid: place(i.nodeid, config.rootpath) for i in items}
        items.sort(key=lambda item: places[item.nodeid])


@pytest.hookimpl(optionalhook=True)  # for `-p no:xdist`
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByGroup:
    config.option.loadscopereorder = False  # the most tests first
    return _ByGroup(config, log)

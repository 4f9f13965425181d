"""The site under `make serve`, in which a build writes what is not there yet.

MkDocs empties the site's folder first, and copies all that the site shares: a
fifth of the time between a save and what it shows. Here the folder is emptied
when files have come or gone, else a file is written where it is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from pathlib import Path
from typing import Any

from mkdocs import utils
from mkdocs.structure.files import File

is_on = False  # whether this process serves the site
_there: dict[str, Any] = {}  # file -> what it was made of
_names: Set[str] = set()
_empty, _copy_file = utils.clean_directory, File.copy_file


def start() -> None:
    """Serve the site: MkDocs asks here from now on."""
    global is_on
    is_on = True
    utils.clean_directory = lambda folder: None
    File.copy_file = _copy  # type: ignore[method-assign]


def afresh(folder: str, names: Set[str]) -> bool:
    """Empty the folder if it was built from other files; whether it was."""
    global _names
    is_other, _names = names != _names, names
    if is_other:
        forget()
        _empty(folder)
    return is_other


def forget() -> None:
    """Write all files: another process has emptied the folder."""
    _there.clear()


def put(path: str, made_of: Any, write: Callable[[], None]) -> None:
    """Write a file, unless it is there, made of the same."""
    if is_on and _there.get(path) == made_of:
        return
    write()
    if is_on:
        _there[path] = made_of


def _copy(file: File, dirty: bool = False) -> None:
    """As `File.copy_file`."""
    made_of: Any = file._content
    if file.abs_src_path:
        about = Path(file.abs_src_path).stat()
        made_of = file.abs_src_path, about.st_mtime_ns, about.st_size
    put(file.abs_dest_path, made_of, lambda: _copy_file(file, dirty))

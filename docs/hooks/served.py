"""The site under `make serve`, into which a build copies what is not there yet.

MkDocs empties the site's folder first, and copies all that the site shares: a
fifth of the time between a save and what it shows. Here the folder is emptied
when files have come or gone, else a file is copied where it is another one.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Any

from mkdocs import utils
from mkdocs.structure.files import File

is_on = False  # whether this process serves the site
_there: dict[str, Any] = {}  # place -> what the file there was made of
_files: Set[Any] = set()
_empty, _copy_file = utils.clean_directory, File.copy_file


def start() -> None:
    """Serve the site: MkDocs asks here from now on."""
    global is_on
    is_on = True
    utils.clean_directory = lambda folder: None
    File.copy_file = _copy  # type: ignore[method-assign]


def afresh(folder: str, files: Set[Any]) -> bool:
    """Empty the folder if it was built from other files; whether it was."""
    global _files
    is_other, _files = files != _files, files
    if is_other:
        forget()
        _empty(folder)
    return is_other


def forget() -> None:
    """Copy all files: another process has emptied the folder."""
    _there.clear()


def _copy(file: File, dirty: bool = False) -> None:
    """As `File.copy_file`, unless a file made of the same is there."""
    place = file.abs_dest_path
    made_of: Any = file._content
    if file.abs_src_path:
        about = Path(file.abs_src_path).stat()
        made_of = file.abs_src_path, about.st_mtime_ns, about.st_size
    if _there.pop(place, None) != made_of:  # none is there if this fails
        _copy_file(file, dirty)
    _there[place] = made_of

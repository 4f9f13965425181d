"""Files that are whole or not there, and archives that are always the same."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WHEN = (1980, 1, 1, 0, 0, 0)  # of each file in an archive; the first that fits
REASONS = {
    errno.ENOSPC: "the disk is full. Make room, or name another folder",
    errno.EDQUOT: "you may keep no more there. Make room, or name another "
    "folder",
    errno.EACCES: "you may not write there. Name another folder",
    errno.EPERM: "you may not write there. Name another folder",
    errno.EROFS: "that disk can only be read. Name another folder",
    errno.ENOTDIR: "a part of that path is a file. Name another folder",
    errno.EEXIST: "there is a file of that name. Name another folder",
    errno.EISDIR: "there is a folder of that name. Delete it",
}


class Trouble(Exception):
    """Something is missing or in the way. The text is for the reader."""


@contextmanager
def complete(path: Path) -> Iterator[Path]:
    """A place beside a file that takes the file's name once it is whole.

    Raises:
        Trouble: it cannot be written; nothing of it is left.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        why = REASONS.get(error.errno or 0, error.strerror or str(error))
        raise Trouble(f"{path} was not written: {why}.") from None
    finally:
        with suppress(OSError):  # where nothing can be written is nothing
            part.unlink(missing_ok=True)


def archive(
    path: Path, entries: Iterable[tuple[str, bytes]], first: str = ""
) -> None:
    """Write a ZIP archive: the same bytes for the same entries.

    Args:
        path: of the archive.
        entries: names, with slashes, and what they hold.
        first: the entry that stands first, and is not compressed.
    """
    ordered = sorted(entries, key=lambda entry: (entry[0] != first, entry[0]))
    with zipfile.ZipFile(path, "w") as made:
        for name, data in ordered:
            info = zipfile.ZipInfo(name, WHEN)
            info.create_system = 3  # on Windows, too
            info.external_attr = 0o100644 << 16
            packed = name == first or name.endswith((".png", ".npz"))
            info.compress_type = (
                zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            )
            made.writestr(info, data, compresslevel=9)

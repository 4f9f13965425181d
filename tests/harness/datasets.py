"""The data that ships with the project, checked and put in place.

Readers call `keras.datasets.mnist.load_data()`, which downloads. The engine
lets the same call return the shipped arrays, so that nothing but a package
registry is needed; the test marked `network` shows that they are the same.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "snippets" / "data"

# SHA-256 of each shipped file.
SHIPPED = {
    "mnist": (
        "mnist.npz",
        "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64",
    ),
    "imagenet_classes": (
        "imagenet_class_index.json",
        "a1e7a966a1f601d39e4b43e119b3e7dd4a2ad3ea08cf69847cbaf021013767bc",
    ),
}
# The same of each that is fetched, since it may not be published again.
FETCHED = {
    "cifar10": (
        "cifar10.npz",
        "d807d24f1536406a30b293a248a1e487570ef316dcbe826dc9955261b023c645",
    ),
}
CACHE = Path(__file__).parents[2] / ".cache" / "data"


class DamagedData(Exception):
    """A shipped data file is missing, or is not the one that was shipped."""


def checked(name: str, folder: Path = FOLDER) -> Path:
    """The path of a shipped data set whose bytes are as shipped.

    Raises:
        DamagedData: the file is missing or its bytes differ.
        KeyError: no such data set is shipped.
    """
    file, expected = {**SHIPPED, **FETCHED}[name]
    path = (CACHE if name in FETCHED else folder) / file
    remedy = (
        f"Get it back with `git checkout -- snippets/data/{file}`, or rebuild "
        f"it as snippets/data/README.md says."
    )
    if not path.is_file():
        raise DamagedData(f"The data file {path} is missing. {remedy}")
    found = sha256(path)
    if found != expected:
        raise DamagedData(
            f"The data file {path} is damaged: expected SHA-256 {expected}, "
            f"found {found}. {remedy}"
        )
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put_in_place(name: str) -> None:
    """Let the ordinary loading call return the shipped arrays."""
    import keras
    import numpy as np

    path = checked(name)
    if name == "imagenet_classes":  # where Keras keeps what it downloads
        models = Path.home() / ".keras" / "models"
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

"""Rebuild mnist.npz from the four original IDX files, checking every byte.

    python snippets/data/build_mnist.py FOLDER_WITH_THE_FOUR_IDX_FILES

README.md beside this file says where the IDX files can be had. The IDX format
is a big-endian header (two zero bytes, a type code, the number of axes, one
32-bit size for each axis) followed by the values in row-major order.
"""

import hashlib
import struct
import sys
from pathlib import Path

import numpy as np

ARCHIVE = Path(__file__).with_name("mnist.npz")

# Array in mnist.npz -> original file, its shape and the MD5 of all its bytes.
ORIGINALS = {
    "x_train": (
        "train-images-idx3-ubyte",
        (60000, 28, 28),
        "6bbc9ace898e44ae57da46a324031adb",
    ),
    "y_train": (
        "train-labels-idx1-ubyte",
        (60000,),
        "a25bea736e30d166cdddb491f175f624",
    ),
    "x_test": (
        "t10k-images-idx3-ubyte",
        (10000, 28, 28),
        "2646ac647ad5339dbf082846283269ea",
    ),
    "y_test": (
        "t10k-labels-idx1-ubyte",
        (10000,),
        "27ae3e4e09519cfbb04c329615203637",
    ),
}
UNSIGNED_BYTE = 0x08  # the IDX type code of uint8


def idx_header(shape: tuple[int, ...]) -> bytes:
    """The IDX header of a uint8 array of this shape."""
    return struct.pack(
        f">BBBB{len(shape)}I", 0, 0, UNSIGNED_BYTE, len(shape), *shape
    )


def md5_as_idx(array: np.ndarray) -> str:
    """The MD5 that the array's original IDX file has, header included."""
    digest = hashlib.md5(idx_header(array.shape), usedforsecurity=False)
    digest.update(np.ascontiguousarray(array, dtype=np.uint8))
    return digest.hexdigest()


def read_idx(path: Path, shape: tuple[int, ...], md5: str) -> np.ndarray:
    """Read one IDX file as a uint8 array of `shape`.

    Raises:
        ValueError: the file's bytes are not those of the original.
    """
    content = path.read_bytes()
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise ValueError(f"{path}: expected MD5 {md5}, found {found}.")
    values = np.frombuffer(content, np.uint8, offset=len(idx_header(shape)))
    return values.reshape(shape)


def main(folder: Path) -> None:
    arrays = {
        key: read_idx(folder / name, shape, md5)
        for key, (name, shape, md5) in ORIGINALS.items()
    }
    np.savez_compressed(ARCHIVE, **arrays)
    digest = hashlib.sha256(ARCHIVE.read_bytes()).hexdigest()
    print(f"{ARCHIVE}: {ARCHIVE.stat().st_size:,} bytes, SHA-256 {digest}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} FOLDER_WITH_THE_IDX_FILES")
    try:
        main(Path(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(f"mnist.npz was not rebuilt: {error}")

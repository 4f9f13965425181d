"""Test digits for readers to look at: assets/widgets/digits.bin.

They are the first of the test set, and those that the recorded run of
`mnist_convnet` misread with the most confidence, which its figure shows. They
are read without NumPy.

Of each digit the file holds its place in the test set, in two bytes, the low
one first; its label; 1 if the figure shows it, else 0; and its pixels.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs.hooks import store
from docs.hooks.playable import MNIST, NETWORK, SIDE, values
from docs.hooks.store import ROOT
from tests.harness.record import Record

FIRST = 40
PIXELS = SIDE * SIDE
FIGURE = "mistakes"
# For each byte of a double, what it is in 0.0, 1.0, ..., 255.0.
DOUBLES = [struct.pack("<d", n) for n in range(256)]
PLACES = [bytes(each[place] for each in DOUBLES) for place in range(8)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Publish the digits, if there is MNIST: without it, no site is built."""
    if (ROOT / MNIST).is_file():
        found = (ROOT / MNIST).stat()
        figure = Record(ROOT, NETWORK).figure_data(FIGURE)
        made_of = (found.st_size, found.st_mtime_ns, figure)
        held = store.kept("digits.bin", made_of, lambda: content(ROOT))
        uri = "assets/widgets/digits.bin"
        files.append(File.generated(config, uri, content=held))
    return files


def content(root: Path) -> bytes:
    """What the file holds."""
    pixels = values(root, "x_test")
    labels = values(root, "y_test")
    digits = [pixels[n * PIXELS : (n + 1) * PIXELS] for n in range(len(labels))]
    figure = Record(root, NETWORK).figure_data(FIGURE) or {"axes": []}
    wanted = [axes["images"][0]["sha256"] for axes in figure["axes"]]
    places = {_digest(digit): n for n, digit in enumerate(digits)}
    misread = [places[digest] for digest in wanted]
    return b"".join(
        n.to_bytes(2, "little") + bytes([labels[n], n in misread]) + digits[n]
        for n in dict.fromkeys([*range(FIRST), *misread])
    )


def _digest(digit: bytes) -> str:
    """As the record of a figure names an image (tests/harness/figures.py).

    That has them as doubles, the low byte first.
    """
    doubles = bytearray(len(PLACES) * len(digit))
    for place, bytes_of in enumerate(PLACES):
        doubles[place :: len(PLACES)] = digit.translate(bytes_of)
    return hashlib.sha256(doubles).hexdigest()

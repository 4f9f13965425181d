"""A stand-in of Microsoft's download of cats and dogs, without an account.

The archive is laid out as the real one: PetImages/Cat/0.jpg and so on, a
Thumbs.db in each folder, and among the images some that are none. What code
asks of https://download.microsoft.com by urllib comes to the server of
kaggle_server.py, too: it is the proxy, and urllib has a place for whatever
should answer instead of the network.
"""

from __future__ import annotations

import io
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

from .kaggle_server import add, drawn

HOST = "download.microsoft.com"
FILE = "kagglecatsanddogs_5340.zip"
# Among the images, some that are none, or not what their name says.
BAD = {"Cat/9.jpg": "empty", "Dog/7.jpg": "cut", "Dog/4.jpg": "png"}


def make_archive(path: Path, per_class: int) -> None:
    with zipfile.ZipFile(path, "w") as file:
        add(file, "readme[1].txt", b"A stand-in.\n")
        for kind in ("Cat", "Dog"):
            for number in range(per_class):
                name = f"{kind}/{number}.jpg"
                picture = drawn(kind.lower(), number)
                picture = _spoilt(picture, BAD.get(name))
                add(file, f"PetImages/{name}", picture)
            add(file, f"PetImages/{kind}/Thumbs.db", b"no image")


def _spoilt(picture: bytes, how: str | None) -> bytes:
    if how == "png":
        buffer = io.BytesIO()
        Image.open(io.BytesIO(picture)).save(buffer, "PNG")
        return buffer.getvalue()
    share = {"empty": 0, "cut": 0.5, None: 1}[how]
    return picture[: int(share * len(picture))]


class ToStandIn(urllib.request.HTTPSHandler):
    """Asks by http, for which a proxy is set, what urllib asks by https."""

    def https_open(self, request: urllib.request.Request) -> Any:
        plain = request.full_url.replace("https:", "http:", 1)
        return urllib.request.build_opener().open(plain)

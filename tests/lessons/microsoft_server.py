"""A stand-in of Microsoft's download of cats and dogs, without an account.

The archive is laid out as the real one: PetImages/Cat/0.jpg and so on, a
Thumbs.db in each folder, and among the images some that are none. What code
asks of https://download.microsoft.com by urllib comes here: urllib itself
has a place for whatever should answer instead of the network.
"""

from __future__ import annotations

import io
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

from . import kaggle_server
from .kaggle_server import add, drawn

HOST = "download.microsoft.com"
FILE = "kagglecatsanddogs_5340.zip"
# Among the images, some that are none, or not what their name says.
BAD = {"Cat/9.jpg": "empty", "Dog/7.jpg": "cut", "Dog/4.jpg": "png"}


class Microsoft(kaggle_server.Kaggle):
    """Microsoft on this machine; its `fault` can be cut_off or not_a_zip."""

    def __init__(self, folder: Path, per_class: int) -> None:
        super().__init__(folder, per_class)
        self.RequestHandlerClass = _Handler

    def _make_archive(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w") as file:
            add(file, "readme[1].txt", b"A stand-in.\n")
            for kind in ("Cat", "Dog"):
                for number in range(self.per_class):
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


class _Handler(kaggle_server._Handler):
    def do_GET(self) -> None:
        host, path, _ = self._begin()
        if host != HOST or path.rpartition("/")[2] != FILE:
            self._refuse(404, f"There is no {path} here")
        elif self.server.fault == "not_a_zip":
            self._whole(200, "text/html", b"<html>Back soon.</html>\n")
        else:
            self._file(self.server.archive())


class ToStandIn(urllib.request.HTTPSHandler):
    """Answers what urllib asks by https from a server on this machine."""

    def __init__(self, port: int) -> None:
        super().__init__()
        proxy = {"http": f"http://127.0.0.1:{port}"}
        self._ask = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxy)
        )

    def https_open(self, request: urllib.request.Request) -> Any:
        plain = request.full_url.replace("https:", "http:", 1)
        return self._ask.open(plain)

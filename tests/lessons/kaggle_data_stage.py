"""What the lesson `kaggle_data` is played on: Microsoft, Kaggle and a home.

The code in each section is what a reader has, and the clients that it calls
are the real ones, so an error is what the reader would see; only its cause
is arranged, in tests. No account, no key and no internet is needed, and
nothing of the reader's own is read or written.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import socket
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, ClassVar
from unittest import mock

from .kaggle_server import (
    PER_CLASS,
    SECRETS,
    TOKEN,
    Kaggle,
)
from .microsoft_server import FILE, HOST, ToStandIn, make_archive

SERVED_WRONG = (
    "token_unknown",  # the token has expired or was never issued: 401
    "rules_not_accepted",  # the account has not accepted the rules: 403
    "cut_off",  # the connection breaks in the middle of the file, once
    "not_a_zip",  # a page of HTML comes instead of the archive
)
ROOM = 100_000  # bytes that still fit on a full disk
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Stage:
    """Kaggle and Microsoft on this machine.

    Attributes:
        clients: modules that talk to them.
        secrets: texts that no result may hold.
        typed: what a reader would paste, by section.
    """

    clients = ("kagglehub", "kagglesdk")
    secrets = SECRETS
    typed: ClassVar = {"give_token": TOKEN}

    def __init__(self, per_class: int = PER_CLASS) -> None:
        self._per_class = per_class

    def start(self, home: Path) -> dict[str, str]:
        """Serve, and be what the environment leads to."""
        for name in [name for name in os.environ if name.startswith("KAGGLE")]:
            del os.environ[name]  # the reader's own
        self._folder = tempfile.TemporaryDirectory(dir=home.parent)
        others = {(HOST, FILE): make_archive}
        folder = Path(self._folder.name)
        self.server = Kaggle(folder, self._per_class, others)
        urllib.request.install_opener(urllib.request.build_opener(ToStandIn))
        proxy = f"http://127.0.0.1:{self.server.server_port}"
        return {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            **{"http_proxy": proxy, "HTTP_PROXY": proxy},
            # What would go out by HTTPS meets a proxy that says no.
            **{"https_proxy": proxy, "HTTPS_PROXY": proxy},
            **{"no_proxy": "", "NO_PROXY": ""},
        }

    def stop(self) -> None:
        """Serve no longer, and leave nothing behind."""
        urllib.request.install_opener(None)  # type: ignore[arg-type]
        self.server.stop()
        self._folder.cleanup()

    def during(self, section: str) -> contextlib.AbstractContextManager[None]:
        """Nothing is: on the page, all goes well."""
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def wrong(self, what: str | None) -> Iterator[None]:
        """Let this go wrong for as long as the context lasts."""
        if what == "network_down":
            # As on a Linux machine without a network.
            said = socket.gaierror(-2, "Name or service not known")
            with mock.patch.object(socket, "getaddrinfo", side_effect=said):
                yield
        elif what == "disk_full":
            with disk_full():
                yield
        else:
            assert what in {*SERVED_WRONG, None}, what
            self.server.fault = what
            try:
                yield
            finally:
                self.server.fault = None


@contextlib.contextmanager
def disk_full(room: int = ROOM) -> Iterator[None]:
    """Files opened for writing bytes take `room` together, then ENOSPC.

    Only for the thread that the section runs in: the stand-in serves from
    others.
    """
    real, section, _Full.left = builtins.open, threading.current_thread(), room

    def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> IO:
        here = threading.current_thread() is section
        if here and "b" in mode and set(mode) & set("wax+"):
            return _Full(file, mode)
        return real(file, mode, *rest, **named)

    with (
        mock.patch.object(builtins, "open", opened),
        mock.patch.object(io, "open", opened),
    ):
        yield


class _Full(io.FileIO):
    """A file on a disk with little room, which all of them share."""

    left: ClassVar[int]

    def write(self, data: Any) -> int:
        if len(data) > _Full.left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _Full.left -= len(data)
        return super().write(data)

    def fileno(self) -> int:
        """None, or what copies in the kernel would meet no limit."""
        raise io.UnsupportedOperation("fileno")

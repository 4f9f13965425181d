"""What can go wrong on purpose while a section of a lesson runs.

A lesson says so in its settings:

[faults]
error_rules = "kaggle.rules_not_accepted"  # what a stand-in does wrong
error_network = "network.down"
error_disk = "disk.full"

The code in the section is what a reader has, and the error is what the reader
would see; only the cause is arranged.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import socket
import threading
from collections.abc import Iterator
from typing import IO, Any
from unittest import mock

from .standins import KNOWN, StandIn, stand_in

ROOM = 100_000  # bytes that still fit on a full disk
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def known() -> set[str]:
    """All faults, by name."""
    return {"network.down", "disk.full"} | {
        f"{name}.{fault}" for name in KNOWN for fault in stand_in(name).faults
    }


def needed(fault: str) -> str | None:
    """The stand-in that a fault is one of, if it is."""
    name = fault.partition(".")[0]
    return name if name in KNOWN else None


@contextlib.contextmanager
def during(fault: str | None, stand_ins: dict[str, StandIn]) -> Iterator[None]:
    """Let this go wrong for as long as the context lasts."""
    if fault is None:
        yield
        return
    name, _, what = fault.partition(".")
    if fault == "network.down":
        with _network_down():
            yield
    elif fault == "disk.full":
        with _disk_full():
            yield
    else:
        stand_ins[name].misbehave(what)
        try:
            yield
        finally:
            stand_ins[name].misbehave(None)


@contextlib.contextmanager
def _network_down() -> Iterator[None]:
    """No name can be looked up, as on a Linux machine without a network.

    Nothing leads to a stand-in anymore either, so clients name the real
    address in their errors; they cannot reach it.
    """

    def fail(host: Any, *_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    led = {"KAGGLE_API_ENVIRONMENT", *PROXIES, *map(str.upper, PROXIES)}
    kept = {name: os.environ[name] for name in led & os.environ.keys()}
    for name in kept:
        del os.environ[name]
    try:
        with mock.patch.object(socket, "getaddrinfo", fail):
            yield
    finally:
        os.environ.update(kept)


@contextlib.contextmanager
def _disk_full() -> Iterator[None]:
    """Files opened for writing take `ROOM` bytes together, then ENOSPC.

    Only for the thread that the section runs in: stand-ins serve from others.
    """
    real = builtins.open
    left = ROOM
    section = threading.current_thread()

    def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> IO:
        stream = real(file, mode, *rest, **named)
        device = isinstance(file, int) or str(file).startswith("/dev/")
        elsewhere = threading.current_thread() is not section
        if device or elsewhere or not set(mode) & set("wax+"):
            return stream
        write = stream.write

        def limited(data: Any) -> int:
            nonlocal left
            if len(data) > left:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left -= len(data)
            return write(data)

        return _Limited(stream, limited)  # type: ignore[return-value]

    with (
        mock.patch.object(builtins, "open", opened),
        mock.patch.object(io, "open", opened),
    ):
        yield


class _Limited:
    """A file with another `write`."""

    def __init__(self, stream: IO, write: Any) -> None:
        self._stream = stream
        self.write = write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def fileno(self) -> int:
        """None, or what copies in the kernel would meet no limit."""
        raise io.UnsupportedOperation("fileno")

    def __enter__(self) -> _Limited:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._stream)

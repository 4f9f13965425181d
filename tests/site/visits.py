"""A folder as a static host serves it, and what a first visit costs there.

The host sends text compressed, as static hosts do, and counts what it sends.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TEXT = {".html", ".css", ".js", ".json", ".svg", ".xml", ".txt", ".py"}
# What a page moved by while it was loaded, as layout shift is counted, and how
# long each piece of work kept it from answering, in milliseconds.
WATCH = """
window.seen = {shift: 0, long: []};
new PerformanceObserver(list => list.getEntries().forEach(
    entry => { seen.shift += entry.hadRecentInput ? 0 : entry.value; }
)).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(
    entry => { seen.long.push(entry.duration); }
)).observe({type: "longtask", buffered: true});
"""
QUIET = 0.15  # seconds without a request: the page has what it wants


@dataclass
class Host:
    """A folder that is served; what was sent: paths and bytes of bodies."""

    folder: Path
    below: str  # the path that the folder is at
    missing: bytes | None = None  # the page of what is not there; else its own
    address: str = ""
    sent: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Visit:
    """What the host sent, and what the browser saw meanwhile."""

    sent: list[tuple[str, int]]
    shift: float
    long: list[float]

    @property
    def weight(self) -> int:
        return sum(size for _, size in self.sent)


@functools.cache
def compressed(path: Path) -> bytes:
    """A file as it travels."""
    content = path.read_bytes()
    return gzip.compress(content, 6) if path.suffix in TEXT else content


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files, compressed and counted, and a page for what is not there.

    It leads nobody to the slash that a link to a folder forgot.
    """

    def __init__(self, *args: Any, host: Host, **kwargs: Any) -> None:
        self._host = host
        super().__init__(*args, directory=str(host.folder), **kwargs)

    def _file(self) -> Path | None:
        asked = self.path.partition("?")[0]
        if not asked.startswith(self._host.below):
            return None
        inside = "/" + asked.removeprefix(self._host.below)
        path = Path(self.translate_path(inside))
        path = path / "index.html" if asked.endswith("/") else path
        return path if path.is_file() else None

    def do_GET(self) -> None:
        found = self._file()
        path = found or self._host.folder / "404.html"
        own = None if found else self._host.missing
        body = gzip.compress(own) if own else compressed(path)
        self._host.sent.append((self.path, len(body)))
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(
    folder: Path, below: str = "/course/", missing: bytes | None = None
) -> Iterator[Host]:
    """As a shared host has the pages of a project: below a path."""
    host = Host(folder, below, missing)
    handler = functools.partial(_Handler, host=host)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        host.address = f"http://127.0.0.1:{server.server_port}{below}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield host
        server.shutdown()


def visit(page: Any, host: Host, path: str, slower: float = 1) -> Visit:
    """Open a page with an empty cache.

    Args:
        page: of Playwright, used for nothing else.
        host: that has the page.
        path: of the page there.
        slower: than this machine, that many times.
    """
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    host.sent.clear()
    page.goto(f"{host.address}{path}", wait_until="load", timeout=120_000)
    before = -1
    while before < len(host.sent):
        before = len(host.sent)
        page.wait_for_timeout(1000 * QUIET)
    seen = page.evaluate("window.seen")
    session.detach()
    return Visit([*host.sent], seen["shift"], seen["long"])

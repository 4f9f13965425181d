"""What a first visit to a page costs, before the reader scrolls or clicks.

The pages come from a host that sends text compressed, as static hosts do, and
counts what it sends.
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

from .conftest import StaticHost

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


class _Handler(StaticHost):
    """A static host that compresses and keeps count."""

    def __init__(self, *args: Any, host: Host, **kwargs: Any) -> None:
        self._host = host
        super().__init__(*args, directory=str(host.folder), **kwargs)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        if not found:
            path = self._host.folder / "404.html"
        body = compressed(path)
        self._host.sent.append((self.path, len(body)))
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    handler = functools.partial(_Handler, host=host)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        host.address = f"http://127.0.0.1:{server.server_port}/course/"
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

"""A stand-in of Kaggle's API with one competition, Dogs vs. Cats.

The clients reach it as they would reach Kaggle, over HTTP, and answer as they
would; the images in it are drawn here, since the real ones may not be passed
on. How the real clients are led here, found in their sources:

- `KAGGLE_API_ENVIRONMENT=LOCALHOST` makes kagglehub and the `kaggle` command
  call http://localhost, port 80, which takes root to serve. But both ask
  `requests`, which asks `http_proxy`: the stand-in is that proxy, on any free
  port. Two runs at the same time do not meet.
- `KAGGLE_API_ENVIRONMENT=TEST` has the port 7777, but makes kagglehub print
  each request with its headers, and so the token, and read whole archives as
  text. It is not used.

What is served, and how: POST /api/v1/competitions.CompetitionApiService/
DownloadDataFiles is answered by 302 to another host, as Kaggle does, where the
file is, with `Range`, `Last-Modified` and `x-goog-hash`. Errors are JSON,
{"code": 403, "message": ...}. The messages are the stand-in's wording of
Kaggle's. Other hosts can have archives here, too, see microsoft_server.py.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import threading
import zipfile
from collections.abc import Callable
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image, ImageDraw

COMPETITION = "dogs-vs-cats"
FILE = f"{COMPETITION}.zip"
API = "/api/v1/competitions.CompetitionApiService/"
STORAGE = "storage.localhost"
RULES = (
    "You must accept this competition's rules before you'll be able to "
    "download files."
)
MODIFIED = "Thu, 12 Dec 2013 00:00:00 GMT"
PER_CLASS = 250  # Kaggle's training set has 12,500
TWINS = (("dog", 10), ("dog", 20))  # these two files are the same


def _key(purpose: str) -> str:
    """A made-up key, the same in every run. It opens nothing anywhere."""
    return hashlib.sha256(f"stand-in: {purpose}".encode()).hexdigest()[:32]


TOKEN = f"KGAT_{_key('token')}"
KNOWN = {f"Bearer {TOKEN}": "token", "none": "none"}
SECRETS = (TOKEN, _key("token"))


Archive = Callable[[Path, int], None]  # makes it, with so many cats and dogs


class Kaggle(ThreadingHTTPServer):
    """Kaggle on this machine, on a free port.

    Args:
        folder: gets the archives, and must be there as long as it serves.
        per_class: how many cats, and how many dogs, they have to learn from.
        others: archives elsewhere, by host and name of the file.

    Attributes:
        requests: (method, host, path, authorization) of each request; the
            last is "token", "wrong" or "none".
        fault: what it does wrong from now on, see the stage.
    """

    daemon_threads = True

    def __init__(
        self,
        folder: Path,
        per_class: int,
        others: dict[tuple[str, str], Archive] | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.per_class = per_class
        self.requests: list[tuple[str, str, str, str]] = []
        self.fault: str | None = None
        self._archives = {(STORAGE, FILE): make_archive, **(others or {})}
        self._folder = folder
        self._lock = threading.Lock()
        serve = self.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""

    def breaks_off(self) -> bool:
        """Whether this answer is to break off: the first one alone."""
        with self._lock:
            first = self.fault == "cut_off"
            self.fault = None if first else self.fault
            return first

    def archive(self, host: str, name: str) -> Path | None:
        """The file of this name, made when it is first asked for, if any."""
        path = self._folder / name
        with self._lock:
            if (host, name) not in self._archives:
                return None
            if not path.exists():
                self._archives[host, name](path, self.per_class)
        return path


def make_archive(path: Path, per_class: int) -> None:
    """The archive of the competition, which holds two others."""
    tests = range(1, per_class // 5 + 1)
    kinds = [("cat" if number % 2 else "dog", number) for number in tests]
    pictures = {
        "test1": [(f"{n}.jpg", kind, 1_000_000 + n) for kind, n in kinds],
        "train": [
            (f"{kind}.{number}.jpg", kind, number)
            for kind in ("cat", "dog")
            for number in range(per_class)
        ],
    }
    with zipfile.ZipFile(path, "w") as outer:
        for folder, rows in pictures.items():
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as file:
                for name, kind, number in rows:
                    add(file, f"{folder}/{name}", drawn(kind, number))
            member = zipfile.ZipInfo(f"{folder}.zip")
            with outer.open(member, "w", force_zip64=True) as goal:
                goal.write(inner.getvalue())
        rows = "".join(f"{n},0\n" for n in tests[:-1])
        add(outer, "sampleSubmission.csv", b"id,label\n" + rows.encode())


def add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    file.writestr(zipfile.ZipInfo(name), data)


@lru_cache(maxsize=1000)  # tests ask for the same ones again and again
def drawn(kind: str, number: int) -> bytes:
    """A drawing of a cat or a dog as JPEG; each number looks different."""
    if (kind, number) == TWINS[1]:
        kind, number = TWINS[0]
    rng = random.Random(f"{kind} {number}")
    width, height = rng.randint(110, 180), rng.randint(110, 180)

    def color(low: int, high: int) -> tuple[int, ...]:
        return tuple(rng.randint(low, high) for _ in range(3))

    image = Image.new("RGB", (width, height), color(150, 235))
    pen = ImageDraw.Draw(image)
    x, y = width / 2 + rng.randint(-10, 10), height / 2 + rng.randint(-4, 12)
    size = rng.randint(30, 42)
    fur, dark = color(60, 200), color(10, 60)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * size, y + dy * size

    def oval(dx: float, dy: float, rx: float, ry: float, fill: Any) -> None:
        corners = (*at(dx - rx, dy - ry), *at(dx + rx, dy + ry))
        pen.ellipse(corners, fill=fill)

    for side in (-1, 1):
        if kind == "cat":  # ears that stand
            ear = [(0.25, -0.6), (0.95, -0.35), (0.8, -1.35)]
            pen.polygon([at(side * a, b) for a, b in ear], fill=fur)
    oval(0, 0, 1, 0.9 if kind == "cat" else 1.05, fur)
    for side in (-1, 1):
        if kind == "dog":  # ears that hang
            oval(side * 0.95, 0.05, 0.3, 0.75, dark)
        oval(side * 0.4, -0.2, 0.14, 0.16, dark)
    if kind == "dog":  # a snout
        oval(0, 0.45, 0.5, 0.42, color(190, 240))
        oval(0, 0.25, 0.2, 0.14, dark)
    else:  # whiskers
        oval(0, 0.15, 0.12, 0.09, dark)
        for side in (-1, 1):
            for end in (0.1, 0.3, 0.5):
                line = [at(side * 0.3, 0.3), at(side * 1.3, end)]
                pen.line(line, fill=dark, width=1)
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=92)
    return buffer.getvalue()


class _Handler(BaseHTTPRequestHandler):
    """Answers what `http_proxy` is asked: whole addresses, not paths."""

    server: Kaggle
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Print nothing: addresses can hold secrets."""

    def _begin(self) -> tuple[str, str, str]:
        """Note the request; return its host, path and authorization."""
        address = urlsplit(self.path)
        given = self.headers.get("Authorization", "none")
        host, how = address.hostname or "", KNOWN.get(given, "wrong")
        self.server.requests.append((self.command, host, address.path, how))
        return host, address.path, how

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        asked = json.loads(self.rfile.read(size) or b"{}")
        _, path, how = self._begin()
        fault = self.server.fault
        if fault == "token_unknown":
            how = "wrong"
        if how in {"none", "wrong"}:
            self._refuse(401, "Unauthenticated")
        elif not path.startswith(API):
            self._refuse(404, f"There is no {path} here")
        elif asked.get("competitionName") != COMPETITION:
            self._refuse(404, "Competition not found")
        elif fault == "rules_not_accepted":
            self._refuse(403, RULES)
        else:
            where = f"http://{STORAGE}/{FILE}?X-Goog-Signature=0"
            self._head(302, {"Location": where, "Content-Length": 0})

    def do_CONNECT(self) -> None:
        """Nothing leaves this machine."""
        host = self.path.partition(":")[0]
        self.server.requests.append((self.command, host, self.path, "none"))
        self._refuse(403, f"The stand-in does not lead to {host}")

    def do_GET(self) -> None:
        host, path, _ = self._begin()
        archive = self.server.archive(host, path.rpartition("/")[2])
        if archive is None:
            self._refuse(404, f"There is no {path} here")
        elif self.server.fault == "not_a_zip":
            page = b"<html><body>We will be back soon.</body></html>\n"
            self._whole(200, "text/html", page)
        else:
            self._file(archive.read_bytes())

    def _file(self, data: bytes) -> None:
        """All of it, or what comes after the part that a client has."""
        digest = base64.b64encode(hashlib.md5(data).digest()).decode()
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        left = data[start:]
        headers = {
            "Content-Length": len(left),
            "Accept-Ranges": "bytes",
            "Last-Modified": MODIFIED,
            "x-goog-hash": f"md5={digest}",
        }
        self._head(206 if start else 200, headers)
        if self.server.breaks_off():
            self.close_connection = True
            left = left[: len(left) * 2 // 3]
        self.wfile.write(left)

    def _refuse(self, code: int, message: str) -> None:
        self._json(code, {"code": code, "message": message})

    def _json(self, code: int, answer: dict[str, Any]) -> None:
        self._whole(code, "application/json", json.dumps(answer).encode())

    def _whole(self, code: int, kind: str, body: bytes) -> None:
        self._head(code, {"Content-Type": kind, "Content-Length": len(body)})
        self.wfile.write(body)

    def _head(self, code: int, headers: dict[str, Any]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

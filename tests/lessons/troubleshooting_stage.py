"""What the page `troubleshooting` is played on: what fails, and why.

The code in each section is the reader's own, and so are the libraries; only
the cause is arranged. Nothing leaves this machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from .kaggle_data_stage import PROXIES, disk_full
from .kaggle_server import PER_CLASS, SECRETS, TOKEN, Kaggle

MNIST = Path(__file__).parents[2] / "snippets/data/mnist.npz"
HOST = "storage.googleapis.com"
SIZE = 11_490_434  # bytes of Keras's own file
HALF = 1 << 20
PAGE = b"<!DOCTYPE html><title>Sign in to the network</title>"
PROXY_KEY = "Basic cmVhZGVyOnNlY3JldA=="  # reader:secret
# Nobody can have these: the name of a file says what it is made for.
OTHER_PYTHONS = ("cp36-cp36m-win32", "cp27-cp27mu-manylinux1_i686")
BLOCKED = (
    socket.gaierror(-2, "Name or service not known"),
    TimeoutError(110, "Connection timed out"),
)


class Stage:
    """A machine like that of a reader for whom something goes wrong.

    Attributes:
        clients, secrets, typed: see `tests.harness.stage`.
        kaggle: the stand-in of Kaggle.
        storage: the stand-in of the server that has MNIST for Keras.
        authority: the certificate that makes it trusted.
    """

    clients = ("kagglehub", "kagglesdk")
    secrets = SECRETS
    typed: ClassVar = {}

    def start(self, home: Path) -> dict[str, str]:
        """Serve; put MNIST where the reader has put it, in the folder."""
        self._home = home
        self._folder = Path(tempfile.mkdtemp(dir=home.parent))
        self.kaggle = Kaggle(self._folder, PER_CLASS)
        self.authority = _certificates(self._folder)
        self.storage = Storage(self._folder)
        shutil.copy(MNIST, "mnist.npz")
        proxy = f"http://127.0.0.1:{self.kaggle.server_port}"
        return {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",  # and so by this proxy
            **{"http_proxy": proxy, "HTTP_PROXY": proxy},
            **{"https_proxy": proxy, "HTTPS_PROXY": proxy},
            **{"no_proxy": "", "NO_PROXY": ""},
            "KAGGLE_API_TOKEN": TOKEN,
            "CUDA_VISIBLE_DEVICES": "-1",  # messages are those of a CPU
            # With oneDNN, which TensorFlow takes on newer processors alone,
            # layers know channels first, and a message has another allocator.
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }

    def stop(self) -> None:
        """Serve no longer, and leave nothing behind."""
        self.storage.stop()
        self.kaggle.stop()
        shutil.rmtree(self._folder)

    def during(self, section: str) -> contextlib.AbstractContextManager[None]:
        """What is arranged while this section runs."""
        arranged = {
            "unauthorized": lambda: self.kaggle_wrong("token_unknown"),
            "forbidden": lambda: self.kaggle_wrong("rules_not_accepted"),
            "cut_off": lambda: self.kaggle_wrong("cut_off"),
            "not_zip": lambda: self.kaggle_wrong("not_a_zip"),
            "pip": self.pip,
            "no_module": self._no_packages,
            "no_token": self._no_token,
            "mnist_blocked": self._blocked,
            "cifar10_blocked": self._blocked,
            "mnist_certificate": self.download,
            "mnist_proxy": lambda: self.proxy("http://{}"),
            "mnist_half": lambda: self.download("half", trusted=True),
            "mnist_rejected": lambda: self.download("page", trusted=True),
            "disk_full": lambda: disk_full(1000),
        }
        return arranged.get(section, contextlib.nullcontext)()

    @contextlib.contextmanager
    def kaggle_wrong(self, what: str) -> Iterator[None]:
        """The stand-in of Kaggle does this wrong."""
        self.kaggle.fault = what
        try:
            yield
        finally:
            self.kaggle.fault = None

    @contextlib.contextmanager
    def pip(self, tags: tuple[str, ...] = OTHER_PYTHONS) -> Iterator[None]:
        """An index that has TensorFlow for these Pythons alone."""
        index = self._folder / "index"
        shutil.rmtree(index, ignore_errors=True)
        index.mkdir()
        for tag in tags:
            _wheel(index / f"tensorflow-2.21.0-{tag}.whl")
        settings = {
            **{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)},
            **{"PIP_IGNORE_INSTALLED": "1", "PIP_QUIET": "1"},
            **{"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            "PIP_CONFIG_FILE": os.devnull,
        }
        with mock.patch.dict(os.environ, settings):
            yield

    @contextlib.contextmanager
    def _no_packages(self) -> Iterator[None]:
        """`python` is that of an environment without packages."""
        bare = self._folder / "bare"
        venv.create(bare)
        commands = bare / ("Scripts" if os.name == "nt" else "bin")
        path = os.pathsep.join([str(commands), os.environ["PATH"]])
        with mock.patch.dict(os.environ, PATH=path):
            yield

    @contextlib.contextmanager
    def _no_token(self) -> Iterator[None]:
        with mock.patch.dict(os.environ):
            del os.environ["KAGGLE_API_TOKEN"]
            yield

    @contextlib.contextmanager
    def _blocked(self) -> Iterator[None]:
        """First no name is known, then nothing answers."""
        with (
            self._direct(),
            mock.patch.object(socket, "create_connection", side_effect=BLOCKED),
        ):
            yield

    @contextlib.contextmanager
    def download(
        self, what: str = "whole", *, trusted: bool = False
    ) -> Iterator[None]:
        """What Keras asks for comes from the stand-in.

        Args:
            what: "whole", "half" of the file or a "page" in its place.
            trusted: whether Python knows who signed its certificate.
        """
        real, here = socket.create_connection, self.storage.server_address
        self.storage.what = what
        settings = {"SSL_CERT_FILE": str(self.authority)} if trusted else {}
        with (
            self._direct(),
            mock.patch.dict(os.environ, settings),
            mock.patch.object(
                socket, "create_connection", lambda _, *more: real(here, *more)
            ),
        ):
            yield

    @contextlib.contextmanager
    def proxy(self, address: str) -> Iterator[None]:
        """The way out is by a proxy that asks for a name and a password."""
        host = f"127.0.0.1:{self.storage.proxy.server_port}"
        self.storage.what = "whole"
        settings = {
            "https_proxy": address.format(host),
            "SSL_CERT_FILE": str(self.authority),
        }
        with self._direct(), mock.patch.dict(os.environ, settings):
            yield

    @contextlib.contextmanager
    def _direct(self) -> Iterator[None]:
        """No proxy; nothing was downloaded; urllib asks for settings anew.

        Keras draws no progress, of which a page would show the last state.
        """
        shutil.rmtree(self._home / ".keras/datasets", ignore_errors=True)
        with (
            mock.patch.dict(os.environ),
            mock.patch.object(urllib.request, "_opener", None),
            mock.patch("keras.src.utils.file_utils.Progbar"),
        ):
            for name in (*PROXIES, *map(str.upper, PROXIES)):
                os.environ.pop(name, None)
            yield


class Storage(ThreadingHTTPServer):
    """The server of Keras's data sets, over TLS, and a proxy before it.

    Attributes:
        what: is sent from now on, see `Stage.download`.
        proxy: leads to the same answers, for who has the password.
    """

    daemon_threads = True
    what = "whole"

    def __init__(self, folder: Path) -> None:
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(folder / "server.pem", folder / "server.key")
        super().__init__(("127.0.0.1", 0), _Handler)
        self.socket = self.tls.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.proxy = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
        self.proxy.daemon_threads = True
        self.proxy.storage = self  # type: ignore[attr-defined]
        for server in (self, self.proxy):
            serve = server.serve_forever
            threading.Thread(target=serve, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        for server in (self.proxy, self):
            server.shutdown()
            server.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust the certificate hangs up: no news."""


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        storage = getattr(self.server, "storage", self.server)
        body = PAGE if storage.what == "page" else MNIST.read_bytes()
        half = storage.what == "half"
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE if half else len(body)))
        self.end_headers()
        self.wfile.write(body[:HALF] if half else body)


class _Proxy(_Handler):
    def do_CONNECT(self) -> None:
        if self.headers.get("Proxy-Authorization") != PROXY_KEY:
            self.send_error(407)
            return
        self.send_response(200)
        self.end_headers()
        tls = self.server.storage.tls  # type: ignore[attr-defined]
        with tls.wrap_socket(self.connection, server_side=True) as inner:
            self.rfile, self.wfile = inner.makefile("rb"), inner.makefile("wb")
            self.handle_one_request()


def _wheel(path: Path) -> None:
    """A package of this name, without content."""
    name, version = path.name.split("-")[:2]
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}-{version}.dist-info/METADATA", said)
        file.writestr(f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0")
        file.writestr(f"{name}-{version}.dist-info/RECORD", "")


def _certificates(folder: Path) -> Path:
    """A certificate for the server, and that of the authority behind it."""

    def openssl(*arguments: str) -> None:
        command = ["openssl", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes")
    openssl(
        *("req", "-x509", *new, "-subj", "/CN=An authority nobody knows"),
        *("-keyout", "authority.key", "-out", "authority.pem"),
    )
    openssl(
        *("req", *new, "-subj", f"/CN={HOST}"),
        *("-keyout", "server.key", "-out", "server.csr"),
    )
    (folder / "names").write_text(f"subjectAltName=DNS:{HOST}")
    openssl(
        *("x509", "-req", "-in", "server.csr", "-extfile", "names"),
        *("-CA", "authority.pem", "-CAkey", "authority.key"),
        *("-CAcreateserial", "-out", "server.pem"),
    )
    return folder / "authority.pem"

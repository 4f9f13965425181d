"""`make audit` names what is vulnerable, and never takes silence for safety.

A stand-in on this machine answers as the OSV database does.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from . import audit
from .locks import LOCKS

pytestmark = pytest.mark.usefixtures("registry")  # has pip-audit

HASH = "--hash=sha256:" + 64 * "0"
KNOWN = {
    ("jinja2", "2.4.1"): {
        "id": "PLANTED-1",
        "aliases": ["CVE-0000-1"],
        "affected": [
            {
                "package": {"name": "jinja2", "ecosystem": "PyPI"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"fixed": "2.4.2"}]}
                ],
            }
        ],
    }
}


class Osv(BaseHTTPRequestHandler):
    """Knows one vulnerability, and remembers what it was asked."""

    asked: list[tuple[str, str]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        query = json.loads(self.rfile.read(length))
        key = (query["package"]["name"], query["version"])
        self.asked.append(key)
        answer = {"vulns": [KNOWN[key]]} if key in KNOWN else {}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    Osv.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project whose lists name two packages, one in two versions."""
    (tmp_path / "docs").mkdir()
    for lock in LOCKS:
        (tmp_path / lock).write_text(f"six==1.17.0 \\\n    {HASH}\n")
    (tmp_path / LOCKS[0]).write_text(
        f"jinja2==2.4.0 ; sys_platform == 'win32' \\\n    {HASH}\n"
        f"jinja2==2.4.1 ; sys_platform != 'win32' \\\n    {HASH}\n"
    )
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def version(root: Path, old: str, new: str) -> None:
    lock = root / LOCKS[0]
    lock.write_text(lock.read_text().replace(old, new))


def test_every_version_of_every_list_is_asked_about(
    small: Path, service: str, capsys: pytest.CaptureFixture
) -> None:
    version(small, "2.4.1", "2.4.2")
    assert audit.audit(small, service) == 0, capsys.readouterr()
    assert sorted(Osv.asked) == [
        ("jinja2", "2.4.0"),
        ("jinja2", "2.4.2"),
        ("six", "1.17.0"),
    ]
    assert "no vulnerability is known" in capsys.readouterr().out


def test_a_vulnerability_is_named(
    small: Path, service: str, capsys: pytest.CaptureFixture
) -> None:
    assert audit.audit(small, service) == 1
    said = capsys.readouterr().out
    assert (
        "vulnerable: jinja2 2.4.1: CVE-0000-1, PLANTED-1, fixed in 2.4.2"
        in said
    )


def test_an_accepted_vulnerability_passes_until_it_is_gone(
    small: Path, service: str, capsys: pytest.CaptureFixture
) -> None:
    (small / "pyproject.toml").write_text(
        '[tool.audit.accepted]\nCVE-0000-1 = "no template is read here"\n'
    )
    assert audit.audit(small, service) == 0
    version(small, "2.4.1", "2.4.2")
    assert audit.audit(small, service) == 1
    assert "CVE-0000-1 is found no more" in capsys.readouterr().out


def test_a_service_that_does_not_answer_is_no_clean_result(
    small: Path, capsys: pytest.CaptureFixture
) -> None:
    assert audit.audit(small, "http://127.0.0.1:9/v1/query") == 2
    said = capsys.readouterr().err
    assert "The audit could not be made" in said
    assert "Connection refused" in said or "127.0.0.1" in said


def test_a_package_that_is_left_out_is_no_clean_result(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """As pip-audit does where the service does not know the package."""
    skipped = [{"name": "jinja2", "skip_reason": "not found"}]
    monkeypatch.setattr(audit, "ask", lambda packages, service: skipped)
    assert audit.audit(small, None) == 2
    said = capsys.readouterr().out
    assert "not looked up: jinja2 2.4.0: not found" in said
    assert "not looked up: six 1.17.0: pip-audit left it out" in said

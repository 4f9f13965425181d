"""Build the English site: after the Chinese one, or beside it.

`make serve` lets a process of its own do it, so that a save that concerns both
languages is shown as soon as one that concerns one. The process reads what to
build from standard input, a line each time, and ends with it; once that is
built it writes a line: what was wrong, or "".
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mkdocs.commands.build import build as build_site
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, MkDocsException

from docs.hooks import served, serving
from docs.hooks.store import ROOT

CONFIG = ROOT / "mkdocs.en.yml"
ENDED = "What builds the English site has ended. The next save starts it again."

_process: subprocess.Popen[str] | None = None
_begun: list[Callable[[], None]] = []  # says that what is begun is built


def build(
    site_url: str | None, site_dir: str, strict: bool, command: str = "build"
) -> None:
    """Build it, with what it has from the Chinese one's configuration."""
    config = load_config(
        str(CONFIG), site_url=site_url, site_dir=site_dir, strict=strict
    )
    config.plugins.on_startup(command=command, dirty=False)
    build_site(config)
    config.plugins.on_shutdown()


def begin(is_afresh: bool, options: dict[str, Any]) -> None:
    """Let the process build it.

    Args:
        is_afresh: whether the folder was emptied.
        options: as `build` has them.
    """
    global _process
    if _process is None or _process.poll() is not None:
        level = logging.getLogger("mkdocs").level
        _process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(level)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert _process.stdin
    _begun.append(serving.begin("en"))
    with suppress(OSError):  # it has just ended, as `wait` will tell
        print(json.dumps([is_afresh, options]), file=_process.stdin, flush=True)


def settle() -> None:
    """Wait for what nobody has waited for, as the Chinese site failed."""
    while _begun:
        with suppress(Abort):
            wait()


def wait() -> None:
    """Wait until it is built, if it is being built.

    Raises:
        Abort: it could not be; the process has told why.
    """
    if not _begun:
        return
    is_built = _begun.pop()
    assert _process and _process.stdout
    if said := json.loads(_process.stdout.readline() or f'"{ENDED}"'):
        raise Abort(said)
    is_built()


def end() -> None:
    """End the process, or it would write into a folder that is deleted."""
    if _process:
        _process.kill()
        _process.wait()


def main() -> None:
    from mkdocs.__main__ import State  # only this process needs it

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the server
    _told = State(level=int(sys.argv[1]))  # while it is held, MkDocs tells
    answers = os.dup(1)
    os.dup2(2, 1)  # for what others print
    for line in sys.stdin:
        is_afresh, options = json.loads(line)
        if is_afresh:
            served.forget()
        said = ""
        try:
            build(**options, command="serve")
        except (Exception, SystemExit) as error:
            said = str(error) or type(error).__name__
            if not isinstance(error, MkDocsException):
                traceback.print_exc()
        with suppress(OSError):  # the server has ended
            os.write(answers, f"{json.dumps(said)}\n".encode())


if __name__ == "__main__":
    main()

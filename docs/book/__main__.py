"""Build the site, and of it what is asked for: `offline` or `book`."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

from docs.hooks import editions
from tests.harness import settings

from .files import Trouble

ROOT = Path(__file__).parents[2]
SITE = ROOT / ".cache" / "editions" / "site"  # built anew, in a minute
FULL = f"was not built in {SITE}: the disk is full. Make room, and run the "
FULL += "same command again."
PACKAGES = "`make book` installs what is needed, or by hand: pip install -r "
PACKAGES += "requirements-book.txt"


def build() -> None:
    """Build both languages.

    Raises:
        Trouble: MkDocs does not; the text has what it says. Nothing is left.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q"]
    built = subprocess.run(
        [*command, "--site-dir", str(SITE)],
        cwd=ROOT,
        env={**os.environ, editions.VARIABLE: ""},  # else one would hold it
        stderr=subprocess.PIPE,
        text=True,
    )
    if built.returncode:
        shutil.rmtree(SITE, ignore_errors=True)
        if os.strerror(errno.ENOSPC) in built.stderr:
            raise Trouble(f"The site {FULL}")
        raise Trouble(f"The site cannot be built:\n{built.stderr.strip()}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.book")
    parser.add_argument("what", choices=("offline", "book"))
    parser.add_argument("folder", type=Path, help="made if it is not there")
    asked = parser.parse_args()
    address = str(settings.mkdocs(ROOT)["site_url"]).rstrip("/") + "/"
    try:
        if asked.what == "offline":
            from . import offline

            build()
            made = [offline.write(SITE, asked.folder, address)]
        else:
            try:
                from . import book  # its packages are not the site's
            except ModuleNotFoundError as error:
                raise Trouble(f"{error}. {PACKAGES}") from None
            with book.Printer() as printer:  # else the build would be in vain
                build()
                made = book.write(SITE, asked.folder, printer)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    for path in made:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

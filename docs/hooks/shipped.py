"""Data for readers whom Keras's downloads do not reach.

Keras downloads MNIST from a server that many networks block. The site serves
the file that the lessons are tested with; the page `downloads` shows the lines
that load it. CIFAR-10 may not be served: that page says how to do with photos
of one's own. Each block that loads either is followed by a link there.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Any
from urllib.parse import urljoin, urlsplit

from mkdocs.config.defaults import MkDocsConfig

from docs.hooks import reading_time
from tests.harness import datasets, settings
from tests.harness.block import Page
from tests.harness.quote import PARTIALS
from tests.harness.snippet import included

COPY = "assets/mnist.npz"  # below the address of the site
LINKS = {  # what a block calls -> the partial that follows it
    "keras.datasets.mnist.load_data(": "own_copy.md",
    "keras.datasets.cifar10.load_data(": "own_photos.md",
}
SERVED = "http://127.0.0.1:8000/"  # by `make serve`
NOWHERE = {
    "en": f"Links to {SERVED} work only on the computer that made this.",
    "zh": f"指向 {SERVED} 的链接只在生成它的那台电脑上有效。",
}
LOCAL = {"localhost", "127.0.0.1", "::1"}


def is_unknown(address: str) -> bool:
    """Whether an address stands for one that nobody gave with SITE_URL."""
    return not address or address.startswith(SERVED)


def note(address: str, language: str) -> str:
    """What a file that readers take along says of the links in it; or ""."""
    return NOWHERE[language] if is_unknown(address) else ""


def file(root: Path) -> Path:
    """The file to serve.

    Raises:
        datasets.DamagedData: it is missing or damaged; the text says how to
            get it back.
    """
    return datasets.checked("mnist", root)


def copy(root: Path, site_url: str = "") -> dict[str, Any] | None:
    """What pages can say of the copy; None if there is none to serve.

    Args:
        root: the project's folder.
        site_url: where the site is; if that is not given, as mkdocs.yml says.

    Returns:
        url: where the copy can be had.
        is_local: whether only this computer can have it there.
        sha256, megabytes: of the file.
    """
    try:
        path = file(root)  # whose digest is checked there
    except datasets.DamagedData:
        return None
    site_url = site_url or settings.mkdocs(root).get("site_url") or SERVED
    url = urljoin(site_url, COPY)
    return {
        "url": url,
        "is_local": urlsplit(url).hostname in LOCAL,
        "sha256": datasets.DATA["mnist"].digest,
        "megabytes": path.stat().st_size / 1e6,
    }


def published(test: Path) -> str:
    """Where the site has a test of a lesson, as text: for links from pages."""
    return f"assets/tests/{test.stem}.txt"


def of_site(config: MkDocsConfig) -> dict[str, Any] | None:
    """As `copy` says, for a page of the site that is being built."""
    language = config.extra["languages"][config.theme["language"]]
    address = (config.site_url or "").removesuffix(language["prefix"])
    return copy(Path(config.config_file_path).parent, address.lstrip("/"))


def with_links(page: Page, root: Path) -> str:
    """A page with a link below the block that loads what may not come.

    If what the block prints follows, the link stands below that.
    """
    if reading_time.is_looked_up(page.source):
        return page.source  # its own links, and blocks that are to fail
    lines = page.source.split("\n")
    blocks = [block for block in page.blocks if block.kind != "blank"]
    for block, below in reversed([*pairwise([*blocks, *blocks[-1:]])]):
        if not block.is_code:
            continue
        snippets = [included(target, root) for _, target in block.includes]
        code = "".join(snippet[2] for snippet in snippets if snippet)
        last = below if below.detail == "text" else block
        end = last.line - 1 + len(last.lines)
        margin = block.lines[0][: -len(block.lines[0].lstrip())]
        for call, file in reversed(LINKS.items()):
            if call in code:
                path = root / PARTIALS / page.language / file
                link = indent(path.read_text(encoding="utf-8"), margin)
                lines[end:end] = ["", *link.splitlines()]
    return "\n".join(lines)

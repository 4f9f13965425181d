"""What a first visit to a page costs, in sites that others build of it.

The lessons of `build`, in English, in the sites that it builds.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.site.visits import served

from . import build, pages, rivals

# In ours, below the site's folder; others have notebooks by file name.
PAGES = {"pooling": "pooling/", "notebook": "notebooks/pooling/"}
LACKS = {"zensical": ["notebook"]}
SITES = ("ours", "material", "sphinx", "zensical")


def measure(root: Path) -> dict[str, Any]:
    """Each page of each site, in turns."""
    found: dict[str, Any] = {"peers": rivals.versions()}
    found |= {name: {} for name in SITES}
    with tempfile.TemporaryDirectory(prefix="generated-") as name:
        folder = Path(name)
        builders = build.prepared(root, folder, 1)
        for site in SITES:
            builders[site]()
        for page, path in PAGES.items():
            for site in SITES:
                if page not in LACKS.get(site, ()):
                    cost = weighed(folder / site, path)
                    found[site][page] = cost
                    print(site, page, cost, flush=True)
    return found


def weighed(folder: Path, path: str) -> dict[str, Any]:
    """Bytes and requests for a page, which must be there."""
    assert (folder / path / "index.html").is_file(), f"no {path} in {folder}"
    if not (missing := folder / "404.html").exists():
        missing.touch()  # Chromium asks for an icon
    with served(folder) as host:
        cost = pages.weighed(host, path)
    return {name: cost[name] for name in ("bytes", "requests")}

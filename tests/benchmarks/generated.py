"""What the pages of other generators cost a phone, beside ours.

The lessons of `build`, in English, in the sites that it builds: weighed and
rated as `pages` does it.
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
        builders, _ = build.prepared(root, folder, 1)
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
    """Bytes, requests and scores of a page, which must be there."""
    assert (folder / path / "index.html").is_file(), f"no {path} in {folder}"
    with served(folder) as host:
        return {**pages.weighed(host, path), **pages.rated(host, path)}

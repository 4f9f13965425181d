"""What a page costs a phone, in sites that others build of it.

The lessons of `build`, in English, in the sites that it builds.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from . import build, pages, rivals

# In ours, below the site's folder; others have notebooks by file name.
PAGES = {"pooling": "pooling/", "notebook": "notebooks/pooling/"}
LACKS = {"zensical": ["notebook"]}
SITES = ("ours", "material", "sphinx", "zensical")


def measure(root: Path) -> dict[str, Any]:
    """Each page of each site, in turns."""
    pages.lighthouse()  # before the sites are built
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
                    found[site][page] = cost(folder / site, path)
                    print(site, page, found[site][page], flush=True)
    return found


def cost(folder: Path, path: str) -> dict[str, Any]:
    """What `pages` measures of a page, which must be there."""
    assert (folder / path / "index.html").is_file(), f"no {path} in {folder}"
    if not (missing := folder / "404.html").exists():
        missing.touch()  # Chromium asks for an icon
    return pages.weighed_and_rated(folder, path)

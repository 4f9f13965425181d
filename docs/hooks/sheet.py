"""One style sheet of the theme's and the site's own, so that a page asks once.

The theme comes with two, and mkdocs.yml lists ours under `extra_css`; a phone
that is far away waits for each of them.
"""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
SHEET = "assets/stylesheets/all.css"
THEME = (
    "assets/stylesheets/main.*.min.css",
    "assets/stylesheets/palette.*.min.css",
)
# Where the theme's were compressed from; that is no file of the site.
SOURCE = re.compile(r"/\*# sourceMappingURL=.*?\*/")

_ours: dict[str, list[str]] = {}


def on_config(config: MkDocsConfig) -> None:
    """Let pages name the one; main.html leaves out the theme's."""
    _ours[config.theme["language"]] = [*config.extra_css]
    config["extra_css"] = [SHEET]


@event_priority(-50)  # when languages.py has added the shared files
def on_files(files: Files, config: MkDocsConfig, **kwargs: Any) -> Files:
    """Put all of them, the theme's first, into the one."""
    names = sorted(files.src_uris)
    order = [name for each in THEME for name in names if fnmatch(name, each)]
    order += _ours[config.theme["language"]]
    found = [files.src_uris[name] for name in order]
    texts = [SOURCE.sub("", file.content_string) for file in found]
    for file in found:
        files.remove(file)
    files.append(File.generated(config, SHEET, content="\n".join(texts)))
    return files

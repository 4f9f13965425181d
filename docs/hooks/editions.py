"""Offer the course as files on the home page: a book, and the site itself.

`make book offline` writes them into dist/, and `EDITIONS=dist make site` puts
them into the site. Without EDITIONS the home page says nothing of them.
"""

import os
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
VARIABLE = "EDITIONS"  # of the environment: the folder
FOLDER = "files"  # on the site
NAMES = {  # what mkdocs.yml has words for -> the file
    "pdf": "vision-{}.pdf",
    "epub": "vision-{}.epub",
    "offline": "vision-offline.zip",
}


def found(folder: str, languages: tuple[str, ...]) -> dict[str, Path]:
    """The files that were made: what they are called, and where they are.

    Raises:
        PluginError: a folder is given, and none of them is there.
    """
    if not folder:
        return {}
    names = (name.format(each) for each in languages for name in NAMES.values())
    paths = [ROOT / folder / name for name in dict.fromkeys(names)]
    there = {path.name: path for path in paths if path.is_file()}
    if not there:
        raise PluginError(
            f"{VARIABLE} is {folder!r}, and no book and no archive is there. "
            f"Expected: what `make book offline` writes, such as "
            f"{paths[0].name}. Run that first, or set no {VARIABLE}."
        )
    return there


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Publish them, once for both languages."""
    if config.theme["language"] == "zh":
        listed = found(
            os.environ.get(VARIABLE, ""), tuple(config.extra["languages"])
        )
        for name, path in listed.items():
            uri = f"{FOLDER}/{name}"
            files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, **kwargs: Any
) -> None:
    """Tell the home page of those in its language: link, words and size."""
    if page.is_homepage:
        language = config.theme["language"]
        languages = config.extra["languages"]
        there = found(os.environ.get(VARIABLE, ""), tuple(languages))
        up = "../" if languages[language]["prefix"] else ""
        context["editions"] = [
            {
                "address": f"{up}{FOLDER}/{name.format(language)}",
                "words": languages[language]["home"]["editions"][kind],
                "size": size(there[name.format(language)]),
            }
            for kind, name in NAMES.items()
            if name.format(language) in there
        ]


def size(path: Path) -> str:
    return f"{max(0.1, path.stat().st_size / 1e6):.1f} MB"

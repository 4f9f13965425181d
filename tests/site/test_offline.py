"""The edition for the disk: unpacked, and opened without a server."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup

from docs.book import files, offline
from tests.harness import settings

from .conftest import LANGUAGES, POLICY, ROOT, Site, wait_for

WITH_WIDGETS = [
    f"{prefix}{name}"
    for prefix in LANGUAGES.values()
    for name in settings.mkdocs(ROOT)["extra"]["widgets"]
]


@pytest.fixture(scope="module")
def archive(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editions")
    return offline.write(site.folder, folder, site.address)


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a disk") / "课程"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return folder / offline.FOLDER


@pytest.fixture
def window(browser: object, unpacked: Path) -> Iterator[object]:
    """A window without a network: whatever leaves the folder is a fault."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: (
            troubles.append(said.text) if POLICY in said.text else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((unpacked.as_uri(), "data:"))
            else troubles.append(request.url)
        ),
    )
    yield page
    context.close()
    assert not troubles


@pytest.mark.parametrize(
    ("home", "asked", "title", "lesson"),
    [
        ("index.html", "最大池化", "池化", "pooling"),
        ("en/index.html", "max pooling", "Pooling", "pooling"),
    ],
)
def test_a_reader_without_a_network(
    window: object,
    unpacked: Path,
    home: str,
    asked: str,
    title: str,
    lesson: str,
) -> None:
    window.goto((unpacked / home).as_uri())
    window.locator(".md-search__input").click()
    window.locator(".md-search__input").fill(asked)
    found = window.locator(".md-search-result__link").first
    found.wait_for()
    found.click()
    window.wait_for_url(f"**/{lesson}/index.html?*")
    assert title in window.locator("h1").inner_text()
    picture = window.locator("article img.figure").first
    picture.scroll_into_view_if_needed()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") > 100
    # From a disk, browsers show the file and ignore `download`.
    link = window.locator(f".forms a[href$='{lesson}.ipynb']")
    notebook = Path(unquote(urlsplit(link.evaluate("a => a.href")).path))
    assert '"nbformat": 4' in notebook.read_text(encoding="utf-8")


def test_language_and_dark_mode_stay(window: object, unpacked: Path) -> None:
    window.goto((unpacked / "pooling/index.html").as_uri() + "#shift")
    window.locator("label[for=__palette_1]:visible").click()
    window.locator("a[data-language-switch][hreflang=en]").first.click()
    window.wait_for_url("**/en/pooling/index.html#shift")
    assert window.locator("h1").inner_text().startswith("Pooling")
    scheme = window.locator("body").get_attribute("data-md-color-scheme")
    assert scheme == "slate"


@pytest.mark.parametrize("lesson", WITH_WIDGETS)
def test_widgets_run(window: object, unpacked: Path, lesson: str) -> None:
    window.goto((unpacked / lesson / "index.html").as_uri())
    for widget in window.locator(".widget").all():
        button = widget.locator("button").first
        # What is laid out on the way may move it: go on scrolling.
        for _ in range(300):
            widget.scroll_into_view_if_needed()
            window.wait_for_timeout(100)
            if button.is_visible():
                break
        assert button.is_visible()
        assert widget.get_attribute("data-failed") not in widget.inner_text()
        if widget.get_attribute("data-widget") == "descent":
            widget.locator(".descent__first").click()
            assert widget.locator("tbody tr").count() == 2


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_the_window_moves(window: object, unpacked: Path, prefix: str) -> None:
    window.goto((unpacked / prefix / "index.html").as_uri())
    before = window.locator(".window__sum").inner_text()
    window.locator(".window__digit").focus()
    window.keyboard.press("PageUp")
    said = "document.querySelector('.window__sum').innerText"
    wait_for(window, f"{said} !== {before!r}")


def test_all_links_lead_to_files(unpacked: Path) -> None:
    pages = list(unpacked.rglob("*.html"))
    missing = set()
    for path in pages:
        soup = BeautifulSoup(path.read_bytes(), "html.parser")
        for tag in soup.select("[href], [src]"):
            target = urljoin(path.as_uri(), tag.get("href") or tag.get("src"))
            parts = urlsplit(target)
            if (
                parts.scheme == "file"
                and not Path(unquote(parts.path)).is_file()
            ):
                missing.add((path.relative_to(unpacked).as_posix(), target))
    assert len(pages) > 60
    assert not missing


def test_all_that_a_class_needs_is_inside(archive: Path, site: Site) -> None:
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        read = {
            name: opened.read(f"{offline.FOLDER}/{name}").decode()
            for name in ("README.en.txt", "README.zh.txt", "requirements.txt")
        }
    assert f"{offline.FOLDER}/assets/mnist.npz" in names
    for language in offline.LANGUAGES.values():
        made = (site.folder / language / "notebooks").glob("*/*.*")
        for path in made:
            inside = path.relative_to(site.folder).as_posix()
            assert f"{offline.FOLDER}/{inside}" in names
    for language in ("en", "zh"):
        said = read[f"README.{language}.txt"]
        assert "pip download -r requirements.txt -d packages" in said
        for name in re.findall(r"[\w/]+\.(?:html|npz)", said):
            assert f"{offline.FOLDER}/{name}" in names
    assert re.search(r"^tensorflow==2\.", read["requirements.txt"], re.M)


def test_the_same_site_makes_the_same_bytes(
    archive: Path, site: Site, tmp_path: Path
) -> None:
    again = offline.write(site.folder, tmp_path, site.address)
    assert again.read_bytes() == archive.read_bytes()


def test_what_cannot_be_written_leaves_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(files.Trouble, match="Name another folder"):
        offline.write(site.folder, taken / "below", site.address)

    def full(path: Path, *args: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(offline, "archive", full)
    with pytest.raises(files.Trouble, match="the disk is full"):
        offline.write(site.folder, tmp_path / "new", site.address)
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize(
    ("link", "file"),
    [
        ("../", "../index.html"),
        (".", "./index.html"),
        ("..", "../index.html"),
        ("../pooling/#shift", "../pooling/index.html#shift"),
        ("?q=relu", "?q=relu"),
        ("#shift", "#shift"),
        ("pooling.ipynb", "pooling.ipynb"),
        ("https://keras.io/", "https://keras.io/"),
    ],
)
def test_links_name_files(link: str, file: str) -> None:
    assert offline.file_of(link) == file

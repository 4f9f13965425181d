"""The edition for the disk: unpacked, and opened without a server."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect

from docs.book import files, offline
from tests.harness import settings

from .conftest import ROOT, Site, both, window
from .test_html import dead_links


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
def reader(browser: object, unpacked: Path) -> Iterator[object]:
    """A window without a network: whatever leaves the folder is a fault."""
    with window(browser, unpacked.as_uri(), offline=True) as (page, _):
        yield page


@pytest.mark.parametrize(
    ("home", "asked", "title", "lesson"),
    [
        ("index.html", "最大池化", "池化", "pooling"),
        ("en/index.html", "max pooling", "Pooling", "pooling"),
    ],
)
def test_a_reader_without_a_network(
    reader: object,
    unpacked: Path,
    home: str,
    asked: str,
    title: str,
    lesson: str,
) -> None:
    reader.goto((unpacked / home).as_uri())
    reader.locator(".md-search__input").click()
    reader.locator(".md-search__input").fill(asked)
    found = reader.locator(".md-search-result__link").first
    found.wait_for()
    found.click()
    reader.wait_for_url(f"**/{lesson}/index.html?*")
    assert title in reader.locator("h1").inner_text()
    picture = reader.locator("article img.figure").first
    picture.scroll_into_view_if_needed()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") > 100
    # From a disk, browsers show the file and ignore `download`.
    link = reader.locator(f".forms a[href$='{lesson}.ipynb']")
    notebook = Path(unquote(urlsplit(link.evaluate("a => a.href")).path))
    assert '"nbformat": 4' in notebook.read_text(encoding="utf-8")


def test_language_and_dark_mode_stay(reader: object, unpacked: Path) -> None:
    reader.goto((unpacked / "pooling/index.html").as_uri() + "#shift")
    reader.locator("label[for=__palette_1]:visible").click()
    reader.locator("a[data-language-switch][hreflang=en]").first.click()
    reader.wait_for_url("**/en/pooling/index.html#shift")
    assert reader.locator("h1").inner_text().startswith("Pooling")
    scheme = reader.locator("body").get_attribute("data-md-color-scheme")
    assert scheme == "slate"


@both
def test_all_widgets_run(reader: object, unpacked: Path, prefix: str) -> None:
    folder = unpacked / prefix
    for lesson in settings.mkdocs(ROOT)["extra"]["widgets"]:
        reader.goto((folder / lesson / "index.html").as_uri())
        for place in reader.locator(".widget").all():
            button = place.locator("button:visible").first
            # What is laid out on the way may move it: go on scrolling.
            for _ in range(600):
                place.scroll_into_view_if_needed()
                if button.is_visible():
                    break
                reader.wait_for_timeout(50)
            assert button.is_visible()
            assert place.get_attribute("data-failed") not in place.inner_text()
            if place.get_attribute("data-widget") == "descent":
                place.locator(".descent__first").click()
                expect(place.locator("tbody tr")).to_have_count(2)
    reader.goto((folder / "index.html").as_uri())
    result = reader.locator(".window__sum")
    before = result.inner_text()
    reader.locator(".window__digit").focus()
    reader.keyboard.press("PageUp")
    expect(result).not_to_have_text(before, use_inner_text=True)


def test_all_links_lead_to_files(unpacked: Path, site: Site) -> None:
    assert len(list(unpacked.rglob("*.html"))) > 60
    links = dead_links(unpacked, f"{unpacked.as_uri()}/", index="")
    # A page may name its address on the web; the tests above see what loads.
    own = f" loads {site.address}"
    found = [each for each in links if own not in each]
    assert not found, "\n".join(found)


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

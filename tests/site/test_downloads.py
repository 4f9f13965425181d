"""The site's copy of MNIST, loaded as a reader does it.

The code is what the built page shows, copied from its HTML, and the file is
what the site serves. Keras keeps both in a home of each test's own.
"""

from __future__ import annotations

import runpy
import urllib.error
from pathlib import Path

import keras
import pytest
from bs4 import BeautifulSoup
from keras.src.utils import file_utils

from docs.hooks import shipped

from .conftest import LANGUAGES, ROOT, Site, both

ORIGINALS = runpy.run_path(str(ROOT / "snippets/data/build_mnist.py"))
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is `.keras` in a reader's home; `load_data` is as Keras has it."""
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    mnist = keras.datasets.mnist
    monkeypatch.setattr(mnist, "load_data", mnist.load_data)
    return tmp_path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked, in vain."""
    asked = []

    def unreachable(address: str, *args: object) -> None:
        asked.append(address)
        raise urllib.error.URLError("unreachable")

    monkeypatch.setattr(file_utils, "urlretrieve", unreachable)
    return asked


def lines(site: Site, language: str = "en") -> str:
    """The code that loads the copy, as the page shows it."""
    page = site.folder / LANGUAGES[language] / "downloads/index.html"
    shown = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return shown.select_one("article pre code").get_text()


def are_original(loaded: tuple) -> bool:
    """Whether these are the arrays of the four original files, by MD5."""
    (x_train, y_train), (x_test, y_test) = loaded
    originals = [ORIGINALS["ORIGINALS"][name] for name in ARRAYS]
    arrays = (x_train, y_train, x_test, y_test)
    return [(a.shape, ORIGINALS["md5_as_idx"](a)) for a in arrays] == [
        (shape, md5) for _, shape, md5 in originals
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_on_the_page_load_the_original_arrays(
    site: Site, home: Path, language: str
) -> None:
    exec(lines(site, language), {})
    assert are_original(keras.datasets.mnist.load_data())
    assert (home / "lessons/mnist.npz").is_file()


@pytest.mark.parametrize("how", ["changed", "half a file", "broken off"])
def test_a_damaged_copy_is_refused(
    site: Site, home: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """And leaves nothing in the way: the same lines then try again."""
    body = bytearray(shipped.file(ROOT).read_bytes())
    if how == "changed":
        body[len(body) // 2] ^= 1
    else:
        del body[len(body) // 2 :]

    def damaged(address: str, target: str, *args: object) -> None:
        Path(target).write_bytes(body)
        if how == "broken off":  # as urllib says it
            raise urllib.error.ContentTooShortError("retrieval incomplete", ())

    code = lines(site)
    refused = "Incomplete or corrupted file detected|URL fetch failure on "
    with monkeypatch.context() as patch:
        patch.setattr(file_utils, "urlretrieve", damaged)
        with pytest.raises(Exception, match=refused):
            exec(code, {})
    exec(code, {})
    assert are_original(keras.datasets.mnist.load_data())


def test_a_copy_that_was_carried_is_found(
    site: Site, home: Path, no_network: list[str]
) -> None:
    (home / "lessons").mkdir()
    served = (site.folder / shipped.COPY).read_bytes()
    (home / "lessons/mnist.npz").write_bytes(served)
    exec(lines(site), {})
    assert are_original(keras.datasets.mnist.load_data())
    assert not no_network


def test_keras_takes_its_own_bytes_alone(
    home: Path, no_network: list[str]
) -> None:
    """And without a network, its error begins as the page says."""
    (home / "datasets").mkdir()
    copy = shipped.file(ROOT).read_bytes()
    (home / "datasets/mnist.npz").write_bytes(copy)
    with pytest.raises(Exception, match=r"^URL fetch failure on "):
        keras.datasets.mnist.load_data()
    (address,) = no_network
    assert address.startswith("https://storage.googleapis.com/")


@both
@pytest.mark.parametrize("data", ["mnist", "cifar10"])
def test_every_lesson_that_loads_data_leads_to_help(
    site: Site, prefix: str, data: str
) -> None:
    """From its page and from its notebook, whatever its block looks like."""
    for script in (ROOT / "snippets").glob("*.py"):
        loads = f"{data}.load_data(" in script.read_text(encoding="utf-8")
        for page in (script.stem, f"notebooks/{script.stem}"):
            file = site.folder / prefix / page / "index.html"
            text = file.read_text(encoding="utf-8")
            assert f"downloads/#{data}" in text or not loads, file

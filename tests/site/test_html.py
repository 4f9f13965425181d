"""What the built files say about themselves; no browser needed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import yaml
from PIL import Image

from docs.hooks import labels
from tests.harness import record, settings

from .conftest import LANGUAGES, ROOT, Site, each_language

HAN = re.compile(r"[\u4e00-\u9fff]")
TAG = re.compile(r"<(\w+)\s[^>]*?\b(?:href|src)=\"([^\"]*)\"")
LOADS = {"script", "link", "img", "iframe", "source"}
ENTRY = re.compile(
    r'<h2 id="(?P<key>[\w-]+)">(?P<name>.*?)'
    r'<a class="headerlink".*?</h2>\s*<p>(?P<says>.*?)</p>\s*'
    r'<p class="taught">.*?<a href="(?P<link>[^"]+)">(?P<section>.*?)</a>',
    re.DOTALL,
)
HEADING = re.compile(r'<h\d id="([\w-]+)">(.*?)<')
# For some terms that surely stay, in the order of their pinyin, from b to z.
PINYIN = ["标准误差", "测试集", "感受野", "卷积层", "权重", "训练集", "准确率"]
# The last group of the navigation is for looking things up; all others are
# lessons.
(REFERENCE,) = settings.mkdocs(ROOT)["nav"][-1].values()
OTHERS = {name.removesuffix(".md") for name in REFERENCE}
LESSONS = [
    name
    for name in settings.navigation(ROOT)
    if name not in OTHERS and record.Record(ROOT, name).evidence_path.is_file()
]


def text_of(site: Site, path: str) -> str:
    return (site.folder / path).read_text(encoding="utf-8")


def table(name: str) -> dict:
    return yaml.safe_load((ROOT / f"docs/{name}.yml").read_text("utf-8"))


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def dead_links(
    folder: Path, address: str, index: str = "index.html"
) -> Iterator[str]:
    """Links to a page, a file or a place on a page that is not there.

    What a page loads from another host is one, too. On a disk, a folder has no
    `index` that opens by itself.
    """

    @cache
    def ids(path: Path) -> set[str]:
        names = re.findall(r'\bid="([^"]*)"', path.read_text(encoding="utf-8"))
        return {unquote(html.unescape(name)) for name in names}

    for page in sorted(folder.rglob("*.html")):
        name = page.relative_to(folder).as_posix()
        here = urljoin(address, name.removesuffix(index))
        links = TAG.findall(page.read_text(encoding="utf-8"))
        for tag, link in sorted(set(links)):
            target, place = urldefrag(urljoin(here, html.unescape(link)))
            if not target.startswith(address):
                is_data = target.startswith("data:")
                if (tag in LOADS and not is_data) or target[:5] == "file:":
                    yield f"{name} loads {link}"
                continue
            file = folder / unquote(target.removeprefix(address))
            if target.endswith("/"):  # a host may not add it
                file = file / index
            if not file.is_file() or (
                place and unquote(place) not in ids(file)
            ):
                yield f"{name} leads to {link}"


def test_no_link_is_dead_and_nothing_is_loaded_from_another_host(
    site: Site,
) -> None:
    found = [*dead_links(site.folder, site.address)]
    assert not found, "\n".join(found)


@each_language
def test_language_and_addresses(site: Site, language: str, prefix: str) -> None:
    page = text_of(site, f"{prefix}mnist_convnet/index.html")
    here = f"{site.address}{prefix}mnist_convnet/"
    assert f'<html lang="{language}"' in page
    assert re.findall(r'<link rel="canonical" href="([^"]+)"', page) == [here]
    sitemap = text_of(site, f"{prefix}sitemap.xml")
    assert f"<loc>{here}</loc>" in sitemap
    for code, other in LANGUAGES.items():
        address = f"{site.address}{other}mnist_convnet/"
        assert f'hreflang="{code}" href="{address}"' in sitemap
    missing = text_of(site, f"{prefix}404.html")
    assert f'<html lang="{language}"' in missing
    first = {"zh": "没有这一页", "en": "This page does not exist"}[language]
    assert re.findall(r"<h1>(.*?)</h1>", missing)[:1] == [first]


@each_language
def test_figures_speak_the_language_of_the_page(
    site: Site, language: str, prefix: str
) -> None:
    words, notes = set(), {}
    for path in (site.folder / prefix).glob("*/index.html"):
        if path.parent.name == "en":
            continue  # the other home page
        page = path.read_text(encoding="utf-8")
        notes[path.parent.name] = page.count("只是图中文字是英文")
        figures = re.findall(r'<svg class="figure".*?</svg>', page, re.S)
        for link in re.findall(r'<img class="figure" src="([^"]+)"', page):
            figures.append((path.parent / link).read_text("utf-8"))
        for figure in figures:
            words |= {*re.findall(r"<text[^>]*>([^<]*)</text>", figure)}
    chinese = {word for word in words if HAN.search(word)}
    english = {word for word in words if re.search(r"[A-Za-z]{2,}", word)}
    # Code, such as padding="same", is its own translation.
    code = {key for key, entry in table("labels").items() if key == entry}
    english -= {word for word in english if re.sub(r"\d+", "#", word) in code}
    assert chinese if language == "zh" else english
    # A name that code prints stands beside its Chinese.
    english -= chinese
    assert not (english if language == "zh" else chinese)
    entries = table("labels")
    drawn = {
        path.parent.name
        for path in ROOT.glob("docs/assets/figures/*/*.svg")
        if any(entries[key] != key for key in labels.keys(path.read_text()))
    }
    expected = {name: int(name in drawn and language == "zh") for name in notes}
    assert notes == expected


@each_language
def test_the_glossary_shows_every_taught_term(
    site: Site, language: str, prefix: str
) -> None:
    terms = table("terms")
    taught = {key: term for key, term in terms.items() if "taught" in term}
    shown = text_of(site, f"{prefix}glossary/index.html")
    entries = {entry["key"]: entry for entry in ENTRY.finditer(shown)}
    assert entries.keys() == taught.keys()
    assert len(entries) == shown.count("<h2")
    for key, entry in entries.items():
        term = taught[key]
        assert all(term[each] in plain(entry["name"]) for each in LANGUAGES)
        says = term[f"says_{language}"].replace("`", "")
        also = term.get(f"also_{language}", [])
        said, *listed = re.split(" Also called: |（也叫：", entry["says"])
        assert plain(said) == says
        names = re.split(", |、", "".join(listed).rstrip(".）"))
        assert list(filter(None, names)) == also
        lesson, section = term["taught"].split("#")
        assert entry["link"] == f"../{lesson}/#{section}"
        page = text_of(site, f"{prefix}{lesson}/index.html")
        headings = dict(HEADING.findall(page))
        assert headings[section].endswith(entry["section"])
    order = [taught[key][language] for key in entries]
    if language == "zh":
        assert [name for name in order if name in PINYIN] == PINYIN
    else:
        assert order == sorted(order, key=str.lower)


@each_language
def test_each_lesson_has_a_card(site: Site, language: str, prefix: str) -> None:
    """In the order of the navigation, with a figure, a finding and times."""
    text = text_of(site, f"{prefix}index.html")
    cards = re.findall(r'<li class="card">(.*?)</li>', text, re.DOTALL)
    links = [re.search(r'<a href="(.*?)/">', card)[1] for card in cards]
    assert [name for name in links if name not in OTHERS] == LESSONS
    for name, card in zip(links, cards, strict=True):
        title, finding, *times = re.findall(
            r"<(?:h4|p)\b.*?</(?:h4|p)>", card, re.DOTALL
        )
        page = text_of(site, f"{prefix}{name}/index.html")
        heading = re.search(r"<h1 [^>]*>(.*?)<a class", page)[1]
        assert plain(title) == plain(heading)
        if name not in LESSONS:
            continue
        assert 'class="figure"' in card
        assert re.search(r"\d", plain(finding)), "nothing measured"
        run = record.Record(ROOT, name).evidence()["seconds"]
        (most,) = re.findall(r"(\d+)\D*$", plain(times[0]))
        assert float(most) in {
            max(1, round(max(run) / unit)) for unit in (1, 60)
        }


@each_language
def test_what_is_shared_of_a_page(
    site: Site, language: str, prefix: str
) -> None:
    base = f"{site.address}{prefix}"
    pictures: dict[str, str] = {}
    pages = ["", "glossary/", *(f"{name}/" for name in LESSONS)]
    for path in (*pages, f"notebooks/{LESSONS[0]}/"):
        text = text_of(site, f"{prefix}{path}index.html")
        said = dict(
            re.findall(
                r'<meta (?:property|name)="([^"]+)" content="(.*?)">', text
            )
        )
        assert said["og:url"] in {
            urljoin(base, path),
            urljoin(base, f"{LESSONS[0]}/"),
        }
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]
        assert html.unescape(said["og:title"]) in html.unescape(title)
        if not path.startswith("notebooks/"):  # which says what its lesson does
            assert said["og:description"] == said["description"]
        assert said["og:locale"].startswith(language)
        assert said["twitter:card"] == "summary_large_image"
        pictures[path] = said["og:image"]
    for address in pictures.values():
        file = site.folder / address.removeprefix(site.address)
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 630))
    own = [pictures[f"{name}/"] for name in LESSONS]
    assert len(
        {(site.folder / a.removeprefix(site.address)).read_bytes() for a in own}
    ) == len(LESSONS)
    assert pictures["glossary/"] == pictures[""] not in own
    assert pictures[f"notebooks/{LESSONS[0]}/"] == own[0]

"""What readers type into the search, and where it leads them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from .conftest import LANGUAGES, Site

TABLE = Path(__file__).with_name("searches.yml")
SEARCHES = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
RIGHT_SECTION = 0.95  # of all queries; the page must be right for every one
# The worker that the page itself starts when the search is opened.
ASK = """async queries => {
  const {search} = JSON.parse(document.getElementById("__config").text)
  document.querySelector("[data-md-toggle=search]").click()
  const worker = new Worker(new URL(search, location))
  const answer = message => new Promise(resolve => {
    worker.addEventListener(
      "message", ({data}) => resolve(data.data), {once: true})
    worker.postMessage(message)
  })
  await answer({type: 0, data: {options: {suggest: true}}})
  const found = {}
  for (const query of queries) {
    const {items} = await answer({type: 2, data: query})
    found[query] = items.map(group => group.map(
      ({location, score}) => ({location, score})))
  }
  return found
}"""
LINKS = """[...document.querySelectorAll(".md-search-result__link")].map(
    link => link.href.replace(/[?]h=[^#]*/, ""))"""
SAID = "document.querySelector('.md-search-result__meta').innerText"
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
def test_what_readers_type_leads_to_its_section(
    page, site: Site, language: str
) -> None:
    page.goto(f"{site.address}{LANGUAGES[language]}glossary/")
    wanted = {
        str(query): places.split()
        for part in SEARCHES[language].values()
        for query, places in part.items()
    }
    found = page.evaluate(ASK, list(wanted))
    lost, beside = {}, {}
    for query, places in wanted.items():
        seen = [link for group in found[query][:3] for link in _open(group)]
        pages = {link.partition("#")[0] for link in seen}
        if not any(place.partition("#")[0] in pages for place in places):
            lost[query] = seen
        elif not {*places} & {*seen}:
            beside[query] = seen
    assert not lost
    assert 1 - len(beside) / len(wanted) >= RIGHT_SECTION, beside


def _open(group: list[dict]) -> list[str]:
    """Of a page's results those that the theme shows, not behind "more".

    The theme takes the page itself out of the list and shows it as the title
    of the others, which it cuts where the score falls below the first.
    """
    named = [
        (each["location"].replace("/#", "#").rstrip("/"), each["score"])
        for each in group
    ]
    title = next(place for place, _ in named if "#" not in place)
    best = [p for p, score in named if "#" in p and score >= named[0][1]]
    return [f"{title}#", *best] if named[0][0] == title else best


@each_language
def test_the_dialog_shows_what_is_found(
    page, site: Site, language: str
) -> None:
    home = f"{site.address}{LANGUAGES[language]}"
    page.goto(home)
    page.locator(".md-search__input").click()
    for query, place in {
        "model.fit(": "mnist_convnet/#train",
        "to_categorical": "mnist_convnet/#error-one-hot",
        "感受野": "pooling/#receptive-field",
    }.items():
        _type(page, query)
        page.wait_for_function(f"{LINKS}.includes('{home}{place}')")
        found = page.evaluate(LINKS)
        assert len(found) == len({*found})
        # Nothing of the other site, nor what no reader looks for.
        assert {link.startswith(f"{site.address}en/") for link in found} == {
            language == "en"
        }
        assert not re.search(r"/notebooks/|/verification/", str(found))
    marked = page.locator(".md-search-result mark").first.inner_text()
    assert re.fullmatch("感受野|receptive.field", marked)
    _type(page, "qqqqqqqq")
    page.wait_for_function(f"!{LINKS}.length && {SAID}.length > 0")
    # With keys alone: to the first result, and there.
    _type(page, "to_cat")
    page.wait_for_function(f"{LINKS}.length > 0")
    page.locator(".md-search__suggest", has_text="to_categorical").wait_for()
    page.keyboard.press("ArrowRight")  # takes what the field suggests
    field = page.locator(".md-search__input")
    assert field.input_value() == "to_categorical"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/mnist_convnet/.*#error-one-hot$"))
    page.wait_for_function("!!document.querySelector('article mark')")


def test_the_index_leaves_out_what_is_no_lesson(site: Site) -> None:
    for prefix in LANGUAGES.values():
        path = site.folder / prefix / "search/sections.json"
        index = json.loads(path.read_text(encoding="utf-8"))
        found = [entry["location"] for entry in index["docs"]]
        assert "#check" in found
        assert not {"#lessons", "verification/"} & {*found}
        assert not any("notebooks/" in place for place in found)


def test_a_hit_in_a_closed_box_opens_it(page, site: Site) -> None:
    lesson = f"{site.address}en/pooling/"
    page.goto(f"{lesson}?h=assert_array_equal#exercise-pencil")
    closed = "[...document.querySelectorAll('details')].map(box => box.open)"
    assert not any(page.evaluate(closed))  # it is not in that section
    page.goto(f"{lesson}?h=relu_first#exercise-relu")
    box = page.locator("#exercise-relu + .passage details").first
    assert box.evaluate("box => box.open")
    assert sum(page.evaluate(closed)) == 1
    box.locator("mark").first.wait_for()
    page.goto(f"{site.address}en/troubleshooting/?h=scripts#install")
    page.locator(".tabbed-block mark", has_text="Scripts").wait_for()


def _type(page, query: str) -> None:
    """Type into the search field, as an input method does for Chinese."""
    field = page.locator(".md-search__input")
    field.fill("")
    field.press("End")  # the search listens to keys
    page.wait_for_function(f"!{LINKS}.length")  # of the query before
    field.fill(query)
    field.press("End")

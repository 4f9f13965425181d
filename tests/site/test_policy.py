"""Nothing runs or loads in a page but what is the site's own."""

from __future__ import annotations

import functools
import re

import pytest

from .conftest import Site, wait_for

META = re.compile(
    r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">'
)
HASHES = re.compile(r" 'sha256-[\w+/]+='")  # of the page's own scripts
ALLOWED = (
    "default-src 'self'; script-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
LOADS = re.compile(r"<(?:script|style|link|img|svg|base)\b")
# What the policy refuses: styles and handlers in the page.
INLINE = re.compile(r"<style\b|<[a-zA-Z][^<>]*?\s(?:style|on[a-z]+)=\"[^\"]*\"")
FOREIGN = "https://foreign.example/"
# What is planted into the text of a page, and the rule that refuses it.
PLANTED = [
    ("<script>ran = true</script>", "script-src-elem"),
    ("<img src='no-such.png' onerror='ran = true'>", "script-src-attr"),
    (f"<script src='{FOREIGN}script.js'></script>", "script-src-elem"),
    ("<script src='data:text/javascript,0'></script>", "script-src-elem"),
    ("<iframe srcdoc='<script>top.ran = 1</script>'>", "script-src-elem"),
    ("</iframe><object data='data:text/html,'></object>", "object-src"),
    (f"<link rel='stylesheet' href='{FOREIGN}style.css'>", "style-src-elem"),
    (f"<img src='{FOREIGN}picture.png'>", "img-src"),
    ("<style>body { outline: 7px solid }</style>", "style-src-elem"),
    ("<p style='outline: 7px solid'>", "style-src-attr"),
    (f"<base href='{FOREIGN}'>", "base-uri"),
]
# And what it refuses a script of our own.
OWN = f"fetch('{FOREIGN}').catch(() => 0); eval('0')"
RULES = [rule for _, rule in PLANTED] + ["connect-src", "script-src"]
WATCH = """top.refused ??= [];
addEventListener("securitypolicyviolation", (event) =>
    top.refused.push(event.effectiveDirective));"""


def faults(page: str) -> list[str]:
    """What a page's policy allows too much, or refuses of the page itself."""
    policy = META.search(page)
    if not policy:
        return ["it has no policy"]
    first = LOADS.search(page)
    found = [] if first and policy.end() < first.start() else ["it comes late"]
    if (rules := HASHES.sub("", policy[1])) != ALLOWED:
        found.append(f"it is {rules}")
    return found + [each[:100] for each in INLINE.findall(page)]


def test_every_page_has_a_policy_and_keeps_it(site: Site) -> None:
    pages = sorted(site.folder.rglob("*.html"))
    found = {
        page.relative_to(site.folder).as_posix(): faults(
            page.read_text(encoding="utf-8")
        )
        for page in pages
    }
    assert len(found) > 50
    assert {name: all_ for name, all_ in found.items() if all_} == {}


@pytest.mark.parametrize("path", ["", "en/pooling/", "notebooks/pooling/"])
def test_what_is_planted_neither_runs_nor_loads(
    browser, site: Site, path: str
) -> None:
    """In the text of a page: the browser refuses each part of it."""
    html = (site.folder / path / "index.html").read_text(encoding="utf-8")
    planted = "\n".join(each for each, _ in PLANTED)
    planted += "<script src='own.js'></script></article>"
    html = html.replace("</article>", planted)
    address = f"{site.address}{path}"
    page = browser.new_page()
    page.add_init_script(WATCH)
    for where, body, kind in (
        (address, html, "text/html"),
        (f"{address}own.js", OWN, "text/javascript"),
    ):
        answer = functools.partial(_answer, body=body, content_type=kind)
        page.route(where, answer)
    page.goto(address)
    wait_for(page, f"refused.length >= {len(RULES)}")
    assert sorted(page.evaluate("refused")) == sorted(RULES)
    assert page.evaluate("globalThis.ran") is None
    page.close()


def _answer(route, **answer: str) -> None:
    route.fulfill(**answer)

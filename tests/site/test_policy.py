"""Nothing runs or loads in a page but what is the site's own."""

from __future__ import annotations

import functools
import re

import pytest

from .conftest import Site

META = re.compile(
    r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">'
)
LOADS = re.compile(r"<(?:script|style|link|img|svg|base)\b")
# What the policy refuses: styles and handlers in the page.
INLINE = re.compile(r"<style\b|<[a-zA-Z][^<>]*?\s(?:style|on[a-z]+)=\"[^\"]*\"")
PLANTED = """
<script>ran.push("inline script")</script>
<img src="no-such.png" alt="" onerror='ran.push("handler")'>
<script src="https://foreign.example/script.js"></script>
<script src="data:text/javascript,ran.push('script in an address')"></script>
<script src="eval.js"></script>
<iframe srcdoc="<script>parent.ran.push('frame')</script>"></iframe>
<object data="data:text/html,nothing"></object>
<link rel="stylesheet" href="https://foreign.example/style.css">
<img src="https://foreign.example/picture.png" alt="">
<style>body { outline: 7px solid }</style>
<p id="planted" style="outline: 7px solid">
<base href="https://foreign.example/">
"""
FOREIGN = "https://foreign.example/"
RUNS = {
    *("inline script", "handler", "foreign script", "script in an address"),
    *("eval", "frame", "style", "attribute", "base", "fetch"),
}
LOADED = ("", "script.js", "style.css", "picture.png")
RAN = """async () => {
    const seen = [...ran];
    const outlined = e => getComputedStyle(e).outlineWidth === "7px";
    if (outlined(document.body)) seen.push("style");
    if (outlined(document.getElementById("planted"))) seen.push("attribute");
    if (document.baseURI.includes("foreign")) seen.push("base");
    try { await fetch("https://foreign.example/"); seen.push("fetch") } catch {}
    return seen;
}"""


def faults(page: str) -> list[str]:
    """What a page's policy allows too much, or refuses of the page itself."""
    policy = META.search(page)
    if not policy:
        return ["it has no policy"]
    first = LOADS.search(page)
    found = [] if first and policy.end() < first.start() else ["it comes late"]
    rules = dict(re.findall(r"([\w-]+) ([^;]+)", policy[1]))
    for name, least in {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }.items():
        if rules.get(name) != least:
            found.append(f"{name} is not {least}")
    if loose := re.findall(r"'unsafe[\w-]+'|\*|https?:|blob:", policy[1]):
        found.append(f"it allows {loose}")
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
    """In the text of a page; without its policy, all of it would."""
    html = (site.folder / path / "index.html").read_text(encoding="utf-8")
    planted = html.replace("</article>", f"{PLANTED}</article>")
    assert planted != html
    loose = META.sub("", planted)
    assert _seen(browser, site, path, planted) == (set(), set())
    if not path:
        ran, loaded = _seen(browser, site, path, loose)
        assert ran == RUNS
        assert loaded >= {f"{FOREIGN}{name}" for name in LOADED}


def _answer(route, **answer: str) -> None:
    route.fulfill(**answer)


def _seen(
    browser, site: Site, path: str, html: str
) -> tuple[set[str], set[str]]:
    """What runs in a page, and what it asks another host for."""
    context = browser.new_context()
    context.add_init_script("window.ran ??= []")
    loaded: set[str] = set()

    def foreign(route) -> None:
        loaded.add(route.request.url)
        route.fulfill(
            body="globalThis.ran?.push('foreign script')",
            content_type="text/javascript",
            headers={"Access-Control-Allow-Origin": "*"},
        )

    address = f"{site.address}{path}"
    context.route(f"{FOREIGN}**", foreign)
    for where, body, kind in (
        (address, html, "text/html"),
        (f"{address}eval.js", "eval('ran.push(\"eval\")')", "text/javascript"),
    ):
        answer = functools.partial(_answer, body=body, content_type=kind)
        context.route(where, answer)
    page = context.new_page()
    page.goto(address)
    page.locator("#planted").wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    seen = {*page.evaluate(RAN)}
    context.close()
    return seen, loaded

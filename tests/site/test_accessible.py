"""Every state of a page is for everybody, and all of it by keyboard.

test_reader.py asks axe about each page as it opens; here are the states that
readers bring about, see states.py.
"""

from __future__ import annotations

import pytest

from .conftest import Site, settle
from .states import STATES, State, as_it_opens, boxes, found, menu, not_found
from .test_reader import FLATTEN, contrast_violations, violations

NO_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
HEIGHT = 900
# Elements that Tab must reach; of a group of radio buttons, one.
ALL = """() => {
    const groups = new Set();
    return [...document.querySelectorAll(
        "a[href], button, input, summary, [tabindex]")]
    .filter(e => e.tabIndex >= 0 && !e.disabled
        && !e.closest("[hidden], [inert]")
        && e.checkVisibility({ visibilityProperty: true })
        && e.getClientRects().length)
    .filter(e => {
        if (e.type !== "radio") return true;
        return !groups.has(e.name) && groups.add(e.name);
    })
    .map(e => { e.dataset.wanted = ""; return e.outerHTML.slice(0, 90); });
}"""
# Whether the focus can be seen, on the element or on what stands for it.
FOCUSED = """() => {
    const e = document.activeElement;
    if (e === document.body) return null;
    const group = e.type === "radio" && document.querySelector(
        `input[data-wanted][name="${e.name}"]`);
    const fault = [];
    (group || e).removeAttribute("data-wanted");
    const line = shown => {
        const { outlineStyle, outlineWidth, boxShadow } =
            getComputedStyle(shown);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1
            || shown.matches(".card") && boxShadow !== "none";
    };
    const others = e.type === "radio"
        ? [...e.labels, e.nextElementSibling] : [e.closest(".card")];
    const seen = [e, ...others].filter(
        shown => shown?.getClientRects()[0]?.width > 4);
    if (!e.matches(".md-search__input") && !seen.some(line))
        fault.push("no outline");
    const box = seen[0]?.getClientRects()[0];
    if (!box || box.bottom < 1 || box.top > innerHeight - 1)
        fault.push("outside of the window");
    else {
        const x = Math.max(0, box.left) + Math.min(box.width, innerWidth) / 2;
        const bottom = Math.min(box.bottom, innerHeight);
        const y = (Math.max(box.top, 0) + bottom) / 2;
        const top = document.elementFromPoint(x, y);
        if (!seen.some(s => s.contains(top) || top?.contains(s)))
            fault.push("covered by " + top?.className);
    }
    return fault.map(what => `${what}: ${e.outerHTML.slice(0, 120)}`);
}"""
# What has not been near may be wide: the page has not measured it.
LEAF_THROUGH = """async () => {
    for (let top = 0; top < document.body.scrollHeight; top += innerHeight) {
        scrollTo(0, top);
        await new Promise(done => requestAnimationFrame(
            () => setTimeout(done, 20)));
    }
    scrollTo(0, 0);
}"""
# While it opens and closes, which takes the theme up to 400 ms, a phone's page
# stands still, wherever the focus goes.
SEARCHING = """document.activeElement.matches(".md-search__input")
    || document.querySelector("#__search").checked
    || "mdScrolllock" in document.body.dataset"""
LEFT = """[...document.querySelectorAll("[data-wanted]")].map(
    e => e.outerHTML.slice(0, 120))"""
MOVES = """() => [
    ...document.getAnimations().filter(a => a.playState === "running")
        .map(a => `runs: ${a.animationName ?? a.transitionProperty}`),
    ...[...document.querySelectorAll("*")].filter(e => {
        const style = getComputedStyle(e);
        return style.scrollBehavior !== "auto"
            || style.transitionDuration.split(", ").some(t => t !== "0s")
            || (style.animationName !== "none"
                && style.animationDuration !== "0s");
    }).map(e => `moves: ${e.outerHTML.slice(0, 80)}`),
]"""


@pytest.mark.parametrize(
    ("state", "path", "width", "scheme"),
    STATES,
    ids=["-".join([s.__name__, p, str(w), c]) for s, p, w, c in STATES],
)
def test_a_state_is_for_everybody(
    page, site: Site, state: State, path: str, width: int, scheme: str
) -> None:
    """And if the reader wants no motion, nothing moves."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{site.address}{path}")
    state(page)
    assert page.evaluate(MOVES) == []
    if state not in (found, not_found):  # which spread an overlay
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    wrong = contrast_violations(page)
    page.evaluate(FLATTEN)
    wrong += violations(page, NO_CONTRAST)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("state", "path", "width"),
    [
        (as_it_opens, "en/", 1280),
        (as_it_opens, "downloads/", 390),
        (as_it_opens, "notebooks/tf_data/", 1280),
        (menu, "en/pooling/", 768),
    ],
)
def test_tab_reaches_everything_and_shows_where_it_is(
    page, site: Site, state: State, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site.address}{path}")
    page.evaluate(LEAF_THROUGH)
    state(page)
    wanted = page.evaluate(ALL)
    assert len(wanted) >= 5
    wrong: list[str] = page.evaluate(FOCUSED) or []
    for _ in range(2 * len(wanted)):
        page.keyboard.press("Tab")
        if page.evaluate(SEARCHING):
            page.wait_for_timeout(500)
        faults = page.evaluate(FOCUSED)
        if faults:  # the theme moves its columns with the page, a little later
            page.wait_for_timeout(200)
            faults = page.evaluate(FOCUSED)
        if faults is None:
            break
        wrong += faults
    wrong += [f"not reached: {each}" for each in page.evaluate(LEFT)]
    assert not wrong, "\n".join(wrong)


def test_escape_closes_the_menu(page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": HEIGHT})
    page.goto(f"{site.address}pooling/")
    menu(page)
    page.keyboard.press("Escape")
    assert not page.locator("#__drawer").is_checked()
    assert page.evaluate("document.activeElement.htmlFor") == "__drawer"


@pytest.mark.parametrize("path", ["pooling/", "notebooks/pooling/"])
def test_what_scrolls_sideways_can_be_focused(
    page, site: Site, path: str
) -> None:
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    page.goto(f"{site.address}{path}")
    boxes(page)
    settle(page)
    stuck = """[...document.querySelectorAll("main *")].filter(e =>
        /auto|scroll/.test(getComputedStyle(e).overflowX)
        && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0
        && !e.querySelector("a, button, [tabindex='0']")
    ).map(e => e.outerHTML.slice(0, 120))"""
    assert page.evaluate(stuck) == []

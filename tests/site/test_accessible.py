"""Every state of a page is for everybody, and all of it by keyboard.

test_reader.py asks axe about each page as it opens; here are the states that
readers bring about. A table of them is enough: each state, page, width,
language and scheme is in it, not all of their combinations.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Site, settle
from .test_reader import FLATTEN, contrast_violations, violations

State = Callable[[object], None]
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
IN_MENU = "!!document.activeElement.closest('.md-sidebar--primary')"
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


def as_it_opens(page) -> None:
    pass


def found(page) -> None:
    _ask(page, "pooling")
    page.locator(".md-search-result__link").first.wait_for()
    for more in page.locator(".md-search-result__more > summary").all()[:1]:
        more.click()


def not_found(page) -> None:
    _ask(page, "qqqqqqqq")
    page.wait_for_function(
        "document.querySelector('.md-search-result__meta').innerText"
    )


def _ask(page, query: str) -> None:
    page.keyboard.press("/")
    page.wait_for_function(
        "document.activeElement.matches('.md-search__input')"
    )
    page.keyboard.type(query)


def menu(page) -> None:
    page.locator(".md-header__button[for=__drawer]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(IN_MENU)


def boxes(page) -> None:
    page.evaluate(
        "document.querySelectorAll('details').forEach(box => box.open = true)"
    )


def enlarged(page) -> None:
    page.locator(".enlarge").first.focus()
    page.keyboard.press("Enter")
    page.locator("dialog.large-figure[open]").wait_for()


def explained(page) -> None:
    page.keyboard.press("Tab")
    page.locator("a.term").first.focus()
    page.locator(".term-note").wait_for()


def copied(page) -> None:
    copy = page.locator("button[data-md-type=copy], clipboard-copy")
    copy.filter(visible=True).first.click()


def answered(page) -> None:
    """Wrong twice, and right; the hint is there, too."""
    form = page.locator("#exercise-pencil + .passage .answer").first
    form.scroll_into_view_if_needed()
    form.locator("fieldset:enabled").wait_for()
    form.locator("input").first.fill("1 2 3")
    form.locator("input").last.fill("-1, 5, 5, 6, 5, 5, 6, 2, -5")
    for _ in range(2):
        page.keyboard.press("Enter")
    form.locator("[role=status] b").wait_for()


def typed(page) -> None:
    """What is no number, into a playground, with its tables open."""
    _reach(page, "playground")
    page.locator(".play__tables summary").click()
    page.locator(".play__settings > button").click()
    page.locator(".play__live .grid-cells input").first.fill("?")


def descended(page) -> None:
    _reach(page, "descent")
    for _ in range(3):
        page.locator(".descent__first").click()
    page.locator(".descent summary").click()


def layer(number: int) -> State:
    """Inside the network, with the numbers of a layer as tables."""

    def chosen(page) -> None:
        _reach(page, "inside")
        page.locator(".inside__layers button").nth(number).click()
        page.locator(".inside__numbers summary").click()

    chosen.__name__ = f"layer {number}"
    return chosen


def drawn(page) -> None:
    _reach(page, "inside")
    page.locator(".inside button[aria-pressed]").nth(1).click()
    page.locator(".inside__sheet").click()
    page.locator(".inside__steps").wait_for()


def _reach(page, name: str) -> None:
    """Go to a widget, which loads when it is reached."""
    place = page.locator(f"[data-widget={name}]")
    place.scroll_into_view_if_needed()
    place.locator("button:visible").first.wait_for()
    settle(page)


STATES: list[tuple[State, str, int, str]] = [
    (found, "", 1280, "light"),
    (found, "en/downloads/", 390, "dark"),
    (not_found, "en/", 768, "light"),
    (menu, "pooling/", 390, "light"),
    (menu, "en/", 768, "dark"),
    (enlarged, "kaggle_data/", 390, "dark"),
    (enlarged, "en/kaggle_data/", 1920, "light"),
    (boxes, "en/verification/", 390, "light"),
    (explained, "en/pooling/", 768, "dark"),
    (answered, "pooling/", 390, "light"),
    (answered, "en/pooling/", 1280, "dark"),
    (typed, "convolution/", 390, "light"),
    (typed, "en/padding_strides/", 390, "dark"),
    (typed, "en/pooling/", 1280, "light"),
    (typed, "padding_strides/", 1280, "dark"),
    (descended, "learning/", 390, "dark"),
    (descended, "en/learning/", 1280, "light"),
    (layer(1), "mnist_convnet/", 390, "dark"),
    (layer(3), "en/mnist_convnet/", 1280, "light"),
    (layer(4), "en/pooling/", 1280, "light"),
    (layer(6), "mnist_convnet/", 390, "dark"),
    (layer(7), "en/mnist_convnet/", 390, "light"),
    (drawn, "mnist_convnet/", 390, "dark"),
    (copied, "troubleshooting/", 390, "dark"),
    (copied, "notebooks/tf_data/", 390, "light"),
    (as_it_opens, "en/notebooks/tf_data/", 1920, "dark"),
    (as_it_opens, "en/no-such/", 390, "light"),
    (as_it_opens, "no-such/", 1920, "dark"),
]


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

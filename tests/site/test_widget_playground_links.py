"""A link holds what is on the screen, and says what of it makes no sense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from .conftest import WIDGETS, Site
from .playgrounds import Layer, check, choose, opened, place
from .test_widget_playground import CASES, IMAGE, KERNEL


@pytest.mark.parametrize("name", ["learned", "same", "strided"])
def test_a_link_leads_back_to_a_state(page, site: Site, name: str) -> None:
    """And the switch of the language keeps it."""
    (lesson, clicks), image, layer = CASES[name]
    opened(page, site, f"en/{lesson}/")
    for group, each in clicks:
        choose(page, group, each)
    page.locator(".play__input").focus()
    page.keyboard.press("PageDown")
    at = place(page)
    page.evaluate("history.replaceState(null, '', '?other=1#x')")
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_timeout(100)
    link = page.evaluate("navigator.clipboard.readText()")
    assert "other=1" in link
    section = page.locator(".widget").first.evaluate(
        "e => JSON.parse(e.dataset.options).section"
    )
    assert link.endswith(f"#{section}") and page.locator(f"#{section}").count()
    assert link == page.url and link.startswith(f"{site.address}en/{lesson}/?")
    page.goto("about:blank")
    for address in (link, None):
        if address:
            page.goto(address)
        else:
            page.locator("a[data-language-switch]").first.click()
        page.locator("[data-widget=playground]").scroll_into_view_if_needed()
        page.locator(".play").wait_for()
        assert place(page) == at
        check(page, image, layer)


def states(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """What can be on the screen: numbers typed in, or a digit as it comes."""
    for number in range(60):
        layer = ("conv", "max", "average")[number % 3]
        rows = np.round(rng.integers(-9, 100, (8, 8)) / (1 + number % 7), 2)
        state = {"layer": layer, "input": rows.tolist(), "source": None}
        if number % 5 == 0:
            state["source"] = {"set": ("train", "test")[number % 2], "index": 3}
        else:
            state["input"][0][:4] = [1e-7, -2 / 9, 12.125, -1.5e-9]
        size, stride, row, column = rng.integers(1, 4, 4).tolist()
        state |= {"size": size, "stride": stride, "row": row, "column": column}
        state |= {"dilation": 1, "padding": ("valid", "same")[number % 2]}
        if layer == "conv":
            kernel = np.round(rng.normal(size=(size, size)), 3)
            more = [{}, {"stride": 1, "dilation": 2}, {"padding": 2}]
            state |= {"kernel": kernel.tolist(), **more[number // 3 % 3]}
        yield state


ROUND = """async ([folder, told]) => {
    const { fromQuery, toQuery } =
        await import(`${folder}playground_state.js`);
    return JSON.stringify(JSON.parse(told).map((state) => {
        const find = ({ set, index }) => state.input;
        const asked = fromQuery(toQuery(state, ""), state, find);
        return [asked.change, asked.wrong];
    }));
}"""


def test_a_link_holds_all_of_a_state(page, site: Site) -> None:
    """Also numbers that scripts write with an e, and those of a fraction."""
    page.goto(f"{site.address}404.html")
    shown = list(states(np.random.default_rng(6)))
    made = json.loads(
        page.evaluate(ROUND, [site.address + WIDGETS, json.dumps(shown)])
    )
    for state, (change, wrong) in zip(shown, made, strict=True):
        assert not wrong
        for name, value in change.items():
            assert value == state[name], name
        other = "size" if state["layer"] == "conv" else "kernel"
        source = set() if state["source"] else {"source"}
        assert {*change} == {*state} - {other} - source


FITS = "x=1,2,3_4,5,6_7,8,9&w=1,2_3,4"
SENSELESS = "Part of the link makes no sense, and was left out: "


@pytest.mark.parametrize(
    ("query", "said", "layer"),
    [
        (
            "x=1,2_3,a&w=1&layer=conv&padding=odd&stride=9&dilation=1&at=-1",
            f"{SENSELESS}x=1,2_3,a; padding=odd; stride=9; at=-1",
            Layer([[1]]),
        ),
        (
            f"{FITS}&layer=max&padding=same",
            f"{SENSELESS}layer=max; stride; dilation; at",
            Layer([[1, 2], [3, 4]], padding="same"),
        ),
        (
            f"{FITS}&layer=conv&padding=valid&stride=1&dilation=3&at=0,0",
            "A window of 4 cells does not fit into 3: take a smaller one, or "
            "pad.",
            Layer(KERNEL),
        ),
        (
            f"{FITS}&layer=conv&padding=2&stride=2&dilation=2&at=0,0",
            "Keras takes a stride or a dilation above 1, not both: the stride "
            "is 1 again.",
            Layer([[1, 2], [3, 4]], padding=2, dilation=2),
        ),
        ("stride=9", "", Layer(KERNEL)),
    ],
    ids=range(5),
)
def test_a_link_that_makes_no_sense_says_where(
    page, site: Site, query: str, said: str, layer: Layer
) -> None:
    opened(page, site, f"en/padding_strides/?{query}")
    image = np.array(IMAGE)
    if query.startswith(FITS) and layer.kernel != KERNEL:
        image = np.arange(1, 10).reshape(3, 3)
    assert page.locator(".play__problem").inner_text() == said
    check(page, image, layer)


def test_without_the_other_digits_it_goes_on(page, site: Site) -> None:
    page.route("**/digits.bin", lambda route: route.fulfill(body=b"<html>"))
    (_, _), image, layer = CASES["convolution"]
    opened(page, site, "convolution/?x=test-3&w=0&layer=conv")
    said = page.locator(".play__problem").inner_text()
    assert "x=test-3" in said and "digits.bin" in said
    opened(page, site, "convolution/")
    assert "digits.bin" in page.locator(".play__problem").inner_text()
    check(page, image, layer)

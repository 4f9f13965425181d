"""States of pages that readers bring about.

A table of them is enough: each state, page, width, language and scheme is in
it, not all of their combinations.
"""

from __future__ import annotations

from collections.abc import Callable

from .conftest import settle

State = Callable[[object], None]
IN_MENU = "!!document.activeElement.closest('.md-sidebar--primary')"


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

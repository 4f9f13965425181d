"""Exercises that answer: what is typed is read as it was meant, and judged.

The site has picked its answers from the record. Those that stand here are
worked out again, by hand or as the lesson's test does, and typed as a reader
would; of other exercises, what was recorded is typed.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import cycle

import pytest

from docs.hooks import asks

from .conftest import LANGUAGES, ROOT, Site
from .test_html import text_of

MODULE = "assets/javascripts/widgets/answers.js"
# As readers would type them, field by field, now and then in another way.
TYPED = {
    "introduction#exercise-photo": ["36,000,000", "3600万", "144000000"],
    "introduction#exercise-distance": ["2131.3", "1,603"],
    "introduction#exercise-averages": ["82%"],
    "introduction#exercise-signs": ["0.534"],
    "mnist_convnet#exercise-shapes": (
        ["(None, 24, 24, 32)", "832", "8×8×64", "51 264"]
    ),
    "mnist_convnet#exercise-best": ["0.18%"],
    "convolution#exercise-pencil": ["[[5, −2], [5, 3]]"],
    "convolution#exercise-count": ["（196，296，16）", "1,216", "69_619_200"],
    "learning#exercise-even": ["1,10", "2.303"],
    "learning#exercise-rate": ["1/5", "０．４"],
    "padding_strides#exercise-sizes": ["28", "16.0", "6", "24", "112"],
    "padding_strides#exercise-keep": ["(7 − 1) / 2 = 3"],
    "padding_strides#exercise-smallest": ["18 pixels"],
    "padding_strides#exercise-products": ["6084", "1521"],
    "pooling#exercise-pencil": ["-1 5 6 -5", "-1, 5, 5, 6, 5, 5, 6, 2, -5"],
    "pooling#exercise-overlap": ["12", "10.0", "４", "2", "21"],
    "pooling#exercise-design": ["4", "4×4", "16"],
    "pooling#exercise-global": ["93,962", "93962"],
    "pooling#exercise-shift": ["2", "4"],
    "architectures#exercise-bottleneck": ["852,992", "14,450,688"],
    "architectures#exercise-larger": ["1024"],
    "tf_data#exercise-repeat": ["64", "8", "63", "16"],
    "tf_data#exercise-frozen": ["1"],
    "small_data#exercise-loss": ["0.693", "1.39", ".61"],
    "small_data#exercise-photos": ["525", "2,100", "8,400"],
    "pretrained#exercise-no-head": ["67%"],
    "pretrained#exercise-map": ["20,481"],
    "input_speed#exercise-few": ["1", "1.25", "1.56", "500/302"],
    "input_speed#exercise-cores": ["3.5×"],
    "accuracy#exercise-images": ["35836"],
    "accuracy#exercise-half": ["271", "0.7"],
    "accuracy#exercise-scale": ["104 426"],
    "scaling#exercise-workers": ["3", "3×"],
    "scaling#exercise-repeated": ["2"],
    "speed#exercise-ceiling": ["2", "1.25", "10/9"],
}
ANSWERS = {
    exercise: [
        ", ".join(map(str, ask.values)) + "%" * ask.percent for ask in fields
    ]
    for exercise, fields in asks.read(ROOT)[0].items()
} | TYPED
READ = {  # a text as a number
    **{"26": 26, "26.0": 26, "0,2": 0.2, "0.2": 0.2, ".5": 0.5, "5.": 5},
    **{"18,496": 18496, "18 496": 18496, "1,234.5": 1234.5, "0,250": 0.25},
    **{"36.000.000": 36e6, "1.234,5": 1234.5, "3.6e7": 36e6, "36M": 36e6},
    **{"−1": -1, "- 5": -5, "－１": -1, "+3": 3},
    **{"1/9": 1 / 9, "－１／９": -1 / 9},
    **{"３．５": 3.5, "0。2": 0.2, "１８，４９６": 18496, "（18）": 18},
    **{"3600万字节": 36e6, "1.44亿": 1.44e8, "2 thousand": 2000},
    **{"3.5 times": 3.5, "3.5倍": 3.5, "5 kernels": 5, "约 18": 18, "p = 3": 3},
    **{"53%": 53, "５３％": 53, "百分之53": 53, "28 − 3 + 1 = 26": 26},
}
SHAPES = {  # and as several
    **{"(26, 26, 32)": [26, 26, 32], "（26，26，32）": [26, 26, 32]},
    **{"26×26×32": [26, 26, 32], "26x26x32": [26, 26, 32]},
    **{"(None, 26, 26, 32)": [26, 26, 32], "26 26 32": [26, 26, 32]},
    **{"26、26、32": [26, 26, 32], "shape: (2, 2)": [2, 2], "(2,)": [2]},
    **{"[[ 5. -2.] [ 5.  3.]]": [5, -2, 5, 3], "5, − 2, 0.5": [5, -2, 0.5]},
}
# What is asked about once more, in words, rather than called wrong.
UNREAD = [
    *("", "lots", "−", "18 or 19", "26, 26, 32", "26×26", "10²", "2^10"),
    *("√2", "1/0", "1.2.3", "3600,0000", "28 − 3 + 1", "½"),
]
JUDGE = """async ([module, typed]) => {
    const { read, isRight } = await import(module);
    return typed.map(([text, data]) => {
        const found = read(text, data.kind);
        return found && { right: isRight(found, data), ...found };
    });
}"""
# Of a page's exercises: headings, fields with their answers, and solutions.
FORM = re.compile(
    r'id="(exercise[\w-]*)"(?: data-kind="(\w+)" data-answer="([^"]*)")?'
    r'|class="(success)"'
)
FORMS = "Array.from(document.querySelectorAll('.answer input'), %s)"


def judged(page, site: Site, typed: list[tuple[str, dict]]) -> list:
    return page.evaluate(JUDGE, [site.address + MODULE, typed])


def test_numbers_are_read_as_people_type_them(page, site: Site) -> None:
    page.goto(site.address)
    cases = [
        *((text, "number", [value]) for text, value in READ.items()),
        *((text, "shape", values) for text, values in SHAPES.items()),
        *((text, "number", None) for text in UNREAD),
        *((text, "shape", None) for text in ("", "lots", "(2, n)", "None")),
    ]
    data = [(text, {"kind": kind, "answer": "0"}) for text, kind, _ in cases]
    for (text, _, wanted), found in zip(
        cases, judged(page, site, data), strict=True
    ):
        values = found and found["values"]
        assert values == (wanted and pytest.approx(wanted)), text


def near(data: dict[str, str]) -> list[str]:
    """What is close to an answer, and wrong."""
    values = data["answer"].split(" ")
    if data["kind"] != "number":
        other = str(int(values[-1]) + 1)
        return [
            *(", ".join(v) for v in (values[:-1], [*values[:-1], other])),
            *(", ".join(v) for v in ([*values, "1"], ["1", *values])),
        ]
    step = 10.0 ** -int(data.get("places", 0 if "." not in values[0] else 1))
    value = float(values[0])
    wrong = [f"{value + sign * step:.6f}" for sign in (-0.51, 0.51, 1, -1)]
    wrong += [str(-value), f"{100 * value}"]
    return [*wrong, *[f"{value}%"][: "percent" not in data]]


ABOVE = """form => [...document.querySelectorAll("h2, h3")].findLast(
    heading => heading.compareDocumentPosition(form) & 4).id"""


def test_recorded_answers_are_right_and_near_misses_wrong(
    page, site: Site
) -> None:
    """Of each lesson in one language; the other has the same forms there."""
    words = {"zh": "对了。打开下面的答案", "en": "That is right. Open"}
    names = dict.fromkeys(each.partition("#")[0] for each in ANSWERS)
    for name, language in zip(names, cycle(LANGUAGES), strict=False):
        page.goto(f"{site.address}{LANGUAGES[language]}{name}/")
        chinese, english = (
            FORM.findall(text_of(site, f"{prefix}{name}/index.html"))
            for prefix in LANGUAGES.values()
        )
        assert chinese == english
        for exercise, typed in ANSWERS.items():
            if exercise.partition("#")[0] != name:
                continue
            # Below its own heading, and right above its solution.
            heading = page.locator(f"[id='{exercise.partition('#')[2]}']")
            form = heading.locator("xpath=following::*[@class='answer'][1]")
            assert form.evaluate(ABOVE) == exercise.partition("#")[2]
            assert form.evaluate("e => e.nextElementSibling.className") == (
                "success"
            )
            form.scroll_into_view_if_needed()
            form.locator("fieldset:enabled").wait_for()
            fields = form.locator("input")
            for field, text in zip(fields.all(), typed, strict=True):
                field.fill(text)
            fields.last.press("Enter")
            said = form.get_by_role("status").inner_text()
            assert said.startswith(words[language]), (exercise, said)
        datas = page.evaluate(FORMS % "e => ({...e.dataset})")
        wrong = [(text, data) for data in datas for text in near(data)]
        for (text, data), found in zip(
            wrong, judged(page, site, wrong), strict=True
        ):
            assert found and not found["right"], f"{name}: {text} for {data}"


@pytest.fixture
def form(page, site: Site) -> Iterator[object]:
    """The form of an exercise, on a phone; nothing is sent, nothing kept."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.address}en/convolution/#exercise-count")
    form = page.locator("#exercise-count + .passage .answer").first
    form.locator("fieldset:enabled").wait_for()
    kept = page.evaluate("JSON.stringify(localStorage)")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    yield form
    assert not sent
    assert page.evaluate("JSON.stringify(localStorage)") == kept


def test_a_second_miss_brings_the_hint(page, form) -> None:
    """By keyboard alone; what cannot be read is no miss."""
    first, hint = "Not yet: Shape of the output.", "The filters become the"
    shape, status = form.locator("input").first, form.get_by_role("status")
    shape.focus()
    for text, says, not_says in (
        ("", "(5, 7, 2)", first),
        ("lots", "lots", first),
        ("(196, 296)", first, hint),
        ("", "(5, 7, 2)", hint),
        ("196 296 3", hint, "lots"),
        ("196 296 16", "1", hint),
    ):
        shape.fill(text)
        assert shape.get_attribute("aria-invalid") is None
        page.keyboard.press("Enter")
        said = status.inner_text()
        assert says in said and not_says not in said
        assert shape.evaluate("e => e === document.activeElement")
        is_wrong = "true" if text in {"(196, 296)", "196 296 3"} else None
        assert shape.get_attribute("aria-invalid") == is_wrong


def test_what_is_said_is_about_the_wrong_one(page, form) -> None:
    """Of a right one, a wrong one and none; then all are right."""
    shape, status = form.locator("input").first, form.get_by_role("status")
    shape.fill("196 296 16")
    fields, marks = form.locator("input"), form.locator(".answer__mark")
    for wrong in ("4", "5"):  # the second miss brings the hint
        fields.nth(1).fill(wrong)
        page.keyboard.press("Enter")
    assert [m[:1] for m in marks.all_inner_texts()] == ["✓", "✗", ""]
    names = form.locator("label").all_inner_texts()
    told = status.inner_text()
    right, of = re.findall(r"\d", told)[:2]
    assert sorted((right, of)) == ["1", "3"] and names[1] in told
    hints = form.locator("template").evaluate_all(
        "all => all.map(e => e.content.textContent)"
    )
    assert [each in told for each in hints] == [False, True, False]
    assert names[0] not in told and names[2] not in told
    fields.nth(1).press("Backspace")
    assert [m[:1] for m in marks.all_inner_texts()] == ["✓", "", ""]
    assert fields.nth(1).get_attribute("aria-invalid") is None
    shape.focus()
    for answer in ("1216", "69619200"):
        page.keyboard.press("Tab")
        page.keyboard.type(answer)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # on the button
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    texts = marks.all_inner_texts()
    assert all(mark.startswith("✓ ") for mark in texts)
    wide = form.evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0 and page.evaluate("innerWidth") == 390


def test_the_script_is_small_and_comes_when_the_reader_does(
    page, site: Site
) -> None:
    assert len(gzip.compress((site.folder / MODULE).read_bytes())) <= 4000
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(f"{site.address}en/pooling/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in sent if "/widgets/" in url]
    page.locator("#exercise-pencil").scroll_into_view_if_needed()
    page.locator(".answer fieldset:enabled").first.wait_for()


def test_a_script_that_does_not_come_leaves_the_exercise(
    page, site: Site
) -> None:
    page.route(f"**/{MODULE}", lambda route: route.abort())
    page.goto(f"{site.address}en/pooling/#exercise-pencil")
    said = page.locator(".answer [role=status]").first
    said.get_by_text("the exercise works without it").wait_for()
    page.locator(
        "#exercise-pencil + .passage details.success > summary"
    ).first.click()


def test_no_form_without_a_script_on_paper_in_the_search(
    browser, page, site: Site
) -> None:
    still = browser.new_page(java_script_enabled=False)
    still.goto(f"{site.address}pooling/")
    assert still.locator(".answer").count() == len(
        [each for each in ANSWERS if each.startswith("pooling#")]
    )
    assert not still.locator(".answer").filter(visible=True).count()
    still.close()
    page.goto(f"{site.address}pooling/")
    assert page.locator(".answer").first.is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".answer").filter(visible=True).count()
    found = site.folder / "en/search/sections.json"
    assert "Your answer" not in found.read_text(encoding="utf-8")
    for notebook in site.folder.rglob("notebooks/*/index.html"):
        assert 'class="answer"' not in notebook.read_text(encoding="utf-8")

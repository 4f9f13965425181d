"""Numbers and formulas are read as a person reads them."""

from __future__ import annotations

import pytest

from docs.hooks.numerals import equations, evaluate, numerals, one


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("60,000 images of 28×28 pixels", [60_000, 28, 28]),
        ("(28, 28, 1) and (1152,)", [28, 28, 1, 1152]),
        ("99.1% of 10,000", [99.1, 10_000]),
        ("测试集有 １０,０００ 张", [10_000]),
        ("6 万张，1.5亿个", [60_000, 150_000_000]),
        ("一万张图像，二百五十六个，一千零五", [10_000, 256, 1005]),
        ("百分之六十", [60]),
        ("三分之一，千分之一，两三倍，十个，万一", []),
        ("twenty-five, one hundred and five", [25, 105]),
        ("Ten thousand; sixty\nthousand; a thousand", [10_000, 60_000, 1_000]),
        ("two layers, twenty pages, hundreds of filters", []),
        ("conv2d_1, float32 and x2", []),
        ("Python 3.11, 3.12 or 3.13.", [3.11, 3.12, 3.13]),
    ],
)
def test_numbers_of_a_text(text: str, values: list[float]) -> None:
    assert [float(numeral.value) for numeral in numerals(text)] == values


def test_a_numeral_knows_its_place_and_spelling() -> None:
    text = "共有 ６万 张"
    (numeral,) = numerals(text)
    assert text[numeral.position :].startswith(numeral.text)
    assert numeral.text == "６万"


@pytest.mark.parametrize(
    ("shown", "value", "fits"),
    [
        *[("98", 97.892, True), ("98", 97.4, False), ("97.9", 97.892, True)],
        *[("68%", 0.6818, True), ("68%", 0.69, False)],
        *[("6万", 58_000, True), ("6万", 52_000, False)],
    ],
)
def test_a_numeral_shows_what_rounds_to_it(
    shown: str, value: float, fits: bool
) -> None:
    assert one(shown).shows(value) is fits


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("28 − 3 + 1 = 26 places", [26]),
        ("(2.2 − 0.7) / 2.2 = 68%", [1.5 / 2.2]),
        ("3 × 3 × 128 = 1152.", [1152]),
        ("60,000 ÷ 64 = 937.5", [937.5]),
        ("kernel_size=3, n − k + 1 = 26", []),
        ("shape = 28", []),
    ],
)
def test_formulas_of_a_text(text: str, values: list[float]) -> None:
    found = [equation.value() for equation in equations(text)]
    assert found == pytest.approx(values)


@pytest.mark.parametrize("wrong", ["1 +", "nothing.mean > 1", "1 / 0", "'a'<1"])
def test_what_cannot_be_worked_out_is_a_value_error(wrong: str) -> None:
    with pytest.raises(ValueError):
        evaluate(wrong, {"known": 1})


@pytest.mark.parametrize("wrong", ["", "none", "1 and 2", "12 pixels"])
def test_one_number_is_one_number(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected one number"):
        one(wrong)

"""Numbers and terms are read as a person reads them."""

from __future__ import annotations

import pytest

from docs.hooks import glossary, labels
from docs.hooks.numerals import evaluate, numerals, one
from docs.hooks.tables import Entry

from .conftest import PROJECT


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("60,000 images of 28×28 pixels", [60_000, 28, 28]),
        ("(28, 28, 1) and (1152,)", [28, 28, 1, 1152]),
        ("99.1% of 10,000", [99.1, 10_000]),
        ("测试集有 １０,０００ 张", [10_000]),
        ("6 万张，1.5亿个", [60_000, 150_000_000]),
        ("一万张图像，二百五十六个，一千零五", [10_000, 256, 1005]),
        ("百分之六十，百分之一，百分之一百", [60, 1, 100]),
        ("三分之一，千分之一，十分之一二，百分之几，百分之零点五", []),
        ("万分之十二，百万分之一，几分之几，两三倍，十个，万一", []),
        ("twenty-five, one hundred and five", [25, 105]),
        ("Ten thousand; sixty\nthousand; a thousand", [10_000, 60_000, 1_000]),
        ("two layers, nine pages, hundreds of filters", []),
        ("ten layers, 十二层", [10, 12]),
        ("−0.3 and -7 of 28 − 3, 5-7, [-1]", [-0.3, -7, 28, 3, 5, 7, -1]),
        ("conv2d_1, float32 and x2", []),
        ("CIFAR-10 has 10 classes; SHA-256; A-4", [10, 4]),
        ("Python 3.11, 3.12 or 3.13.", [3.11, 3.12, 3.13]),
    ],
)
def test_numbers_of_a_text(text: str, values: list[float]) -> None:
    found = [*numerals(text)]
    assert [float(numeral.value) for numeral in found] == values
    for numeral in found:  # each knows its place and spelling
        assert text[numeral.position :].startswith(numeral.text)


@pytest.mark.parametrize("wrong", ["1 +", "nothing.mean > 1", "1 / 0", "", "x"])
def test_what_is_no_number_and_no_formula_is_a_value_error(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected one number"):
        one(wrong)
    with pytest.raises(ValueError):
        evaluate(wrong, {"known": 1})


def term(en: str, zh: str) -> glossary.Term:
    return glossary.term(Entry(en, {"": 1}, {"en": en, "zh": zh}))


@pytest.mark.parametrize(
    ("en", "text", "used"),
    [
        *[("batch", "called *batches*", True), ("loss", "two losses", True)],
        ("flatten", "`Flatten` flattens the image", True),
        ("receptive field", "*receptive\nfield*", True),
        ("one-hot", "a *one-hot* row", True),
        ("fine-tuning", "Fine tuning", True),
        ("spatial hierarchy", "spatial hierarchies", True),
        ("rank-3 tensor", "rank-3 tensors", True),
        *[("weight", "weighted sums", False), ("loss", "lossless", False)],
        *[("bias", "unbiased", False), ("test set", "the tests set in", False)],
    ],
)
def test_english_terms_are_found_in_any_form(
    en: str, text: str, used: bool
) -> None:
    assert term(en, "词").is_used_in(text, "en") is used
    assert term(en, "张量").is_used_in("3 阶**张量**", "zh")
    assert not term(en, "张量").is_used_in("一张图，量一量", "zh")


def test_chinese_is_in_the_order_of_pinyin() -> None:
    names = ["softmax", "标准误差", "测试集", "感受野", "卷积层", "批次"]
    names += ["权重", "填充", "训练集", "准确率", "最大池化"]
    assert sorted({*names}, key=glossary.order) == names
    for each in glossary.read(PROJECT)[0].values():
        first = each.names["zh"][0]  # in the part of GB 2312 in that order
        assert first.isascii() or (
            b"\xb0\xa1" <= first.encode("gb2312") <= b"\xd7\xf9"
        )


def test_a_label_in_chinese_keeps_its_numbers() -> None:
    svg = "<text x='1'>{}</text><text x='2'>{}</text><text>k = 3</text>"
    table = {"# read as #": "# 认成 #", "one < two": "甲 < 乙"}
    shown = labels.translated(
        svg.format("7 read as −2.5", "one &lt; two"), table
    )
    assert shown == svg.format("7 认成 −2.5", "甲 &lt; 乙")

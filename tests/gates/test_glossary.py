"""The glossary's table is read as its authors mean it."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import glossary, terms
from .site import Site

ROOT = Path(__file__).parents[2]


def term(en: str, zh: str, **more: object) -> glossary.Term:
    return glossary.term(en, {"en": en, "zh": zh, **more}, {"": 1})


@pytest.mark.parametrize(
    ("en", "text"),
    [
        ("batch", "groups, called *batches*"),
        ("loss", "two losses"),
        ("flatten", "`Flatten` writes"),
        ("flatten", "it flattens the image"),
        ("receptive field", "*receptive\nfield*"),
        ("one-hot", "a *one-hot* row"),
        ("fine-tuning", "Fine tuning"),
        ("spatial hierarchy", "spatial hierarchies"),
        ("rank-3 tensor", "rank-3 tensors"),
    ],
)
def test_english_terms_are_found_in_any_usual_form(en: str, text: str) -> None:
    assert term(en, "词").is_used_in(text, "en")


@pytest.mark.parametrize(
    ("en", "text"),
    [
        ("weight", "weighted sums"),
        ("loss", "lossless"),
        ("bias", "unbiased"),
        ("test set", "the tests set in"),
    ],
)
def test_other_words_are_no_terms(en: str, text: str) -> None:
    assert not term(en, "词").is_used_in(text, "en")


def test_chinese_terms_are_found_among_marks() -> None:
    assert term("tensor", "3 阶张量").is_used_in("这是 **3 阶张量**。", "zh")
    assert not term("tensor", "张量").is_used_in("一张图，量一量", "zh")


def test_search_words_are_cut_where_a_shorter_term_begins() -> None:
    terms = [
        term("pooling", "池化"),
        term("max pooling", "最大池化"),
        term("convolution layer", "卷积层"),
        term("convolution", "卷积"),
        term("epoch", "轮"),
        term("softmax", "softmax"),
    ]
    assert glossary.search_words(terms) == ["卷积", "卷积层", "池化"]


def test_chinese_is_in_the_order_of_pinyin() -> None:
    names = ["softmax", "标准误差", "测试集", "感受野", "卷积层", "批次"]
    names += ["权重", "填充", "训练集", "准确率", "最大池化"]
    mixed = list(reversed(names))
    assert sorted(mixed, key=glossary.order) == names


@pytest.mark.parametrize(
    "name", [t.names["zh"] for t in Site(ROOT, ()).terms.values()]
)
def test_order_of_pinyin_knows_the_first_character(name: str) -> None:
    first = name[0]
    assert (
        first.isascii() or b"\xb0\xa1" <= first.encode("gb2312") <= b"\xd7\xf9"
    )


def test_page_shows_what_is_taught_with_titles() -> None:
    for language in ("zh", "en"):
        site = Site(ROOT, (language,))
        shown = dict(glossary.shown(site, language))
        assert shown.keys() == {t.key for t in site.terms.values() if t.taught}
        entry = shown["standard-error"]
        assert entry["link"] == "mnist_convnet.md#exercise-chance"
        assert not entry["section"][0].isdigit()  # “2. Could it be luck?”
        assert entry["page"] != entry["section"]


def test_navigation_is_read_from_any_nesting(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(
        "site_url: !ENV [SITE_URL, x]\n"
        "nav:\n"
        "  - index.md\n"
        "  - Lessons:\n"
        "      - one.md\n"
        "      - Two: two.md\n"
        "  - https://example.org/\n"
    )
    assert Site(tmp_path, ()).navigation == ["index", "one", "two"]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("叫作权重（weight）。", ["weight"]),
        ("**特征图**（feature map，也有人译作“特征映射”）", ["feature map"]),
        ("所谓“互相关”（cross-correlation）", ["cross-correlation"]),
        ("就是 3 阶张量（rank-3 tensor）", ["rank-3 tensor"]),
        ("卷积核（kernel、filter）", ["kernel"]),
        ("小窗口（`kernel_size=3`）、文献（LeCun）、第一版（2017）", []),
        ("版本（即 weight 的版本）", []),
    ],
)
def test_introductions_are_found(text: str, english: list[str]) -> None:
    found = terms.INTRODUCED.findall(terms.wording(text))
    assert found == english

"""The glossary's table is read as its authors mean it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.hooks import glossary
from docs.hooks.numbers import known
from docs.hooks.tables import Entry
from tests.gates import terms
from tests.gates.site import Site

ROOT = Path(__file__).parents[2]
TERMS = glossary.read(ROOT)[0]


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


def test_chinese_terms_are_found_among_marks() -> None:
    assert term("tensor", "3 阶张量").is_used_in("这是 **3 阶张量**。", "zh")
    assert not term("tensor", "张量").is_used_in("一张图，量一量", "zh")


def test_search_words_are_cut_where_a_shorter_term_begins() -> None:
    names = ["池化", "最大池化", "卷积层", "卷积", "轮", "softmax"]
    words = glossary.search_words([term(name, name) for name in names])
    assert words == ["卷积", "卷积层", "池化"]


def test_chinese_is_in_the_order_of_pinyin() -> None:
    names = ["softmax", "标准误差", "测试集", "感受野", "卷积层", "批次"]
    names += ["权重", "填充", "训练集", "准确率", "最大池化"]
    backwards = names[::-1]
    assert sorted(backwards, key=glossary.order) == names


def test_order_of_pinyin_knows_each_first_character() -> None:
    first = {term.names["zh"][0] for term in TERMS.values()}
    codes = [each.encode("gb2312") for each in first if not each.isascii()]
    assert min(codes) >= b"\xb0\xa1" and max(codes) <= b"\xd7\xf9"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_shows_what_is_taught_with_titles(language: str) -> None:
    shown = dict(known(ROOT, language)["glossary"]())
    assert shown.keys() == {t.key for t in TERMS.values() if t.taught}
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
    assert Site(tmp_path).navigation == ["index", "one", "two"]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("叫作权重（weight）。", ["weight"]),
        ("**特征图**（feature map，也有人译作“特征映射”）", ["feature map"]),
        ("所谓“互相关”（cross-correlation）", ["cross-correlation"]),
        ("就是 3 阶张量（rank-3 tensor）", ["rank-3 tensor"]),
        ("卷积核（kernel、filter）", ["kernel"]),
        ("窗口（`size=3`）、文献（LeCun）、第一版（2017）", []),
        ("版本（即 weight 的版本）", []),
    ],
)
def test_introductions_are_found(text: str, english: list[str]) -> None:
    assert terms.INTRODUCED.findall(terms.wording(text)) == english

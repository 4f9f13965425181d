"""Each fault that the comparison guards against, planted, is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import compare, content
from .compare import Difference, Known

ADDRESS = "http://127.0.0.1:8000/"
PAGE = """<!doctype html>
<html lang="en"><head><title>Pooling</title>
<meta name="description" content="What pooling brings.">
<link rel="canonical" href="http://127.0.0.1:8000/pooling/"></head>
<body><a href="../en/pooling/" data-language-switch>English</a>
<article>
<h1 id="pooling">Pooling<a class="headerlink" href="#pooling">¶</a></h1>
<p>As in <a href="../convolution/#by-hand">the lesson before</a>.</p>
<!-- fact: mnist-size -->
<h2 id="max">Max pooling<a class="headerlink" href="#max">¶</a></h2>
<div class="language-python highlight"><pre><span></span><code>pool(x)
</code></pre></div>
<div class="language-text highlight"><span class="filename">Output</span>
<pre><code>[[8 5]
 [7 9]]
</code></pre></div>
<figure><p><img alt="A map of numbers." src="../assets/pool.svg"></p>
<figcaption><p>The largest of four.</p></figcaption></figure>
<details class="note"><summary>Why?</summary><p>It is less.</p></details>
</article></body></html>
"""
OTHER = """<html lang="en"><head><title>Convolution</title></head><body>
<article><h1 id="convolution">Convolution</h1>
<h2 id="by-hand">By hand</h2></article></body></html>
"""


def build(folder: Path, pooling: str = PAGE) -> Path:
    """A site of two pages, a figure, and the other language's page."""
    for name, page in (("pooling", pooling), ("convolution", OTHER)):
        (folder / name).mkdir(parents=True)
        (folder / name / "index.html").write_text(page, encoding="utf-8")
    (folder / "assets").mkdir()
    (folder / "assets" / "pool.svg").write_text("<svg/>")
    return folder


def compared(one: Path, other: Path) -> list[Difference]:
    pages = [content.read_site(folder, ADDRESS) for folder in (one, other)]
    nowhere = [
        content.broken_links(read, folder)
        for read, folder in zip(pages, (one, other), strict=True)
    ]
    return compare.differences(*pages) + compare.broken(*nowhere)


def test_the_page_is_read_whole(tmp_path: Path) -> None:
    site = content.read_site(build(tmp_path / "site"), ADDRESS)
    page = site["pooling/index.html"]
    assert page.head == [
        "language: en",
        "title: Pooling",
        "description: What pooling brings.",
        "address: http://127.0.0.1:8000/pooling/",
    ]
    assert page.headings == ["h1 #pooling Pooling", "h2 #max Max pooling"]
    assert page.code == ["python\npool(x)\n"]
    assert page.outputs == ["text\n[[8 5]\n [7 9]]\n"]
    assert page.figures == ["A map of numbers."]
    assert page.links == [
        "English -> en/pooling/",
        "the lesson before -> convolution/#by-hand",
    ]
    assert page.boxes == ["details note: Why?"]
    assert "The largest of four." in page.text
    assert not any("fact" in text for text in page.text)


def test_the_same_site_has_no_difference(tmp_path: Path) -> None:
    # What Zensical adds to a page, and a reader does not see.
    second = PAGE.replace("<article>", '<article><a id="__skip"></a>')
    assert not compared(build(tmp_path / "a"), build(tmp_path / "b", second))


HEADING = PAGE[PAGE.index("<h2") : PAGE.index("</h2>") + 5]
OUTPUT = PAGE[PAGE.index('<div class="language-text') : PAGE.index("<figure>")]
FIGURE = PAGE[PAGE.index("<figure>") : PAGE.index("<details")]


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (HEADING, "", ["headings Material h2 #max Max pooling"]),
        (
            'id="max"',
            'id="_1"',
            [
                "headings Material h2 #max Max pooling",
                "headings Zensical h2 #_1 Max pooling",
            ],
        ),
        (
            "pool(x)",
            "pool(y)",
            [
                "code Material python\npool(x)\n",
                "code Zensical python\npool(y)\n",
            ],
        ),
        (OUTPUT, "", ["outputs Material text\n[[8 5]\n [7 9]]\n"]),
        (
            ' <span class="filename">Output</span>',
            "",
            [
                "code Zensical text\n[[8 5]\n [7 9]]\n",
                "outputs Material text\n[[8 5]\n [7 9]]\n",
            ],
        ),
        (
            FIGURE,
            "",
            [
                "figures Material A map of numbers.",
                "text Material The largest of four.",
            ],
        ),
        (
            '<img alt="A map of numbers." src="../assets/pool.svg">',
            '<svg role="img" aria-label="A map of numbers."></svg>',
            ["drawn Zensical A map of numbers."],
        ),
        ("pool.svg", "none.svg", ["broken Zensical assets/none.svg"]),
        (
            "#by-hand",
            "#by-foot",
            [
                "links Material the lesson before -> convolution/#by-hand",
                "links Zensical the lesson before -> convolution/#by-foot",
                "broken Zensical convolution/#by-foot",
            ],
        ),
        (
            "../convolution/#by-hand",
            "../convolution.md#by-hand",
            [
                "links Material the lesson before -> convolution/#by-hand",
                "links Zensical the lesson before -> convolution.md#by-hand",
                "broken Zensical convolution.md#by-hand",
            ],
        ),
        (
            "../en/pooling/",
            "./",
            [
                "links Material English -> en/pooling/",
                "links Zensical English -> pooling/",
            ],
        ),
        (
            '<details class="note">',
            '<details class="tip">',
            [
                "boxes Material details note: Why?",
                "boxes Zensical details tip: Why?",
            ],
        ),
        (
            "It is less.",
            "{{ less }}",
            ["text Material It is less.", "text Zensical {{ less }}"],
        ),
        (
            '<html lang="en">',
            '<html lang="zh">',
            ["head Material language: en", "head Zensical language: zh"],
        ),
    ],
)
def test_a_difference_is_named(
    before: str, after: str, named: list[str], tmp_path: Path
) -> None:
    before = before.strip()
    assert PAGE.count(before) == 1
    changed = PAGE.replace(before, after)
    found = compared(build(tmp_path / "a"), build(tmp_path / "b", changed))
    assert {d.page for d in found} == {"pooling/index.html"}
    assert [f"{d.kind} {d.only} {d.what}" for d in found] == named


@pytest.mark.parametrize(
    ("page", "kind"),
    [(PAGE, "page"), ('<div class="jupyter-wrapper"></div>', "notebook")],
)
def test_a_page_that_is_not_there_is_named(
    page: str, kind: str, tmp_path: Path
) -> None:
    one, other = build(tmp_path / "a", page), build(tmp_path / "b")
    (other / "pooling/index.html").unlink()
    (found,) = compared(one, other)
    assert (found.page, found.kind) == ("pooling/index.html", kind)


def test_the_table_shows_where_something_differs(tmp_path: Path) -> None:
    changed = PAGE.replace("pool(x)", "pool(y)").replace(FIGURE, "")
    pages = [
        content.read_site(build(tmp_path / name, page), ADDRESS)
        for name, page in (("a", PAGE), ("b", changed))
    ]
    (row,) = (r for r in compare.table(*pages) if "pooling/" in r)
    assert "| 2 | 1 ≠ 1 | 1 | 1 ≠ 0 |" in row


def test_an_expected_difference_is_explained_and_no_other() -> None:
    known = Known("en/*", "text", "Material", "[a]*", "a reason")
    expected = Difference("en/pooling/index.html", "text", "Material", "[a] b")
    others = [
        Difference("pooling/index.html", "text", "Material", "[a] b"),
        Difference("en/pooling/index.html", "code", "Material", "[a] b"),
        Difference("en/pooling/index.html", "text", "Zensical", "[a] b"),
        Difference("en/pooling/index.html", "text", "Material", "a b"),
    ]
    new, explained = compare.sort_out([expected, *others], [known])
    assert new == others
    assert explained == {known: [expected]}


GOOD = {
    "page": "*",
    "kind": "text",
    "only": "Material",
    "what": "*",
    "reason": "it is so",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": " "}, "known.toml, entry 1: its reason is empty."),
        ({"kind": "words"}, "entry 1: its kind is none of head, headings"),
        ({"only": "MkDocs"}, "`only` is none of Material, Zensical"),
        ({"why": "so"}, "it needs kind, only, page, reason, what, and has"),
    ],
)
def test_a_faulty_entry_is_refused(
    change: dict[str, str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "known.toml"
    entry = {**GOOD, **change}
    lines = [f'{key} = "{value}"' for key, value in entry.items()]
    path.write_text("[[known]]\n" + "\n".join(lines))
    with pytest.raises(ValueError, match="entry 1") as refused:
        compare.read_known(path)
    assert message in str(refused.value)


def test_the_entries_of_this_project_can_be_read() -> None:
    assert all(entry.reason for entry in compare.read_known())

"""The benchmarks measure what they say; they themselves are slow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.benchmarks import costs
from tests.harness import quote
from tests.harness.cell import cells, codes
from tests.harness.page import read

ROOT = Path(__file__).parents[1]


def test_a_grown_project_has_each_lesson_under_new_names(
    tmp_path: Path,
) -> None:
    lessons = [path.stem for path in sorted((ROOT / "snippets").glob("*.py"))]
    before = len([*ROOT.glob("docs/zh/*.md"), *ROOT.glob("docs/en/*.md")])
    copy = tmp_path / "copy"
    assert costs.grow(ROOT, copy, 2) == before + 2 * len(lessons)
    navigation = (copy / "mkdocs.yml").read_text(encoding="utf-8")
    for lesson in lessons:
        name = f"{lesson}_copy_2"
        assert f"- {name}.md\n" in navigation
        for path in (f"docs/zh/{name}.md", f"snippets/{name}.py"):
            text = (copy / path).read_text(encoding="utf-8")
            assert f"snippets/{lesson}.py" not in text
            assert not re.search(rf"{lesson}\.(evidence|\w+\.page)", text)
        grown = read(copy / f"docs/en/{name}.md", copy)
        original = read(ROOT / f"docs/en/{lesson}.md", ROOT)
        assert codes(cells(grown, copy)) == codes(cells(original, ROOT))


def test_a_failing_command_has_no_time(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("site: ; @sleep 0.2\n")
    assert 0.2 <= costs.make(tmp_path, "site")["seconds"] < 10
    with pytest.raises(SystemExit, match=r"no-such .*failed"):
        costs.make(tmp_path, "no-such")


def test_what_is_over_a_limit_is_named() -> None:
    def cost(seconds: float) -> dict[str, float]:
        return {"seconds": seconds, "processor": seconds}

    found = {name: cost(limit) for name, limit in costs.LIMITS.items()}
    assert costs.over(found, lessons=7) == []
    found["site"], found["test"] = cost(8.5), cost(601)
    said = [each.split(":")[0] for each in costs.over(found, lessons=7)]
    assert said == ["test", "site"]
    assert costs.over(found, lessons=9) == []
    sizes = (1, 10, 100)
    scale = [{"pages": n, "site": cost(n), "check": cost(n)} for n in sizes]
    assert costs.grown(scale) == []
    scale[2]["check"] = cost(150)
    assert [each.split(":")[0] for each in costs.grown(scale)] == ["check"]


def test_pages_can_quote_benchmarks_and_one_keeps_the_others(
    tmp_path: Path,
) -> None:
    assert "benchmarks" not in quote.numbers(tmp_path)
    quote.write_benchmark(tmp_path, "one", {"seconds": 1.5})
    quote.write_benchmark(tmp_path, "two", {"seconds": 2.5})
    text = "{{ benchmarks.one.seconds }} {{ benchmarks.two.seconds }}"
    assert (
        quote.inject(text, tmp_path, "en", quote.numbers(tmp_path)) == "1.5 2.5"
    )

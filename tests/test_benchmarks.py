"""The benchmarks measure what they say; they themselves are slow."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
import pytest_codeblocks

from tests.benchmarks import scale, verification
from tests.harness import pages, records

ROOT = Path(__file__).parents[1]


def test_a_grown_project_has_each_lesson_under_new_names(
    tmp_path: Path,
) -> None:
    lessons = [path.stem for path in sorted((ROOT / "snippets").glob("*.py"))]
    before = len([*ROOT.glob("docs/zh/*.md"), *ROOT.glob("docs/en/*.md")])
    copy = tmp_path / "copy"
    assert scale.grow(ROOT, copy, 3) == before + 2 * 2 * len(lessons)
    for lesson in lessons:
        name = f"{lesson}_copy_3"
        for path in (f"docs/zh/{name}.md", f"snippets/{name}.py"):
            text = (copy / path).read_text(encoding="utf-8")
            assert f"snippets/{lesson}.py" not in text
            assert not re.search(rf"{lesson}\.(evidence|\w+\.page)", text)
        page = pages.read_page(copy / f"docs/en/{name}.md", copy)
        original = pages.read_page(ROOT / f"docs/en/{lesson}.md", ROOT)
        assert [b.code for b in page.blocks] == [
            b.code for b in original.blocks
        ]


def test_a_missing_command_is_skipped_and_a_failing_one_is_not(
    tmp_path: Path,
) -> None:
    assert scale.timed(tmp_path, ("tests.none",)) is None
    with pytest.raises(SystemExit, match="no_such_module failed"):
        scale.timed(tmp_path, ("no_such_module",))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_plain_codeblocks_runs_a_page_as_one(language: str) -> None:
    for source in sorted((ROOT / "docs" / language).glob("*.md")):
        blocks = pages.read_page(source, ROOT).blocks
        python = [b for b in blocks if verification._can_be_joined(b)]
        text = verification.joined(python)
        found = pytest_codeblocks.extract_from_buffer(
            io.StringIO(text), max_num_lines=sys.maxsize
        )
        assert [b.code for b in found] == (
            ["".join(b.code for b in python)] if python else []
        )


def test_pages_can_quote_benchmarks_and_one_keeps_the_others(
    tmp_path: Path,
) -> None:
    assert "benchmarks" not in records.numbers(tmp_path)
    records.write_benchmark(tmp_path, "one", {"seconds": 1.5})
    records.write_benchmark(tmp_path, "two", {"seconds": 2.5})
    records.write_benchmark(tmp_path, "one", {"seconds": 3.5})
    text = "{{ benchmarks.one.seconds }} {{ benchmarks.two.seconds }}"
    assert records.inject(text, tmp_path) == "3.5 2.5"

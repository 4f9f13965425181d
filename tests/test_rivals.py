"""Benchmarks beside other programs: what these get, and what is planted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_codeblocks

from docs.hooks.maker import Maker
from tests.benchmarks import __main__ as command
from tests.benchmarks import (
    build,
    costs,
    faults,
    generated,
    pages,
    rivals,
    verification,
)
from tests.harness import quote

ROOT = Path(__file__).parents[1]
LESSON = Maker(ROOT, "en", "https://example.org/").text(faults.LESSON)


def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PEERS", "/no/such/folder")
    with pytest.raises(SystemExit, match=r"make \.venv/peers-ready"):
        rivals.versions()
    monkeypatch.setenv("PATH", str(tmp_path))
    for measure in (pages.measure, generated.measure):
        with pytest.raises(SystemExit, match="needs the program lighthouse"):
            measure(ROOT)
    with pytest.raises(SystemExit, match="needs the program lighthouse"):
        pages.measure_one(ROOT, "home", {})


def test_other_parts_go_on_where_one_lacks_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def lacks(root: Path) -> None:
        raise SystemExit("no Sphinx here")

    written: list[str] = []
    parts = {
        "build": lacks,
        "costs": lambda root: {"a": 1, "over": ["too long"]},
    }
    monkeypatch.setattr(command, "PARTS", parts)
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    monkeypatch.setattr(
        quote, "write_benchmark", lambda root, name, found: written.append(name)
    )
    with pytest.raises(SystemExit, match="build: no Sphinx here\ntoo long"):
        command.main()
    assert written == ["costs"]


def test_one_page_alone_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pages, "lighthouse", lambda: "lighthouse")
    monkeypatch.setattr(pages, "build", lambda root, place: {"ours": tmp_path})
    monkeypatch.setattr(
        pages, "weighed_and_rated", lambda folder, name: {"bytes": 2}
    )
    before = {"date": "then", "ours": {"home": {"bytes": 9}, "pooling/": 7}}
    found = pages.measure_one(ROOT, "home", before)
    assert found["ours"]["home"]["bytes"] == 2
    assert found["ours"]["home"]["date"] > "2026"
    assert (found["ours"]["pooling/"], found["date"]) == (7, "then")


def test_a_page_for_others_links_to_their_pages() -> None:
    text = rivals.text_of(
        "[a](../pooling/#odd) [b](../pooling/) [c](./#here) [d](https://e.fr/#g)"
        "\n\n![x](../assets/figures/x.svg)\n\n<details>"
    )
    assert text == (
        "[a](pooling.md) [b](pooling.md) [c](#here) [d](https://e.fr/#g)"
        "\n\n![x](assets/figures/x.svg)\n\n<details markdown>"
    )


def test_a_site_has_these_lessons_alone(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    costs.grow(ROOT, copy, 2, build.LESSONS)
    assert (copy / "tests/site/conftest.py").is_file()
    build.shrink(copy)
    config = (copy / "mkdocs.yml").read_text(encoding="utf-8")
    nav = config.partition("\nnav:\n")[2].partition("\nnot_in_nav")[0]
    assert nav.split() == [
        word
        for name in ("index", "introduction", "introduction_copy_2")
        for word in ("-", f"{name}.md")
    ] + ["-", "pooling.md", "-", "pooling_copy_2.md"]
    home = (copy / "docs/en/index.md").read_text(encoding="utf-8")
    assert "(pooling_copy_2.md)" in home and "(convolution.md)" not in home
    english = (copy / "mkdocs.en.yml").read_text(encoding="utf-8")
    assert "\n  convolution.*\n" in english and "  pooling" not in english


def test_sites_are_built_in_turns() -> None:
    order: list[str] = []

    def builder(name: str, seconds: float) -> Callable[[], build.Cost]:
        def make() -> build.Cost:
            order.append(name)
            return {"seconds": seconds, "processor": 1.0}

        return make

    found = build.raced({"ours": builder("a", 6), "sphinx": builder("b", 3)}, 2)
    assert order == ["a", "b", "a", "b"]
    assert found["ours"]["ratio"]["middle"] == 1
    assert found["sphinx"]["seconds"] == 3
    assert found["sphinx"]["ratio"] == {"low": 2, "middle": 2, "high": 2}


@pytest.fixture
def bench(tmp_path: Path) -> verification.Bench:
    """The lesson for each program, without what runs it."""
    made = object.__new__(verification.Bench)
    copy, page = tmp_path / "copy", tmp_path / "page/page.md"
    places = (faults.PAGE, faults.SCRIPT, faults.RECORD, faults.FIGURES)
    for place in places:
        for path in [*(ROOT / place).rglob("*"), ROOT / place]:
            if path.is_file():
                target = copy / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    page.parent.mkdir()
    page.write_text(verification.joined(LESSON), encoding="utf-8")
    (notebook := tmp_path / "lesson.ipynb").write_text(LESSON, encoding="utf-8")
    made.files = {"ours": copy, "page": page, "notebook": notebook}
    return made


@pytest.mark.parametrize("name", [n for n in faults.FAULTS if n != "nothing"])
def test_a_fault_can_be_planted_for_every_program(
    bench: verification.Bench, name: str
) -> None:
    folder = bench.files["ours"].parent

    def state() -> dict[Path, bytes]:
        files = filter(Path.is_file, folder.rglob("*"))
        return {path: path.read_bytes() for path in files}

    before = state()
    with verification.planted(bench, faults.FAULTS[name]):
        now = state()
        changed = {path for path in now if now[path] != before[path]}
    assert state() == before
    for place in bench.files.values():
        assert any(path.is_relative_to(place) for path in changed), place


def test_outputs_are_swapped_whole(bench: verification.Bench) -> None:
    page = bench.files["page"]
    with verification.planted(bench, faults.FAULTS["swapped"]):
        swapped = page.read_text(encoding="utf-8")
    before = page.read_text(encoding="utf-8")
    one, other = "92.0% of the digits are right", "nearest image: number 9444"
    assert before.index(f"~~~text\n{one}") > before.index(f"~~~text\n{other}")
    assert swapped.index(f"~~~text\n{one}") < swapped.index(f"~~~text\n{other}")
    assert sorted(swapped) == sorted(before)


def test_pytest_codeblocks_gets_all_code_as_one_block(tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text(verification.joined(LESSON))
    (block,) = pytest_codeblocks.extract_from_file(page)
    compile(block.code, "page", "exec")
    assert "def shifted_accuracy(d):" in block.code
    assert "shifted by 2: 67.2%" not in block.code

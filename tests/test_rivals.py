"""Benchmarks beside other programs: what these get, and what they lack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import build, generated, pages, rivals
from tests.harness import quote

ROOT = Path(__file__).parents[1]


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

"""No lesson is too long: its code, its sections, and the time to read it.

What is folded, such as the code of a figure or an answer, is not counted.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.hooks import reading_time
from tests.harness import page

ROOT = Path(__file__).parents[1]
MOST_LINES = 250  # of code that a lesson shows
MOST_IN_A_SECTION = 15
MOST_MINUTES = 30
LESSONS = sorted(path.stem for path in (ROOT / "snippets").glob("*.py"))
# Why a section has more lines than others.
REASONS = {
    "accuracy:train": "one training, and the ways to leave something out",
    "input_speed:ahead": "what is made ahead is counted in the generator",
    "input_speed:prepare": "three functions of two lines, called as one",
    "input_speed:prepare_by_hand": "the same three without TensorFlow",
    "input_speed:timeline": "a generator and the types it has to name",
    "input_speed:torch": "a class with the two methods that PyTorch asks for",
    "introduction:parameters": "two counts side by side, one blank line apart",
    "own_digit:draw": "the pen and the reading, two short functions",
    "own_digit:failures": "eight drawings and what is read, in one picture",
    "own_digit:place": "two short functions: the second is the whole chain",
    "scaling:setup": "imports alone; processes take many of Python's modules",
    "what_convnets_see:climb": "one loop, with all that it sets and returns",
    "pooling:receptive_field": "a function of a rule, and its first call",
}
each_page = pytest.mark.parametrize(
    ("lesson", "language"),
    [(lesson, language) for lesson in LESSONS for language in ("zh", "en")],
)


def shown(lesson: str, language: str) -> list[tuple[str, list[str]]]:
    path = ROOT / f"docs/{language}/{lesson}.md"
    return list(reading_time.code(page.read(path, ROOT), ROOT))


@each_page
def test_a_lesson_is_not_too_long(lesson: str, language: str) -> None:
    lines = sum(len(lines) for _, lines in shown(lesson, language))
    assert lines <= MOST_LINES, "fold plots, or make two lessons of it"
    read = page.read(ROOT / f"docs/{language}/{lesson}.md", ROOT)
    if not reading_time.is_looked_up(read.source):
        minutes = reading_time.minutes(read, ROOT)
        assert minutes <= MOST_MINUTES, "make two lessons of it"
    long = {
        f"{lesson}:{section}": len(lines)
        for section, lines in shown(lesson, language)
        if len(lines) > MOST_IN_A_SECTION
    }
    assert set(long) <= set(REASONS), f"more than {MOST_IN_A_SECTION} lines"


TEXT = """---
title: Not read
---

# A title {#top}

<!-- a comment that nobody reads -->
one two three four five {{ a.b | percent(1) }}

![Not read either.](x.svg)

```python
a = 1

b = 2
```

??? success "Answer"
    Six more words that are folded.

    ```python
    c = 3
    ```

卷积网络

## Sources {#sources}

- a book that is not read
"""


def test_what_is_counted() -> None:
    """Two words of the title, six of the text; four characters; two lines."""
    read = page.parse(TEXT, "docs/en/any.md")
    assert reading_time.minutes(read, ROOT) == 8 / 200 + 4 / 350 + 2 / 15
    (block,) = reading_time.code(read, ROOT)
    assert block == ("top", ["a = 1", "", "b = 2"])

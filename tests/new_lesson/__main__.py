"""Create the files of a new lesson: python -m tests.new_lesson my_lesson."""

from __future__ import annotations

import sys
from pathlib import Path

from . import NoLesson, create

NEXT = """
The lesson runs as it stands. Now make it yours: CONTRIBUTING.md
(CONTRIBUTING.zh.md in Chinese) has the steps, of which this was the second.
  make record ARGS="docs/zh/{name}.md docs/en/{name}.md"
              runs and records it
  make serve  shows it
  make check  says what is still missing\
"""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Say one name: make lesson NAME=my_lesson")
        return 2
    try:
        written = create(Path.cwd(), arguments[0])
    except NoLesson as error:
        print(error)
        return 2
    print("\n".join(f"written: {path}" for path in written))
    print(NEXT.format(name=arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

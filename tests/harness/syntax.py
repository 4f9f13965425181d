"""How fences and includes are written in a page, and sections in a script.

The harness, the gates and the site read both; they agree on this.
"""

import re

# Fence languages that are run, by the name that pytest-codeblocks knows.
RUN_AS = {
    "python": "python",
    "python3": "python",
    "py": "python",
    "py3": "python",
    "bash": "bash",
    "sh": "sh",
    "shell": "sh",
}

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")
LANGUAGE = re.compile(r"^\s*(?:\{\s*\.)?(?P<language>[\w+#-]+)")
SNIPPET = re.compile(r"^[ \t]*-+8<-+[ \t]+([\"'])(?P<target>.+)\1\s*$")
SECTION = re.compile(
    r"^\s*# --8<-- \[(?P<edge>start|end):(?P<name>[\w-]+)\]\s*$"
)


def sections(text: str) -> dict[str, tuple[int, str]]:
    """Marked sections of a script: name -> its first line, from 1, and text."""
    found: dict[str, tuple[int, str]] = {}
    name = ""
    start = 0
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        edge = SECTION.match(line)
        if edge and edge["edge"] == "start":
            name, start = edge["name"], number + 1
        elif edge and name == edge["name"]:
            body = "\n".join(lines[start - 1 : number - 1])
            found[name] = start, body + "\n"
            name = ""
    return found

"""How fences and includes are written in a page.

The harness, the gates and the site read pages; they agree on this.
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

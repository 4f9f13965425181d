"""A Content-Security-Policy in every page: nothing runs but what is ours.

Of the scripts that stand in a page, those run that stood there when it was
built: the policy has their hashes. It allows no style in a page: the browser
ignores `style="..."`, see `plain` in figures.py. A host could send the policy
as a header, but a site that is only files cannot rely on that.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from mkdocs.plugins import event_priority

from docs.hooks import served

FIRST = '<meta charset="utf-8">'  # before all that the policy is about
SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.S)
IS_CODE = re.compile(r'(?!.*\bsrc=)(?!.*\btype=(?!"module"))', re.S)
POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; "
    "img-src 'self' data:; "  # icons in the theme's style sheets are such
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)


@event_priority(-100)  # when the page is complete
def on_post_page(output: str, **kwargs: Any) -> str:
    """Put the policy into a page."""
    return with_policy(output)


@event_priority(-100)
def on_post_template(output: str, template_name: str, **kwargs: Any) -> str:
    """Put it into the page that tells that there is none."""
    return with_policy(output) if template_name.endswith(".html") else output


def with_policy(page: str) -> str:
    """A page that names what may run and load in it."""
    scripts = " ".join(dict.fromkeys(_hashes(page)))
    if served.is_on:  # then MkDocs adds a script, a new one each time
        scripts = "'unsafe-inline'"
    policy = POLICY.format(scripts=scripts)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return page.replace(FIRST, f"{FIRST}\n      {meta}", 1)


def _hashes(page: str) -> Iterator[str]:
    for attributes, code in SCRIPT.findall(page):
        if IS_CODE.match(attributes):
            digest = hashlib.sha256(code.encode()).digest()
            yield f"'sha256-{base64.b64encode(digest).decode()}'"

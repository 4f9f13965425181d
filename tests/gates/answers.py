"""Exercises that answer find their answers in the record, and have words."""

from __future__ import annotations

from collections.abc import Iterator

from docs.hooks import asks

from .finding import Finding
from .site import Site


def gate(site: Site) -> Iterator[Finding]:
    """Entries of docs/answers.yml whose field cannot be made."""
    for fault in asks.read(site.root)[1]:
        yield Finding(asks.TABLE, *fault)

"""Write each entry of the navigation once, though it stands on every page.

The theme writes all entries anew on all pages: ten times as many pages would
take it a hundred times as long. An entry that is not the open page is the same
on all pages of one depth, since those that are listed lie beside each other.
"""

from collections.abc import Callable
from typing import Any

import jinja2

# Where the theme's templates write an entry -> how these do it.
CALLS = {
    "partials/nav.html": ("{{ item.render(", "{{ entry(item.render, "),
    "partials/nav-item.html": ("{{ render(item,", "{{ entry(render, item,"),
}


def on_env(env: jinja2.Environment, **kwargs: Any) -> None:
    """Let the theme's templates call `entry`."""
    assert env.loader
    env.loader = _Loader(env.loader)
    env.globals["entry"] = _entries()


class _Loader(jinja2.BaseLoader):
    """The theme's templates, and two of them changed."""

    def __init__(self, theme: jinja2.BaseLoader) -> None:
        self._theme = theme

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, *more = self._theme.get_source(environment, template)
        if template in CALLS:
            theirs, ours = CALLS[template]
            assert theirs in source, f"{template} no longer says {theirs}"
            source = source.replace(theirs, ours)
        return source, *more


def _entries() -> Callable[..., str]:
    known: dict[tuple[str, str, bool], str] = {}

    @jinja2.pass_context
    def entry(
        context: jinja2.runtime.Context,
        render: Callable[..., str],
        item: Any,
        *place: Any,
    ) -> str:
        """An entry, by the theme's macro if no page before had the same."""
        if not item.is_page or item is context.get("page"):
            return render(item, *place)
        key = context["base_url"], item.url, item.active
        if key not in known:
            known[key] = render(item, *place)
        return known[key]

    return entry

"""Say where a job runs: `make runner VARIABLE=GPU_RUNNER`.

A repository variable names the runner, because neither a GPU nor a Mac with
Metal comes with every account. Its value is one label, or a JSON list of
labels: `gpu-t4` or `["self-hosted", "linux", "gpu"]`.

Prints two lines for $GITHUB_OUTPUT: `labels=`, a JSON list, empty if no runner
is configured; and `cpu_only=`, whether the site may be published without one.
Ends with an error if there is no runner and nothing allows to go on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

SETTINGS = "Settings > Secrets and variables > Actions > Variables"
EXPECTED = (
    "one label, such as gpu-t4, or a JSON list of labels, such as "
    '["self-hosted", "linux", "gpu"]'
)


class NotConfigured(Exception):
    """The variables allow no run. The text says which to set."""


def labels(variable: str, value: str) -> list[str]:
    """The labels that a variable holds; none if it is empty."""
    if not value.startswith(("[", "{", '"')):
        return [value] if value else []
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    found = [found] if isinstance(found, str) else found
    if isinstance(found, list) and found and all(map(_is_label, found)):
        return found
    raise NotConfigured(
        f"The repository variable {variable} is {value}. Expected {EXPECTED}. "
        f"Correct it under {SETTINGS}."
    )


def _is_label(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def decide(
    values: Mapping[str, str], variable: str, allowing: str = ""
) -> tuple[list[str], bool]:
    """Labels of the runner, and whether to go on without one.

    Args:
        values: of the variables.
        variable: names the runner.
        allowing: a variable that may allow to go on without one, if any.
    """
    found = labels(variable, values.get(variable, "").strip())
    answer = values.get(allowing, "").strip().lower()
    if found or answer == "true":
        return found, not found
    if answer not in {"", "false"}:
        raise NotConfigured(
            f"The repository variable {allowing} is {answer}. Expected true "
            f"or false. Correct it under {SETTINGS}."
        )
    way = (
        f" Or set {allowing} to true: the site is then published without a "
        f"run on a GPU, and its page on verification says so."
    )
    raise NotConfigured(
        f"No runner is configured: the repository variable {variable} is not "
        f"set. Set it under {SETTINGS} to {EXPECTED}.{way if allowing else ''}"
    )


if __name__ == "__main__":
    try:
        found, cpu_only = decide(os.environ, *sys.argv[1:])
    except NotConfigured as error:
        # GitHub shows a line that begins so at the top of the run.
        on_github = bool(os.environ.get("GITHUB_ACTIONS"))
        sys.exit(f"{'::error::' if on_github else ''}{error}")
    print(f"labels={json.dumps(found)}\ncpu_only={json.dumps(cpu_only)}")

"""Say where a job runs: `make runner VARIABLE=GPU_RUNNER`.

A repository variable names the runner, because neither a GPU nor a Mac with
Metal comes with every account. Its value is one label, or a JSON list of
labels: `gpu-t4` or `["self-hosted", "linux", "gpu"]`.

Prints two lines for $GITHUB_OUTPUT: `labels=`, a JSON list, empty if no runner
is configured; and `cpu_only=`, whether the site may be published without one.
Ends with an error if there is no runner and nothing allows to go on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping

SETTINGS = "Settings > Secrets and variables > Actions > Variables"


class NotConfigured(Exception):
    """The variables allow no run. The text says which to set."""


def labels(variable: str, value: str) -> list[str]:
    """The labels that a variable holds; none if it is empty.

    Raises:
        NotConfigured: the value is neither a label nor a list of labels.
    """
    value = value.strip()
    if not value.startswith(("[", "{", '"')):
        return [value] if value else []
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if isinstance(found, str):
        found = [found]
    well = isinstance(found, list) and all(
        isinstance(label, str) and label.strip() for label in found
    )
    if not well:
        raise NotConfigured(
            f"The repository variable {variable} is {value}. Expected one "
            f"label, such as gpu-t4, or a JSON list of labels, such as "
            f'["self-hosted", "linux", "gpu"]. Correct it under {SETTINGS}.'
        )
    return found


def decide(
    variable: str, allowing: str | None, values: Mapping[str, str]
) -> tuple[list[str], bool]:
    """Labels of the runner, and whether to go on without one.

    Args:
        variable: names the runner.
        allowing: a variable that may allow to go on without; None if nothing
            does.
        values: of the variables.

    Raises:
        NotConfigured: there is no runner, and none may be missing.
    """
    found = labels(variable, values.get(variable, ""))
    if found:
        return found, False
    answer = values.get(allowing or "", "").strip().lower()
    if answer == "true":
        return [], True
    if answer not in {"", "false"}:
        raise NotConfigured(
            f"The repository variable {allowing} is {answer}. Expected true "
            f"or false. Correct it under {SETTINGS}."
        )
    ways = (
        f" Or set {allowing} to true: the site is then published without a "
        f"run on a GPU, and its page on verification says so."
        if allowing
        else ""
    )
    raise NotConfigured(
        f"No runner is configured: the repository variable {variable} is not "
        f"set. Set it under {SETTINGS} to the label of a runner, or to a JSON "
        f'list of labels, such as ["self-hosted", "linux", "gpu"].{ways}'
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the lines, or say what is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.workflows.runners")
    parser.add_argument("variable", help="names the runner, as GPU_RUNNER")
    parser.add_argument("--allowing", help="may allow to go on without one")
    asked = parser.parse_args(arguments)
    try:
        found, cpu_only = decide(asked.variable, asked.allowing, os.environ)
    except NotConfigured as error:
        # GitHub shows a line that begins so at the top of the run.
        on_github = bool(os.environ.get("GITHUB_ACTIONS"))
        sys.exit(f"{'::error::' if on_github else ''}{error}")
    print(f"labels={json.dumps(found)}\ncpu_only={json.dumps(cpu_only)}")


if __name__ == "__main__":
    main()

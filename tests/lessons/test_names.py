"""The names of packages that pages quote, see docs/names.yml, exist."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest
import yaml

TABLE = Path(__file__).parents[2] / "docs" / "names.yml"
PLACES = yaml.safe_load(TABLE.read_text("utf-8"))["packages"]


def found(place: str) -> object:
    """What stands at a place such as `keras.layers.Dense(units)`."""
    path, argument = re.fullmatch(r"([\w.]+)(?:\((\w+)\))?", place).groups()
    package, *names = path.split(".")
    thing = importlib.import_module(package)
    for name in names:
        package += f".{name}"
        if not hasattr(thing, name):
            importlib.import_module(package)
        thing = getattr(thing, name)
    if argument:
        return inspect.signature(thing).parameters[argument]
    return thing


@pytest.mark.parametrize("name", PLACES)
def test_name_exists(name: str) -> None:
    place = PLACES[name]
    ends = (f".{name}", f"({name})", name.rpartition(".")[2])
    assert place.endswith(ends) or name == "pillow", f"{place} is no {name}"
    assert found(place) is not None

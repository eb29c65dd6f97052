"""The schema of the command line's configuration."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from importlib.resources import files
from operator import attrgetter
from typing import Any

import yaml

from placer.console.settings import GROUPS, KEYS, PlaceSettings


def keys_of(settings: Any, prefix: str = "") -> dict[str, Any]:
    """Keys with their defaults, those of parts with the name of the part before them."""
    keys: dict[str, Any] = {}
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            keys |= keys_of(value, f"{prefix}{each.name}.")
        else:
            keys[prefix + each.name] = value
    return keys


DEFAULTS = keys_of(PlaceSettings())


def test_every_key_outside_the_groups_is_explained() -> None:
    assert set(KEYS) == set(DEFAULTS) - set(GROUPS)
    assert set(GROUPS) <= set(DEFAULTS)


def test_the_main_configuration_has_the_same_defaults() -> None:
    main = yaml.safe_load((files("conf") / "place.yaml").read_text(encoding="utf-8"))

    def value(name: str) -> Any:
        found: Any = main
        for part in name.split("."):
            found = found[part]
        return found

    assert {name: value(name) for name in KEYS} == {
        name: attrgetter(name)(PlaceSettings()) for name in KEYS
    }

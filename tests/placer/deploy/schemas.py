"""Schemas of manifests, typed from the field names of the systems, and what checks against them.

A schema file maps kinds to fields. The value of a field is the name of a type (``text``,
``whole``, ``flag``, ``any``), a list with the type of its members, a mapping of further fields, or
a mapping whose only key is ``*``: any key. A field with ``!`` behind its name has to be there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

__all__ = ["check", "check_kinds", "read_schema"]

_FOLDER = Path(__file__).with_name("schema")
_TYPES = {"text": str, "whole": int, "flag": bool, "any": object}


def read_schema(name: str) -> Any:
    """Schema of a system."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def check_kinds(documents: list[Any], schema: Any) -> list[str]:
    """Check objects by their kind, and return their kinds."""
    for document in documents:
        kind = f"{document['kind']} {document['apiVersion']}"
        assert kind in schema, f"unknown {kind}"
        check(document, schema[kind], kind)
    return [document["kind"] for document in documents]


def check(value: Any, schema: Any, where: str = "") -> None:
    """Compare plain data with a schema."""
    if isinstance(schema, str):
        expected = _TYPES[schema]
        plain = isinstance(value, expected) and not (expected is int and isinstance(value, bool))
        assert plain, f"{where}: {value!r} is no {schema}"
    elif isinstance(schema, list):
        assert isinstance(value, list), f"{where}: {value!r} is no list"
        for index, item in enumerate(value):
            check(item, schema[0], f"{where}[{index}]")
    else:
        assert isinstance(value, dict), f"{where}: {value!r} is no mapping"
        fields = {name.removesuffix("!"): part for name, part in schema.items()}
        missing = [n for n in schema if n.endswith("!") and n.removesuffix("!") not in value]
        assert not missing, f"{where}: {missing} are missing"
        for name, item in value.items():
            assert name in fields or "*" in fields, f"{where}: unknown {name}"
            check(item, fields.get(name, fields.get("*")), f"{where}.{name}")

"""Manifests as YAML that readers of YAML 1.1 and 1.2 read alike, with a comment on top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any

import yaml

try:
    from yaml import CSafeDumper as _Safe
except ImportError:  # PyYAML without its library
    from yaml import SafeDumper as _Safe  # type: ignore[assignment]

__all__ = ["comment", "yaml_text"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]+([ ./_-][A-Za-z0-9]+)*")
_READ = frozenset(("yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
_WIDTH = 97


def yaml_text(documents: Iterable[Any], remarks: Sequence[str] = ()) -> str:
    """Plain data as YAML documents.

    Parameters
    ----------
    documents : iterable
        Mappings, lists and plain values. Nothing of them can end the text that it is in: texts
        that any reader may take for something else are in quotes.
    remarks : sequence of str
        Paragraphs of the comment on top.
    """
    text = yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, width=10_000, explicit_start=True
    )
    return comment(remarks) + text


def comment(remarks: Sequence[str]) -> str:
    """Paragraphs as lines of a comment of YAML, nginx or a shell, in ASCII."""
    texts = ["".join(c if c.isprintable() else " " for c in remark) for remark in remarks]
    ascii_only = [text.encode("ascii", "backslashreplace").decode() for text in texts]
    return "".join(f"# {line}\n" for text in ascii_only for line in wrap(text, _WIDTH))


class _Dumper(_Safe):
    """Quotes every text but plain words, and writes nothing as a reference to something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _READ
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)

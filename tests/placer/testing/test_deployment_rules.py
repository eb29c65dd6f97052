"""Deployment targets that break a rule are told which, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from placer.deploy import Change, Deployment, VllmScripts
from placer.testing import check_target


@dataclass(frozen=True)
class Odd:
    """Writes names, but for what is wrong with it."""

    wrong: str
    numbers: Any = field(default_factory=count, repr=False, compare=False)

    def files(self, deployment: Deployment) -> Mapping[str, str]:
        head = "".join(f"# {text}\n" for text in deployment.warnings)
        names = "\n".join(json.dumps(name, ensure_ascii=False) for name in deployment.adapters)
        good = f"{head}names: [{names.replace(chr(10), ', ')}]\n"
        if self.wrong == "modifying":
            deployment.routes.clear()  # type: ignore[attr-defined]
        wrong: dict[str, Mapping[str, Any]] = {
            "elsewhere": {"../x": ""},
            "bytes": {"deploy/x": b""},
            "moody": {"deploy/x": str(next(self.numbers))},
            "unquoted": {"deploy/x.json": "{}"},
            "shell": {"deploy/x.sh": "#!/bin/sh\necho '" + head},
            "silent": {"deploy/x.yaml": good.replace(head, "#\n#\n#\n#\n" + head)},
        }
        return wrong.get(self.wrong, {"deploy/x.yaml": good})

    def migration_files(self, deployment: Deployment, change: Change) -> Mapping[str, str]:
        return {}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("elsewhere", "it writes '../x'"),
        ("bytes", "deploy/x is no text"),
        ("moody", "the same deployment gives other files"),
        ("unquoted", "no text in its YAML or JSON is the name 'plain'"),
        ("shell", "deploy/x.sh is no script: "),
        ("silent", "deploy/x.yaml does not say at its top"),
        ("modifying", "the deployment is modified"),
    ],
)
def test_broken_rules_are_told_in_words(wrong: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words) as told:
        check_target(Odd(wrong))
    assert str(told.value).startswith(f"Odd(wrong='{wrong}') breaks rules of deployment targets:")


def test_a_target_that_keeps_them_passes() -> None:
    check_target(Odd("nothing"))
    check_target(VllmScripts())

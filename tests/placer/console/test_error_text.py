"""Errors in one line."""

from __future__ import annotations

import pytest
from hydra import compose, initialize_config_module
from hydra.errors import HydraException

from placer.console.error_text import error_text
from placer.console.schemas import register_schemas
from twin.files.errors import InputError


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("max_gpu=3", "max_gpu: there is no such key; did you mean max_gpus? accepted: "),
        ("strategy.magic=3", "strategy.magic: there is no such key; placer --cfg job shows"),
        ("strategy=magic", "strategy=magic: there is no such option; accepted: best_fit, "),
        ("max_gpus=abc", "max_gpus=abc: Value 'abc' of type 'str' could not be converted"),
        ("max_gpus=[", "max_gpus=[: it cannot be read ("),
    ],
)
def test_errors_of_hydra_say_what_would_be_accepted(override: str, text: str) -> None:
    register_schemas()
    with (
        initialize_config_module("conf", version_base="1.3"),
        pytest.raises(HydraException) as raised,
    ):
        compose("place", [override])
    told = error_text(raised.value)
    assert told.startswith(text)
    assert "\n" not in told


def test_other_errors_are_told_as_they_are() -> None:
    assert error_text(InputError("seed", "it is\nnegative")) == "seed: it is negative"

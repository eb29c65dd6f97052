"""What a calibration is asked to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.twin.calibrate.settings_of_tests import SETTINGS
from twin.files.errors import InputError


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"holdout": 1.0}, "holdout: 1.0 is not in"),
        ({"max_runs": 0}, "max_runs: 0 is below 1"),
        ({"max_iterations": 0}, "max_iterations: 0 is below 1"),
        ({"seed": -1}, "seed: -1 is negative"),
        ({"tensor_parallel_size": 0, "base": None}, "tensor_parallel_size: 0 is below 1"),
        ({"tensor_parallel_size": 2}, "have 1 GPUs, and the measured ones 2"),
        ({"keep": ("magic",)}, "keep: 'magic' is no term; accepted: adapter_load.gpu"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        replace(SETTINGS, **settings)
    assert words in str(error.value)

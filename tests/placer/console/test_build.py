"""Objects of the options, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from placer.console.build import build, plain_option
from placer.console.schemas import register_schemas
from placer.console.settings import GROUPS
from twin.files.errors import InputError


def composed(*overrides: str) -> Any:
    register_schemas()
    with initialize_config_module("conf", version_base="1.3"):
        return compose("place", overrides=list(overrides))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("strategy.test_points=8", "strategy.test_points: 8 is not accepted; give a list"),
        ("strategy.test_points=[8,a]", "give a list, each an integer"),
        ("+strategy.magic=1", "strategy: .*magic"),
        ("strategy.test_points=[16,8]", "test_points: .*ascending"),
        ("strategy._target_=placer.nothing.X", "strategy._target_: 'placer.nothing.X' cannot be"),
        ("strategy={_target_:math.sqrt}", "strategy: "),
    ],
)
def test_parameters_are_checked_against_their_class(override: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(composed("strategy=greedy", override), "strategy")


def test_parameters_of_functions_and_of_nested_objects_are_checked() -> None:
    with pytest.raises(InputError, match=r"workload\.num_adapters: 'many'"):
        build(composed("workload.num_adapters=many"), "workload")
    nested = OmegaConf.create(
        {
            "strategy": {
                "_target_": "builtins.dict",
                "inner": [{"_target_": "placer.strategies.first_fit.FirstFit", "decreasing": 3}],
            }
        }
    )
    with pytest.raises(InputError, match=r"strategy\.inner\[0\]\.decreasing: 3 is not accepted"):
        build(nested, "strategy")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_an_option_is_named(group: str) -> None:
    cfg = OmegaConf.create({group: None})
    with pytest.raises(InputError, match=f"{group}: None is not an option; accepted: "):
        plain_option(cfg, group) if group == "profile" else build(cfg, group)

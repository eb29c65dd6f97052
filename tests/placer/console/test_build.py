"""Objects of the options, and what is refused."""

from __future__ import annotations

import pytest
from omegaconf import OmegaConf

from placer.console.build import build, plain_option
from placer.console.settings import GROUPS
from tests.composed import composed
from twin.files.errors import InputError


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("strategy.test_points=8", "strategy.test_points: 8 is not accepted; give a list"),
        ("strategy.test_points=[8,a]", "give a list, each an integer"),
        ("+strategy.magic=1", "strategy: .*magic"),
        ("strategy.test_points=[16,8]", "test_points: .*ascending"),
        ("strategy._target_=placer.nothing.X", "strategy._target_: 'placer.nothing.X' cannot be"),
        ("strategy={_target_:math.sqrt}", "strategy._target_: 'math.sqrt' makes no Strategy"),
        ("strategy._target_=3", "strategy._target_: 3 is not a name"),
        ("+strategy._partial_=true", "strategy._partial_: it is not accepted"),
        ("+strategy._args_=[1]", "strategy._args_: it is not accepted"),
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
            "objective": {
                "_target_": "placer.objectives.combined.Lexicographic",
                "objectives": [{"_target_": "placer.objectives.slo.Slo", "ttft": "soon"}],
            }
        }
    )
    with pytest.raises(InputError, match=r"objectives\[0\]\.ttft: 'soon' is not accepted"):
        build(nested, "objective")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_an_option_is_named(group: str) -> None:
    cfg = OmegaConf.create({group: None})
    with pytest.raises(InputError, match=f"{group}: None is not an option; accepted: "):
        plain_option(cfg, group) if group == "profile" else build(cfg, group)


def test_an_option_that_names_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"strategy\._target_: it is not given"):
        build(OmegaConf.create({"strategy": {"magic": 1}}), "strategy")


def test_only_trusted_modules_are_imported_for_configurations_of_others() -> None:
    cfg = composed("strategy=greedy")
    assert build(cfg, "strategy", ("placer",)) == build(cfg, "strategy")
    with pytest.raises(InputError, match=r"if you trust it: --trust placer\.strategies\.greedy"):
        build(cfg, "strategy", ("twin",))


def test_what_cannot_be_made_is_named() -> None:
    message = r"strategy: placer\.strategies\.greedy\.Greedy cannot be made, TypeError: .*magic"
    with pytest.raises(InputError, match=message):
        build(composed("strategy=greedy", "+strategy.magic=1"), "strategy")

"""Running engines."""

from __future__ import annotations

from placer.problem.placement import GpuPlan, Placement
from placer.problem.running_engines import RunningEngines
from twin.gpu.engine_config import EngineConfig

SMALL, LARGE = (EngineConfig(max_loras=n, max_lora_rank=16) for n in (2, 8))
PLACEMENT = Placement(
    (
        GpuPlan("h100", SMALL, (("a", 1.0), ("b", 0.5), ("gone", 1.0)), "one"),
        GpuPlan("h100", SMALL, (("b", 0.5), ("c", 1.0))),
        GpuPlan("h100", LARGE, (("d", 1.0),)),
    )
)


def test_only_what_is_still_wanted_counts() -> None:
    engines = RunningEngines(PLACEMENT, "abdnew")
    assert engines.names == ("one", "gpu-01", "gpu-02")
    assert engines.homes == {"a": (0,), "b": (0, 1), "d": (2,)}
    assert engines.sizes == (2, 1, 1)
    assert engines.kept(0, ["a", "b", "d", "new"]) == 2


def test_engines_go_on_with_the_same_configuration_where_they_may() -> None:
    engines = RunningEngines(PLACEMENT, "abcd", left_out=["gpu-01"])
    assert engines.engines("h100", SMALL) == [0]
    assert engines.engines("h100", LARGE) == [2]
    assert engines.engines("a100", SMALL) == []
    assert engines.engines("h100") == [0, 2]
    assert engines.engines("a100") == []
    assert engines.max_loras("h100") == {2, 8}
    assert engines.max_loras("a100") == set()
    assert engines.max_num_seqs("h100") == {2048}
    assert engines.max_num_seqs("a100") == set()


def test_engines_for_a_smaller_rank_than_is_wanted_do_not_go_on() -> None:
    assert RunningEngines(PLACEMENT, "abcd", min_lora_rank=16).engines("h100") == [0, 1, 2]
    assert RunningEngines(PLACEMENT, "abcd", min_lora_rank=32).engines("h100") == []


def test_any_engine_answers_requests_for_the_base_model() -> None:
    """Nothing is loaded for them, and an engine for them alone has no rank that is too small."""
    bare = EngineConfig(max_loras=0, max_lora_rank=0)
    served = (("base", 0.5),)
    placement = Placement(
        (
            GpuPlan("h100", bare, served, "bare"),
            GpuPlan("h100", SMALL, (("a", 1.0), *served), "full"),
        )
    )
    engines = RunningEngines(placement, ["a"], min_lora_rank=16, base=["base"])
    assert engines.engines("h100") == [0, 1]
    assert engines.homes == {"a": (1,)}
    assert engines.moves(GpuPlan("h100", SMALL, (("base", 1.0),))) == 0
    assert engines.common(0, ["base"]) == engines.common(1, ["base"]) == 0.5
    assert engines.common(1, ["a", "base"]) == 1.5
    assert engines.common(0, ["a"]) == 0

"""Placement and its JSON form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.problem.placement import GpuPlan, Placement, gpu_name
from twin.files.errors import InputError
from twin.gpu.engine_config import EngineConfig
from twin.workload.rank import LEGAL_RANKS

CONFIG = EngineConfig(max_loras=2, max_lora_rank=16)

names = st.text(min_size=1, max_size=8)
configs = st.builds(
    EngineConfig,
    max_loras=st.integers(1, 64),
    max_lora_rank=st.sampled_from(LEGAL_RANKS),
    max_cpu_loras=st.none() | st.integers(64, 512),
    max_num_seqs=st.integers(1, 2048),
    max_model_len=st.none() | st.integers(1, 2**17),
)


@st.composite
def placements(draw: st.DrawFn) -> Placement:
    """Adapters that are whole on one GPU, or halved over two."""
    whole = draw(st.dictionaries(names, st.integers(0, 2), max_size=12))
    halved = draw(st.sets(names.filter(lambda name: name not in whole), max_size=4))
    unplaced = draw(st.sets(names.filter(lambda n: n not in whole and n not in halved)))
    gpus = []
    for index in range(3):
        shares = {name: 1.0 for name, gpu in whole.items() if gpu == index}
        shares |= dict.fromkeys(halved, 0.5) if index < 2 else {}
        name = draw(st.sampled_from(["", f"node{index}.gpu"]))
        gpus.append(GpuPlan(draw(names), draw(configs), tuple(sorted(shares.items())), name))
    return Placement(tuple(gpus), tuple(sorted(unplaced)))


@given(placements())
def test_every_placement_is_read_back(placement: Placement) -> None:
    assert Placement.from_json(placement.to_json()) == placement


def test_files_are_read_back(tmp_path: Path) -> None:
    placement = Placement((GpuPlan("h100", CONFIG, (("ä", 1.0),)),), ("b",))
    placement.write(tmp_path / "placement.json")
    assert Placement.read(tmp_path / "placement.json") == placement


def test_a_switch_of_an_engine_is_there_only_where_it_is_on() -> None:
    plan = GpuPlan("h100", CONFIG, (("a", 1.0),))
    engine = plan.to_dict()["engine"]
    assert "specialize_active_lora" not in engine
    config = replace(plan.config, specialize_active_lora=True)
    data = replace(plan, config=config).to_dict()
    assert data["engine"]["specialize_active_lora"] is True
    assert GpuPlan.from_dict(data, "gpu").config == config
    with pytest.raises(InputError, match="specialize_active_lora: 1 is not true; leave it out"):
        GpuPlan.from_dict(data | {"engine": engine | {"specialize_active_lora": 1}}, "gpu")


def test_total_shares_add_up_over_gpus() -> None:
    gpus = tuple(GpuPlan("h100", CONFIG, (("a", 0.25), ("b", 0.5))) for _ in range(2))
    placement = Placement(gpus, ("a",))
    assert placement.total_shares() == {"a": 0.5, "b": 1.0}


@pytest.mark.parametrize("share", [0.0, -0.5, 1.1, float("nan")])
def test_shares_out_of_range(share: float) -> None:
    with pytest.raises(InputError, match="share of adapter a"):
        GpuPlan("h100", CONFIG, (("a", share),))


@pytest.mark.parametrize("order", [("b", "a"), ("a", "a")])
def test_shares_are_sorted_and_there_once(order: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="sorted"):
        GpuPlan("h100", CONFIG, tuple((name, 0.5) for name in order))


@pytest.mark.parametrize("shares", [(0.5,), (0.6, 0.6)])
def test_shares_of_an_adapter_sum_to_one(shares: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="shares of adapter a: they sum to"):
        Placement(tuple(GpuPlan("h100", CONFIG, (("a", share),)) for share in shares))


def test_unplaced_names_are_sorted() -> None:
    with pytest.raises(InputError, match="unplaced"):
        Placement(unplaced=("b", "a"))


def broken(**changes: Any) -> str:
    """JSON of a placement with keys of its first GPU or of its own replaced, None: removed."""
    data = Placement((GpuPlan("h100", CONFIG, (("a", 1.0),)),)).to_dict()
    for path, value in changes.items():
        *parents, key = path.split("__")
        node: Any = data
        for parent in parents:
            node = node[int(parent) if parent.isdigit() else parent]
        if value is None:
            del node[key]
        else:
            node[key] = value
    return json.dumps(data)


BROKEN = {
    "no JSON": ("{", "placement: it is not JSON"),
    "a list": ("[]", "schema_version"),
    "another version": (broken(schema_version=2), "schema_version: 2 is not the version"),
    "no version": (broken(schema_version=None), "schema_version: None"),
    "no GPUs": (broken(gpus=None), "placement: gpus is missing"),
    "unknown key": (broken(extra=1), "unknown key 'extra'; accepted: schema_version"),
    "GPUs no list": (broken(gpus={"a": 1}), "placement, gpus: .* is not a list"),
    "GPU no mapping": (broken(gpus=[3]), r"gpus\[0\]: it is not a mapping"),
    "no engine": (broken(gpus__0__engine=None), r"gpus\[0\]: engine is missing"),
    "engine key": (broken(gpus__0__engine__max_loras=None), "engine: max_loras is missing"),
    "illegal rank": (broken(gpus__0__engine__max_lora_rank=5), "engine, max_lora_rank: 5"),
    "engine text": (broken(gpus__0__engine__max_loras="2"), "max_loras: '2' is not a whole"),
    "share above 1": (broken(gpus__0__adapters__0__share=2), r"gpus\[0\], share of adapter a: 2"),
    "half an adapter": (broken(gpus__0__adapters__0__share=0.5), "placement, shares of adapter"),
    "profile no text": (broken(gpus__0__profile=7), "profile: 7 is not a text"),
    "share no number": (broken(gpus__0__adapters__0__share="1"), "'1' is not a number"),
    "share is true": (broken(gpus__0__adapters__0__share=True), "True is not a number"),
    "GPU name": (broken(gpus__0__name="a/b"), r"gpus\[0\], name: 'a/b' is no name of a GPU"),
    "unplaced no names": (broken(unplaced=[1]), "unplaced: 1 is not a text"),
}


def test_names_of_gpus_sort_as_they_count() -> None:
    assert [gpu_name(index) for index in (0, 9, 10)] == ["gpu-00", "gpu-09", "gpu-10"]


def test_gpus_without_a_name_are_called_by_their_position() -> None:
    gpus = (GpuPlan("h100", CONFIG, (("a", 1.0),), "big"), GpuPlan("h100", CONFIG, (("b", 1.0),)))
    assert Placement(gpus).names == ("big", "gpu-01")


def test_no_two_gpus_have_the_same_name() -> None:
    gpus = (
        GpuPlan("h100", CONFIG, (("a", 1.0),), "gpu-01"),
        GpuPlan("h100", CONFIG, (("b", 1.0),), "gpu-01"),
    )
    with pytest.raises(InputError, match="2 of them are called 'gpu-01'"):
        Placement(gpus)


def test_a_gpu_without_a_name_takes_none_that_another_one_has() -> None:
    gpus = (
        GpuPlan("h100", CONFIG, (("a", 1.0),), "gpu-01"),
        GpuPlan("h100", CONFIG, (("b", 1.0),)),
        GpuPlan("h100", CONFIG, (("c", 1.0),), "gpu-03"),
        GpuPlan("h100", CONFIG, (("d", 1.0),)),
    )
    assert Placement(gpus).names == ("gpu-01", "gpu-04", "gpu-03", "gpu-05")


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_with_a_file_is_named(case: str, tmp_path: Path) -> None:
    text, message = BROKEN[case]
    with pytest.raises(InputError, match=message):
        Placement.from_json(text)
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(InputError, match=r"p\.json"):
        Placement.read(tmp_path / "p.json")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.json: there is no such file"):
        Placement.read(tmp_path / "no.json")
    (tmp_path / "latin.json").write_bytes(b"\xff{")
    with pytest.raises(InputError, match=r"latin\.json: byte 0xff is not UTF-8"):
        Placement.read(tmp_path / "latin.json")


def test_what_is_for_the_base_model_is_noted_where_there_is_any() -> None:
    plan = GpuPlan("h100", CONFIG, (("a", 1.0), ("chat", 1.0)))
    adapters, mixed = Placement((plan,)), Placement((plan,), base=("chat",))
    assert "base" not in adapters.to_dict()
    assert mixed.to_dict()["base"] == ["chat"]
    assert Placement.from_json(mixed.to_json()) == mixed
    with pytest.raises(InputError, match=r"base: .* not sorted names"):
        Placement((plan,), base=("chat", "a"))

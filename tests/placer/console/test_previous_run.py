"""What a run was asked for, and what of it goes on in the next one."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from estimators.testing import example_profile
from placer.console.previous_run import CarriedOver, PreviousRunWarning, carry_over
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from tests.composed import composed
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

LENGTHS = CopulaLengths(FixedLength(100), FixedLength(50))


@pytest.fixture
def profile() -> ServingProfile:
    return example_profile()


def write_run(folder: Path, *asked: str) -> None:
    plain = OmegaConf.to_container(composed(*asked), resolve=True, enum_to_str=True)
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(plain)))
    (folder / "placement.json").write_text("{}")


def carry(folder: Path, *now: str, previous: str = "") -> tuple[CarriedOver, list[str]]:
    """What a run has from the previous one in a folder, and the warnings."""
    asked = [f"previous={previous or folder}", *now]
    cfg = composed(*now)
    cfg.previous = previous or str(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        carried = carry_over(cfg, asked)
    assert all(warning.category is PreviousRunWarning for warning in caught)
    return carried, [str(warning.message) for warning in caught]


def problem_of(profile: ServingProfile, *names: str) -> Problem:
    return Problem(
        Workload(tuple(Adapter(name, 8, 0.1, LENGTHS) for name in names)), (GpuType(profile),)
    )


ASKED = ["objective=slo", "objective.ttft=0.5", "starvation_threshold=0.99"]


@pytest.mark.parametrize("name", ["", "placement.json"])
def test_what_nobody_says_otherwise_goes_on(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    also = ["max_gpus=4", "latency_limits.ttft=1", "robustness.arrival_cv=null"]
    write_run(tmp_path, *ASKED, *also)
    said = "latency_limits.tpot=0.5"
    with caplog.at_level(logging.INFO, "placer.console"):
        carried, warned = carry(tmp_path, "time_limit=5", said, previous=str(tmp_path / name))
    assert [text.partition(": ")[2] for text in warned] == [
        "latency_limits.tpot was 0.25, and is 0.5 now"
    ]
    cfg = carried.cfg
    assert cfg.objective == composed(*ASKED).objective
    assert (cfg.starvation_threshold, cfg.latency_limits) == (0.99, {"ttft": 1, "tpot": 0.5})
    assert (cfg.robustness.arrival_cv, cfg.max_gpus, cfg.time_limit) == (None, 4, 5)
    assert carried.objective == "Slo"
    (line,) = caplog.messages
    assert line.startswith(f"as in the previous run ({tmp_path}), unless you say otherwise: ")
    assert "objective=Slo(ttft=0.5" in line
    assert "robustness.arrival_cv=null" in line


def test_the_same_questions_need_no_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    asked = [*ASKED, "rules={apart:[[a,b]]}"]
    write_run(tmp_path, *asked)
    with caplog.at_level(logging.INFO, "placer.console"):
        carried, warned = carry(tmp_path, *asked)
    assert (warned, caplog.messages, carried.rules, carried.objective) == ([], [], None, None)


def test_what_is_said_otherwise_holds_and_is_warned_of(tmp_path: Path) -> None:
    before = ["objective=latency", "starvation_threshold=0.99", "rules={apart:[[a,b]]}"]
    write_run(tmp_path, *before)
    now = ["objective=fewest_gpus", "rules=null", "robustness.arrival_cv=null"]
    carried, (first, second, third) = carry(tmp_path, *now)
    assert "objective was Latency(metric=ttft, statistic=mean), and is FewestGpus() now" in first
    assert "rules was {apart=[[a, b]]}, and is null now" in second
    assert "robustness.arrival_cv was 2.0, and is null now" in third
    cfg = carried.cfg
    assert (carried.objective, carried.rules, cfg.rules) == (None, None, None)
    assert cfg.objective == composed().objective
    assert cfg.starvation_threshold == 0.99, "of that nothing was said"


def test_what_a_file_of_the_user_says_is_said(tmp_path: Path) -> None:
    write_run(tmp_path, "starvation_threshold=0.99")
    cfg = composed(f"previous={tmp_path}", "starvation_threshold=0.8")
    with pytest.warns(PreviousRunWarning, match="was 0.99, and is 0.8 now"):
        assert carry_over(cfg, []).cfg.starvation_threshold == 0.8


def test_rules_go_on_for_the_adapters_that_are_left(
    tmp_path: Path, profile: ServingProfile, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("apart: [[a, b, gone]]\nmax_lora_rank: 32\n")
    write_run(tmp_path, f"rules={rules}")
    carried, _ = carry(tmp_path)
    with caplog.at_level(logging.INFO, "placer.console"):
        cfg, problem = carried.with_rules(problem_of(profile, "a", "b", "new"))
    assert problem.rules == Rules(apart=(("a", "b"),), max_lora_rank=32)
    assert OmegaConf.to_container(cfg.rules) == {"apart": [["a", "b"]], "max_lora_rank": 32}
    assert caplog.messages == ["previous run: its rules say nothing of gone any more"]


def test_rules_of_gpus_that_are_gone_are_refused(tmp_path: Path, profile: ServingProfile) -> None:
    write_run(tmp_path, "rules={leave_out:[b]}")
    carried, _ = carry(tmp_path)
    problem = problem_of(profile, "a")
    fleet = (GpuType(profile, 2, "", ("c", "d")),)
    with pytest.raises(InputError, match="leave_out: there is no GPU 'b'"):
        carried.with_rules(Problem(problem.workload, fleet))


def test_rules_in_a_file_are_compared_by_what_they_say(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("apart: [[a, b]]\n")
    write_run(tmp_path, f"rules={rules}")
    assert carry(tmp_path, "rules={apart:[[a,b]]}")[1] == []


def test_classes_of_somebody_else_are_not_trusted(tmp_path: Path) -> None:
    write_run(tmp_path, "objective._target_=my.Objective")
    assert "my" not in (carry(tmp_path)[0].trusted or ())
    now = "objective._target_=my.Other"
    assert carry(tmp_path, now)[0].trusted is None, "the user chose it"


@pytest.mark.parametrize("summary", ['{"objective": "gpu_count_slo"}', "{}", "[]", "no JSON"])
def test_the_objective_is_called_as_it_was(tmp_path: Path, summary: str) -> None:
    write_run(tmp_path, "objective=gpu_count_slo")
    (tmp_path / "summary.json").write_text(summary)
    expected: Any = "gpu_count_slo" if "slo" in summary else "Lexicographic"
    assert carry(tmp_path)[0].objective == expected


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_run(tmp_path, "rules=gone.yaml", "objective=slo")
    carried, (line,) = carry(tmp_path)
    assert "what it was asked for is not known" in line
    assert "gone.yaml" in line
    assert carried.cfg.objective == composed().objective


def test_without_a_configuration_nothing_is_known(tmp_path: Path) -> None:
    cfg = composed(f"previous={tmp_path}")
    assert carry_over(cfg, []).cfg is cfg
    assert carry_over(composed(), []).objective is None


OTHER = "h100_64gb_llama31_8b"


def test_the_profile_goes_on_with_the_costs_it_had(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_run(tmp_path, f"profile={OTHER}", "profile.uncertainty=0.5")
    with caplog.at_level(logging.INFO, "placer.console"):
        carried, warned = carry(tmp_path)
    assert warned == []
    assert (carried.cfg.profile.name, carried.cfg.profile.uncertainty) == (OTHER, 0.5)
    assert carried.cfg.workload.model == composed(f"profile={OTHER}").workload.model
    assert caplog.messages[0].endswith(f"unless you say otherwise: profile={OTHER}")


def test_a_fleet_goes_on(tmp_path: Path) -> None:
    fleet = f"fleet=[{{profile:{OTHER},count:3}}]"
    write_run(tmp_path, fleet)
    carried, warned = carry(tmp_path)
    assert (warned, carried.cfg.fleet) == ([], composed(fleet).fleet)


@pytest.mark.parametrize("before", [f"profile={OTHER}", f"fleet=[{{profile:{OTHER},count:3}}]"])
@pytest.mark.parametrize("now", ["profile=h100_80gb_llama31_8b", "fleet=[{profile:x,count:2}]"])
def test_other_gpus_are_warned_of(tmp_path: Path, before: str, now: str) -> None:
    """Whoever says a profile says that there is no fleet, and the other way round."""
    write_run(tmp_path, before)
    carried, warned = carry(tmp_path, now)
    assert carried.cfg.fleet == composed(now).fleet
    assert carried.cfg.profile == composed(now).profile
    assert any(OTHER in line for line in warned)


def test_under_the_same_name_costs_are_those_of_today(tmp_path: Path) -> None:
    write_run(tmp_path, "profile.uncertainty=0.5")
    carried, warned = carry(tmp_path)
    assert (warned, carried.cfg.profile) == ([], composed().profile)


def test_engines_keep_the_requests_that_they_run_at_a_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_run(tmp_path, "max_num_seqs={h100_80gb_llama31_8b:20}")
    with caplog.at_level(logging.INFO, "placer.console"):
        carried, warned = carry(tmp_path)
    assert carried.cfg.max_num_seqs == {"h100_80gb_llama31_8b": 20}
    assert caplog.messages[-1].endswith("max_num_seqs={h100_80gb_llama31_8b=20}")
    assert not warned
    other, warned = carry(tmp_path, "max_num_seqs=30")
    assert (other.cfg.max_num_seqs, len(warned)) == (30, 1)
    elsewhere, _ = carry(tmp_path, "profile=h200_141gb_llama31_8b")
    assert elsewhere.cfg.max_num_seqs == "auto", "it is not of these GPUs"

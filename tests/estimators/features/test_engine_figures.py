"""What a profile says about an engine configuration."""

from __future__ import annotations

from dataclasses import replace

from estimators.features import engine_figures as fig
from estimators.features.engine_figures import FIGURE_NAMES, NUM_FIGURES, EngineFigures
from estimators.testing import example_profile
from twin.gpu.front_end import FrontEnd

PROFILE = example_profile()


FIGURES = EngineFigures(PROFILE)


def test_figures_of_an_engine() -> None:
    config = PROFILE.engine_config(8, 32)
    row = dict(zip(FIGURE_NAMES, FIGURES.of_config(config).tolist(), strict=True))
    assert len(row) == NUM_FIGURES
    assert row["max_loras"] == 8
    assert row["kv_tokens"] == PROFILE.kv_tokens(config)
    assert row["load"] == PROFILE.adapter_load.gpu
    assert FIGURES.of_config(config) is FIGURES.of_config(PROFILE.engine_config(8, 32))
    assert (
        dict(zip(FIGURE_NAMES, FIGURES.of_config(PROFILE.engine_config(4096, 32)), strict=True))[
            "kv_tokens"
        ]
        == 0
    )


def test_an_engine_without_slots_holds_no_rank() -> None:
    row = FIGURES.of_config(PROFILE.engine_config(0, 32))
    assert row[[fig.MAX_LORAS, fig.MAX_LORA_RANK]].tolist() == [0, 0]


def test_adapter_loads_that_overlap_with_steps_take_no_time() -> None:
    hidden = EngineFigures(replace(PROFILE, overlap_loads=True))
    row = hidden.of_config(PROFILE.engine_config(8, 32))
    assert row[[fig.LOAD, fig.LOAD_PER_RANK, fig.LOAD_PADDING]].tolist() == [0, 0, 0]


def test_how_the_engine_schedules() -> None:
    row = FIGURES.of_config(PROFILE.engine_config(8, 32))
    columns = [fig.PLANS_AHEAD, fig.HOLDS_SLOTS, fig.RESERVES_PROMPTS, fig.FRONT_END]
    assert row[columns].tolist() == [0, 0, 0, 0]
    today = replace(
        PROFILE,
        async_scheduling=True,
        hold_slots=True,
        reserve_prompts=True,
        front_end=FrontEnd(request=0.01),
    )
    row = EngineFigures(today).of_config(today.engine_config(8, 32))
    assert row[columns].tolist() == [1, 1, 1, 0.01]


def test_columns_are_where_their_names_say() -> None:
    for name in ("max_loras", "max_lora_rank", "max_num_seqs", "kv_tokens", "block_size", "load"):
        assert FIGURE_NAMES[getattr(fig, name.upper())] == name
    assert FIGURE_NAMES[fig.TOKEN_BUDGET] == "max_num_batched_tokens"
    assert FIGURE_NAMES[fig.SCHEDULER_SKIPPED] == "scheduler_skipped"

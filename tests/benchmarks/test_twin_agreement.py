"""The comparison of the shipped model with the twin that docs/estimators.md reports."""

from __future__ import annotations

import pytest

from estimators.model.model_store import every_engine_model
from tests.benchmarks.twin_agreement import agreement, simulated
from twin.gpu.profile import ServingProfile
from twin.gpu.read_profile import read_profile

LLAMA = read_profile("h100_64gb_llama31_8b")


@pytest.mark.parametrize("profile", [LLAMA, None], ids=["measured", "drawn"])
def test_the_model_agrees_with_the_twin_on_engines_that_it_has_not_seen(
    profile: ServingProfile | None,
) -> None:
    figures = agreement(every_engine_model(), *simulated(profile, 24))
    assert figures["model"]["n"] > 16
    assert 0 < figures["twin"]["throughput_smape_pct"] < 4
    assert figures["model"]["throughput_smape_pct"] < 5
    assert figures["model"]["starvation_macro_f1"] > 0.8
    assert figures["model"]["kept_promises_pct"] >= 95

"""The comparison of models with the twin that docs/estimators.md reports."""

from __future__ import annotations

from tests.benchmarks.twin_agreement import agreement
from twin.gpu.read_profile import read_profile


def test_models_agree_with_the_twin_on_loads_that_they_have_not_seen() -> None:
    figures = agreement(read_profile("h100_64gb_llama31_8b"), 24)
    assert figures["model"]["n"] > 16
    assert 0 < figures["twin"]["throughput_smape_pct"] < 4
    assert figures["model"]["throughput_smape_pct"] < 6
    assert figures["model"]["starvation_macro_f1"] > 0.8

"""Makes what the processes of tests would make each: ``python -m ... simulation|models``."""

from __future__ import annotations

import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.base import Candidate
from estimators.equilibrium_backed import EquilibriumEstimator
from estimators.ml_backed import MLEstimator
from estimators.starvation import USUAL_RULE
from estimators.testing import example_adapters
from twin.engine.warm_up import warm_up
from twin.gpu.read_profile import read_profile


def compile_models() -> None:
    """Compile trained models, and the equilibrium that they rest on."""
    profile = read_profile("h100_64gb_llama31_8b")
    config = profile.engine_config(1, 8)
    candidate = Candidate(profile, config, example_adapters(1))
    MLEstimator().estimate([candidate], USUAL_RULE)
    predictor = MLEstimator().predictor(profile)
    predictor.predict_one(predictor.traffic(candidate.adapters), predictor.engine(config))
    EquilibriumEstimator().estimate([candidate], USUAL_RULE)


@settings(max_examples=1, database=None)
@given(st.text())
def write_characters(_: str) -> None:
    """Have Hypothesis write its tables of characters, which take seconds."""


if __name__ == "__main__":
    if sys.argv[1] == "models":
        compile_models()
        write_characters()
    else:
        warm_up(read_profile("h100_64gb_llama31_8b"))

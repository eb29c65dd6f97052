"""Makes what the processes of tests would make each: ``python -m ... simulation|models``."""

from __future__ import annotations

import sys
from compileall import compile_dir
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from estimators.base import Candidate
from estimators.equilibrium_backed import EquilibriumEstimator
from estimators.ml_backed import MLEstimator
from estimators.starvation import USUAL_RULE
from estimators.testing import example_adapters
from twin.engine.warm_up import warm_up
from twin.gpu.read_profile import read_profile

_ROOT = Path(__file__).resolve().parents[1]


def compile_modules() -> None:
    """Compile Python's own code, also where an environment has its processes write none."""
    for package in ("placer", "estimators", "twin", "hydra_plugins"):
        compile_dir(_ROOT / package, quiet=1)


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
        compile_modules()
        warm_up(read_profile("h100_64gb_llama31_8b"))

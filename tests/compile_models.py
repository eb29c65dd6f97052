"""Has the code of trained models compiled, for processes that load it: ``python -m ...``."""

from __future__ import annotations

from estimators.base import Candidate
from estimators.ml_backed import MLEstimator
from estimators.starvation import USUAL_RULE
from estimators.testing import example_adapters
from twin.gpu.read_profile import read_profile

if __name__ == "__main__":
    profile = read_profile("h100_64gb_llama31_8b")
    candidate = Candidate(profile, profile.engine_config(1, 8), example_adapters(1))
    MLEstimator().estimate([candidate], USUAL_RULE)

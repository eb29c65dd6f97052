"""Explain a placement: what binds, what can be added, what would free a GPU, and what if."""

from placer.explain.explanation import Explanation, GpuExplanation, explain_placement
from placer.explain.freeing import Suggestion
from placer.explain.judge import twin_judge
from placer.explain.what_if import Change, WhatIf, what_if

__all__ = [
    "Change",
    "Explanation",
    "GpuExplanation",
    "Suggestion",
    "WhatIf",
    "explain_placement",
    "twin_judge",
    "what_if",
]

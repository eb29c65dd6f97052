from .explanation import Explanation, GpuExplanation, explain_placement
from .freeing import Suggestion
from .judge import twin_judges
from .what_if import Change, WhatIf, what_if

__all__ = [
    "Change",
    "Explanation",
    "GpuExplanation",
    "Suggestion",
    "WhatIf",
    "explain_placement",
    "twin_judges",
    "what_if",
]

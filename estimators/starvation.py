"""StarvationRule: what counts as starved."""

from __future__ import annotations

from dataclasses import dataclass

from twin.engine.simulation_result import STARVATION_THRESHOLD
from twin.files.errors import InputError

__all__ = ["PAPER_RULE", "USUAL_RULE", "StarvationRule"]


@dataclass(frozen=True, slots=True)
class StarvationRule:
    """When an engine counts as starved; a question to an estimator comes with one.

    Parameters
    ----------
    threshold : float
        An engine starves that serves less than this share of its offered tokens/s, in (0, 1).
    adapters_starve : bool
        Whether an engine starves too that serves less than this share of one adapter's requests.
        The paper looks at the engine as a whole (arXiv 2602.24044).
    sustained : bool
        Whether an engine starves too that is offered more than it can serve in the long run: its
        queue grows as long as it runs, and a window that is short enough does not show it. The
        paper looks at one window.

    Raises
    ------
    InputError
        If the threshold is out of range.
    """

    threshold: float = STARVATION_THRESHOLD
    adapters_starve: bool = True
    sustained: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise InputError("starvation_threshold", f"{self.threshold!r} is not inside (0, 1)")


USUAL_RULE = StarvationRule()
"""The paper's threshold, for engines and for adapters, and traffic that can be sustained."""

PAPER_RULE = StarvationRule(adapters_starve=False, sustained=False)
"""The paper's rule: the threshold, for engines, in the window that is looked at."""

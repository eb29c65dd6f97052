"""DatasetPlan: how a dataset is made."""

from __future__ import annotations

from dataclasses import dataclass, fields

from estimators.dataset.code_version import code_version
from estimators.model.prediction import EVERY_ENGINE
from estimators.starvation import USUAL_RULE, StarvationRule
from twin.files.errors import InputError
from twin.gpu.profile import ServingProfile

__all__ = ["DatasetPlan"]


@dataclass(frozen=True)
class DatasetPlan:
    """How a dataset is made; by default as for the models that come with the package.

    Parameters
    ----------
    profile : ServingProfile or None
        Whose engines are simulated; None for one that is drawn for each scenario
        (`estimators.dataset.engines`).
    num_scenarios : int
        Scenarios from all over the domain, each at one total rate.
    num_edge_scenarios : int
        Further ones at two rates each, for which a model of the first ones is least certain.
    most_requests : int
        That are expected within one simulation at most; fewer are faster, and leave out the
        busiest engines.
    most_adapters : int
        Largest number of adapters on an engine.
    seed : int
        Of every random draw.
    starvation_threshold : float
        Share of its traffic below which an engine, or an adapter, counts as starved.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    profile: ServingProfile | None = None
    num_scenarios: int = 24_576
    num_edge_scenarios: int = 6_144
    most_requests: int = 120_000
    most_adapters: int = 1_000
    seed: int = 0
    starvation_threshold: float = USUAL_RULE.threshold

    def __post_init__(self) -> None:
        for name, least in (
            ("num_scenarios", 1),
            ("num_edge_scenarios", 0),
            ("most_requests", 1000),
            ("most_adapters", 1),
            ("seed", 0),
        ):
            if getattr(self, name) < least:
                problem = f"{getattr(self, name)} is below {least}"
                raise InputError(name, problem, f"{least} or more")
        StarvationRule(self.starvation_threshold)  # refuses what is no threshold

    @property
    def name(self) -> str:
        """What the model is called that learns from it."""
        return EVERY_ENGINE if self.profile is None else self.profile.name

    @property
    def provenance(self) -> dict[str, str]:
        """What the dataset is made from."""
        numbers = {f.name: repr(getattr(self, f.name)) for f in fields(self)[1:]}
        return {
            "profile": self.name,
            "fingerprint": EVERY_ENGINE if self.profile is None else self.profile.fingerprint,
            "code_version": code_version(),
            **numbers,
        }

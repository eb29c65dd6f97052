"""MLEstimator: predictions of models that were trained on simulations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Candidate, Estimates
from estimators.model.prediction import FITS, Predictions
from estimators.starvation import USUAL_RULE, StarvationRule
from estimators.window import USUAL_WINDOW, Window
from twin.files.errors import InputError
from twin.gpu.beyond_ranks import profile_for
from twin.gpu.engine_config import EngineConfig
from twin.gpu.profile import ServingProfile

if TYPE_CHECKING:
    from estimators.model.predictor import Predictor

__all__ = ["MLEstimator"]

_Answer = tuple["Predictor", list[int], Predictions]


@dataclass(frozen=True, slots=True)
class MLEstimator:
    """A model that was distilled from the twin, on engines of all kinds or of one profile.

    Predicts the figures of `estimators.twin_backed.TwinEstimator`, as means over the randomness of
    arrivals. The uncertainty is the error to be expected, and the
    probability of starvation takes it in; both were calibrated on scenarios that were left out of
    the training.

    Parameters
    ----------
    models : tuple of str
        Files of models to use before the one that comes with the package.
    window : Window
        What the predictions are for.
    """

    models: tuple[str, ...] = ()
    window: Window = USUAL_WINDOW
    scatters: ClassVar[bool] = False
    _predictors: dict[tuple[int, StarvationRule], Predictor] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))

    def predictor(
        self,
        profile: ServingProfile,
        rule: StarvationRule = USUAL_RULE,
        config: EngineConfig | None = None,
    ) -> Predictor:
        """What predicts for one profile, with a faster way to ask than whole candidates.

        Parameters
        ----------
        profile : ServingProfile
        rule : StarvationRule
        config : EngineConfig or None
            Engine that is to be asked about: beyond the ranks that the profile was measured with,
            predictions are less certain (`twin.gpu.beyond_ranks`).

        Raises
        ------
        InputError
            If the model was trained with another threshold, or one of the profile for other costs;
            or engines launch LoRA kernels for active adapters alone, which models do not know.
        """
        if profile.specialize_active_lora:
            raise InputError(
                f"profile {profile.name}: specialize_active_lora",
                "trained models do not know it",
                "estimator=twin",
            )
        believed = profile if config is None else profile_for(profile, config)
        key = id(believed), rule
        predictor = self._predictors.get(key)
        if predictor is None:
            # Compiled code takes long to import, and whoever asks nothing does not need it.
            from estimators.model.model_store import find_model
            from estimators.model.predictor import Predictor

            model = find_model(profile, self.models)
            if model.threshold != rule.threshold:
                raise InputError(
                    "starvation_threshold",
                    f"the model was trained with {model.threshold}, not {rule.threshold}",
                    f"python -m estimators starvation_threshold={rule.threshold}",
                )
            predictor = Predictor(believed, model, self.window, rule)
            self._predictors[key] = predictor
        return predictor

    def estimate(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> Estimates:
        """Predict.

        Raises
        ------
        InputError
            As `predictor`, or if an adapter's rank
            exceeds the candidate's ``max_lora_rank``, there is no traffic, or adapters and no
            slot.

        Warns
        -----
        ExtrapolationWarning
            If a feature of a candidate lies outside the range of the training.
        """
        answers = self._ask(candidates, rule)
        for predictor, _, predictions in answers:
            predictor.warn(predictions)
        return _joined(answers)

    def predict(
        self, candidates: Sequence[Candidate], rule: StarvationRule = USUAL_RULE
    ) -> tuple[Estimates, NDArray[np.bool_]]:
        """The same without warnings.

        Returns
        -------
        Estimates
        ndarray of shape (n,)
            Whether a feature of a candidate lies outside the range of the training.

        Raises
        ------
        InputError
            As `estimate`.
        """
        answers = self._ask(candidates, rule)
        outside = np.zeros(len(candidates), np.bool_)
        for _, positions, predictions in answers:
            outside[positions] = predictions["outside"] > FITS
        return _joined(answers), outside

    def _ask(self, candidates: Sequence[Candidate], rule: StarvationRule) -> list[_Answer]:
        """What predicts for each profile, the positions of its candidates, and its predictions."""
        groups: dict[int, list[int]] = {}
        for position, candidate in enumerate(candidates):
            believed = profile_for(candidate.profile, candidate.config)
            groups.setdefault(id(believed), []).append(position)
        answers = []
        for positions in groups.values():
            first = candidates[positions[0]]
            predictor = self.predictor(first.profile, rule, first.config)
            engines: dict[EngineConfig, int] = {}
            traffic, which = [], []
            for candidate in (candidates[k] for k in positions):
                if not candidate.adapters:
                    raise InputError("candidate", "it has no adapter", "at least one")
                traffic.append(predictor.traffic(candidate.adapters))
                which.append(engines.setdefault(candidate.config, len(engines)))
            rows = np.array([predictor.engine(config) for config in engines])
            predictions = predictor.predictions(np.array(traffic), rows, np.array(which))
            answers.append((predictor, positions, predictions))
        return answers


def _joined(answers: Sequence[_Answer]) -> Estimates:
    """Estimates for all candidates, in order."""
    parts = [predictor.estimates(predictions) for predictor, _, predictions in answers]
    order = [position for _, positions, _ in answers for position in positions]
    joined = Estimates.concatenate(parts)
    return joined if len(parts) < 2 else joined.take(np.argsort(order))

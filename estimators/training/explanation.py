"""What a model looks at: importances of its features, and a small tree that imitates it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, export_text

from estimators.features.features import FEATURES
from estimators.model.trained_model import TrainedModel
from estimators.training.fit import TREE_PLANS, fit_output
from estimators.training.table import TrainingTable
from twin.validate.accuracy import macro_f1

__all__ = ["Surrogate", "draw_surrogate", "explain", "feature_importances"]

FloatArray = NDArray[np.float64]

_OUTPUTS = ("served_share", "neglected", "ttft_mean", "tpot_mean")
_DEPTH = 4
_SMALLEST_LEAF = 0.01  # of all rows
_NAMES = [feature.name for feature in FEATURES]
_CLASSES = ("serves its traffic", "starves")


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """A small decision tree that imitates a model's verdict on starvation.

    Parameters
    ----------
    tree : sklearn.tree.DecisionTreeClassifier
    fidelity, macro_f1 : float
        Macro F1 of its verdict against the model's, and against the simulations'.
    """

    tree: DecisionTreeClassifier
    fidelity: float
    macro_f1: float

    @property
    def text(self) -> str:
        """The tree in words, one condition a line."""
        words: str = export_text(
            self.tree, feature_names=_NAMES, class_names=self.class_names, decimals=3
        )
        return words

    @property
    def class_names(self) -> list[str]:
        """Words for the verdicts that occur, in the tree's order."""
        return [_CLASSES[number] for number in self.tree.classes_]


def feature_importances(table: TrainingTable) -> dict[str, dict[str, float]]:
    """Share of the gain of all splits that is due to each feature, for the main outputs.

    Returns
    -------
    dict of str to dict
        By output, the features from the most to the least important; shares sum to 1.
    """
    result = {}
    for output in _OUTPUTS:
        booster = fit_output(
            table.features, table.target(output), output, TREE_PLANS, table.weight(output)
        )
        gain = booster.feature_importance("gain")
        shares = gain / max(1e-300, gain.sum())
        order = np.argsort(-shares, kind="stable")
        result[output] = {_NAMES[k]: float(shares[k]) for k in order}
    return result


def explain(model: TrainedModel, table: TrainingTable) -> Surrogate:
    """Fit a small tree to the verdicts of a model on the rows that it was trained on."""
    dataset = table.dataset
    predictions = model.predict(
        dataset.statistics, dataset.engines, np.arange(len(dataset)), dataset.seconds
    )
    verdict = predictions["starvation_probability"] > 0.5
    tree = DecisionTreeClassifier(
        max_depth=_DEPTH, min_samples_leaf=_SMALLEST_LEAF, random_state=0
    ).fit(table.features, verdict.astype(np.int64))
    guess = tree.predict(table.features) == 1
    truth = dataset.label("starved_or_neglected") > 0.5
    return Surrogate(
        tree,
        macro_f1(verdict.tolist(), guess.tolist()),
        macro_f1(truth.tolist(), guess.tolist()),
    )


def draw_surrogate(surrogate: Surrogate) -> bytes:
    """Picture of a surrogate as PNG; needs matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from sklearn.tree import plot_tree

    figure = Figure(figsize=(20, 9), layout="constrained")
    FigureCanvasAgg(figure)  # text is measured while it is placed
    plot_tree(
        surrogate.tree,
        ax=figure.subplots(),
        feature_names=_NAMES,
        class_names=surrogate.class_names,
        impurity=False,
        filled=True,
        rounded=True,
        fontsize=7,
        proportion=True,
        precision=3,
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    return buffer.getvalue()

"""Compiled trees say what the library says, and refuse what is no tree."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from estimators.model.tree_ensemble import TreeEnsemble
from twin.files.errors import InputError

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(500, 6))
TARGETS = (ROWS[:, 0] * ROWS[:, 1], np.sin(3 * ROWS[:, 2]) + ROWS[:, 3])


def boosters(leaves: int = 31, trees: int = 40) -> list[lightgbm.Booster]:
    settings = {"num_leaves": leaves, "min_data_in_leaf": 3, "verbose": -1, "num_threads": 1}
    return [lightgbm.train(settings, lightgbm.Dataset(ROWS, t), trees) for t in TARGETS]


def ensemble(made: list[lightgbm.Booster]) -> TreeEnsemble:
    return TreeEnsemble.from_lightgbm([booster.dump_model() for booster in made], 6)


@pytest.mark.parametrize("leaves", [2, 31, 63])
@pytest.mark.parametrize("n", [1, 3, 6, 7, 256, 500])
def test_results_are_the_library_s(leaves: int, n: int) -> None:
    made = boosters(leaves)
    rows = RNG.normal(size=(n, 6)) * 2
    expected = np.column_stack([booster.predict(rows) for booster in made])
    np.testing.assert_allclose(ensemble(made).predict(rows), expected, rtol=0, atol=1e-9)


def test_values_on_a_threshold_go_left_as_in_the_library() -> None:
    made = boosters()
    trees = ensemble(made)
    rows = np.repeat(ROWS[:1], len(trees.threshold), axis=0)
    rows[np.arange(len(rows)), trees.feature] = trees.threshold
    expected = np.column_stack([booster.predict(rows) for booster in made])
    np.testing.assert_allclose(trees.predict(rows), expected, rtol=0, atol=1e-9)


def test_few_rows_and_many_have_the_same_digits() -> None:
    trees = ensemble(boosters())
    together = trees.predict(ROWS)
    single = np.concatenate([trees.predict(row[None]) for row in ROWS[:50]])
    np.testing.assert_array_equal(together[:50], single)


def test_trees_without_a_condition_are_constants() -> None:
    settings = {"min_data_in_leaf": 1000, "verbose": -1}
    flat = lightgbm.train(settings, lightgbm.Dataset(ROWS, TARGETS[0]), 3)
    trees = ensemble([flat])
    for n in (2, 20):
        np.testing.assert_allclose(trees.predict(ROWS[:n])[:, 0], flat.predict(ROWS[:n]))


def small() -> TreeEnsemble:
    """One tree: feature 0 up to 0.5, then feature 1 up to 1.5."""
    return TreeEnsemble(
        num_features=2,
        num_outputs=1,
        output=np.array([0]),
        num_nodes=np.array([2]),
        feature=np.array([0, 1]),
        threshold=np.array([0.5, 1.5]),
        left=np.array([1, -1]),
        right=np.array([-3, -2]),
        value=np.array([1.0, 2.0, 4.0]),
    )


def test_a_tree_by_hand() -> None:
    rows = np.array([[0.5, 1.5], [0.5, 1.6], [0.6, 0.0]])
    assert small().predict(rows)[:, 0].tolist() == [1.0, 2.0, 4.0]
    assert small().predict(np.tile(rows, (9, 1)))[:3, 0].tolist() == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"feature": np.array([0])}, "differ in length"),
        ({"value": np.array([1.0, 2.0])}, "not one leaf more"),
        ({"num_nodes": np.array([-1])}, "differ in length"),
        ({"feature": np.array([0, 2])}, "number of no feature; 0 to 1"),
        ({"output": np.array([1])}, "number of no output; 0 to 0"),
        ({"threshold": np.array([0.5, np.nan])}, "not finite"),
        ({"value": np.array([1.0, np.inf, 4.0])}, "not finite"),
        ({"left": np.array([1, -9])}, "8 is the number of no leaf"),
        ({"left": np.array([0, -1])}, "does not exist, or has two parents"),
        ({"left": np.array([5, -1])}, "does not exist, or has two parents"),
        ({"left": np.array([-1, -1])}, "a node cannot be reached"),
        ({"right": np.array([-2, -3])}, "the leaves of tree 0 are not in order"),
    ],
)
def test_what_is_no_tree_is_refused(change: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(small(), **change)


def test_trees_with_too_many_leaves_are_refused() -> None:
    with pytest.raises(InputError, match="one has 70 leaves; up to 63"):
        ensemble(boosters(leaves=70, trees=2))


def test_categories_are_refused() -> None:
    dump = boosters(trees=1)[0].dump_model()
    dump["tree_info"][0]["tree_structure"]["decision_type"] = "=="
    with pytest.raises(InputError, match="a condition '=='; only <="):
        TreeEnsemble.from_lightgbm([dump], 6)

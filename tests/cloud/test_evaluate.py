"""Measures and splits."""

import json

import numpy as np
import pytest

from tinyact_cloud.learning.evaluate import evaluate, grouped_folds

LABELS = ("none", "fall", "sit", "jump")


def test_measures() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 2])
    predicted = np.array([0, 0, 0, 1, 1, 0, 1])
    evaluation = evaluate(truth, predicted, LABELS)
    assert evaluation.confusion == ((3, 1, 0, 0), (1, 1, 0, 0), (0, 1, 0, 0), (0, 0, 0, 0))
    assert evaluation.accuracy == pytest.approx(4 / 7)
    assert evaluation.recall == {"none": 0.75, "fall": 0.5, "sit": 0.0, "jump": None}
    assert evaluation.precision == {
        "none": 0.75,
        "fall": pytest.approx(1 / 3),
        "sit": None,
        "jump": None,
    }
    assert evaluation.macro_recall == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert json.loads(json.dumps(evaluation.as_dict()))["confusion"][1] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("truth", "predicted"),
    [([], []), ([0], [0, 1]), ([0], [4]), ([-1], [0])],
)
def test_what_cannot_be_compared_is_refused(truth: list[int], predicted: list[int]) -> None:
    with pytest.raises(ValueError, match=r"nothing to compare|has no label"):
        evaluate(np.array(truth, np.int64), np.array(predicted, np.int64), LABELS)


def test_groups_stay_together() -> None:
    groups = np.repeat(np.arange(20), 7)
    labels = np.repeat(np.arange(20) % 2, 7)
    tested = []
    for train, test in grouped_folds(labels, groups, n_folds=5, seed=1):
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == len(groups)
        assert set(labels[test]) == {0, 1}  # stratified: there are enough groups of both
        tested.extend(test.tolist())
    assert sorted(tested) == list(range(len(groups)))


def test_seed_decides_the_folds() -> None:
    groups, labels = np.repeat(np.arange(20), 3), np.repeat(np.arange(20) % 2, 3)
    folds = [
        [test.tolist() for _, test in grouped_folds(labels, groups, 4, seed)] for seed in (1, 1, 2)
    ]
    assert folds[0] == folds[1] != folds[2]


def test_fewer_groups_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="2 groups cannot be split into 3 folds"):
        next(grouped_folds(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), 3, seed=0))

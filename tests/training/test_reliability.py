"""Calibration and separation, against values worked out by hand and scikit-learn."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tinyact_cloud.training.reliability import auroc, expected_calibration_error, reliability


def _verdicts(*sure: float, right: tuple[bool, ...]) -> tuple[np.ndarray, np.ndarray]:
    probabilities = np.array([(1 - p, p) for p in sure])
    return probabilities, np.array([(not fine, fine) for fine in right])


def test_bins_hold_what_is_right_by_how_sure_it_was() -> None:
    measured = reliability(*_verdicts(0.9, 0.85, 0.6, 1.0, right=(True, False, True, True)))
    assert measured.count.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 2, 1]
    np.testing.assert_allclose(measured.confidence[[5, 8, 9]], [0.6, 0.875, 1.0])
    np.testing.assert_allclose(measured.accuracy[[5, 8, 9]], [1.0, 0.5, 1.0])
    assert np.isnan(measured.accuracy[[0, 1, 2, 3, 4, 6, 7]]).all()
    expected = (1 * 0.4 + 2 * 0.375 + 1 * 0) / 4
    assert expected_calibration_error(measured) == pytest.approx(expected)
    stored = json.loads(json.dumps(measured.as_dict(), allow_nan=False))
    assert stored["accuracy"][8] == 0.5
    assert stored["accuracy"][0] is None


def test_any_allowed_label_is_right() -> None:
    allowed = np.array([[True, True, False], [False, True, True]])
    probabilities = np.array([[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]])
    assert reliability(probabilities, allowed, bins=1).accuracy.tolist() == [0.5]


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    right = tuple(index < 7 for index in range(10))
    measured = reliability(*_verdicts(*[0.7] * 10, right=right))
    assert expected_calibration_error(measured) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        reliability(np.array([[value, 0.5]]), np.array([[True, False]]))


def test_nothing_to_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        reliability(np.zeros((0, 2)), np.zeros((0, 2), np.bool_))
    with pytest.raises(ValueError, match="nothing"):
        reliability(np.zeros((1, 2)), np.zeros((1, 3), np.bool_))


@pytest.mark.parametrize("levels", [3, 10, 1000])
def test_auroc_is_scikit_learns_with_ties_or_without(levels: int) -> None:
    rng = np.random.default_rng(levels)
    positive = rng.integers(0, levels, 40) / levels + 0.1
    negative = rng.integers(0, levels, 70) / levels + 0.1 * (rng.random(70) < 0.5)
    truth = np.repeat([1, 0], [40, 70])
    expected = roc_auc_score(truth, np.concatenate([positive, negative]))
    assert auroc(positive, negative) == pytest.approx(expected)


def test_auroc_of_what_is_apart_and_of_what_is_equal() -> None:
    low, high = np.array([0.1, 0.2]), np.array([0.8])
    assert (auroc(high, low), auroc(low, high), auroc(low, low)) == (1, 0, 0.5)
    for other in (np.array([]), np.array([np.nan])):
        with pytest.raises(ValueError, match="score"):
            auroc(high, other)

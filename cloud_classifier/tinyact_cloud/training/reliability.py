"""Measure how far probabilities can be believed, and how well scores separate.

Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often verdicts of about the same confidence are right.

    Of B equally wide bins of confidence, `count` int64 [B] tells how many verdicts fall into each,
    `confidence` and `accuracy` float64 [B] their means, 0..1; NaN where there are none.
    """

    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it: null where there are no verdicts."""
        return {
            "count": self.count.tolist(),
            "confidence": _with_none(self.confidence),
            "accuracy": _with_none(self.accuracy),
            "expected_calibration_error": expected_calibration_error(self),
        }


def reliability(
    probabilities: NDArray[np.floating[Any]], allowed: NDArray[np.bool_], bins: int = 10
) -> Reliability:
    """Compare the confidence of verdicts with how often they are right.

    `probabilities` is float [M, L], `allowed` bool [M, L]. A row's verdict is its likeliest label,
    its confidence that label's probability; the verdict is right if the label is allowed. So a row
    with several allowed labels is easier to be right about: leave such rows out where confidence
    is to be judged on its own. Bin b holds confidences in (b / bins, (b + 1) / bins]. Raises
    ValueError when the shapes disagree, there are no rows, or a value is no probability.
    """
    if probabilities.shape != allowed.shape or probabilities.ndim != 2 or not probabilities.size:  # noqa: PLR2004
        raise ValueError(f"nothing to judge: {probabilities.shape} against {allowed.shape}")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("probabilities must be between 0 and 1")
    verdict = probabilities.argmax(1)
    rows = np.arange(len(verdict))
    sure, right = probabilities[rows, verdict].astype(np.float64), allowed[rows, verdict]
    bin_of = np.searchsorted(np.arange(1, bins) / bins, sure, side="left")
    count = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that is promised
        return Reliability(
            count,
            np.bincount(bin_of, sure, bins) / count,
            np.bincount(bin_of, right, bins) / count,
        )


def expected_calibration_error(measured: Reliability) -> float:
    """Return the mean distance of accuracy and confidence over all verdicts, 0..1 (equation 3)."""
    distance = np.abs(measured.accuracy - measured.confidence)
    return float(np.nansum(distance * measured.count) / measured.count.sum())


def auroc(
    positive_scores: NDArray[np.floating[Any]], negative_scores: NDArray[np.floating[Any]]
) -> float:
    """Return the chance that a positive scores higher than a negative; a tie counts half.

    That is the area under the ROC curve (Hanley and McNeil, 1982). Scores are float [P] and [N].
    Raises ValueError when there are none of one kind, or one is NaN.
    """
    if not positive_scores.size or not negative_scores.size:
        raise ValueError("an AUROC needs scores of both kinds")
    if np.isnan(positive_scores).any() or np.isnan(negative_scores).any():
        raise ValueError("a score is not a number")
    ordered = np.sort(negative_scores)
    below = np.searchsorted(ordered, positive_scores, side="left")
    not_above = np.searchsorted(ordered, positive_scores, side="right")
    return float((below + not_above).mean() / 2 / len(ordered))


def _with_none(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]

"""What script/bench sensitivity counts."""

from pathlib import Path

import pytest

from tinyact_bench import sensitivity
from tinyact_edge.bundle import Bundle
from tinyact_edge.recognize import Recording
from tinyact_edge.recognizer import Prediction, Window


def recording(surest: float) -> Recording:
    """Return a recording in which somebody falls, as sure as that, for four windows."""
    windows = [
        Window(1, at, at + 2, Prediction("fall", surest, {"fall": surest, "none": 1 - surest}))
        for at in (0.0, 0.5, 1.0, 1.5)
    ]
    return Recording(seconds=4.0, windows=windows)


@pytest.mark.parametrize(("surest", "needed"), [(0.7, 50), (0.3, 75), (0.15, 100), (0.05, None)])
def test_what_is_less_sure_needs_more_sensitivity(
    bundle: Bundle, surest: float, needed: int | None
) -> None:
    found = recording(surest)
    told = [at for at in (25, 50, 75, 100) if sensitivity.labels_at(found, bundle, at)]
    assert min(told, default=None) == needed
    assert all(sensitivity.labels_at(found, bundle, at) == ["fall"] for at in told)


def test_without_recordings_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--data", str(tmp_path)])
    with pytest.raises(SystemExit, match="no urfall there"):
        sensitivity.main()

"""Files that are there whole, or as they were."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training.whole_file import whole_file, write_arrays, write_json


def test_what_is_interrupted_leaves_the_former_file(tmp_path: Path) -> None:
    place = tmp_path / "new folder" / "a.json"
    write_json(place, {"former": 1})

    def stopped() -> None:
        with whole_file(place) as part:
            part.write_text("{")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert json.loads(place.read_text()) == {"former": 1}
    write_json(place, {"later": 2})
    assert json.loads(place.read_text()) == {"later": 2}
    assert list(place.parent.iterdir()) == [place]


def test_arrays_are_found_under_their_own_name(tmp_path: Path) -> None:
    place = tmp_path / "with.dots.v1"
    write_arrays(place, one=np.arange(3))
    assert list(tmp_path.iterdir()) == [place]
    with np.load(place, allow_pickle=False) as file:
        assert file["one"].tolist() == [0, 1, 2]

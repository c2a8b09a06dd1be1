"""What `script/bench edge` measures with, and how it writes what it found."""

from itertools import islice

import numpy as np

from tinyact_bench import edge, edge_films, edge_profile
from tinyact_bench.edge_encoder import macs
from tinyact_bench.edge_service import Reading
from tinyact_bench.edge_stages import UNITS
from tinyact_bench.x3d import X3DS


def test_x3d_s_multiplies_as_often_as_published() -> None:
    assert abs(macs(X3DS(), (13, 160, 160, 3)) / 1.96e9 - 1) < 0.01


def test_readings_become_rates() -> None:
    before = Reading(at=10.0, cpu=1.0, frames=100, clips=4, looked_at=40, dropped=0)
    after = Reading(at=20.0, cpu=3.0, frames=500, clips=44, looked_at=160, dropped=40)
    rates = after.since(before, cameras=2)
    assert (rates.core_percent, rates.fps, rates.clips, rates.looked_at) == (20.0, 20.0, 2.0, 6.0)
    assert rates.dropped_share == 0.25


def test_the_quiet_films_are_what_their_names_say() -> None:
    room = np.random.default_rng(0).integers(60, 200, (360, 640, 3), np.uint8)
    for rolls in (False, True):
        pictures = list(islice(edge_films._quiet(room, rolls=rolls), edge_films.FPS + 1))
        # What is there after a second that was not before.
        change = np.abs(pictures[-1].astype(int) - pictures[0]).max(2) > 30
        assert change.any() == rolls
        assert change.mean() < 0.01


def test_without_data_the_demo_s_film_is_watched() -> None:
    (film,), origin = edge_films.recordings(None)
    picture = next(edge_films.frames(film))
    assert picture.shape == (edge_films.HEIGHT, edge_films.WIDTH, 3)
    assert origin == "the demo's rendered film"


def test_a_table_has_all_figures_and_their_goals() -> None:
    figures = dict.fromkeys(edge._NAMES, 5.0) | {f"stage.{stage}_ms": 0.5 for stage in UNITS}
    for name in ("plain", "plain_x3d_s", "rgb256", "rgb256_x3d_s"):
        figures |= {f"{name}.mmac": 100.0, f"{name}.side": 64.0}
    uplink = ("bytes_per_clip_with_headers", "clips_per_request", "ratio_camera")
    figures |= {f"uplink.{name}": 7.0 for name in uplink}
    point = dict.fromkeys(("cameras", "core_percent", "looked_at", "clips", "dropped_share"), 0.5)
    text = edge.table(
        figures
        | {
            "sweep": [point],
            "runs": {"camera.person_core_percent": 3},
            "machine": "a processor",
            "load": 0.1,
            "versions": {"python": "3.11"},
            "film": "a film",
        }
    )
    for words in edge._NAMES.values():
        assert f"| {words} | " in text
    assert all(f"| {stage} | 0.5 | {unit} |" in text for stage, unit in UNITS.items())
    assert "medians of 3 rounds" in text


def test_a_profile_tells_what_is_done_in_which_library() -> None:
    report = """# Overhead  Shared Object
    40.50%  libavcodec-5e6b81c2.so.62.28.102
    30.25%  [JIT] tid 29530
     9.25%  libpython3.11.so.1.0
     1.00%  libsqlite3.so.0.8.6
"""
    found = [(share, edge_profile.part_of(name)) for share, name in edge_profile.shares(report)]
    assert found == [(40.5, "decoding"), (30.25, "networks"), (9.25, "Python"), (1.0, "other")]
    profile = {"idle": dict.fromkeys(edge_profile.PARTS, 0.25)}
    assert f"| all | {0.25 * len(edge_profile.PARTS):.2f} |" in edge_profile.table(profile)

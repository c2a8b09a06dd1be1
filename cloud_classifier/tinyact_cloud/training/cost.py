"""Measure what a second of one camera costs on one core, recipe by recipe.

All parts run in turn in this one process, as the edge runs them, on made-up pictures: networks take
the same time whatever they see. Processor time is counted, so that other programs hardly matter;
the median of many rounds goes to `<work>/cost.json`, from which `tinyact-train report` draws. With
--recordings whole bundles are measured on these, too (cost_recordings.py).
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import os
from pathlib import Path
import statistics
import time
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_edge.bundle import DEFAULT_BUNDLE, Bundle
from tinyact_edge.clip import draw
from tinyact_edge.encoder import Encoder
from tinyact_edge.figures import figures
from tinyact_edge.person import Light, PoseNetworks
from tinyact_edge.pixel_clip import cut_luma, moving_square, pixel_channels

from .ablate import recipes
from .cost_recordings import measure_recordings
from .examples import SPEC
from .machine import machine
from .options import UserError
from .provenance import code_version
from .recipe import Recipe
from .recipe_files import load_recipe
from .teachers import i3d
from .watch import open_bundle
from .whole_file import write_json

_WARM_UP = 3  # rounds that do not count
_HEIGHT, _WIDTH = 360, 640
# How often a second each part runs for one person who moves.
_LANDMARKS = SPEC.fps
_LOOKS = 1.0
_CLIPS = SPEC.fps / SPEC.hop

# A part to be timed.
_Part = Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Scene:
    """Two seconds of somebody who walks through a made-up room.

    `luma` is uint8 [16, 360, 640], `image` the last frame as uint8 [360, 640, 3], `square` the
    person's place in it (centre x, y, side, turn); `joints` float32 [16, 13, 3] as clip.draw takes.
    """

    luma: NDArray[np.uint8]
    image: NDArray[np.uint8]
    square: tuple[float, float, float, float]
    joints: NDArray[np.float32]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("--repetitions", type=int, default=50, help="rounds over all parts")
    add(
        "--bundle",
        type=Path,
        nargs="+",
        default=[DEFAULT_BUNDLE],
        metavar="FOLDER",
        help="the first one's encoder is timed; all are for --recordings",
    )
    add("--recordings", type=Path, nargs="+", default=[], metavar="VIDEO")


def run(options: argparse.Namespace) -> None:
    """Measure all parts, print what recipes cost and store it. Raises UserError."""
    if options.repetitions < 1:
        raise UserError("--repetitions is 1 or more.")
    # OpenVINO has one thread in the edge's options; here OpenCV has no more, too.
    cv2.setNumThreads(1)
    bundles = [open_bundle(folder) for folder in options.bundle]
    timed = measure(parts(bundles[0], _data(options)), options.repetitions)
    rows = [
        {"name": name, "ms_per_camera_second": sum(used.values()), "parts": used}
        for name, used in costs(timed).items()
    ]
    films: list[Path] = options.recordings
    results: dict[str, Any] = {
        "machine": machine(),
        "clock": "processor time of the process, one thread, median",
        "repetitions": options.repetitions,
        "ms": timed,
        "rows": rows,
        **({"recordings": measure_recordings(bundles, films)} if films else {}),
        "code": code_version(),
    }
    _store(results, options.work / "cost.json")
    for row in rows:
        print(f"{row['name']:<18}{row['ms_per_camera_second']:8.1f} ms a camera-second")  # noqa: T201
    for row in results.get("recordings", {}).get("bundles", ()):
        print(f"{row['name']:<18}{row['ms_per_camera_second']:8.1f} ms a second of recording")  # noqa: T201
    if "teacher" not in timed:
        print(f"The teacher is left out: its weights are not at DATA/{i3d.WEIGHTS}.")  # noqa: T201


def parts(bundle: Bundle, data: Path | None) -> dict[str, _Part]:
    """Return what is to be timed, by name; the teacher only where `data` holds its weights.

    Raises PoseFilesError without pose networks.
    """
    scene, networks, encoder = _scene(), PoseNetworks(), Encoder(bundle)
    light = Light(scene.image)
    body, told = draw(scene.joints, bundle.clip)[None], figures(scene.joints)[None]
    pixels = _pixel_clip(scene.luma)[None]
    found: dict[str, _Part] = {
        # Whether the network believes in the body does not matter: its answer is always used.
        "landmarks": lambda: networks.landmarks(scene.image, scene.square, light, 0.0),
        "detector": lambda: networks.detect(scene.image, light),
        "draw": lambda: draw(scene.joints, bundle.clip),
        "encoder": lambda: encoder.encode(body, told),
        "pixel clip": lambda: _pixel_clip(scene.luma),
        "pixel encoder": lambda: encoder.encode(pixels, told),
        "figures": lambda: figures(scene.joints),
    }
    if data is not None and (data / i3d.WEIGHTS).is_file():
        teacher = i3d.teacher(data)
        shape = (1, teacher.frames, teacher.size, teacher.size, 3)
        film = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        found["teacher"] = lambda: teacher.look(film)
    return found


def measure(found: Mapping[str, _Part], repetitions: int) -> dict[str, float]:
    """Return each part's median milliseconds of processor time; they take turns."""
    took: dict[str, list[float]] = {name: [] for name in found}
    for number in tqdm(range(_WARM_UP + repetitions), desc="rounds", leave=False):
        for name, part in found.items():
            start = time.process_time_ns()
            part()
            if number >= _WARM_UP:
                took[name].append((time.process_time_ns() - start) / 1e6)
    return {name: statistics.median(times) for name, times in took.items()}


def costs(timed: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return, per recipe, milliseconds of each part for a second of a camera, by `timed` parts."""
    person = {
        "landmarks": _LANDMARKS * timed["landmarks"],
        "detector": _LOOKS * timed["detector"],
    }
    seen = person | {"figures": _CLIPS * timed["figures"]}
    body = seen | {"draw": _CLIPS * timed["draw"], "encoder": _CLIPS * timed["encoder"]}
    pixels = {
        "pixel clip": _CLIPS * timed["pixel clip"],
        "pixel encoder": _CLIPS * timed["pixel encoder"],
    }
    views = {
        "hand-made": seen,
        "view-body": body,
        "view-rgb": pixels,
        "view-both": body | pixels,
    }
    if "teacher" in timed:
        views["teacher"] = {"teacher": _CLIPS * timed["teacher"]}
    trained = {
        name: pixels if load_recipe(Recipe, f"ablate-{name}").view == "rgb" else body
        for name in recipes()
        if name not in {*views, "teacher"}
    }
    return trained | views


def _scene() -> _Scene:
    random = np.random.default_rng(0)
    rough = random.integers(60, 200, (9, 16), np.uint8)
    room = np.asarray(cv2.resize(rough, (_WIDTH, _HEIGHT)), np.uint8)
    film, joints = [], []
    for frame in range(SPEC.frames):
        left, swing = 220.0 + 10 * frame, 25 * np.sin(frame / 2)
        body = _walker(left, float(swing))
        picture = room.copy()
        _paint(picture, body)
        film.append(np.clip(picture + random.normal(0, 2, room.shape), 0, 255).astype(np.uint8))
        joints.append(body)
    luma = np.stack(film)
    image = np.repeat(luma[-1][..., None], 3, 2)
    return _Scene(luma, image, (left, 180.0, 300.0, 0.0), np.stack(joints))


def _walker(left: float, swing: float) -> NDArray[np.float32]:
    """Return joints float32 [13, 3] of somebody who stands at `left` and swings arms and legs."""
    places = (
        (0, 90),
        *((-15, 120), (15, 120), (-swing / 2, 155), (swing / 2, 155), (-swing, 185), (swing, 185)),
        *((-10, 190), (10, 190), (swing / 2, 235), (-swing / 2, 235), (swing, 280), (-swing, 280)),
    )
    return np.array([(left + across, down, 1) for across, down in places], np.float32)


def _paint(picture: NDArray[np.uint8], body: NDArray[np.float32]) -> None:
    points = np.rint(body[:, :2]).astype(int).tolist()
    for start, end in ((1, 7), (2, 8), (1, 5), (2, 6), (7, 11), (8, 12)):
        cv2.line(picture, points[start], points[end], 30, 14)
    cv2.circle(picture, points[0], 14, 40, cv2.FILLED)


def _pixel_clip(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    found = moving_square(luma)
    if found is None:
        raise ValueError("nothing moves in the made-up room")
    return pixel_channels(cut_luma(luma, *found, SPEC.height))


def _data(options: argparse.Namespace) -> Path | None:
    """Return the data folder if one is given: only the teacher needs it."""
    chosen = options.data or os.environ.get("TINYACT_DATA")
    return Path(chosen) if chosen else None


def _store(results: Mapping[str, Any], path: Path) -> None:
    write_json(path, results)

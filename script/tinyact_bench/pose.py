"""Tell what the pose networks' quick arithmetic changes, and how small a person they still find.

script/bench pose [--json] [--data DIR] [--videos 40] [--write FILE]. DIR (or TINYACT_DATA) holds UR
Fall; without it the demo's film has to do. Each landmark call of a recording is made three times:
exact (float32), quick (what this processor is given), and exact in a square that lies one pixel
beside, which tells how far landmarks move for nothing. Whole recordings are recognised with both,
and looking at fewer pictures, as the edge does where there is too much to see.
"""

import argparse
from collections.abc import Mapping, Sequence
from importlib.metadata import version
import json
import os
from pathlib import Path
import statistics
import time
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
import openvino as ov

from tinyact_cloud.training.machine import machine
from tinyact_edge import pose_files
from tinyact_edge.bundle import load_bundle
from tinyact_edge.clip import Clip
from tinyact_edge.encoder import OPTIONS, Encoder
from tinyact_edge.person import Light, PersonTracker, PoseNetworks
from tinyact_edge.pipeline import ClipMaker
from tinyact_edge.recognize import Recording, VideoRecognizer
from tinyact_edge.source import rgb
from tinyact_edge.view import BodyClips, View

from .edge_films import HEIGHT, WIDTH, frames, recordings
from .page import fill

_FPS = 8
_SQUARE = 256  # the landmark network's picture
_SHRUNK = (1.0, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15)
_REACH_VIDEOS = 6
_REPEATS = 50
_EVERY = (1, 2, 3, 4, 6, 8)  # of so many pictures one is looked at
_Picture = NDArray[np.uint8]


def main() -> None:
    """Measure and print; fill the table in a page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--data", type=Path, default=os.environ.get("TINYACT_DATA"))
    parser.add_argument("--videos", type=int, default=40, help="at most so many recordings")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a page whose table to fill")
    options = parser.parse_args()
    data = Path(options.data) if options.data else None
    figures = measure(data, options.videos)
    print(json.dumps(figures) if options.json else table(figures))
    if options.write:
        fill(options.write, "pose", table(figures))


def measure(data: Path | None, most: int) -> dict[str, Any]:
    """Return all figures."""
    cv2.setNumThreads(1)
    quick, exact = PoseNetworks(), PoseNetworks(exact=True)
    daily, origin = recordings(data)
    falls = sorted((data / "urfall" / "fall").glob("*-cam0.mp4")) if data else []
    chosen = [*daily[: most // 2], *falls[::2][: most - most // 2]]
    return {
        **_errors(chosen[: most // 4], quick),
        **_labels(chosen, exact, quick),
        "seldom": _seldom(falls[::2][: most - most // 2], quick),
        "reach": _reach(daily[:_REACH_VIDEOS], quick),
        **_times(),
        "videos": len(chosen),
        "film": origin,
        "machine": machine(),
        "openvino": version("openvino"),
    }


def _times() -> dict[str, float]:
    """Return milliseconds of processor time for one body, by what is computed and how."""
    core = ov.Core()
    path = pose_files.find("pose_landmark_full.tflite")
    runs = {}
    for name, (all_of_it, batch, precision) in {
        "all_exact": (True, 1, "f32"),
        "exact": (False, 1, "f32"),
        "quick": (False, 1, "bf16"),
        "quick_four_at_once": (False, 4, "bf16"),
    }.items():
        network = core.read_model(path)
        if not all_of_it:
            network = ov.Model(network.outputs[:2], network.get_parameters(), name)
        network.reshape([batch, _SQUARE, _SQUARE, 3])
        options = OPTIONS | {"INFERENCE_PRECISION_HINT": precision}
        request = core.compile_model(network, "CPU", options).create_infer_request()
        bodies = np.random.default_rng(0).random((batch, _SQUARE, _SQUARE, 3), np.float32)
        runs[name] = (request, bodies)
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(_REPEATS):  # in turns: what else the machine does slows all alike
        for name, (request, bodies) in runs.items():
            began = time.process_time_ns()
            request.infer({0: bodies})
            took[name].append((time.process_time_ns() - began) / 1e6 / len(bodies))
    return {f"ms.{name}": statistics.median(times) for name, times in took.items()}


class _Compared(PoseNetworks):
    """Exact networks that note how others differ from them."""

    def __init__(self, quick: PoseNetworks) -> None:
        super().__init__(exact=True)
        self._quick = quick
        self.moved: list[NDArray[np.float32]] = []  # by the quick ones, pixels of 256, [33]
        self.beside: list[NDArray[np.float32]] = []  # by a square one pixel beside

    def landmarks(self, image: _Picture, roi: Any, light: Light, least: float = 0.5) -> Any:
        found = super().landmarks(image, roi, light, least)
        x, y, side, turn = roi
        step = side / _SQUARE
        other = self._quick.landmarks(image, roi, light, 0.0)
        beside = super().landmarks(image, (x + step, y, side, turn), light, 0.0)
        if found and other and beside:
            for one, moved in ((other, self.moved), (beside, self.beside)):
                moved.append(np.hypot(*(one[0] - found[0])[:, :2].T) / step)
        return found


def _errors(videos: Sequence[Path], quick: PoseNetworks) -> dict[str, float]:
    compared = _Compared(quick)
    for video in videos:
        tracker = PersonTracker(compared)
        for at, image in enumerate(frames(video, _FPS)):
            tracker.update(image, at / _FPS)
    found: dict[str, float] = {"error.calls": len(compared.moved)}
    for name, moved in (("quick", compared.moved), ("beside", compared.beside)):
        p50, p95 = np.percentile(np.concatenate(moved), (50, 95))
        found |= {f"error.{name}_px_p50": float(p50), f"error.{name}_px_p95": float(p95)}
    return found


def _labels(videos: Sequence[Path], exact: PoseNetworks, quick: PoseNetworks) -> dict[str, float]:
    """Compare what whole recordings are taken for; those of falls lie in a folder of that name."""
    by = {"exact": _recognise(videos, exact), "quick": _recognise(videos, quick)}
    same, both, apart = 0, 0, []
    for one, other in zip(by["exact"], by["quick"], strict=True):
        theirs = {round(window.at, 3): window.prediction for window in other.windows}
        for window in one.windows:
            prediction = theirs.get(round(window.at, 3))
            if prediction is None:
                continue
            both += 1
            same += prediction.label == window.prediction.label
            apart.append(
                sum(
                    abs(share - prediction.probabilities[label])
                    for label, share in window.prediction.probabilities.items()
                )
                / 2
            )
    found: dict[str, float] = {
        "labels.windows": both,
        "labels.agree": same / max(both, 1),
        "labels.apart": float(np.mean(apart)) if apart else 0.0,
    }
    for name, seen in by.items():
        fell = [any(a.label == "fall" for a in recording.actions) for recording in seen]
        is_fall = [video.parent.name == "fall" for video in videos]
        hits = [f for f, truth in zip(fell, is_fall, strict=True) if truth]
        alarms = [f for f, truth in zip(fell, is_fall, strict=True) if not truth]
        found |= {
            f"falls.{name}_found": sum(hits),
            f"falls.{name}_false": sum(alarms),
            "falls.there": len(hits),
            "falls.not_there": len(alarms),
        }
    return found


def _seldom(falls: Sequence[Path], networks: PoseNetworks) -> list[dict[str, float]]:
    """Return how many of `falls` are found with so many looks a second."""
    return [
        {
            "looks": _FPS / every,
            "found": sum(
                any(action.label == "fall" for action in recording.actions)
                for recording in _recognise(falls, networks, every)
            ),
        }
        for every in _EVERY
        if falls
    ]


class _Seldom:
    """A clip maker that looks at one of so many pictures."""

    def __init__(self, maker: ClipMaker, every: int) -> None:
        self._maker = maker
        self._every = every
        self._number = 0
        self.miss, self.rest, self.reset = maker.miss, maker.rest, maker.reset
        self.look_closer = maker.look_closer

    def add(self, image: _Picture, at: float) -> list[Clip]:
        self._number += 1
        if (self._number - 1) % self._every == 0:
            return self._maker.add(image, at)
        self.miss(at)
        return []


def _recognise(videos: Sequence[Path], networks: PoseNetworks, every: int = 1) -> list[Recording]:
    bundle = load_bundle()
    view = View(rgb, lambda: _Seldom(BodyClips(PersonTracker(networks), bundle.clip), every))
    recognizer = VideoRecognizer(bundle, view=view, encoder=Encoder(bundle))
    return [recognizer.recognize(video) for video in videos]


def _reach(videos: Sequence[Path], networks: PoseNetworks) -> list[dict[str, float]]:
    """Return in how many pictures people are found who are made smaller, and how high they are."""
    films = [list(frames(video, _FPS)) for video in videos]
    full = _heights(films, 1.0, networks)
    return [
        {
            "scale": scale,
            "body_px": round(float(np.median(full)) * scale, 1),
            "found": round(len(_heights(films, scale, networks)) / max(len(full), 1), 3),
        }
        for scale in _SHRUNK
    ]


def _heights(
    films: Sequence[Sequence[_Picture]], scale: float, networks: PoseNetworks
) -> list[float]:
    """Return how many pixels high each body is that is found in pictures of that scale."""
    heights: list[float] = []
    for film in films:
        tracker = PersonTracker(networks)
        for at, image in enumerate(film):
            people = tracker.update(_shrink(image, scale), at / _FPS)
            heights += [float(np.ptp(person.landmarks[:, 1])) for person in people[:1]]
    return heights


def _shrink(image: _Picture, scale: float) -> _Picture:
    """Return the picture that much smaller, in the middle of a room as large as before."""
    if scale == 1:
        return image
    around = cv2.GaussianBlur(image, (0, 0), 24)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    around[top : top + small.shape[0], left : left + small.shape[1]] = small
    return np.asarray(around, np.uint8)


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures as Markdown."""
    f, reach = figures, figures["reach"]

    def moved(name: str) -> str:
        return f"{f[f'error.{name}_px_p50']:.2f} | {f[f'error.{name}_px_p95']:.2f} |"

    labels = (
        f"Of {f['labels.windows']} windows {f['labels.agree']:.0%} get the same label "
        f"(probabilities {f['labels.apart']:.2f} apart, of 1). Falls found: "
        f"{f['falls.exact_found']} of {f['falls.there']} exact, {f['falls.quick_found']} quick; "
        f"false ones in {f['falls.not_there']} recordings of daily life: "
        f"{f['falls.exact_false']} and {f['falls.quick_false']}."
    )
    times = (
        f"A body takes the landmark network {f['ms.all_exact']:.1f} ms with all that it can tell, "
        f"{f['ms.exact']:.1f} ms with what is used of it, {f['ms.quick']:.1f} ms in bfloat16, and "
        f"{f['ms.quick_four_at_once']:.1f} ms when four are asked for at once."
    )
    seldom = f["seldom"]
    circumstances = (
        f"{f['machine']}; openvino {f['openvino']}; {f['film']} and falls, {f['videos']} "
        f"recordings; errors of {f['error.calls']} calls."
    )
    rows = [
        "| landmarks move, pixels of the network's 256 | p50 | p95 |",
        "|---|---:|---:|",
        f"| quick instead of exact | {moved('quick')}",
        f"| exact, in a square one pixel beside | {moved('beside')}",
        "",
        f"{labels} {times}",
        "",
        f"| body, pixels of {HEIGHT} | " + " | ".join(f"{x['body_px']:.0f}" for x in reach) + " |",
        "|---|" + "---:|" * len(reach),
        "| found, to full size | " + " | ".join(f"{x['found']:.0%}" for x in reach) + " |",
        "",
        "| looks a second | " + " | ".join(f"{x['looks']:.1f}" for x in seldom) + " |",
        "|---|" + "---:|" * len(seldom),
        f"| falls found, of {f['falls.there']} | "
        + " | ".join(f"{x['found']}" for x in seldom)
        + " |",
        "",
        circumstances,
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()

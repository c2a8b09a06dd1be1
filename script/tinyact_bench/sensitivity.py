"""Tell what a camera's sensitivity changes, on real recordings of falls and of daily life.

script/bench sensitivity [--json] [--data DIR] [--bundle DIR] [--write FILE]. DIR (or TINYACT_DATA)
holds UR Fall. Every recording goes through all stages of the edge once, with the bundle that ships
unless another is named; what it then shows is judged anew at each sensitivity.
"""

import argparse
from collections.abc import Sequence
from itertools import count
import json
import os
from pathlib import Path
from typing import Any

from tinyact_cloud.training.prepare import videos
from tinyact_cloud.training.sets import VIDEO_SETS, Truth
from tinyact_cloud.training.watch import Unreadable, watch
from tinyact_edge.bundle import DEFAULT_BUNDLE, Bundle, load_bundle
from tinyact_edge.camera_settings import CameraSettings
from tinyact_edge.recognize import Recording
from tinyact_edge.recognizer import Recognizer, Rules

from .page import fill

_SENSITIVITIES = (25, 50, 75, 100)
_SET, _FALL = "urfall", "fall"


def main() -> None:
    """Measure and print; fill the table in a page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--data", type=Path, default=os.environ.get("TINYACT_DATA"))
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a page whose table to fill")
    options = parser.parse_args()
    if not options.data or not (Path(options.data) / _SET).is_dir():
        raise SystemExit(f"bench: no {_SET} there: give --data FOLDER or set TINYACT_DATA.")
    figures = measure(load_bundle(options.bundle), Path(options.data))
    print(json.dumps(figures) if options.json else table(figures))
    if options.write:
        fill(options.write, "sensitivity", table(figures))


def measure(bundle: Bundle, data: Path) -> dict[str, Any]:
    """Return the figures. A recording of which the truth is not known does not count."""
    judged: list[tuple[Recording, Truth]] = []
    for video, found in watch(bundle, videos(data / _SET)):
        if isinstance(found, Unreadable):
            raise SystemExit(f"bench: {video.name} cannot be read: {found.reason}")
        if truth := VIDEO_SETS[_SET](video, found.seconds, data):
            judged.append((found, truth))
    falls = [each for each in judged if _FALL in each[1].shown]
    daily = [each for each in judged if _FALL not in each[1].possible]
    return {
        "bundle": f"{bundle.name} {bundle.version}",
        "falls": len(falls),
        "daily": len(daily),
        "hours": sum(found.seconds for found, _ in judged) / 3600,
        "rows": [
            {
                "sensitivity": at,
                "falls_found": _shown(falls, bundle, at),
                "daily_with_a_fall": _shown(daily, bundle, at),
                "false_actions": sum(
                    label not in truth.possible
                    for found, truth in judged
                    for label in labels_at(found, bundle, at)
                ),
            }
            for at in _SENSITIVITIES
        ],
    }


def labels_at(found: Recording, bundle: Bundle, sensitivity: int) -> list[str]:
    """Return the labels of the actions that a recording's windows make at a sensitivity."""
    rules = Rules(hop=bundle.clip.hop / bundle.clip.fps)
    recognizer = Recognizer("", bundle.thresholds, count(1), rules)
    recognizer.settings = CameraSettings(sensitivity=sensitivity)
    changes = [change for window in found.windows for change in recognizer.add(window)]
    return [change.label for change in changes if change.ended_at is None]


def _shown(judged: Sequence[tuple[Recording, Truth]], bundle: Bundle, sensitivity: int) -> int:
    """Return in how many recordings a fall is told."""
    return sum(_FALL in labels_at(found, bundle, sensitivity) for found, _ in judged)


def table(figures: dict[str, Any]) -> str:
    """Return the figures in Markdown."""
    found, daily = f"falls found, of {figures['falls']}", figures["daily"]
    told = f"of {daily} recordings of daily life, with a fall"
    lines = [
        f"| sensitivity | {found} | {told} | actions that nobody did, in all |",
        "|---:|---:|---:|---:|",
        *(
            f"| {row['sensitivity']} | {row['falls_found']} | {row['daily_with_a_fall']} |"
            f" {row['false_actions']} |"
            for row in figures["rows"]
        ),
        "",
        f"UR Fall, both cameras, {figures['hours']:.2f} hours; {figures['bundle']}, as it ships.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

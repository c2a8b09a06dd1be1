"""Lay out the videos that a run has not seen, with the times of their falls, for evaluate-events.

`<work>/RUN/unseen` gets links to the videos and `events.csv`. The time of a fall is known of UR
Fall only; videos in which somebody may fall unnoticed are left out.
"""

import argparse
import csv

from .evaluate import unseen_videos
from .options import UserError, data_folder, landmarks_folder, run_folder, run_settings
from .sets import fall_moment

# A fall is over when the person first lies; it began about so many seconds before.
_FALL_SECONDS = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    parser.add_argument("run", help="a trained run with something held out")


def run(options: argparse.Namespace) -> None:
    """Write links and CSV. Raises UserError when there is nothing that the run has not seen."""
    folder = run_folder(options)
    protocol = run_settings(folder)["protocol"]
    data = data_folder(options)
    target = folder / "unseen"
    rows: list[tuple[str, str, str, str]] = []
    for video in unseen_videos(data, landmarks_folder(options), protocol):
        shows = "fall" in video.truth.shown
        if not shows and "fall" in video.truth.possible:
            continue
        link = target / video.path.relative_to(data)
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(video.path.resolve())
        name = link.relative_to(target).as_posix()
        moment = fall_moment(video.path, data) if shows else None
        if moment is None:
            rows.append((name, "", "", ""))
        else:
            rows.append((name, "fall", f"{max(0, moment - _FALL_SECONDS):.2f}", f"{moment:.2f}"))
    if not rows:
        raise UserError(f"{folder} has seen everything: nothing is left to judge it on.")
    with (target / "events.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "label", "start", "end"))
        writer.writerows(rows)
    falls = sum(row[1] == "fall" for row in rows)
    print(f"{target}: {len(rows)} videos, {falls} of them with a fall")  # noqa: T201

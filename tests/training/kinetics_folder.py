"""A folder in Kinetics-400's layout: small videos of squares that move."""

import csv
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

MOVES = {"moving right": (0, 1), "moving_down": (1, 0), "standing still": (0, 0)}


def write_video(path: Path, move: tuple[int, int], seed: int, frames: int = 24) -> None:
    """Write a square on a dim ground that moves two pixels a frame along `move` (down, right)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    ground = rng.integers(0, 60, 3).astype(np.uint8)
    start = rng.integers(2, 8, 2)
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(12))
        stream.width, stream.height, stream.pix_fmt = 96, 72, "yuv420p"
        for number in range(frames):
            image = np.broadcast_to(ground, (72, 96, 3)).copy()
            top, left = start + 2 * number * np.array(move)
            image[top : top + 14, left : left + 14] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def write_kinetics(folder: Path, videos: int = 6, frames: int = 24) -> Path:
    """Write `videos` videos of each of MOVES, a third of them to validate on.

    One class lies flat, two in class folders (with blanks, with underscores). Each list also names
    a video that is not there.
    """
    rows: dict[str, list[list[object]]] = {"train": [], "validate": []}
    for kind, (label, move) in enumerate(MOVES.items()):
        place = {"moving_down": "moving_down", "standing still": ""}.get(label, label)
        for number in range(videos):
            split, where = ("validate", "val") if number % 3 == 2 else ("train", "train")
            youtube_id = f"-id{kind}_{number:02}"
            path = folder / where / place / f"{youtube_id}_000010_000020.mp4"
            write_video(path, move, seed=kind * 100 + number, frames=frames)
            rows[split].append([label, youtube_id, 10, 20, split, 0])
        for split, listed in rows.items():
            listed.append([label, f"gone{kind}", 3, 13, split, 0])
    for split, content in rows.items():
        with (folder / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["label", "youtube_id", "time_start", "time_end", "split", "is_cc"])
            writer.writerows(content)
    return folder

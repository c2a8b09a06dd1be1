"""What each data set shows: bodies over time, and the labels its windows may have.

A window has a *set* of allowed labels, not always one. A clip called "fight" has somebody
fighting in it; an ordinary street scene has people who walk, run or stand, but nobody falls.
Training asks only that the probability of all allowed labels together is high.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache as remember
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyact_edge.clip import JOINTS, body_joints

from .prepare import Sighting, cache_path, videos

LICENCES = {
    "urfall": "CC BY-NC-SA 4.0; Kwolek and Kepski, 2014",
    "arid": "none stated; Xu et al., 2021",
    "ut_interaction": "none stated; Ryoo and Aggarwal, 2009",
    "fight": "MIT (repository; videos from the web): Surveillance Camera Fight",
    "intel": "CC BY 4.0; Intel sample videos",
    "utd_mhad": "research use; Chen et al., 2015",
    "utkinect": "research use; Xia et al., 2012",
    "lafan1_g1": "CC BY-NC-ND 4.0; LAFAN1 (Ubisoft), retargeted by Unitree",
    "precog": "MIT; Jardim",
    "gtu3d": "none stated; Gebze Technical University",
    "penn_action": "research use; Zhang et al., 2013",
    "cad60_p1": "research use; CAD-60",
    "bandai": "CC BY-NC 4.0; Bandai-Namco Research Motion Dataset",
}
LABELS = ("none", "fall", "sit", "stand", "walk", "run", "jump", "fight")
FPS = 8.0

_NONE = frozenset({"none"})
_STILL = frozenset({"none", "walk"})
_DAILY = frozenset({"none", "sit", "stand", "walk"})
_PEACE = frozenset(LABELS) - {"fall", "fight"}

Labelling = Callable[[float, float], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Body:
    """One person's movement at 8 frames a second.

    `joints` is float32 [T, 13, 3]: x, y (pixels, down) and visibility if `flat`, else x, y, z
    (metres, y down, z away from nowhere in particular: the camera is yet to be placed). NaN: not
    seen. `labels(start, end)` tells which labels a window of these seconds may have; None: do not
    use it. No `group` may be on both sides of a split; `clip` is unique. `action` is what a
    captured set itself calls it, "set/name".
    """

    set: str
    clip: str
    group: str
    joints: NDArray[np.float32]
    flat: bool
    labels: Labelling
    action: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about one video.

    `labels` as in Body. Some window of it shows each label in `shown`; no window shows a label
    that is not in `possible`.
    """

    group: str
    labels: Labelling
    shown: frozenset[str]
    possible: frozenset[str]


def load_sets(data: Path, cache: Path) -> Iterator[Body]:
    """Yield every body of every set found under `data`, landmarks of videos from `cache`."""
    for name, video, truth in load_videos(data, cache):
        for person, joints in _people(Sighting.load(cache_path(cache, data, video))):
            clip = f"{name}/{video.stem}/{person}"
            yield Body(name, clip, truth.group, joints, flat=True, labels=truth.labels)
    for name, labels in _SKELETON_SETS.items():
        if (data / "skeletons" / name).is_dir():
            yield from _skeletons(data / "skeletons" / name, labels)
    if (data / "mocap" / "bandai").is_dir():
        yield from _bandai(data / "mocap" / "bandai")


def load_videos(data: Path, cache: Path) -> Iterator[tuple[str, Path, Truth]]:
    """Yield the set, path and truth of every video that `prepare` could read."""
    for name, judge in VIDEO_SETS.items():
        for video in videos(data / name):
            path = cache_path(cache, data, video)
            if path.exists():
                truth = judge(video, Sighting.load(path).frames / FPS, data)
                if truth:
                    yield name, video, truth


def always(*labels: str) -> Labelling:
    """Return the labelling of a clip that shows the same all along."""
    allowed = frozenset(labels)
    return lambda _start, _end: allowed


def around(label: str, moment: float, before: frozenset[str], after: frozenset[str]) -> Labelling:
    """Return the labelling of a clip in which `label` is over at `moment` seconds.

    A window shows it if it holds the second before that moment; windows that cut into it are left
    out.
    """

    def labels(start: float, end: float) -> frozenset[str] | None:
        if start <= moment - 0.8 and end >= moment - 0.2:
            return frozenset({label}) if end <= moment + 1.2 else None
        if end < moment - 0.8:
            return before
        return after if start > moment - 0.1 else None

    return labels


def by_movement(joints: NDArray[np.float32], allowed: frozenset[str]) -> Labelling:
    """Return the labelling of a captured take, in which only some moments show what it is called.

    `joints` is float32 [T, 13, 3] in metres in a world that stands still, y down: how fast the hips
    travel tells standing, walking and running apart, and both feet in the air are a jump. `allowed`
    is what the take as a whole may show.
    """
    hips = joints[:, 7:9].mean(1)[:, ::2]
    above = -joints[..., 1].max(1)
    above = above - np.percentile(above, 5)

    def labels(start: float, end: float) -> frozenset[str] | None:
        first, last = max(0, round(start * FPS)), min(len(hips) - 1, round(end * FPS))
        if last <= first:
            return allowed
        path = np.linalg.norm(np.diff(hips[first : last + 1], axis=0), axis=1).sum()
        speed = path / (last - first) * FPS
        impossible = {
            label
            for label, (slowest, fastest) in _SPEEDS.items()
            if not slowest <= speed <= fastest
        }
        jumps = above[first : last + 1].max() > _JUMP
        impossible |= {"none", "walk", "run"} if jumps and "jump" in allowed else {"jump"}
        return allowed - impossible or None

    return labels


# Metres a second between which a window may show a label; between two labels it may show both.
_SPEEDS = {"none": (0.0, 0.6), "walk": (0.3, 2.2), "run": (1.4, 20.0)}
_JUMP = 0.12  # metres under both feet; a runner's are less
_ROBOT = 1.3  # so many times larger than the robot are people


def _people(sighting: Sighting) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield each person's number and joints over the whole video, float32 [T, 13, 3]."""
    for person in np.unique(sighting.person):
        chosen = sighting.person == person
        joints = np.full((sighting.frames, len(JOINTS), 3), np.nan, np.float32)
        for frame, landmarks in zip(
            sighting.frame[chosen], sighting.landmarks[chosen], strict=True
        ):
            joints[frame] = body_joints(landmarks)
        yield int(person), joints


def _urfall(video: Path, _seconds: float, data: Path) -> Truth | None:
    kind, number, _camera = video.stem.split("-")
    group = f"urfall/{kind}-{number}"
    if kind == "adl":
        return Truth(group, always(*_DAILY), frozenset(), _DAILY)
    moment = fall_moment(video, data)
    if moment is None:
        return None
    labels = around("fall", moment, _DAILY, frozenset({"none", "stand"}))
    return Truth(group, labels, frozenset({"fall"}), _DAILY | {"fall"})


def fall_moment(video: Path, data: Path) -> float | None:
    """Return the second of a UR Fall video in which its person first lies, if that is known.

    The ceiling camera ran along with the front one, whose frames were labelled.
    """
    kind, number, _camera = video.stem.split("-")
    return _fall_moments(data).get(f"{kind}-{number}-cam0")


@remember
def _fall_moments(data: Path) -> dict[str, float]:
    """Return the seconds at which UR Fall's people first lie, by the official frame labels."""
    meta = json.loads((data / "skeletons" / "urfall_coco17" / "meta.json").read_text())
    return {
        Path(clip["file"]).stem: clip["frame_label"].index(1) / 30
        for clip in meta["clips"]
        if clip["label"] == "fall" and 1 in clip["frame_label"]
    }


def _arid(video: Path, _seconds: float, _data: Path) -> Truth:
    split, name = video.parts[-3], video.parent.name.lower()
    group = f"arid/{split}/{video.stem.rsplit('_', 1)[0]}"
    if name == "turn":
        return Truth(group, always(*_STILL), frozenset(), _STILL)
    return Truth(group, always(name), frozenset({name}), frozenset({name}))


def _ut_interaction(video: Path, seconds: float, _data: Path) -> Truth:
    group = f"ut/{video.stem.split('_')[1]}"
    if video.parent.name in {"hand_shaking", "hugging", "pointing"}:
        return Truth(group, always(*_STILL), frozenset(), _STILL)
    either = _STILL | {"fight"}
    labels = around("fight", seconds * 0.6, either, either)
    return Truth(group, labels, frozenset({"fight"}), either)


def _fight(video: Path, _seconds: float, _data: Path) -> Truth:
    group = f"fight/{int(video.stem[-3:]) // 10}"
    if video.parent.name == "fight":
        # Who fights may well fall, and nobody wrote down who does.
        return Truth(group, always("fight"), frozenset({"fight"}), _PEACE | {"fight", "fall"})
    return Truth(group, always(*_PEACE), frozenset(), _PEACE)


def _intel(video: Path, _seconds: float, _data: Path) -> Truth:
    possible = _STILL if video.parent.name in {"walk", "walk_in_out"} else _NONE
    return Truth(f"intel/{video.stem}", always(*possible), frozenset(), possible)


VIDEO_SETS: dict[str, Callable[[Path, float, Path], Truth | None]] = {
    "urfall": _urfall,
    "arid": _arid,
    "ut_interaction": _ut_interaction,
    "fight": _fight,
    "intel": _intel,
}

# Per skeleton set: what its own labels mean to us; everything else in it is "none".
_STRIKES = dict.fromkeys(
    (
        *("side_left_kick", "side_right_kick", "front_right_kick", "front_left_kick"),
        *("right_punch", "left_punch", "back_fist", "elbow_strike"),
    ),
    frozenset({"fight"}),
)
_SKELETON_SETS: dict[str, dict[str, frozenset[str]]] = {
    "utd_mhad": {
        "sit_to_stand": frozenset({"stand"}),
        "stand_to_sit": frozenset({"sit"}),
        "walk": frozenset({"walk"}),
        "jog": frozenset({"run"}),
        "boxing": frozenset({"fight"}),
        "pickup_and_throw": _NONE,
    },
    "utkinect": {
        "sitDown": frozenset({"sit"}),
        "standUp": frozenset({"stand"}),
        "walk": frozenset({"walk"}),
        "carry": frozenset({"walk"}),
    },
    "lafan1_g1": {
        "fall_fast": frozenset({"fall"}),
        "walk": _STILL,
        "run": frozenset({"run", "walk", "none"}),
        "jump": frozenset({"jump", "run", "walk", "none"}),
        "fight": frozenset({"fight", "walk", "none"}),
        "fight_and_sports": frozenset({"fight", "jump", "run", "walk", "none"}),
        "get_up": frozenset({"stand", "none"}),
    },
    "precog": {"idle": frozenset({"none", "fight"}), **_STRIKES},
    "gtu3d": {"walk": _STILL, "eight_step": _STILL, "step_right_left": _STILL},
    "penn_action": {
        "jumping_jacks": frozenset({"jump", "none"}),
        "jump_rope": frozenset({"jump", "none"}),
    },
    "cad60_p1": {},
}
# Joints of the sets under the names of JOINTS; what differs in spelling only is handled below.
_SYNONYMS = {
    "left_hand": "left_wrist",
    "right_hand": "right_wrist",
    "left_foot": "left_ankle",
    "right_foot": "right_ankle",
}
_UP = {"lafan1_g1": "z"}  # the others: y up, in metres


def _skeletons(folder: Path, meanings: dict[str, frozenset[str]]) -> Iterator[Body]:
    meta = json.loads((folder / "meta.json").read_text())
    order = _joint_order(meta["joints"])
    flat = folder.name == "penn_action"
    with np.load(folder / "clips.npz", allow_pickle=False) as clips:
        for clip in meta["clips"]:
            points = clips[clip["id"]].astype(np.float32)[:, order]
            times = (
                (np.array(clip["frame_ids"]) - clip["frame_ids"][0]) / 30
                if "frame_ids" in clip
                else np.arange(len(points)) / (meta["fps"] or 30)
            )
            if flat:
                points[..., 0] *= clip["width"]
                points[..., 1] *= clip["height"]
            elif _UP.get(folder.name) == "z":
                points = np.stack([points[..., 0], -points[..., 2], points[..., 1]], -1)
            else:
                points[..., 1] *= -1
            allowed = meanings.get(clip["label"], _NONE)
            labels = always(*allowed)
            if clip["label"] == "fall_fast":
                labels = around("fall", clip["event"][1] / 30, _STILL, _NONE)
            elif folder.name == "lafan1_g1":
                labels = by_movement(resample(points, times) * _ROBOT, allowed)
            subject = clip["subject"] or ("train" if clip.get("train") == 1 else "test")
            group = f"{folder.name}/{subject}"
            name = f"{folder.name}/{clip['label']}/{clip['id']}"
            action = f"{folder.name}/{clip['label']}"
            yield Body(folder.name, name, group, resample(points, times), flat, labels, action)


def _bandai(folder: Path) -> Iterator[Body]:
    meta = json.loads((folder / "meta.json").read_text())
    names = {
        "Head": "head",
        **{f"UpperArm_{s}": f"{side}_shoulder" for s, side in _SIDES},
        **{f"LowerArm_{s}": f"{side}_elbow" for s, side in _SIDES},
        **{f"Hand_{s}": f"{side}_wrist" for s, side in _SIDES},
        **{f"UpperLeg_{s}": f"{side}_hip" for s, side in _SIDES},
        **{f"LowerLeg_{s}": f"{side}_knee" for s, side in _SIDES},
        **{f"Foot_{s}": f"{side}_ankle" for s, side in _SIDES},
    }
    order = _joint_order([names.get(joint, joint) for joint in meta["joints"]])
    with np.load(folder / "positions_15fps.npz", allow_pickle=False) as clips:
        for clip, content, _style, _frames, fps in meta["clips"]:
            points = clips[clip].astype(np.float32)[:, order] / 100
            points[..., 1] *= -1
            allowed = _STILL if "turn" in content else _BANDAI.get(content, _NONE)
            joints = resample(points, np.arange(len(points)) / fps)
            labels = by_movement(joints, allowed)
            action = f"bandai/{content}"
            yield Body("bandai", f"bandai/{clip}", "bandai", joints, False, labels, action)  # noqa: FBT003


_BANDAI = {
    **dict.fromkeys(("walk", "walk-back", "walk-left", "walk-right"), frozenset({"walk"})),
    **dict.fromkeys(("run", "dash"), frozenset({"run"})),
    **dict.fromkeys(("punch", "kick"), frozenset({"fight"})),
}
_SIDES = (("L", "left"), ("R", "right"))


def _joint_order(names: list[str]) -> list[int]:
    """Return where each of JOINTS is in a set's own list."""
    known = {}
    for index, name in enumerate(names):
        part, _, side = name.rpartition("_")
        plain = f"{side}_{part}" if side in {"left", "right"} else name
        known[plain] = index
    for theirs, ours in _SYNONYMS.items():
        if theirs in known:
            known.setdefault(ours, known[theirs])
    return [known[joint] for joint in JOINTS]


def resample(points: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return `points` [T, J, 3], taken at `times` seconds, at 8 frames a second."""
    grid = np.arange(0, times[-1] + 1e-6, 1 / FPS)
    flat = points.reshape(len(points), -1)
    columns = [np.interp(grid, times, column) for column in flat.T]
    return np.stack(columns, 1).reshape(len(grid), *points.shape[1:]).astype(np.float32)

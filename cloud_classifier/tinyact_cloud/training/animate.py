"""Animate what nobody should have to act: people who fall, and what only looks like it.

A captured movement is taken over at some moment and led into another posture: bone by bone the
direction turns to that of the new posture, a fall ever faster as gravity has it, a person who lies
down slowly and by way of sitting. The body stays on the floor, and its feet or its hips where
they were. Filmed from random cameras (augment.py) this shows far more falls than were ever filmed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
import math

import numpy as np
from numpy.typing import NDArray

from .sets import FPS, Body, Labelling, always, around

Array = NDArray[np.float64]

# Bones as (from, to). Points 0 to 12 are JOINTS, 13 is the middle of the hips, 14 the neck.
_PELVIS, _NECK = 13, 14
_BONES = (
    *((13, 14), (14, 0), (14, 1), (14, 2), (1, 3), (3, 5), (2, 4), (4, 6)),
    *((13, 7), (13, 8), (7, 9), (9, 11), (8, 10), (10, 12)),
)
_SPINE, _HEAD, _ARMS = 0, 1, (4, 5, 6, 7)
_SHOULDERS, _HIPS = (2, 3), (8, 9)
_THIGHS, _SHANKS = (10, 12), (11, 13)
_ANKLES = (11, 12)
_DOWN = np.array([0.0, 1.0, 0.0])
_UP = -_DOWN
_BEFORE, _AFTER = (1.0, 2.5), (2.0, 3.0)  # seconds
_MOST_LEAN = 0.35  # how far the spine may lean, as the sine of the angle


def animate(bodies: Iterable[Body], count: int, seed: int) -> Iterator[Body]:
    """Yield `count` bodies in three dimensions that go on from captured `bodies` into the floor.

    Captured bodies that are flat, too short, or that do not stand are not used. Raises ValueError
    when none is left.
    """
    rng = np.random.default_rng(seed)
    sources = [body for body in bodies if _stands(body)]
    if not sources:
        raise ValueError("no captured body stands: there is nothing to animate")
    kinds: Sequence[_Kind] = (_fall, _fall, _fall, _lie_down, _crouch, _bend, _sit, _jump)
    for number in range(count):
        source = sources[rng.integers(len(sources))]
        kind = kinds[number % len(kinds)]
        joints, labels = kind(_captured(source, rng), rng)
        name = f"animated/{kind.__name__.strip('_')}/{number}"
        yield Body("animated", name, "animated", joints, flat=False, labels=labels)


_Kind = Callable[[Array, np.random.Generator], tuple[NDArray[np.float32], Labelling]]


def _stands(body: Body) -> bool:
    if body.flat or len(body.joints) < FPS or np.isnan(body.joints).any():
        return False
    spine = body.joints[:, 1:3].mean(1) - body.joints[:, 7:9].mean(1)
    lean = np.linalg.norm(spine[:, ::2], axis=1) / np.maximum(np.linalg.norm(spine, axis=1), 1e-6)
    legs = body.joints[:, 11:13, 1].mean(1) - body.joints[:, 7:9, 1].mean(1)
    return bool(lean.max() < _MOST_LEAN and (spine[:, 1] < 0).all() and legs.min() > 0.6)  # noqa: PLR2004


def _captured(body: Body, rng: np.random.Generator) -> Array:
    """Return some seconds of movement, points [T, 15, 3], and its last moment ever after."""
    before = int(rng.uniform(*_BEFORE) * FPS)
    end = int(rng.integers(min(before, len(body.joints) - 1), len(body.joints)))
    joints = body.joints[max(0, end - before) : end + 1].astype(np.float64)
    rest = int(rng.uniform(*_AFTER) * FPS) + int(4 * FPS)
    late = body.joints[end + 1 : end + 1 + rest].astype(np.float64)
    hold = np.repeat((late if len(late) else joints)[-1:], rest - len(late), 0)
    whole = np.concatenate([joints, late, hold])
    neck, pelvis = whole[:, 1:3].mean(1, keepdims=True), whole[:, 7:9].mean(1, keepdims=True)
    return np.concatenate([whole, pelvis, neck], 1)


def _fall(points: Array, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labelling]:
    """Fall to the floor in any direction: toppling, with the knees giving way, off a chair."""
    start, seconds = _start(rng), rng.uniform(0.45, 1.1)
    standing = _directions(points)[_frame(start)]
    goals = [(_lying(standing, rng), start, seconds)]
    if rng.random() < 0.2:  # noqa: PLR2004
        goals.insert(0, (_seated(standing, rng), -1.0, 0.5))
    profile = _faster(rng.uniform(1.4, 3.0))
    joints = _lead(points, goals, profile, rng, anchor=rng.random())
    lies = start + seconds * 1.1
    return joints, around("fall", lies, frozenset({"none", "walk"}), frozenset({"none"}))


def _lie_down(points: Array, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labelling]:
    """Lie down on purpose: crouch or sit first, then lower the trunk."""
    start, first, then = _start(rng), rng.uniform(0.7, 1.6), rng.uniform(0.9, 2.2)
    directions = _directions(points)[_frame(start)]
    low = (_crouching if rng.random() < 0.5 else _seated)(directions, rng)  # noqa: PLR2004
    goals = [(low, start, first), (_lying(directions, rng), start + first * 0.8, then)]
    joints = _lead(points, goals, _gently, rng, anchor=rng.uniform(0.5, 1))
    return joints, always("none", "walk", "sit")


def _crouch(points: Array, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labelling]:
    """Crouch or kneel, and often come up again."""
    start, seconds = _start(rng), rng.uniform(0.4, 1.3)
    directions = _directions(points)[_frame(start)]
    goals = [(_crouching(directions, rng), start, seconds)]
    if rng.random() < 0.6:  # noqa: PLR2004
        goals.append((directions, start + seconds + rng.uniform(0, 1.5), rng.uniform(0.5, 1.3)))
    return _lead(points, goals, _gently, rng, anchor=0.1), always("none", "walk")


def _bend(points: Array, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labelling]:
    """Bend down to something and come up again."""
    start, seconds = _start(rng), rng.uniform(0.4, 1.3)
    directions = _directions(points)[_frame(start)]
    goals = [
        (_bent(directions, rng), start, seconds),
        (directions, start + seconds + rng.uniform(0, 2), rng.uniform(0.5, 1.3)),
    ]
    return _lead(points, goals, _gently, rng, anchor=0.0), always("none", "walk")


def _sit(points: Array, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labelling]:
    """Sit down on a chair, slowly or by dropping into it."""
    start, seconds = _start(rng), rng.uniform(0.4, 1.4)
    goal = _seated(_directions(points)[_frame(start)], rng)
    profile = _gently if rng.random() < 0.5 else _faster(1.5)  # noqa: PLR2004
    joints = _lead(points, [(goal, start, seconds)], profile, rng, anchor=0.2)
    return joints, around("sit", start + seconds, frozenset({"none", "walk"}), frozenset({"none"}))


def _jump(points: Array, rng: np.random.Generator) -> tuple[NDArray[np.float32], Labelling]:
    """Jump on the spot or forwards, one or several times."""
    start, every = _start(rng), rng.uniform(0.5, 1.2)
    directions = _directions(points)[_frame(start)]
    low = directions + (_crouching(directions, rng) - directions) * rng.uniform(0.2, 0.7)
    times = int(rng.integers(1, 5))
    goals = []
    for number in range(times):
        goals.append((_unit(low), start + number * every, every * 0.35))
        goals.append((directions, start + number * every + every * 0.35, every * 0.2))
    joints = _lead(points, goals, _gently, rng, anchor=0.0)
    at = np.arange(len(joints)) / FPS - start
    flight = np.clip((at % every / every - 0.5) * 2, 0, 1) * (at > 0) * (at < times * every)
    height = (every / 2) ** 2 * 9.81 / 8
    joints[..., 1] -= (4 * flight * (1 - flight) * height)[:, None].astype(np.float32)
    over = start + times * every

    def labels(begin: float, end: float) -> frozenset[str] | None:
        inside = min(end, over) - max(begin, start)
        if inside >= min(0.9 * every, 1.2):
            return frozenset({"jump"})
        return frozenset({"none", "walk"}) if inside <= 0.1 else None  # noqa: PLR2004

    return joints, labels


def _start(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.6, 2.4))


def _frame(seconds: float) -> int:
    return round(seconds * FPS)


def _directions(points: Array) -> Array:
    """Return the bones' directions [T, bones, 3], unit vectors."""
    bones = np.stack([points[:, end] - points[:, start] for start, end in _BONES], 1)
    return np.asarray(bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-6))


def _forward(directions: Array) -> Array:
    """Return which way a body faces, horizontally: across its hips."""
    across = directions[_HIPS[1]] - directions[_HIPS[0]]
    ahead = np.cross(across, _UP)
    ahead[1] = 0
    return _unit(ahead)


def _lying(directions: Array, rng: np.random.Generator) -> Array:
    """Return the bones of a body on the floor that was `directions` when it stood."""
    fall = rng.uniform(0, 2 * math.pi)
    tip = _rotation(np.array([math.cos(fall), 0, math.sin(fall)]), rng.normal(math.pi / 2, 0.12))
    goal = directions @ tip.T
    goal = _scatter(goal, (*_ARMS,), rng.uniform(0.2, 1.3), rng)
    goal = _scatter(goal, (*_THIGHS, *_SHANKS), rng.uniform(0.05, 0.9), rng)
    goal = _scatter(goal, (_SPINE, _HEAD), 0.2, rng)
    # A body on the floor rolls as it may, and its limbs sink.
    goal = goal @ _rotation(_unit(goal[_SPINE]), rng.normal(0, 0.6)).T
    goal[:, 1] *= rng.uniform(0.1, 0.5)
    if rng.random() < 0.15:  # noqa: PLR2004 - ends sitting on the floor, or propped up
        goal[_SPINE] = _unit(goal[_SPINE] + _UP * rng.uniform(0.5, 2))
    return _unit(goal)


def _crouching(directions: Array, rng: np.random.Generator) -> Array:
    ahead = _forward(directions)
    goal = directions.copy()
    goal[[_SPINE, _HEAD]] = _unit(_UP + ahead * rng.uniform(0.1, 2.0))
    goal[list(_THIGHS)] = _unit(ahead + _UP * rng.uniform(-0.9, 0.4))
    goal[list(_SHANKS)] = _unit(_DOWN * rng.uniform(0.2, 1) - ahead * rng.uniform(0.2, 1))
    if rng.random() < 0.4:  # noqa: PLR2004 - on one knee
        goal[_THIGHS[0]] = _unit(_DOWN + ahead * 0.2)
        goal[_SHANKS[0]] = _unit(-ahead + _DOWN * 0.1)
    goal[list(_ARMS)] = _unit(ahead + _DOWN * rng.uniform(0.2, 2))
    return _scatter(goal, range(len(_BONES)), 0.15, rng)


def _bent(directions: Array, rng: np.random.Generator) -> Array:
    ahead = _forward(directions)
    goal = directions.copy()
    goal[[_SPINE, _HEAD]] = _unit(ahead + _UP * rng.uniform(-0.6, 1.0))
    goal[list(_THIGHS)] = _unit(_DOWN + ahead * rng.uniform(-0.1, 0.5))
    goal[list(_SHANKS)] = _unit(_DOWN - ahead * rng.uniform(0, 0.4))
    goal[list(_ARMS)] = _unit(_DOWN + ahead * rng.uniform(0, 0.8))
    return _scatter(goal, range(len(_BONES)), 0.12, rng)


def _seated(directions: Array, rng: np.random.Generator) -> Array:
    ahead = _forward(directions)
    goal = directions.copy()
    goal[[_SPINE, _HEAD]] = _unit(_UP + ahead * rng.uniform(-0.4, 0.4))
    goal[list(_THIGHS)] = _unit(ahead + _DOWN * rng.uniform(-0.2, 0.3))
    goal[list(_SHANKS)] = _unit(_DOWN + ahead * rng.uniform(-0.3, 0.4))
    return _scatter(goal, range(len(_BONES)), 0.12, rng)


def _scatter(goal: Array, bones: Iterable[int], much: float, rng: np.random.Generator) -> Array:
    goal = goal.copy()
    chosen = list(bones)
    goal[chosen] = _unit(goal[chosen] + rng.normal(0, much, (len(chosen), 3)))
    return goal


def _faster(power: float) -> Callable[[Array], Array]:
    """Return how far a fall is after a share of its time: ever faster, then at once at rest."""
    return lambda share: np.clip(share, 0, 1) ** power


def _gently(share: Array) -> Array:
    """Return how far a wilful movement is after a share of its time."""
    inside = np.clip(share, 0, 1)
    return np.asarray(inside * inside * (3 - 2 * inside))


def _lead(
    points: Array,
    goals: Sequence[tuple[Array, float, float]],
    profile: Callable[[Array], Array],
    rng: np.random.Generator,
    anchor: float,
) -> NDArray[np.float32]:
    """Lead `points` [T, 15, 3] into postures, each (bones, start, seconds); return joints.

    `anchor` tells what stays in place: the feet (0), the hips (1), or something between.
    """
    length = int((goals[-1][1] + goals[-1][2] + rng.uniform(*_AFTER)) * FPS)
    points = points[:length]
    times = np.arange(len(points)) / FPS
    bones = np.stack([points[:, end] - points[:, start] for start, end in _BONES], 1)
    lengths = np.linalg.norm(bones, axis=-1, keepdims=True).mean(0)
    directions = _directions(points)
    for goal, start, seconds in goals:
        # No two parts of a body move at once.
        lag = np.zeros(len(_BONES))
        lag[[_SPINE, _HEAD, *_SHOULDERS]] = rng.uniform(-0.15, 0.25)
        lag[[*_HIPS, *_THIGHS]] = rng.uniform(-0.15, 0.15)
        lag[list(_SHANKS)] = rng.uniform(-0.1, 0.25)
        lag[list(_ARMS)] = rng.uniform(-0.4, 0.2)
        share = (times[:, None] - start - lag * seconds) / seconds
        directions = _slerp(directions, goal, profile(share)[..., None])
    posed = np.zeros_like(points)
    for (begin, end), bone in zip(_BONES, (directions * lengths).swapaxes(0, 1), strict=True):
        posed[:, end] = posed[:, begin] + bone
    # Where feet and hips were when it began is where they stay; before, they go their own way.
    moved = np.minimum(times, goals[0][1] + rng.uniform(0, 0.6) * goals[0][2])
    feet, hips = posed[:, _ANKLES].mean(1), posed[:, _PELVIS]
    path = np.stack([np.interp(moved, times, axis) for axis in points[:, _PELVIS].T], 1)
    share = _gently((times - goals[0][1]) / goals[0][2])[:, None]
    first = posed[max(0, _frame(goals[0][1])), _ANKLES].mean(0)
    by_feet = path + (hips - feet) + first
    offset = path * (1 - share) + (anchor * path + (1 - anchor) * by_feet) * share
    posed[..., ::2] += offset[:, None, ::2]
    posed[..., 1] -= posed[..., 1].max(1, keepdims=True)
    return posed[:, :13].astype(np.float32)


def _slerp(one: Array, other: Array, share: Array) -> Array:
    """Turn unit vectors `one` to `other` by `share` 0..1 of the angle between them."""
    cosine = np.clip((one * other).sum(-1, keepdims=True), -0.9995, 0.9995)
    angle = np.arccos(cosine)
    mixed = np.sin((1 - share) * angle) * one + np.sin(share * angle) * other
    return _unit(mixed)


def _unit(vectors: Array) -> Array:
    """Return vectors [..., 3] with length 1."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))


def _rotation(axis: Array, angle: float) -> Array:
    """Return the matrix that turns by `angle` radians around a unit vector (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)

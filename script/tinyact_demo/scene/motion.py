"""What the person in the scene does, second by second.

Comes in, sits down on the chair, stands up, walks, collapses, lies, gets up and leaves. Each part
of the pose follows key frames; while walking, arms and legs swing and the feet take steps.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
import math

import numpy as np

from .body import ANKLE_HEIGHT, HIP_HEIGHT, HIP_WIDTH, SIDES, Arm, Foot, Pose, Vector

DURATION = 30.0  # seconds
CHAIR = (1.02, 0.50)  # middle of the seat
CHAIR_YAW = math.radians(-125)
SEAT_HEIGHT = 0.44

Ease = Callable[[float], float]


def _smooth(s: float) -> float:
    """Move as a hand moves that knows its target (minimum jerk; Flash and Hogan, 1985)."""
    return s * s * s * (10 - 15 * s + 6 * s * s)


def _steady(s: float) -> float:
    """Walk: speed up in the first eighth of the way's time, slow down in the last."""
    ramp = 0.125
    top = 1 / (1 - ramp)
    if s < ramp:
        return top * s * s / (2 * ramp)
    if s > 1 - ramp:
        return 1 - top * (1 - s) ** 2 / (2 * ramp)
    return top * (s - ramp / 2)


def _drop(s: float) -> float:
    """Fall: faster and faster, until the floor."""
    return s * s


@dataclass(frozen=True, slots=True)
class _Key:
    """The value of a part at a time, and how it gets there from the key before."""

    time: float
    value: Vector
    ease: Ease


def _keys(
    *keys: tuple[float, tuple[float, ...]] | tuple[float, tuple[float, ...], Ease],
) -> list[_Key]:
    return [_Key(key[0], np.array(key[1]), key[2] if len(key) > 2 else _smooth) for key in keys]


def _degrees(
    *keys: tuple[float, tuple[float, ...]] | tuple[float, tuple[float, ...], Ease],
) -> list[_Key]:
    return [_Key(key.time, np.radians(key.value), key.ease) for key in _keys(*keys)]


def _at(keys: Sequence[_Key], time: float) -> Vector:
    after = bisect_right(keys, time, key=lambda key: key.time)
    if after == 0:
        return keys[0].value
    if after == len(keys):
        return keys[-1].value
    start, end = keys[after - 1], keys[after]
    share = end.ease((time - start.time) / (end.time - start.time))
    return start.value + (end.value - start.value) * share


def _ahead(place: tuple[float, float], distance: float) -> tuple[float, float]:
    """Return the point `distance` metres from `place`, the way the chair faces."""
    return (
        place[0] + distance * math.cos(CHAIR_YAW),
        place[1] + distance * math.sin(CHAIR_YAW),
    )


_BEFORE_CHAIR = _ahead(CHAIR, 0.40)
_SEATED = _ahead(CHAIR, 0.04)
_FALLS = (-0.70, -0.05)
_LIES = (-0.92, -0.05)
_SITTING = SEAT_HEIGHT + 0.10

# Where the pelvis is on the floor plan, and how high.
_PLACE = _keys(
    (0.8, (-3.4, 0.25)), (4.4, _BEFORE_CHAIR, _steady),
    (6.1, _BEFORE_CHAIR), (7.2, _SEATED),
    (11.7, _SEATED), (12.7, _BEFORE_CHAIR),
    (13.2, _BEFORE_CHAIR), (15.2, _FALLS, _steady),
    (15.7, _FALLS), (16.4, _LIES),
    (22.0, _LIES), (23.8, _FALLS),
    (25.4, _FALLS), (28.9, (-3.5, 0.25), _steady),
)  # fmt: skip
_HEIGHT = _keys(
    (6.1, (HIP_HEIGHT,)), (7.2, (_SITTING,)),
    (11.8, (_SITTING,)), (12.8, (HIP_HEIGHT,)),
    (15.6, (HIP_HEIGHT,)), (16.35, (0.16,), _drop),
    (20.8, (0.16,)), (21.7, (0.17,)), (22.8, (0.47,)), (24.2, (HIP_HEIGHT,)),
)  # fmt: skip
# Yaw, pitch and roll of the trunk.
_TRUNK = _degrees(
    (3.9, (0, 0, 0)), (5.4, (-125, 0, 0)),
    (6.0, (-125, 0, 0)), (6.6, (-125, 38, 0)), (7.4, (-125, 6, 0)), (8.0, (-125, -6, 0)),
    (11.4, (-125, -6, 0)), (12.0, (-125, 40, 0)), (12.8, (-125, 2, 0)),
    (13.0, (-125, 0, 0)), (13.8, (-178, 0, 0)), (14.7, (-178, 0, 0)), (15.5, (-100, 4, 2)),
    (15.95, (-100, 14, 10)), (16.45, (-97, 4, 88), _drop), (16.8, (-97, 2, 83)),
    (20.6, (-97, 2, 83)), (21.7, (-95, 18, 34)), (22.8, (-95, 38, 4)), (23.5, (-98, 40, 0)),
    (24.4, (-100, 0, 0)), (25.0, (-100, 0, 0)), (26.0, (-178, 0, 0)),
)  # fmt: skip
# Bend of the chest; nod and look of the head.
_NECK = _degrees(
    (0.8, (3, 4, 0)), (3.2, (3, 4, 0)), (4.4, (3, 10, -20)), (5.8, (3, 6, 0)),
    (6.5, (16, -14, 0)), (7.5, (6, 0, 0)), (8.6, (6, 0, 0)), (9.3, (8, 8, 25)), (10.4, (8, 8, 25)),
    (11.2, (6, 0, -5)), (12.0, (16, -16, 0)), (12.9, (3, 2, 0)),
    (14.8, (3, 4, 0)), (15.5, (10, 16, 0)), (16.4, (14, 6, 0)), (16.9, (18, 12, 0)),
    (20.4, (18, 12, 0)), (21.6, (14, -8, 0)), (22.8, (12, -10, 0)), (24.4, (3, 4, 0)),
)  # fmt: skip
# Flexion, abduction and elbow of each arm; the swing of walking is added.
_HANGS = (2, 6, 14)
_ON_THIGH = (30, 8, 58)
_AT_CHIN = (46, 10, 122)
_PUSHES = (42, 8, 24)
_LEFT_ARM = _degrees(
    (6.0, _HANGS), (6.7, (38, 8, 20)), (7.6, _ON_THIGH),
    (11.4, _ON_THIGH), (12.0, _PUSHES), (12.9, _HANGS),
    (14.9, _HANGS), (15.5, (30, 8, 95)), (16.1, (35, 55, 50)), (16.6, (55, 4, 55)),
    (20.6, (55, 4, 55)), (21.7, (35, 14, 30)), (22.8, (48, 8, 22)), (24.4, _HANGS),
)  # fmt: skip
_RIGHT_ARM = _degrees(
    (6.0, _HANGS), (6.7, (38, 8, 20)), (7.6, _ON_THIGH),
    (8.4, _ON_THIGH), (9.2, _AT_CHIN), (10.3, _AT_CHIN), (11.1, _ON_THIGH),
    (12.0, _PUSHES), (12.9, _HANGS),
    (15.4, _HANGS), (16.1, (30, 60, 20)), (16.6, (95, 12, 40)),
    (20.6, (95, 12, 40)), (21.7, (12, 40, 8)), (22.8, (46, 8, 22)), (24.4, _HANGS),
)  # fmt: skip
# How far each foot follows the key frames below rather than its footholds, and those key frames.
_LEFT_OFF = _keys((16.0, (0,)), (16.6, (1,)), (22.6, (1,)), (23.2, (0,)))
_RIGHT_OFF = _keys((16.0, (0,)), (16.5, (1,)), (23.2, (1,)), (23.8, (0,)))
_LEFT_ANKLE = _keys(
    (16.6, (-0.34, -0.14, 0.17)), (20.8, (-0.34, -0.14, 0.17)), (22.6, (-0.78, 0.36, 0.09)),
)  # fmt: skip
_RIGHT_ANKLE = _keys(
    (16.6, (-0.26, -0.30, 0.07)), (20.8, (-0.26, -0.30, 0.07)), (22.6, (-0.98, 0.36, 0.09)),
)  # fmt: skip

# The times in which the feet walk.
_WALKS = ((0.8, 5.6), (13.1, 15.6), (25.1, 29.2))
_STEP = 0.56  # seconds, about
_SWING = 0.78  # the part of a step in which the foot is in the air
_PUSH_OFF = 0.20  # seconds in which the heel of the foot behind rises


def pose_at(time: float) -> Pose:
    """Return the pose `time` seconds into the scene."""
    yaw, pitch, roll = _at(_TRUNK, time)
    bend, nod, look = _at(_NECK, time)
    stride = _stride(time)
    swing, sway, bob = stride.swing, stride.sway, stride.bob
    place = _at(_PLACE, time) + sway * np.array([-math.sin(yaw), math.cos(yaw)])
    breath = 0.012 * math.sin(2 * math.pi * time / 3.7)
    return Pose(
        pelvis=np.array([*place, _at(_HEIGHT, time)[0] + bob]),
        yaw=yaw - 0.06 * swing,
        pitch=pitch + 0.05 * abs(swing),
        roll=roll,
        bend=bend + breath,
        twist=0.14 * swing,
        nod=nod,
        look=look - 0.08 * swing,
        arms=(
            _arm(_at(_LEFT_ARM, time), -0.42 * swing),
            _arm(_at(_RIGHT_ARM, time), 0.42 * swing),
        ),
        feet=(
            _foot(0, time, _LEFT_OFF, _LEFT_ANKLE),
            _foot(1, time, _RIGHT_OFF, _RIGHT_ANKLE),
        ),
    )


def _arm(angles: Vector, swing: float) -> Arm:
    flexion, abduction, elbow = angles
    return Arm(flexion + swing, abduction, elbow + 0.5 * max(0.0, swing))


@dataclass(frozen=True, slots=True)
class _Stride:
    """What walking adds: swing (1: right leg forward, -1: left), sway to the left and bob (m)."""

    swing: float
    sway: float
    bob: float


def _stride(time: float) -> _Stride:
    for start, end in _WALKS:
        if start <= time <= end:
            steps = round((end - start) / _STEP)
            phase = math.pi * steps * (time - start) / (end - start)
            # Turning on the spot takes small steps.
            speed = _speed(time)
            sway = 0.022 * math.sin(phase) * min(1.0, (time - start) / 0.3, (end - time) / 0.3)
            return _Stride(
                -math.cos(phase) * speed, sway, -speed * (0.012 + 0.014 * math.cos(2 * phase))
            )
    return _Stride(0.0, 0.0, 0.0)


def _speed(time: float) -> float:
    """Return how fast the pelvis moves, 1 at 1.1 m/s."""
    around = 0.1
    moved = _at(_PLACE, time + around) - _at(_PLACE, time - around)
    return min(1.0, float(np.linalg.norm(moved)) / (2 * around) / 1.1)


@dataclass(frozen=True, slots=True)
class _Step:
    """One foot in the air from `lift` to `land`, and its place and yaw (x, y, yaw) after it."""

    lift: float
    land: float
    goal: Vector


@cache
def _steps(side: int) -> list[_Step]:
    """Return the steps of the left (0) or right (1) foot, the first being where it starts."""
    steps = [_Step(-1.0, -0.5, _foothold(side, 0.0))]
    for start, end in _WALKS:
        count = round((end - start) / _STEP)
        length = (end - start) / count
        for number in range(count):
            if number % 2 == side:
                continue
            lift = start + number * length
            land = lift + _SWING * length
            # Where the body will be when it passes over the foot.
            steps.append(_Step(lift, land, _foothold(side, min(end, land + length / 2))))
        # The last step of a walk brings the feet together.
        last = steps[-1]
        steps[-1] = _Step(last.lift, last.land, _foothold(side, end))
    return steps


def _foothold(side: int, time: float) -> Vector:
    x, y = _at(_PLACE, time)
    yaw = _at(_TRUNK, time)[0]
    out = SIDES[side] * HIP_WIDTH
    return np.array([x - out * math.sin(yaw), y + out * math.cos(yaw), yaw + SIDES[side] * 0.12])


def _foot(side: int, time: float, off: Sequence[_Key], ankle: Sequence[_Key]) -> Foot:
    """Return a foot that steps and stands, or, as far as `off` says, is where `ankle` says."""
    planted = _planted(side, time)
    share = float(_at(off, time)[0])
    if share == 0:
        return planted
    place = planted.ankle + share * (_at(ankle, time) - planted.ankle)
    return Foot(place, planted.yaw, planted.pitch, 1 - share)


def _planted(side: int, time: float) -> Foot:
    steps = _steps(side)
    number = bisect_right(steps, time, key=lambda step: step.lift) - 1
    step = steps[number]
    before = steps[max(0, number - 1)].goal
    if time < step.land:
        s = (time - step.lift) / (step.land - step.lift)
        x, y, yaw = before + (step.goal - before) * _smooth(s)
        stride = min(1.0, float(np.linalg.norm(step.goal[:2] - before[:2])))
        height = (
            ANKLE_HEIGHT
            + 0.06 * (1 - s) ** 2 * stride
            + (0.04 + 0.10 * stride) * math.sin(math.pi * s) * (1 - s)
        )
        pitch = stride * _toe_pitch(s)
        return Foot(np.array([x, y, height]), yaw, pitch)
    x, y, yaw = step.goal
    height, pitch = ANKLE_HEIGHT, 0.0
    if number + 1 < len(steps):
        coming = steps[number + 1]
        stride = min(1.0, float(np.linalg.norm(coming.goal[:2] - step.goal[:2])))
        push = max(0.0, 1 - (coming.lift - time) / _PUSH_OFF) ** 2
        height += 0.06 * push * stride
        pitch = 0.55 * push * stride
    return Foot(np.array([x, y, height]), yaw, pitch)


def _toe_pitch(s: float) -> float:
    """Return the pitch in radians of a foot that pushes off (1) and lands on its heel."""
    lands = -0.28
    return 0.55 + (lands - 0.55) * _smooth(min(1.0, 1.4 * s))

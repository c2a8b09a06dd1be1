"""A person's skeleton: from a pose to the places of the joints.

The world is in metres: x to the right of the camera, y away from it, z up. The body's own axes
are x forward, y to its left, z up.
"""

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

HIP_HEIGHT = 0.93  # of someone standing upright
ANKLE_HEIGHT = 0.09
HIP_WIDTH = 0.09  # from the middle, as the next
SHOULDER_WIDTH = 0.18
THIGH, SHIN = 0.43, 0.42
UPPER_ARM, FOREARM, HAND = 0.29, 0.25, 0.10
FOREARM_INWARD = 0.35  # radians
SIDES = (1.0, -1.0)  # left, right


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's angles in radians; all 0 is hanging down."""

    flexion: float
    abduction: float
    elbow: float


@dataclass(frozen=True, slots=True)
class Foot:
    """Where an ankle is and how its foot is held.

    `flat` is 1 for a sole on the floor, 0 for one at right angles to the shin.
    """

    ankle: Vector
    yaw: float
    pitch: float = 0.0
    flat: float = 1.0


@dataclass(frozen=True, slots=True)
class Pose:
    """All that decides where the joints are; angles in radians, (left, right) pairs."""

    pelvis: Vector
    yaw: float
    pitch: float
    roll: float
    bend: float  # of the chest against the pelvis, forward
    twist: float  # of the chest against the pelvis, to the left
    nod: float
    look: float  # of the head, to the left
    arms: tuple[Arm, Arm]
    feet: tuple[Foot, Foot]


@dataclass(frozen=True, slots=True)
class Limb:
    """A leg or an arm: its four points [4, 3] from the trunk outwards."""

    points: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Body:
    """Joints in the world, and the frames of the parts that have a front."""

    pelvis: Vector
    waist: Vector
    chest: Vector
    neck: Vector
    head: Vector
    pelvis_frame: Matrix
    chest_frame: Matrix
    head_frame: Matrix
    arms: tuple[Limb, Limb]  # shoulder, elbow, wrist, fingers
    legs: tuple[Limb, Limb]  # hip, knee, ankle, ball of the foot
    heels: tuple[Vector, Vector]

    @property
    def limbs(self) -> tuple[Limb, ...]:
        """Return arms and legs."""
        return (*self.arms, *self.legs)


def around_x(angle: float) -> Matrix:
    """Return the rotation by `angle` about the forward axis."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def around_y(angle: float) -> Matrix:
    """Return the rotation by `angle` about the axis to the left: forward and down."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def around_z(angle: float) -> Matrix:
    """Return the rotation by `angle` about the vertical: to the left."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def articulate(pose: Pose) -> Body:
    """Return the joints of `pose`; a foot that is out of reach comes as near as the leg lets it."""
    frame = around_z(pose.yaw) @ around_x(pose.roll) @ around_y(pose.pitch)
    chest_frame = frame @ around_z(pose.twist) @ around_y(pose.bend)
    head_frame = chest_frame @ around_z(pose.look) @ around_y(pose.nod)
    waist = pose.pelvis + frame @ (0, 0, 0.12)
    neck = waist + chest_frame @ (0, 0, 0.40)
    legs = tuple(
        _leg(pose.pelvis + frame @ (0, side * HIP_WIDTH, -0.02), frame, foot)
        for side, foot in zip(SIDES, pose.feet, strict=True)
    )
    return Body(
        pelvis=pose.pelvis,
        waist=waist,
        chest=waist + chest_frame @ (0, 0, 0.18),
        neck=neck,
        head=neck + head_frame @ (0.02, 0, 0.17),
        pelvis_frame=frame,
        chest_frame=chest_frame,
        head_frame=head_frame,
        arms=(
            _arm(waist, chest_frame, pose.arms[0], SIDES[0]),
            _arm(waist, chest_frame, pose.arms[1], SIDES[1]),
        ),
        legs=(legs[0][0], legs[1][0]),
        heels=(legs[0][1], legs[1][1]),
    )


def _arm(waist: Vector, chest: Matrix, arm: Arm, side: float) -> Limb:
    upper = chest @ around_y(-arm.flexion) @ around_x(side * arm.abduction)
    lower = upper @ around_z(-side * FOREARM_INWARD) @ around_y(-arm.elbow)
    shoulder = waist + chest @ (0, side * SHOULDER_WIDTH, 0.34)
    elbow = shoulder - UPPER_ARM * upper[:, 2]
    wrist = elbow - FOREARM * lower[:, 2]
    points = np.stack([shoulder, elbow, wrist, wrist - HAND * lower[:, 2]])
    # An arm lies on the floor, not in it.
    points[:, 2] = np.maximum(points[:, 2], 0.04)
    return Limb(points)


def _leg(hip: Vector, frame: Matrix, foot: Foot) -> tuple[Limb, Vector]:
    """Return the leg from `hip` to `foot`, by the law of cosines, and its heel."""
    reach = foot.ankle - hip
    distance = float(np.linalg.norm(reach))
    along = reach / distance
    distance = min(distance, 0.999 * (THIGH + SHIN))
    ankle = hip + along * distance
    heading = np.array([math.cos(foot.yaw), math.sin(foot.yaw), 0.0])
    forward = _across(frame[:, 0] + 0.7 * heading, along)
    cosine = (THIGH**2 + distance**2 - SHIN**2) / (2 * THIGH * distance)
    sine = math.sqrt(max(0.0, 1 - cosine**2))
    knee = hip + THIGH * (cosine * along + sine * forward)
    knee[2] = max(knee[2], 0.06)
    down = foot.flat * np.array([0.0, 0.0, -1.0]) + (1 - foot.flat) * (ankle - knee) / SHIN
    down /= np.linalg.norm(down)
    toes = _across(heading, down)
    toes, down = (
        math.cos(foot.pitch) * toes + math.sin(foot.pitch) * down,
        math.cos(foot.pitch) * down - math.sin(foot.pitch) * toes,
    )
    ball = ankle + 0.17 * toes + 0.055 * down
    return Limb(np.stack([hip, knee, ankle, ball])), ankle - 0.05 * toes + 0.05 * down


def _across(vector: Vector, axis: Vector) -> Vector:
    """Return the unit vector of the part of `vector` at right angles to unit vector `axis`."""
    part = vector - (vector @ axis) * axis
    return np.asarray(part / np.linalg.norm(part))

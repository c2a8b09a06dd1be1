"""Draw a body: limbs as shaded capsules, a trunk, a head with hair and a face."""

import numpy as np

from .body import Body, Limb
from .render import Canvas, Image, Vector

SKIN = np.array([0.80, 0.58, 0.46])
HAIR = np.array([0.17, 0.11, 0.08])
SHIRT = np.array([0.62, 0.20, 0.17])
TROUSERS = np.array([0.16, 0.20, 0.30])
SHOES = np.array([0.10, 0.09, 0.09])

HEAD = (0.098, 0.078, 0.125)  # half axes in metres: forward, left, up


def draw(canvas: Canvas, body: Body) -> None:
    """Draw `body` onto `canvas`."""
    for limb, heel in zip(body.legs, body.heels, strict=True):
        _leg(canvas, limb, heel)
    _trunk(canvas, body)
    for limb in body.arms:
        _arm(canvas, limb)
    _head(canvas, body)


def _leg(canvas: Canvas, limb: Limb, heel: Vector) -> None:
    hip, knee, ankle, ball = limb.points
    canvas.capsule(hip, knee, (0.088, 0.062), TROUSERS)
    canvas.capsule(knee, ankle, (0.060, 0.046), TROUSERS)
    canvas.capsule(heel, ball, (0.042, 0.038), SHOES)
    canvas.capsule(ankle, ball, (0.044, 0.034), SHOES)


def _arm(canvas: Canvas, limb: Limb) -> None:
    shoulder, elbow, wrist, fingers = limb.points
    sleeve = shoulder + 0.75 * (elbow - shoulder)
    canvas.capsule(shoulder, sleeve, (0.064, 0.056), SHIRT)
    canvas.capsule(shoulder, elbow, (0.05, 0.041), SKIN)
    canvas.capsule(elbow, wrist, (0.041, 0.028), SKIN)
    palm = wrist + 0.6 * (fingers - wrist)
    canvas.capsule(wrist, palm, (0.032, 0.038), SKIN)
    canvas.capsule(palm, fingers, (0.036, 0.024), SKIN)


def _trunk(canvas: Canvas, body: Body) -> None:
    pelvis, chest = body.pelvis_frame, body.chest_frame
    canvas.ellipsoid(body.pelvis + pelvis @ (0, 0, 0.0), pelvis, (0.120, 0.165, 0.135), TROUSERS)
    canvas.ellipsoid(body.pelvis + pelvis @ (0, 0, 0.14), pelvis, (0.118, 0.158, 0.150), SHIRT)
    canvas.ellipsoid(body.chest + chest @ (0, 0, 0.03), chest, (0.128, 0.176, 0.230), SHIRT)
    canvas.capsule(body.arms[0].points[0], body.arms[1].points[0], (0.064, 0.064), SHIRT)
    canvas.capsule(body.neck - chest @ (0, 0, 0.06), body.neck, (0.085, 0.055), SHIRT)
    canvas.capsule(body.neck - chest @ (0, 0, 0.02), body.head, (0.050, 0.052), SKIN)


def _head(canvas: Canvas, body: Body) -> None:
    frame = body.head_frame
    canvas.ellipsoid(body.head, frame, HEAD, _face)
    canvas.ellipsoid(body.head + frame @ (-0.022, 0, 0.022), frame, (0.100, 0.086, 0.122), HAIR)
    nose = body.head + frame @ (0.090, 0, 0.0)
    canvas.capsule(
        nose + frame @ (0, 0, 0.02), nose + frame @ (0.014, 0, -0.016), (0.010, 0.015), SKIN
    )
    for side in (1.0, -1.0):
        canvas.ellipsoid(
            body.head + frame @ (-0.004, side * 0.082, -0.01), frame, (0.022, 0.012, 0.034), SKIN
        )


def _face(point: Image) -> Image:
    """Return the colour of each point [h, w, 3] of the unit sphere: x is forward, z up."""
    front, left, up = point[..., 0], np.abs(point[..., 1]), point[..., 2]
    colour = np.broadcast_to(SKIN.astype(np.float32), point.shape).copy()
    facing = front > 0

    def paint(where: Image, tint: tuple[float, float, float]) -> None:
        colour[facing & (where < 1)] = tint

    paint(((left - 0.40) / 0.20) ** 2 + ((up - 0.10) / 0.075) ** 2, (0.92, 0.90, 0.87))
    paint(((left - 0.40) / 0.085) ** 2 + ((up - 0.10) / 0.078) ** 2, (0.10, 0.07, 0.05))
    paint(((left - 0.42) / 0.22) ** 2 + ((up - 0.31) / 0.030) ** 2, (0.22, 0.15, 0.11))
    paint((left / 0.27) ** 2 + ((up + 0.48) / 0.055) ** 2, (0.58, 0.25, 0.23))
    paint(((left - 0.55) / 0.22) ** 2 + ((up + 0.20) / 0.16) ** 2, (0.82, 0.55, 0.45))
    colour[(up > 0.58) & (front > 0)] = HAIR
    return colour

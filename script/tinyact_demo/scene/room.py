"""The room of the scene: a wooden floor, a wall, a rug, a chair and a few things."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .body import Body, around_x, around_y, around_z
from .motion import CHAIR, CHAIR_YAW, SEAT_HEIGHT
from .render import Camera, Canvas, Image, Vector

_LAMP = np.array([-0.45, -0.65, 0.75])  # the way to the light
_SHADOW = np.array([0.20, 0.25, -1.0])  # the way that shadows fall
_SHADOW_SHRINK = 4  # shadows are soft: drawn in a picture this much smaller
_WALL = 2.3  # metres behind the middle of the room
_PLANK = 0.16, 1.4  # metres
_STRAIGHT = np.eye(3)

_PAINT = np.array([0.80, 0.79, 0.73])
_WOOD = np.array([0.66, 0.47, 0.31])
_OAK = np.array([0.52, 0.34, 0.20])
_WHITE = np.array([0.86, 0.84, 0.79])
_POT = np.array([0.78, 0.76, 0.72])
_VASE = np.array([0.30, 0.42, 0.52])

_Segment = tuple[Vector, Vector]


class Room:
    """The room as its camera sees it, 2 m up and 4.5 m away, as a home's camera would."""

    def __init__(self, width: int, height: int, random: np.random.Generator) -> None:
        """Draw the empty room, `width` by `height` pixels."""
        camera = Camera.looking(
            place=np.array([0.0, -4.5, 2.0]),
            target=np.array([-0.15, 0.1, 0.78]),
            focal=0.86 * width,
            width=width,
            height=height,
        )
        self._canvas = Canvas(camera, _LAMP)
        self._surfaces(random)
        self._chair(np.array([*CHAIR, 0.0]))
        self._plant(np.array([2.15, 1.85, 0.0]))
        self._sideboard(np.array([-0.75, 2.05, 0.0]))
        rays = camera.rays()
        self._is_floor = camera.place[2] + self._canvas.depth * rays[..., 2] < 0.02

    def canvas_with_shadow(self, body: Body) -> Canvas:
        """Return a canvas with the room and the shadow of `body`, to draw the body on."""
        canvas = self._canvas.copy()
        limbs = [(limb.points[i], limb.points[i + 1]) for limb in body.limbs for i in range(3)]
        trunk = [(body.pelvis, body.neck), (body.neck, body.head)]
        _cast(canvas, [*limbs, *trunk], softness=0.22, where=self._is_floor)
        return canvas

    def _surfaces(self, random: np.random.Generator) -> None:
        """Paint floor and wall, pixel by pixel."""
        camera = self._canvas.camera
        rays = camera.rays()
        to_wall = (_WALL - camera.place[1]) / rays[..., 1]
        with np.errstate(divide="ignore"):
            to_floor = np.where(rays[..., 2] < 0, -camera.place[2] / rays[..., 2], np.inf)
        depth = np.minimum(to_wall, to_floor)
        point = camera.place + depth[..., None] * rays
        floor = _floor(point, random) * _light(point, (-0.8, -0.4, 0.0))[..., None]
        wall = _wall(point) * _light(point, (-1.5, _WALL, 2.1))[..., None]
        self._canvas.image[:] = np.where((to_floor < to_wall)[..., None], floor, wall)
        # A little behind, so that nothing that touches floor or wall sinks in.
        self._canvas.depth[:] = depth + 0.03

    def _chair(self, foot: Vector) -> None:
        draw, turn = self._canvas, around_z(CHAIR_YAW)

        def spot(x: float, y: float, z: float) -> Vector:
            return foot + turn @ (x, y, z)

        _cast(draw, [(spot(-0.2, -0.2, 0.2), spot(0.2, 0.2, 0.2))], softness=0.30)
        for y in (-0.19, 0.19):
            draw.capsule(spot(0.19, y, 0), spot(0.19, y, SEAT_HEIGHT - 0.02), (0.018, 0.020), _OAK)
            draw.capsule(spot(-0.19, y, 0), spot(-0.25, y, 0.92), (0.018, 0.020), _OAK)
        draw.box(spot(0, 0, SEAT_HEIGHT - 0.03), turn, (0.215, 0.215, 0.022), _OAK)
        for height in (0.62, 0.74, 0.86):
            back = turn @ around_y(-0.12)
            draw.box(spot(-0.225, 0, height), back, (0.012, 0.19, 0.030), _OAK)

    def _plant(self, foot: Vector) -> None:
        draw = self._canvas
        _cast(draw, [(foot, foot)], softness=0.28)
        draw.capsule(_by(foot, 0, 0, 0.10), _by(foot, 0, 0, 0.34), (0.13, 0.17), _POT)
        for leaf in range(14):
            turn = around_z(leaf * 2.4) @ around_y(0.35 + 0.10 * (leaf % 5))
            length = 0.34 + 0.05 * (leaf % 4)
            middle = _by(foot, 0, 0, 0.42) + turn[:, 2] * length
            green = np.array([0.16, 0.36 + 0.03 * (leaf % 3), 0.17])
            draw.ellipsoid(middle, turn @ around_x(0.3), (0.020, 0.065, length), green)

    def _sideboard(self, foot: Vector) -> None:
        draw = self._canvas

        def box(
            x: float, y: float, z: float, half: tuple[float, float, float], tint: Vector
        ) -> None:
            draw.box(_by(foot, x, y, z), _STRAIGHT, half, tint)

        _cast(draw, [(_by(foot, -0.6, -0.15, 0.1), _by(foot, 0.6, -0.15, 0.1))], softness=0.30)
        box(0, 0, 0.42, (0.72, 0.20, 0.34), _WHITE)
        box(0, 0, 0.77, (0.75, 0.22, 0.018), _OAK)
        for x in (-0.36, 0.36):
            box(x, -0.205, 0.42, (0.34, 0.008, 0.31), 0.93 * _WHITE)
            box(x, -0.22, 0.60, (0.06, 0.008, 0.010), _OAK)
        draw.capsule(_by(foot, 0.5, 0, 0.80), _by(foot, 0.5, 0, 0.98), (0.06, 0.04), _VASE)
        for book in range(6):
            tint = np.array([0.30 + 0.09 * book, 0.36 - 0.03 * (book % 3), 0.50 - 0.06 * book])
            tall = 0.11 + 0.012 * (book % 3)
            box(-0.5 + 0.055 * book, 0, 0.788 + tall, (0.024, 0.09, tall), tint)


def _by(place: Vector, x: float, y: float, z: float) -> Vector:
    """Return the point that far from `place`."""
    return np.add(place, (x, y, z))


def _light(point: NDArray[np.float64], middle: tuple[float, float, float]) -> Image:
    """Return how bright a surface is: a soft pool of light around `middle`."""
    square = ((point - np.array(middle)) ** 2).sum(-1)
    return np.asarray(0.62 + 0.38 * np.exp(-square / 12), np.float32)


def _floor(point: NDArray[np.float64], random: np.random.Generator) -> Image:
    """Return the colour of each point of the floor: planks, and a rug."""
    x, y = point[..., 0], point[..., 1]
    wide, long = _PLANK
    row = np.floor(y / wide).astype(int) % 64
    along = x + random.uniform(0, long, 64)[row]
    plank = np.floor(along / long).astype(int)
    grain = 0.03 * np.sin(90 * y + 5 * np.sin(2.1 * x + row))
    shade = random.uniform(0.86, 1.08, 64)[(row * 7 + plank * 13) % 64] + grain
    gap = np.minimum(y % wide, along % long) < 0.006
    wood = np.where(gap, 0.62 * shade, shade)[..., None] * _WOOD
    out = np.maximum(np.abs(x + 0.55) / 1.25, np.abs(y + 0.25) / 0.62)
    weave = 1 + 0.05 * np.sin(140 * x) * np.sin(140 * y)
    tone = weave * np.where((out > 0.86) & (out < 0.92), 0.82, 0.50)
    rug = tone[..., None] * np.array([0.62, 0.74, 0.80])
    return np.asarray(np.where((out < 1)[..., None], rug, wood), np.float32)


def _wall(point: NDArray[np.float64]) -> Image:
    """Return the colour of each point of the wall: a skirting board, a picture, a window."""
    x, z = point[..., 0], point[..., 2]

    def within(
        middle: tuple[float, float], half_width: float, half_height: float
    ) -> NDArray[np.bool_]:
        return (np.abs(x - middle[0]) < half_width) & (np.abs(z - middle[1]) < half_height)

    colour = np.broadcast_to(_PAINT, point.shape).astype(np.float32)
    colour[z < 0.12] = 0.8 * _PAINT
    colour[z < 0.11] = (0.93, 0.92, 0.88)
    picture = (0.15, 1.72)
    canvas = within(picture, 0.46, 0.29)
    colour[within(picture, 0.50, 0.33)] = (0.25, 0.18, 0.12)
    colour[canvas] = (0.70, 0.80, 0.86)
    colour[canvas & (z < 1.66 + 0.08 * np.sin(5 * x) + 0.03 * np.sin(13 * x))] = (0.46, 0.60, 0.48)
    colour[canvas & (z < 1.56 + 0.05 * np.sin(4 * x + 2))] = (0.33, 0.46, 0.34)
    window = (-2.25, 1.55)
    colour[within(window, 0.61, 0.61)] = (0.95, 0.95, 0.93)
    bars = within(window, 0.02, 1.0) | within(window, 1.0, 0.02)
    colour[within(window, 0.55, 0.55) & ~bars] = (1.05, 1.12, 1.18)
    return colour


def _cast(
    canvas: Canvas,
    segments: Sequence[_Segment],
    *,
    softness: float,
    where: NDArray[np.bool_] | None = None,
) -> None:
    """Darken the floor under `segments`; `softness` in metres, `where` tells the floor's pixels."""
    camera = canvas.camera
    small = camera.width // _SHADOW_SHRINK, camera.height // _SHADOW_SHRINK
    mask = np.zeros(small[::-1], np.float32)
    for segment in segments:
        ends = np.stack(segment)
        ground = camera.project(ends - _SHADOW * ends[:, 2:] / _SHADOW[2])
        a, b = np.rint(ground[:, :2] / _SHADOW_SHRINK).astype(int).tolist()
        width = camera.focal * 0.11 / ground[:, 2].mean() / _SHADOW_SHRINK
        cv2.line(mask, a, b, 1.0, max(1, round(width)), cv2.LINE_AA)
    blurred = cv2.GaussianBlur(mask, (0, 0), camera.focal * softness / 15 / _SHADOW_SHRINK)
    dark = 0.55 * cv2.resize(blurred, (camera.width, camera.height))
    rows = np.flatnonzero(dark.max(1) > 0.003)
    if not len(rows):
        return
    band = slice(rows[0], rows[-1] + 1)
    factor = 1 - dark[band] if where is None else np.where(where[band], 1 - dark[band], 1)
    canvas.image[band] *= np.asarray(factor, np.float32)[..., None]

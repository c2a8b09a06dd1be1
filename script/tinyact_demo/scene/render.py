"""Draw solids into a picture: a pinhole camera, one light, a depth buffer.

Colours are linear-looking RGB in 0..1; nothing here is physically exact, only plausible.
"""

from collections.abc import Callable
from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Image = NDArray[np.float32]

_SKY = 0.42  # the light that comes from everywhere
_LAMP = 0.75


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera: place in metres, picture in pixels."""

    place: Vector
    right: Vector
    down: Vector
    forward: Vector
    focal: float
    width: int
    height: int

    @classmethod
    def looking(
        cls, place: Vector, target: Vector, focal: float, width: int, height: int
    ) -> "Camera":
        """Return a level camera at `place` with `target` in the middle; `focal` in pixels."""
        forward = (target - place) / np.linalg.norm(target - place)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        return cls(place, right, np.cross(forward, right), forward, focal, width, height)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x, y (pixels) and depth (metres) of world points [..., 3]."""
        seen = (points - self.place) @ np.stack([self.right, self.down, self.forward]).T
        depth = np.maximum(seen[..., 2], 0.05)
        return np.stack(
            [
                self.width / 2 + self.focal * seen[..., 0] / depth,
                self.height / 2 + self.focal * seen[..., 1] / depth,
                depth,
            ],
            axis=-1,
        )

    def rays(self, window: "Window | None" = None) -> NDArray[np.float64]:
        """Return the direction, 1 m deep, of each pixel of `window` or of all: [h, w, 3]."""
        window = window or Window(0, 0, self.width, self.height)
        x = (np.arange(window.left, window.right) + 0.5 - self.width / 2) / self.focal
        y = (np.arange(window.top, window.bottom) + 0.5 - self.height / 2) / self.focal
        return self.forward + x[None, :, None] * self.right + y[:, None, None] * self.down


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the picture, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> tuple[slice, slice]:
        """Return the rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class Canvas:
    """A picture float32 [H, W, 3] and the depth of each pixel in metres."""

    def __init__(self, camera: Camera, light: Vector) -> None:
        """Start with nothing in front of `camera`; `light` points to the lamp."""
        self.camera = camera
        self.light = light / np.linalg.norm(light)
        self.image: Image = np.zeros((camera.height, camera.width, 3), np.float32)
        self.depth: Image = np.full((camera.height, camera.width), np.inf, np.float32)

    def copy(self) -> "Canvas":
        """Return a canvas that can be drawn over."""
        other = Canvas(self.camera, self.light)
        other.image, other.depth = self.image.copy(), self.depth.copy()
        return other

    def _window(self, points: NDArray[np.float64], radius: float) -> Window | None:
        """Return the window that shows spheres of `radius` around world `points`."""
        seen = self.camera.project(points)
        margin = self.camera.focal * radius / seen[:, 2] + 1
        window = Window(
            max(0, math.floor((seen[:, 0] - margin).min())),
            max(0, math.floor((seen[:, 1] - margin).min())),
            min(self.camera.width, math.ceil((seen[:, 0] + margin).max())),
            min(self.camera.height, math.ceil((seen[:, 1] + margin).max())),
        )
        return window if window.left < window.right and window.top < window.bottom else None

    def _put(
        self, window: Window, hit: NDArray[np.bool_], depth: Image, colour: Image, normal: Image
    ) -> None:
        """Shade the pixels of `window` that `hit` and are nearest so far."""
        nearest = hit & (depth < self.depth[window.area])
        if not nearest.any():
            return
        lit = _SKY * (0.75 + 0.25 * normal[..., 2]) + _LAMP * np.clip(
            0.25 + 0.75 * (normal @ self.light.astype(np.float32)), 0, 1
        )
        self.image[window.area][nearest] = (colour * lit[..., None])[nearest]
        self.depth[window.area][nearest] = depth[nearest]

    def capsule(
        self, start: Vector, end: Vector, radii: tuple[float, float], colour: Vector
    ) -> None:
        """Draw a limb: a cone with round ends from `start` to `end`."""
        window = self._window(np.stack([start, end]), max(radii))
        if window is None:
            return
        camera = self.camera
        a, b = camera.project(np.stack([start, end]))
        scale = camera.focal
        size_a, size_b = radii[0] * scale / a[2], radii[1] * scale / b[2]
        x = np.arange(window.left, window.right, dtype=np.float32) + np.float32(0.5 - a[0])
        y = (np.arange(window.top, window.bottom, dtype=np.float32) + np.float32(0.5 - a[1]))[
            :, None
        ]
        along = (b - a)[:2].astype(np.float32)
        length = max(float(along @ along), 1e-6)
        t = np.clip((x * along[0] + y * along[1]) / np.float32(length), 0, 1)
        size = size_a + (size_b - size_a) * t
        across_x = (x - t * along[0]) / size
        across_y = (y - t * along[1]) / size
        square = across_x**2 + across_y**2
        towards = np.sqrt(np.maximum(1 - square, 0))
        normal = (
            across_x[..., None] * camera.right.astype(np.float32)
            + across_y[..., None] * camera.down.astype(np.float32)
            - towards[..., None] * camera.forward.astype(np.float32)
        )
        radius = radii[0] + (radii[1] - radii[0]) * t
        depth = (a[2] + (b[2] - a[2]) * t - radius * towards).astype(np.float32)
        self._put(window, square <= 1, depth, np.asarray(colour, np.float32), normal)

    def ellipsoid(
        self,
        centre: Vector,
        frame: Matrix,
        half_axes: tuple[float, float, float],
        colour: Vector | Callable[[Image], Image],
    ) -> None:
        """Draw an ellipsoid; `colour` may depend on the point of the unit sphere [h, w, 3]."""
        window = self._window(centre[None], max(half_axes))
        if window is None:
            return
        into = (frame / np.array(half_axes)).T
        origin = into @ (self.camera.place - centre)
        rays = self.camera.rays(window) @ into.T
        a = (rays * rays).sum(-1)
        b = rays @ origin
        root = b * b - a * (origin @ origin - 1)
        depth = (-b - np.sqrt(np.maximum(root, 0))) / a
        point = (origin + depth[..., None] * rays).astype(np.float32)
        normal = point @ into.astype(np.float32)
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
        painted = colour(point) if callable(colour) else np.asarray(colour, np.float32)
        self._put(window, root > 0, depth.astype(np.float32), painted, normal)

    def box(
        self, centre: Vector, frame: Matrix, half_axes: tuple[float, float, float], colour: Vector
    ) -> None:
        """Draw a box."""
        half = np.array(half_axes)
        corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
        window = self._window(centre + corners @ frame.T, 0.0)
        if window is None:
            return
        origin = frame.T @ (self.camera.place - centre)
        rays = self.camera.rays(window) @ frame
        rays[rays == 0] = 1e-9
        near = (-np.sign(rays) * half - origin) / rays
        far = (np.sign(rays) * half - origin) / rays
        face = near.argmax(-1)
        depth = near.max(-1)
        sign = -np.take_along_axis(np.sign(rays), face[..., None], -1)
        normal = (frame.T[face] * sign).astype(np.float32)
        hit = (depth < far.min(-1)) & (depth > 0)
        self._put(window, hit, depth.astype(np.float32), np.asarray(colour, np.float32), normal)

"""When the motion gate is open."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tinyact_edge.motion import MotionGate
from tinyact_edge.source import luma

FPS = 20
HOLD = 3.0


class Room:
    """A camera in a room: sensor noise, a lamp, and perhaps something in it."""

    def __init__(self, noise: float = 1.0) -> None:
        self.gate = MotionGate(HOLD)
        self.noise = noise
        self.light = 80.0
        self.at = 0.0
        self._random = np.random.default_rng(0)

    def watch(self, seconds: float, thing: float | None = None, speed: float = 40.0) -> list[bool]:
        """Return whether the gate was open, frame by frame; a `thing` moves across the room."""
        return [self._frame(thing, speed) for _ in range(round(seconds * FPS))]

    def _frame(self, thing: float | None, speed: float) -> bool:
        picture = np.full((90, 160), self.light)
        if thing is not None:
            left = int(20 + self.at * speed) % 140
            picture[30:60, left : left + 12] += thing
        picture += self._random.normal(0, self.noise, picture.shape)
        self.at += 1 / FPS
        return self.gate.update(picture.clip(0, 255).astype(np.uint8), self.at)


@pytest.fixture
def room() -> Room:
    """Return a room that has been quiet until the gate closed."""
    room = Room()
    assert room.watch(HOLD + 2)[-1] is False
    return room


def test_starts_open_for_what_a_stream_begins_with() -> None:
    assert all(Room().watch(HOLD - 0.1))


def test_opens_at_once_when_something_moves(room: Room) -> None:
    assert any(room.watch(0.2, thing=40))


@pytest.mark.parametrize("thing", [15, -15, 120])
def test_sees_things_darker_brighter_and_faint(room: Room, thing: float) -> None:
    assert room.watch(1.0, thing)[-1]


def test_stays_open_while_somebody_lies_still_and_closes_after(room: Room) -> None:
    room.watch(2.0, thing=60)
    lying = room.watch(HOLD + 8, thing=60, speed=0.0)
    assert all(lying[: int(HOLD * FPS)])
    assert not lying[-1]


@pytest.mark.parametrize("noise", [0.3, 3.0, 6.0])
def test_noise_is_no_motion(noise: float) -> None:
    room = Room(noise)
    room.watch(HOLD + 10)
    assert not any(room.watch(5))


def test_a_lamp_does_not_keep_it_open(room: Room) -> None:
    room.light = 160.0
    assert not any(room.watch(2.0))
    assert any(room.watch(1.0, thing=40))


def test_a_slow_dawn_is_no_motion(room: Room) -> None:
    opened = []
    for _ in range(60):
        room.light += 1.0
        opened += room.watch(0.5)
    assert not any(opened)


def test_another_picture_size_starts_anew(room: Room) -> None:
    assert room.gate.update(np.zeros((45, 80), np.uint8), room.at + 1)


def test_key_frames_that_redraw_a_still_room_are_no_movement(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    room = cv2.resize(random.integers(60, 200, (18, 32), np.uint8), (640, 360))
    path = tmp_path / "room.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.bit_rate, stream.gop_size = 300_000, 10
        stream.options = {"preset": "veryfast", "tune": "zerolatency"}
        for _ in range(20 * 8):
            noisy = np.clip(room + random.normal(0, 4, room.shape), 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, "gray")))
        container.mux(stream.encode())
    gate = MotionGate(hold=5.0)
    with av.open(path) as video:
        opened = [
            gate.update(luma(frame), at / 8) for at, frame in enumerate(video.decode(video=0))
        ]
    assert not any(opened[-40:])

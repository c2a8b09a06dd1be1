"""The square around what moves, and what a network sees of it."""

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_edge.bundle import ClipSpec
from tinyact_edge.pixel_clip import (
    PixelClipBuilder,
    cut_luma,
    luma_window,
    moving_square,
    pixel_channels,
)

FRAMES = 16
SPEC = ClipSpec(view="rgb", frames=FRAMES, height=64, width=64, channels=3, fps=8, hop=4)
WALK = tuple((40 + 8 * frame, 60) for frame in range(FRAMES))
FALL = tuple((100 + 10 * min(frame, 5), 40 + 20 * min(frame, 5)) for frame in range(FRAMES))


def _room(
    path: tuple[tuple[int, int], ...] = (),
    *,
    light: float = 1.0,
    noise: float = 1.0,
    size: tuple[int, int] = (240, 320),
    body: tuple[int, int] = (80, 30),
) -> NDArray[np.float64]:
    """A furnished room, [16, h, w], in which a body's upper left corner (x, y) takes a path."""
    random = np.random.default_rng(0)
    height, width = size
    furniture = random.uniform(60, 180, (height // 20, width // 20))
    room = np.repeat(np.kron(furniture, np.ones((20, 20)))[None], FRAMES, 0)
    for frame, (x, y) in zip(room, path, strict=False):
        frame[y : y + body[0], x : x + body[1]] = 220
    return room * light + random.normal(0, noise, room.shape)


def _luma(room: NDArray[np.float64]) -> NDArray[np.uint8]:
    return room.clip(0, 255).astype(np.uint8)


def _found(room: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the square, which must be there."""
    found = moving_square(_luma(room))
    assert found is not None
    (x, y), side = found[0].tolist(), found[1]
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


@pytest.mark.parametrize("light", [1.0, 0.12])
@pytest.mark.parametrize("path", [WALK, FALL])
def test_the_square_holds_the_whole_path(path: tuple[tuple[int, int], ...], light: float) -> None:
    left, top, right, bottom = _found(_room(path, light=light))
    xs, ys = zip(*path, strict=True)
    assert left <= min(xs) + 2
    assert top <= min(ys) + 2
    assert right >= max(xs) + 30 - 2
    assert bottom >= max(ys) + 80 - 2
    assert right - left <= 1.4 * max(max(xs) - min(xs) + 30, max(ys) - min(ys) + 80)


def test_a_larger_picture_gives_the_same_square_in_its_own_pixels() -> None:
    room = _room(WALK)
    large = np.repeat(np.repeat(room, 3, 1), 3, 2)
    np.testing.assert_allclose(_found(large), np.multiply(_found(room), 3), atol=10)


def test_a_hand_that_waves_gives_a_square_that_has_room_for_a_body() -> None:
    hand = tuple((150 + 10 * (frame % 2), 60) for frame in range(FRAMES))
    left, top, right, bottom = _found(_room(hand, body=(16, 16)))
    assert right - left == bottom - top == pytest.approx(0.4 * 240)
    assert left < 150
    assert right > 176


def test_the_square_lies_inside_the_picture() -> None:
    edge = tuple((290, 5 * frame) for frame in range(FRAMES))
    left, top, right, bottom = _found(_room(edge))
    assert min(left, top) > -1e-3
    assert right < 320 + 1e-3
    assert bottom < 240 + 1e-3


@pytest.mark.parametrize("noise", [0.0, 2.0, 8.0])
@pytest.mark.parametrize("light", [1.0, 0.12])
def test_noise_is_no_movement(noise: float, light: float) -> None:
    assert moving_square(_luma(_room(noise=noise, light=light))) is None


def test_specks_and_a_small_clock_do_not_widen_the_square() -> None:
    room = _room(WALK)
    quiet = _found(room)
    random = np.random.default_rng(1)
    specks = random.integers((0, 0, 0), room.shape, (40, 3)).T
    room[tuple(specks)] = 255
    for frame, clock in enumerate(room[:, 4:16, 300:312]):
        clock[:] = 255 * (frame % 2)
    np.testing.assert_allclose(_found(room), quiet, atol=8)


@pytest.mark.parametrize("path", [(), WALK])
@pytest.mark.parametrize("gain", [0.4, 1.3])
def test_light_that_changes_everywhere_is_no_movement(
    path: tuple[tuple[int, int], ...], gain: float
) -> None:
    room = _room(path)
    room[8:] *= gain
    assert moving_square(_luma(room)) is None


def test_who_moves_before_a_camera_that_shakes_is_found() -> None:
    shaken = np.stack([np.roll(frame, at % 3, 1) for at, frame in enumerate(_room(WALK))])
    left, top, right, bottom = _found(shaken)
    assert left < 40
    assert top < 60
    assert right > 190
    assert bottom > 140


def test_a_camera_that_adjusts_a_little_does_not_hide_who_moves() -> None:
    room = _room(WALK)
    adjusted = room * np.linspace(1, 0.95, FRAMES)[:, None, None]
    np.testing.assert_allclose(_found(adjusted), _found(room), atol=8)


def test_a_cut_shows_the_square_and_goes_on_at_the_edges() -> None:
    luma = np.zeros((FRAMES, 60, 80), np.uint8)
    luma[:, :, :40] = np.arange(FRAMES, dtype=np.uint8)[:, None, None] + 10
    luma[:, :, 40:] = 200
    crop = cut_luma(luma, np.array([40, 30], np.float32), 100, 50)
    assert crop.shape == (FRAMES, 50, 50)
    for frame, picture in enumerate(crop):
        assert (picture[:, :25] == frame + 10).all()
        assert (picture[:, 25:] == 200).all()


@pytest.mark.parametrize("size", [16, 64])
def test_a_cut_averages_what_it_shrinks_and_grows_what_is_small(size: int) -> None:
    board = np.indices((64, 64)).sum(0) % 2 * 200
    luma = np.repeat(board[None].astype(np.uint8), FRAMES, 0)
    crop = cut_luma(luma, np.array([32, 32], np.float32), 32, size)
    assert crop.mean() == pytest.approx(100, abs=2)
    if size == 16:
        assert (crop == 100).all()


def test_the_light_of_the_room_does_not_show() -> None:
    bright, dim = (
        pixel_channels(_luma(_room(WALK, light=light, noise=0)[:, 40:168, 40:168]))
        for light in (1.0, 0.3)
    )
    for channel in range(3):
        apart = np.abs(bright[..., channel].astype(int) - dim[..., channel])
        assert np.percentile(apart, 95) < 20


def test_the_channels_show_the_body_and_when_it_comes_and_goes() -> None:
    luma = _luma(_room(((48, 48),) * 4, noise=0, size=(120, 160))[:, :120, :120])
    clip = pixel_channels(luma)
    assert clip.shape == (FRAMES, 120, 120, 3)
    assert clip.dtype == np.uint8
    body = (slice(50, 110), slice(50, 70))
    away, change = clip[..., 1], clip[..., 2]
    assert (away[:4, *body] > 60).all()
    assert (away[4:] == 0).all()
    assert (away[:, :, 100:] == 0).all()
    assert (change[4, *body] < 100).all()
    assert (np.delete(change, 4, 0) == 128).all()


def test_what_appears_brighter_is_above_the_middle_and_what_goes_below() -> None:
    luma = np.full((FRAMES, 32, 32), 80, np.uint8)
    luma[6, 8:24, 8:24] = 160
    change = pixel_channels(luma)[:, 16, 16, 2].astype(int)
    assert change[6] > 250
    assert change[7] < 5
    assert (np.delete(change, (6, 7)) == 128).all()


def test_noise_alone_stays_faint() -> None:
    clip = pixel_channels(_luma(_room(noise=3.0)[:, :64, :64]))
    assert np.percentile(clip[..., 1], 99) < 128
    assert np.percentile(np.abs(clip[..., 2].astype(int) - 128), 99) < 64


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_flat_picture_is_no_fault(level: int) -> None:
    clip = pixel_channels(np.full((FRAMES, 64, 64), level, np.uint8))
    assert (clip == (128, 0, 128)).all()


def _long_walk(frames: int = 24) -> NDArray[np.uint8]:
    """A body that walks to the right for as long as wanted, [frames, 120, 160]."""
    room = np.full((frames, 120, 160), 90, np.uint8)
    for at, frame in enumerate(room):
        frame[40:90, 10 + 4 * at : 30 + 4 * at] = 200
    return room


def test_a_clip_is_due_every_hop_and_shows_what_training_cuts_out() -> None:
    builder, room = PixelClipBuilder(SPEC), _long_walk()
    due = {at: builder.add(frame, at / 8) for at, frame in enumerate(room)}
    assert [at for at, clips in due.items() if clips] == [11, 15, 19, 23]
    (clip,) = due[19]
    assert (clip.person, clip.started_at, clip.at) == (1, 4 / 8, 19 / 8)
    window = room[4:20]
    found = moving_square(window)
    assert found is not None
    np.testing.assert_array_equal(clip.frames, pixel_channels(cut_luma(window, *found, 64)))


def test_a_window_that_is_not_full_yet_begins_at_rest() -> None:
    builder, room = PixelClipBuilder(SPEC), _long_walk(12)
    (clip,) = [clip for at, frame in enumerate(room) for clip in builder.add(frame, at / 8)]
    change = clip.frames[..., 2]
    assert (change[:5] == 128).all()
    assert np.ptp(change[5:], axis=(1, 2)).min() > 100
    np.testing.assert_array_equal(luma_window(list(room), 16)[:5], room[[0] * 5])


def test_while_nothing_moves_no_clip_is_due() -> None:
    builder = PixelClipBuilder(SPEC)
    assert not any(builder.add(frame, at / 8) for at, frame in enumerate(_long_walk()[[0] * 24]))


@pytest.mark.parametrize(("late", "due"), [(2.0, [11, 15, 19, 23]), (5.0, [11, 26])])
def test_what_was_before_a_gap_is_forgotten(late: float, due: list[int]) -> None:
    builder, room = PixelClipBuilder(SPEC), _long_walk(27)
    times = [at / 8 for at in range(15)] + [late + at / 8 for at in range(12)]
    clips = [builder.add(frame, at) for frame, at in zip(room, times, strict=True)]
    assert [at for at, made in enumerate(clips) if made] == due


def test_a_picture_of_another_size_begins_anew() -> None:
    builder, room = PixelClipBuilder(SPEC), _long_walk()
    small = np.ascontiguousarray(room[:, ::2, ::2])
    pictures = [*room[:14], *small[14:], *small[:3]]
    clips = [builder.add(frame, at / 8) for at, frame in enumerate(pictures)]
    assert [at for at, made in enumerate(clips) if made] == [11, 25]

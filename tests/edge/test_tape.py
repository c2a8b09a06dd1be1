"""Clips of what was on the tape: every kind of stream becomes H.264 that can be played."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from tinyact_edge.movie import MovieError, write_movie
from tinyact_edge.tape import Cut, Format, Tape, Unit

from .support import moving_square

FPS = 16
TURN = 5.0  # seconds


def write(path: Path, codec: str, form: str, options: dict[str, str]) -> Path:
    """Write the moving square in any format."""
    with av.open(path, "w", format=form) as container:
        stream = container.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height = 320, 180
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for index in range(round(TURN * FPS)):
            frame = av.VideoFrame.from_ndarray(moving_square(index / FPS), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def recorded(path: Path, turns: int = 2, seconds: float = TURN) -> Tape:
    """Return a tape of a file that is played again and again, from 100 s on."""
    tape = Tape()
    for turn in range(turns):
        with av.open(path) as container:
            stream = container.streams.video[0]
            tape.begin(stream)
            for index, packet in enumerate(container.demux(stream)):
                tape.add(packet, 100 + turn * seconds + index / FPS)
                packet.decode()  # as a camera does; the tape must not have taken it
    return tape


@dataclass
class Played:
    """What a player finds in an MP4."""

    codec: str
    times: list[float]
    brightness: list[int]


def play(path: Path) -> Played:
    with av.open(path) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        bright = [int(np.argmax(frame.to_ndarray(format="gray")[90])) for frame in frames]
        return Played(stream.codec_context.name, [frame.time or 0.0 for frame in frames], bright)


@pytest.mark.parametrize(
    ("codec", "form", "options"),
    [
        ("libx264", "mp4", {"g": "16"}),
        ("libx264", "mpegts", {"g": "16", "bf": "3"}),
        ("libx265", "mp4", {"x265-params": "keyint=16:log-level=error"}),
        ("libx265", "mpegts", {"x265-params": "keyint=16:log-level=error"}),
        ("mjpeg", "avi", {}),
    ],
    ids=["H.264 in MP4", "H.264 with B-frames", "H.265 in MP4", "H.265", "MJPEG"],
)
def test_a_piece_over_the_seam_of_two_turns_plays_through(
    tmp_path: Path, codec: str, form: str, options: dict[str, str]
) -> None:
    tape = recorded(write(tmp_path / f"in.{form}", codec, form, options))
    cut = tape.cut(102.5, 104, 108)
    assert cut
    write_movie(cut, tmp_path / "out.mp4")
    played = play(tmp_path / "out.mp4")
    assert played.codec == "h264"
    # From the key frame at 102 s, or the frame at 102.5 s, to 108 s; H.265 leads in a little.
    assert len(played.times) == pytest.approx(6 * FPS, abs=12)
    steps = np.diff(played.times)
    assert steps.min() > 0
    assert steps.max() < 3 / FPS
    # The square goes on moving, from left to right and back to the start.
    assert len(set(played.brightness)) > 2 * FPS
    # The index comes first: it plays before it is there as a whole.
    assert (tmp_path / "out.mp4").read_bytes().find(b"moov") < 100


def test_a_key_frame_that_is_far_back_makes_the_clip_end_earlier_but_not_too_early(
    tmp_path: Path,
) -> None:
    tape = recorded(write(tmp_path / "in.mp4", "libx264", "mp4", {"g": "1000"}), turns=5)
    whole = tape.cut(104.9, 108, 130)
    assert whole
    assert (whole.units[0].at, whole.units[-1].at) == (100, 115)
    needed = tape.cut(104.9, 118, 130)
    assert needed
    assert needed.units[-1].at == 118


def test_what_is_no_longer_on_the_tape_is_not_shown_by_something_else(tmp_path: Path) -> None:
    tape = recorded(write(tmp_path / "in.mp4", "libx264", "mp4", {"g": "16"}), turns=10)
    assert tape.cut(101, 104, 108) is None
    assert Tape().cut(101, 104, 108) is None


def test_old_groups_are_forgotten_whole(tmp_path: Path) -> None:
    tape = recorded(write(tmp_path / "in.mp4", "libx264", "mp4", {"g": "16"}), turns=10)
    cut = tape.cut(0, 1000, 1000)
    assert cut
    assert cut.units[0].is_key
    # Twenty seconds before the last packet at 150 s, and the group that was not over then.
    assert 128 <= cut.units[0].at <= 130


def test_a_tape_is_never_larger_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "in.mp4", "libx264", "mp4", {"g": "16"})
    monkeypatch.setattr("tinyact_edge.tape._MOST_BYTES", 4000)
    cut = recorded(path).cut(0, 1000, 1000)
    assert cut
    assert cut.units[0].is_key
    assert sum(len(unit.content) for unit in cut.units) <= 4000


def test_another_format_begins_anew(tmp_path: Path) -> None:
    tape = recorded(write(tmp_path / "in.mp4", "libx264", "mp4", {"g": "16"}), turns=1)
    with av.open(write(tmp_path / "in.avi", "mjpeg", "avi", {})) as container:
        tape.begin(container.streams.video[0])
    assert tape.cut(0, 1000, 1000) is None


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_garbage_is_no_movie(tmp_path: Path, codec: str) -> None:
    units = [Unit(at, at, at, is_key=True, content=b"garbage" * 99) for at in (0.0, 0.1, 0.2, 0.3)]
    with pytest.raises(MovieError):
        write_movie(Cut(Format(codec, b"", 320, 180), units), tmp_path / "out.mp4")


@pytest.mark.parametrize(("codec", "form"), [("libx264", "mp4"), ("mjpeg", "avi")])
def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path, codec: str, form: str) -> None:
    cut = recorded(write(tmp_path / "in", codec, form, {})).cut(102, 104, 108)
    assert cut
    with pytest.raises(OSError, match="No space left"):
        write_movie(cut, Path("/dev/full"))

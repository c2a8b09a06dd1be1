"""Make an MP4 of a piece of tape that every browser plays: H.264, its index at the start."""

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.codec import CodecContext
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from .tape import Cut, Unit

if TYPE_CHECKING:
    from av.stream import Stream

_CLOCK = Fraction(1, 90_000)
_LONGEST = 1280
_ENCODER = {"preset": "veryfast", "crf": "26"}


class MovieError(Exception):
    """A piece of tape that no video can be made of; the message says why."""


def write_movie(cut: Cut, path: Path) -> None:
    """Write `cut` to `path`. Raises MovieError if nothing can be made of it, or OSError.

    A camera's own H.264 is taken over as it is; anything else is decoded and encoded anew.
    """
    try:
        with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as container:
            if cut.format.codec == "h264":
                _remux(cut, container)
            else:
                _encode(cut, container)
    except (av.error.InvalidDataError, av.error.ArgumentError) as error:
        raise MovieError("its video is damaged") from error
    except av.error.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


def _remux(cut: Cut, container: OutputContainer) -> None:
    # FFmpeg reads from the beginning of the stream what an MP4 says of it.
    beginning = BytesIO(cut.format.headers + cut.units[0].content)
    with av.open(beginning, format="h264") as probe:
        stream = container.add_stream_from_template(probe.streams.video[0], opaque=True)
        stream.time_base = _CLOCK
        for packet in _packets(cut.units):
            packet.stream = stream
            container.mux(packet)


def _encode(cut: Cut, container: OutputContainer) -> None:
    stream = None
    last = -1
    for frame in _frames(cut):
        # At a seam pictures may overtake each other.
        if frame.pts is None or frame.pts <= last:
            continue
        last = frame.pts
        if stream is None:
            stream = container.add_stream("libx264", options=_ENCODER)
            scale = min(1.0, _LONGEST / max(frame.width, frame.height))
            # 4:2:0 has one colour for each two rows and columns.
            stream.width = max(2, round(frame.width * scale / 2) * 2)
            stream.height = max(2, round(frame.height * scale / 2) * 2)
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = _CLOCK
        container.mux(stream.encode(frame))
    if stream is None:
        raise MovieError("nothing of its video can be decoded")
    container.mux(stream.encode())


def _frames(cut: Cut) -> Iterator[VideoFrame]:
    decoder = CodecContext.create(cut.format.codec, "r")
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101 (its codec is a video's)
    decoder.extradata = cut.format.headers or None
    for packet in [*_packets(cut.units), None]:
        try:
            yield from decoder.decode(packet)
        except av.error.InvalidDataError:
            continue  # one damaged picture more or less


def _packets(units: list[Unit]) -> Iterator["Packet[Stream]"]:
    start = units[0].decoded_at
    for unit in units:
        packet = Packet(unit.content)
        packet.time_base = _CLOCK
        packet.dts = round((unit.decoded_at - start) / _CLOCK)
        packet.pts = round((unit.shown_at - start) / _CLOCK)
        packet.is_keyframe = unit.is_key
        yield packet

"""Open a camera's stream or a video file and read its pictures, with PyAV.

What a source is allowed to reach is pinned: a stream's playlist or description must not make the
edge read local files, and a file must not make it talk to the network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from av.video.stream import VideoStream
import cv2
import numpy as np
from numpy.typing import NDArray

from .tape import Tape

if TYPE_CHECKING:
    from av.packet import Packet  # generic for type checkers only

_CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,h264,hevc,mjpeg,mpegvideo,m4v"
_STREAM_FORMATS = {
    "rtsp": "rtsp,sdp,rtp,mpegts",
    "http": f"{_CONTAINERS},hls,mpjpeg",
}
_STREAM_PROTOCOLS = {
    "rtsp": "rtsp,rtsps,rtp,tcp,tls,udp",
    "http": "http,https,httpproxy,tcp,tls,crypto",
}
_RTSP = {
    # Few cameras refuse TCP.
    "rtsp_transport": "tcp+udp",
    "rtsp_flags": "prefer_tcp",
    # Sound is not even asked for.
    "allowed_media_types": "video",
    # The rate of a stream is nothing that its first second need be spent on.
    "fpsprobesize": "0",
}
_SCHEMES = {"rtsp": "rtsp", "rtsps": "rtsp", "http": "http", "https": "http"}
LOOP_PREFIX = "loop:"

# 8K: a larger picture is an attack on memory rather than a camera.
_MAX_PIXELS = 7680 * 4320
_MAX_DAMAGED_IN_A_ROW = 250
# What comes in the middle of a live stream cannot be shown before the next key frame, which may be
# 20 seconds away.
_BLIND_SECONDS = 30.0
# A packet that was longer in coming had not been there yet. At 60 frames a second one comes every
# 17 ms.
_WAITED_SECONDS = 0.008
_LUMA_WIDTH = 160
# Of the square that moves, 64 pixels are left: more than these in the picture are work for nothing.
_GRAY_LONGEST = 640
# Black is 16 in video, and white 235 (ITU-R BT.601, 2.5.3).
_STRETCH = np.rint((np.arange(256) - 16).clip(0, 219) * (255 / 219)).astype(np.uint8)
_ASSUMED_RATE = 25.0
# A file that ends this much before its stated end has lost its rest.
_TRUNCATED_SECONDS = 1.0
_NO_TIMESTAMPS = 0x80  # AVFMT_NOTIMESTAMPS
_UNDECODABLE = "holds no picture that can be decoded"


class Reason(StrEnum):
    """Why a camera is unavailable (docs/edge-api.md)."""

    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    NOT_VIDEO = "not_video"
    FROZEN = "frozen"
    ENDED = "ended"


class SourceError(Exception):
    """A source that cannot be read; the message is for people and never holds the address."""

    def __init__(self, reason: Reason, message: str) -> None:
        """Say it in a contract's word and in words for people."""
        super().__init__(message)
        self.reason = reason


class Kind(Enum):
    """How a source plays."""

    LIVE = "live"
    FILE = "file"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures come from. The location may hold a password: it is never printed."""

    kind: Kind
    location: str = field(repr=False)

    @property
    def text(self) -> str:
        """Return what `parse_source` makes this source of; it may hold a password."""
        return (LOOP_PREFIX if self.kind is Kind.LOOP else "") + self.location

    @property
    def arrives_in_time(self) -> bool:
        """Tell whether frames come as they are captured, rather than when they are asked for."""
        return self.kind is Kind.LIVE and self._family == "rtsp"

    @property
    def options(self) -> dict[str, str]:
        """Return FFmpeg's options that confine the source to what it needs."""
        if self.kind is not Kind.LIVE:
            return {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
        return {
            "protocol_whitelist": _STREAM_PROTOCOLS[self._family],
            "format_whitelist": _STREAM_FORMATS[self._family],
            **(_RTSP if self._family == "rtsp" else {}),
        }

    @property
    def _family(self) -> str:
        return _SCHEMES[urlsplit(self.location).scheme.lower()]


def parse_source(text: str) -> Source:
    """Return the source that `text` names: a stream's URL, a file, or loop:FILE.

    Raises ValueError, in words for people and without the text itself, for anything else.
    """
    text = text.strip()
    if not text or re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("is empty or holds control characters")
    if text.startswith(LOOP_PREFIX):
        return Source(Kind.LOOP, text.removeprefix(LOOP_PREFIX))
    if "://" not in text:
        return Source(Kind.FILE, text)
    try:
        url = urlsplit(text)
        usable = url.scheme.lower() in _SCHEMES and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable or " " in text:
        raise ValueError(
            "is no usable address; allowed are rtsp://, rtsps://, http:// and https:// with a host"
            " (special characters in a password as %XX), a file, or loop:FILE"
        )
    return Source(Kind.LIVE, text)


class Video:
    """An open source: iterate over `frames` once."""

    def __init__(self, container: InputContainer, stream: VideoStream, kind: Kind) -> None:
        """Read `stream` of `container`."""
        self._container = container
        self._stream = stream
        self._kind = kind
        self._last_at = 0.0
        self._tape: Tape | None = None
        self._catching_up = False
        self._drained = False
        self._skipping = False
        self._rests_until = 0.0
        self.skipped = 0  # packets left out to catch up
        self.damaged = 0  # packets that could not be decoded
        self.seconds = 0.0  # end of a file's last frame read, counted from its first

    def frames(self) -> Iterator[tuple[VideoFrame, float | None]]:
        """Yield each frame with its time in seconds from the first.

        The time is None where a live stream states none; in a file it never falls. Raises
        SourceError when the source fails, or holds nothing that can be decoded.
        """
        first: float | None = None
        yielded = False
        # FFmpeg makes up time stamps where a format has none.
        untimed = bool(self._container.format.flags & _NO_TIMESTAMPS)
        for frame in self._decoded():
            at = None if untimed else frame.time
            if at is not None:
                first = at if first is None else first
                at -= first
            if self._kind is not Kind.LIVE:
                at = self._last_at = max(self.seconds if at is None else at, self._last_at)
                self.seconds = at + self._length(frame)
            yielded = True
            yield frame, at
        if not yielded:
            raise SourceError(Reason.NOT_VIDEO, _UNDECODABLE)

    def record(self, tape: Tape | None) -> None:
        """Record what comes from now on, compressed as it is; None records nothing."""
        if tape is not self._tape:
            self._tape = tape
            if tape:
                tape.begin(self._stream)

    def catch_up(self, rest: float = 0.0) -> None:
        """Leave undecoded what has piled up of a live stream; go on with the next key frame.

        Nothing is left out if nothing has. With a `rest`, what comes in so many seconds is, too.
        """
        self._catching_up = True
        self._drained, self._skipping = False, rest > 0
        self._rests_until = time.monotonic() + rest

    @property
    def rate(self) -> float:
        """Return the frames a second that the stream states."""
        return float(self._stream.average_rate or _ASSUMED_RATE)

    @property
    def stated_seconds(self) -> float | None:
        """Return how long the video says it is, or None."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        if stated := _clock_seconds(self._stream.metadata.get("DURATION", "")):
            return stated
        if self._container.duration and len(self._container.streams) == 1:
            return self._container.duration / av.time_base
        return None

    @property
    def is_truncated(self) -> bool:
        """Tell, once all frames are read, whether the video said that it was longer."""
        stated = self.stated_seconds
        return stated is not None and stated - self.seconds > _TRUNCATED_SECONDS

    def _decoded(self) -> Iterator[VideoFrame]:
        in_a_row = 0
        shown_at = time.monotonic()
        with _in_words():
            for packet in self._packets():
                try:
                    frames = packet.decode()
                except av.error.FFmpegError:
                    frames = []
                    self.damaged += 1
                    in_a_row += 1
                for frame in frames:
                    if isinstance(frame, VideoFrame):
                        yield frame
                if frames:
                    in_a_row = 0
                    shown_at = time.monotonic()
                elif self._is_hopeless(in_a_row, shown_at):
                    raise SourceError(Reason.NOT_VIDEO, _UNDECODABLE)

    def _packets(self) -> Iterator["Packet[VideoStream]"]:
        packets = self._container.demux(self._stream)
        while True:
            asked_at = time.monotonic()
            packet = next(packets, None)
            if packet is None:
                return
            if self._tape:
                self._tape.add(packet, time.monotonic())
            if not (self._catching_up and self._leaves_out(packet, time.monotonic() - asked_at)):
                yield packet

    def _leaves_out(self, packet: "Packet[VideoStream]", waited: float) -> bool:
        """Tell whether to leave out a packet that took `waited` seconds to come, to catch up."""
        now = time.monotonic()
        self._drained |= waited > _WAITED_SECONDS and now >= self._rests_until
        # Some cameras send no key frames, but a part of one with every frame.
        is_whole = packet.is_keyframe or now - self._rests_until > _BLIND_SECONDS
        if self._drained and (is_whole or not self._skipping):
            self._catching_up = False
        else:
            self._skipping = True
            self.skipped += 1
        return self._catching_up

    def _is_hopeless(self, damaged_in_a_row: int, shown_at: float) -> bool:
        """Tell whether the next picture has been waited for long enough."""
        if self._kind is Kind.LIVE:
            return time.monotonic() - shown_at > _BLIND_SECONDS
        return damaged_in_a_row > _MAX_DAMAGED_IN_A_ROW

    def _length(self, frame: VideoFrame) -> float:
        if frame.duration and frame.time_base:
            return float(frame.duration * frame.time_base)
        return 1 / self.rate


@contextmanager
def open_video(
    source: Source, open_timeout: float = 10.0, read_timeout: float = 10.0
) -> Iterator[Video]:
    """Open `source` for reading, timeouts in seconds. Raises SourceError."""
    location = source.location
    if source.kind is not Kind.LIVE:
        # A device or a pipe would block, or never end.
        if not Path(location).is_file():
            raise SourceError(Reason.UNREACHABLE, "there is no such file")
        location = f"file:{Path(location).absolute()}"
    with _open(location, (open_timeout, read_timeout), source.options) as container:
        if not container.streams.video:
            raise SourceError(Reason.NOT_VIDEO, "holds no video")
        stream = container.streams.video[0]
        if not _has_decoder(stream):
            raise SourceError(Reason.NOT_VIDEO, "is encoded in a way that is not known")
        stream.thread_type = "NONE"
        # Deblocking costs a good part of decoding, and neither gate nor body is better for it.
        stream.codec_context.options = {
            "skip_loop_filter": "all",
            "max_pixels": str(_MAX_PIXELS),
        }
        yield Video(container, stream, source.kind)


def _has_decoder(stream: VideoStream) -> bool:
    """Tell whether FFmpeg knows the stream's codec; PyAV's types promise that it does."""
    context: object = stream.codec_context
    return context is not None


def _open(location: str, timeout: tuple[float, float], options: dict[str, str]) -> InputContainer:
    try:
        with _in_words():
            return av.open(location, timeout=timeout, options=options)
    except SourceError as error:
        # What FFmpeg says of a silent or a closed connection, too.
        if error.reason is Reason.NOT_VIDEO and "rtsp_transport" in options:
            raise SourceError(Reason.UNREACHABLE, "no RTSP server answers there") from error
        raise


def luma(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return the brightness of `frame`, uint8 [h, w], thinned out to about 160 pixels a row."""
    step = max(1, frame.width // _LUMA_WIDTH)
    return np.ascontiguousarray(_luma_plane(_with_luma(frame))[::step, ::step])


def gray(frame: VideoFrame, longest: int = _GRAY_LONGEST) -> NDArray[np.uint8]:
    """Return the brightness of `frame`, uint8 [H, W], black 0 and white 255.

    Averaged to a smaller picture if a side is over `longest` pixels. It is the decoder's own luma:
    colours are neither made nor looked at.
    """
    with_luma = _with_luma(frame)
    plane = _luma_plane(with_luma)
    size = _size_within(frame, longest)
    if size != (frame.width, frame.height):
        plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
    full = with_luma.format.name.startswith(("yuvj", "gray"))
    if full or with_luma.color_range == ColorRange.JPEG:
        return upright(plane.copy(), frame)  # the plane itself would keep the decoder's buffers
    return upright(np.asarray(cv2.LUT(plane, _STRETCH), np.uint8), frame)


def rgb(frame: VideoFrame, longest: int = 1280) -> NDArray[np.uint8]:
    """Return `frame` as uint8 [H, W, 3], made smaller if a side is over `longest` pixels.

    Several threads may ask for the same frame at once.
    """
    width, height = _size_within(frame, longest)
    # A frame's own converter is not for several threads, and would itself start some: most of what
    # it takes goes into that.
    converted = VideoReformatter().reformat(frame, width, height, "rgb24", threads=1)
    return upright(np.asarray(converted.to_ndarray(), np.uint8), frame)


def upright(picture: NDArray[np.uint8], frame: VideoFrame) -> NDArray[np.uint8]:
    """Return a picture of `frame`, uint8 [H, W, ...], turned as it is meant to be seen.

    Phones film as they are held and note how to turn it (the matrix in ISO/IEC 14496-12, 8.3.2).
    """
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, quarters)) if quarters else picture


def _size_within(frame: VideoFrame, longest: int) -> tuple[int, int]:
    """Return width and height of `frame`, made smaller if a side is over `longest` pixels."""
    scale = min(1.0, longest / max(frame.width, frame.height))
    return max(1, round(frame.width * scale)), max(1, round(frame.height * scale))


def _with_luma(frame: VideoFrame) -> VideoFrame:
    """Return `frame` in a format whose first plane is brightness, a byte a pixel."""
    first = frame.format.components[0]
    if not frame.format.is_planar or frame.format.is_rgb or first.bits != 8:  # noqa: PLR2004
        return frame.reformat(format="gray")
    return frame


def _luma_plane(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return the first plane, uint8 [H, W], without copying it."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn FFmpeg's errors, whose texts hold the address, into SourceError."""
    try:
        yield
    except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError) as error:
        raise SourceError(
            Reason.UNAUTHORIZED, "the camera refuses the name or password in its address"
        ) from error
    except (
        # Also what FFmpeg says of a format that is not on the list.
        av.error.ArgumentError,
        av.error.InvalidDataError,
        av.error.DecoderNotFoundError,
        av.error.DemuxerNotFoundError,
        av.error.PatchWelcomeError,
        # Names and texts in a damaged file.
        UnicodeDecodeError,
    ) as error:
        raise SourceError(Reason.NOT_VIDEO, "what comes is no video that can be read") from error
    except av.error.ExitError as error:
        raise SourceError(Reason.UNREACHABLE, "nothing came in time") from error
    except av.error.EOFError as error:
        raise SourceError(Reason.ENDED, "the stream ended") from error
    except av.error.FFmpegError as error:
        raise SourceError(Reason.UNREACHABLE, f"cannot be reached: {error.strerror}") from error


def _clock_seconds(text: str) -> float | None:
    """Return seconds of Matroska's 'HH:MM:SS.fraction'."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", text)
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)

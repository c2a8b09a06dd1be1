"""Remember the last seconds of one camera's stream, compressed as it came.

So that a video of an action can be had that began before anybody knew of it: nothing is decoded or
encoded for it as long as nothing happens.
"""

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
import threading

from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

# A clip of 15 s is cut when its last second has come.
_LONGEST = 15.0
_SECONDS = 20.0
_MOST_BYTES = 12_000_000
# Stamps that jump by more do not go on: the time between arrivals does for them.
_JUMP = 2.0
_LEAST_STEP = 0.001
_AVCC = 1  # the first byte of H.264's headers in MP4


@dataclass(frozen=True, slots=True)
class Format:
    """How a stream is compressed: FFmpeg's name of the codec, and the codec's headers."""

    codec: str
    headers: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One compressed picture.

    `at` is when it arrived, in seconds on the monotonic clock; `decoded_at` and `shown_at` are
    seconds on the tape's own scale, the first of which rises.
    """

    at: float
    decoded_at: float
    shown_at: float
    is_key: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a tape, from a key frame on."""

    format: Format
    units: list[Unit]


class Tape:
    """The last 20 seconds, in whole groups of pictures and at most 12 MB.

    One thread may record and others cut.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._format: Format | None = None
        self._to_annex_b: BitStreamFilterContext | None = None
        # Each begins with a key frame, without which the others cannot be decoded.
        self._groups: deque[list[Unit]] = deque()
        self._bytes = 0
        self._stamp: float | None = None  # of the last packet, in its stream's own time
        self._at = 0.0
        self._decoded_at = 0.0

    def begin(self, stream: VideoStream) -> None:
        """Go on with another connection's stream; what came before fits only the same format."""
        context = stream.codec_context
        headers = bytes(context.extradata or b"")
        self._to_annex_b = None
        if context.name == "h264" and headers[:1] == bytes([_AVCC]):
            self._to_annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
            headers = b""  # they are then in the stream itself
        found = Format(context.name, headers, stream.width, stream.height)
        with self._lock:
            if found != self._format:
                self._format = found
                self._clear()

    def add(self, packet: "Packet[VideoStream]", at: float) -> None:
        """Record a packet that arrived at `at` seconds."""
        if not packet.size:
            return
        for part in self._converted(packet):
            self._add(part, at)

    def cut(self, start: float, needed: float, end: float) -> Cut | None:
        """Return what arrived from `start` to `end`, or None if there is nothing of it.

        It begins with a key frame, and so may begin earlier; then it ends earlier, but never
        before `needed`, so that it is some 15 s long at most.
        """
        with self._lock:
            units, form = [unit for group in self._groups for unit in group], self._format
        keys = [index for index, unit in enumerate(units) if unit.is_key and unit.at <= start]
        first = keys[-1] if keys else 0
        if form is None or not units or units[first].at > needed:
            return None
        end = min(end, max(units[first].at + _LONGEST, needed))
        wanted = [unit for unit in units[first:] if unit.at <= end]
        return Cut(form, wanted) if wanted else None

    def _converted(self, packet: "Packet[VideoStream]") -> list["Packet[VideoStream]"]:
        """Return a packet as it is kept: H.264 with start codes."""
        if self._to_annex_b is None:
            return [packet]
        # The filter takes what it is given, which is still to be decoded.
        copy = Packet(bytes(packet))
        copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
        copy.is_keyframe = packet.is_keyframe
        try:
            return self._to_annex_b.filter(copy)
        except FFmpegError:
            return []  # damaged; what is watched must not suffer

    def _add(self, packet: "Packet[VideoStream]", at: float) -> None:
        base = float(packet.time_base or Fraction(0))
        # A stream that has just begun does not always say when its first packets are decoded.
        stamp = None if packet.dts is None else packet.dts * base
        ahead = 0.0
        if packet.dts is not None and packet.pts is not None:
            ahead = max(packet.pts - packet.dts, 0) * base
        with self._lock:
            waited_since, self._at = self._at, at
            self._decoded_at += self._step(stamp, at - waited_since)
            self._stamp = stamp
            if packet.is_keyframe:
                self._groups.append([])
            if self._groups:
                shown_at = self._decoded_at + ahead
                content = bytes(packet)
                unit = Unit(at, self._decoded_at, shown_at, packet.is_keyframe, content)
                self._groups[-1].append(unit)
                self._bytes += len(content)
                self._forget(at)

    def _step(self, stamp: float | None, waited: float) -> float:
        """Return the seconds from the last packet to this one, which was `waited` for."""
        if stamp is not None and self._stamp is not None:
            step = stamp - self._stamp
            if 0 < step < _JUMP:
                return step
        return min(max(waited, _LEAST_STEP), _JUMP)

    def _forget(self, now: float) -> None:
        """Forget the groups of pictures that are too old, or for which there is no room."""
        while len(self._groups) > 1 and self._groups[1][0].at < now - _SECONDS:
            self._drop_group()
        while self._bytes > _MOST_BYTES:
            self._drop_group()

    def _drop_group(self) -> None:
        self._bytes -= sum(len(unit.content) for unit in self._groups.popleft())

    def _clear(self) -> None:
        self._groups.clear()
        self._bytes = 0
        self._stamp = None

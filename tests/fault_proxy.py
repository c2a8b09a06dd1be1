"""A proxy that does to RTSP over TCP what networks and cameras do: cut, stall, slow, corrupt."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
import random
import re
import socket
import struct
import threading
import time

_CHUNK = 4096
_TICK = 0.02
_INTERLEAVED = 0x24  # "$": RTP within RTSP
_VIDEO_CLOCK = 90_000


class Fault(Enum):
    """What happens to what is sent, and to who connects."""

    NONE = "none"
    CUT = "cut"  # connections are closed, new ones too
    RESET = "reset"  # the same, by RST
    STALL = "stall"  # the server falls silent; connections stay
    HALF_OPEN = "half_open"  # nothing passes either way, nobody says that it is over
    SLOW = "slow"  # `rate` bytes a second
    CORRUPT = "corrupt"  # every some `distance` bytes of the server's, a bit is another


class _Stamps:
    """Shifts the time stamps of RTP in what an RTSP server sends over TCP (RFC 2326, 10.12)."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def shift(self, data: bytes, seconds: float) -> bytes:
        """Return all that is whole by now, its time stamps `seconds` later."""
        self._waiting += data
        whole = bytearray()
        while size := self._size():
            packet = self._waiting[:size]
            del self._waiting[:size]
            # Odd channels are RTCP's.
            if packet[0] == _INTERLEAVED and packet[1] % 2 == 0:
                stamp = int.from_bytes(packet[8:12]) + round(seconds * _VIDEO_CLOCK)
                packet[8:12] = (stamp % 2**32).to_bytes(4)
            whole += packet
        return bytes(whole)

    def _size(self) -> int:
        """Return how long the first packet or answer is, 0 if it is not all there."""
        waiting = self._waiting
        if waiting[:1] == bytes([_INTERLEAVED]):
            size = 4 + int.from_bytes(waiting[2:4]) if len(waiting) >= 4 else 4
        else:
            head, end, _ = waiting.partition(b"\r\n\r\n")
            body = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            size = len(head + end) + int(body[1]) if end and body else len(head + end)
            size = size if end else 0
        return size if size <= len(waiting) else 0


class FaultProxy:
    """Stands before an RTSP server on this machine; `inflict` may be called from any thread."""

    def __init__(self, target: int, seed: int = 0) -> None:
        """Pass everything on to 127.0.0.1:`target`, for now."""
        self.fault = Fault.NONE
        self.rate = 10_000
        self.distance = 2_000
        self.leap = 0.0  # seconds by which RTP's time stamps are off
        self.arrivals: list[float] = []  # when each connection came, time.monotonic
        self._target = target
        self._random = random.Random(seed)  # noqa: S311
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="fault proxy")
        self._thread.start()

    @property
    def open(self) -> int:
        """Return how many clients are connected."""
        return len(self._writers)

    def inflict(self, fault: Fault) -> None:
        """Do this to all connections from now on."""
        self.fault = fault
        if fault in {Fault.CUT, Fault.RESET}:
            asyncio.run_coroutine_threadsafe(self._drop_all(), self._loop).result()

    def close(self) -> None:
        """Close every connection and stop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listening))
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._listening.close()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrivals.append(time.monotonic())
        self._writers.add(writer)
        try:
            if self.fault in {Fault.CUT, Fault.RESET}:
                self._drop(writer)
                return
            await self._while_in(Fault.HALF_OPEN)
            with suppress(OSError):
                upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self._target)
                try:
                    await self._join(reader, writer, upstream_reader, upstream)
                finally:
                    upstream.close()
        finally:
            writer.close()
            self._writers.discard(writer)

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> None:
        """Pass on what both sides say until one of them ends."""
        pumps = [
            asyncio.create_task(self._pump(reader, upstream, from_server=False)),
            asyncio.create_task(self._pump(upstream_reader, writer, from_server=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool
    ) -> None:
        stamps = _Stamps()
        while data := await reader.read(_CHUNK):
            await self._while_in(Fault.HALF_OPEN)
            if from_server:
                data = await self._treat(stamps.shift(data, self.leap))
            writer.write(data)
            await writer.drain()

    async def _treat(self, data: bytes) -> bytes:
        await self._while_in(Fault.STALL)
        if self.fault is Fault.SLOW:
            await asyncio.sleep(len(data) / self.rate)
        if self.fault is Fault.CORRUPT:
            damaged = bytearray(data)
            for _ in range(round(len(data) / self.distance + self._random.random() - 0.5)):
                damaged[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
            return bytes(damaged)
        return data

    async def _while_in(self, fault: Fault) -> None:
        while self.fault is fault:  # noqa: ASYNC110 (set from another thread)
            await asyncio.sleep(_TICK)

    async def _drop_all(self) -> None:
        for writer in tuple(self._writers):
            self._drop(writer)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        if self.fault is Fault.RESET:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
        writer.transport.abort()


@contextmanager
def fault_proxy(target: int, seed: int = 0) -> Iterator[FaultProxy]:
    """Yield a proxy before 127.0.0.1:`target`."""
    proxy = FaultProxy(target, seed)
    try:
        yield proxy
    finally:
        proxy.close()

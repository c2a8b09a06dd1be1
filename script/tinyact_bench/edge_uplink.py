"""Count what an edge sends to a classifier service: real bytes, through a relay between both."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import re
import subprocess
import sys
import threading

import av

from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database

_LENGTH = re.compile(rb"POST /v1/classify .*?content-length: (\d+)\r\n", re.IGNORECASE | re.DOTALL)
_MOST = 1 << 16


@dataclass(slots=True)
class Sent:
    """Bytes that went up, the HTTP headers included, and those of classify requests' bodies."""

    wire: int = 0
    bodies: int = 0
    requests: int = 0


class Relay:
    """Passes on what comes, and counts it on the way up."""

    def __init__(self, to: int) -> None:
        """Pass on to a port of this machine."""
        self._to = to
        self.sent = Sent()

    async def serve(self) -> asyncio.Server:
        """Begin to listen."""
        return await asyncio.start_server(self._pass_on, "127.0.0.1", 0)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        with suppress(ConnectionError):
            await asyncio.gather(self._copy(reader, back, up=True), self._copy(there, writer))
        for end in (back, writer):
            end.close()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool = False
    ) -> None:
        while part := await reader.read(_MOST):
            if up:
                self.sent.wire += len(part)
                for length in _LENGTH.findall(part):
                    self.sent.bodies += int(length)
                    self.sent.requests += 1
            writer.write(part)
            await writer.drain()
        writer.write_eof()


@contextmanager
def relayed_classifier(folder: Path) -> Iterator[tuple[str, Path, Relay]]:
    """Run a classifier behind a relay; yield its address, a file with its token, and the relay."""
    folder.mkdir(parents=True, exist_ok=True)
    token = folder / "token"
    token.write_text(asyncio.run(_token(folder)))
    process = subprocess.Popen(  # noqa: S603 - our own service
        [
            *(sys.executable, "-m", "tinyact_cloud", "serve"),
            *("--port", "0", "--data", str(folder)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        relay = Relay(int(line.rsplit(":", 1)[-1].strip(" /\n")))
        with _in_thread(relay) as port:
            yield f"http://127.0.0.1:{port}", token, relay
    finally:
        process.terminate()
        process.wait()


async def _token(folder: Path) -> str:
    database = await Database.open(folder)
    token = await create_token(database, "bench")
    await database.close()
    return token


@contextmanager
def _in_thread(relay: Relay) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(relay.serve())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def camera_bytes_per_second(url: str, seconds: float = 10.0) -> float:
    """Return how much video a camera sends."""
    size, first, last = 0, 0.0, 0.0
    with av.open(url, options={"rtsp_transport": "tcp"}) as container:
        for packet in container.demux(video=0):
            if packet.pts is None or packet.time_base is None:
                continue
            last = float(packet.pts * packet.time_base)
            first = first or last
            size += packet.size
            if last - first >= seconds:
                break
    return size / (last - first)
